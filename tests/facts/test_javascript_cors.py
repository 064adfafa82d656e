"""CORS facts of JavaScript servers: what is in force, where, and whether every origin is let in."""

from __future__ import annotations

import pytest

from readycheck.facts.javascript import CorsSetup, extract_javascript
from readycheck.facts.values import Call, Choice, Const, Items, Name, Opaque, Value

EXPRESS = "import cors from 'cors'\n"


def setups(source: str, path: str = "server.ts") -> tuple[CorsSetup, ...]:
    return extract_javascript(path, source.encode()).cors


def only(source: str, path: str = "server.ts") -> CorsSetup:
    (found,) = setups(source, path)
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (EXPRESS + "app.use(cors())", ("express", 2, 9, Const("*"), False)),
        ("const c = require('cors')\napp.use(c({}))", ("express", 2, 9, Const("*"), False)),
        ("app.use(require('cors')())", ("express", 1, 9, Const("*"), False)),
        (EXPRESS + "app.use(cors({ origin: '*', credentials: true }))", ("express", 2, 9, Const("*"), True)),
        (EXPRESS + "app.use(cors({ origin: undefined }))", ("express", 2, 9, Const("*"), False)),
        (
            EXPRESS + "const o = {origin: 'https://a.b'}\napp.use(cors(o))",
            ("express", 3, 9, Const("https://a.b"), False),
        ),
        ("import c from '@koa/cors'\napp.use(c())", ("koa", 2, 9, Const("*"), False)),
        ("import { cors } from 'hono/cors'\napp.use('*', cors())", ("hono", 2, 14, Const("*"), False)),
        ("import c from '@fastify/cors'\nawait app.register(c)", ("fastify", 2, 7, Const("*"), False)),
        ("async function b() {\n  app.enableCors();\n}", ("nest", 2, 3, Const("*"), False)),
        ("NestFactory.create(App, { cors: true })", ("nest", 1, 1, Const("*"), False)),
        ("@WebSocketGateway({ cors: { origin: '*' } })\nclass G {}", ("nest websocket", 1, 2, Const("*"), False)),
        (
            "import { Server } from 'socket.io'\nnew Server(h, {cors: {origin: '*'}})",
            ("socket.io", 2, 1, Const("*"), False),
        ),
        ("require('socket.io')(h, {cors: {origin: 'https://a.b'}})", ("socket.io", 1, 1, Const("https://a.b"), False)),
        ("res.setHeader('Access-Control-Allow-Origin', '*')", ("header", 1, 1, Const("*"), False)),
        ("res.writeHead(200, {\n  'Access-Control-Allow-Origin': '*',\n})", ("header", 2, 3, Const("*"), False)),
        ("const corsHeaders = { 'access-control-allow-origin': '*' }", ("header", 1, 23, Const("*"), False)),
        ("x = [{ key: 'Access-Control-Allow-Origin', value: '*' }]", ("header", 1, 8, Const("*"), None)),
        (
            "export const h = async () => ({ statusCode: 200, headers: { 'Access-Control-Allow-Origin': '*' } })",
            ("header", 1, 61, Const("*"), False),
        ),
    ],
)
def test_each_way_to_open_up(source: str, expected: tuple[str, int, int, Value, bool | None]) -> None:
    found = only(source)
    assert (found.framework, found.line, found.column, found.origins, found.credentials) == expected
    assert not found.reflects


@pytest.mark.parametrize(
    "origin",
    [
        "true",
        "/.*/",
        "/^.*$/",
        "[/.*/]",
        "new RegExp('.*')",
        "(origin, cb) => cb(null, true)",
        "(origin, cb) => { cb(null, origin) }",
        "function (o, callback) { return callback(null, true) }",
        "(origin, cb) => { if (!origin) return cb(null, true); cb(null, true) }",
        "(origin, cb) => { if (!origin) return cb(new Error('none')); cb(null, true) }",
        "(o, cb) => { if (allowed.includes(o)) { cb(null, true) } else { console.warn(o); cb(null, true) } }",
        "(origin) => origin",
        "(origin) => origin ?? '*'",
        "() => true",
    ],
)
def test_every_origin_answered_with_itself(origin: str) -> None:
    assert only(EXPRESS + f"cors({{ origin: {origin} }})").reflects
    assert only(EXPRESS + f"const given = {origin}\ncors({{ origin: given }})").reflects


@pytest.mark.parametrize(
    "origin",
    [
        "false",
        "'https://app.example.com'",
        "['https://app.example.com', /\\.example\\.com$/]",
        "(origin, cb) => cb(null, allowed.includes(origin))",
        "(o, cb) => allowed.has(o) ? cb(null, true) : cb(new Error('no'))",
        "(origin, cb) => { if (!origin || allowed.includes(origin)) { cb(null, true) } else { cb(new Error('no')) } }",
        "(origin, cb) => { if (!allowed.includes(origin)) return cb(new Error('no')); return cb(null, true) }",
        "(origin, cb) => { if (allowed.indexOf(origin) === -1) { cb(null, false) } else { cb(null, true) } }",
        "(origin) => origin.endsWith('.example.com') ? origin : null",
        "(origin) => { if (isAllowed(origin)) { return origin } return '' }",
        "async (origin, cb) => { const ok = await check(origin); cb(null, ok) }",
    ],
)
def test_an_allow_list_is_no_reflection(origin: str) -> None:
    assert not only(EXPRESS + f"cors({{ origin: {origin} }})").reflects


def test_values_that_others_must_resolve_keep_their_names() -> None:
    env = only(EXPRESS + "cors({ origin: process.env.ORIGINS?.split(',') })").origins
    assert isinstance(env, Call)
    assert env.name == "process.env.ORIGINS.split"
    assert only(EXPRESS + "cors({ origin: process.env.ORIGIN || '*' })").origins == Choice(
        (Name("process.env.ORIGIN"), Const("*"))
    )
    imported = EXPRESS + "import { options } from './config'\napp.use(cors(options))"
    assert only(imported).origins == Name("./config.options.origin")
    assert only(imported).credentials is None
    assert only(EXPRESS + "const list = ['https://a.b']\ncors({ origin: list })").origins == Items(
        (Const("https://a.b"),)
    )
    spread = EXPRESS + "const base = { origin: true, credentials: true }\ncors({ ...base, maxAge: 1 })"
    assert (only(spread).reflects, only(spread).credentials) == (True, True)
    assert only(EXPRESS + "cors({ ...unknown })").origins is None
    several = EXPRESS + "let o = '*'\nif (prod) { o = ['https://a.b'] }\ncors({ origin: o })"
    assert only(several).origins == Choice((Const("*"), Items((Const("https://a.b"),))), "assigned more than once")


@pytest.mark.parametrize(
    "source",
    [
        "app.use((req, res) => { res.header('Access-Control-Allow-Origin', req.headers.origin) })",
        "app.use((req, res) => { const o = req.get('origin'); if (o) res.set('Access-Control-Allow-Origin', o) })",
        "app.use((req, res) => { res.setHeader('Access-Control-Allow-Origin', req.headers.origin || '*') })",
        "app.use((req, res) => { res.setHeader('Access-Control-Allow-Origin', req.header('Origin')) })",
        "f = (req, res) => { if (req.verb == 'OPTIONS') res.set('Access-Control-Allow-Origin', req.headers.origin) }",
    ],
)
def test_an_echoed_origin(source: str) -> None:
    assert only(source).reflects


@pytest.mark.parametrize(
    "source",
    [
        "app.use((req, res) => { if (list.includes(req.headers.origin)) {\n"
        " res.header('Access-Control-Allow-Origin', req.headers.origin) } })",
        "app.use((req, res) => { const origin = req.headers.origin\n if (!allowed.has(origin)) return next()\n"
        " res.setHeader('Access-Control-Allow-Origin', origin) })",
    ],
)
def test_an_echoed_origin_after_a_check(source: str) -> None:
    found = only(source)
    assert (found.reflects, found.origins) == (False, Opaque("function checking the origin"))


def test_credentials_set_beside_the_header() -> None:
    source = (
        "app.use((req, res) => {\n  res.header('Access-Control-Allow-Origin', req.headers.origin)\n"
        "  res.header('Access-Control-Allow-Credentials', 'true')\n})"
    )
    assert only(source).credentials is True


@pytest.mark.parametrize(
    "source",
    [
        "axios.get(u, { headers: { 'Access-Control-Allow-Origin': '*' } })",
        "fetch(u, { headers: { 'Access-Control-Allow-Origin': '*' } })",
        "module.exports = { devServer: { headers: { 'Access-Control-Allow-Origin': '*' } } }",
        "import { cors } from './own'\ncors()",
        "function cors() {}\ncors()",
        "NestFactory.create(App)",
        "NestFactory.create(App, { cors: false })",
        "new Server(h, { cors: { origin: '*' } })",
        "import { Server } from 'socket.io'\nnew Server(h)",
        "// app.use(cors())",
    ],
)
def test_silent_where_no_other_origin_is_let_in(source: str) -> None:
    assert setups(source) == ()

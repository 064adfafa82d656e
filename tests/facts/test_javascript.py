"""The facts of a JavaScript file, and that nothing in one can hurt."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readycheck.facts.javascript import (
    EnvRead,
    JavascriptFacts,
    JsBinding,
    JsExport,
    JsImport,
    extract_javascript,
    gate_literals,
)
from readycheck.facts.values import Call, Choice, Const, Hidden, Items, Joined, Name, Opaque, Table, Value

INTEREST = frozenset({"cors", "use", "query", "Pool", "helmet", "cookie"})


def extract(source: str, path: str = "a.ts") -> JavascriptFacts:
    return extract_javascript(path, source.encode(), INTEREST)


def value(expression: str, path: str = "a.ts") -> Value:
    (binding,) = extract(f"const it = {expression}", path).bindings
    return binding.value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("'a\\n\\x41\\u{42}'", Const("a\nAB")),
        ("`plain`", Const("plain")),
        ("`a${b.c}d`", Joined((Const("a"), Name("b.c"), Const("d")), "template")),
        ("'a' + b + 'c'", Joined((Const("a"), Name("b"), Const("c")), "concat")),
        ("15 * 60 * 1000", Const(900000)),
        ("-0x10", Const(-16)),
        ("!0", Const(True)),
        ("null", Const(None)),
        ("[1, ...rest]", Items((Const(1), Name("rest")))),
        ("{ a: 1, 'b': x, c, ...d, [e]: 2 }", Table(((Const("a"), Const(1)), (Const("b"), Name("x")),
         (Const("c"), Name("c")), (None, Name("d")), (Name("e"), Const(2))))),
        ("a?.b['c']!.d as unknown as T", Name("a.b.c.d")),
        ("import.meta.env.VITE_X", Name("import.meta.env.VITE_X")),
        ("a || 'b'", Choice((Name("a"), Const("b")))),
        ("a ?? 'b'", Choice((Name("a"), Const("b")))),
        ("p === 'production' ? 1 : 2", Choice((Const(1), Const(2)), "p === 'production'")),
        ("on && 'b'", Choice((Const("b"),), "on")),
        ("() => 1", Opaque("function")),
        ("Object.freeze([1])", Items((Const(1),))),
        ("f(a)(b).c", Name("?.c")),
        ("({} satisfies T)", Table(())),
    ],
)  # fmt: skip
def test_expressions_become_values(expression: str, expected: Value) -> None:
    assert value(expression) == expected


def test_calls_keep_arguments_and_receivers() -> None:
    chained = value("z.string().default('x')")
    assert isinstance(chained, Call)
    assert (chained.name, chained.args[0].value) == ("default", Const("x"))
    assert isinstance(chained.receiver, Call)
    assert chained.receiver.name == "z.string"
    assert value("new Pool({ ssl: false })") == extract("const it = new Pool({ ssl: false })").calls[0].call


def test_imports_in_every_form_with_their_uses() -> None:
    source = (
        "import cors from 'cors'\nimport * as pg from 'pg'\nimport { create as make, type T } from 'zustand'\n"
        "import './style.css'\nconst h = require('helmet')\nconst { Pool: P } = require('pg')\n"
        "const S = require('socket.io').Server\nimport fs = require('fs')\nexport * from './all'\n"
        "const lazy = await import('./lazy')\nexport { x as y } from './x'\nmake(cors, P)\n"
    )
    assert extract(source).imports == (
        JsImport("cors", "cors", "default", 1, (12,)),
        JsImport("pg", "pg", "*", 2),
        JsImport("make", "zustand", "create", 3, (12,)),
        JsImport("T", "zustand", "T", 3),
        JsImport("", "./style.css", "", 4),
        JsImport("h", "helmet", "require", 5),
        JsImport("P", "pg", "Pool", 6, (12,)),
        JsImport("S", "socket.io", "Server", 7),
        JsImport("fs", "fs", "require", 8),
        JsImport("", "./all", "*", 9),
        JsImport("lazy", "./lazy", "*", 10),
        JsImport("", "./x", "x", 11),
    )


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import c from 'cors'\nc()", "cors"),
        ("const c = require('cors')\nc()", "cors"),
        ("import * as m from 'pg'\nnew m.Pool()", "pg.Pool"),
        ("const { Pool: P } = require('pg')\nnew P()", "pg.Pool"),
        ("import pg from 'pg'\nconst { Pool } = pg\nnew Pool()", "pg.Pool"),
        ("import pg from 'pg'\nconst P = pg.Pool\nnew P()", "pg.Pool"),
        ("import s from './server'\ns.use()", "./server.default.use"),
    ],
)
def test_calls_come_out_under_their_imported_names(source: str, name: str) -> None:
    assert [found.call.name for found in extract(source).calls] == [name]


def test_a_call_knows_where_it_stands() -> None:
    source = (
        "class App {\n  start() {\n    if (process.env.NODE_ENV === 'production') {\n      app.use(helmet())\n"
        "    } else {\n      app.use(x)\n    }\n  }\n}\n"
    )
    found = [(c.call.name, c.line, c.column, c.scope, c.inside, c.condition) for c in extract(source).calls]
    production = "process.env.NODE_ENV === 'production'"
    assert found == [
        ("app.use", 4, 7, "App.start", "", production),
        ("helmet", 4, 15, "App.start", "app.use", production),
        ("app.use", 6, 7, "App.start", "", f"!({production})"),
    ]


def test_sql_reaches_its_call() -> None:
    source = "async function f(id) {\n  let q = `SELECT 1 WHERE a = ${id}`\n  q += id\n  await db.query(q)\n}"
    facts = extract(source)
    assert facts.calls[0].call.args[0].value == Name("q")
    assert facts.bindings == (
        JsBinding("f", "q", Joined((Const("SELECT 1 WHERE a = "), Name("id")), "template"), 2),
        JsBinding("f", "q", Joined((Name("q"), Name("id")), "concat"), 3),
    )


def test_bindings_of_classes_enums_and_assignments() -> None:
    source = (
        "class A { static K = 'k'; #p = 1; constructor() { this.q = 2 } }\nenum E { X = 'x', Y }\n"
        "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'\n"
    )
    assert extract(source).bindings == (
        JsBinding("A", "K", Const("k"), 1),
        JsBinding("A", "#p", Const(1), 1),
        JsBinding("A", "q", Const(2), 1),
        JsBinding("", "E", Table(((Const("X"), Const("x")),)), 2),
        JsBinding("", "process.env.NODE_TLS_REJECT_UNAUTHORIZED", Const("0"), 3),
    )


def test_environment_reads() -> None:
    source = (
        "const a = process.env.A\nconst b = process.env['B'] ?? 'x'\nconst { C, D = 'd' } = process.env\n"
        "const e = import.meta.env.VITE_E\nconst env = process.env\nuse(env.F || 1)\nDeno.env.get('G')\n"
    )
    assert extract(source).env_reads == (
        EnvRead("A", None, 1),
        EnvRead("B", Const("x"), 2),
        EnvRead("C", None, 3),
        EnvRead("D", Const("d"), 3),
        EnvRead("VITE_E", None, 4),
        EnvRead("F", Const(1), 6),
        EnvRead("G", None, 7),
    )


def test_exports() -> None:
    source = (
        "export const a = 1, b = 2\nexport function f() {}\nexport default class Z {}\nexport { x as y }\n"
        "module.exports = { q, r: s }\nexports.t = u\n"
    )
    assert extract(source).exports == (
        JsExport("a", "a", 1),
        JsExport("b", "b", 1),
        JsExport("f", "f", 2),
        JsExport("default", "Z", 3),
        JsExport("y", "x", 4),
        JsExport("module", "", 5),
        JsExport("q", "q", 5),
        JsExport("r", "s", 5),
        JsExport("t", "u", 6),
    )


def test_security_options_wherever_they_stand() -> None:
    (found,) = extract("new Pool({ ssl: { rejectUnauthorized: false } })").options[1:]
    assert (found.name, found.value, found.line, found.column, found.inside) == (
        "rejectUnauthorized", Const(False), 1, 19, "Pool",
    )  # fmt: skip


VUE = """<template>
  <user-card :t="token" />
</template>
<script setup lang="ts">
import UserCard from './UserCard.vue'
const t: string = ''; localStorage.setItem('token', t as string)
</script>
<style>a { color: red }</style>
<script lang="ts">
export default { x: localStorage.getItem('é') + localStorage.getItem('jwt') }
</script>
"""


def test_single_file_components_keep_their_places() -> None:
    facts = extract(VUE, "a.vue")
    assert [(use.line, use.column, use.key) for use in facts.storage] == [
        (6, 23, "token"),
        (10, 21, "é"),
        (10, 49, "jwt"),
    ]
    assert facts.imports == (JsImport("UserCard", "./UserCard.vue", "default", 5, (2,)),)
    assert extract("<script type='application/json'>localStorage.token = 1</script>", "a.html").storage == ()


def test_jsx_decorators_generics_and_casts() -> None:
    source = (
        "@Component({ x: 1 })\nclass A<T extends object> {\n  @Input() a?: Array<Map<string, T>>\n"
        "  m = <K,>(k: K) => <div onClick={() => localStorage.setItem('jwt', k)}>{k}</div>\n}\n"
    )
    assert [(use.line, use.column) for use in extract(source, "a.tsx").storage] == [(4, 41)]
    assert extract("const a = <any>b", "a.ts").bindings == (JsBinding("", "a", Name("b"), 1),)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_encodings(encoding: str) -> None:
    data = "const é = 'ü'; localStorage.setItem('jwt', é)".encode(encoding)
    (use,) = extract_javascript("a.js", data).storage
    assert (use.line, use.column, use.key) == (1, 16, "jwt")


def test_broken_code_still_yields_what_stands_around_the_hole() -> None:
    assert [use.line for use in extract("const = ;;; {\n localStorage.setItem('jwt', t)\n").storage] == [2]


SECRET = "hG7" + "-planted-" + "q9Zk2LmX"


@pytest.mark.parametrize(
    "source",
    [
        "const password = '{}'",
        "x = {{ apiKey: '{}' }}",
        "const k = process.env.JWT_SECRET || '{}'",
        "const {{ JWT_SECRET = '{}' }} = process.env",
        "app.use(jwt.sign(u, '{}'))",
        "db.query('postgres://u:{}@h/d')",
        "db.query(`postgres://u:{}@${{h}}/d`)",
        "if (secret === '{}') app.use(x)",
        "const h = 'Bearer {}'",
        "const u = 'https://h/?token={}'",
        "config.use('jwt.secret', '{}')",
        "localStorage.setItem('token', '{}')",
        "class A {{ private token = '{}' }}",
        "enum A {{ SECRET = '{}' }}",
        "new Pool({{ password: '{}' }})",
    ],
)
def test_no_secret_leaves(source: str) -> None:
    facts = extract(source.format(SECRET))
    assert SECRET not in repr(facts)
    assert "planted" not in repr(facts)


def test_a_hidden_literal_says_no_more_than_it_may() -> None:
    assert value(f"{{ password: '{SECRET}' }}") == Table(
        ((Const("password"), Hidden("hG…", len(SECRET), "", frozenset({"named"}))),)
    )


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 5_000,
        b"(\n" * 5_000 + b")\n" * 5_000,
        b"a ? b :\n" * 5_000,
        b"a +\n" * 5_000 + b"a",
        b"x = x + x + x + x\n" * 2_000 + b"localStorage.setItem(x, x)",
        b"a.b()\n." * 3_000,
        b"`${\n" * 5_000,
        b"const q = f(\n" * 2_000,
        b"<div>\n" * 5_000,
        b"\x00\xff\xfe" * 1_000,
        b"<script>" * 2_000,
        b"if (origin " * 400,
    ],
)
@pytest.mark.parametrize("path", ["a.ts", "a.jsx", "a.vue"])
def test_hostile_input_is_survived(data: bytes, path: str) -> None:
    assert isinstance(extract_javascript(path, data, INTEREST), JavascriptFacts)


def test_too_much_is_said_to_be_too_much() -> None:
    assert "1.5 MB" in extract_javascript("a.js", b"a;\n" * 600_000).problem
    minified = extract_javascript("a.min.js", b"localStorage.setItem('token',t);" * 200)
    assert "5,000 characters" in minified.problem
    assert minified.storage == ()


FRAGMENTS = st.sampled_from(
    [
        *"""
        localStorage .setItem( 'token' cors( { } ( ) [ ] => origin: ` ${ ' import from require( class enum = if (
        process.env. persist( ... @ <T> / export default const function return delete new this. ? : , \\u é 1 a
        """.split(),
        " ",
        "\n",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(FRAGMENTS, max_size=60), st.sampled_from(["a.ts", "a.tsx", "a.js", "a.vue"]))
def test_never_raises_on_pieces_of_code(pieces: list[str], path: str) -> None:
    extract_javascript(path, "".join(pieces).encode(), INTEREST)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.ts", "a.jsx", "a.svelte", "noext"]))
def test_never_raises_on_bytes(data: bytes, path: str) -> None:
    extract_javascript(path, data, INTEREST)


def test_the_gate_lets_through_what_has_facts() -> None:
    for source in (b"localStorage.a = 1", b"app.enableCors()", b"process.env.A", b"x({ httpOnly: true })"):
        assert any(literal in source for literal in gate_literals())

"""The routes of Express and NestJS with their prefixes and what asks who is calling."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import takewhile

from readycheck.facts.javascript import JavascriptFacts, JsCall
from readycheck.facts.values import Call, Const, Items, Name, Value
from readycheck.link.names import names_in
from readycheck.link.project import Project
from readycheck.link.route_shapes import OPEN, PROTECTED, UNKNOWN, Route, joined, names_authentication, words_of
from readycheck.link.wiring import in_production
from readycheck.model import Location

# Last segments of call names that extraction must record for this module.
CALLS = frozenset(
    "express Router Controller UseGuards useGlobalGuards js:use js:get js:post js:put js:delete js:patch "
    "js:all js:route js:Get js:Post js:Put js:Delete js:Patch js:All Public Roles Auth js:create".split()
)
_VERBS = frozenset({"get", "post", "put", "delete", "patch", "all"})
_NEST = {"Get": "GET", "Post": "POST", "Put": "PUT", "Delete": "DELETE", "Patch": "PATCH", "All": "ALL"}
# What a middleware in front of many routes must be called to count as their guard.
_CLEAR = frozenset(
    "auth authenticate authenticated authentication authorize authorized authorization admin login logged "
    "protect guard permission permissions".split()
)
_SUFFIXES = ("", ".js", ".ts", ".mjs", ".cjs", "/index.js", "/index.ts")


def javascript_routes(project: Project) -> Iterator[Route]:
    """Every route of production scripts."""
    servers = {p: f for p, f in project.javascript.items() if in_production(project, p) and _serves(f)}
    mounts = list(_router_mounts(servers))
    for path, facts in servers.items():
        for call in facts.calls:
            route = _express(path, facts, call, mounts)
            if route is not None:
                yield route
        yield from _nest(project, path, facts)


def _serves(facts: JavascriptFacts) -> bool:
    return any(i.module in {"express", "@nestjs/common", "koa-router", "@koa/router"} for i in facts.imports)


def _router_mounts(servers: dict[str, JavascriptFacts]) -> Iterator[tuple[str, str, bool, int, str]]:
    """`app.use('/admin', auth, adminRouter)` as (file of the router, prefix, protected, line, file that mounts)."""
    for path, facts in servers.items():
        for call in facts.calls:
            if call.call.name.rpartition(".")[2] != "use" or not call.call.args:
                continue
            first = call.call.args[0].value
            prefix = str(first.value) if isinstance(first, Const) else ""
            guarded = _guard_of(call.call) != "" or _earlier(facts, call, prefix) != ""
            for name in names_in(Items(tuple(a.value for a in call.call.args))):
                if name.startswith("."):
                    yield (
                        posixpath.normpath(posixpath.join(posixpath.dirname(path), name.removesuffix(".default"))),
                        prefix,
                        guarded,
                        call.line,
                        path,
                    )


def _guard_of(call: Call) -> str:
    """The argument of a call that asks who is calling: `requireAuth`, `passport.authenticate('jwt')`."""
    for argument in call.args:
        for name in names_in(argument.value):
            last = name.rpartition("/")[2]
            if names_authentication(last) and not last.endswith(("Router", "Routes", "Controller", "Handler")):
                if not (
                    isinstance(argument.value, Name)
                    and words_of(last) & {"router", "routes", "controller", "controllers"}
                ):
                    return last
    return ""


def _earlier(facts: JavascriptFacts, call: JsCall, path: str) -> str:
    """A middleware for authentication that the same app or router was given before, for all paths or for this one."""
    owner = call.call.name.rpartition(".")[0]
    for other in takewhile(lambda c: c.line < call.line, facts.calls):
        own, _, verb = other.call.name.rpartition(".")
        if own != owner or not other.call.args or verb not in {"use", "all", *_VERBS}:
            continue
        first = other.call.args[0].value
        covers = not isinstance(first, Const) if verb == "use" else False
        if isinstance(first, Const):
            prefix = str(first.value).rstrip("/*")
            covers = path == str(first.value) or (verb == "use" and (path == prefix or path.startswith(f"{prefix}/")))
        if isinstance(first, Items):
            covers = any(isinstance(i, Const) and path.startswith(str(i.value)) for i in first.items)
        found = _guard_of(other.call) if covers else ""
        if found:
            return found
    return ""


def _express(
    path: str, facts: JavascriptFacts, call: JsCall, mounts: list[tuple[str, str, bool, int, str]]
) -> Route | None:
    owner, _, verb = call.call.name.rpartition(".")
    args, chained = call.call.args, call.call.receiver
    if verb not in _VERBS:
        return None
    first: Value | None = args[0].value if args else None
    if isinstance(chained, Call) and chained.name.endswith(".route") and chained.args:
        first = chained.args[0].value
    elif (
        len(args) < 2 or not owner or owner.rpartition(".")[2] in {"axios", "http", "request", "api", "client", "cache"}
    ):
        return None
    if not (isinstance(first, Const) and isinstance(first.value, str) and first.value.startswith("/")):
        return None
    here = Location(path, call.line, call.column)
    above = [m for m in mounts if any(m[0] + s == path for s in _SUFFIXES)]
    own = _guard_of(call.call)
    guard = own or _earlier(facts, call, first.value)
    full = joined(above[0][1] if above else "", first.value)
    state, reason = (
        (PROTECTED, guard)
        if guard
        else (PROTECTED, "its router is mounted behind it")
        if above and all(m[2] for m in above)
        else (OPEN, "")
    )
    if (
        state is OPEN
        and not above
        and "app" not in owner
        and not any(b.name == owner and "express" in str(b.value) for b in facts.bindings)
    ):
        state, reason = UNKNOWN, "where this router is mounted is not known"
    if guard and not own and not words_of(guard.rpartition(".")[2]) & _CLEAR:
        state, reason = UNKNOWN, f"{guard} may ask who is calling"
    handler = _handler(args[-1].value) if args else ""
    if state is OPEN and names_authentication(handler):
        state, reason = UNKNOWN, f"{handler} may look at who is calling"
    return Route(full, frozenset({verb.upper()}), here, "express", handler, state, reason, here)


def _handler(value: Value) -> str:
    return next(iter(names_in(value)), "").rpartition("/")[2]


def _nest(project: Project, path: str, facts: JavascriptFacts) -> Iterator[Route]:
    """Decorated methods: a run of decorators belongs to the method after it, one before a controller to all of it."""
    controllers = [c for c in facts.calls if c.call.name.rpartition(".")[2] == "Controller"]
    if not controllers:
        return
    guarded = _nest_global(project)
    methods = [c for c in facts.calls if c.call.name.rpartition(".")[2] in _NEST and c.scope]
    for n, call in enumerate(methods):
        controller = next((c for c in reversed(controllers) if c.line < call.line), controllers[0])
        before = methods[n - 1].line if n else controller.line + 1
        after = methods[n + 1].line if n + 1 < len(methods) else call.line + 30
        own = [c for c in facts.calls if c.scope == call.scope and before < c.line < after]
        near = [c for c in own if abs(c.line - call.line) <= 8]
        outer = [c for c in facts.calls if not c.scope and abs(c.line - controller.line) <= 8]
        guard = _nest_guard(near) or _nest_guard(outer) or guarded
        full = joined(_first(controller.call), _first(call.call))
        here = Location(path, call.line, call.column)
        state = PROTECTED if guard else UNKNOWN if near or _consumer(project) else OPEN
        reason = guard or "a middleware of the module or a decorator may ask who is calling"
        yield Route(
            full, frozenset({_NEST[call.call.name.rpartition(".")[2]]}), here, "nestjs", "", state, reason, here
        )


def _nest_guard(calls: list[JsCall]) -> str:
    for call in calls:
        last = call.call.name.rpartition(".")[2].rpartition("/")[2]
        if last == "UseGuards":
            return next(
                (n.rpartition("/")[2] for a in call.call.args for n in names_in(a.value) if "hrottl" not in n), ""
            )
        if last in {"Auth", "Roles", "Authorized"}:
            return last
    return ""


def _nest_global(project: Project) -> str:
    for facts in project.javascript.values():
        if any(c.call.name.endswith("useGlobalGuards") for c in facts.calls) or any(
            i.imported == "APP_GUARD" and i.used_lines for i in facts.imports
        ):
            return "a global guard"
    return ""


def _consumer(project: Project) -> bool:
    """NestJS modules may put a middleware before routes by name: `consumer.apply(AuthMiddleware)`."""
    return any(i.imported == "MiddlewareConsumer" for f in project.javascript.values() for i in f.imports)


def _first(call: Call) -> str:
    value = call.args[0].value if call.args else None
    return str(value.value) if isinstance(value, Const) else ""

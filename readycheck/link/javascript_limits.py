"""Rate limiters of Express, NestJS, Fastify and Koa."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.javascript import JavascriptFacts, JsCall
from readycheck.facts.values import Call, Const, Name, Table, Value
from readycheck.link.limit_shapes import MEMORY, SHARED, UNKNOWN, Limit
from readycheck.link.names import names_in
from readycheck.link.project import Project
from readycheck.model import Location

_MAKERS = {
    "express-rate-limit": "express-rate-limit",
    "express-rate-limit.rateLimit": "express-rate-limit",
    "express-slow-down": "express-slow-down",
    "express-slow-down.slowDown": "express-slow-down",
    "koa-ratelimit": "koa-ratelimit",
    "rate-limiter-flexible.RateLimiterMemory": "rate-limiter-flexible",
    "rate-limiter-flexible.RateLimiterRedis": "rate-limiter-flexible",
}
MOUNTING = frozenset({"use", "get", "post", "put", "delete", "patch", "all", "route", "register", "UseGuards"})


def javascript_limits(project: Project) -> Iterator[Limit]:
    """Every limiter that some script makes."""
    for path, facts in project.javascript.items():
        for call in facts.calls:
            library = _MAKERS.get(call.call.name)
            if library:
                yield _express(path, facts, call, library)
            elif call.call.name.startswith("@nestjs/throttler.ThrottlerModule."):
                yield _nest(project, path, call)
            elif call.call.name.endswith("register") and _first(call.call) == Name("@fastify/rate-limit"):
                place = Location(path, call.line, call.column)
                yield Limit("@fastify/rate-limit", place, place, "@fastify/rate-limit", "", *_store(call.call, place))


def mounted_names(facts: JavascriptFacts) -> frozenset[str]:
    """Every name that is handed to an app, a router or a decorator in one file, or leaves the file."""
    found = {e.local or e.name for e in facts.exports}
    for call in facts.calls:
        if call.call.name.rpartition(".")[2] in MOUNTING:
            for argument in call.call.args:
                found |= set(names_in(argument.value))
            found |= set(names_in(call.call.receiver)) if call.call.receiver is not None else set()
    for binding in facts.bindings:
        found |= {n for n in names_in(binding.value) if n != binding.name}
        if binding.name.startswith(("module.exports", "exports.")):
            found |= {binding.name.rpartition(".")[2]}
    return frozenset(found)


def _express(path: str, facts: JavascriptFacts, call: JsCall, library: str) -> Limit:
    place = Location(path, call.line, call.column)
    missing = ""
    bound = next((b.name for b in facts.bindings if b.line == call.line and isinstance(b.value, Call)), "")
    if bound and library.startswith("express") and not bound.startswith(("module.exports", "exports")):
        if bound.rpartition(".")[2] not in mounted_names(facts) and bound not in mounted_names(facts):
            missing = "it is made and never handed to the app or to a route"
    kind = SHARED if call.call.name.endswith("Redis") else ""
    storage, where = (kind, place) if kind else _store(call.call, place)
    return Limit(library, place, place, library, missing, storage, where)


def _store(call: Call, place: Location) -> tuple[str, Location]:
    options = next((a.value for a in call.args if isinstance(a.value, Table)), None)
    if options is None:
        return (UNKNOWN if any(isinstance(a.value, Name) for a in call.args[:1]) else MEMORY), place
    store: Value | None = options.get("store") or options.get("redis") or options.get("db")
    if store is None:
        return (UNKNOWN if any(key is None for key, _ in options.pairs) else MEMORY), place
    return (MEMORY if isinstance(store, Call) and "Memory" in store.name else SHARED), place


def _nest(project: Project, path: str, call: JsCall) -> Limit:
    place = Location(path, call.line, call.column)
    guarded = any(
        i.imported == "ThrottlerGuard" and i.used_lines for f in project.javascript.values() for i in f.imports
    )
    own = any(
        "ThrottlerGuard" in i.local or ("Throttl" in i.local and i.used_lines)
        for f in project.javascript.values()
        for i in f.imports
    )
    missing = "" if guarded or own else "no ThrottlerGuard is set, so nothing is limited"
    options = call.call.args[0].value if call.call.args else Const(None)
    shared = isinstance(options, Table) and options.get("storage") is not None
    kind = SHARED if shared else UNKNOWN if not isinstance(options, Table) and "Async" in call.call.name else MEMORY
    return Limit("@nestjs/throttler", place, place, "@nestjs/throttler", missing, kind, place)


def _first(call: Call) -> Value | None:
    return call.args[0].value if call.args else None

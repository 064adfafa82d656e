"""Every rate limiter of a project in one shape: what enforces it, and where it keeps its counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from readycheck.facts.lazily import lazy
from readycheck.facts.python import Binding, PythonCall
from readycheck.facts.values import Argument, Call, Const, Hidden, Items, Joined, Name, Table, Value
from readycheck.link.apps import Mount
from readycheck.link.django_limits import django_limits
from readycheck.link.javascript_limits import javascript_limits
from readycheck.link.limit_shapes import MEMORY, SHARED, UNKNOWN, Limit
from readycheck.link.names import names_in
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.proxy_limits import proxy_limits
from readycheck.link.wiring import runs
from readycheck.model import Location, Step

# Last segments of call names that extraction must record for this module.
CALLS = frozenset(
    "Limiter RateLimiter FastAPILimiter init SlowAPIMiddleware express-rate-limit rateLimit slowDown "
    "express-slow-down rate-limit RateLimiterRedis RateLimiterMemory js:use js:get js:post js:put "
    "js:delete js:patch js:all js:route js:register js:forRoot js:forRootAsync js:UseGuards js:create "
    "express ThrottlerModule ThrottlerGuard koa-ratelimit".split()
)
_OWN = lazy(r"rate.?limit|throttl|limit_?requests|request_?limit|(?:^|[._])limiter|limit_?by_", re.I)
_COUNTS = lazy(r"rate|limit|hits|request|attempt|bucket|window|count|visits|calls|store", re.I)
# One route with a limit is no limit on the others: it counts where passwords are tried, or where it is the custom.
_SIGNS_IN = lazy(
    r"auth(?!or)|log_?in|sign_?(?:in|up)|token|session|regist|passw|reset|otp|verify|account", re.IGNORECASE
)
_SEVERAL = 3
_SLOWAPI = frozenset({"slowapi.Limiter", "slowapi.extension.Limiter"})
_SHARED = lazy(r"redis|memcache|mongo|valkey|etcd|dynamo|postgres", re.I)


@once
def rate_limits(project: Project) -> Iterator[Limit]:
    """All limiters of all files; the role of a place is the caller's to weigh."""
    yield from _slowapi(project)
    yield from _flask(project)
    yield from _fastapi_limiter(project)
    yield from django_limits(project)
    yield from _own_middleware(project)
    yield from javascript_limits(project)
    yield from proxy_limits(project)


def _decorated(project: Project, suffixes: tuple[str, ...]) -> tuple[bool, str]:
    """Whether functions carry a decorator of a limiter, `limiter.limit("5/minute")`, and why these are too few."""
    found = [
        (path, function)
        for path, facts in project.python.items()
        for function in facts.functions
        if any(getattr(d, "name", getattr(d, "dotted", "")).endswith(suffixes) for d in function.decorators)
    ]
    wide = len(found) >= _SEVERAL or any(_SIGNS_IN.search(f"{path} {function.name}") for path, function in found)
    few = f"its decorator is on {found[0][1].name} and not where passwords are tried" if found and not wide else ""
    return bool(found), few


def _slowapi(project: Project) -> Iterator[Limit]:
    mounted = next((m for m in project.mounts if m.cls.startswith("slowapi.middleware.")), None)
    state = _state_limiter(project)
    decorated, few = _decorated(project, (".limit", ".shared_limit"))
    for path, call in _calls(project, _SLOWAPI):
        defaults = call.call.argument("default_limits") or call.call.argument("application_limits")
        missing = ""
        if state is None:
            missing = "app.state.limiter is never set"
        elif mounted is not None and runs(project, mounted) is False:
            missing = "SlowAPIMiddleware is only added under a condition that production does not meet"
        elif mounted is None and defaults is not None and not decorated:
            missing = "its default limits need SlowAPIMiddleware, which is never added"
        elif mounted is None and not decorated:
            missing = "no route carries its decorator and SlowAPIMiddleware is not added"
        place = mounted.location if mounted else Location(path, call.line, call.column)
        how = "SlowAPIMiddleware" if mounted else "the limiter's decorators"
        limit = _limit(project, ("slowapi", path, call), place, how, missing)
        yield replace(limit, narrow="" if mounted is not None and defaults is not None else few)


def _state_limiter(project: Project) -> tuple[str, Binding] | None:
    for path, facts in project.python.items():
        for binding in facts.bindings:
            if binding.name.endswith("state.limiter"):
                return path, binding
    return None


def _limit(project: Project, found: tuple[str, str, PythonCall], place: Location, how: str, missing: str) -> Limit:
    """A limiter of Python that is made by a call; `found` is the library, the file and the call."""
    library, path, call = found
    made = Location(path, call.line, call.column)
    given = call.call.argument("storage_uri")
    kind, where, chain = (MEMORY, made, ()) if given is None else _storage(project, given, path, call.scope)
    return Limit(library, made, place, how, missing, kind, where, chain, project.connection(place.path))


def _storage(project: Project, given: Argument, path: str, scope: str) -> tuple[str, Location, tuple[Step, ...]]:
    """Where a storage address leads: into one process, or to a server that all of them share."""
    place = Location(path, given.line)
    possible = project.resolver.possible(given.value, path, scope)
    for found in possible:
        if isinstance(found.value, Const):
            text = str(found.value.value or "")
            if not text or text.startswith(("memory:", "async+memory:")):
                return MEMORY, place, found.steps
    if any(isinstance(p.value, Const | Hidden | Joined) for p in possible) or _names_shared(given.value, possible):
        return SHARED, place, ()
    return UNKNOWN, place, ()


def _names_shared(value: Value, possible: tuple[object, ...]) -> bool:
    texts = [*names_in(value), *(getattr(getattr(p, "value", None), "text", "") for p in possible)]
    return any(_SHARED.search(text) for text in texts)


def _calls(project: Project, names: frozenset[str]) -> Iterator[tuple[str, PythonCall]]:
    for path, facts in project.python.items():
        for call in facts.calls:
            if call.call.name in names:
                yield path, call


def _flask(project: Project) -> Iterator[Limit]:
    decorated, few = _decorated(project, (".limit", ".shared_limit"))
    for path, call in _calls(project, frozenset({"flask_limiter.Limiter", "flask_limiter.extension.Limiter"})):
        started = next((m for m in project.mounts if m.how == "init_app" and m.cls.startswith("flask_limiter.")), None)
        given = call.call.argument("app") or next(
            (
                a
                for a in call.call.args
                if a.name is None and isinstance(a.value, Name) and "address" not in a.value.dotted
            ),
            None,
        )
        missing = ""
        if given is None and started is None:
            missing = "it is never given an app (init_app)"
        elif (
            call.call.argument("default_limits") is None
            and not decorated
            and not _flask_setting(project, "RATELIMIT_DEFAULT")
        ):
            missing = "it has no default limits and no route carries its decorator"
        place = Location(path, call.line, call.column)
        limit = _limit(
            project, ("flask-limiter", path, call), started.location if started else place, "flask-limiter", missing
        )
        setting = _flask_setting(project, "RATELIMIT_STORAGE_URI") or _flask_setting(project, "RATELIMIT_STORAGE_URL")
        if setting is not None and call.call.argument("storage_uri") is None:
            given = Argument("storage_uri", setting[1].value, setting[1].line)
            kind, where, chain = _storage(project, given, setting[0], setting[1].scope)
            limit = Limit(
                limit.library, limit.made, limit.location, limit.how, missing, kind, where, chain, limit.connected_by
            )
        wide = call.call.argument("default_limits") or _flask_setting(project, "RATELIMIT_DEFAULT")
        yield replace(limit, narrow="" if wide else few)


def _flask_setting(project: Project, name: str) -> tuple[str, Binding] | None:
    for path, facts in project.python.items():
        for binding in facts.bindings:
            if binding.name == name or binding.name.endswith(f"[{name}]"):
                return path, binding
    return None


def _fastapi_limiter(project: Project) -> Iterator[Limit]:
    started = list(_calls(project, frozenset({"fastapi_limiter.FastAPILimiter.init"})))
    for path, call in _calls(project, frozenset({"fastapi_limiter.depends.RateLimiter"})):
        missing = "" if started else "FastAPILimiter.init is never called"
        place = Location(path, call.line, call.column)
        where = Location(started[0][0], started[0][1].line) if started else place
        yield Limit(
            "fastapi-limiter",
            place,
            place,
            "a RateLimiter dependency",
            missing,
            SHARED,
            where,
            (),
            project.connection(path),
        )


def _own_middleware(project: Project) -> Iterator[Limit]:
    """A limiter of the project's own, recognised by its name; its counts are a dict or a client in its module."""
    for mount in project.mounts:
        if mount.how not in {"decorator", "add_middleware", "Middleware", "MIDDLEWARE"} or not _OWN.search(mount.cls):
            continue
        if mount.cls.startswith(("slowapi.", "axes.", "starlette.")):
            continue
        missing = (
            ""
            if runs(project, mount) is not False
            else "it is only added under a condition that production does not meet"
        )
        path = _module_of(project, mount)
        kind, where = _counts(project, path) if path else (UNKNOWN, mount.location)
        name = mount.cls.rpartition(".")[2]
        yield Limit(
            name,
            mount.location,
            mount.location,
            name,
            missing,
            kind,
            where,
            (),
            project.connection(mount.location.path),
        )


def _module_of(project: Project, mount: Mount) -> str:
    if mount.how == "decorator":
        return mount.location.path
    found = project.resolver.find_class(mount.cls, mount.location.path)
    return found[0] if found is not None else ""


def _counts(project: Project, path: str) -> tuple[str, Location]:
    facts = project.python[path]
    shared = next((i for i in facts.imports if _SHARED.search(i.target)), None)
    if shared is not None:
        return SHARED, Location(path, shared.line)
    for binding in facts.bindings:
        value = binding.value
        dictionary = value in (Table(()), Items(())) or (
            isinstance(value, Call)
            and value.name.rpartition(".")[2] in {"defaultdict", "dict", "OrderedDict", "deque", "TTLCache", "Counter"}
        )
        if dictionary and _COUNTS.search(binding.name) and not binding.augments:
            return MEMORY, Location(path, binding.line)
    return UNKNOWN, Location(path, 0)

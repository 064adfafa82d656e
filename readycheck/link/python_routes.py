"""The routes of FastAPI, Starlette and Flask with their prefixes and what asks who is calling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.python import Function
from readycheck.facts.values import Call, Const, Items
from readycheck.link.apps import Mount
from readycheck.link.dependencies import protecting, protecting_parameter
from readycheck.link.project import Project
from readycheck.link.route_shapes import OPEN, PROTECTED, UNKNOWN, Route, joined, names_authentication
from readycheck.link.router_places import Routers, dependencies_of, place_of, routers_of
from readycheck.link.wiring import in_production, runs
from readycheck.model import Location

_VERBS = frozenset({"get", "post", "put", "delete", "patch", "api_route", "route", "head", "options", "websocket"})
_PLAIN = frozenset({"APIRouter", "Blueprint", "FastAPI", "Flask", "Quart", "Starlette"})
MAX_DEPTH = 5


@dataclass(frozen=True, slots=True)
class _Wiring:
    """What is the same for all routes of a project: its routers, and a middleware that may ask before any route."""

    project: Project
    routers: Routers
    gatekeeper: Mount | None


@dataclass(frozen=True, slots=True)
class _Handler:
    """One decorated handler."""

    path: str
    function: Function
    decorator: Call
    line: int


def python_routes(project: Project) -> Iterator[Route]:
    """Every decorated handler of production code."""
    wiring = _Wiring(project, routers_of(project), _gatekeeper(project))
    for path, facts in project.python.items():
        if not in_production(project, path):
            continue
        for function in facts.functions:
            for decorator, line in zip(function.decorators, function.decorator_lines, strict=True):
                if isinstance(decorator, Call) and _is_route(decorator):
                    yield _route(wiring, _Handler(path, function, decorator, line))


def _is_route(decorator: Call) -> bool:
    owner, _, verb = decorator.name.rpartition(".")
    first = decorator.argument("path", 0) or decorator.argument("rule", 0)
    return (
        bool(owner)
        and verb in _VERBS
        and first is not None
        and isinstance(first.value, Const)
        and str(first.value.value)[:1] in {"/", ""}
    )


def _gatekeeper(project: Project) -> Mount | None:
    """A middleware that may authenticate every request before any route sees it."""
    for mount in project.mounts:
        if mount.how in {"add_middleware", "Middleware", "decorator", "MIDDLEWARE"} and names_authentication(
            _stem(mount.cls)
        ):
            if (
                in_production(project, mount.location.path)
                and runs(project, mount) is not False
                and not mount.cls.startswith("django.")
            ):
                return mount
    for path, facts in project.python.items():
        for function in facts.functions:
            for decorator, line in zip(function.decorators, function.decorator_lines, strict=True):
                last = (getattr(decorator, "dotted", "") or getattr(decorator, "name", "")).rpartition(".")[2]
                if last in {"before_request", "before_app_request"} and in_production(project, path):
                    return Mount(function.name, (), Location(path, line), "", (), last, "")
    return None


def _stem(cls: str) -> str:
    return cls.rpartition(".")[2].replace("Middleware", "").replace("_middleware", "")


def _route(wiring: _Wiring, handler: _Handler) -> Route:
    project, gatekeeper = wiring.project, wiring.gatekeeper
    path, function, decorator, line = handler.path, handler.function, handler.decorator, handler.line
    owner, _, verb = decorator.name.rpartition(".")
    first = decorator.argument("path", 0) or decorator.argument("rule", 0)
    own = str(first.value.value) if first is not None and isinstance(first.value, Const) else ""
    place = place_of(project, (path, owner), wiring.routers)
    flask = _is_flask(project, path, owner, wiring.routers)
    state, reason, guard_at = _guard(project, path, function, decorator, line)
    if state is not PROTECTED and place.guard:
        state, reason, guard_at = PROTECTED, place.guard, place.guard_at
    if state is OPEN and function.scope:
        state, reason, guard_at = _of_class(project, path, function.scope, guard_at, 0)
    own_class = _own_router(project, path, owner)
    if state is OPEN and own_class:
        state, reason = UNKNOWN, f"{own_class} may add a dependency to all of its routes"
    if state is OPEN and gatekeeper is not None:
        at = f"{gatekeeper.location.path}:{gatekeeper.location.line}"
        state, reason = UNKNOWN, f"{gatekeeper.cls.rpartition('.')[2]} ({at}) may ask who is calling"
    here = Location(path, line)
    full = joined(place.prefix, own)
    methods = _methods(verb, decorator)
    return Route(
        full,
        methods,
        here,
        "flask" if flask else "fastapi",
        function.name,
        state,
        reason,
        guard_at,
        function,
        project.connection(path),
    )


def _own_router(project: Project, path: str, owner: str) -> str:
    """The class of a router that is none of the framework's own, "" for one that is."""
    for binding in project.resolver.bindings(path, "", owner):
        if isinstance(binding.value, Call):
            made = binding.value.name.rpartition(".")[2]
            return made if made.endswith("Router") and made not in _PLAIN else ""
    return ""


def _of_class(project: Project, path: str, scope: str, here: Location, depth: int) -> tuple[str, str, Location]:
    """Handlers that are methods get the dependencies of their class and of those it inherits from."""
    cls = next((c for c in project.python[path].classes if scope in {c.name, f"{c.scope}.{c.name}"}), None)
    if cls is None:
        return OPEN, "", here
    for binding in project.python[path].bindings:
        if binding.scope == scope and protecting(project, binding.value, path):
            return PROTECTED, binding.name, Location(path, binding.line)
    for base in cls.bases if depth < MAX_DEPTH else ():
        parent = project.resolver.find_class(base, path)
        if parent is None:
            return UNKNOWN, f"{base.rpartition('.')[2]} is not followed and may ask who is calling", here
        state, reason, at = _of_class(project, parent[0], parent[1].name, here, depth + 1)
        if state is not OPEN:
            return state, reason, at
    return OPEN, "", here


def _is_flask(project: Project, path: str, owner: str, routers: Routers) -> bool:
    made = routers.get((path, owner))
    if made is not None:
        return made.call.name.rpartition(".")[2] in {"Flask", "Blueprint", "Quart"}
    return any(i.target.startswith(("flask", "quart")) for i in project.python[path].imports)


def _methods(verb: str, decorator: Call) -> frozenset[str]:
    given = decorator.argument("methods")
    if given is not None and isinstance(given.value, Items):
        return frozenset(str(i.value).upper() for i in given.value.items if isinstance(i, Const))
    return frozenset({"GET"}) if verb in {"route", "api_route"} else frozenset({verb.upper()})


def _guard(project: Project, path: str, function: Function, decorator: Call, line: int) -> tuple[str, str, Location]:
    """What asks who is calling on the handler itself: a dependency of the route, a parameter, another decorator."""
    name, at = dependencies_of(project, decorator.args, path)
    if name:
        return PROTECTED, name, at
    parameter = protecting_parameter(project, function, path)
    if parameter is not None:
        return PROTECTED, parameter.name, Location(path, parameter.line)
    for other, at_line in zip(function.decorators, function.decorator_lines, strict=True):
        dotted = getattr(other, "name", "") or getattr(other, "dotted", "")
        if other is not decorator and dotted and (names_authentication(dotted) or _auth_object(dotted)):
            return PROTECTED, dotted.rpartition(".")[2], Location(path, at_line)
    return _inside(project, path, function)


def _auth_object(dotted: str) -> bool:
    """`auth.required`, `jwt.protected`: a decorator of an object that authenticates."""
    owner = dotted.rpartition(".")[0].rpartition(".")[2]
    return bool(owner) and names_authentication(owner) and "limit" not in dotted


def _unread(project: Project, annotation: str, path: str) -> bool:
    """Whether an annotation is imported from a module of the project that could not be parsed."""
    for statement in project.python[path].imports:
        if statement.local == annotation.partition(".")[0]:
            found = project.modules.split(statement.target, path)
            return found is not None and bool(project.python[found[0]].problem)
    return False


def _inside(project: Project, path: str, function: Function) -> tuple[str, str, Location]:
    """Whether the handler may ask for itself, by what it is given and by the imported names it uses."""
    here = Location(path, function.line)
    limited = any("limit" in (getattr(d, "name", "") or getattr(d, "dotted", "")) for d in function.decorators)
    for parameter in function.parameters:
        if names_authentication(parameter.annotation.partition("[")[0]) and _unread(
            project, parameter.annotation, path
        ):
            return (
                UNKNOWN,
                f"{function.name} takes {parameter.annotation[:40]}, which is defined in a file that was not read",
                here,
            )
        source = getattr(parameter.default, "name", "").rpartition(".")[2]
        takes = source in {"Header", "Cookie"} or (parameter.annotation.endswith("Request") and not limited)
        if takes:
            return UNKNOWN, f"{function.name} is given {parameter.name} and may look at who is calling", here
    for statement in project.python[path].imports:
        inside = any(function.line < used <= function.end_line for used in statement.used_lines)
        if inside and (statement.target in {"flask.session", "flask.g"} or names_authentication(statement.local)):
            return UNKNOWN, f"{function.name} uses {statement.local} and may look at who is calling", here
    if function.mentions:
        return UNKNOWN, f"{function.name} may look at who is calling itself", here
    return OPEN, "", here

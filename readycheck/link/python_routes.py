"""The routes of FastAPI, Starlette and Flask with their prefixes and what asks who is calling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.python import Function, PythonCall
from readycheck.facts.values import Argument, Call, Const, Items
from readycheck.link.apps import Mount
from readycheck.link.dependencies import protecting, protecting_parameter
from readycheck.link.project import Project
from readycheck.link.route_shapes import OPEN, PROTECTED, UNKNOWN, Route, joined, names_authentication
from readycheck.link.wiring import in_production, runs
from readycheck.model import Location

_VERBS = frozenset({"get", "post", "put", "delete", "patch", "api_route", "route", "head", "options", "websocket"})
_ROUTERS = ("APIRouter", "Blueprint", "FastAPI", "Flask", "Quart", "Starlette", "Router")
MAX_DEPTH = 5


@dataclass(frozen=True, slots=True)
class _Place:
    """What a router adds to its routes: the prefix, and the name and place of its protection."""

    prefix: str
    guard: str = ""
    guard_at: Location = Location("")


def python_routes(project: Project) -> Iterator[Route]:
    """Every decorated handler of production code."""
    routers = _routers(project)
    gatekeeper = _gatekeeper(project)
    for path, facts in project.python.items():
        if not in_production(project, path):
            continue
        for function in facts.functions:
            for decorator, line in zip(function.decorators, function.decorator_lines, strict=True):
                if isinstance(decorator, Call) and _is_route(decorator):
                    yield _route(project, path, function, decorator, line, routers, gatekeeper)


def _is_route(decorator: Call) -> bool:
    owner, _, verb = decorator.name.rpartition(".")
    first = decorator.argument("path", 0) or decorator.argument("rule", 0)
    return bool(owner) and verb in _VERBS and first is not None and isinstance(first.value, Const) and str(first.value.value)[:1] in {"/", ""}


def _routers(project: Project) -> dict[tuple[str, str], PythonCall]:
    found = {}
    for path, facts in project.python.items():
        for call in facts.calls:
            if call.assigned_to and call.call.name.rpartition(".")[2].endswith(_ROUTERS):
                found[path, call.assigned_to] = call
    return found


def _gatekeeper(project: Project) -> Mount | None:
    """A middleware that may authenticate every request before any route sees it."""
    for mount in project.mounts:
        if mount.how in {"add_middleware", "Middleware", "decorator", "MIDDLEWARE"} and names_authentication(_stem(mount.cls)):
            if in_production(project, mount.location.path) and runs(project, mount) is not False and not mount.cls.startswith("django."):
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


def _route(
    project: Project,
    path: str,
    function: Function,
    decorator: Call,
    line: int,
    routers: dict[tuple[str, str], PythonCall],
    gatekeeper: Mount | None,
) -> Route:
    owner, _, verb = decorator.name.rpartition(".")
    first = decorator.argument("path", 0) or decorator.argument("rule", 0)
    own = str(first.value.value) if first is not None and isinstance(first.value, Const) else ""
    place = _mounted(project, (path, owner), routers, 0)
    flask = _is_flask(project, path, owner, routers)
    state, reason, guard_at = _guard(project, path, function, decorator, line)
    if state is not PROTECTED and place.guard:
        state, reason, guard_at = PROTECTED, place.guard, place.guard_at
    if state is OPEN and gatekeeper is not None:
        state, reason = UNKNOWN, f"{gatekeeper.cls.rpartition('.')[2]} ({gatekeeper.location.path}:{gatekeeper.location.line}) may ask who is calling"
    here = Location(path, line)
    full = joined(place.prefix, own)
    methods = _methods(verb, decorator)
    return Route(full, methods, here, "flask" if flask else "fastapi", function.name, state, reason, guard_at, function, project.connection(path))


def _is_flask(project: Project, path: str, owner: str, routers: dict[tuple[str, str], PythonCall]) -> bool:
    made = routers.get((path, owner))
    if made is not None:
        return made.call.name.rpartition(".")[2] in {"Flask", "Blueprint", "Quart"}
    return any(i.target.startswith(("flask", "quart")) for i in project.python[path].imports)


def _methods(verb: str, decorator: Call) -> frozenset[str]:
    given = decorator.argument("methods")
    if given is not None and isinstance(given.value, Items):
        return frozenset(str(i.value).upper() for i in given.value.items if isinstance(i, Const))
    return frozenset({"GET"}) if verb in {"route", "api_route"} else frozenset({verb.upper()})


def _mounted(project: Project, router: tuple[str, str], routers: dict[tuple[str, str], PythonCall], depth: int) -> _Place:
    """The prefix and protection that a router and everything it is included in give to its routes."""
    made = routers.get(router)
    prefix, guard, guard_at = "", "", Location("")
    if made is not None:
        prefix = _text(made.call.argument("prefix") or made.call.argument("url_prefix"), project, router[0])
        guard, guard_at = _dependencies(project, made.call.args, router[0])
    includes = [m for m in project.mounts if m.how in {"include_router", "register_blueprint"} and _means(project, m, router)]
    if not includes or depth > MAX_DEPTH:
        return _Place(prefix, guard, guard_at)
    above = []
    for mount in includes:
        outer = _mounted(project, (mount.location.path, mount.app), routers, depth + 1)
        given, given_at = _dependencies(project, mount.arguments, mount.location.path)
        own = next((a for a in mount.arguments if a.name in {"prefix", "url_prefix"}), None)
        added = _text(own, project, mount.location.path)
        if mount.how == "register_blueprint" and own is not None:
            prefix = ""  # the one given at registration replaces the blueprint's own
        above.append(_Place(joined(outer.prefix, added), given or outer.guard, given_at if given else outer.guard_at))
    if not guard and all(a.guard for a in above):
        guard, guard_at = above[0].guard, above[0].guard_at
    return _Place(joined(above[0].prefix, prefix), guard, guard_at)


def _means(project: Project, mount: Mount, router: tuple[str, str]) -> bool:
    if mount.location.path == router[0] and mount.cls == router[1]:
        return True
    found = project.modules.split(mount.cls, mount.location.path)
    if found == router:
        return True
    # `from app.api import admin_router`, where app/api/__init__.py takes it from another module.
    return found is not None and found[1] != "" and found[0].endswith("__init__.py") and _reexports(project, found, router)


def _reexports(project: Project, found: tuple[str, str], router: tuple[str, str]) -> bool:
    for statement in project.python[found[0]].imports:
        if statement.local == found[1].partition(".")[0]:
            tail = found[1].partition(".")[2]
            target = ".".join(p for p in (statement.target, tail) if p)
            return project.modules.split(target, found[0]) == router
    return False


def _dependencies(project: Project, arguments: tuple[Argument, ...], path: str) -> tuple[str, Location]:
    given = next((a for a in arguments if a.name == "dependencies"), None)
    name = protecting(project, given.value, path) if given is not None else ""
    return name, Location(path, given.line) if given is not None and name else Location("")


def _text(argument: Argument | None, project: Project, path: str) -> str:
    if argument is None:
        return ""
    found = next(iter(project.resolver.possible(argument.value, path)), None)
    return str(found.value.value or "") if found is not None and isinstance(found.value, Const) else ""


def _guard(project: Project, path: str, function: Function, decorator: Call, line: int) -> tuple[str, str, Location]:
    """What asks who is calling on the handler itself: a dependency of the route, a parameter, another decorator."""
    name, at = _dependencies(project, decorator.args, path)
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


def _inside(project: Project, path: str, function: Function) -> tuple[str, str, Location]:
    """Whether the handler may ask for itself, by what it is given and by the imported names it uses."""
    here = Location(path, function.line)
    limited = any("limit" in (getattr(d, "name", "") or getattr(d, "dotted", "")) for d in function.decorators)
    for parameter in function.parameters:
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


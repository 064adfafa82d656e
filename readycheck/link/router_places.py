"""Where routers are included: the prefix and the protection that they give to their routes."""

from __future__ import annotations

from dataclasses import dataclass

from readycheck.facts.python import PythonCall
from readycheck.facts.values import Argument, Const
from readycheck.link.apps import Mount
from readycheck.link.dependencies import protecting
from readycheck.link.project import Project
from readycheck.link.route_shapes import joined
from readycheck.model import Location

Routers = dict[tuple[str, str], PythonCall]
NOWHERE = Location("")
MAX_DEPTH = 5
_ROUTERS = ("APIRouter", "Blueprint", "FastAPI", "Flask", "Quart", "Starlette", "Router")


@dataclass(frozen=True, slots=True)
class Place:
    """What a router adds to its routes: the prefix, and the name and place of its protection."""

    prefix: str
    guard: str = ""
    guard_at: Location = NOWHERE


def routers_of(project: Project) -> Routers:
    """Every router and app by its file and name."""
    found = {}
    for path, facts in project.python.items():
        for call in facts.calls:
            if call.assigned_to and call.call.name.rpartition(".")[2].endswith(_ROUTERS):
                found[path, call.assigned_to] = call
    return found


def place_of(project: Project, router: tuple[str, str], routers: Routers) -> Place:
    """What a router, and everything it is included in, gives to its routes."""
    return _placed(project, router, routers, 0)


def _placed(project: Project, router: tuple[str, str], routers: Routers, depth: int) -> Place:
    """The prefix and protection that a router and everything it is included in give to its routes."""
    made = routers.get(router)
    prefix, guard, guard_at = "", "", NOWHERE
    if made is not None:
        prefix = _text(made.call.argument("prefix") or made.call.argument("url_prefix"), project, router[0])
        guard, guard_at = dependencies_of(project, made.call.args, router[0])
    includes = [
        m for m in project.mounts if m.how in {"include_router", "register_blueprint"} and _means(project, m, router)
    ]
    if not includes or depth > MAX_DEPTH:
        return Place(prefix, guard, guard_at)
    above = []
    for mount in includes:
        outer = _placed(project, (mount.location.path, mount.app), routers, depth + 1)
        given, given_at = dependencies_of(project, mount.arguments, mount.location.path)
        own = next((a for a in mount.arguments if a.name in {"prefix", "url_prefix"}), None)
        added = _text(own, project, mount.location.path)
        if mount.how == "register_blueprint" and own is not None:
            prefix = ""  # the one given at registration replaces the blueprint's own
        above.append(Place(joined(outer.prefix, added), given or outer.guard, given_at if given else outer.guard_at))
    if not guard and all(a.guard for a in above):
        guard, guard_at = above[0].guard, above[0].guard_at
    return Place(joined(above[0].prefix, prefix), guard, guard_at)


def _means(project: Project, mount: Mount, router: tuple[str, str]) -> bool:
    if mount.location.path == router[0] and mount.cls == router[1]:
        return True
    found = project.modules.split(mount.cls, mount.location.path)
    if found == router:
        return True
    # `from app.api import admin_router`, where app/api/__init__.py takes it from another module.
    return (
        found is not None and found[1] != "" and found[0].endswith("__init__.py") and _reexports(project, found, router)
    )


def _reexports(project: Project, found: tuple[str, str], router: tuple[str, str]) -> bool:
    for statement in project.python[found[0]].imports:
        if statement.local == found[1].partition(".")[0]:
            tail = found[1].partition(".")[2]
            target = ".".join(p for p in (statement.target, tail) if p)
            return project.modules.split(target, found[0]) == router
    return False


def dependencies_of(project: Project, arguments: tuple[Argument, ...], path: str) -> tuple[str, Location]:
    given = next((a for a in arguments if a.name == "dependencies"), None)
    name = protecting(project, given.value, path) if given is not None else ""
    return name, Location(path, given.line) if given is not None and name else NOWHERE


def _text(argument: Argument | None, project: Project, path: str) -> str:
    if argument is None:
        return ""
    found = next(iter(project.resolver.possible(argument.value, path)), None)
    return str(found.value.value or "") if found is not None and isinstance(found.value, Const) else ""

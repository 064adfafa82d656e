"""Which of the mounted things are on an app that runs, and whether they run in production."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.values import Name
from readycheck.link.apps import App, Mount, canonical
from readycheck.link.names import names_in
from readycheck.link.project import Project
from readycheck.model import Role, Step


def runs(project: Project, mount: Mount) -> bool | None:
    """Whether the conditions around a mount hold in production; None when that is not known."""
    return project.resolver.holds(mount.guards, mount.location.path, mount.scope)


def condition_chain(project: Project, mount: Mount) -> tuple[Step, ...]:
    """What the conditions around a mount rest on."""
    steps = [Step(mount.location.path, g.line, "only under this condition") for g in mount.guards]
    for guard in mount.guards:
        for name in names_in(guard.test):
            for found in project.resolver.possible(Name(name), mount.location.path, mount.scope)[:1]:
                steps += found.steps
    return tuple(steps[:8])


def mounts_on(project: Project, app: App) -> Iterator[Mount]:
    """What is mounted on one app: in its own module on its name, or by a module that it imports."""
    imported = project.modules.reachable([app.location.path])
    own_names = {(a.location.path, a.name) for a in project.apps}
    for mount in project.mounts:
        path = mount.location.path
        same = path == app.location.path
        if same and mount.app in {"", app.name} | ({mount.app} if not app.name else set()):
            yield mount
        elif same and (path, mount.app) not in own_names and mount.how in {"add_middleware", "init_app", "decorator"}:
            yield mount
        elif not same and path in imported and (path, mount.app) not in own_names:
            yield mount


def nested_apps(project: Project) -> frozenset[tuple[str, str]]:
    """Apps that another app mounts: they stand behind its middleware."""
    found = set()
    for mount in project.mounts:
        if mount.how == "mount":
            found.add(project.modules.split(mount.cls, mount.location.path) or (mount.location.path, mount.cls))
            found.add((mount.location.path, mount.cls))
    return frozenset(found)


def unused_import(project: Project, path: str, canonical_target: str) -> int:
    """The line where a module imports this and never uses it, 0 if there is none."""
    facts = project.python.get(path)
    for statement in facts.imports if facts is not None and not path.endswith("__init__.py") else ():
        if canonical(statement.target) == canonical_target and not statement.used_lines:
            return statement.line
    return 0


def in_production(project: Project, path: str) -> bool:
    """Whether a file is code that production may run."""
    return project.role(path) is Role.PRODUCTION

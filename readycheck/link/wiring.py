"""Which of the mounted things are on an app that runs, and whether they run in production."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.values import Call, Choice, Items, Name, Table, Value
from readycheck.link.apps import App, Mount
from readycheck.link.project import Project
from readycheck.model import Role, Step

MAX_DEPTH = 8


def runs(project: Project, mount: Mount) -> bool | None:
    """Whether the conditions around a mount hold in production; None when that is not known."""
    return project.resolver.holds(mount.guards, mount.location.path, mount.scope)


def condition_chain(project: Project, mount: Mount) -> tuple[Step, ...]:
    """What the conditions around a mount rest on."""
    steps = [Step(mount.location.path, g.line, "only under this condition") for g in mount.guards]
    for guard in mount.guards:
        for name in names_of(guard.test):
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


def names_of(value: Value, depth: int = 0) -> Iterator[str]:
    """Every dotted name inside a value: also those of calls."""
    if depth > MAX_DEPTH:
        return
    match value:
        case Name(dotted=dotted):
            yield dotted
        case Call(name=name, args=args, receiver=receiver):
            if name:
                yield name
            for argument in args:
                yield from names_of(argument.value, depth + 1)
            if receiver is not None:
                yield from names_of(receiver, depth + 1)
        case Items(items=parts) | Choice(options=parts):
            for part in parts:
                yield from names_of(part, depth + 1)
        case Table(pairs=pairs):
            for key, item in pairs:
                yield from names_of(item, depth + 1)
                if key is not None:
                    yield from names_of(key, depth + 1)
        case _:
            for part in (getattr(value, "left", None), getattr(value, "right", None), *getattr(value, "parts", ())):
                if part is not None:
                    yield from names_of(part, depth + 1)


def unused_import(project: Project, path: str, canonical_target: str) -> int:
    """The line where a module imports this and never uses it, 0 if there is none."""
    from readycheck.link.apps import canonical

    facts = project.python.get(path)
    for statement in facts.imports if facts is not None and not path.endswith("__init__.py") else ():
        if canonical(statement.target) == canonical_target and not statement.used_lines:
            return statement.line
    return 0


def in_production(project: Project, path: str) -> bool:
    """Whether a file is code that production may run."""
    return project.role(path) is Role.PRODUCTION

"""What a JavaScript expression is in production, as far as it reads the environment that a deployment sets."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.lazily import lazy
from readycheck.facts.values import Call, Choice, Const, Items, Name, Opaque, Value
from readycheck.link.project import Project
from readycheck.link.resolve import Possible
from readycheck.model import Step

_READ = lazy(r"(?:process\.env|import\.meta\.env|Bun\.env|Deno\.env)\.(\w+)")
MAX_DEPTH = 6


def possible_in_javascript(project: Project, value: Value, path: str, depth: int = 0) -> Iterator[Possible]:
    """Every value an expression can have: an environment read is what production sets, else what stands behind `||`."""
    match value:
        case Choice(options=options) if depth < MAX_DEPTH:
            yield from _first_known(project, options, path, depth)
        case Name(dotted=dotted) if _READ.fullmatch(dotted):
            yield from _variable(project, dotted.rpartition(".")[2], path)
        case Call(name=name) if (read := _READ.match(name)) is not None:
            for found in _variable(project, read[1], path):
                yield Possible(_split(found.value, name), found.steps, found.certain)
        case _:
            yield Possible(value)


def _first_known(project: Project, options: tuple[Value, ...], path: str, depth: int) -> Iterator[Possible]:
    """The first option that is set, as `||` chooses; the rest only when production sets none before it."""
    steps: tuple[Step, ...] = ()
    for option in options:
        found = list(possible_in_javascript(project, option, path, depth + 1))
        known = [
            p for p in found if not (isinstance(p.value, Opaque) and p.value.text.endswith("set by no deployment"))
        ]
        if known:
            yield from (Possible(p.value, p.steps + steps, p.certain) for p in known)
            return
        steps += tuple(s for p in found for s in p.steps)


def _variable(project: Project, name: str, path: str) -> Iterator[Possible]:
    settings = project.environment.production(name, path)
    for setting in settings:
        step = Step(setting.location.path, setting.location.line, f"{name} set by {setting.source}")
        known = setting.value is not None
        yield Possible(
            Const(setting.value) if known else Opaque(f"{name} comes from outside the repository"),
            (step,),
            len(settings) == 1,
        )
    if not settings:
        yield Possible(
            Opaque(f"{name} is set by no deployment"),
            (Step(path, 0, f"{name} is set by no deployment, so the default holds"),),
        )


def _split(value: Value, method: str) -> Value:
    if isinstance(value, Const) and isinstance(value.value, str) and method.endswith(".split"):
        return Items(tuple(Const(part.strip()) for part in value.value.split(",")))
    return value

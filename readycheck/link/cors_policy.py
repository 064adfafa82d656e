"""The shape of a cross-origin policy, and what can be said of a list of origins."""

from __future__ import annotations

from dataclasses import dataclass

from readycheck.facts.values import Argument, Choice, Const, Items, Value
from readycheck.link.project import Project
from readycheck.link.resolve import Possible, truth
from readycheck.model import Location, Step


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """One policy. `origins` are the values it can have in production; `wildcard` says why any site may read, "" if not.

    `doubt` is why that cannot be told; `conditional` says that it is not known whether production mounts the policy at
    all; `single` that it opens one answer only, without credentials. `methods` and `headers` are the arguments for
    those lists, if given.
    """

    location: Location
    framework: str
    how: str
    origins: tuple[Possible, ...]
    wildcard: str
    doubt: str
    certain: bool
    credentials: bool | None
    chain: tuple[Step, ...] = ()
    methods: Argument | None = None
    headers: Argument | None = None
    scope: str = ""
    connected_by: str = ""
    conditional: bool = False
    single: bool = False


def is_star(value: Value) -> bool:
    """Whether a resolved origins value contains the star."""
    match value:
        case Const(value=str() as text):
            return "*" in [part.strip() for part in text.strip("[]").replace('"', "").replace("'", "").split(",")]
        case Items(items=items):
            return any(is_star(item) or (isinstance(item, Const) and item.value == ".*") for item in items)
        case Choice(options=options):
            return any(is_star(option) for option in options)
    return False


def known(value: Value) -> bool:
    """Whether a resolved origins value leaves nothing open."""
    match value:
        case Const():
            return True
        case Items(items=items):
            return all(known(item) for item in items)
    return False


def judged(
    project: Project, value: Value, path: str, scope: str
) -> tuple[tuple[Possible, ...], str, str, bool, tuple[Step, ...]]:
    """What an origins expression amounts to: (possible values, why it is a wildcard, why in doubt, certain, chain)."""
    possible = project.resolver.possible(value, path, scope)
    for found in possible:
        if is_star(found.value):
            return possible, "the list of origins contains *", "", found.certain, found.steps
    unknown = next((p for p in possible if not known(p.value)), None)
    doubt = (
        ""
        if unknown is None
        else getattr(unknown.value, "text", "") or "the origins come from code that is not followed"
    )
    return possible, "", doubt, True, possible[0].steps if possible else ()


def flag(project: Project, argument: Argument | None, path: str, scope: str) -> bool | None:
    """Whether an argument switches something on in production; None if that is not known."""
    if argument is None:
        return False
    answers = {truth(p.value) for p in project.resolver.possible(argument.value, path, scope)}
    return True if True in answers else None if None in answers else False

"""Every SQL text a project executes, Python and JavaScript in one shape: built from parts, bound, or from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.sql import Hole, SqlUse
from readycheck.facts.sql_values import SAFE_SOURCES
from readycheck.facts.values import Const, Items, Name, Table, Value
from readycheck.link.fragments import is_fragment
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.sql_javascript import CALLS as JAVASCRIPT_CALLS
from readycheck.link.sql_javascript import built_in_javascript
from readycheck.model import Confidence, Location, Step

# Last segments of call names that extraction must record for this module.
CALLS = JAVASCRIPT_CALLS

#: How a text is put together in a script that does not run.
SHOWN = "shown"
_SORTS = lazy(r"(?:^|_)(?:sort|order|direction|dir|column|col|field|filter|search|term|keyword)", re.IGNORECASE)
_CARRIED = lazy(r"\.(?:\w{1,40}_)?(?:sql|query|statement|stmt)$")
_MIGRATION = lazy(r"(?:^|/)(?:migrations|alembic|revisions)/(?:[^/]+/){0,3}[^/]+\.py$")


@dataclass(frozen=True, slots=True)
class SqlText:
    """A SQL text with variable parts at the call that executes it. `tier` is "finding", "low" or "safe"."""

    location: Location
    sink: str
    how: str
    reason: str
    tier: str
    confidence: Confidence
    chain: tuple[Step, ...] = ()


@once
def built_texts(project: Project) -> Iterator[SqlText]:
    """Every SQL text put together from parts, in every role."""
    library = _is_library(project)
    for path, facts in project.files.items():
        for use in facts.sql.uses:
            yield _python(project, path, use, library)
    for path, script in project.javascript.items():
        for text in built_in_javascript(script):
            place = Location(path, text.line, text.column)
            root = text.sink.partition(".")[0]
            if is_fragment(project, path, frozenset({root})):
                reason = f"{text.reason}; nothing declares {root} and nothing imports the file"
                tier = "low" if text.tier == "finding" else text.tier
                yield SqlText(place, text.sink, SHOWN, reason, tier, Confidence.LOW)
                continue
            chain = (Step(path, text.built_at, "the text is put together here"),) if text.built_at != text.line else ()
            yield SqlText(place, text.sink, text.how, text.reason, text.tier, Confidence(text.confidence), chain)


def bound_queries(project: Project) -> Iterator[tuple[Location, str]]:
    """Where a constant SQL text is executed with its values apart: place and sink."""
    for path, facts in project.files.items():
        for line, sink in facts.sql.bound:
            yield Location(path, line), sink


def _python(project: Project, path: str, use: SqlUse, library: bool) -> SqlText:
    place = Location(path, use.line, use.column)
    built = Step(path, use.built_at, f"the {use.verb or 'SQL'} text is put together here ({use.how})")
    chain = (built,) if use.built_at != use.line else ()
    if use.tier == "finding" and _MIGRATION.search(path) and all(hole.source != "request" for hole in use.holes):
        reason = f"{use.reason}, in a migration that runs once over the project's own rows"
        return SqlText(place, use.sink, use.how, reason, "low", Confidence.LOW, chain)
    if use.tier != "safe" and any(hole.source in {"imported", "attribute"} for hole in use.holes):
        found = [_constant(project, path, hole) for hole in use.holes]
        if all(steps is not None for steps in found):
            steps = tuple(step for each in found if each for step in each)
            reason = "every imported part is a constant of this project"
            return SqlText(place, use.sink, use.how, reason, "safe", Confidence.HIGH, (*chain, *steps))
    carriers = {hole.expression.rpartition(".")[0] for hole in use.holes if _CARRIED.search(hole.expression)}
    if use.tier == "finding" and not any(_chosen_outside(hole, carriers, library) for hole in use.holes):
        # Whoever writes the calls chooses it: a table or a schema is rarely what a caller of the service names.
        return SqlText(place, use.sink, use.how, use.reason, "low", Confidence.LOW, chain)
    return SqlText(place, use.sink, use.how, use.reason, use.tier, Confidence(use.confidence), chain)


def _is_library(project: Project) -> bool:
    """Whether other programs are written with the project, and it serves nobody itself."""
    packaged = {"pyproject.toml", "setup.py", "setup.cfg"} & project.listing.paths
    return bool(packaged) and not project.frameworks and not project.deployment.production()


def _chosen_outside(hole: Hole, carriers: set[str], library: bool) -> bool:
    """Whether a variable part may be what somebody outside chose: a value, what a client sent, a column to sort by.

    `carriers` are objects whose own SQL goes into the text as well: code makes them, and so what else they say. In a
    library nobody but code chooses what to sort by.
    """
    if hole.source in SAFE_SOURCES or hole.position == "placeholders":
        return False
    if hole.source == "attribute" and hole.expression.rpartition(".")[0] in carriers - {"self", "cls"}:
        return False
    if hole.source == "request" or hole.position == "value":
        return True
    return hole.source == "parameter" and not library and bool(_SORTS.search(hole.expression))


def _constant(project: Project, path: str, hole: Hole) -> tuple[Step, ...] | None:
    """The chain that shows a hole to be fixed in the project's code; None if it is not."""
    if hole.source in SAFE_SOURCES or hole.position == "placeholders":
        return ()
    if hole.source == "attribute":
        return () if _class_constant(project, hole.expression) else None
    if hole.source != "imported":
        return None
    possible = project.resolver.possible(_dotted(project, path, hole.expression), path)
    if possible and all(_fixed(one.value) for one in possible):
        return tuple(step for one in possible for step in one.steps)
    return None


def _class_constant(project: Project, expression: str) -> bool:
    """Whether `cls.x` or `self.x` is a constant in every class of the project that has an `x`."""
    owner, _, name = expression.partition(".")
    if owner not in {"cls", "self"} or not name or "." in name:
        return False
    given = [
        b.value for m in project.python.values() for b in m.bindings if b.scope and b.name in {name, f"self.{name}"}
    ]
    return bool(given) and all(_fixed(value) for value in given)


def _dotted(project: Project, path: str, expression: str) -> Value:
    head, dot, rest = expression.partition(".")
    module = project.python.get(path)
    target = next((i.target for i in module.imports if i.local == head), head) if module is not None else head
    return Name(f"{target}{dot}{rest}")


def _fixed(value: Value) -> bool:
    match value:
        case Const(value=constant):
            return constant is not None
        case Items(items=items):
            return all(_fixed(item) for item in items)
        case Table(pairs=pairs):
            return all(_fixed(item) for _, item in pairs)
    return False

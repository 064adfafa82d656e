"""kind: python-sql. SQL that Python puts together from parts, or takes whole from outside, and executes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from readycheck.detectors.base import Params
from readycheck.link.project import Project
from readycheck.model import Absent, Confidence, Location, Match, Observation, Role, Step, Subject

Tier = Literal["finding", "low", "safe"]
Source = Literal["request", "model", "file"]


class PythonSqlParams(Params):
    """`built` are the tiers of SQL put together from parts, `outside` the sources of SQL taken whole from outside.

    `verb` narrows to statements such as DELETE, `sink` to calls such as `cursor.execute` or their last segment.
    """

    built: tuple[Tier, ...] = ("finding",)
    outside: tuple[Source, ...] = ()
    verb: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    sink: tuple[Annotated[str, Field(min_length=1)], ...] = ()


PARAMS = PythonSqlParams
PLACEHOLDERS = frozenset({"sink", "how", "verb", "reason"})


def find(project: Project, params: PythonSqlParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each such statement; queries with bound values, and the other tiers, are what was looked at."""
    found = False
    for path, facts in project.files.items():
        for seen in _file(project, params, path):
            if isinstance(seen, Match) or project.role(path) is Role.PRODUCTION:
                found = True
                yield seen
        if project.role(path) is Role.PRODUCTION:
            for line, sink in facts.sql.bound:
                found = True
                yield Subject(f"{sink} gets its values bound", Location(path, line), project.connection(path))
    if not found:
        yield Absent("no Python module executes SQL that rules could judge")


def _file(project: Project, params: PythonSqlParams, path: str) -> Iterator[Match | Subject]:
    wire = project.connection(path)
    facts = project.files[path].sql
    for use in facts.uses:
        place = Location(path, use.line, use.column)
        if use.tier in params.built and _named(use.verb, params.verb) and _sunk(use.sink, params.sink):
            values = {"sink": use.sink, "how": use.how, "verb": use.verb or "SQL", "reason": use.reason}
            built = Step(path, use.built_at, f"the {use.verb or 'SQL'} text is put together here ({use.how})")
            chain = (built,) if use.built_at != use.line else ()
            yield Match(place, values, chain, Confidence(use.confidence), wire, key=f"{use.sink} {use.function}")
        else:
            yield Subject(f"{use.sink}: {use.reason}", place, wire)
    for raw in facts.raw:
        place = Location(path, raw.line, raw.column)
        if raw.source in params.outside and not params.verb and _sunk(raw.sink, params.sink):
            values = {"sink": raw.sink, "how": "outside", "verb": "SQL", "reason": raw.reason}
            yield Match(place, values, connected_by=wire, key=f"{raw.sink} outside")
        else:
            yield Subject(f"{raw.sink}: {raw.reason}", place, wire)


def _named(verb: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or verb.upper() in {one.upper() for one in wanted}


def _sunk(sink: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or sink in wanted or sink.rpartition(".")[2] in wanted

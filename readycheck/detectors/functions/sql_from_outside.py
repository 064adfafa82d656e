"""Which statements are executed that were written by a client, a model or a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.project import Project
from readycheck.link.sql_built import CALLS as SQL_CALLS
from readycheck.link.sql_built import SHOWN, bound_queries, built_texts
from readycheck.link.sql_javascript import raw_in_javascript
from readycheck.model import Absent, Confidence, Location, Match, Observation, Role, Subject, Undecided

CALLS = SQL_CALLS
PLACEHOLDERS = frozenset({"sink", "reason"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each statement from outside, a subject for each place whose statement is the project's own."""
    places: set[Location] = set()
    for path, facts in project.files.items():
        for raw in facts.sql.raw:
            place = Location(path, raw.line, raw.column)
            if Location(path, raw.line) in places:
                continue  # `execute(text(x))` is two calls and one place
            places.add(Location(path, raw.line))
            own = raw.source == "file"
            note = "a file of the deployment is only as safe as who may write it" if own else ""
            sure = Confidence.MEDIUM if raw.source == "model" else Confidence.HIGH
            yield Match(place, {"sink": raw.sink, "reason": raw.reason}, confidence=sure, counts=not own, note=note)
        if not facts.sql.complete and project.role(path) is Role.PRODUCTION:
            yield Undecided("the SQL of this module is too entangled to follow to its end", Location(path, 1))
    for path, script in project.javascript.items():
        for text in raw_in_javascript(script):
            yield Match(Location(path, text.line, text.column), {"sink": text.sink, "reason": text.reason})
    yield from _own(project, places)


def _own(project: Project, outside: set[Location]) -> Iterator[Observation]:
    """The executed statements that are written in the project's code."""
    found = False
    own = {place: f"{sink} executes a statement of this project" for place, sink in bound_queries(project)}
    for text in (text for text in built_texts(project) if text.how != SHOWN):
        own.setdefault(Location(text.location.path, text.location.line), f"{text.sink} executes a text built here")
    for place, text_ in sorted(own.items()):
        if place not in outside and project.role(place.path) is Role.PRODUCTION:
            found = True
            yield Subject(text_, place)
    if not found:
        yield Absent("production code executes no SQL text of its own")

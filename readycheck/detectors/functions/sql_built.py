"""Which SQL texts are put together from variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.project import Project
from readycheck.link.sql_built import CALLS as SQL_CALLS
from readycheck.link.sql_built import SHOWN, bound_queries, built_texts
from readycheck.link.sql_javascript import handed_in
from readycheck.model import Absent, Location, Match, Observation, Role, Subject, Undecided

CALLS = SQL_CALLS
PLACEHOLDERS = frozenset({"sink", "reason"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each text with a variable part, a subject for each whose parts are fixed or bound."""
    found = False
    places: set[tuple[str, int]] = set()
    for text in built_texts(project):
        places.add((text.location.path, text.location.line))
        values = {"sink": text.sink, "reason": text.reason}
        if text.tier == "finding":
            yield Match(text.location, values, text.chain, text.confidence)
        elif text.tier == "low":
            yield Match(text.location, values, text.chain, text.confidence, counts=False, note="listed, not counted")
        if text.tier != "finding" and text.how != SHOWN and project.role(text.location.path) is Role.PRODUCTION:
            found = True
            yield Subject(f"{text.sink}: {text.reason}", text.location)
    for place, sink in bound_queries(project):
        if project.role(place.path) is Role.PRODUCTION and (place.path, place.line) not in places:
            found = True
            yield Subject(f"{sink} binds its values", place)
    for path, script in project.javascript.items():
        for call in handed_in(script) if project.role(path) is Role.PRODUCTION else ():
            found = True
            reason = f"where the text that {call.call.name.rpartition('.')[2]} executes is made is not followed"
            yield Undecided(reason, Location(path, call.line, call.column))
    for path, facts in project.files.items():
        if not facts.sql.complete and project.role(path) is Role.PRODUCTION:
            found = True
            yield Undecided("the SQL of this module is too entangled to follow to its end", Location(path, 1))
    if not found:
        yield Absent("production code executes no SQL text of its own")

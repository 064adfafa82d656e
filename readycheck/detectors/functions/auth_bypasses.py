"""Which ways around authentication production has open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.bypasses import CALLS as BYPASS_CALLS
from readycheck.link.bypasses import bypasses
from readycheck.link.project import Project
from readycheck.link.routes import CALLS as ROUTE_CALLS
from readycheck.model import Absent, Location, Match, Observation, Subject, Undecided

CALLS = BYPASS_CALLS | ROUTE_CALLS
PLACEHOLDERS = frozenset({"what", "because"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each that is open, subjects for those that are shut and for the settings that shut them."""
    found = False
    for bypass in bypasses(project):
        found = True
        if bypass.open_because:
            yield Match(
                bypass.location, {"what": bypass.what, "because": bypass.open_because}, bypass.chain, key=bypass.what
            )
        elif bypass.doubt:
            yield Undecided(f"{bypass.what}: {bypass.doubt}", bypass.location)
        else:
            yield Subject(f"{bypass.what} is shut in production", bypass.location)
            for step in bypass.proofs:
                yield Subject(step.text, Location(step.path, step.line))
    if not found:
        yield Absent("no development login, and no switch that turns authentication off")

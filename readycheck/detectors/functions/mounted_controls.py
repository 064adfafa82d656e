"""Which protective controls are there and not on the app that runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.control_modules import Wire
from readycheck.link.controls import python_wires
from readycheck.link.javascript_controls import javascript_wires
from readycheck.link.limits import CALLS as LIMIT_CALLS
from readycheck.link.project import Project
from readycheck.model import Absent, Confidence, Match, Observation, Subject, Undecided

CALLS = LIMIT_CALLS | {"helmet", "cors", "csurf", "hpp", "lusca"}
PLACEHOLDERS = frozenset({"control", "missing"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each control whose wire to the app is cut, a subject for each that is whole."""
    wires = [*python_wires(project), *javascript_wires(project)]
    for wire in wires:
        yield _observed(wire)
    if not wires:
        yield Absent("no middleware, limiter or security module in this project")


def _observed(wire: Wire) -> Observation:
    if wire.missing:
        values = {"control": wire.control, "missing": wire.missing}
        confidence = Confidence.HIGH if wire.certain else Confidence.MEDIUM
        return Match(wire.location, values, wire.chain, confidence, key=wire.control)
    if wire.doubt:
        return Undecided(wire.doubt, wire.location)
    return Subject(f"{wire.control} is mounted", wire.location, wire.connected_by)

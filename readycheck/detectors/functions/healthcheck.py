"""Which long-running compose services nobody can tell to be healthy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.containers import Running, tiered
from readycheck.link.health import health_of
from readycheck.link.project import Project
from readycheck.model import Match, Observation, Subject, Undecided

PLACEHOLDERS = frozenset({"service", "flaw"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each service without a check that can tell, a subject for each that has one."""
    yield from tiered(project, _judge)


def _judge(running: Running) -> Iterator[Observation]:
    if running.task:
        return
    view = health_of(running)
    name = running.service.name
    if view.flaw:
        yield Match(view.location, {"service": name, "flaw": view.flaw}, key=name)
    elif view.doubt:
        yield Undecided(view.doubt, view.location)
    else:
        yield Subject(f"{name} is checked with {view.shown}", view.location)

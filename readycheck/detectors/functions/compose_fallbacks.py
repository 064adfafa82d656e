"""Which secrets have a fallback that everybody can read in the compose file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.compose_secrets import secret_uses
from readycheck.link.containers import Running, tiered
from readycheck.link.project import Project
from readycheck.model import Absent, Match, Observation, Subject

PLACEHOLDERS = frozenset({"service", "name", "variable"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each secret with a fallback, a subject for each that has none."""

    def judge(running: Running) -> Iterator[Observation]:
        service = running.service.name
        for use in secret_uses(project, running):
            if use.how == "fallback":
                values = {"service": service, "name": use.name, "variable": use.variable}
                yield Match(use.location, values, key=f"{use.name} {use.variable}")
            elif use.how in {"variable", "file", "grant"}:
                yield Subject(f"{use.name} has no fallback", use.location)

    yield from (one for one in tiered(project, judge) if not isinstance(one, Absent))
    yield Absent("no compose file of production takes a secret from a variable")

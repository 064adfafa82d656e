"""Which Redis services of production let everybody in who reaches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.containers import Running, tiered
from readycheck.link.open_stores import redis_access
from readycheck.link.project import Project
from readycheck.model import Absent, Match, Observation, Subject, Undecided

PLACEHOLDERS = frozenset({"service", "problem"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each Redis without a password, a subject for each that has one."""

    def judge(running: Running) -> Iterator[Observation]:
        if "redis" not in running.kinds or running.task:
            return
        found, name = redis_access(project, running), running.service.name
        if found.state == "open":
            yield Match(found.location, {"service": name, "problem": found.said}, key=name)
        elif found.state == "unknown":
            yield Undecided(f"{name}: {found.said}", found.location)
        else:
            yield Subject(f"{name}: {found.said}", found.location)
        if not found.keeps_data:
            note = "fine for a cache, not for a queue or for sessions"
            problem = "its data is gone after a restart"
            yield Match(
                running.service.location,
                {"service": name, "problem": problem},
                counts=False,
                note=note,
                key=f"{name} data",
            )

    yield from (one for one in tiered(project, judge) if not isinstance(one, Absent))
    yield Absent("no Redis runs in a container of production")

"""Which rate limiters count inside one process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.limit_shapes import MEMORY, SHARED
from readycheck.link.limits import CALLS as LIMIT_CALLS
from readycheck.link.limits import rate_limits
from readycheck.link.project import Project
from readycheck.model import Absent, Match, Observation, Subject, Undecided

CALLS = LIMIT_CALLS
PLACEHOLDERS = frozenset({"library"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each limiter whose counts are in memory, a subject for each that shares them."""
    found = False
    for limit in rate_limits(project):
        found = True
        if limit.storage == MEMORY:
            yield Match(limit.storage_at, {"library": limit.library}, limit.chain, key=limit.library)
        elif limit.storage == SHARED:
            yield Subject(
                f"{limit.library} counts in a place that all processes share", limit.storage_at, limit.connected_by
            )
        else:
            yield Undecided(f"where {limit.library} keeps its counts is not known", limit.made)
    if not found:
        yield Absent("no rate limiter in this project")

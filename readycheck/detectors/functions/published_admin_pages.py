"""Which pages for administrators answer on every network of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.containers import Running, tiered
from readycheck.link.exposure import ADMIN_PORTS, admin_kind, openings
from readycheck.link.project import Project
from readycheck.model import Absent, Match, Observation, Subject, Undecided

PLACEHOLDERS = frozenset({"page", "shown"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each open page, a subject for each that only the machine itself reaches."""
    yield from (one for one in tiered(project, _judge) if not isinstance(one, Absent))
    yield Absent("no service of production has a page for administrators")


def _judge(running: Running) -> Iterator[Observation]:
    service = running.service
    pages = [(o, page) for o in openings(running) if (page := admin_kind(running, o))]
    for opening, page in pages:
        if opening.reach == "all":
            yield Match(opening.location, {"page": page, "shown": opening.shown}, key=opening.shown)
        elif opening.reach == "unknown":
            yield Undecided(f"the address {service.name} listens on is set by the deployment", opening.location)
        else:
            yield Subject(f"{page} listens on {opening.shown} only", opening.location)
    if not pages and running.kinds & (ADMIN_PORTS.keys() - {"traefik", "kafka"}):
        yield Subject(f"{service.name} publishes no page", service.location)

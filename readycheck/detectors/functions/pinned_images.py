"""Which images are pulled by a name that means something else tomorrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.images import image_uses
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Role, Subject, Undecided

PLACEHOLDERS = frozenset({"image", "why", "user"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each image without a version, a subject for each that has one or is built here."""
    told: set[tuple[Location, str]] = set()
    found = False
    for use in image_uses(project):
        if (use.location, use.shown) in told:
            continue
        told.add((use.location, use.shown))
        found = True
        if use.state == "moving":
            values = {"image": use.shown, "why": use.why, "user": use.user}
            yield Match(use.location, values, use.chain, key=use.shown, role=use.role)
        elif use.role is not Role.PRODUCTION:
            continue
        elif use.state == "unknown":
            yield Undecided(f"{use.shown}: {use.why}", use.location)
        else:
            yield Subject(f"{use.shown}: {use.why}", use.location)
    if not found:
        yield Absent("no image is pulled or built")

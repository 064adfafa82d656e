"""Where the check of the other side's certificate is switched off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.project import Project
from readycheck.link.tls_verify import CALLS as TLS_CALLS
from readycheck.link.tls_verify import verifications
from readycheck.model import Absent, Confidence, Match, Observation, Role, Subject, Undecided

CALLS = TLS_CALLS
PLACEHOLDERS = frozenset({"weakness"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each place that accepts every certificate, a subject for each that checks them."""
    found = False
    for place in verifications(project):
        production = (place.role or project.role(place.location.path)) is Role.PRODUCTION
        found = found or production
        if place.weakness:
            note = "the other side is this machine itself" if place.near else ""
            sure = Confidence.HIGH if place.certain else Confidence.MEDIUM
            yield Match(
                place.location,
                {"weakness": place.weakness},
                place.chain,
                sure,
                counts=not place.near,
                note=note,
                role=place.role,
            )
            if place.near and production:
                yield Subject(f"{place.how}: {note}", place.location)
        elif production and place.doubt:
            yield Undecided(place.doubt, place.location)
        elif production:
            yield Subject(place.how, place.location, project.connection(place.location.path))
    if not found:
        yield Absent("production code and its commands open no TLS connection that readycheck knows")

"""How the passwords of users are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.password_hashing import CALLS as HASHING_CALLS
from readycheck.link.password_hashing import password_hashing
from readycheck.link.project import Project
from readycheck.model import Absent, Confidence, Location, Match, Observation, Role, Subject, Undecided

CALLS = HASHING_CALLS
PLACEHOLDERS = frozenset({"weakness"})
DEFAULT_ROUNDS = 12
_OF_USERS = re.compile(r"passw|credential|users?\b|account|sign_?-?(?:in|up)|login", re.IGNORECASE)


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each weak keeping, a subject for each slow hash; unknown where passwords come in and none is seen."""
    subjects: list[Subject] = []
    taken: Location | None = None
    decided = False
    for place in password_hashing(project, int(parameters.get("bcrypt_rounds", DEFAULT_ROUNDS))):
        production = project.role(place.location.path) is Role.PRODUCTION
        if place.taken:
            taken = taken or (place.location if production else None)
        elif place.weakness:
            decided = decided or (production and place.counts)
            values = {"weakness": place.weakness}
            yield Match(place.location, values, place.chain, Confidence.HIGH, counts=place.counts, note=place.note)
            if production and place.how.startswith("bcrypt") and not place.counts:
                decided = True
                subjects.append(Subject(place.how, place.location, project.connection(place.location.path)))
        elif production and place.doubt:
            decided = True
            yield Undecided(place.doubt, place.location)
        elif production:
            decided = True
            subjects.append(Subject(place.how, place.location, project.connection(place.location.path)))
    # The same functions hash keys and tokens: what speaks of users comes first.
    yield from sorted(subjects, key=lambda s: _OF_USERS.search(s.location.path if s.location else "") is None)
    if not decided and taken is not None:
        yield Undecided("passwords come in here, and what becomes of them is not followed", taken)
    elif not decided:
        yield Absent("no password of a user is handled")

"""How JSON Web Tokens are verified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.project import Project
from readycheck.link.tokens import CALLS as TOKEN_CALLS
from readycheck.link.tokens import token_reads
from readycheck.model import Absent, Match, Observation, Role, Subject, Undecided

CALLS = TOKEN_CALLS
PLACEHOLDERS = frozenset({"how", "weakness"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each token that is let in unchecked, a subject for each that is checked with a pinned algorithm."""
    found = False
    for read in token_reads(project):
        production = project.role(read.location.path) is Role.PRODUCTION
        found = found or production
        if read.weakness:
            values = {"how": read.how, "weakness": read.weakness}
            yield Match(read.location, values, read.chain, counts=read.counts, note=read.note)
            if production and not read.counts:
                yield Subject(f"{read.how}: {read.note}", read.location, project.connection(read.location.path))
        elif production and read.doubt:
            yield Undecided(read.doubt, read.location)
        elif production:
            yield Subject(read.how, read.location, project.connection(read.location.path))
    if not found:
        yield Absent("production code reads no JSON Web Token")

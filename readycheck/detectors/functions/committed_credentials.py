"""Credentials that stand in the files of the project, whatever the language and the kind of file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.fragments import CALLS as FRAGMENT_CALLS
from readycheck.link.project import Project
from readycheck.link.secrets import match_of, sightings
from readycheck.model import Absent, Observation, Subject

CALLS = FRAGMENT_CALLS
PLACEHOLDERS = frozenset({"what"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each credential; those that are public, invented or in tests do not count and say why."""
    for seen in sightings(project):
        if "SEC001" in seen.rules:
            yield match_of(seen, {"what": seen.what})
    if project.files:
        count = len(project.files)
        yield Subject(f"no literal credential that counts in {count} file{'s' if count != 1 else ''}")
    else:
        yield Absent("there is no file to look at")

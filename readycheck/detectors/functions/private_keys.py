"""Private keys and key stores in the repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.project import Project
from readycheck.link.secret_files import is_key_store, is_private_key, tracked
from readycheck.link.secrets import sightings
from readycheck.model import Absent, Confidence, Location, Match, Observation, Role, Subject

PLACEHOLDERS = frozenset({"what"})
_EXCUSES = {
    Role.TEST: "for tests",
    Role.VENDORED: "other people's code",
    Role.DOCUMENTATION: "an example in the documentation",
}


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each PEM block of a private key, and for each file whose name says that it is one."""
    seen_in: set[str] = set()
    for seen in sightings(project):
        if "SEC017" in seen.rules and seen.credential.kind == "secret":
            seen_in.add(seen.path)
            note = _EXCUSES.get(seen.role, "")
            yield Match(seen.location, {"what": "a private key"}, counts=not note, note=note, key="pem")
    looked = 0
    for path in tracked(project):
        looked += 1
        if path not in seen_in and (is_key_store(path) or is_private_key(path)):
            note = _EXCUSES.get(project.role(path), "")
            what = "a key store" if is_key_store(path) else "a file that is named as a private key"
            line = 1 if path in project.files else 0
            yield Match(
                Location(path, line), {"what": what}, (), Confidence.MEDIUM, counts=not note, note=note, key=path
            )
    if looked:
        yield Subject(f"no private key and no key store among {looked} files")
    else:
        yield Absent("git tracks no file here")

"""Secrets that stand as the default of a setting, so that a deployment which forgets to set them still starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.secret_names import last_part, name_class
from readycheck.link.project import Project
from readycheck.link.secret_settings import secret_settings, signs_or_encrypts
from readycheck.link.secrets import Sighting, match_of, sightings
from readycheck.model import Absent, Observation, Role, Subject

PLACEHOLDERS = frozenset({"what"})
_LOWER = {
    Role.DEVELOPMENT: "in settings for development",
    Role.TOOLING: "in a script beside the application",
    Role.TEST: "in a test",
    Role.DOCUMENTATION: "in the documentation",
    Role.VENDORED: "in other people's code",
}


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each default; a subject for each secret setting that has none."""
    lines: set[tuple[str, int]] = set()
    for seen in sightings(project):
        if "SEC002" not in seen.rules:
            continue
        lines.add((seen.path, seen.credential.line))
        yield match_of(seen, {"what": seen.what}, _LOWER.get(seen.role, _excuse(seen)))
    found = bool(lines)
    for setting in secret_settings(project):
        place = setting.location
        if (place.path, place.line) not in lines and project.role(place.path) is not Role.TEST:
            found = True
            yield Subject(f"{setting.name} has no default", place)
    if not found:
        yield Absent("no setting or environment read of this project holds a secret")


def _excuse(seen: Sighting) -> str:
    """A dummy signs tokens as well as any key, but it opens no service of somebody else."""
    if seen.credential.kind not in {"fake", "placeholder"}:
        return seen.excuse
    name = last_part(seen.credential.name)
    own = signs_or_encrypts(name) or name_class(name).kind == "password"
    return "" if own else "a dummy that opens nothing"

"""Placeholders that were left in env files of production, and real values that went into their templates."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.envfile import EnvEntry
from readycheck.facts.lazily import lazy
from readycheck.link.project import Project
from readycheck.link.secrets import Sighting, sightings
from readycheck.model import Absent, Confidence, Location, Match, Observation, Role, Subject

PLACEHOLDERS = frozenset({"name", "problem"})
_LEFT = lazy(
    r"change[-_ ]?(?:me|this|it|in[-_ ]?prod)|<[a-z][a-z0-9 _.\-]{1,60}>|replace[-_ ]?(?:me|with|this)|"
    r"(?:\b|_)your[-_][a-z]|\[(?:your|insert|enter)[ a-z_\-]{1,60}\]|\bx{4,}\b|"
    r"\A(?:to-?do|fix-?me|placeholder|insert[-_ ]here)\b|\A(?:sk|pk|ghp|xoxb|api)[-_](?:\.{3}|x{3,}|\*{3,})|"
    r"\A\.\.\.\Z|(?:\A|[-_])generate[-_ ](?:me|with|a|your)|set[-_ ]me\b",
    re.IGNORECASE,
)
_TEMPLATE = lazy(r"(?:^|[._-])(?:example|sample|template|tmpl|dist|tpl|defaults?)(?:[._-]|$)", re.IGNORECASE)


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each placeholder in an env file and each real value in a template of one."""
    by_path: dict[str, list[Sighting]] = {}
    for seen in sightings(project):
        by_path.setdefault(seen.path, []).append(seen)
    found = False
    for path, facts in project.files.items():
        role = project.role(path)
        if facts.env is None or role not in {Role.PRODUCTION, Role.EXAMPLE}:
            continue
        found = True
        template = role is Role.EXAMPLE or bool(_TEMPLATE.search(posixpath.basename(path)))
        problems = list(_real(path, by_path) if template else _left(path, facts.env.entries, by_path))
        yield from problems
        if not problems:
            text = "holds no real value" if template else "holds no placeholder"
            yield Subject(f"{path} {text}", Location(path, 1))
    if not found:
        yield Absent("there is no env file of production and no template of one")


def _left(path: str, entries: tuple[EnvEntry, ...], by_path: Mapping[str, list[Sighting]]) -> Iterator[Match]:
    judged = {s.credential.line for s in by_path.get(path, ()) if s.credential.kind == "placeholder"}
    real = {s.credential.line for s in by_path.get(path, ()) if s.credential.kind == "secret"}
    for entry in entries:
        shape = _LEFT.search(entry.value) if entry.line not in real else None
        if entry.line in judged or (shape is not None and not entry.inherited):
            values = {"name": entry.name, "problem": "still holds a placeholder"}
            yield Match(Location(path, entry.line), values, key=entry.name)


def _real(path: str, by_path: Mapping[str, list[Sighting]]) -> Iterator[Match]:
    for seen in by_path.get(path, ()):
        if seen.credential.kind == "secret" and not seen.excuse:
            name = seen.credential.name or seen.credential.detector
            values = {"name": name, "problem": f"holds what looks like a real value in a template: {seen.what}"}
            yield Match(seen.location, values, confidence=Confidence.MEDIUM, key=name)

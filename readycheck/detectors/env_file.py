"""kind: env-file. What env files (`.env`, `prod.env`) set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from readycheck.detectors.conditions import Condition
from readycheck.facts.envfile import EnvEntry
from readycheck.facts.patterns import glob_matches
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Role, Subject


class EnvFileParams(Condition):
    """`name` lists variables, `*` for any part; `files` narrows the files by globs; the condition is on the value."""

    name: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
    files: tuple[str, ...] = ()


PARAMS = EnvFileParams
PLACEHOLDERS = frozenset({"name", "path"})


def find(project: Project, params: EnvFileParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each entry that meets the condition. Values are not told: they may be secrets."""
    wanted = re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in params.name))
    found = False
    for path, facts in project.files.items():
        if facts.env is None or (params.files and not any(glob_matches(glob, path) for glob in params.files)):
            continue
        found = True
        entries = [e for e in facts.env.entries if wanted.fullmatch(e.name) and facts.env.get(e.name) is e]
        for seen in _file(params, path, entries):
            if isinstance(seen, Match) or project.role(path) is Role.PRODUCTION:
                yield seen
    if not found:
        yield Absent("no env file")


def _file(params: EnvFileParams, path: str, entries: list[EnvEntry]) -> Iterator[Match | Subject]:
    missing = params.condition == "missing"
    names = " or ".join(params.name)
    if not entries:
        place = Location(path)
        if missing:
            yield Match(place, {"name": names, "path": path}, key=f"missing {names}")
        else:
            yield Subject(f"{names} is not in it", place)
    for entry in entries:
        place = Location(path, entry.line)
        if not missing and not entry.inherited and params.holds_text(entry.value):
            yield Match(place, {"name": entry.name, "path": path}, key=entry.name)
        else:
            yield Subject(f"{entry.name} is set", place)

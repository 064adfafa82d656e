"""kind: file. A file that is there, by its path; as text a pattern in it may be asked for too (see kind: text)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import field_validator

from readycheck.detectors.base import Params, Regex
from readycheck.facts.patterns import TextPattern, glob_matches
from readycheck.link.project import Project
from readycheck.model import Location, Match, Observation, Subject


class FileParams(Params):
    """`path` lists globs; `contains` is a pattern that a line of the file must match."""

    path: tuple[str, ...]
    contains: Regex | None = None

    @field_validator("path")
    @classmethod
    def _some(cls, path: tuple[str, ...]) -> tuple[str, ...]:
        if not path or not all(path):
            raise ValueError("a list of globs is needed")
        return path


PARAMS = FileParams
PLACEHOLDERS = frozenset({"path"})


def patterns(params: FileParams) -> frozenset[TextPattern]:
    """The search for what the file must contain."""
    return frozenset() if params.contains is None else frozenset({TextPattern(params.path, "", params.contains)})


def find(project: Project, params: FileParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each such file; where none has the content, the files that could; else the project itself."""
    wanted = {pattern.id for pattern in patterns(params)}
    any_file = False
    for path in sorted(project.listing.paths):
        if not any(glob_matches(glob, path) for glob in params.path):
            continue
        any_file = True
        if not wanted:
            yield Match(Location(path), {"path": path}, note="the file is there", key=path)
            continue
        facts = project.files.get(path)
        hit = next((hit for hit in facts.texts if hit.id in wanted), None) if facts is not None else None
        if hit is None:
            yield Subject("the file is there without what it should contain", Location(path))
        else:
            yield Match(Location(path, hit.line, hit.column), {"path": path}, note="the file has it", key=path)
    if not any_file:
        yield Subject(f"no file matches {', '.join(params.path)}", Location("."))

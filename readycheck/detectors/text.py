"""kind: text. A regular expression on single lines of files, for what no parser of readycheck reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import StringConstraints

from readycheck.detectors.base import Params, Regex
from readycheck.facts.patterns import TextPattern, glob_matches
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Role, Subject


class TextParams(Params):
    """`pattern` is searched in each line of the `files` (globs; all without any) that hold the `literal`."""

    pattern: Regex
    files: tuple[str, ...] = ()
    literal: Annotated[str, StringConstraints(max_length=200)] = ""


PARAMS = TextParams
PLACEHOLDERS = frozenset({"path"})
FEW = 20


def _pattern(params: TextParams) -> TextPattern:
    return TextPattern(params.files, params.literal, params.pattern)


def patterns(params: TextParams) -> frozenset[TextPattern]:
    """The search that extraction does where the text is at hand."""
    return frozenset({_pattern(params)})


def find(project: Project, params: TextParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each place; and what was searched: each file where they are few, else how many."""
    wanted = _pattern(params).id
    silent: list[str] = []
    searched = 0
    for path, facts in project.files.items():
        if params.files and not any(glob_matches(glob, path) for glob in params.files):
            continue
        searched += 1
        hits = [hit for hit in facts.texts if hit.id == wanted]
        for hit in hits:
            place = Location(path, hit.line, hit.column)
            yield Match(place, {"path": path}, connected_by=project.connection(path), key=f"text {wanted}")
        if not hits and project.role(path) is Role.PRODUCTION:
            silent.append(path)
    if not searched:
        yield Absent(f"no file matches {', '.join(params.files)}")
    elif len(silent) > FEW or not params.files:
        yield Subject(f"{searched} files searched")
    else:
        for path in silent:
            yield Subject("searched without a match", Location(path))

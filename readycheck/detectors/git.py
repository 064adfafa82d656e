"""kind: git. Files that are tracked though they should not be, or that once were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from readycheck.detectors.base import Params
from readycheck.facts.patterns import glob_matches
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Subject


class GitParams(Params):
    """`path` lists globs, `except` globs that are fine. `state`: tracked now, tracked though ignored, or removed
    from the tree but still in the history (of the files readycheck looks for there: keys and env files).
    """

    path: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
    excluded: Annotated[tuple[str, ...], Field(alias="except")] = ()
    state: Literal["tracked", "ignored", "removed"] = "tracked"


PARAMS = GitParams
PLACEHOLDERS = frozenset({"path", "commit"})


def find(project: Project, params: GitParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each such file; outside git nothing is known of what is tracked."""
    if project.listing.tracked is None:
        yield Absent("not a git work tree")
        return
    found = False
    for path, commit in _candidates(project, params):
        if _any(params.path, path) and not _any(params.excluded, path):
            found = True
            yield Match(Location(path), {"path": path, "commit": commit[:12]}, key=f"{params.state} {path}")
    if not found:
        yield Subject(f"{len(project.listing.tracked)} tracked files looked at")


def _candidates(project: Project, params: GitParams) -> Iterator[tuple[str, str]]:
    listing = project.listing
    if params.state == "removed":
        yield from listing.removed
        return
    chosen = listing.ignored_tracked if params.state == "ignored" else listing.tracked or ()
    for path in sorted(chosen):
        yield path, ""


def _any(globs: tuple[str, ...], path: str) -> bool:
    return any(glob_matches(glob, path) for glob in globs)

"""kind: not. A finding where production holds no match of its detector; each match is what was looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.detectors.base import Branch, Params
from readycheck.facts.patterns import TextPattern, glob_matches
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Role, Subject, Undecided


class NotParams(Params):
    """`of` is a detector tree. `at` names the files that should carry what is missing; `roles` where it counts."""

    of: Branch
    at: tuple[str, ...] = ()
    roles: tuple[Role, ...] = (Role.PRODUCTION,)


PARAMS = NotParams
PLACEHOLDERS = frozenset({"path"})


def calls(params: NotParams) -> frozenset[str]:
    """What the child needs recorded."""
    return params.of.calls


def patterns(params: NotParams) -> frozenset[TextPattern]:
    """What the child needs searched."""
    return params.of.patterns


def find(project: Project, params: NotParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """Presence is asked of the whole project: one match in one of the roles is enough."""
    seen = list(params.of.find(project, parameters))
    present = [
        one
        for one in seen
        if isinstance(one, Match) and one.counts and (one.role or project.role(one.location.path)) in params.roles
    ]
    if present:
        for one in present:
            yield Subject(one.note or "it is there", one.location, one.connected_by)
        return
    doubts = [one for one in seen if isinstance(one, Undecided)]
    if doubts:
        yield from doubts
        return
    places = list(_places(project, params, seen))
    for place in places:
        yield Match(place, {"path": place.path}, key="absent")
    if not places:
        reasons = [one.reason for one in seen if isinstance(one, Absent)]
        yield Absent(reasons[0] if reasons else "nothing in this project could carry it")


def _places(project: Project, params: NotParams, seen: list[Observation]) -> Iterator[Location]:
    """The files that were named, else what the child looked at."""
    if params.at:
        for path in project.files:
            if project.role(path) in params.roles and any(glob_matches(glob, path) for glob in params.at):
                yield Location(path)
        return
    for one in seen:
        if isinstance(one, Subject) and one.location is not None:
            yield one.location

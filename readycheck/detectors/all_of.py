"""kind: all-of. The matches of its first detector, in files where every other detector matches too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.detectors.base import Branches, Params
from readycheck.facts.patterns import TextPattern
from readycheck.link.project import Project
from readycheck.model import Absent, Match, Observation, Subject, Undecided


class AllOfParams(Params):
    """`of` lists detector trees; the places reported are those of the first."""

    of: Branches


PARAMS = AllOfParams


def placeholders(params: AllOfParams) -> frozenset[str]:
    """What the first child can fill: its matches are the ones reported."""
    return params.of[0].placeholders


def calls(params: AllOfParams) -> frozenset[str]:
    """What any child needs recorded."""
    return frozenset().union(*(child.calls for child in params.of))


def patterns(params: AllOfParams) -> frozenset[TextPattern]:
    """What any child needs searched."""
    return frozenset().union(*(child.patterns for child in params.of))


def find(project: Project, params: AllOfParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """The first child's matches where all hold; what is sure of a part only is what was looked at."""
    first = list(params.of[0].find(project, parameters))
    others = [_by_file(child.find(project, parameters)) for child in params.of[1:]]
    for one in first:
        if isinstance(one, Subject | Absent) or one.location is None:
            yield one
            continue
        seen = [other.get(one.location.path) for other in others]
        if None in seen:
            yield Subject("only a part of what the rule looks for", one.location)
            continue
        doubt = next((other for other in seen if isinstance(other, Undecided)), None)
        yield one if isinstance(one, Undecided) or doubt is None else doubt


def _by_file(seen: Iterator[Observation]) -> dict[str, Match | Undecided]:
    """For each file with a match that match, for each with a doubt alone that doubt."""
    found: dict[str, Match | Undecided] = {}
    for one in seen:
        if isinstance(one, Match) or (isinstance(one, Undecided) and one.location):
            path = one.location.path if one.location else ""
            if not isinstance(found.get(path), Match):
                found[path] = one
    return found

"""kind: any-of. The observations of all its detectors together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.detectors.base import Branches, Params
from readycheck.facts.patterns import TextPattern
from readycheck.link.project import Project
from readycheck.model import Observation


class AnyOfParams(Params):
    """`of` lists detector trees."""

    of: Branches


PARAMS = AnyOfParams


def placeholders(params: AnyOfParams) -> frozenset[str]:
    """What every child can fill."""
    return frozenset.intersection(*(child.placeholders for child in params.of))


def calls(params: AnyOfParams) -> frozenset[str]:
    """What any child needs recorded."""
    return frozenset().union(*(child.calls for child in params.of))


def patterns(params: AnyOfParams) -> frozenset[TextPattern]:
    """What any child needs searched."""
    return frozenset().union(*(child.patterns for child in params.of))


def find(project: Project, params: AnyOfParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """What each child observes, in order."""
    for child in params.of:
        yield from child.find(project, parameters)

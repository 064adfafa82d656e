"""kind: any-of. The observations of all its detectors together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.detectors.base import Loaded, Params, load
from readycheck.link.project import Project
from readycheck.model import Observation


class AnyOfParams(Params):
    """`of` lists detector trees."""

    of: list[dict[str, Any]]


PARAMS = AnyOfParams


def _children(params: AnyOfParams) -> list[Loaded]:
    return [load(tree, "any-of") for tree in params.of]


def placeholders(params: AnyOfParams) -> frozenset[str]:
    """What every child can fill."""
    children = [child.placeholders for child in _children(params)]
    return frozenset.intersection(*children) if children else frozenset()


def calls(params: AnyOfParams) -> frozenset[str]:
    """What any child needs recorded."""
    return frozenset().union(*(child.calls for child in _children(params)))


def find(project: Project, params: AnyOfParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """What each child observes, in order."""
    for child in _children(params):
        yield from child.find(project, parameters)

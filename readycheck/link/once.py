"""What several rules ask of the same project is found once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TypeVar

from readycheck.link.project import Project

T = TypeVar("T")


def once(find: Callable[[Project], Iterable[T]]) -> Callable[[Project], tuple[T, ...]]:
    """Makes a function of a project alone keep its answer with the project."""

    @functools.wraps(find)
    def found(project: Project) -> tuple[T, ...]:
        known: tuple[T, ...] | None = project.answers.get(find)
        if known is None:
            known = project.answers[find] = tuple(find(project))
        return known

    return found

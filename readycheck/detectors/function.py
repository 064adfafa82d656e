"""kind: function. Runs `detectors/functions/<name>.py`, the escape hatch for what no detector kind can say."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from pydantic import field_validator

from readycheck.detectors.base import Params
from readycheck.link.project import Project
from readycheck.model import Observation


class FunctionParams(Params):
    """`name` is the module under detectors/functions."""

    name: str

    @field_validator("name")
    @classmethod
    def _exists(cls, name: str) -> str:
        try:
            _module(name)
        except ModuleNotFoundError as error:
            raise ValueError(f"there is no function detector {name!r}") from error
        return name


PARAMS = FunctionParams


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"readycheck.detectors.functions.{name}")


def placeholders(params: FunctionParams) -> frozenset[str]:
    """The names a message may use."""
    return frozenset(getattr(_module(params.name), "PLACEHOLDERS", ()))


def calls(params: FunctionParams) -> frozenset[str]:
    """The call names the function needs recorded."""
    return frozenset(getattr(_module(params.name), "CALLS", ()))


def find(project: Project, params: FunctionParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """Everything the function observes."""
    yield from _module(params.name).find(project, parameters)

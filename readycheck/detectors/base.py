"""How detectors are found and run: a kind is a module of this package, named like the kind. There is no registry."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from readycheck.link.project import Project
from readycheck.model import Observation, RuleError


class Params(BaseModel):
    """The root of every detector's parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Detector(Protocol):
    """A loaded detector: what it needs from extraction, what its messages may say, and its search."""

    placeholders: frozenset[str]
    calls: frozenset[str]

    def find(self, project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
        """Everything the detector observes in the project."""
        ...


@dataclass(frozen=True, slots=True)
class Loaded:
    """One node of a detector tree, bound to its parameters."""

    module: Any
    params: BaseModel

    @property
    def placeholders(self) -> frozenset[str]:
        """The names a message may use."""
        chosen = getattr(self.module, "placeholders", None)
        return chosen(self.params) if chosen else frozenset(getattr(self.module, "PLACEHOLDERS", ()))

    @property
    def calls(self) -> frozenset[str]:
        """The last segments of the call names that extraction must record."""
        chosen = getattr(self.module, "calls", None)
        return chosen(self.params) if chosen else frozenset(getattr(self.module, "CALLS", ()))

    def find(self, project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
        """Everything the detector observes in the project."""
        yield from self.module.find(project, self.params, parameters)


def load(tree: Mapping[str, Any], path: str) -> Loaded:
    """The detector behind a tree of a rule file; raises RuleError naming what is wrong."""
    kind = tree.get("kind")
    if not isinstance(kind, str):
        raise RuleError(path, "a detector needs a kind")
    name = f"readycheck.detectors.{kind.replace('-', '_')}"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise RuleError(path, f"there is no detector of kind {kind!r}") from error
    try:
        params = module.PARAMS.model_validate({k: v for k, v in tree.items() if k != "kind"})
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(p) for p in problem["loc"])
        raise RuleError(path, f"detector {kind}: {where}: {problem['msg']}") from error
    return Loaded(module, params)

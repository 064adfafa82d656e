"""How detectors are found and run: a kind is a module of this package, named like the kind. There is no registry."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)

from readycheck.detectors.runaway import why_runaway
from readycheck.facts.patterns import TextPattern
from readycheck.link.project import Project
from readycheck.model import Observation, ReadycheckError

_PACKAGE = "readycheck.detectors"
Where = tuple[int | str, ...]


class DetectorError(ReadycheckError):
    """A detector tree is wrong; `where` is the path to the wrong key inside the tree."""

    def __init__(self, where: Where, message: str) -> None:
        super().__init__(message)
        self.where = where


class Params(BaseModel):
    """The root of every detector's parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


@dataclass(frozen=True, slots=True)
class Loaded:
    """One node of a detector tree, bound to its parameters."""

    module: ModuleType
    params: BaseModel

    @property
    def placeholders(self) -> frozenset[str]:
        """The names a message may use; `chain` is filled for every detector."""
        return self._asked("placeholders", "PLACEHOLDERS") | {"chain"}

    @property
    def calls(self) -> frozenset[str]:
        """The last segments of the call names that extraction must record."""
        return self._asked("calls", "CALLS")

    @property
    def patterns(self) -> frozenset[TextPattern]:
        """The text patterns that extraction must search."""
        return self._asked("patterns", "PATTERNS")

    def _asked(self, function: str, constant: str) -> frozenset[Any]:
        chosen = getattr(self.module, function, None)
        return frozenset(chosen(self.params) if chosen else getattr(self.module, constant, ()))

    def find(self, project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
        """Everything the detector observes in the project."""
        yield from self.module.find(project, self.params, parameters)


def kinds() -> dict[str, ModuleType]:
    """Every detector kind with its module."""
    package = importlib.import_module(_PACKAGE)
    found = {}
    for entry in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{_PACKAGE}.{entry.name}")
        if hasattr(module, "PARAMS"):
            found[entry.name.replace("_", "-")] = module
    return found


def load(tree: object, where: Where = ()) -> Loaded:
    """The detector behind a tree of a rule file; raises DetectorError saying what is wrong and where."""
    if not isinstance(tree, Mapping):
        raise DetectorError(where, "a detector is a mapping with a kind")
    kind = tree.get("kind")
    if not isinstance(kind, str):
        raise DetectorError(where, "a detector needs a kind")
    module = _module(kind)
    if module is None:
        raise DetectorError((*where, "kind"), f"there is no detector of kind {kind!r}; there are {', '.join(kinds())}")
    given = {key: value for key, value in tree.items() if key != "kind"}
    try:
        params = module.PARAMS.model_validate(given, context=where)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        message = f"detector {kind}: {f'{place}: ' if place else ''}{problem['msg']}"
        raise DetectorError((*where, *problem["loc"]), message) from error
    return Loaded(module, params)


def _module(kind: str) -> ModuleType | None:
    name = kind.replace("-", "_")
    if not name.isidentifier() or "_" in kind:
        return None
    try:
        module = importlib.import_module(f"{_PACKAGE}.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"{_PACKAGE}.{name}":
            raise
        return None
    return module if hasattr(module, "PARAMS") else None


def _branch(tree: object, info: ValidationInfo) -> Loaded:
    return load(tree, (*(info.context or ()), str(info.field_name)))


def _branches(trees: object, info: ValidationInfo) -> tuple[Loaded, ...]:
    if not isinstance(trees, list) or not trees:
        raise ValueError("a list of detectors is needed")
    where = (*(info.context or ()), str(info.field_name))
    return tuple(load(tree, (*where, index)) for index, tree in enumerate(trees))


def _searchable(pattern: str) -> str:
    problem = why_runaway(pattern)
    if problem:
        raise ValueError(problem)
    return pattern


# Stands in a schema for any detector; `rule_schema` puts a reference in its place.
ANY_DETECTOR = {"type": "object", "title": "Detector"}
# A detector inside another one, a list of them, and a regular expression that cannot run away.
Branch = Annotated[Loaded, PlainValidator(_branch), WithJsonSchema(ANY_DETECTOR)]
Branches = Annotated[
    tuple[Loaded, ...],
    PlainValidator(_branches),
    WithJsonSchema({"type": "array", "items": ANY_DETECTOR, "minItems": 1}),
]
Regex = Annotated[str, AfterValidator(_searchable)]

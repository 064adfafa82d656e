"""kind: python-assign. Values that Python modules bind to a name, as production resolves them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from readycheck.detectors.conditions import Condition, judge
from readycheck.facts.python import Binding
from readycheck.link.describe import describe
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Role, Subject, Undecided


class PythonAssignParams(Condition):
    """`name` lists names, `*` for any part: `DEBUG`, `app.config[SECRET_KEY]`, `*.verify`."""

    name: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _a_value(self) -> PythonAssignParams:
        if self.condition == "missing":
            raise ValueError("an assignment always has a value; wrap it in kind: not to ask for its absence")
        return self


PARAMS = PythonAssignParams
PLACEHOLDERS = frozenset({"name", "value"})


def find(project: Project, params: PythonAssignParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each assignment that meets the condition, a subject for each that does not."""
    wanted = re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in params.name))
    found = False
    for path, facts in project.python.items():
        for binding in facts.bindings:
            if wanted.fullmatch(binding.name):
                found = True
                seen = _observe(project, params, path, binding)
                if isinstance(seen, Match) or project.role(path) is Role.PRODUCTION:
                    yield seen
    if not found:
        yield Absent(f"nothing assigns {' or '.join(params.name)}")


def _observe(project: Project, params: PythonAssignParams, path: str, binding: Binding) -> Observation:
    place = Location(path, binding.line)
    answer = judge(project, params, binding.value, path, binding.scope)
    if answer.met is None:
        return Undecided(f"{binding.name}: {answer.reason}", place)
    shown = "" if answer.value is None else describe(answer.value)
    if not answer.met:
        return Subject(f"{binding.name} = {shown}", place, project.connection(path))
    runs = project.resolver.holds(binding.guards, path, binding.scope) is not False
    note = "" if runs else "runs only outside production"
    values = {"name": binding.name, "value": shown}
    wire = project.connection(path)
    return Match(place, values, answer.chain, answer.confidence, wire, runs, note, f"{binding.scope}.{binding.name}")

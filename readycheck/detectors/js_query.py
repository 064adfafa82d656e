"""kind: js-query. Calls and bindings of JavaScript and TypeScript, and what one of their values is in production."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from readycheck.detectors.conditions import Answer, Condition, answer
from readycheck.facts.javascript import JsCall
from readycheck.facts.values import Table, Value
from readycheck.link.describe import describe
from readycheck.link.javascript_env import possible_in_javascript
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Role, Subject, Undecided

Text = Annotated[str, Field(min_length=1)]


class JsQueryParams(Condition):
    """Either `call` (names as imported, `*.sign` for any receiver) or `binding` (names, `*` for any part).

    For a call the condition is on the argument at `position`, and with `key` on that key of the object given there.
    """

    call: tuple[Annotated[str, Field(pattern=r"^(\*\.)?[\w$@/-]+(\.[\w$]+)*$")], ...] = ()
    binding: tuple[Text, ...] = ()
    position: Annotated[int, Field(ge=0)] | None = None
    key: Text | None = None

    @model_validator(mode="after")
    def _one_subject(self) -> JsQueryParams:
        if bool(self.call) == bool(self.binding):
            raise ValueError("exactly one of call and binding is needed")
        if self.binding and (self.position is not None or self.key):
            raise ValueError("a binding has no position and no key")
        if self.key and self.position is None:
            raise ValueError("key needs the position of the object it stands in")
        if self.call and self.condition and self.position is None:
            raise ValueError(f"{self.condition} needs the position of the argument to look at")
        return self


PARAMS = JsQueryParams
PLACEHOLDERS = frozenset({"name", "value"})


def calls(params: JsQueryParams) -> frozenset[str]:
    """The last segments of the names."""
    return frozenset(name.rpartition(".")[2] for name in params.call)


def find(project: Project, params: JsQueryParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each place that meets the condition, a subject for each that does not."""
    found = False
    for seen in _calls(project, params) if params.call else _bindings(project, params):
        place = seen.location if not isinstance(seen, Absent) else None
        if place is not None and (isinstance(seen, Match) or project.role(place.path) is Role.PRODUCTION):
            found = True
            yield seen
    if not found:
        yield Absent(f"no script has {' or '.join(params.call or params.binding)}")


def _calls(project: Project, params: JsQueryParams) -> Iterator[Observation]:
    for path, facts in project.javascript.items():
        for call in facts.calls:
            name = call.call.name
            any_receiver = f"*.{name.rpartition('.')[2]}" in params.call and "." in name
            if any_receiver or name.lstrip(".") in params.call:
                yield _call(project, params, path, call)


def _call(project: Project, params: JsQueryParams, path: str, call: JsCall) -> Observation:
    place, name = Location(path, call.line, call.column), call.call.name.lstrip(".")
    if params.position is None:
        return Match(place, {"name": name, "value": ""}, key=name)
    positional = [a for a in call.call.args if a.name is None]
    given = positional[params.position] if params.position < len(positional) else None
    value: Value | None = given.value if given is not None else None
    if given is not None:
        place = Location(path, given.line)
    if params.key and value is not None:
        if not isinstance(value, Table):
            return Undecided(f"the options of {name} come from code that is not followed", place)
        value = value.get(params.key)
    if value is None or params.condition == "missing":
        met = (value is None) is (params.condition == "missing")
        return _seen(Answer(met, value), place, name)
    return _seen(answer(params, tuple(possible_in_javascript(project, value, path))), place, name)


def _bindings(project: Project, params: JsQueryParams) -> Iterator[Observation]:
    wanted = re.compile("|".join(re.escape(name).replace(r"\*", ".*") for name in params.binding))
    for path, facts in project.javascript.items():
        for binding in facts.bindings:
            if wanted.fullmatch(binding.name):
                verdict = answer(params, tuple(possible_in_javascript(project, binding.value, path)))
                yield _seen(verdict, Location(path, binding.line), binding.name)


def _seen(verdict: Answer, place: Location, name: str) -> Observation:
    if verdict.met is None:
        return Undecided(f"{name}: {verdict.reason}", place)
    shown = "" if verdict.value is None else describe(verdict.value)
    if not verdict.met:
        return Subject(f"{name}: {shown or 'not given'}", place)
    return Match(place, {"name": name, "value": shown}, verdict.chain, verdict.confidence, key=name)

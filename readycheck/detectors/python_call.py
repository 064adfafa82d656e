"""kind: python-call. Calls of a function or class, and what one of their arguments is in production."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from readycheck.detectors.conditions import Answer, Condition, judge
from readycheck.facts.python import Guard
from readycheck.facts.values import Argument, Call, Name, Table
from readycheck.link.apps import canonical
from readycheck.link.describe import describe
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Role, Subject, Undecided

CallName = Annotated[str, StringConstraints(pattern=r"^(\*\.)?[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]
_BY_CLASS = frozenset({"add_middleware", "Middleware", "MIDDLEWARE"})


class PythonCallParams(Condition):
    """`call` lists dotted names (`*.set_cookie` for any receiver); the condition is on `argument` or `position`.

    `reached` asks that production imports the module: set it where the call is a proof.
    """

    call: Annotated[tuple[CallName, ...], Field(min_length=1)]
    argument: str | None = None
    position: Annotated[int, Field(ge=0)] | None = None
    reached: bool = False

    @model_validator(mode="after")
    def _about_an_argument(self) -> PythonCallParams:
        if self.condition and self.argument is None and self.position is None:
            raise ValueError(f"{self.condition} needs an argument or a position to look at")
        return self


PARAMS = PythonCallParams
PLACEHOLDERS = frozenset({"call", "argument", "value"})


@dataclass(frozen=True, slots=True)
class _Site:
    """One call, or one class handed to a framework that will call it."""

    call: Call
    location: Location
    scope: str
    guards: tuple[Guard, ...]


def calls(params: PythonCallParams) -> frozenset[str]:
    """The last segments of the names."""
    return frozenset(name.rpartition(".")[2] for name in params.call)


def find(project: Project, params: PythonCallParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each call that meets the condition, a subject for each that does not."""
    found = False
    for site in _sites(project, params):
        found = True
        seen = _observe(project, params, site)
        if isinstance(seen, Match) or project.role(site.location.path) is Role.PRODUCTION:
            yield seen
    if not found:
        yield Absent(f"nothing calls {' or '.join(params.call)}")


def _sites(project: Project, params: PythonCallParams) -> Iterator[_Site]:
    last_segments = calls(params)
    wanted = {canonical(name) for name in params.call}
    told: set[Location] = set()
    for path, facts in project.python.items():
        for call in facts.calls:
            name = call.call.name
            if name.rpartition(".")[2] in last_segments and _is_wanted(project, params, call.call, path, call.scope):
                told.add(Location(path, call.line, call.column))
                yield _Site(call.call, Location(path, call.line, call.column), call.scope, call.guards)
    for mount in project.mounts:
        # `add_middleware(Cls, ...)` is a call of add_middleware and of Cls: it is one place all the same.
        if mount.how in _BY_CLASS and canonical(mount.cls) in wanted and mount.location not in told:
            yield _Site(Call(mount.cls, mount.arguments), mount.location, mount.scope, mount.guards)


def _is_wanted(project: Project, params: PythonCallParams, call: Call, path: str, scope: str) -> bool:
    method = call.name.rpartition(".")[2]
    if f"*.{method}" in params.call and "." in call.name:
        return True
    wanted = {canonical(name) for name in params.call if not name.startswith("*.")}
    return not wanted.isdisjoint(_full_names(project, call, path, scope))


def _full_names(project: Project, call: Call, path: str, scope: str) -> Iterator[str]:
    """The name as it is written, and with its receiver replaced by the class that made it."""
    yield canonical(call.name)
    owner, _, method = call.name.rpartition(".")
    receiver = call.receiver if call.receiver is not None else Name(owner) if owner else None
    if receiver is None:
        return
    for found in project.resolver.possible(receiver, path, scope):
        if isinstance(found.value, Call) and found.value.name:
            yield f"{canonical(found.value.name)}.{method}"


def _observe(project: Project, params: PythonCallParams, site: _Site) -> Observation:
    name, place, path = site.call.name.lstrip("."), site.location, site.location.path
    wire = project.connection(path)
    if params.reached and project.entries and path not in project.reached:
        return Subject(f"{name} stands in a module that production never imports", place)
    runs = project.resolver.holds(site.guards, path, site.scope)
    label = params.argument or (f"argument {params.position + 1}" if params.position is not None else "")
    given = _given(project, params, site)
    if given is not None and given.name != "**":
        place = Location(path, given.line)
    answer = _answer(project, params, site, given)
    if answer.met is None:
        return Undecided(f"{label} of {name}: {answer.reason}", place)
    if not answer.met:
        shown = f"{label} = {describe(answer.value)}" if answer.value is not None else f"no {label}"
        return Subject(f"{name} has {shown}", place, wire)
    values = {"call": name, "argument": label, "value": "" if answer.value is None else describe(answer.value)}
    note = "" if runs is not False else "runs only outside production"
    key = f"{name} {label}".rstrip()
    return Match(place, values, answer.chain, answer.confidence, wire, runs is not False, note, key)


def _given(project: Project, params: PythonCallParams, site: _Site) -> Argument | None:
    """The argument that is asked for; one that `**options` may hold comes back as `**`."""
    if params.argument is None and params.position is None:
        return None
    given = site.call.argument(params.argument or "", params.position)
    if given is not None:
        return given
    for spread in site.call.args:
        if spread.name != "**":
            continue
        for found in project.resolver.possible(spread.value, site.location.path, site.scope):
            if isinstance(found.value, Table):
                value = found.value.get(params.argument or "")
                return None if value is None else Argument(params.argument, value, spread.line)
        return spread
    return None


def _answer(project: Project, params: PythonCallParams, site: _Site, given: Argument | None) -> Answer:
    if params.argument is None and params.position is None:
        return Answer(True)
    if given is not None and given.name == "**":
        return Answer(None, reason="it may be among keyword arguments that are not followed")
    if params.condition == "missing" or given is None:
        return Answer((given is None) is (params.condition == "missing"), given.value if given else None)
    return judge(project, params, given.value, site.location.path, site.scope)

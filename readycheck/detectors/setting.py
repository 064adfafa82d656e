"""kind: setting. What an environment variable, or the settings field or constant of that name, is in production."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from readycheck.detectors.conditions import Condition, answer
from readycheck.facts.python import Binding, EnvRead
from readycheck.facts.python_values import names_a_secret
from readycheck.facts.values import Const, Opaque
from readycheck.link.describe import describe
from readycheck.link.environment import EnvSetting
from readycheck.link.possible import Possible
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Role, Step, Subject, Undecided


class SettingParams(Condition):
    """`name` lists names of variables, settings fields or settings constants (`DEBUG`, `LOG_LEVEL`)."""

    name: Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")], ...], Field(min_length=1)]


PARAMS = SettingParams
PLACEHOLDERS = frozenset({"name", "value"})


def find(project: Project, params: SettingParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """One observation for each place that decides the value in production."""
    found = False
    for name in params.name:
        for seen in _of_name(project, params, name):
            found = True
            yield seen
    if found:
        return
    if params.condition == "missing":
        yield Match(Location("."), {"name": " or ".join(params.name), "value": ""}, key="missing")
    else:
        yield Absent(f"nothing sets or reads {' or '.join(params.name)}")


def _of_name(project: Project, params: SettingParams, name: str) -> Iterator[Observation]:
    """Every place of the environment, and of the code that reads it or holds it."""
    for setting in project.environment.production(name.upper()) or project.environment.production(name):
        yield _environment(params, setting)
    for path, facts in project.python.items():
        if project.role(path) is not Role.PRODUCTION:
            continue
        for binding in facts.bindings:
            if binding.name.upper() == name.upper() and _holds_settings(project, path, binding):
                yield _binding(project, params, path, binding)
        for read in facts.env_reads:
            bound = any(b.line == read.line and b.name.upper() == name.upper() for b in facts.bindings)
            if read.name == name and not bound and not project.environment.production(name, path):
                yield _unset(project, params, path, read)


def _holds_settings(project: Project, path: str, binding: Binding) -> bool:
    """Whether a name is a constant of a module or a field of a settings class, and no local variable."""
    if not binding.scope:
        return binding.name.isupper()
    return project.resolver.declared.is_settings(path, binding.scope)


def _environment(params: SettingParams, setting: EnvSetting) -> Observation:
    if setting.value is None:
        one = Possible(Opaque(f"{setting.name} comes from outside the repository"))
    else:
        one = Possible(Const(setting.value))
    return _seen(params, (one,), setting.location, setting.name, f"set by {setting.source}")


def _binding(project: Project, params: SettingParams, path: str, binding: Binding) -> Observation:
    place = Location(path, binding.line)
    if binding.scope:
        variable = project.resolver.declared.field_variable(path, binding.scope, binding)
        if project.environment.production(variable, path):
            return Subject(f"{variable} is set by the deployment", place)
    possible = project.resolver.possible(binding.value, path, binding.scope)
    return _seen(params, possible, place, binding.name, project.connection(path))


def _unset(project: Project, params: SettingParams, path: str, read: EnvRead) -> Observation:
    """A read of a variable that no deployment sets: its default holds."""
    default = Const(None) if read.default is None else read.default
    possible = project.resolver.possible(default, path)
    if read.required:
        possible = (Possible(Opaque(f"{read.name} is required and set by no deployment in the repository")),)
    return _seen(params, possible, Location(path, read.line), read.name, project.connection(path))


def _seen(params: SettingParams, possible: tuple[Possible, ...], place: Location, name: str, wire: str) -> Observation:
    verdict = answer(params, possible)
    if verdict.met is None:
        return Undecided(f"{name}: {verdict.reason}", place)
    shown = "" if verdict.value is None else "a secret" if names_a_secret(name) else describe(verdict.value)
    if not verdict.met:
        return Subject(f"{name} = {shown}", place, wire)
    chain = verdict.chain or (Step(place.path, place.line, f"{name} = {shown}"),)
    return Match(place, {"name": name, "value": shown}, chain, verdict.confidence, wire, key=f"setting {name}")

"""Whether what production sets says that it is production, and keeps the logs at a level made for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.values import Const
from readycheck.link.environment import EnvSetting
from readycheck.link.modes import DEVELOPMENT, LEVEL_NAMES, MODE_NAMES, PRODUCTION, mode_settings, shelved
from readycheck.link.project import Project
from readycheck.link.starts import starts_nothing
from readycheck.model import Absent, Location, Match, Observation, Role, Step, Subject, Undecided

PLACEHOLDERS = frozenset({"what", "value", "wanted"})
_VERBOSE = frozenset({"debug", "trace", "notset", "all", "silly", "verbose"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each variable with a value for development, a subject for each made for production."""
    found = False
    for setting in mode_settings(project, MODE_NAMES):
        found = True
        yield from _mode(setting)
    for setting in mode_settings(project, LEVEL_NAMES):
        found = True
        yield from _level(setting)
    for seen in _defaults(project):
        found = True
        yield seen
    if not found:
        reason = "nothing in the repository says how production starts" if starts_nothing(project) else ""
        yield Absent(reason or "no deployment sets an environment name or a log level, and no setting has one")


def _mode(setting: EnvSetting) -> Iterator[Observation]:
    if setting.value is None:
        yield Undecided(f"{setting.name} comes from outside the repository", setting.location)
        return
    value = setting.value.strip().lower()
    if value in DEVELOPMENT:
        values = {"what": setting.name, "value": value, "wanted": "production"}
        yield _match(setting, values)
    elif value in PRODUCTION:
        yield Subject(f"{setting.name} is {value}, set by {setting.source}", setting.location)


def _match(setting: EnvSetting, values: Mapping[str, str]) -> Match:
    note = shelved(setting)
    key = f"{setting.name} {setting.service}"
    return Match(setting.location, values, key=key, counts=not note, note=note, role=setting.role)


def _level(setting: EnvSetting) -> Iterator[Observation]:
    value = (setting.value or "").strip().lower()
    if value in _VERBOSE:
        values = {"what": setting.name, "value": value, "wanted": "INFO or WARNING"}
        yield _match(setting, values)
    elif value:
        yield Subject(f"{setting.name} is {value}, set by {setting.source}", setting.location)


def _defaults(project: Project) -> Iterator[Observation]:
    """Settings fields and reads for the log level whose default holds because no deployment sets them."""
    for path, facts in project.python.items():
        if project.role(path) is not Role.PRODUCTION or project.environment.production("LOG_LEVEL", path):
            continue
        for read in facts.env_reads:
            if LEVEL_NAMES.match(read.name) and isinstance(read.default, Const):
                yield from _default(path, read.name, read.default, read.line)
        for binding in facts.bindings:
            name = binding.name.upper()
            if LEVEL_NAMES.match(name) and binding.scope and project.resolver.declared.is_settings(path, binding.scope):
                for found in project.resolver.possible(binding.value, path, binding.scope)[:1]:
                    if isinstance(found.value, Const):
                        yield from _default(path, name, found.value, binding.line)


def _default(path: str, name: str, default: Const, line: int) -> Iterator[Observation]:
    value = str(default.value).lower()
    place = Location(path, line)
    if value in _VERBOSE:
        values = {"what": name, "value": value, "wanted": "INFO or WARNING"}
        yield Match(
            place, values, (Step(path, line, f"{name} is set by no deployment, so the default holds"),), key=name
        )
    elif value and value != "none":
        yield Subject(f"{name} is {value} unless a deployment says otherwise", place)

"""Where production runs in debug mode or on a development server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.debug import CALLS as DEBUG_CALLS
from readycheck.link.debug import OFF, ON, debug_switches
from readycheck.link.environment import EnvSetting
from readycheck.link.modes import shelved
from readycheck.link.project import Project
from readycheck.link.starts import Start, production_starts, starts_nothing
from readycheck.model import Absent, Confidence, Match, Observation, Role, Subject, Undecided

CALLS = DEBUG_CALLS
PLACEHOLDERS = frozenset({"what", "reason"})
_DEBUG = frozenset("DEBUG FLASK_DEBUG DJANGO_DEBUG APP_DEBUG FASTAPI_DEBUG DEBUG_MODE QUART_DEBUG".split())
_MODES = frozenset("FLASK_ENV NODE_ENV RAILS_ENV".split())
_TRUE = frozenset({"1", "true", "yes", "on", "t", "y"})
_FALSE = frozenset({"", "0", "false", "no", "off", "f", "n"})
_SERVERS = {
    "flask": "flask run is Flask's development server",
    "django-runserver": "runserver is Django's development server",
}


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each switch that is on where production runs, a subject for each that is off."""
    starts = production_starts(project)
    seen: list[Observation] = [o for start in starts for o in _start(start)]
    told: set[tuple[str, int]] = set()
    for switch in debug_switches(project, starts):
        if switch.state == ON:
            sure = Confidence.HIGH if switch.certain else Confidence.MEDIUM
            values = {"what": switch.what, "reason": switch.reason}
            note = f"lower tier: {switch.tier}" if switch.tier else ""
            # A switch in what production starts counts whatever the file is for otherwise.
            seen.append(
                Match(
                    switch.location, values, switch.chain, sure, "", not switch.tier, note, switch.what, Role.PRODUCTION
                )
            )
            told |= {(step.path, step.line) for step in switch.chain}
        elif switch.state == OFF:
            seen.append(Subject(f"{switch.what}: {switch.reason}", switch.location))
        else:
            seen.append(Undecided(f"{switch.what}: {switch.reason}", switch.location))
    for name in sorted(_DEBUG | _MODES):
        for setting in project.environment.all(name):
            if (setting.location.path, setting.location.line) not in told:
                seen.extend(_setting(project, setting))
    if not any(isinstance(one, Subject | Undecided) for one in seen):
        seen += list(_scripts(project, starts)) or [_nothing(project, starts)]
    yield from seen


def _scripts(project: Project, starts: tuple[Start, ...]) -> Iterator[Subject]:
    """The programs of the project that production starts and in which no switch of debug mode was seen."""
    for start in starts:
        for path in project.entries:
            if start.launch.script and path.rpartition("/")[2] == start.launch.script.rpartition("/")[2]:
                yield Subject(f"{start.unit.name} starts {path}, which turns no debug mode on", start.location)


def _nothing(project: Project, starts: tuple[Start, ...]) -> Observation:
    if project.frameworks and starts_nothing(project):
        return Undecided("nothing in the repository says how production starts")
    if project.frameworks:
        return Undecided("what production starts is not followed")
    return Absent("no application and no start command" if not starts else "nothing that is started has a debug mode")


def _start(start: Start) -> Iterator[Observation]:
    """What one start command says by itself."""
    launch = start.launch
    command = launch.program or launch.server
    if launch.production_ready is False:
        what = _SERVERS.get(launch.server) or (
            f"{command} reloads on every change" if launch.module else f"{_command(start)} starts a development server"
        )
        note = "lower tier: only under a condition of the start script" if launch.conditional else ""
        values = {"what": what, "reason": f"{start.unit.name} starts it"}
        yield Match(
            start.location,
            values,
            start.via,
            key=f"{start.unit.name} {what}",
            counts=not note,
            note=note,
            role=start.unit.role,
        )
    elif launch.production_ready:
        if launch.debug:
            values = {"what": f"{command} logs at debug level", "reason": f"{start.unit.name} starts it"}
            note = "lower tier: verbose logs, not debug mode"
            yield Match(start.location, values, start.via, counts=False, note=note, role=start.unit.role)
        yield Subject(f"{start.unit.name} starts {command}, made for production", start.location)


def _command(start: Start) -> str:
    if start.via:
        return f"npm script {start.via[0].text.rpartition(' ')[2]}"
    words = [start.launch.program or start.launch.server, start.launch.task, start.launch.script, start.launch.module]
    return " ".join(dict.fromkeys(w for w in words if w))


def _setting(project: Project, setting: EnvSetting) -> Iterator[Observation]:
    """A variable that switches debug mode, where nothing in the code was seen to turn it into a flag."""
    if setting.value is None:
        return
    value, source = setting.value.strip().lower(), setting.source
    mode = setting.name in _MODES
    on = value in {"development", "dev", "debug"} if mode else value in _TRUE
    if setting.role is not Role.PRODUCTION or setting not in project.environment.production(
        setting.name, setting.covers
    ):
        return
    if on:
        values = {"what": f"{setting.name}={value}", "reason": f"set by {source}"}
        sure = Confidence.HIGH if mode or setting.name != "DEBUG" else Confidence.MEDIUM
        note = shelved(setting)
        yield Match(setting.location, values, (), sure, counts=not note, note=note, key=setting.name, role=setting.role)
    elif mode or value in _FALSE:
        yield Subject(f"{setting.name} is {value or 'empty'}, set by {source}", setting.location)

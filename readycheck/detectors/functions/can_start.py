"""What keeps production from starting: a module, file, setting or server that is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.project import Project
from readycheck.link.settings_reads import chain, settings_reads
from readycheck.link.startable import (
    BROKEN,
    FINE,
    Check,
    check_copies,
    check_start,
    check_syntax,
    npm_script_missing,
)
from readycheck.link.starts import node_scripts, production_starts, starts_nothing
from readycheck.model import Absent, Confidence, Location, Match, Observation, Subject, Undecided

PLACEHOLDERS = frozenset({"who", "problem"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each thing that is missing, a subject for each start command that has what it needs."""
    if starts_nothing(project):
        code = project.python or project.javascript
        reason = "nothing in the repository says how production starts"
        yield Undecided(reason) if project.frameworks and code else Absent(reason)
        return
    for start in production_starts(project):
        for check in check_start(project, start):
            yield from _told(start.unit.name, check)
        scripts, path = node_scripts(project, start.unit)
        if npm_script_missing(scripts, start):
            problem = f"it runs the npm script {start.launch.script}, which {path} does not have"
            yield from _told(start.unit.name, Check(BROKEN, problem, start.location))
    seen: set[tuple[str, str]] = set()
    for unit in project.deployment.production():
        if (unit.dockerfile, unit.folder) not in seen:
            seen.add((unit.dockerfile, unit.folder))
            for check in check_copies(project, unit):
                yield from _told(unit.dockerfile, check)
    for check in check_syntax(project):
        yield from _told("production", check)
    yield from _settings(project)


def _told(who: str, check: Check) -> Iterator[Observation]:
    if check.state == BROKEN:
        yield Match(check.location, {"who": who, "problem": check.text}, check.chain, key=check.text)
    elif check.state == FINE:
        yield Subject(check.text, check.location, who)
    else:
        yield Undecided(f"{who}: {check.text}", check.location)


def _settings(project: Project) -> Iterator[Observation]:
    fine: set[tuple[str, Location]] = set()
    for read in settings_reads(project):
        if read.exists:
            fine.add((read.cls, read.declared))
            continue
        problem = f"it reads {read.name} from {read.cls}, which has no such attribute"
        values = {"who": read.location.path, "problem": problem}
        yield Match(read.location, values, chain(read), Confidence.HIGH, key=f"{read.cls}.{read.name}")
    for cls, place in sorted(fine):
        yield Subject(f"the settings that code reads from {cls} exist", place)

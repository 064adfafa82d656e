"""Whether the environment that code asks for is the one that the deployment sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.values import Const, Opaque
from readycheck.link.describe import describe
from readycheck.link.modes import MODE_NAMES, PRODUCTION, Asked, asked, handed_elsewhere, mode_settings
from readycheck.link.possible import Possible
from readycheck.link.project import Project
from readycheck.link.starts import production_starts, starts_nothing
from readycheck.model import Absent, Confidence, Location, Match, Observation, Role, Step, Subject, Undecided

# Reads of the environment open the bodies of functions to extraction.
CALLS = frozenset({"getenv"})
_TESTS = frozenset({"test", "testing", "ci", "e2e"})
PLACEHOLDERS = frozenset({"variable", "value", "reason"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match where code that tests for production meets another value, a subject where it meets production."""
    seen: list[Observation] = [
        Subject(f"{setting.name} is {setting.value}, set by {setting.source}", setting.location)
        for setting in mode_settings(project, MODE_NAMES)
        if (setting.value or "").strip().lower() in PRODUCTION
    ]
    questions = list(asked(project))
    for question in questions:
        for possible in question.possible:
            seen.extend(_judge(project, question, possible))
    seen.extend(_node(project))
    pinned = [m for m in seen if isinstance(m, Match)]
    # One setter may meet many tests: it is told once, with the first of them.
    kept: dict[tuple[Location, str], Match] = {}
    for match in pinned:
        kept.setdefault((match.location, match.key), match)
    yield from kept.values()
    yield from (s for s in seen if not isinstance(s, Match))
    if not seen:
        yield Absent(
            "no code asks whether it runs in production" if not questions else "what is asked for is not known"
        )


def _judge(project: Project, question: Asked, possible: Possible) -> Iterator[Observation]:
    name = question.variable
    test = Step(question.location.path, question.location.line, "code asks whether this is production")
    if isinstance(possible.value, Opaque):
        yield Undecided(possible.value.text, question.location)
        return
    if not isinstance(possible.value, Const):
        return
    value = str(possible.value.value or "")
    if value.lower() in PRODUCTION:
        yield Subject(
            f"{name} is {value} where {question.location.path}:{question.location.line} asks",
            _setter(possible) or question.location,
        )
        return
    setter = _setter(possible)
    shown = describe(possible.value) if value else "empty"
    if setter is not None:
        values = {"variable": name, "value": shown, "reason": "the deployment sets it so"}
        yield Match(setter, values, (*possible.steps, test), key=name, role=None)
    elif elsewhere := handed_elsewhere(project, name, question.location.path):
        yield Undecided(elsewhere, question.location)
    elif starts_nothing(project):
        yield Undecided(
            f"nothing in the repository says how production starts; {name} is {shown} by default", question.location
        )
    else:
        values = {"variable": name, "value": shown, "reason": "no deployment sets it, so the default holds"}
        yield Match(question.location, values, (*possible.steps, test), key=f"{name} {question.location.line}")


def _setter(possible: Possible) -> Location | None:
    step = next((s for s in possible.steps if " set by " in s.text and s.line and "no deployment" not in s.text), None)
    return Location(step.path, step.line) if step is not None else None


def _node(project: Project) -> Iterator[Observation]:
    """Servers on Node that read NODE_ENV where neither image, compose nor command sets it."""
    for start in production_starts(project):
        launch, folder = start.launch, start.unit.folder
        if launch.server != "node" or not launch.script or "NODE_ENV" in launch.environment:
            continue
        if project.environment.production("NODE_ENV", f"{folder}/x" if folder else "x"):
            continue
        for path, facts in project.javascript.items():
            inside = not folder or path.startswith(f"{folder}/")
            # Whether tests run is another question.
            asking = (r for r in facts.env_reads if r.name == "NODE_ENV" and r.against.lower() not in _TESTS)
            read = next(asking, None)
            if inside and read is not None and read.default is None and project.role(path) is Role.PRODUCTION:
                values = {"variable": "NODE_ENV", "value": "not set", "reason": "no deployment sets it"}
                chain = (
                    Step(start.location.path, start.location.line, f"{start.unit.name} starts node {launch.script}"),
                )
                yield Match(Location(path, read.line), values, chain, Confidence.MEDIUM, key="NODE_ENV")
                break

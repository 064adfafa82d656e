"""kind: dockerfile. Instructions of the image that a Dockerfile builds: its final stage and what that is built from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from readycheck.detectors.conditions import Condition
from readycheck.facts.image import BuiltImage
from readycheck.link.deployment import Unit
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Role, Subject

# The last of these is the one in force; of the others each counts.
_LAST_COUNTS = frozenset({"USER", "CMD", "ENTRYPOINT", "HEALTHCHECK", "STOPSIGNAL"})


class DockerfileParams(Condition):
    """`instruction` is the keyword; the condition is on the text after it. `stages: all` looks at every stage built
    on the way, not at the final image alone. With `missing` the image has no such instruction.
    """

    instruction: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,20}$", to_upper=True)]
    stages: Literal["final", "all"] = "final"


PARAMS = DockerfileParams
PLACEHOLDERS = frozenset({"instruction", "path"})


def find(project: Project, params: DockerfileParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each instruction that meets the condition, in each image that something builds."""
    told: set[Location] = set()
    found = False
    for unit in sorted(project.deployment.units, key=lambda u: (u.role is not Role.PRODUCTION, u.location)):
        if unit.image is None or not unit.image.stages:
            continue
        for seen in _image(params, unit, unit.image):
            production = unit.role is Role.PRODUCTION and project.role(unit.dockerfile) is Role.PRODUCTION
            if (production or isinstance(seen, Match)) and seen.location and seen.location not in told:
                found = True
                told.add(seen.location)
                yield seen
    if not found:
        yield Absent("no Dockerfile")


def _image(params: DockerfileParams, unit: Unit, image: BuiltImage) -> Iterator[Match | Subject]:
    keyword, path = params.instruction, unit.dockerfile
    values = {"instruction": keyword, "path": path}
    role = unit.role if unit.role is not Role.PRODUCTION else None
    lines = list(_instructions(params, image))
    if not lines:
        place = Location(path, image.stages[0].line)
        if params.condition == "missing":
            yield Match(place, values, key=f"no {keyword}", role=role)
        else:
            yield Subject(f"no {keyword}", place)
    for text, line in lines:
        place = Location(path, line)
        if params.condition != "missing" and params.holds_text(text):
            yield Match(place, values, key=f"{keyword} {params.condition}", role=role)
        else:
            yield Subject(f"{keyword} looked at", place)


def _instructions(params: DockerfileParams, image: BuiltImage) -> Iterator[tuple[str, int]]:
    """The texts of the instruction with their lines; a FROM says the image it starts from."""
    stages = image.stages if params.stages == "final" else image.used_stages()
    if params.instruction == "FROM":
        for stage in stages:
            yield stage.image or stage.image_raw, stage.line
        return
    if params.instruction in _LAST_COUNTS and params.stages == "final":
        last = image.cmd() if params.instruction == "CMD" else image.last(params.instruction)
        if last is not None:
            yield last.text, last.line
        return
    for stage in stages:
        for instruction in stage.all(params.instruction):
            yield instruction.text, instruction.line

"""What production starts: each start command with the place it stands in, behind npm scripts and start scripts too."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.manifests import Located
from readycheck.link.commands import follow_script, parse_command
from readycheck.link.containers import running_services
from readycheck.link.deployment import Unit
from readycheck.link.launch import Launch
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.model import Location, Role, Step

_FOR_DEVELOPERS = lazy(r"(?:^|[-_.])(?:dev|devel|develop|development|local|debug)(?:$|[-_.])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Start:
    """One program that a unit of production starts. `via` are the scripts that lead from the command to it."""

    unit: Unit
    launch: Launch
    location: Location
    via: tuple[Step, ...] = ()


@once
def production_starts(project: Project) -> tuple[Start, ...]:
    """Every start of every production unit, each place and program once."""
    found: dict[tuple[Location, str], Start] = {}
    developers = {id(r.service) for r in running_services(project) if r.role is not Role.PRODUCTION}
    for unit in project.deployment.production():
        if id(unit.service) in developers:
            continue
        if _is_stage_for_developers(unit):
            continue  # production runs what the image ends in
        place, scripted = command_place(unit), script_lines(project, unit)
        for launch in unit.launches:
            for start in _followed(project, unit, launch, scripted.get(_key(launch), place)):
                found.setdefault((start.location, _key(start.launch)), start)
    return tuple(found.values())


def _is_stage_for_developers(unit: Unit) -> bool:
    """Whether a service is built from a stage for developers while the image itself ends in another one."""
    build = unit.service.build if unit.service is not None else None
    if build is None or unit.image is None or not _FOR_DEVELOPERS.search(build.target):
        return False
    chosen = unit.image.dockerfile.stage(build.target)
    return chosen is not None and all(stage.index != chosen.index for stage in unit.image.dockerfile.ancestry())


def _key(launch: Launch) -> str:
    """What tells launches apart; they hold mappings, so they cannot be keys themselves."""
    return repr((launch.server, launch.module, launch.script, launch.task, launch.program, launch.raw_flags))


def command_place(unit: Unit) -> Location:
    """The line of the command that a unit runs: in compose, in the workload, else in the Dockerfile."""
    service = unit.service
    if service is not None and (service.command or service.command_text):
        return service.place("command")
    if service is not None and (service.entrypoint or service.entrypoint_text):
        return service.place("entrypoint")
    start = unit.image.start() if unit.image is not None else None
    if start is not None:
        return Location(unit.dockerfile, start[1])
    if unit.container is not None and unit.container.command_line:
        return Location(unit.location.path, unit.container.command_line)
    return unit.location


def _followed(project: Project, unit: Unit, launch: Launch, place: Location) -> Iterator[Start]:
    if launch.server == "npm":
        scripts, manifest = node_scripts(project, unit)
        texts = {name: script.text for name, script in scripts.items()}
        for inner in follow_script(launch, texts):
            line = scripts[launch.script].line if launch.script in scripts else 0
            via = (Step(manifest, line, f"script {launch.script}"),) if line else ()
            yield Start(unit, inner, place, via)
        return
    # What a start script of the project starts is among the launches of the unit: its line is in the script.
    yield Start(unit, launch, place)


def script_lines(project: Project, unit: Unit) -> dict[str, Location]:
    """For the launches of a unit that stand in a start script of the project, the line there."""
    found: dict[str, Location] = {}
    for launch in unit.launches:
        name = posixpath.basename(launch.script or launch.program)
        for path, facts in project.files.items():
            if launch.server != "other" or path.rpartition("/")[2] != name or not facts.text:
                continue
            for inner in parse_command(facts.text):
                word = re.compile(rf"\b{re.escape(inner.program or inner.server)}\b")
                lines = [n for n, text in enumerate(facts.text.splitlines(), 1) if word.search(text.partition("#")[0])]
                if lines:
                    found.setdefault(_key(inner), Location(path, _best(facts.text.splitlines(), lines, inner)))
    return found


def _best(texts: list[str], lines: list[int], launch: Launch) -> int:
    """Of the lines that name the program, the first that also names what it runs."""
    wanted = [w for w in (launch.module, launch.script, launch.task) if w]
    return next((n for n in lines if any(w in texts[n - 1] for w in wanted)), lines[0])


def node_scripts(project: Project, unit: Unit) -> tuple[dict[str, Located], str]:
    """The npm scripts that a unit's package.json has, and its path; empty when there is none at its folder."""
    path = posixpath.join(unit.folder, "package.json")
    facts = project.files.get(path)
    if facts is None or facts.node_manifest is None:
        return {}, ""
    return dict(facts.node_manifest.scripts), path


def starts_nothing(project: Project) -> bool:
    """Whether nothing in the repository says how production starts."""
    units = project.deployment.production()
    return not any(unit.launches or unit.image is not None for unit in units)

"""The configuration files that a compose service is given, with their text where the project has them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from readycheck.link.containers import Running
from readycheck.link.project import Project
from readycheck.model import Location


@dataclass(frozen=True, slots=True)
class Mounted:
    """One file of the container. `text` is None where the project does not have it (or did not keep it)."""

    source: str
    target: str
    text: str | None
    location: Location


def mounted(project: Project, running: Running, pattern: str) -> tuple[Mounted, ...]:
    """Every file that is mounted, granted as a config or copied in, to or from a path like the pattern."""
    wanted = re.compile(pattern)
    found = [
        _at(project, mount.source, mount.target, mount.location)
        for mount in running.service.mounts
        if mount.kind == "bind" and (wanted.search(mount.target) or wanted.search(mount.source))
    ]
    model = running.composition.model
    for grant in running.service.configs:
        resource = model.configs.get(grant.source)
        source = resource.file if resource is not None else ""
        if wanted.search(grant.target) or wanted.search(source):
            found.append(_at(project, source, grant.target, grant.location))
    unit = running.unit
    for copy in unit.image.copies() if unit is not None and unit.image is not None else ():
        for source in copy.sources:
            if not copy.from_stage and (wanted.search(source) or wanted.search(copy.destination)):
                path = f"{unit.folder}/{source}".lstrip("/") if unit is not None else source
                place = Location(unit.dockerfile if unit is not None else "", copy.line)
                found.append(_at(project, path, copy.destination, place))
    return tuple(found)


def _at(project: Project, source: str, target: str, place: Location) -> Mounted:
    path = source.removeprefix("./").rstrip("/")
    facts = project.files.get(path)
    return Mounted(path, target, facts.text if facts is not None and facts.text else None, place)

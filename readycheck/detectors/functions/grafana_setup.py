"""Whether production's Grafana lets strangers in, and whether what it shows comes from the repository."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.lazily import lazy
from readycheck.link.containers import Running, tiered
from readycheck.link.login_table import is_true
from readycheck.link.mounted import Mounted, mounted
from readycheck.link.project import Project
from readycheck.model import Absent, Confidence, Location, Match, Observation, Subject

PLACEHOLDERS = frozenset({"service", "problem"})
_SWITCHES = {
    "GF_AUTH_ANONYMOUS_ENABLED": "shows everything to visitors without a login",
    "GF_USERS_ALLOW_SIGN_UP": "lets everybody make an account",
}
_INI = (
    (
        lazy(r"^\[auth\.anonymous\][^\[]{0,2000}?^[ \t]*enabled[ \t]*=[ \t]*(\w+)", re.MULTILINE),
        "shows everything to visitors without a login",
    ),
    (
        lazy(r"^\[users\][^\[]{0,4000}?^[ \t]*allow_sign_up[ \t]*=[ \t]*(\w+)", re.MULTILINE),
        "lets everybody make an account",
    ),
)
_PROVISIONING = r"/etc/grafana/?$|grafana/(?:conf/)?provisioning|/provisioning/?$"


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each open door and for a Grafana that is set up by hand, subjects for what is as it should be."""

    def judge(running: Running) -> Iterator[Observation]:
        if "grafana" in running.kinds:
            yield from _doors(running)
            yield from _ini(project, running)
            yield from _provisioning(project, running)

    yield from (one for one in tiered(project, judge) if not isinstance(one, Absent))
    yield Absent("no Grafana runs in production")


def _doors(running: Running) -> Iterator[Observation]:
    service = running.service
    for name, problem in _SWITCHES.items():
        variable = service.environment.get(name)
        if variable is None:
            continue
        if is_true(variable.value or ""):
            yield Match(variable.location, {"service": service.name, "problem": problem}, key=name)
        else:
            yield Subject(f"{name} is off", variable.location)


def _ini(project: Project, running: Running) -> Iterator[Observation]:
    for file in mounted(project, running, r"grafana\.ini$|custom\.ini$"):
        for pattern, problem in _INI if file.text is not None else ():
            found = pattern.search(file.text or "")
            if found is not None and is_true(found[1]):
                line = (file.text or "").count("\n", 0, found.start(1)) + 1
                yield Match(
                    Location(file.source, line), {"service": running.service.name, "problem": problem}, key=problem
                )


def _provisioning(project: Project, running: Running) -> Iterator[Observation]:
    service = running.service
    places = mounted(project, running, _PROVISIONING)
    volumes = [m for m in service.mounts if m.kind == "volume" and re.search(r"provisioning", m.target)]
    given = [place for place in places if _files_below(project, place)]
    if given or volumes:
        for place in given:
            yield Subject(f"{service.name} is provisioned from {place.source}", place.location)
        for volume in volumes:
            yield Subject(f"{service.name} is provisioned from the volume {volume.source}", volume.location)
    elif places:
        problem = f"is provisioned from {places[0].source}, which is not in the repository"
        yield Match(
            places[0].location, {"service": service.name, "problem": problem}, (), Confidence.MEDIUM, key="provisioning"
        )
    else:
        problem = "has no data sources and dashboards from the repository: nobody can rebuild what was clicked together"
        yield Match(
            service.location, {"service": service.name, "problem": problem}, (), Confidence.MEDIUM, key="provisioning"
        )


def _files_below(project: Project, place: Mounted) -> bool:
    """Whether the project has what is mounted; what comes from outside of it cannot be asked."""
    if place.source.startswith(("/", "~", "..")) or not place.source:
        return True
    return any(path == place.source or path.startswith(f"{place.source}/") for path in project.listing.paths)

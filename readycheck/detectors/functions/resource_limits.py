"""Which long-running containers may take all of the machine's memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.containers import Running, tiered
from readycheck.link.project import Project
from readycheck.model import Location, Match, Observation, Role, Subject

PLACEHOLDERS = frozenset({"what", "lack"})
_JOBS = frozenset({"Job", "CronJob"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each container without a memory limit, a subject for each that has one."""
    yield from tiered(project, _judge)
    yield from _workloads(project)


def _judge(running: Running) -> Iterator[Observation]:
    service, limits = running.service, running.service.limits
    if running.task:
        return
    what = f"service {service.name}"
    place = limits.location or service.location
    if limits.memory:
        cpus = f", {limits.cpus} CPUs" if limits.cpus else ""
        yield Subject(f"{service.name} is limited to {limits.memory}{cpus}", place)
        if not limits.cpus:
            note = "its memory is limited, which is what brings a machine down"
            yield Match(place, {"what": what, "lack": "CPU limit"}, counts=False, note=note, key=f"{service.name} cpu")
    else:
        lack = "memory limit" if limits.cpus else "memory and CPU limits"
        yield Match(service.location, {"what": what, "lack": lack}, key=service.name)


def _workloads(project: Project) -> Iterator[Observation]:
    for path, facts in project.files.items():
        found = facts.kubernetes
        if (
            found is None
            or project.role(path) is Role.TEST
            or any(other.kind == "LimitRange" for other in found.others)
        ):
            continue
        for workload in found.workloads:
            for container in workload.containers:
                if container.init or workload.kind in _JOBS:
                    continue
                what = f"container {workload.name}/{container.name}"
                if "memory" in container.limits:
                    text = f"{workload.name}/{container.name} is limited to {container.limits['memory']}"
                    yield Subject(text, Location(path, container.limits_line))
                else:
                    place = Location(path, container.line)
                    yield Match(place, {"what": what, "lack": "memory limit"}, key=what)

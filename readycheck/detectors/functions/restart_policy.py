"""Which long-running services stay down after a crash or a reboot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.containers import Running, tiered
from readycheck.link.project import Project
from readycheck.model import Match, Observation, Subject, Undecided

PLACEHOLDERS = frozenset({"service", "state"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each service without a restart policy, a subject for each that has one."""
    yield from tiered(project, _judge)


def _judge(running: Running) -> Iterator[Observation]:
    service = running.service
    if running.task:
        return
    policy = service.restart or {"none": "no"}.get(service.restart_policy, service.restart_policy)
    place = service.place("restart" if service.restart or "restart" in service.lines else "deploy")
    if policy.partition(":")[0] in {"always", "unless-stopped", "on-failure", "any"}:
        yield Subject(f"{service.name} restarts: {policy}", place)
    elif not policy and "restart" in service.lines:
        yield Undecided(f"{service.name}: restart is set by a variable without a value", place)
    elif policy:
        state = f"is told not to restart ({policy})"
        yield Match(place, {"service": service.name, "state": state}, key=service.name)
    else:
        yield Match(service.location, {"service": service.name, "state": "has no restart policy"}, key=service.name)

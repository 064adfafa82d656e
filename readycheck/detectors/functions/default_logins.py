"""Which servers start with a login that everybody knows, or with none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.lazily import lazy
from readycheck.facts.values import Hidden
from readycheck.link.containers import Running, tiered
from readycheck.link.login_table import SERVERS
from readycheck.link.logins import Login, logins
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Subject, Undecided

PLACEHOLDERS = frozenset({"server", "problem"})
_FILES = lazy(r"(?:^|/)(?:grafana[\w.-]*\.ini|rabbitmq[\w.-]*\.conf|(?:[\w.-]+-)?values[\w.-]*\.ya?ml)$")
_ADMIN_NAME = lazy(
    r"(?:admin|root|default)_?pass(?:word)?$|(?:rabbitmq|postgresql|postgres|mysql|mongodb|redis|minio|airflow)\b.{0,60}password$",
    re.IGNORECASE,
)
_VARIABLES = {name: server.label for server in SERVERS.values() for name in server.passwords}


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each known or missing login, a subject for each that is the installation's own."""
    told: set[tuple[str, int]] = set()

    def judge(running: Running) -> Iterator[Observation]:
        for login in logins(project, running):
            told.add((login.location.path, login.location.line))
            yield from _observed(running, login)

    yield from (one for one in tiered(project, judge) if not isinstance(one, Absent))
    yield from _files(project, told)
    yield from _workloads(project)
    yield Absent("no server with a login of its own runs in production")


def _observed(running: Running, login: Login) -> Iterator[Observation]:
    name = running.service.name
    if login.state == "own":
        yield Subject(f"{name}: {login.said}", login.location)
    elif login.state == "unknown":
        yield Undecided(f"{name}: {login.said}", login.location)
    else:
        # An open Redis that only its own network reaches is what DATA005 counts.
        note = "" if login.reachable else "only the containers of its network, or the machine itself, reach it"
        counts = login.reachable or login.label == "MongoDB"
        values = {"server": f"{login.label} (service {name})", "problem": login.said}
        yield Match(
            login.location,
            values,
            login.chain,
            counts=counts,
            note=note if not counts else "",
            key=f"{name} {login.label}",
        )


def _files(project: Project, told: set[tuple[str, int]]) -> Iterator[Observation]:
    """Configuration and Helm values with a well-known password in them."""
    for path, facts in project.files.items():
        if not _FILES.search(path):
            continue
        for found in facts.credentials:
            known = "known-default" in found.hidden.traits and found.kind in {"weak", "secret"}
            if known and _ADMIN_NAME.search(found.name) and (path, found.line) not in told:
                values = {"server": found.name, "problem": "the file sets a password that everybody tries first"}
                yield Match(Location(path, found.line, found.column), values, key=found.name)


def _workloads(project: Project) -> Iterator[Observation]:
    for path, facts in project.files.items():
        for workload in facts.kubernetes.workloads if facts.kubernetes is not None else ():
            for container in workload.containers:
                for item in container.env:
                    label = _VARIABLES.get(item.name)
                    if label is None or item.value is None:
                        if label is not None and item.from_secret:
                            yield Subject(f"{item.name} comes from a Secret", Location(path, item.line))
                        continue
                    if isinstance(item.value, Hidden) and "well-known" in item.value.traits:
                        values = {
                            "server": f"{label} ({workload.name})",
                            "problem": f"{item.name} is a password that everybody tries first",
                        }
                        yield Match(Location(path, item.line), values, key=item.name)

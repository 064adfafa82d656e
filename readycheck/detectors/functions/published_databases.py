"""Which databases, caches and brokers answer on every network of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.containers import Running, tiered
from readycheck.link.exposure import Opening, admin_kind, database_port, openings
from readycheck.link.project import Project
from readycheck.link.services import DATABASES
from readycheck.model import Absent, Confidence, Location, Match, Observation, Subject, Undecided

PLACEHOLDERS = frozenset({"server", "shown"})
_SERVERS = DATABASES | {"pgbouncer"}
_NAMES = {
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "mongodb": "MongoDB",
    "rabbitmq": "RabbitMQ",
    "mssql": "SQL Server",
}


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each open port of a database, a subject for each database nobody outside reaches."""
    seen = list(tiered(project, _judge))
    yield from (one for one in seen if not isinstance(one, Absent))
    yield from _cluster_services(project)
    yield Absent("no database, cache or broker runs in a container of production")


def _judge(running: Running) -> Iterator[Observation]:
    service = running.service
    kinds = sorted(running.kinds & _SERVERS)
    open_ports = [o for o in openings(running) if not admin_kind(running, o) or not o.port]
    if not kinds:
        foreign = service.build is None
        yield from (
            _match(o, database_port(o), Confidence.MEDIUM)
            for o in open_ports
            if foreign and o.reach == "all" and database_port(o)
        )
        return
    name = _NAMES.get(kinds[0], kinds[0].capitalize())
    for opening in open_ports:
        if opening.reach == "all":
            yield _match(opening, name, Confidence.HIGH)
        elif opening.reach == "unknown":
            yield Undecided(f"the address {service.name} listens on is set by the deployment", opening.location)
    if not open_ports:
        yield Subject(f"{service.name} publishes no port", service.location)
    elif all(o.reach in {"loopback", "private"} for o in open_ports):
        yield Subject(f"{service.name} listens on {open_ports[0].shown} only", open_ports[0].location)


def _match(opening: Opening, server: str, confidence: Confidence) -> Match:
    return Match(opening.location, {"server": server, "shown": opening.shown}, (), confidence, key=opening.shown)


def _cluster_services(project: Project) -> Iterator[Observation]:
    """Kubernetes Services of the kinds that open a port to the outside."""
    for path, facts in project.files.items():
        for resource in facts.kubernetes.others if facts.kubernetes is not None else ():
            if resource.kind != "Service" or resource.traits.get("type") not in {"NodePort", "LoadBalancer"}:
                continue
            for port in resource.traits.get("ports", "").split(","):
                server = database_port(Opening(port, "", "all", Location(path, resource.line), port))
                if server:
                    values = {"server": server, "shown": f"{resource.traits['type']} {resource.name}:{port}"}
                    yield Match(Location(path, resource.line), values, key=port)

"""Which links to caches, brokers and other services leave the machine in plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.detectors.functions.database_tls import judged
from readycheck.link.connections import CALLS as CONNECTION_CALLS
from readycheck.link.connections import connections
from readycheck.link.links import links
from readycheck.link.project import Project
from readycheck.model import Absent, Confidence, Match, Observation, Role, Subject

CALLS = CONNECTION_CALLS
PLACEHOLDERS = frozenset({"what", "host", "how"})
_SECURE = {"http": "https", "ws": "wss", "ftp": "ftps or sftp", "ldap": "ldaps", "smtp": "smtps"}


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each open link, a subject for each encrypted one and for those that stay on the machine."""
    wanted = [c for c in connections(project) if c.kind in {"redis", "amqp"}]
    for connection in wanted:
        yield from judged(project, connection)
    found = links(project)
    for link in found:
        role = link.role or project.role(link.location.path)
        if link.encrypted or link.near:
            why = f"stays inside: {link.near}" if link.near else f"uses {link.scheme}"
            if role is Role.PRODUCTION:
                yield Subject(f"{link.name} {why}", link.location)
            continue
        values = {"what": link.name, "host": link.host, "how": f"{link.scheme}:// instead of {_SECURE[link.scheme]}://"}
        yield Match(link.location, values, (), Confidence.HIGH, key=link.name, role=link.role)
    if not wanted and not found:
        yield Absent("no link to a cache, a broker or another service in settings or code")

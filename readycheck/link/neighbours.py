"""Which hosts a connection reaches without leaving the machine: sockets, loopback, services of one compose file."""

from __future__ import annotations

import re

from readycheck.facts.lazily import lazy
from readycheck.facts.values import Const, Name
from readycheck.link.project import Project

_LOOPBACK = lazy(
    r"(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[?::1\]?|host\.docker\.internal|ip6-localhost)\Z", re.IGNORECASE
)
_PLACEHOLDER = lazy(r"[{}$<>%]|\byour[-_]|\A(?:example|host|hostname|server|dbhost|db_host)\Z", re.IGNORECASE)
_FIELD = lazy(r"\$?\{([A-Za-z_][\w.]{0,100})[^{}]{0,40}\}")


class Neighbours:
    """Answers for the hosts of one project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._services: dict[str, str] = {}
        for composition in project.deployment.compositions:
            for service in composition.model.every_service.values():
                for name in (service.name, service.container_name, service.hostname):
                    if name:
                        self._services.setdefault(name.lower(), service.location.path)

    def near(self, host: str, socket: bool = False) -> str:
        """Why a connection to this host stays on the machine, "" if it may leave it."""
        if socket or host.startswith(("/", "%2f", "%2F")):
            return "a Unix socket"
        reasons = [self._one(part) for part in host.split(",")] if host else [""]
        return reasons[0] if all(reasons) else ""

    def _one(self, host: str) -> str:
        name = without_port(host).lower()
        if _LOOPBACK.match(name):
            return "the host is this machine"
        if name in self._services:
            return f"{name} is a service of the same compose network"
        return ""

    def resolved(self, host: str, path: str, scope: str = "") -> str:
        """The host with `{settings.DB_HOST}` and `${DB_HOST}` replaced where production sets them; "" if unknown."""
        found = _FIELD.search(host)
        if found is None:
            return "" if _PLACEHOLDER.search(without_port(host)) else host
        filled = host[: found.start()] + (self._field(found[1], path, scope) or "$") + host[found.end() :]
        return "" if _PLACEHOLDER.search(without_port(filled)) else filled

    def _field(self, dotted: str, path: str, scope: str) -> str:
        project = self._project
        last = dotted.rpartition(".")[2]
        for name in (last, last.upper()):
            settings = project.environment.production(name, path)
            if settings:
                return settings[0].value or ""
        facts = project.python.get(path)
        if facts is None:
            return ""
        head, _, rest = dotted.partition(".")
        target = next((i.target for i in facts.imports if i.local == head), head)
        for found in project.resolver.possible(Name(f"{target}.{rest}" if rest else target), path, scope):
            if isinstance(found.value, Const) and isinstance(found.value.value, str):
                return found.value.value
        own = [b.value for b in facts.bindings if b.name == last and isinstance(b.value, Const)]
        return str(own[-1].value) if own and own[-1].value else ""


def without_port(host: str) -> str:
    """The host alone."""
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    head, colon, tail = host.rpartition(":")
    return head if colon and (tail.isdigit() or not tail or tail[0] in "{$<") and "{" not in head[-1:] else host

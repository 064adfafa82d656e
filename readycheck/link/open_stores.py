"""Whether a Redis (or what speaks its language) asks for a password, and whether it keeps its data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.link.containers import Running
from readycheck.link.mounted import mounted
from readycheck.link.project import Project
from readycheck.model import Location

_ARGUMENT = lazy(r"--requirepass\b|--aclfile\b|--user\s+\S+\s+on\b|\brequirepass\s+\S|--tls-auth-clients\s+yes")
_DIRECTIVE = lazy(
    r"^[ \t]*(?:requirepass[ \t]+(?![\"']{2}[ \t]*$)\S|aclfile[ \t]+\S|user[ \t]+default[ \t]+[^\n]*>)", re.MULTILINE
)
_KEEPS = lazy(r"--appendonly\s+[\"']?yes|--save\s+[\"']?\d|^[ \t]*(?:appendonly[ \t]+yes|save[ \t]+\d)", re.MULTILINE)
_VARIABLES = ("REDIS_PASSWORD", "VALKEY_PASSWORD", "REDIS_PASSWORD_FILE", "VALKEY_PASSWORD_FILE", "KEYDB_PASSWORD")
_ARGUMENT_VARIABLES = ("REDIS_ARGS", "VALKEY_EXTRA_FLAGS", "REDIS_EXTRA_FLAGS", "DFLY_requirepass")
# Images whose start script reads a password from the environment; the official one does not.
_READS_ENVIRONMENT = lazy(r"bitnami|bitnamilegacy|redis-stack|dragonfly|keydb|rapidfort|drycc")
_YES = frozenset({"yes", "true", "1", "on"})


@dataclass(frozen=True, slots=True)
class RedisAccess:
    """`state` is `password`, `open` or `unknown`; `location` is the place that decides, else the service."""

    state: str
    said: str
    location: Location
    keeps_data: bool


def redis_access(project: Project, running: Running) -> RedisAccess:
    """How one Redis service is protected."""
    service = running.service
    command = f"{service.entrypoint_text} {service.command_text}"
    files = mounted(
        project, running, r"(?:redis|valkey|keydb|users?)[\w.-]*\.(?:conf|acl)$|/redis/?$|/usr/local/etc/redis"
    )
    arguments = " ".join(v.value or "--requirepass" for n in _ARGUMENT_VARIABLES if (v := service.environment.get(n)))
    image = running.unit.image.start() if running.unit is not None and running.unit.image is not None else None
    built = image[0] if image is not None else ""
    built_text = built if isinstance(built, str) else " ".join(built)
    texts = [command, arguments, built_text, *(f.text or "" for f in files)]
    keeps = any(_KEEPS.search(text) for text in texts) and any(m.kind in {"volume", "bind"} for m in service.mounts)
    for state, said, place in _signs(running, command, f"{arguments} {built_text}"):
        return RedisAccess(state, said, place, keeps)
    for file in files:
        if file.text is not None and _DIRECTIVE.search(file.text):
            return RedisAccess("password", f"{file.source} sets a password", file.location, keeps)
    unread = [file for file in files if file.text is None]
    scripts = mounted(project, running, r"\.sh$|/entrypoint")
    if unread or scripts:
        first = (unread or list(scripts))[0]
        return RedisAccess(
            "unknown", f"{first.source or first.target} decides, and was not read", first.location, keeps
        )
    return RedisAccess("open", "it asks for no password", service.location, keeps)


def _signs(running: Running, command: str, more: str) -> Iterator[tuple[str, str, Location]]:
    """What command and environment say, the strongest first."""
    service = running.service
    for name in ("ALLOW_EMPTY_PASSWORD", "REDIS_ALLOW_EMPTY_PASSWORD"):
        variable = service.environment.get(name)
        if variable is not None and (variable.value or "").lower() in _YES and not _ARGUMENT.search(command):
            yield "open", f"{name} lets everybody in", variable.location
    if _ARGUMENT.search(command):
        yield (
            "password",
            "its command asks for a password",
            service.place("command" if service.command_text else "entrypoint"),
        )
    if _ARGUMENT.search(more):
        yield "password", "its arguments ask for a password", service.location
    if _READS_ENVIRONMENT.search(service.image):
        for name in _VARIABLES:
            variable = service.environment.get(name)
            if variable is not None and (variable.value or variable.missing or variable.value is None):
                yield "password", f"{name} is set", variable.location

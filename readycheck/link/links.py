"""Links to other services over HTTP, WebSocket or FTP: settings that hold a URL, and whether it is encrypted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.values import Call, Const, Value
from readycheck.link.neighbours import Neighbours
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.model import Location, Role

_URL = lazy(r"(?P<scheme>https?|wss?|ftps?|ldaps?|smtps?)://(?P<authority>[^\s/?#\"']{1,200})", re.IGNORECASE)
_OPEN = frozenset({"http", "ws", "ftp", "ldap", "smtp"})
_NAMED = lazy(
    r"(?:^|_)(?:url|uri|urls|endpoint|endpoints|host|server|base|address|addr|webhook|api|origin|callback|domain|site|"
    r"gateway|upstream|broker|backend|frontend)\d?$",
    re.IGNORECASE,
)
# Names of things and not of servers: namespaces and schemas are compared, never called.
_IDENTIFIER = lazy(r"(?:^|_)(?:xmlns|ns|namespace|schema|dtd|license|type|claim|audience|issuer|iss|aud)(?:_|$)", re.I)
_IDENTIFIER_HOST = lazy(r"(?:^|\.)(?:w3\.org|schemas\.[\w.]+|xmlsoap\.org|purl\.org|openid\.net|json-schema\.org)$")
_PROXY = lazy(r"(?:^|_)(?:https?|all|no|ftp)_proxy$", re.IGNORECASE)
_METADATA = frozenset({"169.254.169.254", "169.254.170.2", "metadata.google.internal"})


@dataclass(frozen=True, slots=True)
class Link:
    """One setting that holds a URL. `near` is why the link never leaves the machine, "" if it may."""

    name: str
    scheme: str
    host: str
    location: Location
    near: str
    role: Role | None = None

    @property
    def encrypted(self) -> bool:
        """Whether the scheme is one that runs over TLS."""
        return self.scheme not in _OPEN


@once
def links(project: Project) -> tuple[Link, ...]:
    """Every such setting, in compose, Kubernetes, env files, images and Python, each place once."""
    found: dict[Location, Link] = {}
    neighbours = Neighbours(project)
    for name in sorted(project.environment.names()):
        for setting in project.environment.all(name):
            link = _link(neighbours, name, setting.value or "", setting.location)
            if link is not None and _strongest(project, name, setting.location):
                role = setting.role if setting.role is not Role.PRODUCTION else None
                found.setdefault(link.location, Link(link.name, link.scheme, link.host, link.location, link.near, role))
    for link in _in_code(project, neighbours):
        found.setdefault(link.location, link)
    return tuple(sorted(found.values(), key=lambda link: link.location))


def _strongest(project: Project, name: str, place: Location) -> bool:
    """Whether an env file's value is not replaced by what compose or Kubernetes sets."""
    settings = project.environment.all(name)
    source = next(s.source for s in settings if s.location == place)
    return source != "env file" or not any(s.source in {"compose", "kubernetes"} for s in settings)


def _in_code(project: Project, neighbours: Neighbours) -> Iterator[Link]:
    """Constants and settings fields of production code that hold a URL and that no deployment sets to another."""
    for path, facts in project.python.items():
        if project.role(path) is not Role.PRODUCTION:
            continue
        for binding in facts.bindings:
            texts = [text for text in _texts(binding.value) if "://" in text]
            if not texts or binding.scope.count(".") > 1:
                continue
            name = binding.name.rpartition(".")[2].partition("[")[0]
            if any(project.environment.production(n, path) for n in (name, name.upper())):
                continue
            for text in texts:
                link = _link(neighbours, name, text, Location(path, binding.line))
                if link is not None:
                    yield link


def _texts(value: Value) -> Iterator[str]:
    match value:
        case Const(value=str() as text):
            yield text
        case Call(name=name) if name.endswith(("getenv", "environ.get", "Field", "config")):
            given = value.argument("default", 0 if name.endswith("Field") else 1)
            if given is not None and isinstance(given.value, Const) and isinstance(given.value.value, str):
                yield given.value.value


def _link(neighbours: Neighbours, name: str, text: str, place: Location) -> Link | None:
    found = _URL.match(text.strip())
    if found is None or not _NAMED.search(name) or _IDENTIFIER.search(name) or _PROXY.search(name):
        return None
    authority = found["authority"].rpartition("@")[2]
    host = neighbours.resolved(authority, place.path)
    bare = host.partition(":")[0].lower()
    if not re.match(r"[\w\[]", host) or _IDENTIFIER_HOST.search(bare) or bare in _METADATA:
        return None
    near = neighbours.near(host)
    if not near and "." not in bare:
        near = f"{bare} is a name of the deployment's own network"
    if not near and bare.endswith((".localhost", ".svc", ".svc.cluster.local", ".docker.internal")):
        near = f"{bare} is a name of the deployment's own network"
    return Link(name, found["scheme"].lower(), host, place, near)

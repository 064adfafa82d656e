"""Which lines of an overlay file do not do what they say once Compose has merged the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.yaml_tree import Node, YamlList, YamlMap, YamlScalar
from readycheck.link.compose_model import Port, Service
from readycheck.link.deployment import Composition
from readycheck.link.exposure import reach
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Role, Subject

PLACEHOLDERS = frozenset({"service", "problem"})
# Keys whose lists and mappings Compose adds up, so that an empty one changes nothing.
_ADDED_UP = (
    "ports", "expose", "volumes", "environment", "env_file", "networks", "depends_on", "labels", "secrets", "configs",
    "cap_add", "devices", "security_opt", "extra_hosts", "profiles", "deploy", "healthcheck", "build", "ulimits",
    "tmpfs",
)  # fmt: skip
_REPLACED = ("command", "entrypoint", "image", "restart", "user")


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each line without effect, subjects for the values that production really replaces."""
    found = False
    for composition in project.deployment.compositions:
        overlays = [path for path in composition.chosen.files[1:] if path in composition.model.files]
        found = found or (bool(overlays) and composition.role is Role.PRODUCTION)
        for position, path in enumerate(overlays, 1):
            yield from _overlay(project, composition, path, composition.chosen.files[:position])
    if not found:
        yield Absent("production is not laid over another compose file")


def _overlay(project: Project, composition: Composition, path: str, below: tuple[str, ...]) -> Iterator[Observation]:
    production = composition.role is Role.PRODUCTION
    count = 0
    file = project.files[path].compose if path in project.files else None
    for name in file.services if file is not None else ():
        body = file.service(name) if file is not None else None
        bases = [base for one in below if (base := _service(project, one, name)) is not None]
        service = composition.model.every_service.get(name)
        if body is None or service is None:
            continue
        if not bases:
            yield from _orphan(body, path, service, composition)
            continue
        yield from _without_effect(body, bases, path, service, composition)
        for place, text in _replacements(body, bases, path):
            count += 1
            if production:
                yield Subject(f"{name}: {text} replaces the base's", place)
    if production and not count:
        yield Subject(f"{path} only adds to {below[0]}")


def _service(project: Project, path: str, name: str) -> YamlMap | None:
    facts = project.files.get(path)
    return facts.compose.service(name) if facts is not None and facts.compose is not None else None


def _orphan(body: YamlMap, path: str, service: Service, composition: Composition) -> Iterator[Observation]:
    """A service that the base does not have and that cannot start by itself: usually a name that was changed."""
    if service.image or service.build is not None or any(body.get(key) for key in ("extends", "provider")):
        return
    problem = f"has neither image nor build, and {composition.chosen.files[0]} has no service of that name"
    yield Match(
        service.location, {"service": service.name, "problem": problem}, key=service.name, role=composition.role
    )


def _without_effect(
    body: YamlMap, bases: list[YamlMap], path: str, service: Service, composition: Composition
) -> Iterator[Observation]:
    for key in _ADDED_UP:
        node, where = body.get(key), body.key(key)
        if where is None or not _is_empty(node) or not any(_has_content(base.get(key)) for base in bases):
            continue
        problem = f"an empty `{key}` does not take the base's away (Compose adds them up; `!reset []` does)"
        place = Location(path, where.line, where.column)
        yield Match(
            place, {"service": service.name, "problem": problem}, key=f"{service.name}.{key}", role=composition.role
        )
    for port in service.ports:
        wider = _wider(port, service, path)
        if wider is not None:
            base = f"{wider.location.path}:{wider.location.line}"
            problem = f"port {port.target} is bound to {port.host_ip}, but the base still opens it to all ({base})"
            yield Match(
                port.location,
                {"service": service.name, "problem": problem},
                key=f"{service.name}.port",
                role=composition.role,
            )


def _wider(port: Port, service: Service, path: str) -> Port | None:
    """The port of a file below that stays open although this file narrows it."""
    if port.location.path != path or reach(port) not in {"loopback", "private"}:
        return None
    for other in service.ports:
        same = other.target == port.target and other.protocol == port.protocol
        if same and other.location.path != path and reach(other) == "all":
            return other
    return None


def _is_empty(node: Node | None) -> bool:
    """An empty list, mapping or nothing at all; with a tag of its own (`!reset`) it has a meaning."""
    match node:
        case YamlList(items=items, tag=tag):
            return not items and not tag
        case YamlMap(pairs=pairs, tag=tag):
            return not pairs and not tag
        case YamlScalar(tag=tag, text=text):
            return tag == "null" or (tag == "str" and not text)
    return True


def _has_content(node: Node | None) -> bool:
    return node is not None and not _is_empty(node)


def _replacements(body: YamlMap, bases: list[YamlMap], path: str) -> Iterator[tuple[Location, str]]:
    """The values of the overlay that are in force instead of a value of the base."""
    for key in _REPLACED:
        where = body.key(key)
        if where is not None and any(base.get(key) is not None for base in bases):
            yield Location(path, where.line, where.column), key
    known = {name for base in bases for name, _ in _variables(base.get("environment"))}
    for name, line in _variables(body.get("environment")):
        if name in known:
            yield Location(path, line), name


def _variables(node: Node | None) -> Iterator[tuple[str, int]]:
    if isinstance(node, YamlMap):
        yield from ((key.text, key.line) for key, _ in node.pairs)
    elif isinstance(node, YamlList):
        for item in node.items:
            if isinstance(item, YamlScalar):
                yield item.text.partition("=")[0], item.line

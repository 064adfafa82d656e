"""What Compose refuses in a merged model although every file on its own can be read."""

from __future__ import annotations

from collections.abc import Mapping

from readycheck.link.compose_model import Resource, Service
from readycheck.link.compose_shapes import Report
from readycheck.link.compose_tree import Branch

_TOP_LEVEL = frozenset(
    ("version", "name", "services", "networks", "volumes", "secrets", "configs", "include", "models")
)
_TESTS = frozenset(("CMD", "CMD-SHELL", "NONE"))


def check(
    tree: Branch,
    services: Mapping[str, Service],
    profiled: Mapping[str, Service],
    resources: Mapping[str, Mapping[str, Resource]],
    report: Report,
) -> None:
    """Report what is inconsistent among the services that would start."""
    for key, node in tree.items.items():
        if key not in _TOP_LEVEL and not key.startswith("x-"):
            report(node.location, f"unknown key {key[:60]} at the top of the file")
    declared = tree.get("services")
    for service in services.values():
        body = declared.get(service.name) if isinstance(declared, Branch) else None
        if isinstance(body, Branch):
            _check_source(service, body, report)
        _check_dependencies(service, services, profiled, body, report)
        _check_resources(service, resources, report)
        _check_targets(service, report)
    _check_cycles(services, report)
    for name, secret in resources["secrets"].items():
        if not (secret.external or secret.file or secret.environment or "content" in secret.settings):
            report(secret.location, f"secret {name} has neither a file nor an environment variable")


def _check_source(service: Service, body: Branch, report: Report) -> None:
    if not service.image and service.build is None and "provider" not in body.items:
        report(service.location, f"service {service.name} has neither an image nor a build context")
    if service.network_mode and isinstance(body.get("networks"), Branch):
        report(service.place("network_mode"), f"service {service.name} has both network_mode and networks")
    health = service.healthcheck
    if health is not None and health.test and health.test[0] not in _TESTS:
        report(health.location, "a healthcheck test must start with CMD, CMD-SHELL or NONE")
    if service.container_name and service.replicas not in ("", "0", "1"):
        report(service.place("container_name"), f"service {service.name} has a container name and several replicas")


def _check_dependencies(
    service: Service,
    services: Mapping[str, Service],
    profiled: Mapping[str, Service],
    body: object,
    report: Report,
) -> None:
    for name in service.depends_on:
        optional = isinstance(body, Branch) and body.text("depends_on", name, "required") in ("false", "no")
        if name not in services and not (name in profiled and optional):
            kind = "a service that needs a profile" if name in profiled else "an undefined service"
            report(service.place("depends_on"), f"service {service.name} depends on {kind}: {name[:60]}")


def _check_resources(service: Service, resources: Mapping[str, Mapping[str, Resource]], report: Report) -> None:
    for name in service.networks:
        if name != "default" and name not in resources["networks"]:
            report(service.place("networks"), f"service {service.name} uses an undefined network: {name[:60]}")
    for mount in service.mounts:
        if mount.kind == "volume" and mount.source and mount.source not in resources["volumes"]:
            report(mount.location, f"service {service.name} uses an undefined volume: {mount.source[:60]}")
    for section, grants in (("secrets", service.secrets), ("configs", service.configs)):
        for grant in grants:
            if grant.source not in resources[section]:
                report(grant.location, f"service {service.name} uses undefined {section}: {grant.source[:60]}")


def _check_targets(service: Service, report: Report) -> None:
    taken: set[str] = {entry.partition(":")[0] for entry in service.tmpfs}
    for mount in service.mounts:
        if mount.target in taken:
            report(mount.location, f"service {service.name} mounts two things at {mount.target[:60]}")
        taken.add(mount.target)


def _check_cycles(services: Mapping[str, Service], report: Report) -> None:
    """Report every service that (indirectly) depends on itself, without recursion."""
    done: set[str] = set()
    for start in services:
        trail: list[tuple[str, list[str]]] = [(start, list(services[start].depends_on))]
        open_names = {start}
        while trail and start not in done:
            name, waiting = trail[-1]
            if not waiting:
                trail.pop()
                open_names.discard(name)
                done.add(name)
                continue
            following = waiting.pop()
            if following in open_names:
                report(
                    services[name].place("depends_on"), f"services depend on each other in a circle: {following[:60]}"
                )
            elif following in services and following not in done:
                trail.append((following, list(services[following].depends_on)))
                open_names.add(following)

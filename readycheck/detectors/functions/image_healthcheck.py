"""Which images that production builds have no health check of their own, and no service that gives them one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.containers import Running, running_services
from readycheck.link.deployment import Unit
from readycheck.link.project import Project
from readycheck.link.services import repository
from readycheck.model import Absent, Confidence, Location, Match, Observation, Role, Subject

PLACEHOLDERS = frozenset({"image", "user"})
_SERVERS = frozenset(
    "uvicorn gunicorn hypercorn daphne uwsgi granian waitress celery dramatiq arq rq flask "
    "django-runserver fastapi".split()
)


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match at the last FROM of each image without a check, a subject for each with one."""
    found = False
    told: set[Location] = set()
    for unit, running in _built(project):
        image = unit.image
        if image is None or not image.stages:
            continue
        found = True
        check = image.healthcheck()
        if check is not None and not check.disabled:
            yield Subject(f"{unit.dockerfile} has a HEALTHCHECK", Location(unit.dockerfile, check.line))
            continue
        service = running.service if running is not None else None
        own = service.healthcheck if service is not None else None
        if service is not None and own is not None and own.test and not own.disabled:
            yield Subject(f"service {service.name} gives it a health check", own.test_location or own.location)
            continue
        place = Location(unit.dockerfile, check.line if check is not None else image.stages[0].line)
        if place in told:
            continue
        told.add(place)
        user = f"service {service.name}" if service is not None else "what runs it"
        role = running.role if running is not None else unit.role
        yield Match(
            place, {"image": unit.dockerfile, "user": user}, (), _confidence(unit), key=unit.dockerfile, role=role
        )
    if not found:
        yield Absent("production builds no image of a service from a Dockerfile of this project")


def _built(project: Project) -> Iterator[tuple[Unit, Running | None]]:
    """Units that run an image of ours: services that keep running, and servers that compose does not build."""
    services = [r for r in running_services(project) if r.unit is not None and not r.task]
    shipped = {r.unit.dockerfile for r in services if r.role is Role.PRODUCTION and r.unit is not None}
    orchestrated = any(f.kubernetes is not None and f.kubernetes.workloads for f in project.files.values())
    alone = [u for u in project.deployment.units if u.source == "dockerfile" and not orchestrated and _serves(u)]
    # What a set for laptops builds too is judged for production.
    shipped.update(unit.dockerfile for unit in alone if unit.role is Role.PRODUCTION)
    for running in services:
        if running.unit is not None and (running.role is Role.PRODUCTION or running.unit.dockerfile not in shipped):
            yield running.unit, running
    for unit in alone:
        yield unit, None


def _serves(unit: Unit) -> bool:
    exposes = unit.image is not None and bool(unit.image.exposes())
    return exposes or any(launch.server in _SERVERS and launch.task != "migrate" for launch in unit.launches)


def _confidence(unit: Unit) -> Confidence:
    """An outside image with an owner's name may bring a check; the official ones bring none."""
    base = unit.image.base if unit.image is not None else None
    name = repository(base[0]).removeprefix("library/") if base is not None and base[0] else ""
    return Confidence.HIGH if name and "/" not in name else Confidence.MEDIUM

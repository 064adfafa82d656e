"""The services production keeps running, told from tasks and from what only developers start."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.link.compose_model import ComposeModel, Service
from readycheck.link.deployment import Composition, Unit
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.services import repository, service_kinds
from readycheck.model import Absent, Location, Match, Observation, Role

_TASK_NAME = lazy(
    r"(?:^|[-_.])(?:migrat\w{0,6}|(?:db)?init\w{0,12}|setup|seed\w{0,3}|prestart|bootstrap|createdb|create-?buckets?|"
    r"makebuckets?|provision\w{0,6}|collectstatic|wait-?for\w{0,12}|wait|keygen|permissions?|fix-?perms?|chown)(?:$|[-_.\d])",
    re.IGNORECASE,
)
_TASK_COMMAND = lazy(
    r"\bmigrate\b|\balembic\s+upgrade\b|\bcollectstatic\b|\bcreatesuperuser\b|\bdb:(?:migrate|setup|prepare|seed)\b|"
    r"\bdb\s+(?:upgrade|init|migrate)\b|\bupgrade\s+head\b|\bmc\s+(?:alias|mb|config|ready)\b|\bprisma\s+(?:migrate|db)\b|"
    r"\bcreate_db\b|\bloaddata\b|\bchown\s+-R\b|^(?:/bin/)?(?:true|echo|ls|chmod|chown)\b|^(?:sh -c )?exit 0$"
)
_SERVER_COMMAND = lazy(
    r"\b(?:uvicorn|gunicorn|hypercorn|daphne|uwsgi|runserver|celery|granian|dramatiq|rq|arq|serve|server|worker|beat|"
    r"webserver|scheduler|standalone|start|dev|run\.py|main\.py|app\.py|server\.js|index\.js|nginx|"
    r"tail -f|sleep infinity)\b"
)
_TASK_IMAGE = lazy(r"(?:^|/)(?:mc|flyway|liquibase|migrate|wait-for-dependencies|wait-for-it|hello-world|dbmate)$")
_TOOL_PROFILES = frozenset(
    "tool tools cli manual admin-tools seed migrate migration migrations init setup utils util ops scripts script job "
    "jobs task tasks backup restore benchmark build builder once donotstart never".split()
)
_DEV_PROFILES = frozenset(
    "dev devel develop development debug local localdev frontend-dev storybook docs mail mailhog".split()
)
_TEST_PROFILES = frozenset("test tests testing e2e ci integration cypress playwright smoke lint".split())
_ALWAYS = frozenset({"always", "unless-stopped"})
# Helpers that carry the name of the server they help.
_HELPER = lazy(
    r"exporter|backup|dump|postgrest|insight|[-_](?:ui|web|client|cli|tools?|operator|proxy|init|sidecar|migrat\w{0,6}|agent|"
    r"commander|bouncer|viewer|restore|cleanup|webhook|plugin)\b"
)


@dataclass(frozen=True, slots=True)
class Running:
    """One compose service in one set of files.

    `role` is that of the set, or of a profile that names development or tests. `task` says why it is not meant to keep
    running ("" if it is), `kinds` what servers it is, also when its own Dockerfile builds on one.
    """

    service: Service
    composition: Composition
    unit: Unit | None
    role: Role
    task: str
    kinds: frozenset[str]


@once
def running_services(project: Project) -> Iterator[Running]:
    """Every compose service, those of production first."""
    ordered = sorted(project.deployment.compositions, key=lambda c: c.role is not Role.PRODUCTION)
    for composition in ordered:
        for service in composition.model.every_service.values():
            unit = project.unit(service)
            role = _role(service, composition.role)
            task = _task(service, composition.model)
            yield Running(service, composition, unit, role, task, kinds_of(service, unit))


def _role(service: Service, role: Role) -> Role:
    profiles = {name.lower() for name in service.profiles}
    if role is not Role.PRODUCTION or not profiles:
        return role
    if profiles <= _TEST_PROFILES:
        return Role.TEST
    return Role.DEVELOPMENT if profiles <= _DEV_PROFILES | _TEST_PROFILES else role


def _task(service: Service, model: ComposeModel) -> str:
    """Why a service ends by itself or is started by hand, "" for one that is to keep running."""
    if service.restart in _ALWAYS:
        return ""
    for other in model.every_service.values():
        if other.depends_on.get(service.name) == "service_completed_successfully":
            return f"{other.name} waits for it to complete"
    if service.replicas == "0":
        return "it has no replicas"
    if service.profiles and {name.lower() for name in service.profiles} <= _TOOL_PROFILES:
        return f"it is started by hand (profile {service.profiles[0]})"
    if service.ports or (service.healthcheck is not None and not service.healthcheck.disabled):
        return ""
    command = f"{service.entrypoint_text} {service.command_text}".strip()
    if _SERVER_COMMAND.search(command) and not _TASK_NAME.search(service.name):
        return ""
    named = _TASK_NAME.search(service.name) or _TASK_IMAGE.search(repository(service.image) if service.image else "")
    return "it is a task that ends by itself" if named or _TASK_COMMAND.search(command) else ""


def kinds_of(service: Service, unit: Unit | None) -> frozenset[str]:
    """What servers a service is: by its image, or by the image its own Dockerfile starts from."""
    seen = service
    if service.build is not None:
        base = unit.image.base if unit is not None and unit.image is not None else None
        if base is None or not base[0]:
            return frozenset()
        seen = dataclasses.replace(service, image=base[0], build=None)
    if seen.image and _HELPER.search(repository(seen.image).rpartition("/")[2]):
        return frozenset()
    return service_kinds(seen)


Judge = Callable[[Running], Iterator[Observation]]


def tiered(project: Project, judge: Judge, nothing: str = "") -> Iterator[Observation]:
    """What `judge` observes on the services, each place once: production decides, other sets are only listed.

    Of a set for development or tests only what its own files add is told, since the rest was judged with production.
    `nothing` is the reason to give when no production service is seen.
    """
    shipped = {path for c in project.deployment.compositions if c.role is Role.PRODUCTION for path in c.model.files}
    told: set[tuple[Location, str]] = set()
    found = False
    for running in running_services(project):
        production = running.role is Role.PRODUCTION
        found = found or production
        for seen in judge(running):
            if not isinstance(seen, Match):
                if production:
                    yield seen
                continue
            lower = running.composition.role is not Role.PRODUCTION and seen.location.path in shipped
            place = (seen.location, seen.key)
            if lower or place in told:
                continue
            told.add(place)
            yield dataclasses.replace(seen, role=running.role)
    if not found:
        yield Absent(nothing or "no compose file runs services in production")

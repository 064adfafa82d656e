"""Which containers run as root, privileged, or with the Docker socket in their hands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.lazily import lazy
from readycheck.facts.workloads import Security
from readycheck.link.containers import Running, tiered
from readycheck.link.project import Project
from readycheck.link.users import image_user, is_root
from readycheck.model import Absent, Location, Match, Observation, Role, Subject, Undecided

PLACEHOLDERS = frozenset({"what", "problem"})
_SOCKET = lazy(r"(?:^|/)(?:docker|podman|containerd|crio|dockershim)\.sock$")
_SOCKET_PROXY = lazy(r"socket-?proxy|docker-proxy")
_BASE = lazy(r"(?:^|/)(?:Dockerfile[._-]base|base[._-]Dockerfile)$")
_POWERFUL = frozenset({"ALL", "SYS_ADMIN", "CAP_SYS_ADMIN", "CAP_ALL"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each right that makes a container as strong as the machine, a subject for each that gives it up."""
    yield from (one for one in tiered(project, _service) if not isinstance(one, Absent))
    yield from _images(project)
    yield from _workloads(project)
    yield Absent("nothing of this project runs in containers")


def _service(running: Running) -> Iterator[Observation]:
    service, name = running.service, f"service {running.service.name}"
    if service.privileged:
        yield _match(name, "is privileged", service.place("privileged"))
    for cap in service.cap_add:
        if cap.upper() in _POWERFUL:
            yield _match(name, f"has the capability {cap}, which is as good as privileged", service.place("cap_add"))
    for mount in service.mounts:
        if mount.kind == "bind" and _SOCKET.search(mount.source):
            proxy = bool(_SOCKET_PROXY.search(service.image))
            note = "a proxy that hands out a part of the socket is the safer way to give it" if proxy else ""
            problem = f"holds {mount.source}, which is root on the machine"
            yield Match(
                mount.location, {"what": name, "problem": problem}, counts=not proxy, note=note, key=mount.source
            )
    if service.user and is_root(service.user):
        yield _match(name, f"runs as root: user {service.user}", service.place("user"))
    elif service.user:
        yield Subject(f"{service.name} runs as {service.user}", service.place("user"))


def _match(what: str, problem: str, place: Location) -> Match:
    return Match(place, {"what": what, "problem": problem}, key=problem)


def _images(project: Project) -> Iterator[Observation]:
    told: set[Location] = set()
    for unit in sorted(project.deployment.units, key=lambda u: u.role is not Role.PRODUCTION):
        if unit.service is not None and unit.service.user:
            continue
        if unit.service is None and _BASE.search(unit.dockerfile) and not _starts(project, unit.dockerfile):
            continue  # other images are made from it
        found = image_user(project, unit)
        if found is None or found.location in told:
            continue
        told.add(found.location)
        if found.state == "root":
            what = f"service {unit.name}" if unit.service is not None else "the image"
            values = {"what": what, "problem": found.said}
            yield Match(found.location, values, key="user", role=unit.role)
        elif unit.role is Role.PRODUCTION:
            yield (
                Subject(found.said, found.location) if found.state == "other" else Undecided(found.said, found.location)
            )


def _starts(project: Project, dockerfile: str) -> bool:
    """Whether the last stage of a Dockerfile says what to start."""
    facts = project.files[dockerfile].dockerfile if dockerfile in project.files else None
    stage = facts.stage() if facts is not None else None
    return stage is not None and any(stage.last(keyword) for keyword in ("CMD", "ENTRYPOINT"))


def _workloads(project: Project) -> Iterator[Observation]:
    for path, facts in project.files.items():
        for workload in facts.kubernetes.workloads if facts.kubernetes is not None else ():
            for source, line in workload.host_paths:
                if _SOCKET.search(source):
                    yield _match(
                        f"{workload.kind} {workload.name}",
                        f"holds {source}, which is root on the machine",
                        Location(path, line),
                    )
            for container in workload.containers:
                what = f"container {workload.name}/{container.name}"
                yield from _context(what, path, container.security, workload.security)


def _context(what: str, path: str, own: Security, pod: Security) -> Iterator[Observation]:
    """What the security contexts of a container and its pod say; without any the image decides."""
    if own.privileged:
        yield _match(what, "is privileged", Location(path, own.line_of("privileged")))
    chosen = own if own.run_as_user or own.run_as_non_root is not None else pod
    if chosen.run_as_user and is_root(chosen.run_as_user):
        yield _match(what, "runs as root: runAsUser 0", Location(path, chosen.line_of("runAsUser")))
    elif chosen.run_as_non_root or chosen.run_as_user:
        key = "runAsNonRoot" if chosen.run_as_non_root else "runAsUser"
        yield Subject(f"{what} does not run as root", Location(path, chosen.line_of(key)))

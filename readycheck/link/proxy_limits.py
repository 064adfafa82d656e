"""Rate limits of a proxy in front of the application: nginx and Traefik."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readycheck.facts.lazily import lazy
from readycheck.link.limit_shapes import SHARED, Limit
from readycheck.link.project import Project
from readycheck.model import Location

_LIMIT_REQ = lazy(r"^[ \t]{0,40}limit_req[ \t]+zone=", re.M)
_UNREFERENCED = "no deployment in the repository uses this file"


def proxy_limits(project: Project) -> Iterator[Limit]:
    """Each `limit_req` of nginx once a file, and Traefik's rate limit middleware."""
    for path, facts in project.files.items():
        match = _LIMIT_REQ.search(facts.text) if "limit_req" in facts.text else None
        if match is not None:
            place = Location(path, facts.text.count("\n", 0, match.start()) + 1)
            wire = used_by(project, path)
            missing = "" if wire or not project.deployment.units else _UNREFERENCED
            yield Limit("nginx limit_req", place, place, "nginx limit_req", missing, SHARED, place, (), wire)
    for _, service in project.services():
        for name in service.labels:
            if ".ratelimit." in name.lower() and name.lower().endswith("average"):
                place = service.place("labels")
                yield Limit("Traefik", place, place, "Traefik's rate limit", "", SHARED, place, (), service.name)


def used_by(project: Project, path: str) -> str:
    """What puts a configuration file in front: a mount of it or its folder, or a COPY in an image."""
    parts = path.split("/")
    names = {"/".join(parts[n:]) for n in range(len(parts))} | {"/".join(parts[:n]) for n in range(1, len(parts))}
    for _, service in project.services():
        for mount in service.mounts:
            source = (mount.source or "").removeprefix("./").strip("/")
            if source and source in names:
                return f"{service.location.path}:{service.location.line} mounts it into {service.name}"
    for unit in project.deployment.units:
        for copied in unit.image.copies() if unit.image is not None else ():
            if any(source.removeprefix("./").strip("/") in names for source in copied.sources):
                return f"{unit.dockerfile} copies it"
    return ""

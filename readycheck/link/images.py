"""Every image that is pulled, where it is named, and whether the name always means the same image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.docker_variables import expand
from readycheck.facts.dockerfile import Stage
from readycheck.facts.image import BuiltImage, stage_copies
from readycheck.facts.lazily import lazy
from readycheck.link.containers import running_services
from readycheck.link.deployment import Unit
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.roles import role_of
from readycheck.model import Location, Role, Step

_DIGEST = lazy(r"@sha256:[0-9a-f]{8,128}$", re.IGNORECASE)
_IMAGE = lazy(r"^[\w.\-:/]{1,300}(?:@\S{1,200})?$")
_VERSION = lazy(r"\d")
# Distributions name their versions, too: `bookworm` is Debian 12.
_DISTRIBUTIONS = frozenset({"debian", "ubuntu", "buildpack-deps"})
_MOVING = frozenset(
    {"stable", "testing", "unstable", "sid", "oldstable", "experimental", "rolling", "devel", "curl", "scm"}
)
# Built in the machine's own store by another step: there is nothing to pull.
_LOCAL = lazy(r"^(?:local|localbuild|build|built)$|[-_]local$")


@dataclass(frozen=True, slots=True)
class ImageUse:
    """One image that something pulls. `state` is `pinned`, `moving`, `unknown` or `own` (built here)."""

    shown: str
    state: str
    why: str
    location: Location
    role: Role
    user: str
    chain: tuple[Step, ...] = ()


@once
def image_uses(project: Project) -> Iterator[ImageUse]:
    """The images of compose services, Dockerfiles and Kubernetes workloads, those of production first."""
    yield from _of_compose(project)
    built = _built_names(project)
    for unit in sorted(project.deployment.units, key=lambda u: u.role is not Role.PRODUCTION):
        if unit.image is not None:
            yield from _of_dockerfile(unit, unit.image, built)
        if unit.container is not None and unit.container.image:
            state, why = judge(unit.container.image)
            place = Location(unit.location.path, unit.container.image_line)
            yield ImageUse(shown(unit.container.image), state, why, place, unit.role, unit.name)


def _built_names(project: Project) -> frozenset[str]:
    """The names that compose gives to what it builds."""
    services = (service for _, service in project.services(production=False))
    return frozenset(service.image for service in services if service.build is not None and service.image)


def _of_compose(project: Project) -> Iterator[ImageUse]:
    built = _built_names(project)
    for running in running_services(project):
        service = running.service
        if not service.image_raw:
            continue
        place = service.place("image")
        chain: tuple[Step, ...] = ()
        if service.build is not None or service.image in built:
            state, why = "own", "built here: this is the name it gets"
        elif service.image_missing:
            state, why = "unknown", f"the deployment sets {', '.join(service.image_missing)}"
        else:
            state, why = judge(service.image)
            if service.image_defaulted and state == "moving":
                names = ", ".join(name for name, _ in service.image_defaulted)
                chain = (Step(place.path, place.line, f"{names} falls back to its default"),)
                why = f"{why}, the default of {names}"
        name = shown(service.image if not service.image_missing else service.image_raw)
        yield ImageUse(name, state, why, place, running.role, f"service {service.name}", chain)


def _of_dockerfile(unit: Unit, image: BuiltImage, built: frozenset[str]) -> Iterator[ImageUse]:
    known = {name: setting.value for name, setting in image.dockerfile.arguments.items()}
    values = {name: value for name, value in known.items() if isinstance(value, str)}
    values.update({name: value for name, value in image.build_args.items() if name in known})
    for stage in image.used_stages():
        for raw, line in _pulled(stage):
            name = expand(raw, values) or ""
            if name.lower() == "scratch" or name in built or image.dockerfile.earlier(name, stage.index) is not None:
                continue
            place = Location(unit.dockerfile, line)
            user = f"stage {stage.name}" if stage.name else "the image"
            if not name:
                yield ImageUse(shown(raw), "unknown", "an ARG without a default decides", place, unit.role, user)
                continue
            state, why = judge(name)
            if "$" in raw and state == "moving":
                why = f"{why}, from an ARG"
            yield ImageUse(shown(name), state, why, place, _role(unit), user)


def _role(unit: Unit) -> Role:
    """What production builds is production's, whatever its file is called."""
    return unit.role if unit.role is Role.PRODUCTION or unit.source == "compose" else role_of(unit.dockerfile)


def _pulled(stage: Stage) -> Iterator[tuple[str, int]]:
    yield stage.image_raw, stage.line
    for copy in stage_copies(stage):
        source = copy.from_stage
        # A word without registry, path or tag is a stage (here or a build context), not an image.
        if source and not source.isdigit() and ("/" in source or ":" in source):
            yield source, copy.line


def judge(image: str) -> tuple[str, str]:
    """Whether an image name is `pinned` or `moving`, and what makes it move."""
    if _DIGEST.search(image):
        return "pinned", "pinned by digest"
    name, _, _ = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    if not _IMAGE.match(image) or "$" in image or image.startswith(("/", ":")):
        return "unknown", "its name cannot be read"
    if not tag:
        return "moving", "it has no tag, so it is `latest`"
    if tag == "latest" or tag.startswith("latest-") or tag.endswith("-latest"):
        return "moving", f"`{tag}` is whatever was pushed last"
    if _LOCAL.search(tag):
        return "own", "built on the machine"
    codename = name.rpartition("/")[2].partition(":")[0] in _DISTRIBUTIONS and tag.partition("-")[0] not in _MOVING
    return ("pinned", f"tag {tag}") if _VERSION.search(tag) or codename else ("moving", f"`{tag}` names no version")


def shown(image: str) -> str:
    """An image name as it is told, digests cut short."""
    name, at, digest = image.partition("@")
    return f"{name[:120]}{at}{digest[:15]}{'…' if len(digest) > 15 else ''}"  # `sha256:` and 8 digits

"""kind: compose-service. A key of compose services, on the merged and interpolated model of what production runs."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, field_validator

from readycheck.detectors.compose_keys import KEYS, known_key, read_key
from readycheck.detectors.conditions import Condition, answer
from readycheck.link.describe import describe
from readycheck.link.possible import Possible
from readycheck.link.project import Project
from readycheck.link.services import service_kinds
from readycheck.model import Absent, Location, Match, Observation, Role, Subject, Undecided


class ComposeServiceParams(Condition):
    """`kinds` (postgres, redis, ...) and `name` (globs) choose services; the condition is on `key`, without one the
    service itself matches. Keys are compose's own, dotted for what is inside: `environment.DEBUG`, `limits.memory`.
    """

    kinds: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    name: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    key: str | None = None

    @field_validator("key")
    @classmethod
    def _is_known(cls, key: str | None) -> str | None:
        if key is not None and not known_key(key):
            raise ValueError(f"not a key that can be asked for; there are {', '.join(KEYS)}")
        return key


PARAMS = ComposeServiceParams
PLACEHOLDERS = frozenset({"service", "key", "value"})


def find(project: Project, params: ComposeServiceParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each service that meets the condition; services outside production come with their role."""
    told: set[tuple[Location, str]] = set()
    found = False
    for role in (Role.PRODUCTION, None):
        for composition, service in project.services(production=role is not None):
            if not _chosen(params, service.name, service_kinds(service)):
                continue
            value, place = read_key(service, params.key) if params.key else (None, service.location)
            seen = _observe(params, service.name, value, place)
            if (place, service.name) in told:
                continue
            told.add((place, service.name))
            if composition.role is Role.PRODUCTION:
                found = True
                yield seen
            elif isinstance(seen, Match):
                yield Match(
                    seen.location, seen.values, seen.chain, seen.confidence, key=seen.key, role=composition.role
                )
    if not found:
        yield Absent(f"no compose service{' of this kind' if params.kinds or params.name else ''}")


def _chosen(params: ComposeServiceParams, name: str, kinds: frozenset[str]) -> bool:
    if params.kinds and kinds.isdisjoint(params.kinds):
        return False
    return not params.name or any(fnmatch.fnmatchcase(name, glob) for glob in params.name)


def _observe(params: ComposeServiceParams, service: str, value: Any, place: Location) -> Match | Subject | Undecided:
    key = params.key or ""
    if params.key is None:
        return Match(place, {"service": service, "key": "", "value": ""}, key=service)
    if value is None or params.condition == "missing":
        if (value is None) is (params.condition == "missing"):
            return Match(place, {"service": service, "key": key, "value": ""}, key=f"{service} {key}")
        return Subject(f"{service} {'sets no' if value is None else 'sets'} {key}", place)
    verdict = answer(params, (Possible(value),))
    if verdict.met is None:
        return Undecided(f"{key} of {service}: {verdict.reason}", place)
    shown = "a value" if key.startswith("environment.") else describe(value)
    if verdict.met:
        return Match(place, {"service": service, "key": key, "value": shown}, key=f"{service} {key}")
    return Subject(f"{service}: {key} = {shown}", place)

"""Which cross-origin policies with credentials let in every method or header."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.values import Argument, Name
from readycheck.link.cors import CALLS as CORS_CALLS
from readycheck.link.cors import CorsPolicy, cors_policies, is_star
from readycheck.link.project import Project
from readycheck.model import Absent, Confidence, Location, Match, Observation, Subject, Undecided

CALLS = CORS_CALLS
PLACEHOLDERS = frozenset({"what", "how"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each star next to credentials, a subject for each list that names what it allows."""
    found = False
    for policy in cors_policies(project):
        if policy.conditional:
            yield Undecided("whether this policy is mounted in production is not known", policy.location)
            continue
        lists = [("methods", policy.methods), ("headers", policy.headers), *_django_lists(project, policy)]
        for what, argument in lists:
            if argument is not None:
                found = True
                yield from _judged(project, policy, what, argument)
        if policy.framework == "starlette" and not policy.methods and not policy.headers:
            found = True
            yield Subject(
                "CORSMiddleware keeps its short list of methods and headers", policy.location, policy.connected_by
            )
    if not found:
        yield Absent("no cross-origin policy names methods or headers")


def _django_lists(project: Project, policy: CorsPolicy) -> Iterator[tuple[str, Argument | None]]:
    if policy.framework != "django":
        return
    for what, name in (("methods", "CORS_ALLOW_METHODS"), ("headers", "CORS_ALLOW_HEADERS")):
        for binding in project.resolver.bindings(policy.location.path, "", name):
            yield what, Argument(name, Name(name), binding.line)


def _judged(project: Project, policy: CorsPolicy, what: str, argument: Argument) -> Iterator[Observation]:
    place = Location(policy.location.path, argument.line)
    possible = project.resolver.possible(argument.value, place.path, policy.scope)
    star = next((p for p in possible if is_star(p.value)), None)
    if star is None:
        yield Subject(f"the {what} of {policy.how} are named", place, policy.connected_by)
    elif policy.credentials:
        confidence = Confidence.HIGH if star.certain else Confidence.MEDIUM
        yield Match(place, {"what": what, "how": policy.how}, star.steps, confidence, key=what)
    elif policy.credentials is None:
        yield Undecided(f"the {what} are *, and whether credentials are allowed is not known", place)
    else:
        yield Subject(f"the {what} of {policy.how} are *, without credentials", place, policy.connected_by)

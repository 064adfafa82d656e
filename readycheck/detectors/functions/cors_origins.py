"""Which named origins of cross-origin policies are local, unencrypted or null in production."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.lazily import lazy
from readycheck.facts.values import Choice, Const, Items, Opaque, Value
from readycheck.link.cors import CALLS as CORS_CALLS
from readycheck.link.cors import CorsPolicy, cors_policies, is_star
from readycheck.link.javascript_env import possible_in_javascript
from readycheck.link.project import Project
from readycheck.link.resolve import Possible
from readycheck.model import Absent, Confidence, Location, Match, Observation, Subject, Undecided

CALLS = CORS_CALLS
PLACEHOLDERS = frozenset({"how", "origin", "reason"})
# Old releases of django-cors-headers took origins without their scheme.
_LOCAL = lazy(r"(?:https?://)?(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\])(?::[\w*]+)?/?", re.I)
_PLAIN = lazy(r"http://[\w.*-]+(?::[\w*]+)?/?", re.I)
_OUTSIDE = ("set by no deployment in the repository", "comes from outside the repository")


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each bad origin, at the place it is written; a subject for each policy without one."""
    policies = [p for p in cors_policies(project) if not p.wildcard and not any(is_star(o.value) for o in p.origins)]
    for policy in policies:
        if policy.conditional:
            yield Undecided("whether this policy is mounted in production is not known", policy.location)
            continue
        yield from _judged(project, policy)
    if not policies:
        yield Absent("no cross-origin policy names origins")


def _judged(project: Project, policy: CorsPolicy) -> Iterator[Observation]:
    origins = [p for o in policy.origins for p in _resolved(project, o, policy)]
    matches = [m for found in origins for m in _matches(policy, found)]
    unsure = [m for m in matches if _conditional(project, m.location)]
    if unsure:
        yield Undecided("whether this origin is let in depends on a condition that is not known", unsure[0].location)
        return
    yield from matches
    unknown = next((p for p in origins if isinstance(p.value, Opaque) and not p.value.text.endswith(_OUTSIDE)), None)
    if not matches and policy.doubt and unknown is not None and not isinstance(policy.origins[0].value, Const):
        yield Undecided(policy.doubt, policy.location)
    elif not matches:
        outside = any(isinstance(p.value, Opaque) for p in origins)
        text = (
            "takes its origins from the environment, without a default"
            if outside
            else "names no local or unencrypted origin"
        )
        yield Subject(f"{policy.how} {text}", policy.location, policy.connected_by)


def _conditional(project: Project, place: Location) -> bool:
    """Whether what stands in this line is only done under a condition whose answer in production is not known."""
    facts = project.python.get(place.path)
    bound = [b for b in facts.bindings if b.line == place.line and b.guards] if facts is not None else []
    return any(project.resolver.holds(b.guards, place.path, b.scope) is None for b in bound)


def _resolved(project: Project, found: Possible, policy: CorsPolicy) -> Iterator[Possible]:
    if policy.location.path not in project.javascript:
        yield found
        return
    yield from possible_in_javascript(project, found.value, policy.location.path)


def _matches(policy: CorsPolicy, found: Possible) -> Iterator[Match]:
    written = [s for s in found.steps if s.line]
    place = Location(written[-1].path, written[-1].line) if written else policy.location
    confidence = Confidence.HIGH if found.certain else Confidence.MEDIUM
    for origin in dict.fromkeys(_texts(found.value)):
        reason = _reason(origin)
        if reason:
            values = {"how": policy.how, "origin": origin if reason != "is null" else "null", "reason": reason}
            yield Match(place, values, found.steps, confidence, key=origin)


def _texts(value: Value) -> Iterator[str]:
    match value:
        case Const(value=str() as text):
            yield from (part.strip(" \"'") for part in text.strip("[] ").split(","))
        case Items(items=parts) | Choice(options=parts):
            for part in parts:
                yield from _texts(part)


def _reason(origin: str) -> str:
    if _LOCAL.fullmatch(origin):
        return "is the developer's own machine"
    if origin == "null":
        return "is null"
    return "is not encrypted" if _PLAIN.fullmatch(origin) else ""

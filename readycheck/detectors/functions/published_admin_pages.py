"""Which pages for administrators answer on every network of the machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.lazily import lazy
from readycheck.link.containers import Running, tiered
from readycheck.link.exposure import ADMIN_PORTS, Opening, admin_kind, openings
from readycheck.link.project import Project
from readycheck.model import Absent, Match, Observation, Subject, Undecided

# Pages that ask for the login of a database at most, or for none.
_BEHIND_NOTHING = frozenset({"adminer", "pgadmin", "prometheus", "alertmanager", "kibana"})
_ROUTER = lazy(r"traefik\.http\.routers\.[^.]{1,80}\.rule$", re.IGNORECASE)
_GUARD = lazy(r"\.(?:basicauth|digestauth|forwardauth|ipallowlist|ipwhitelist|plugin)\.", re.IGNORECASE)
_MIDDLEWARES = lazy(r"traefik\.http\.routers\.[^.]{1,80}\.middlewares$", re.IGNORECASE)
_GUARDS = lazy(r"auth|allow|white|vpn|intern|admin|login|sso|secure|protect|restrict", re.IGNORECASE)
PLACEHOLDERS = frozenset({"page", "shown"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each open page, a subject for each that only the machine itself reaches."""
    yield from (one for one in tiered(project, _judge) if not isinstance(one, Absent))
    yield Absent("no service of production has a page for administrators")


def _routed(running: Running) -> tuple[str, str] | None:
    """The proxy that lets everyone in to a page that asks for no login of operators, and the label that says so."""
    labels = running.service.labels
    if not running.kinds & _BEHIND_NOTHING or any(_GUARD.search(name) for name in labels):
        return None
    if labels.get("traefik.enable", "true").lower() == "false":
        return None
    guarded = any(_MIDDLEWARES.match(name) and _GUARDS.search(value) for name, value in labels.items())
    rule = next((name for name in sorted(labels) if _ROUTER.match(name)), "")
    return ("Traefik", rule) if rule and not guarded else None


def _judge(running: Running) -> Iterator[Observation]:
    service = running.service
    pages = [(o, page) for o in openings(running) if (page := admin_kind(running, o))]
    for opening, page in pages:
        if opening.reach == "all":
            yield Match(opening.location, {"page": page, "shown": opening.shown}, key=opening.shown)
        elif opening.reach == "unknown":
            yield Undecided(f"the address {service.name} listens on is set by the deployment", opening.location)
        else:
            yield Subject(f"{page} listens on {opening.shown} only", opening.location)
    routed = _routed(running)
    if not pages and routed is not None:
        name, label = routed
        values = {"page": admin_kind(running, Opening("", "", "all", service.location, "")), "shown": f"by {name}"}
        yield Match(service.place("labels"), values, key=label)
    elif not pages and running.kinds & (ADMIN_PORTS.keys() - {"traefik", "kafka"}):
        yield Subject(f"{service.name} publishes no page", service.location)

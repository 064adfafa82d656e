"""Whether plain HTTP is sent to HTTPS, and whether forwarded headers are believed from the proxy alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.apps import App
from readycheck.link.https import CALLS as HTTPS_CALLS
from readycheck.link.https import Redirect, published, redirects, trusts
from readycheck.link.project import Project
from readycheck.link.starts import production_starts, starts_nothing
from readycheck.link.wiring import unused_import
from readycheck.model import Absent, Confidence, Location, Match, Observation, Subject, Undecided

CALLS = HTTPS_CALLS
PLACEHOLDERS = frozenset({"problem"})
_MIDDLEWARE = "starlette.middleware.httpsredirect.HTTPSRedirectMiddleware"


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each application that answers plain HTTP, and for each server that believes everyone's headers."""
    for trust in trusts(project, production_starts(project)):
        if trust.everyone:
            problem = f"forwarded headers are believed from every address ({trust.shown})"
            yield Match(trust.location, {"problem": problem}, key="forwarded")
        else:
            yield Subject(f"forwarded headers are believed from named addresses ({trust.shown})", trust.location)
    found = list(redirects(project))
    for redirect in found:
        if redirect.works:
            yield Subject(redirect.text, redirect.location, redirect.by)
    if not project.frameworks:
        yield Absent("no web application in this project")
    elif any(redirect.works for redirect in found):
        return
    elif any(redirect.works is None for redirect in found):
        unsure = next(r for r in found if r.works is None)
        yield Undecided(f"{unsure.text} under a condition that is not known", unsure.location)
    else:
        yield from _missing(project, [r for r in found if r.works is False])


def _missing(project: Project, off: list[Redirect]) -> Iterator[Observation]:
    """What stands in place of a redirect: one that is off, an import that is not used, or the application itself."""
    for redirect in off:
        problem = f"{redirect.text} only under a condition that does not hold in production"
        yield Match(redirect.location, {"problem": problem}, redirect.chain, key="off")
    if off:
        return
    if starts_nothing(project):
        yield Undecided("no redirect to HTTPS, and nothing in the repository says how production starts")
        return
    fronts = list(_fronts(project))
    for app in fronts:
        path = app.location.path
        line = unused_import(project, path, _MIDDLEWARE)
        if line:
            problem = "HTTPSRedirectMiddleware is imported and never added"
            yield Match(Location(path, line), {"problem": problem}, key="unused")
        else:
            problem = f"nothing sends plain HTTP to HTTPS for this {app.framework} application"
            yield Match(app.location, {"problem": problem}, confidence=Confidence.MEDIUM, key=f"app {app.name}")
    if not fronts:
        yield Undecided("no redirect to HTTPS is in the repository, and how its applications are reached is not")


def _fronts(project: Project) -> Iterator[App]:
    """The applications that clients meet: what production starts, and of a module the first."""
    started = any(app.location.path in project.entries for app in project.apps)
    seen: set[str] = set()
    for app in project.apps:
        path = app.location.path
        inside = published(project, path) is False or (project.reached and path not in project.reached)
        others = {a.location.path for a in project.apps} - {path}
        # What another application's module imports is mounted on it, or nothing that clients meet.
        mounted = path in project.modules.reachable(others)
        if inside or mounted or path in seen or (started and path not in project.entries):
            continue
        seen.add(path)
        yield app

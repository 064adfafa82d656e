"""Whether something that runs limits how often a client may ask."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.lazily import lazy
from readycheck.link.limits import CALLS as LIMIT_CALLS
from readycheck.link.limits import rate_limits
from readycheck.link.project import Project
from readycheck.link.wiring import in_production, nested_apps
from readycheck.model import Absent, Location, Match, Observation, Subject, Undecided

CALLS = LIMIT_CALLS
_OWN = lazy(r"rate_?limit|throttl|token_?bucket|leaky_?bucket", re.I)
_ROUTES = re.compile(r"(?:^|/)(?:pages/api/.+|app/(?:.+/)?route)\.[jt]sx?$")
_SERVERS = frozenset({"express", "@nestjs/core.NestFactory.create", "fastify", "koa"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """The limiters that work are the proof; the applications are what should have one."""
    for limit in rate_limits(project):
        if not limit.missing and not limit.narrow:
            yield Match(limit.location, connected_by=limit.connected_by, note=f"{limit.how} limits requests")
    own = _own(project)
    if own is not None:
        yield own
    subjects = list(_applications(project))
    yield from subjects
    route = next((p for p in sorted(project.files) if _ROUTES.search(p) and in_production(project, p)), None)
    if not subjects and route is not None:
        yield Undecided("what limits the requests to routes of Next.js is not followed", Location(route, 1))
    elif not subjects:
        yield Absent("no web application in this project")


def _own(project: Project) -> Undecided | None:
    """A limiter of the project's own that no middleware mounts: which requests pass it is not known."""
    for path, facts in project.python.items():
        if not in_production(project, path) or not project.connection(path):
            continue
        named = [(c.name, c.line) for c in facts.classes] + [(f.name, f.line) for f in facts.functions]
        for name, line in named:
            if _OWN.search(name):
                return Undecided(f"{name} may limit requests, but which ones is not known", Location(path, line))
    return None


def _applications(project: Project) -> Iterator[Subject]:
    nested = nested_apps(project)
    known = rate_limits(project)
    broken = {limit.library: limit.missing or limit.narrow for limit in known if limit.missing or limit.narrow}
    note = "".join(f"; {library} is there, but {reason}" for library, reason in broken.items())
    seen = set()
    for app in project.apps:
        if (app.location.path, app.name) in nested and app.framework != "django":
            continue
        if app.framework == "django" and app.location.path.rpartition("/")[0] in seen:
            continue
        seen.add(app.location.path.rpartition("/")[0])
        yield Subject(f"nothing limits the requests to this {app.framework} application{note}", app.location)
    for path, facts in project.javascript.items():
        for call in facts.calls if in_production(project, path) else ():
            if call.call.name in _SERVERS:
                place = Location(path, call.line, call.column)
                yield Subject(f"nothing limits the requests to this server{note}", place)

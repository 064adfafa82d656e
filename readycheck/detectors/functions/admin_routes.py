"""Which routes for administrators or accounts anybody may call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.lazily import lazy
from readycheck.facts.python import Class
from readycheck.link.project import Project
from readycheck.link.route_shapes import OPEN, PROTECTED, Route
from readycheck.link.routes import CALLS as ROUTE_CALLS
from readycheck.link.routes import routes
from readycheck.model import Absent, Match, Observation, Subject, Undecided

CALLS = ROUTE_CALLS
PLACEHOLDERS = frozenset({"method", "path"})
MAX_SUBJECTS = 40
MAX_DEPTH = 5
_ADMIN = lazy(r"^(?:admin|admins|administration|administrator|backoffice|superadmin|superuser|sysadmin)$")
_ACCOUNT = lazy(
    r"(?:reset|change|set|update)[-_]?password|password[-_]?(?:reset|change|update)|^api[-_]?keys?$|impersonate"
)
_WRITES = frozenset({"PUT", "PATCH", "DELETE"})
_PUBLIC = lazy(
    r"log-?in|sign-?in|log-?out|sign-?out|register|sign-?up|forgot|recover|confirm|verify|activate|health|callback|webhook|"
    r"csrf|captcha|ping|password[-_]?request|status$|docs|static|favicon|(?:request|send)[-_](?:password[-_]?)?reset|reset[-_]?(?:request|link|email|done|complete)"
)
_TOKEN = lazy(r"token|code|otp|uid|signature|key|secret|hash|old_?password|current_?password", re.I)


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each such route that nothing guards, a subject for each that something does."""
    subjects: list[Subject] = []
    seen = False
    for route in routes(project):
        if not _sensitive(route):
            continue
        seen = True
        if route.state is PROTECTED:
            subjects.append(Subject(f"{route.path} is behind {route.reason}", route.guard_at, route.connected_by))
        elif (doubt := _answers_a_link(project, route)) is not None:
            if doubt:
                yield Undecided(doubt, route.location)
        elif route.state is OPEN:
            method = "/".join(sorted(route.methods)) or "any method"
            yield Match(route.location, {"method": method, "path": route.path}, key=f"{method} {route.path}")
        else:
            yield Undecided(f"{route.path}: {route.reason}", route.location)
    yield from subjects[:MAX_SUBJECTS]
    if not seen:
        yield Absent("no route for administrators or accounts in code that readycheck follows")


def _sensitive(route: Route) -> bool:
    segments = [s for s in re.split(r"[/.]", route.path.lower()) if s]
    words = [*segments, route.handler.lower()]
    if any(_PUBLIC.search(w) for w in words) or (route.methods <= {"OPTIONS", "HEAD"} and route.methods):
        return False
    if any(_ADMIN.match(s) for s in segments):
        return True
    if any(_ACCOUNT.search(s) for s in segments):
        return not route.methods or route.methods != {"GET"}
    return bool(segments) and "users" in segments and bool(route.methods & _WRITES) and "me" not in segments


def _answers_a_link(project: Project, route: Route) -> str | None:
    """Whether a password route proves who is calling with what a mail brought: "" if it does, a reason if that is
    not known, None if nothing of the kind is there.
    """
    if not _ACCOUNT.search(route.path.lower()) or "admin" in route.path.lower():
        return None
    if any(_TOKEN.search(part) for part in re.findall(r"[{<:]([^}>/]{1,60})", route.path)):
        return ""
    function = route.function
    if function is None or route.framework != "fastapi":
        return f"{route.path}: whether the request proves who is calling is not known"
    if any(_TOKEN.search(p.name) for p in function.parameters):
        return ""
    for parameter in function.parameters:
        name = parameter.annotation.partition("[")[0]
        found = project.resolver.find_class(_target(project, route, name), route.location.path) if name else None
        if found is not None:
            if any(_TOKEN.search(f) for f in _fields(project, *found)):
                return ""
    return None


def _fields(project: Project, path: str, cls: Class, depth: int = 0) -> Iterator[str]:
    """The fields of a model and of what it inherits from."""
    yield from (b.name for b in project.python[path].bindings if b.scope == cls.name)
    for base in cls.bases if depth < MAX_DEPTH else ():
        parent = project.resolver.find_class(base, path)
        if parent is not None and parent[1] is not cls:
            yield from _fields(project, *parent, depth + 1)


def _target(project: Project, route: Route, name: str) -> str:
    statements = project.python[route.location.path].imports
    return next((i.target for i in statements if i.local == name), name)

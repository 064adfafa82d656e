"""kind: route. Routes that production serves, by path and method, and whether something asks who is calling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from readycheck.detectors.base import Params, Regex
from readycheck.link.project import Project
from readycheck.link.route_shapes import OPEN, PROTECTED, Route
from readycheck.link.routes import CALLS as ROUTE_CALLS
from readycheck.link.routes import routes
from readycheck.model import Absent, Match, Observation, Subject, Undecided

CALLS = ROUTE_CALLS
_METHODS = frozenset("GET POST PUT PATCH DELETE HEAD OPTIONS TRACE WEBSOCKET".split())


def _method(name: str) -> str:
    if name.upper() not in _METHODS:
        raise ValueError(f"not a method; there are {', '.join(sorted(_METHODS))}")
    return name.upper()


class RouteParams(Params):
    """`path` is a pattern searched in the whole path, `methods` narrows to routes that answer one of them.

    `access` asks for routes that are open or protected; routes that cannot be told are then undecided.
    """

    path: Regex | None = None
    methods: tuple[Annotated[str, AfterValidator(_method)], ...] = ()
    access: Literal["any", "open", "protected"] = "any"


PARAMS = RouteParams
PLACEHOLDERS = frozenset({"path", "methods", "handler", "reason"})
_STATES = {"open": OPEN, "protected": PROTECTED}


def find(project: Project, params: RouteParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each such route; the other routes of this path and method are what was looked at."""
    wanted = None if params.path is None else re.compile(params.path)
    found = False
    for route in routes(project):
        if wanted is not None and not wanted.search(route.path):
            continue
        if params.methods and route.methods and route.methods.isdisjoint(params.methods):
            continue
        found = True
        yield _observe(params, route)
    if not found:
        yield Absent("no such route" if wanted is not None or params.methods else "no route")


def _observe(params: RouteParams, route: Route) -> Observation:
    methods = ",".join(sorted(route.methods)) or "any method"
    if params.access == "any" or route.state == _STATES[params.access]:
        values = {"path": route.path, "methods": methods, "handler": route.handler, "reason": route.reason}
        key = f"{methods} {route.path} {route.handler}"
        return Match(route.location, values, connected_by=route.connected_by, note="", key=key)
    if route.state not in (OPEN, PROTECTED):
        return Undecided(f"{methods} {route.path}: {route.reason}", route.location)
    return Subject(f"{methods} {route.path} is {route.state}", route.location, route.connected_by)

"""Protective packages of Node servers, and whether the server uses them."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.lazily import lazy
from readycheck.link.control_modules import Wire
from readycheck.link.javascript_modules import unwired_modules
from readycheck.link.limits import rate_limits
from readycheck.link.project import Project
from readycheck.link.wiring import in_production
from readycheck.model import Location, Step

_CONTROLS = frozenset(
    "helmet cors express-rate-limit express-slow-down csurf csrf-csrf lusca hpp xss-clean "
    "express-mongo-sanitize koa-helmet @fastify/helmet @fastify/cors @fastify/rate-limit @fastify/csrf-protection "
    "express-brute toobusy-js".split()
)
_ENVIRONMENT = lazy(r"process\.env\.(\w+)\s*={2,3}\s*['\"]([\w-]+)['\"]")


def javascript_wires(project: Project) -> Iterator[Wire]:
    """Every protective package that a server's script imports, and every limiter it makes."""
    used = {i.module for f in project.javascript.values() for i in f.imports if i.used_lines}
    for path, facts in project.javascript.items():
        if not in_production(project, path):
            continue
        server = next((c for c in facts.calls if c.call.name in {"express", "koa", "fastify"}), None)
        for statement in facts.imports:
            if statement.module not in _CONTROLS or not statement.local:
                continue
            place = Location(path, statement.line)
            if statement.used_lines:
                yield _condition(project, path, statement.module, statement.used_lines) or Wire(
                    statement.module, Location(path, statement.used_lines[0])
                )
            elif statement.module not in used and not any(e.local == statement.local for e in facts.exports):
                chain = (Step(path, server.line, "should be mounted on this app"),) if server is not None else ()
                yield Wire(statement.module, place, "is imported and never used", "", chain)
    yield from unwired_modules(project)
    for limit in rate_limits(project):
        if limit.made.path in project.javascript and in_production(project, limit.made.path) and limit.missing:
            yield Wire(f"the {limit.library} limiter", limit.made, limit.missing)


def _condition(project: Project, path: str, module: str, lines: tuple[int, ...]) -> Wire | None:
    """A control that every use of stands under a condition on the environment, judged as the deployment sets it."""
    if module in {"cors", "@fastify/cors"}:
        return None
    around = [
        c
        for c in project.javascript[path].calls
        if c.line in lines and c.call.name.rpartition(".")[2] in {"use", "register"}
    ]
    if not around or any(not c.condition for c in around):
        return None
    place = Location(path, around[0].line, around[0].column)
    test = _ENVIRONMENT.fullmatch(around[0].condition)
    settings = project.environment.production(test[1], path) if test is not None else ()
    values = {s.value for s in settings}
    if test is None or None in values:
        return Wire(module, place, doubt=f"whether the condition around {module} holds in production is not known")
    if test[2] in values:
        return None
    if not values and not project.deployment.production():
        return Wire(module, place, doubt=f"no deployment in the repository says what {test[1]} is")
    chain = tuple(Step(s.location.path, s.location.line, f"{s.name} set by {s.source}") for s in settings)
    return Wire(module, place, f"is only mounted where {test[1]} is {test[2]}, which no deployment sets", "", chain)

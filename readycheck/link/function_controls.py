"""Protective middleware that is written as a function, as aiohttp and Django have it, and whether an app has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from readycheck.facts.lazily import lazy
from readycheck.facts.python import Function, PythonCall, PythonFacts
from readycheck.facts.values import Value
from readycheck.link.control_modules import Wire, texts_in
from readycheck.link.names import names_in
from readycheck.link.project import Project
from readycheck.link.wiring import in_production
from readycheck.model import Location, Step

_AIOHTTP = frozenset({"aiohttp.web.middleware", "aiohttp.web_middlewares.middleware"})
_APPLICATIONS = frozenset({"aiohttp.web.Application", "aiohttp.web_app.Application"})
_TAKES_APP = lazy(r"^(?:web_?)?app(?:lication)?$", re.IGNORECASE)


def function_wires(project: Project, protects: Callable[[str], object]) -> Iterator[Wire]:
    """Every middleware function of production code whose name `protects` takes for a control."""
    apps = [
        (path, call)
        for path, facts in project.python.items()
        for call in facts.calls
        if call.call.name in _APPLICATIONS and in_production(project, path)
    ]
    for path, facts in project.python.items():
        if not in_production(project, path):
            continue
        for function in facts.functions:
            if function.scope or not protects(function.name) or function.name.startswith("_"):
                continue
            if apps and _of_aiohttp(function):
                yield from _aiohttp(project, path, function, apps)
            elif "django" in project.frameworks and [p.name for p in function.parameters] == ["get_response"]:
                yield from _django(project, path, function)


def _of_aiohttp(function: Function) -> bool:
    return any(getattr(d, "dotted", "") in _AIOHTTP for d in function.decorators)


def _aiohttp(project: Project, path: str, function: Function, apps: list[tuple[str, PythonCall]]) -> Iterator[Wire]:
    for place, call in apps:
        if function.name in _last_names(call.call):
            yield Wire(function.name, Location(place, call.line, call.column))
            return
    if _handed_on(project, path, function.name) or _wired_at_home(project.python[path], path, apps):
        return
    place, call = apps[0]
    chain = (Step(place, call.line, "should be in the middlewares of this app"),)
    yield Wire(function.name, Location(path, function.line), "is defined and never added to an app", "", chain)


def _wired_at_home(facts: PythonFacts, path: str, apps: list[tuple[str, PythonCall]]) -> bool:
    """Whether its own module may mount it where nobody looks: `def setup(app): app.middlewares.append(x)`."""
    if any(_TAKES_APP.match(p.name) for f in facts.functions for p in f.parameters):
        return True
    return any(place == path and call.call.argument("middlewares") is None for place, call in apps)


def _django(project: Project, path: str, function: Function) -> Iterator[Wire]:
    settings = [m for m in project.mounts if m.how == "MIDDLEWARE"]
    mounted = next((m for m in settings if m.cls.rpartition(".")[2] == function.name), None)
    if mounted is not None:
        yield Wire(function.name, mounted.location)
    elif settings and not _handed_on(project, path, function.name):
        chain = (Step(settings[0].location.path, settings[0].location.line, "should be listed in MIDDLEWARE"),)
        yield Wire(function.name, Location(path, function.line), "is defined and never added to an app", "", chain)


def _handed_on(project: Project, path: str, name: str) -> bool:
    """Whether anything but an import without use speaks of a function."""
    for other, facts in project.python.items():
        if any(
            i.target.rpartition(".")[2] == name and (i.used_lines or other.endswith("__init__.py"))
            for i in facts.imports
            if other != path
        ):
            return True
        values = [*(b.value for b in facts.bindings), *(r for f in facts.functions for r in f.returns)]
        values += [c.call for c in facts.calls]
        values += [d for f in facts.functions for d in f.decorators]
        if any(name in _last_names(value) or name in _last_texts(value) for value in values):
            return True
    return False


def _last_names(value: Value) -> set[str]:
    return {dotted.rpartition(".")[2] for dotted in names_in(value)}


def _last_texts(value: Value) -> set[str]:
    given = [value, *(a.value for a in getattr(value, "args", ()))]
    return {text.rpartition(".")[2] for one in given for text in texts_in(one)}

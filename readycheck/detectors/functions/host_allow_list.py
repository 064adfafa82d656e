"""Which applications answer to any Host header."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.lazily import lazy
from readycheck.facts.values import Argument, Const, Items, Opaque, Value
from readycheck.link.apps import App, Mount
from readycheck.link.project import Project
from readycheck.link.resolve import Possible
from readycheck.link.wiring import condition_chain, in_production, mounts_on, nested_apps, runs, unused_import
from readycheck.model import Absent, Confidence, Location, Match, Observation, Subject, Undecided

CALLS = frozenset({"TrustedHostMiddleware"})
PLACEHOLDERS = frozenset({"what", "reason"})
_TRUSTED = "starlette.middleware.trustedhost.TrustedHostMiddleware"
_OUTSIDE = ("set by no deployment in the repository", "comes from outside the repository")
_HOST_RULE = lazy(r"\bHost\(\s*`[^`*{]+`")


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each app without a list of hosts, or with a star in it; the lists are the subjects."""
    apps = [a for a in project.apps if a.framework in {"fastapi", "starlette", "flask", "quart"}]
    nested = nested_apps(project)
    for app in apps:
        if (app.location.path, app.name) not in nested:
            yield from _on_app(project, app)
    django = list(_django(project))
    yield from django
    if not apps and not django:
        yield Absent("no application of a framework whose host check readycheck knows")


def _on_app(project: Project, app: App) -> Iterator[Observation]:
    trusted = [m for m in mounts_on(project, app) if m.cls == _TRUSTED]
    routed = _routed_by_host(project, app)
    if not trusted and (wrapped := _wrapped(project, app)) is not None:
        trusted = [wrapped]
    for mount in trusted:
        yield from _mounted(project, mount)
    if trusted:
        return
    if app.framework in {"flask", "quart"} and (line := _flask_setting(project, app)):
        yield Subject("TRUSTED_HOSTS names the hosts", Location(app.location.path, line))
    elif routed:
        yield Subject(routed, app.location)
    else:
        line = unused_import(project, app.location.path, _TRUSTED)
        reason = "TrustedHostMiddleware is imported and never added" if line else "it has no list of allowed hosts"
        values = {"what": f"the {app.framework} application", "reason": reason}
        certain = app.framework in {"fastapi", "starlette"}
        place = Location(app.location.path, line) if line else app.location
        yield Match(place, values, confidence=Confidence.HIGH if certain else Confidence.MEDIUM, key="absent")


def _mounted(project: Project, mount: Mount) -> Iterator[Observation]:
    state = runs(project, mount)
    if state is False:
        values = {
            "what": "the application",
            "reason": "the list is mounted under a condition that production does not meet",
        }
        yield Match(mount.location, values, condition_chain(project, mount), key="condition")
    elif state is None:
        yield Undecided("whether the host list is mounted in production is not known", mount.location)
    else:
        hosts = mount.argument("allowed_hosts")
        if hosts is None:
            values = {"what": "TrustedHostMiddleware", "reason": "it has no allowed_hosts, which means all"}
            yield Match(mount.location, values, key="absent")
            return
        yield from _judged(project, hosts, mount.location.path, mount.scope, "TrustedHostMiddleware")


def _judged(project: Project, hosts: Argument, path: str, scope: str, what: str) -> Iterator[Observation]:
    place = Location(path, hosts.line)
    possible = project.resolver.possible(hosts.value, path, scope)
    star = next((p for p in possible if _star(p.value)), None)
    if star is not None:
        confidence = Confidence.HIGH if star.certain else Confidence.MEDIUM
        yield Match(place, {"what": what, "reason": "* is in its list of hosts"}, star.steps, confidence, key="star")
        return
    unknown = next((p for p in possible if not _known(p)), None)
    if unknown is None:
        yield Subject(f"{what} names its hosts", place, project.connection(path))
    else:
        yield Undecided(
            getattr(unknown.value, "text", "") or "the list of hosts comes from code that is not followed", place
        )


def _known(found: Possible) -> bool:
    value = found.value
    if isinstance(value, Items):
        return True
    return isinstance(value, Const) or (isinstance(value, Opaque) and value.text.endswith(_OUTSIDE))


def _star(value: Value) -> bool:
    match value:
        case Const(value=str() as text):
            return "*" in [part.strip(" \"'") for part in text.strip("[] ").split(",")]
        case Items(items=items):
            return any(_star(item) for item in items)
    return False


def _wrapped(project: Project, app: App) -> Mount | None:
    """`app = TrustedHostMiddleware(app, allowed_hosts=[...])`."""
    for call in project.python[app.location.path].calls:
        if call.call.name.endswith("TrustedHostMiddleware"):
            place = Location(app.location.path, call.line, call.column)
            return Mount(_TRUSTED, call.call.args, place, call.scope, call.guards, "wrap", app.name)
    return None


def _flask_setting(project: Project, app: App) -> int:
    for binding in project.python[app.location.path].bindings:
        if binding.name.endswith(("[TRUSTED_HOSTS]", "trusted_hosts")) or binding.name == "TRUSTED_HOSTS":
            return binding.line
    return 0


def _routed_by_host(project: Project, app: App) -> str:
    """How a proxy in front hands only named hosts to this app, "" if none does."""
    for _, service in project.services():
        unit = project.unit(service)
        covered = unit is not None and unit.folder in {"", posixpath.dirname(app.location.path)[: len(unit.folder)]}
        rule = next((k for k, v in service.labels.items() if k.endswith(".rule") and _HOST_RULE.search(v)), "")
        if covered and rule and service.build is not None:
            return f"the proxy hands only named hosts to {service.name} ({rule})"
    return ""


def _django(project: Project) -> Iterator[Observation]:
    for path in {a.location.path: a for a in project.apps if a.framework == "django"}:
        settings = _settings_modules(project, path)
        bound = [(p, b) for p in settings for b in project.resolver.bindings(p, "", "ALLOWED_HOSTS") if not b.augments]
        bound = [(p, b) for p, b in bound if project.resolver.holds(b.guards, p) is not False]
        for module, binding in bound:
            if in_production(project, module) and not _overridden(project, module, [p for p, _ in bound]):
                argument = Argument("ALLOWED_HOSTS", binding.value, binding.line)
                if binding.value == Items(()) and not _extended(project, settings):
                    said = "ALLOWED_HOSTS is empty: Django answers to no name but that of the machine itself"
                    yield Subject(said, Location(module, binding.line), project.connection(module))
                    continue
                yield from _judged(project, argument, module, "", "ALLOWED_HOSTS")
        if not bound:
            yield Undecided(
                "ALLOWED_HOSTS is set outside of the repository: Django answers no host without it", Location(path, 0)
            )


def _extended(project: Project, settings: list[str]) -> bool:
    """Whether hosts are added to the list that one of these modules began."""
    return any(b.augments for path in settings for b in project.resolver.bindings(path, "", "ALLOWED_HOSTS"))


def _settings_modules(project: Project, path: str) -> list[str]:
    """The settings module and those of its folder that build on it."""
    folder = posixpath.dirname(path)
    return [
        p
        for p in project.python
        if p == path or (posixpath.dirname(p) == folder and path in dict(project.modules.imports(p)))
    ]


def _overridden(project: Project, module: str, others: list[str]) -> bool:
    """Whether another production settings module builds on this one and names the hosts again."""
    return any(o != module and in_production(project, o) and module in dict(project.modules.imports(o)) for o in others)

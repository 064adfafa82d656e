"""Protective controls of a Python project and the wire from each to an app that runs, or where that wire is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readycheck.facts.lazily import lazy
from readycheck.facts.python import Class, Import
from readycheck.facts.values import Const, Items
from readycheck.link.apps import Mount, canonical
from readycheck.link.control_modules import Wire, django_apps, texts_in, unimported_modules, where_to
from readycheck.link.function_controls import function_wires
from readycheck.link.limits import rate_limits
from readycheck.link.names import names_in
from readycheck.link.project import Project
from readycheck.link.wiring import condition_chain, in_production, runs
from readycheck.model import Location

_KNOWN = {
    "starlette.middleware.cors.CORSMiddleware",
    "starlette.middleware.trustedhost.TrustedHostMiddleware",
    "starlette.middleware.httpsredirect.HTTPSRedirectMiddleware",
    "starlette.middleware.authentication.AuthenticationMiddleware",
    "slowapi.middleware.SlowAPIMiddleware",
    "slowapi.middleware.SlowAPIASGIMiddleware",
    "starlette_csrf.CSRFMiddleware",
    "asgi_csrf.asgi_csrf",
    "secweb.SecWeb",
    "flask_talisman.Talisman",
    "flask_wtf.CSRFProtect",
    "flask_wtf.csrf.CSRFProtect",
    "flask_limiter.Limiter",
    "flask_seasurf.SeaSurf",
}
# What exists to be met in production alone; a cross-origin policy for development is no control.
_FOR_PRODUCTION = _KNOWN - {"starlette.middleware.cors.CORSMiddleware"}
_PROTECTS = lazy(
    r"secur|auth|csrf|xsrf|rate|limit|throttl|host|https|header|audit|monitor|waf|firewall|token|session|jwt|tenant|protect|block|guard",
    re.I,
)
_BASES = ("BaseHTTPMiddleware", "MiddlewareMixin")


def python_wires(project: Project) -> Iterator[Wire]:
    """Every control that production code mounts, imports or defines."""
    yield from function_wires(project, _PROTECTS.search)
    if not project.apps:
        return
    for mount in project.mounts:
        if in_production(project, mount.location.path) and _is_control(mount.cls):
            yield _mounted(project, mount)
    imported = list(_imported(project))
    yield from imported
    yield from _defined(project, {w.control for w in imported})
    yield from _limiters(project)
    yield from unimported_modules(project)
    yield from django_apps(project)


def _is_control(cls: str) -> bool:
    return cls in _KNOWN or (
        cls.rpartition(".")[2].endswith("Middleware") and bool(_PROTECTS.search(cls.rpartition(".")[2]))
    )


def _mounted(project: Project, mount: Mount) -> Wire:
    name = mount.cls.rpartition(".")[2]
    state = runs(project, mount)
    wanted = mount.cls in _FOR_PRODUCTION or (mount.cls not in _KNOWN and not mount.cls.startswith("django."))
    if state is True or not wanted or _mounted_elsewhere(project, mount):
        return Wire(name, mount.location, connected_by=project.connection(mount.location.path))
    chain = condition_chain(project, mount)
    if state is None and mount.cls not in _KNOWN and not _about_production(mount):
        # A feature that is switched on with its own setting, or left out of tests.
        return Wire(name, mount.location, connected_by=project.connection(mount.location.path))
    if state is None or not _deployed(project):
        return Wire(name, mount.location, doubt=f"whether the condition around {name} holds in production is not known")
    return Wire(name, mount.location, "is only added under a condition that no deployment meets", "", chain)


def _about_production(mount: Mount) -> bool:
    """Whether a condition asks for production: `if settings.is_production:`, not `if not testing:`."""
    return any(
        re.search(r"prod|environment|(?:^|[._])env$|debug", n, re.I) for g in mount.guards for n in names_in(g.test)
    )


def _deployed(project: Project) -> bool:
    """Whether the repository says how it is run; else its environment is set somewhere else."""
    return bool(project.deployment.production())


def _mounted_elsewhere(project: Project, mount: Mount) -> bool:
    return any(m is not mount and m.cls == mount.cls and runs(project, m) is True for m in project.mounts)


def _imported(project: Project) -> Iterator[Wire]:
    """Controls that a module imports and does nothing with."""
    mounted = {m.cls for m in project.mounts}
    last_mounted = {cls.rpartition(".")[2] for cls in mounted}
    for path, facts in project.python.items():
        if not in_production(project, path) or path.endswith("__init__.py"):
            continue
        for statement in facts.imports:
            if statement.used_lines or statement.guarded:
                continue
            target = canonical(statement.target)
            name = statement.target.rpartition(".")[2]
            if target in mounted or name in last_mounted:
                continue
            known = target in _KNOWN or _own_middleware(project, statement, path)
            if not known or _reexported(project, path, statement):
                continue
            yield Wire(
                name,
                Location(path, statement.line),
                "is imported and never added to the app",
                "",
                where_to(project, path),
            )


def _own_middleware(project: Project, statement: Import, path: str) -> bool:
    found = project.resolver.find_class(statement.target, path)
    return found is not None and _is_middleware(project, *found)


def _is_middleware(project: Project, path: str, cls: Class) -> bool:
    """A class that an app can mount: by its base, or by its name and the method that is called for each request."""
    if any(base.rpartition(".")[2] in _BASES for base in cls.bases):
        return True
    methods = {f.name for f in project.python[path].functions if f.scope == cls.name}
    return cls.name.endswith("Middleware") and bool(
        methods & {"dispatch", "__call__", "process_request", "process_view"}
    )


def _reexported(project: Project, path: str, statement: Import) -> bool:
    facts = project.python[path]
    for binding in facts.bindings:
        if (
            binding.name == "__all__"
            and isinstance(binding.value, Items)
            and Const(statement.local) in binding.value.items
        ):
            return True
    return any(
        i.local == statement.local or i.target == f"{facts.module}.{statement.local}"
        for p, other in project.python.items()
        if p != path
        for i in other.imports
        if i.target.startswith(f"{facts.module}.")
    )


def _defined(project: Project, already: set[str]) -> Iterator[Wire]:
    """Middleware of the project's own that nothing mounts, inherits or names."""
    if any(m.cls == "" for m in project.mounts if m.how == "MIDDLEWARE"):
        return
    for path, facts in project.python.items():
        if not in_production(project, path):
            continue
        for cls in facts.classes:
            if (
                cls.scope
                or cls.name in already
                or not _PROTECTS.search(cls.name)
                or not _is_middleware(project, path, cls)
            ):
                continue
            if cls.name.startswith(("Base", "_", "Abstract")) or _named_somewhere(project, path, cls.name):
                continue
            yield Wire(
                cls.name, Location(path, cls.line), "is defined and never added to an app", "", where_to(project, path)
            )


def _named_somewhere(project: Project, path: str, name: str) -> bool:
    """Whether anything but an import without use speaks of a class: a mount, a base, a wrap, a string of settings."""
    if any(m.cls.rpartition(".")[2] == name for m in project.mounts):
        return True
    for other, facts in project.python.items():
        if any(base.rpartition(".")[2] == name for c in facts.classes for base in c.bases):
            return True
        if any(
            i.target.rpartition(".")[2] == name and (i.used_lines or other.endswith("__init__.py"))
            for i in facts.imports
            if other != path
        ):
            return True
        for binding in facts.bindings:
            if any(text.rpartition(".")[2] == name for text in (*names_in(binding.value), *texts_in(binding.value))):
                return True
        for call in facts.calls:
            if call.call.name.rpartition(".")[2] == name or name in {t.rpartition(".")[2] for t in names_in(call.call)}:
                return True
    return False


def _limiters(project: Project) -> Iterator[Wire]:
    for limit in rate_limits(project):
        if in_production(project, limit.made.path) and limit.made.path in project.python and limit.missing:
            yield Wire(
                f"the {limit.library} limiter",
                limit.made,
                f"limits nothing: {limit.missing}",
                "",
                where_to(project, limit.made.path),
            )

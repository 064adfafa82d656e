"""Modules of protection that nothing imports, and Django apps without their middleware."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.values import Const, Items
from readycheck.link.project import Project
from readycheck.link.wiring import in_production
from readycheck.model import Location, Step

_MODULE = lazy(
    r"(?:^|/)(?:security|security_headers|security_middleware|rate_?limit(?:er|ing|s)?|limiter|throttling|throttle|csrf|auth_middleware|"
    r"security_monitoring|hardening|waf|brute_?force|ip_filter|input_validation|sanitiz(?:er|ation))\.py$"
)
_DJANGO = {
    "corsheaders": "corsheaders.middleware.CorsMiddleware",
    "csp": "csp.middleware.CSPMiddleware",
    "axes": "axes.middleware.AxesMiddleware",
    "defender": "defender.middleware.FailedLoginMiddleware",
    "django_otp": "django_otp.middleware.OTPMiddleware",
    "django.contrib.sessions": "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth": "django.contrib.auth.middleware.AuthenticationMiddleware",
}


@dataclass(frozen=True, slots=True)
class Wire:
    """One control: `missing` says what the wire to the app lacks, "" if it is whole; `doubt` why that is not known."""

    control: str
    location: Location
    missing: str = ""
    doubt: str = ""
    chain: tuple[Step, ...] = ()
    connected_by: str = ""
    certain: bool = True


def where_to(project: Project, path: str) -> tuple[Step, ...]:
    """The app it should be added to: of this module, else the first that there is."""
    app = next((a for a in project.apps if a.location.path == path), project.apps[0])
    if app.framework == "django":
        return (Step(app.location.path, app.location.line, "should be listed in MIDDLEWARE"),)
    return (Step(app.location.path, app.location.line, f"should be added to {app.name or 'this app'}"),)


def texts_in(value: object) -> Iterator[str]:
    """The strings in a list or a lone string."""
    if isinstance(value, Const) and isinstance(value.value, str):
        yield value.value
    for item in getattr(value, "items", ()) if isinstance(value, Items) else ():
        yield from texts_in(item)


def unimported_modules(project: Project) -> Iterator[Wire]:
    """Modules of protection that no other module imports."""
    if "django" in project.frameworks:
        return
    own = {part for p in project.python for part in p.removesuffix(".py").split("/")}
    targets = (i.target for f in project.python.values() for i in f.imports)
    imported = {part for target in targets if target.partition(".")[0] in own for part in target.split(".")}
    for path, facts in project.python.items():
        if not _MODULE.search(path) or not in_production(project, path) or path in project.entries:
            continue
        stem = path.rpartition("/")[2].removesuffix(".py")
        holds = [*facts.functions, *facts.classes]
        if holds and stem not in imported and path not in project.reached and not facts.problem:
            yield Wire(path, Location(path, 1), "is imported by no module", "", where_to(project, path))


def django_apps(project: Project) -> Iterator[Wire]:
    """Apps that only work through a middleware, installed without it."""
    mounted = {m.cls for m in project.mounts if m.how == "MIDDLEWARE"}
    if not mounted or not any(cls.startswith("django.") for cls in mounted):
        return
    for path, facts in project.python.items():
        for binding in facts.bindings:
            if binding.name != "INSTALLED_APPS" or binding.scope or not in_production(project, path):
                continue
            for app in texts_in(binding.value):
                needed = _DJANGO.get(app)
                if needed and needed not in mounted:
                    lines = [
                        Step(m.location.path, m.location.line, f"should list {needed}")
                        for m in project.mounts
                        if m.how == "MIDDLEWARE"
                    ]
                    yield Wire(
                        app,
                        Location(path, binding.line),
                        f"is installed, and {needed} is not in MIDDLEWARE",
                        "",
                        tuple(lines[:1]),
                    )

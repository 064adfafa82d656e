"""What sends plain HTTP to HTTPS, in applications and in proxies before them, and whose headers are believed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.values import Const, Items, Name, Value
from readycheck.link.apps import CALLS as APP_CALLS
from readycheck.link.debug import django_settings
from readycheck.link.environment import EnvSetting
from readycheck.link.names import names_in
from readycheck.link.once import once
from readycheck.link.possible import truth
from readycheck.link.project import Project
from readycheck.link.starts import Start
from readycheck.link.wiring import condition_chain, runs
from readycheck.model import Location, Role, Step

# Last segments of call names that extraction must record for this module.
CALLS = APP_CALLS | {"Talisman", "SSLify", "run"}
_REDIRECTS = frozenset(
    "starlette.middleware.httpsredirect.HTTPSRedirectMiddleware flask_talisman.Talisman "
    "flask_talisman.talisman.Talisman flask_sslify.SSLify talisman.Talisman".split()
)
_NGINX = lazy(
    r"^[ \t]{0,40}(?:return[ \t]{1,8}30[18][ \t]{1,8}[\"']?https://|rewrite[ \t][^;\n]{1,120}https://[^;\n]{0,120}permanent)",
    re.M,
)
_LISTENS = lazy(r"^[ \t]{0,40}listen[ \t]{1,8}\S{0,60}80\b", re.M)
_LABEL = lazy(r"redirectscheme\.scheme$|redirections\.entrypoint\.scheme$", re.IGNORECASE)
_FLAG = lazy(r"entrypoints\.\w{1,40}\.http\.redirections\.entrypoint\.(?:to|scheme)", re.IGNORECASE)
_SSL_REDIRECT = Name("SECURE_SSL_REDIRECT")
_ALLOW = "forwarded-allow-ips"


@dataclass(frozen=True, slots=True)
class Redirect:
    """One thing that redirects to HTTPS. `works` is None where its condition is not known."""

    text: str
    location: Location
    works: bool | None = True
    chain: tuple[Step, ...] = ()
    by: str = "application"


@dataclass(frozen=True, slots=True)
class Trust:
    """One place that says whose forwarded headers are believed; `everyone` is the defect."""

    everyone: bool
    location: Location
    shown: str


@once
def redirects(project: Project) -> Iterator[Redirect]:
    """Everything that redirects to HTTPS, on in production or not."""
    for mount in project.mounts:
        if mount.cls in _REDIRECTS and project.role(mount.location.path) is Role.PRODUCTION:
            works = runs(project, mount)
            forced = mount.argument("force_https")
            if forced is not None and works is not False:
                works = _truth(project, forced.value, mount.location.path, mount.scope)
            yield Redirect(
                f"{mount.cls.rpartition('.')[2]} is mounted", mount.location, works, condition_chain(project, mount)
            )
            if works:
                yield from _switches(project, [n for g in mount.guards for n in names_in(g.test)])
    for path, facts in project.python.items():
        for call in facts.calls:
            given = call.call.args[:1]
            # Without an application it does nothing yet: `init_app` is what mounts it.
            applied = bool(given) and given[0].name in {None, "app"} and "Middleware" not in call.call.name
            if call.call.name in _REDIRECTS and applied and project.role(path) is Role.PRODUCTION:
                forced = call.call.argument("force_https")
                works = None if forced is None else _truth(project, forced.value, path, call.scope)
                works = True if forced is None else works
                yield Redirect(f"{call.call.name.rpartition('.')[2]} forces HTTPS", Location(path, call.line), works)
    yield from _django(project)
    yield from _proxies(project)


def _switches(project: Project, names: list[str]) -> Iterator[Redirect]:
    """The places where a deployment sets the switch under which a redirect is mounted."""
    for name in dict.fromkeys(n.rpartition(".")[2].upper() for n in names):
        for setting in project.environment.all(name):
            if setting.role is Role.PRODUCTION and setting.value is not None:
                on = setting.value.strip().lower() not in {"", "0", "false", "no", "off"}
                if on:
                    yield Redirect(f"{name} is {setting.value}, set by {setting.source}", setting.location)


def _truth(project: Project, value: Value, path: str, scope: str = "") -> bool | None:
    answers = {truth(p.value) for p in project.resolver.possible(value, path, scope)}
    return answers.pop() if len(answers) == 1 else None


def _django(project: Project) -> Iterator[Redirect]:
    for path, steps in django_settings(project):
        for possible in project.resolver.possible(_SSL_REDIRECT, path):
            first = next((s for s in possible.steps if s.line and s.text.startswith("SECURE_SSL_REDIRECT")), None)
            if first is not None:
                works = truth(possible.value)
                place = Location(first.path, first.line)
                yield Redirect("SECURE_SSL_REDIRECT", place, works, (*steps, *possible.steps))


def _proxies(project: Project) -> Iterator[Redirect]:
    """nginx, Traefik and Caddy before the applications."""
    nginx = [
        (path, facts.text)
        for path, facts in project.files.items()
        if facts.text and "nginx" in path.lower() and project.role(path) is Role.PRODUCTION and "server" in facts.text
    ]
    # Beside a configuration that answers plain HTTP it is not known which of the two is in force.
    plain = any(_LISTENS.search(text) and not _NGINX.search(text) and "ssl" not in text for _, text in nginx)
    for path, text in nginx:
        found = _NGINX.search(text)
        if found:
            place = Location(path, text.count("\n", 0, found.start()) + 1)
            yield Redirect("nginx redirects to https", place, None if plain else True, by="proxy")
    for _, service in project.services():
        for name, value in service.labels.items():
            if _LABEL.search(name) and value == "https":
                yield Redirect("Traefik redirects to https", service.place("labels"), by="proxy")
        command = " ".join(service.command or ()) or service.command_text
        if _FLAG.search(command):
            yield Redirect("Traefik redirects to https", service.place("command"), by="proxy")
        if service.image.partition(":")[0].endswith("caddy"):
            yield Redirect("Caddy redirects to https by itself", service.location, by="proxy")
    for path, facts in project.files.items():
        for resource in facts.kubernetes.others if facts.kubernetes is not None else ():
            if (
                resource.kind == "Ingress"
                and resource.traits.get("tls") == "yes"
                and project.role(path) is Role.PRODUCTION
            ):
                yield Redirect(
                    "the Ingress has TLS, and its controller redirects by default",
                    Location(path, resource.line),
                    by="proxy",
                )


def trusts(project: Project, starts: tuple[Start, ...]) -> Iterator[Trust]:
    """Every place that names the addresses whose forwarded headers are believed."""
    for setting in project.environment.all("FORWARDED_ALLOW_IPS"):
        if setting.role is Role.PRODUCTION and setting.value is not None:
            yield _trust(setting)
    for start in starts:
        flags = start.launch.raw_flags
        for at, flag in enumerate(flags):
            name, _, value = flag.partition("=")
            if name.lstrip("-") == _ALLOW:
                value = value or (flags[at + 1] if at + 1 < len(flags) else "")
                yield Trust(value.strip("'\"") == "*", start.location, f"--{_ALLOW} {value}")
    for path, facts in project.python.items():
        if path.rpartition("/")[2].startswith("gunicorn") and project.role(path) is Role.PRODUCTION:
            for binding in facts.bindings:
                if binding.name == "forwarded_allow_ips":
                    yield Trust(_is_star(binding.value), Location(path, binding.line), "forwarded_allow_ips")
        for call in facts.calls:
            argument = call.call.argument("forwarded_allow_ips")
            if (
                call.call.name == "uvicorn.run"
                and argument is not None
                and (path in project.entries or not call.guards)
            ):
                yield Trust(_is_star(argument.value), Location(path, argument.line), "forwarded_allow_ips")


def _trust(setting: EnvSetting) -> Trust:
    return Trust((setting.value or "").strip() == "*", setting.location, f"FORWARDED_ALLOW_IPS={setting.value}")


def _is_star(value: Value) -> bool:
    match value:
        case Const(value="*"):
            return True
        case Items(items=items):
            return any(_is_star(item) for item in items)
    return False


def published(project: Project, path: str) -> bool | None:
    """Whether the service that runs a module opens a port on the host; None when no compose service runs it."""
    owners = [u for u in project.deployment.production() if u.service is not None and u.image is not None]
    owners = [u for u in owners if not u.folder or path.startswith(f"{u.folder}/")]
    if not owners:
        return None
    nearest = max(len(u.folder) for u in owners)
    return any(u.service.ports for u in owners if len(u.folder) == nearest and u.service is not None)

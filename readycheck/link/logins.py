"""With which login each server of a compose file starts: one of its own, one everybody knows, or none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.link.compose_model import EnvVar
from readycheck.link.containers import Running
from readycheck.link.exposure import openings
from readycheck.link.login_table import SERVERS, Server, is_known, is_true
from readycheck.link.mounted import mounted
from readycheck.link.open_stores import redis_access
from readycheck.link.project import Project
from readycheck.model import Location, Step

_DEMANDS = {"mongodb": lazy(r"--auth\b|--keyFile\b|--config\b|-f\s")}
_CREATED_USER = lazy(r"\busers\s+create\b[^&|;]*?(?:--password|-p)[= ]+[\"']?([^\s\"']+)")
_LOGIN_URL = lazy(r"[\w+.-]{1,40}://[^:/@\s]{0,100}:([^@/\s]{1,200})@([\w.-]{1,100})(?:[:/?]|$)")
_OLD_ELASTIC = lazy(r"elasticsearch[\w.-]*:[1-7]\.")
# The last releases before the official image began to demand a password; tags without a patch were built again later.
_OLD_POSTGRES = lazy(
    r"(?:^|/)postgres:(?:9\.[0-3]\.\d{1,2}|9\.4\.(?:1?\d|2[0-5])|9\.5\.(?:1?\d|20)|9\.6\.(?:\d|1[0-5])|10\.(?:\d|10)|"
    r"11\.[0-5]|12\.0)(?:$|[-@])"
)


@dataclass(frozen=True, slots=True)
class Login:
    """`state` is `default` (everybody knows it), `open` (none is asked for), `own` or `unknown`.

    `reachable` says whether more than the containers of its own network can try it.
    """

    label: str
    state: str
    said: str
    location: Location
    reachable: bool = True
    chain: tuple[Step, ...] = ()


def logins(project: Project, running: Running) -> Iterator[Login]:
    """The logins of one service."""
    reachable = _reachable(running)
    for kind in sorted(running.kinds & SERVERS.keys()):
        yield from _server(project, running, kind, reachable)
    if "redis" in running.kinds:
        found = redis_access(project, running)
        state = {"password": "own", "open": "open", "unknown": "unknown"}[found.state]
        yield Login("Redis", state, found.said, found.location, reachable)
    yield from _switches(running)
    command = f"{running.service.entrypoint_text} {running.service.command_text}"
    created = _CREATED_USER.search(command)
    if created is not None and is_known(SERVERS["airflow"], created[1]):
        yield Login(
            "Airflow",
            "default",
            "its command makes a user with a password everybody knows",
            running.service.place("command"),
        )


def _switches(running: Running) -> Iterator[Login]:
    """Switches that open a server which is not recognised as one."""
    for name, variable in running.service.environment.items():
        value = variable.value or ""
        trust = name == "POSTGRES_HOST_AUTH_METHOD" and value.lower() == "trust"
        if (trust and "postgres" not in running.kinds) or (
            "ALLOW_EMPTY_" in name and "PASSWORD" in name and is_true(value) and not running.kinds
        ):
            yield Login(running.service.name, "open", f"{name} lets everybody in", variable.location)


def _reachable(running: Running) -> bool:
    """Whether a port is open to others than the machine itself, or a proxy in front may hand requests on."""
    if any(o.reach in {"all", "unknown"} for o in openings(running)):
        return True
    return any(key.startswith("traefik.") and not key.endswith(".enable") for key in running.service.labels)


def _server(project: Project, running: Running, kind: str, reachable: bool) -> Iterator[Login]:
    server, environment = SERVERS[kind], running.service.environment
    off = next(
        (v for n, values in server.off.items() if (v := environment.get(n)) and (v.value or "").lower() in values), None
    )
    if off is not None:
        yield Login(server.label, "open", f"{off.name} lets everybody in", off.location)
        return
    found = [v for name in server.passwords for v in _given(environment, name)]
    for variable in found:
        yield _password(server, variable, environment)
    if not found:
        yield from _without(project, running, kind, reachable)


def _given(environment: Mapping[str, EnvVar], name: str) -> Iterator[EnvVar]:
    for spelled in (name, f"{name}_FILE", f"{name}__FILE"):
        variable = environment.get(spelled)
        if variable is not None:
            yield variable


def _password(server: Server, variable: EnvVar, environment: Mapping[str, EnvVar]) -> Login:
    name, value = variable.name, variable.value
    if name.endswith("_FILE"):
        return Login(server.label, "own", f"{name} names a file", variable.location)
    if value is None or variable.missing or not value:
        return Login(server.label, "own", f"{name} is set by the deployment", variable.location)
    chain: tuple[Step, ...] = ()
    how = ""
    if variable.defaulted:
        how = f", the fallback of {variable.defaulted[0][0]}"
        chain = (Step(variable.location.path, variable.location.line, f"{variable.defaulted[0][0]} falls back to it"),)
    elif "$" in variable.raw:
        how = ", from the .env file"
    if is_known(server, value):
        return Login(
            server.label,
            "default",
            f"{name} is a password that everybody tries first{how}",
            variable.location,
            True,
            chain,
        )
    users = {v.value for n in server.users if (v := environment.get(n)) is not None}
    if value in users:
        return Login(
            server.label, "default", f"{name} is the name of one of its users{how}", variable.location, True, chain
        )
    return Login(server.label, "own", f"{name} is its own", variable.location)


def _without(project: Project, running: Running, kind: str, reachable: bool) -> Iterator[Login]:
    """A server whose password no variable sets."""
    server, service = SERVERS[kind], running.service
    if server.config:
        for file in mounted(project, running, server.config):
            setting = re.search(server.setting, file.text, re.MULTILINE) if file.text and server.setting else None
            if file.text is not None and setting is not None:
                known = is_known(server, setting[1])
                place = Location(file.source, file.text.count("\n", 0, setting.start(1)) + 1)
                said = "its password is one that everybody tries first" if known else "its password is its own"
                yield Login(server.label, "default" if known else "own", said, place)
                return
            if file.text is None:
                yield Login(
                    server.label, "unknown", f"{file.source or file.target} decides, and was not read", file.location
                )
                return
    command = f"{service.entrypoint_text} {service.command_text}"
    demands = _DEMANDS.get(kind)
    if demands is not None and demands.search(command):
        yield Login(server.label, "own", "its command demands a login", service.place("command"))
    elif (outside := next((use for use in service.env_files if use.required and not use.exists), None)) is not None:
        if (shown := _shown_by_clients(running, server)) is not None:
            said = f"the URL in {shown.name} has a password that everybody tries first"
            yield Login(server.label, "default", said, shown.location, reachable)
            return
        # Without a password it does not start, so that the file has one.
        state, said = ("unknown", "decides") if server.unset else ("own", "gives its password")
        yield Login(server.label, state, f"an env file that is not in the repository {said}", outside.location)
    elif any(name in service.environment for name in server.ready):
        yield Login(server.label, "own", "its login is switched off or set elsewhere", service.location)
    elif kind == "elasticsearch" and _OLD_ELASTIC.search(service.image):
        yield Login(
            server.label, "open", "versions before 8 ask for no login unless told to", service.location, reachable
        )
    elif kind == "postgres" and _OLD_POSTGRES.search(_base_image(running)):
        if not _built_with(running, server.passwords):
            said = "versions before 2020 let everybody in where no password is set"
            yield Login(server.label, "open", said, service.location, reachable)
    elif server.unset == "default":
        yield Login(
            server.label,
            "default",
            "no password is set, so that it starts with its well-known login",
            service.location,
            reachable,
        )
    elif server.unset == "open":
        yield Login(server.label, "open", "no login is set, so that it asks for none", service.location, reachable)


def _shown_by_clients(running: Running, server: Server) -> EnvVar | None:
    """The variable of a neighbour whose URL tells that the password of this server is a known one."""
    names = {running.service.name, running.service.container_name, running.service.hostname} - {""}
    for neighbour in running.composition.model.services.values():
        for variable in neighbour.environment.values():
            found = _LOGIN_URL.match(variable.value or "")
            if found is not None and found[2] in names and is_known(server, found[1]):
                return variable
    return None


def _base_image(running: Running) -> str:
    """The image a service runs, or the one that its own Dockerfile starts from."""
    base = running.unit.image.base if running.unit is not None and running.unit.image is not None else None
    return base[0] if base is not None else running.service.image


def _built_with(running: Running, names: tuple[str, ...]) -> bool:
    """Whether the Dockerfile of a service sets one of these variables."""
    image = running.unit.image if running.unit is not None else None
    return image is not None and not image.env().keys().isdisjoint(names)

"""Every secret that compose files hand to a container, and how: a literal, a fallback, a variable, a secret file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.secret_names import name_class
from readycheck.facts.secret_shape import classify
from readycheck.facts.sensitive import is_secret_name
from readycheck.facts.yaml_tree import Node, YamlList, YamlMap, YamlScalar
from readycheck.link.compose_model import EnvVar
from readycheck.link.containers import Running
from readycheck.link.project import Project
from readycheck.model import Location

_FALLBACK = lazy(r"\$\{(\w{1,200}):?-([^${}]{1,400})\}")
_VARIABLE = lazy(r"(?<!\$)\$(?:\w|\{\w)")
_READ = lazy(r"(?<!\$)\$\{?(\w{1,200})")
_URL_LOGIN = lazy(r"^[a-z][a-z0-9+.\-]{1,40}://[^\s:/@]{0,200}:(?P<password>[^\s/@$]{1,300})@", re.IGNORECASE)
_GLUED = lazy(r"(?:db|root|user|admin|mail|smtp)pass$|(?:^|_)(?:redis|neo4j|valkey)_auth$", re.IGNORECASE)
_REDIS_LITERAL = lazy(r"--requirepass[= ]{1,4}[\"']?([^\s\"'$-][^\s\"'$]{0,200})")
_REDIS_FALLBACK = lazy(r"--requirepass[= ]{1,4}[\"']?\$\{(\w{1,200}):?-[^${}]{1,400}\}")
_FILE_NAME = lazy(r"_FILE$")
# What stands under a secret's name without being one: switches, paths, sizes, modes.
_NO_SECRETS = frozenset(
    {"", "true", "false", "yes", "no", "on", "off", "none", "null", "0", "1", "md5", "scram-sha-256"}
)


@dataclass(frozen=True, slots=True)
class SecretUse:
    """One secret of one service. `how` is `literal`, `fallback`, `url literal`, `variable`, `file` or `grant`.

    `variable` is the compose variable behind it. The value itself is never kept.
    """

    name: str
    how: str
    location: Location
    variable: str = ""


def is_secret(name: str) -> bool:
    """Whether a secret stands under this name."""
    named = name_class(name)
    return named.sure or _GLUED.search(name) is not None or (bool(named.kind) and is_secret_name(name))


def secret_uses(project: Project, running: Running) -> Iterator[SecretUse]:
    """The secrets in environment, build arguments, command and health check of a service, and those granted to it."""
    service = running.service
    for variable in service.environment.values():
        if variable.origin == "environment":
            yield from _of_variable(variable)
    for argument in service.build.args.values() if service.build is not None else ():
        yield from _of_variable(argument)
    for grant in service.secrets:
        yield SecretUse(grant.source, "grant", grant.location)
    for key in ("command", "entrypoint", "healthcheck", "labels"):
        yield from _of_text(project, running, key)


def _of_text(project: Project, running: Running, key: str) -> Iterator[SecretUse]:
    """Secrets inside a command or the like, one word a line or all in one."""
    before = ""
    for scalar, path in _written(project, running, key):
        place = Location(path, scalar.line, scalar.column)
        # In a list the option and its value are two words.
        text = f"--requirepass {scalar.text}" if before == "--requirepass" else scalar.text
        before = scalar.text
        names = [*_fallbacks(text), *(found[1] for found in _REDIS_FALLBACK.finditer(text))]
        for name in dict.fromkeys(names):
            yield SecretUse(name, "fallback", place, name)
        if key != "labels" and _REDIS_LITERAL.search(text):
            yield SecretUse("--requirepass", "literal", place)


def _of_variable(variable: EnvVar) -> Iterator[SecretUse]:
    name, raw, place = variable.name, variable.raw, variable.location
    if _FILE_NAME.search(name):
        if is_secret(name.removesuffix("_FILE").rstrip("_")):
            yield SecretUse(name, "file", place)
        return
    fallbacks = list(dict.fromkeys(_fallbacks(raw, is_secret(name))))
    for compose_variable in fallbacks:
        yield SecretUse(name, "fallback", place, compose_variable)
    if fallbacks:
        return
    login = _URL_LOGIN.match(raw)
    if login is not None and _is_value(login["password"], "url"):
        yield SecretUse(name, "url literal", place)
    elif _VARIABLE.search(raw) or not raw:
        read = _READ.search(raw)
        secret = is_secret(name) or any(is_secret(found) for found in _READ.findall(raw))
        if secret:
            yield SecretUse(name, "variable", place, read[1] if read is not None else name)
    elif is_secret(name) and _is_value(raw, "env", name):
        yield SecretUse(name, "literal", place)


def _fallbacks(raw: str, secret: bool = False) -> Iterator[str]:
    """The variables of a text whose fallback is a secret, by their own name or by what they are put into."""
    url = "://" in raw and "@" in raw
    whole = _FALLBACK.fullmatch(raw.strip()) is not None
    for found in _FALLBACK.finditer(raw):
        name, fallback = found[1], found[2]
        if _FILE_NAME.search(name) or not (is_secret(name) or (secret and whole)):
            login = url and whole and _URL_LOGIN.match(fallback)
            if not (login and _is_value(login["password"], "url")):
                continue
        if _is_value(fallback, "env", name if is_secret(name) else "password"):
            yield name


def _is_value(text: str, context: str, name: str = "password") -> bool:
    """Whether a text would be taken as the secret: anything but a switch, a path or a template to be filled in."""
    if text.strip().lower() in _NO_SECRETS or "{{" in text or "<" in text[:1]:
        return False
    if text.startswith(("/run/", "/etc/", "/var/", "./", "../")) or "BEGIN PUBLIC" in text:
        return False
    shape = classify(name, text, path="compose.yaml", context="env")
    return shape.kind not in {"reference"} and (
        context == "url" or shape.kind != "not_a_secret" or len(text) < 40
    )  # long prose


def _written(project: Project, running: Running, key: str) -> Iterator[tuple[YamlScalar, str]]:
    """The scalars that a key of the service holds in the file it was last set in."""
    place = running.service.lines.get(key)
    facts = project.files.get(place.path) if place is not None else None
    if place is None or facts is None or facts.compose is None:
        return
    body = facts.compose.service(running.service.name)
    node = body.get(key) if body is not None else None
    for scalar in _scalars(node, 6):
        yield scalar, place.path


def _scalars(node: Node | None, depth: int) -> Iterator[YamlScalar]:
    if isinstance(node, YamlScalar):
        yield node
    elif depth and isinstance(node, YamlList):
        for item in node.items:
            yield from _scalars(item, depth - 1)
    elif depth and isinstance(node, YamlMap):
        for _, value in node.pairs:
            yield from _scalars(value, depth - 1)

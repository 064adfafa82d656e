"""The keys of a compose service that rules may ask for, each as a value with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from readycheck.facts.values import Const, Items, Opaque, Value
from readycheck.link.compose_model import EnvVar, Limits, Service
from readycheck.model import Location

Found = tuple[Value | None, Location]


def _texts(texts: Iterable[str] | None) -> Value | None:
    found = tuple(Const(text) for text in texts or ())
    return Items(found) if found else None


def _command(words: tuple[str, ...] | None, text: str) -> Value | None:
    return Const(" ".join(words)) if words else Const(text) if text else None


def _health(service: Service) -> Value | None:
    check = service.healthcheck
    if check is None:
        return None
    return Const("NONE") if check.disabled else Const(" ".join(check.test))


def _mounts(service: Service) -> Value | None:
    return _texts(f"{m.source}:{m.target}{':ro' if m.read_only else ''}" for m in service.mounts)


_TEXTS = (
    "image user restart network_mode pid ipc userns_mode uts container_name hostname stop_grace_period working_dir"
).split()
_SWITCHES = ("privileged", "read_only", "init")
_LISTS = "expose cap_add cap_drop security_opt devices networks profiles tmpfs depends_on".split()
_OTHERS: Mapping[str, Callable[[Service], Value | None]] = {
    "command": lambda s: _command(s.command, s.command_text),
    "entrypoint": lambda s: _command(s.entrypoint, s.entrypoint_text),
    "build": lambda s: None if s.build is None else Const(s.build.context or "."),
    "ports": lambda s: _texts(port.raw for port in s.ports),
    "volumes": _mounts,
    "healthcheck": _health,
    "env_file": lambda s: _texts(use.path for use in s.env_files),
    "secrets": lambda s: _texts(grant.source for grant in s.secrets),
    "configs": lambda s: _texts(grant.source for grant in s.configs),
    "logging": lambda s: None if s.logging is None else Const(s.logging.driver),
    "replicas": lambda s: Const(s.replicas) if s.replicas else None,
}
# A name must follow these: `environment.DEBUG`, `limits.memory`.
_INSIDE = ("environment", "labels", "ulimits", "logging.options", "limits", "reservations")
_AMOUNTS = ("memory", "cpus", "pids")
KEYS = (*_TEXTS, *_SWITCHES, *_LISTS, *_OTHERS, *(f"{name}.…" for name in _INSIDE))


def known_key(key: str) -> bool:
    """Whether rules can ask for this key."""
    owner = next((name for name in _INSIDE if key.startswith(f"{name}.")), "")
    inner = key.removeprefix(f"{owner}.")
    if owner in {"limits", "reservations"}:
        return inner in _AMOUNTS
    return bool(owner and inner) or key in KEYS


def read_key(service: Service, key: str) -> Found:
    """The value of a key (None where it is not set) and where it is set, or the service where it is not."""
    if key in _OTHERS:
        return _placed(service, _OTHERS[key](service), "deploy" if key == "replicas" else key)
    if key in _TEXTS:
        text: str = getattr(service, key)
        return _placed(service, Const(text) if text else None, key)
    if key in _SWITCHES:
        return _placed(service, Const(bool(getattr(service, key))) if key in service.lines else None, key)
    if key in _LISTS:
        return _placed(service, _texts(getattr(service, key)), key)
    return _inside(service, key)


def _placed(service: Service, value: Value | None, key: str) -> Found:
    return value, service.location if value is None else service.place(key)


def _inside(service: Service, key: str) -> Found:
    owner = next(name for name in _INSIDE if key.startswith(f"{name}."))
    inner = key.removeprefix(f"{owner}.")
    if owner == "environment":
        variable = service.environment.get(inner)
        return (None, service.location) if variable is None else (_variable(variable), variable.location)
    if owner in {"limits", "reservations"}:
        return _limit(service, service.limits if owner == "limits" else service.reservations, inner)
    if owner == "logging.options":
        options = service.logging.options if service.logging is not None else {}
        return _placed(service, _one(options.get(inner)), "logging")
    table: Mapping[str, str] = getattr(service, owner)
    return _placed(service, _one(table.get(inner)), owner)


def _one(text: str | None) -> Value | None:
    return None if text is None else Const(text)


def _variable(variable: EnvVar) -> Value:
    if variable.value is None or (variable.missing and not variable.value):
        return Opaque(f"{variable.name} comes from outside the repository")
    return Const(variable.value)


def _limit(service: Service, limits: Limits, name: str) -> Found:
    text: str = getattr(limits, name)
    return (Const(text), limits.location or service.location) if text else (None, service.location)

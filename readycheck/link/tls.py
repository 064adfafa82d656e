"""Whether a connection string or call asks for an encrypted connection, by what each driver understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from readycheck.facts.lazily import lazy

ON, OFF, UNKNOWN = "on", "off", "unknown"
DATABASES = frozenset({"postgres", "mysql", "mongodb"})
_KINDS = {
    "postgres": "postgres", "postgresql": "postgres", "psql": "postgres", "pgsql": "postgres", "postgis": "postgres",
    "mysql": "mysql", "mysql2": "mysql", "mariadb": "mysql", "mongodb": "mongodb", "redis": "redis", "rediss": "redis",
    "valkey": "redis", "valkeys": "redis", "amqp": "amqp", "amqps": "amqp", "sqlite": "sqlite",
}  # fmt: skip
_ENCRYPTED_SCHEMES = frozenset({"rediss", "valkeys", "amqps"})
_ENFORCED = frozenset({"require", "required", "verify-ca", "verify-full", "verify_ca", "verify_identity"})
_LOOSE = frozenset({"disable", "disabled", "allow", "prefer", "preferred", "false", "0", "no", "off", "none"})
_TRUE = frozenset({"true", "1", "yes", "on", "strict"})
# What carries the demand for TLS in the query of a URL, by the kind of server.
_PARAMETERS = {
    "postgres": ("sslmode", "ssl", "ssl_mode", "sslnegotiation"),
    "mysql": (
        "ssl", "ssl_mode", "ssl-mode", "sslmode", "tls", "usessl", "requiressl", "sslaccept", "ssl_ca", "ssl-ca",
        "ssl_verify_cert", "ssl_cert",
    ),
    "mongodb": ("tls", "ssl"),
    "redis": ("ssl", "tls"),
    "amqp": ("ssl",),
}  # fmt: skip
_ABSENT = {
    "mysql": "no TLS parameters", "mongodb": "no tls=true", "redis": "no ssl=True", "amqp": "no TLS options",
}  # fmt: skip
_PATHS = frozenset({"ssl_ca", "ssl-ca", "ssl_cert", "sslrootcert"})
_PLACEHOLDER = lazy(r"\$|\{|<|%\(|%s")
SSLMODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})


@dataclass(frozen=True, slots=True)
class Tls:
    """`state` is on, off or unknown; `how` says by what, for people."""

    state: str
    how: str


def kind_of(scheme: str) -> str:
    """The kind of server behind the scheme of a URL, "" if it is none that we judge."""
    return _KINDS.get(scheme, "")


def word(value: str) -> str:
    """What one option of TLS amounts to."""
    lowered = value.strip().strip("\"'").lower()
    if _PLACEHOLDER.search(value):
        return UNKNOWN
    if lowered in _ENFORCED | _TRUE:
        return ON
    return OFF if lowered in _LOOSE or not lowered else UNKNOWN


def of_url(scheme: str, driver: str, parameters: Mapping[str, str]) -> Tls:
    """What a URL says of TLS. `parameters` have lowered names."""
    kind = kind_of(scheme)
    if scheme in _ENCRYPTED_SCHEMES:
        return Tls(ON, f"{scheme}://")
    for name in _PARAMETERS.get(kind, ()):
        if name not in parameters:
            continue
        value = parameters[name]
        state = ON if name in _PATHS and value else word(value)
        return Tls(state, f"{name}={value}" if len(value) < 20 else name)
    if kind == "mongodb" and driver == "srv":
        return Tls(ON, "mongodb+srv:// uses TLS unless told otherwise")
    if kind == "redis":
        return Tls(OFF, "redis:// instead of rediss://")
    if kind == "amqp":
        return Tls(OFF, "amqp:// instead of amqps://")
    return Tls(OFF, absent(kind, driver))


def absent(kind: str, driver: str = "") -> str:
    """What is missing where nothing is said of TLS, in the words of the driver."""
    if kind == "postgres":
        return "no ssl parameter" if driver == "asyncpg" else "no sslmode"
    return _ABSENT.get(kind, "no TLS")

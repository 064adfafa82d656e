"""Expressions as small immutable trees, so that linking can resolve them across files without the source."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Const:
    """A literal that is no secret (see Hidden)."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Hidden:
    """A string literal in a place meant for a secret. Its text never leaves extraction.

    `shown` is the redacted form for people, `digest` a keyed hash that only tells equal from different,
    `traits` what could be said of the text before it was dropped ("placeholder", "short", "dictionary", ...).
    """

    shown: str
    length: int
    digest: str
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name with import aliases already replaced, such as `fastapi.middleware.cors.CORSMiddleware`."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A dict or JavaScript object; a spread or unknown key has None as its key."""

    pairs: tuple[tuple[Value | None, Value], ...]

    def get(self, key: str) -> Value | None:
        """The value under a constant string key, the last one winning."""
        found = None
        for name, value in self.pairs:
            if isinstance(name, Const) and name.value == key:
                found = value
        return found


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call: `name` is None for a positional one, `*` and `**` for unpacking."""

    name: str | None
    value: Value
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call as a value, e.g. `os.getenv("X", "dev")`. `receiver` holds a called expression that has no dotted name."""

    name: str
    args: tuple[Argument, ...]
    line: int = 0
    receiver: Value | None = None

    def argument(self, name: str, position: int | None = None) -> Argument | None:
        """The argument given by keyword, else the one at that 0-based position."""
        for arg in self.args:
            if arg.name == name:
                return arg
        if position is None:
            return None
        positional = [arg for arg in self.args if arg.name is None]
        return positional[position] if position < len(positional) else None


@dataclass(frozen=True, slots=True)
class Joined:
    """A string put together: `how` is `f-string`, `concat`, `percent`, `format`, `join` or `template`."""

    parts: tuple[Value, ...]
    how: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several values: `a if test else b`, `a or b`. `test` is the condition as source text, "" for `or`."""

    options: tuple[Value, ...]
    test: str = ""


@dataclass(frozen=True, slots=True)
class Opaque:
    """An expression readycheck does not follow; `text` says what kind it is, never its content."""

    text: str


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right` with op one of `== != in not-in < > <= >= is is-not`."""

    left: Value
    op: str
    right: Value


@dataclass(frozen=True, slots=True)
class Logic:
    """`not x` (one part) or `a and b`; an `or` used for its value is a Choice, an `or` used as a test is a Logic."""

    op: str
    parts: tuple[Value, ...]


Value = Const | Hidden | Name | Items | Table | Call | Joined | Choice | Opaque | Compare | Logic


def redact(secret: str) -> str:
    """The first characters of a secret and an ellipsis: at most a quarter of it and never more than two."""
    return secret[: min(2, len(secret) // 4)] + "…"


def digest(secret: str, key: bytes) -> str:
    """A keyed hash that tells whether two secrets are equal; it stays inside one machine and is never reported."""
    return hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), key=key, digest_size=12).hexdigest()

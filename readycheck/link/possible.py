"""The words of resolution: what a value can be, where it was met, and what can be computed of known values."""

from __future__ import annotations

from dataclasses import dataclass

from readycheck.facts.values import Argument, Const, Hidden, Items, Value
from readycheck.model import Step

_FALSE_WORDS = frozenset({"", "0", "false", "no", "off", "n", "f", "none"})


@dataclass(frozen=True, slots=True)
class Possible:
    """One value an expression can have, the chain that leads to it, and whether it is the only one."""

    value: Value
    steps: tuple[Step, ...] = ()
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """Where resolution stands: a scope of a module, and how many steps have led there."""

    path: str
    scope: str
    depth: int = 0

    def deeper(self, path: str | None = None, scope: str | None = None) -> Place:
        """One step on, in this scope or another."""
        return Place(self.path if path is None else path, self.scope if scope is None else scope, self.depth + 1)


def truth(value: Value) -> bool | None:
    """Whether a resolved value switches something on, reading "false" and "0" as people mean them; None if unclear."""
    match value:
        case Const(value=str() as text):
            return text.strip().lower() not in _FALSE_WORDS
        case Const(value=other):
            return bool(other)
        case Items(items=items):
            return bool(items)
        case Hidden():
            return True
    return None


def string_method(value: Value, method: str, args: tuple[Argument, ...]) -> Value:
    """The result of a harmless string method on a known value."""
    if not (isinstance(value, Const) and isinstance(value.value, str)):
        return value
    text = value.value
    if method == "split":
        separator = args[0].value.value if args and isinstance(args[0].value, Const) else None
        parts = text.split(separator) if isinstance(separator, str) and separator else text.split()
        return Items(tuple(Const(part.strip()) for part in parts))
    changed = {"strip": text.strip, "lower": text.lower, "casefold": text.lower, "upper": text.upper}.get(method)
    return Const(changed()) if changed else value


def compared(left: Value, op: str, right: Value) -> bool | None:
    """The answer of a comparison of two known values; None when it cannot be told."""
    if op in {"in", "not-in"} and isinstance(left, Const) and isinstance(right, Items):
        if not all(isinstance(item, Const) for item in right.items):
            return None
        inside = left.value in [item.value for item in right.items if isinstance(item, Const)]
        return inside if op == "in" else not inside
    if not (isinstance(left, Const) and isinstance(right, Const)):
        return None
    if op in {"==", "is"}:
        return left.value == right.value
    if op in {"!=", "is-not"}:
        return left.value != right.value
    return None

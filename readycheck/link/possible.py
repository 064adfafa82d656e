"""The words of resolution: what a value can be, where it was met, and what can be computed of known values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from readycheck.facts.python import Function
from readycheck.facts.values import Argument, Call, Const, Hidden, Items, Value
from readycheck.model import Step

_FALSE_WORDS = frozenset({"", "0", "false", "no", "off", "n", "f", "none"})


@dataclass(frozen=True, slots=True)
class Possible:
    """One value an expression can have, the chain that leads to it, and whether it is the only one."""

    value: Value
    steps: tuple[Step, ...] = ()
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a function of ours: what its parameters were given, each with the place that gave it."""

    path: str
    scope: str
    given: Mapping[str, tuple[Value, Place]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where resolution stands: a scope of a module, how many steps have led there, and the call that led into it."""

    path: str
    scope: str
    depth: int = 0
    frame: Frame | None = None

    def deeper(self, path: str | None = None, scope: str | None = None) -> Place:
        """One step on, in this scope or another."""
        path, scope = self.path if path is None else path, self.scope if scope is None else scope
        return Place(path, scope, self.depth + 1, self.frame)

    def given(self, name: str) -> tuple[Value, Place] | None:
        """What the call that led here gave for a parameter of the function it stands in."""
        frame = self.frame
        if frame is None or (self.path, self.scope) != (frame.path, frame.scope):
            return None
        found = frame.given.get(name)
        return found and (found[0], replace(found[1], depth=self.depth + 1))


def called(call: Call, path: str, function: Function, at: Place) -> Place:
    """The inside of a function of ours as one call enters it."""
    scope = f"{function.scope}.{function.name}" if function.scope else function.name
    inside = Place(path, scope, at.depth + 1)
    given: dict[str, tuple[Value, Place]] = {}
    own = [p for p in function.parameters if p.name not in {"self", "cls"}]
    for position, parameter in enumerate(own):
        argument = call.argument(parameter.name, position)
        if argument is not None:
            given[parameter.name] = (argument.value, at)
        elif parameter.default is not None:
            given[parameter.name] = (parameter.default, Place(path, function.scope, at.depth + 1))
    return replace(inside, frame=Frame(path, scope, given))


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

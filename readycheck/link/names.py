"""Which names a value speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.values import Call, Choice, Items, Name, Table, Value

MAX_DEPTH = 8


def names_in(value: Value, depth: int = 0) -> Iterator[str]:
    """Every dotted name inside a value: also those of calls."""
    if depth > MAX_DEPTH:
        return
    match value:
        case Name(dotted=dotted):
            yield dotted
        case Call(name=name, args=args, receiver=receiver):
            if name:
                yield name
            for argument in args:
                yield from names_in(argument.value, depth + 1)
            if receiver is not None:
                yield from names_in(receiver, depth + 1)
        case Items(items=parts) | Choice(options=parts):
            for part in parts:
                yield from names_in(part, depth + 1)
        case Table(pairs=pairs):
            for key, item in pairs:
                yield from names_in(item, depth + 1)
                if key is not None:
                    yield from names_in(key, depth + 1)
        case _:
            for part in (getattr(value, "left", None), getattr(value, "right", None), *getattr(value, "parts", ())):
                if part is not None:
                    yield from names_in(part, depth + 1)

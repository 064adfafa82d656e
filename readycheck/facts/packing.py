"""Facts as bytes and back: what workers return and the cache keeps.

Frozen slotted dataclasses pickle slowly by themselves (each load walks `dataclasses.fields`), so they are packed as
their class and their values, and come back through their constructor.
"""

from __future__ import annotations

import dataclasses
import io
import operator
import pickle
from collections.abc import Callable
from typing import Any

_VALUES: dict[type, Callable[[Any], Any] | None] = {}


class _Packer(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        cls = type(obj)
        if cls not in _VALUES:
            _VALUES[cls] = _getter(cls)
        values = _VALUES[cls]
        return NotImplemented if values is None else (cls, values(obj))


def _getter(cls: type) -> Callable[[Any], Any] | None:
    if not dataclasses.is_dataclass(cls):
        return None
    names = [field.name for field in dataclasses.fields(cls)]
    if len(names) > 1:
        return operator.attrgetter(*names)
    if names:
        one = operator.attrgetter(names[0])
        return lambda obj: (one(obj),)
    return lambda obj: ()


def pack(facts: object) -> bytes:
    """The facts as bytes."""
    buffer = io.BytesIO()
    _Packer(buffer, pickle.HIGHEST_PROTOCOL).dump(facts)
    return buffer.getvalue()


def unpack(data: bytes | memoryview) -> Any:
    """The facts behind bytes that `pack` made on this machine, by this version."""
    return pickle.loads(data)

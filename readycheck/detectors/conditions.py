"""The one condition a detector may put on a value, and its answer: yes, no, or not to be told (with the reason)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pydantic import model_validator

from readycheck.detectors.base import Params, Regex
from readycheck.facts.values import Call, Const, Hidden, Items, Joined, Name, Opaque, Table, Value
from readycheck.link.possible import Possible, truth
from readycheck.link.project import Project
from readycheck.model import Confidence, Step

Scalar = bool | int | float | str | None
_NAMES = ("contains", "equals", "one_of", "matches", "present", "missing")


class Condition(Params):
    """At most one of these. `contains`: an item of a list, a part of a text; `present`: any value at all."""

    contains: Scalar = None
    equals: Scalar | list[Scalar] = None
    one_of: list[Scalar] | None = None
    matches: Regex | None = None
    present: Literal[True] | None = None
    missing: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Condition:
        given = [name for name in _NAMES if name in self.model_fields_set]
        if len(given) > 1:
            raise ValueError(f"only one condition is possible, not {' and '.join(given)}")
        return self

    @property
    def condition(self) -> str:
        """The name of the condition, "" if there is none."""
        return next((name for name in _NAMES if name in self.model_fields_set), "")

    def holds(self, value: Value) -> bool | None:
        """Whether a known value meets the condition; None when that cannot be told."""
        match self.condition:
            case "contains":
                return _contains(value, self.contains)
            case "equals":
                wanted = self.equals
                return _equals_list(value, wanted) if isinstance(wanted, list) else _equals(value, wanted)
            case "one_of":
                return _any(_equals(value, wanted) for wanted in self.one_of or ())
            case "matches":
                return _matches(value, self.matches or "")
            case "missing":
                return False
        return True

    def holds_text(self, text: str) -> bool | None:
        """The same for a text of a configuration file, where "true" is what `true` means."""
        return self.holds(Const(text))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a condition says of all values an expression can have. `met` None comes with a reason."""

    met: bool | None
    value: Value | None = None
    chain: tuple[Step, ...] = ()
    confidence: Confidence = Confidence.HIGH
    reason: str = ""


def judge(project: Project, condition: Condition, value: Value, path: str, scope: str) -> Answer:
    """The condition on an expression as production resolves it: one possible value that meets it is enough."""
    possible = project.resolver.possible(value, path, scope)
    return answer(condition, possible)


def answer(condition: Condition, possible: tuple[Possible, ...]) -> Answer:
    """The condition on the values something can have."""
    doubt: Possible | None = None
    for one in possible:
        met = condition.holds(one.value)
        if met:
            return Answer(True, one.value, one.steps, Confidence.HIGH if one.certain else Confidence.MEDIUM)
        if met is None and doubt is None:
            doubt = one
    if doubt is not None:
        text = doubt.value.text if isinstance(doubt.value, Opaque) else "the value comes from code that is not followed"
        return Answer(None, doubt.value, doubt.steps, reason=text)
    first = possible[0] if possible else None
    return Answer(False, first.value if first else None, first.steps if first else ())


def _any(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return True if True in found else None if None in found else False


def _equals(value: Value, wanted: Scalar) -> bool | None:
    match value:
        case Const(value=known):
            return _same(known, wanted)
        case Items() | Table():
            return False
        case Name(dotted=dotted) | Call(name=dotted):
            # An unresolved name such as `ssl.CERT_NONE` says what it is only against another dotted name.
            return dotted == wanted if isinstance(wanted, str) and "." in wanted else None
    return None


def _same(known: Scalar, wanted: Scalar) -> bool:
    if isinstance(wanted, bool):
        return truth(Const(known)) is wanted if isinstance(known, str) else known is wanted
    if isinstance(known, str) and isinstance(wanted, int | float):
        return known.strip() == str(wanted)
    return type(known) is not bool and known == wanted


def _equals_list(value: Value, wanted: list[Scalar]) -> bool | None:
    if not isinstance(value, Items):
        return None if isinstance(value, Opaque | Name | Call | Joined) else False
    if len(value.items) != len(wanted):
        return False
    answers = [_equals(item, one) for item, one in zip(value.items, wanted, strict=True)]
    return False if False in answers else None if None in answers else True


def _contains(value: Value, wanted: Scalar) -> bool | None:
    match value:
        case Const(value=str() as text):
            return str(wanted) in text
        case Const():
            return False
        case Items(items=items):
            return _any(_equals(item, wanted) for item in items)
        case Table(pairs=pairs):
            return _any(None if key is None else _equals(key, wanted) for key, _ in pairs)
        case Joined(parts=parts):
            return True if any(_contains(p, wanted) for p in parts if isinstance(p, Const)) else None
    return None


def _matches(value: Value, pattern: str) -> bool | None:
    match value:
        case Const(value=known):
            return re.search(pattern, "" if known is None else str(known)) is not None
        case Items(items=items):
            return _any(_matches(item, pattern) for item in items)
        case Name(dotted=dotted) | Call(name=dotted):
            return True if re.search(pattern, dotted) else None
        case Table():
            return False
    return None


def visible(value: Value | None) -> bool:
    """Whether there is a value at all and it is no secret."""
    return value is not None and not isinstance(value, Hidden)

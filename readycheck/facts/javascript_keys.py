"""Storage keys and stored values as words: what can be said of them without a literal that may be a secret."""

from __future__ import annotations

import re

from readycheck.facts.javascript_words import words
from readycheck.facts.lazily import lazy
from readycheck.facts.values import Call, Choice, Const, Items, Joined, Name, Table, Value

_FLAG_CALLS = lazy(r"(?:^|\.)(?:decode|parse|verify|is|has|validate|check|count|boolean|number|date)(?![a-z])", re.I)
# Calls that hand on what they are given.
QUIET_CALLS = frozenset({"JSON.stringify", "String", "btoa", "JSON.parse"})


def key_text(value: Value) -> str:
    """A key as text: unknown parts of a joined one by name in braces, "" when nothing is known."""
    match value:
        case Const():
            return str(value.value)[:200] if value.value is not None else ""
        case Joined():
            shown = [str(part.value) if isinstance(part, Const) else f"{{{names_in(part)}}}" for part in value.parts]
            known = any(isinstance(part, Const) and words(str(part.value)) for part in value.parts)
            return "".join(shown)[:200] if known else ""
        case Choice():
            return next((text for option in value.options if (text := key_text(option))), "")
    return ""


def names_in(value: Value, depth: int = 0) -> str:
    """The names an expression mentions, apart by blanks; literals say nothing, nor do calls that only look at one."""
    if depth > 6:  # names further in say little about the whole
        return ""
    parts: list[str] = []
    match value:
        case Name():
            parts = [value.dotted]
        case Call():
            if _FLAG_CALLS.search(value.name) and value.name not in QUIET_CALLS:
                return ""
            own = [] if value.name in QUIET_CALLS else [value.name]
            inside = [names_in(arg.value, depth + 1) for arg in value.args[:5]]
            receiver = [names_in(value.receiver, depth + 1)] if value.receiver is not None else []
            parts = receiver + own + inside
        case Table():
            for key, item in value.pairs[:40]:
                named = [str(key.value)] if isinstance(key, Const) and not isinstance(item, Table) else []
                parts += [*named, names_in(item, depth + 1)]
        case Items():
            parts = [names_in(item, depth + 1) for item in value.items[:20]]
        case Joined():
            parts = [names_in(item, depth + 1) for item in value.parts[:20]]
        case Choice():
            parts = [names_in(item, depth + 1) for item in value.options[:10]]
    return " ".join(part for part in parts if part)[:400]

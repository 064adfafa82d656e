"""What a Python expression may hold, as far as SQL goes: texts with slots, lists of texts, everything else.

Every expression has a small tuple of alternatives (`Vals`); branches add to it, joins multiply it, both within bounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from readycheck.facts.lazily import lazy

MAX_ALTERNATIVES = 8
MAX_PARTS = 400
MAX_ITEMS = 200

RISK = {
    "request": 9, "parameter": 8, "local": 7, "unknown": 7, "call": 6, "attribute": 6, "imported": 3, "safe-sql": 2,
    "allow-list": 1, "placeholders": 1, "loop-over-constants": 1, "int": 1, "constant": 0,
}  # fmt: skip
SAFE_SOURCES = frozenset({"constant", "allow-list", "int", "placeholders", "safe-sql", "loop-over-constants"})


@dataclass(frozen=True, slots=True)
class Atom:
    """A value that is not text we know. `mark` says more than the source: typed, checked, escaped, settings, model,
    file, constant-file, temporal. `text` is the known text of a short constant."""

    source: str
    expression: str
    line: int = 0
    mark: str = ""
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A string put together from constant parts and slots. `line` is where it was put together."""

    parts: tuple[str | Atom, ...]
    how: str = ""
    line: int = 0

    @property
    def constant(self) -> str | None:
        """The whole text when every part is known."""
        known = [part if isinstance(part, str) else part.text for part in self.parts]
        return "".join(text for text in known if text is not None) if None not in known else None


@dataclass(frozen=True, slots=True)
class Seq:
    """A list, tuple, set or generator. `repeated`: an item may occur any number of times."""

    items: tuple[Val, ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dict: what its keys and its values may be."""

    keys: tuple[Val, ...]
    values: tuple[Val, ...]


Val = Atom | Text | Seq | Mapping
Vals = tuple[Val, ...]

_WORD = lazy(r"[\w.$\"`\[\]-]{0,128}")
_BLANK = lazy(r"[\s()]")
_PLACEHOLDERS = lazy(r"(?:%s|\?\d*|:\w+|\$\d+|%\w{0,40}s|,)+")


def unknown(expression: str, line: int = 0) -> Vals:
    """A value nothing is known about."""
    return (Atom("unknown", expression, line),)


def risk(value: Val) -> int:
    """How dangerous a value would be inside SQL."""
    if isinstance(value, Atom):
        return RISK.get(value.source, 7) * 2 - bool(value.mark)
    if isinstance(value, Text):
        return max((risk(part) for part in value.parts if isinstance(part, Atom)), default=0)
    items = value.items if isinstance(value, Seq) else value.values
    return max((risk(item) for item in items), default=0)


def union(values: Iterable[Val]) -> Vals:
    """Alternatives without repeats; when there are too many the dangerous ones stay. Lists melt into one."""
    unique: dict[Val, None] = {}
    seqs: list[Seq] = []
    for value in values:
        if isinstance(value, Seq):
            seqs.append(value)
        else:
            unique[value] = None
    if seqs:
        items = tuple(dict.fromkeys(item for seq in seqs for item in seq.items))[:MAX_ITEMS]
        unique[Seq(items, any(seq.repeated for seq in seqs))] = None
    found = tuple(unique)
    if len(found) > MAX_ALTERNATIVES:
        found = tuple(sorted(found, key=risk, reverse=True)[:MAX_ALTERNATIVES])
    return found


def is_constant(vals: Vals) -> bool:
    """Whether every alternative is text or a number fixed in the code (or checked against such)."""
    return bool(vals) and all(_fixed(value) for value in vals)


def _fixed(value: Val) -> bool:
    if isinstance(value, Atom):
        return value.source in SAFE_SOURCES
    if isinstance(value, Text):
        return all(isinstance(part, str) or part.source in SAFE_SOURCES for part in value.parts)
    return all(_fixed(item) for item in (value.items if isinstance(value, Seq) else value.values))


def only_placeholders(text: Text) -> bool:
    """Whether a text is nothing but bind placeholders, such as `?` or `(%s, %s)` or `:id3`."""
    if not all(isinstance(part, str) or part.source in ("int", "placeholders") for part in text.parts):
        return False
    flat = "".join(part if isinstance(part, str) else "1" for part in text.parts)
    return len(flat) < MAX_PARTS and _PLACEHOLDERS.fullmatch(_BLANK.sub("", flat)) is not None


def as_parts(value: Val, expression: str, line: int) -> tuple[str | Atom, ...]:
    """What a value adds to a text it is put into."""
    if isinstance(value, Text):
        if expression and all(isinstance(part, str) for part in value.parts):
            text = "".join(part for part in value.parts if isinstance(part, str))
            if _WORD.fullmatch(text):
                return (Atom("constant", expression, line, text=text),)
        return value.parts
    if isinstance(value, Atom):
        return (replace(value, line=line) if not value.line else value,)
    items = value.items if isinstance(value, Seq) else value.values
    worst = max(items, key=risk, default=None)
    if worst is None:
        return (Atom("constant", expression or "a list", line),)
    return tuple(part for part in as_parts(worst, expression, line) if isinstance(part, Atom))[:1] or (
        Atom("constant", expression or "a list", line),
    )


def concat(pieces: Iterable[Vals], how: str, line: int, names: Iterable[str] = ()) -> Vals:
    """Every way to put one alternative of each piece after the other, bounded."""
    texts: list[tuple[str | Atom, ...]] = [()]
    labels = list(names)
    for index, alternatives in enumerate(pieces):
        label = labels[index] if index < len(labels) else ""
        options = list(dict.fromkeys(as_parts(value, label, line) for value in alternatives)) or [()]
        if len(texts) * len(options) > MAX_ALTERNATIVES:
            options = sorted(options, key=_parts_risk, reverse=True)[: max(1, MAX_ALTERNATIVES // len(texts))]
        texts = [(*text, *option)[:MAX_PARTS] for text in texts for option in options]
    return union(Text(_merged(text), how, line) for text in texts)


def _parts_risk(parts: tuple[str | Atom, ...]) -> int:
    return max((risk(part) for part in parts if isinstance(part, Atom)), default=0)


def _merged(parts: tuple[str | Atom, ...]) -> tuple[str | Atom, ...]:
    """Neighbouring constant texts as one, so that long chains stay short."""
    merged: list[str | Atom] = []
    run: list[str] = []
    for part in parts:
        if isinstance(part, str):
            run.append(part)
            continue
        if run:
            merged.append("".join(run))
            run = []
        merged.append(part)
    if run:
        merged.append("".join(run))
    return tuple(merged)


def joined(separator: Vals, items: Vals, expression: str, line: int) -> Vals:
    """`separator.join(items)`: all items in order, a repeated one twice, placeholders as one slot."""
    glue = next((value.constant for value in separator if isinstance(value, Text)), None) or ""
    found: list[Val] = []
    for value in items:
        if not isinstance(value, Seq):
            found.extend(concat([(value,)], "join", line) if not isinstance(value, Atom) else [value])
            continue
        if value.items and all(isinstance(item, Text) and only_placeholders(item) for item in value.items):
            found.append(Atom("placeholders", expression, line))
            continue
        pieces: list[Vals] = []
        for item in value.items:
            if pieces:
                pieces.append((Text((glue,)),))
            pieces.append((item,))
        if value.repeated and len(value.items) == 1:
            pieces += [(Text((glue,)),), (value.items[0],)]
        found.extend(concat(pieces, "join", line) if pieces else [Text(("",), "", line)])
    return union(found)

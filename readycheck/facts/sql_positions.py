"""Says what each hole of a SQL template stands for, from tokens alone: a text with holes is not SQL yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from readycheck.facts.lazily import lazy

Template = Sequence["str | int"]

VALUE, IDENTIFIER, KEYWORD, CLAUSE, PLACEHOLDERS, UNKNOWN = (
    "value", "identifier", "keyword", "clause", "placeholders", "unknown",
)  # fmt: skip

MAX_TEXT = 20_000

_TOKEN = lazy(r"\s+|[^\W\d][\w$]*|\d[\w.]*|<=>|<=|>=|<>|!=|\|\||::|:=|->>?|=|.", re.DOTALL)
_AFTER_IDENTIFIER = frozenset(
    "from join into update table database schema index view column sequence user role extension exists truncate "
    "pragma describe desc references constraint trigger only analyze copy attach reindex policy function procedure "
    "type domain use to rename add cascade tablespace owner server publication subscription detach overwrite notify "
    "listen savepoint by select distinct returning as distinctrow collate over partition "
    "call exec execute vacuum install load "
    "drop alter modify change".split()
)  # fmt: skip
_AFTER_VALUE = frozenset(
    "like ilike regexp rlike limit offset interval top then else escape similar glob match default timestamp date time "
    "identified password fetch first next skip division".split()
)  # fmt: skip
_OPERATORS = frozenset(
    {"=", "<", ">", "<=", ">=", "<>", "!=", "<=>", "||", "+", "-", "*", "/", "%", "->", "->>", "~", ":=", "&"}
)
_COMPARE = frozenset("= < > <= >= <> != <=> ~ like ilike in is between not regexp rlike glob match".split())
_CLAUSES = frozenset(
    "select from where set values order group having limit offset into on join returning using".split()
)
_CONDITION = frozenset("where and or not having on when using if elsif".split())
_AGGREGATES = frozenset("count sum max min avg distinct array_agg string_agg group_concat json_agg unnest".split())
_LIST_OPENERS = frozenset("in any all values some array".split())


@dataclass(slots=True)
class Unit:
    """One token, or a quoted run or a word with the holes inside it."""

    kind: str
    text: str
    holes: list[int] = field(default_factory=list)
    glued: bool = False

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind == "word" else ""


def positions(template: Template) -> tuple[str, ...]:
    """What each hole stands for, in the order of the holes."""
    units = units_of(template)
    found: dict[int, str] = {}
    walker = _Walker(units)
    for index, unit in enumerate(units):
        if unit.holes:
            position = walker.position(index)
            for hole in unit.holes:
                found[hole] = position
        walker.step(index)
    return tuple(found.get(part, UNKNOWN) for part in template if isinstance(part, int))


class _Walker:
    """Follows clauses and parentheses from left to right."""

    def __init__(self, units: list[Unit]) -> None:
        self.units = units
        self.frames: list[list[str]] = [["", ""]]  # opener, clause
        self.verb = ""
        self.seen: set[str] = set()
        self.between = 0  # 2 after BETWEEN, 1 after its AND

    def step(self, index: int) -> None:
        unit = self.units[index]
        word = unit.word
        if unit.kind == "op" and unit.text == "(":
            self.frames.append([self._opener(index), ""])
        elif unit.kind == "op" and unit.text == ")" and len(self.frames) > 1:
            self.frames.pop()
        elif unit.kind == "op" and unit.text == ";":
            self.frames, self.verb, self.seen = [["", ""]], "", set()
        elif word:
            self.verb = self.verb or word
            self.seen.add(word)
            if word in _CLAUSES:
                self.frames[-1][1] = word
            if word == "between":
                self.between = 2
            elif word == "and":
                self.between = max(0, self.between - 1)

    def _opener(self, index: int) -> str:
        previous = self.units[index - 1] if index else None
        if previous is None or previous.kind == "op":
            nested = previous is not None and previous.text in ("(", ",")
            return self.frames[-1][0] if nested else ""
        return previous.word or "?"

    def position(self, index: int) -> str:
        unit = self.units[index]
        if any(before.word == "search_path" for before in self.units[max(0, index - 3) : index]):
            return IDENTIFIER  # `SET search_path TO "name"`
        if unit.kind == "quoted":
            if unit.text == "'":
                return VALUE
            if unit.text == "`":
                return IDENTIFIER
            plain = self._plain(index)
            return VALUE if plain == VALUE else IDENTIFIER
        if unit.kind == "word":
            plain = self._plain(index)
            return plain if plain == VALUE else IDENTIFIER
        return self._plain(index)

    def _plain(self, index: int) -> str:
        units = self.units
        before = units[index - 1] if index else None
        after = units[index + 1] if index + 1 < len(units) else None
        following = (after.word or after.text) if after is not None and after.kind in ("word", "op") else ""
        if before is None:
            return IDENTIFIER if following in _COMPARE or following in (".", "(") else CLAUSE
        if before.kind == "op" and units[index].glued and before.text in (":", "$", "@"):
            return PLACEHOLDERS
        if before.text == "(" and index > 1 and units[index - 2].text == "%" and units[index - 1].glued:
            return PLACEHOLDERS
        if following == "." or before.text == ".":
            return IDENTIFIER
        if before.kind == "op":
            return self._after_operator(before.text, following, index)
        return self._after_word(before, following)

    def _after_operator(self, operator: str, following: str, index: int) -> str:
        opener, clause = self.frames[-1]
        if operator in ("(", ",", "["):
            return self._in_list(operator, opener, clause, following, index)
        if operator in _OPERATORS:
            if (
                operator == "*"
                and index > 1
                and (self.units[index - 2].word == "select" or self.units[index - 2].text in (",", ".", "("))
            ):
                return CLAUSE
            if following == "(":
                return IDENTIFIER
            return VALUE
        if operator == ")":
            return self._juxtaposed(following)
        if operator == "::":
            return IDENTIFIER
        if operator == ";":
            return CLAUSE
        return UNKNOWN

    def _in_list(self, operator: str, opener: str, clause: str, following: str, index: int) -> str:
        if operator == "(" and clause in ("", "values") and opener in ("from", "join", "exists", "as"):
            return CLAUSE
        if following in _COMPARE - {"in", "is", "not"} and clause not in ("limit", "offset"):
            return IDENTIFIER
        if clause in ("select", "from", "order", "group", "returning", "join"):
            return IDENTIFIER
        if clause == "set":
            return CLAUSE
        if clause in ("limit", "offset") or clause == "values":
            return VALUE
        if opener in _LIST_OPENERS or (operator == "[" and self.units[index - 1].text == "array"):
            return VALUE
        if operator == "[":
            return IDENTIFIER
        if opener in _AGGREGATES:
            return IDENTIFIER
        if self.verb in ("insert", "replace", "merge", "copy", "with") and len(self.frames) > 1 and opener:
            return VALUE if "values" in self.seen else IDENTIFIER
        if self.verb in ("create", "alter"):
            return CLAUSE
        if clause in ("where", "having", "on") or opener in ("", *_CONDITION):
            return IDENTIFIER if following in _COMPARE else CLAUSE
        return UNKNOWN

    def _after_word(self, before: Unit, following: str) -> str:
        word = before.word
        clause = self.frames[-1][1]
        if word == "and" and self.between == 1:
            return VALUE
        if word in _CONDITION:
            return IDENTIFIER if following in _COMPARE or following == "(" else CLAUSE
        if word == "between" or word in _AFTER_VALUE:
            return VALUE
        if word == "values":
            return VALUE
        if word == "set":
            return IDENTIFIER if following in ("=", "to", ":=") else CLAUSE
        if word == "to" and self.verb == "set":
            return VALUE
        if word == "in":
            return IDENTIFIER if self.verb == "show" else VALUE
        if word == "as" and self.verb == "create":
            return CLAUSE
        if word == "by" or (word in _AFTER_IDENTIFIER and not before.holes):
            return IDENTIFIER
        if clause == "order":
            return KEYWORD
        return self._juxtaposed(following)

    def _juxtaposed(self, following: str) -> str:
        if self.frames[-1][1] in ("where", "having", "on") and following in ("%", "?", ":", "$", "(", "'"):
            return KEYWORD
        return CLAUSE


def units_of(template: Template) -> list[Unit]:
    """The tokens of a template; quotes may open in one part and close in another."""
    units: list[Unit] = []
    quote: Unit | None = None
    room = MAX_TEXT
    fresh = True  # nothing glued to what comes next
    for part in template:
        if isinstance(part, int):
            if quote is not None:
                quote.holes.append(part)
            elif not fresh and units and units[-1].kind == "word":
                units[-1].holes.append(part)
            else:
                units.append(Unit("hole", "", [part], glued=not fresh))
            fresh = False
            continue
        quote, fresh = _scan(part[:room], units, quote, fresh)
        room = max(0, room - len(part))
    return units


def _scan(text: str, units: list[Unit], quote: Unit | None, fresh: bool) -> tuple[Unit | None, bool]:
    at = 0
    while at < len(text):
        if quote is not None:
            end = text.find(quote.text, at)
            if end < 0:
                return quote, False
            at, fresh = end + len(quote.text), quote.kind == "comment"
            quote = None
            continue
        if text.startswith("--", at) or text.startswith("/*", at):
            quote = Unit("comment", "\n" if text[at] == "-" else "*/")  # not kept: it only collects its holes
            at += 2
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            return quote, fresh
        token, at = match.group(), match.end()
        if token.isspace():
            fresh = True
            continue
        if token in ("'", '"', "`"):
            quote = Unit("quoted", token)
            units.append(quote)
        elif token[0].isalnum() or token[0] == "_":
            if not fresh and units and units[-1].kind in ("hole", "word") and units[-1].holes:
                units[-1].kind = "word"
            else:
                units.append(Unit("word" if not token[0].isdigit() else "number", token))
        else:
            units.append(Unit("op", token, glued=not fresh))
        fresh = False
    return quote, fresh

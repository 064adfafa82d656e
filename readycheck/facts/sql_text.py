"""Tells SQL from prose, and says what each hole of a SQL template stands for.

A template is a sequence of constant texts and hole numbers. Positions are read from our own tokens, because a text
with holes is not SQL yet; sqlglot then parses the text with the holes filled in, which is what prose does not survive.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

Template = Sequence["str | int"]

VALUE, IDENTIFIER, KEYWORD, CLAUSE, PLACEHOLDERS, UNKNOWN = (
    "value", "identifier", "keyword", "clause", "placeholders", "unknown",
)  # fmt: skip

MAX_TEXT = 20_000
MAX_PARSED = 4_000
MAX_DEPTH = 40

_VERB = re.compile(
    r"\b(?:select|insert|update|delete|replace|merge|with|create|alter|drop|truncate|grant|revoke|pragma|explain|call|"
    r"exec|execute|vacuum|analyze|copy|lock|attach|use|show|describe|comment|reindex|refresh|notify|listen|values|set|"
    r"where|and|or|having|order\s+by|group\s+by|limit|union|load|install|rename|upsert|begin|declare|if)\b",
    re.IGNORECASE,
)
_HEAD = "(?:[\\s(;]|--[^\\n]{0,500}\\n){0,40}"
_NAME = r"[\w\"`\[\]$.@#\ue000-]+"
_KINDS = (
    r"table|index|view|database|schema|user|role|login|function|procedure|trigger|type|sequence|extension|policy|"
    r"constraint|domain|column|materialized\s+view|server|publication|subscription|virtual\s+table|tablespace|system|"
    r"aggregate|operator|event|keyspace|stream|warehouse|rule|session|foreign\s+table|statistics"
)
_SHAPES = re.compile(
    _HEAD
    + r"(?:(?P<sure>insert\s+(?:or\s+\w+\s+|ignore\s+|overwrite\s+)?into\s|replace\s+into\s|merge\s+into\s|delete\s+from\s|"
    r"update\s+(?:only\s+|or\s+\w+\s+)?[^;]{1,400}?\sset\s|with\s+(?:recursive\s+)?" + _NAME + r"\s*(?:\([^)]{0,500}\)\s*)?"
    r"as\s+(?:not\s+)?(?:materialized\s+)?\(|select\b(?=[^;]{0,8000}?(?:\bfrom\b|[(*@\d\ue000'])))"
    r"|(?P<ddl>(?:create|alter|drop)\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+|unique\s+|unlogged\s+|global\s+|"
    r"external\s+|clustered\s+|fulltext\s+|definer\s*=\s*\S+\s+|default\s+|event\s+){0,3}(?:" + _KINDS + r")\b|truncate\s+(?:table\s+)?"
    + _NAME + r"\s*(?:;|,|$|cascade|restart)|grant\s[^;]{1,400}?\s(?:on|to)\s|revoke\s[^;]{1,400}?\s(?:on|from)\s|pragma\s+" + _NAME
    + r"|explain\s+(?:analyze\s+|query\s+plan\s+|\([^)]{0,80}\)\s*)?(?:select|insert|update|delete|with|\ue000)|vacuum\b|analyze\s+" + _NAME
    + r"\s*(?:;|$)|copy\s+" + _NAME + r"\s*(?:\([^)]{0,2000}\)\s*)?(?:from|to)\s|lock\s+tables?\s|attach\s+(?:database\s+)?['\"\ue000]|"
    r"comment\s+on\s+\w+\s|reindex\s+|refresh\s+materialized\s+view\s|(?:call|exec|execute)\s+" + _NAME
    + r"\s*[(@]|use\s+[`\[\"]?\ue000|set\s+(?:local\s+|session\s+|global\s+)?" + _NAME + r"(?:\s+to\s|\s*=)|values\s*\(|rename\s+table\s|"
    r"show\s+(?:tables|databases|columns|create\s+table|index|full\s+tables|grants)\b|describe\s+[`\"]?\ue000\S{0,80}\s*;?\s*$|"
    r"(?:notify|listen|unlisten)\s+\"?\ue000|detach\s+database\s|savepoint\s|release\s+savepoint\s|kill\s+(?:query\s+)?\ue000|"
    r"(?:begin|declare)\s[^;]{0,4000};|if\s+(?:not\s+)?exists\s*\()"
    r"|(?P<fragment>(?:where|and|or|having|on)\s+(?:not\s+)?\(?" + _NAME
    + r"(?:\([^)]{0,200}\))?\s*(?:=|<|>|!=|(?:not\s+)?(?:like|ilike|in|is|between)\b)|(?:order|group)\s+by\s+" + _NAME
    + r"\s*(?:asc|desc|,|$|limit|\ue000)|limit\s+[\ue000\d%:?$]|offset\s+[\ue000\d%:?$]|union\s+(?:all\s+)?select\b|"
    r"(?:left|right|inner|outer|cross|full)\s+(?:outer\s+)?join\s))",
    re.IGNORECASE,
)  # fmt: skip
_PROSE = re.compile(
    r"\b(?:the|a|an|please|your|you|my|this|that|these|those|his|her|their|our|failed|cannot|could|should|must|was|were|"
    r"following|one\s+of|some)\s+(?!=|\(|,|\.|from\b|join\b|on\b|set\b|where\b|order\b|group\b|inner\b|left\b|right\b|cross\b|"
    r"limit\b|union\b|is\b|in\b|and\b|as\b|between\b|like\b|having\b|desc\b|asc\b|using\b|natural\b|full\b|outer\b)\w",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\s+|[^\W\d][\w$]*|\d[\w.]*|<=>|<=|>=|<>|!=|\|\||::|:=|->>?|=|.", re.DOTALL)
_PLACEHOLDER = re.compile(r"%\(\w{1,64}\)s|%s|\?\?")

_ENDS_IN_CONDITION = re.compile(r"\b(?:where|and|or|not|having|on|set)[\s(]{1,20}$", re.IGNORECASE)

_AFTER_IDENTIFIER = frozenset(
    "from join into update table database schema index view column sequence user role extension exists truncate "
    "pragma describe desc references constraint trigger only analyze copy attach reindex policy function procedure type "
    "domain use to rename add cascade tablespace owner server publication subscription detach overwrite notify listen "
    "savepoint by select distinct returning as distinctrow collate over partition call exec execute vacuum install load "
    "drop alter modify change".split()
)  # fmt: skip
_AFTER_VALUE = frozenset(
    "like ilike regexp rlike limit offset interval top then else escape similar glob match default timestamp date time "
    "identified password fetch first next skip division".split()
)  # fmt: skip
_OPERATORS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!=", "<=>", "||", "+", "-", "*", "/", "%", "->", "->>", "~", ":=", "&"})
_COMPARE = frozenset("= < > <= >= <> != <=> ~ like ilike in is between not regexp rlike glob match".split())
_CLAUSES = frozenset("select from where set values order group having limit offset into on join returning using".split())
_CONDITION = frozenset("where and or not having on when using if elsif".split())
_AGGREGATES = frozenset("count sum max min avg distinct array_agg string_agg group_concat json_agg unnest".split())
_LIST_OPENERS = frozenset("in any all values some array".split())


@dataclass(slots=True)
class _Unit:
    """One token, or a quoted run or a word with the holes inside it."""

    kind: str
    text: str
    holes: list[int] = field(default_factory=list)
    glued: bool = False

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind == "word" else ""


def may_be_sql(texts: Sequence[str]) -> bool:
    """Whether any constant part has a word of SQL: cheap, and asked before anything else."""
    return any(_VERB.search(text[:MAX_TEXT]) for text in texts)


def verb(template: Template) -> str:
    """The first word of the statement in capitals, "" when it starts with a hole."""
    units = _units(template)
    for unit in units:
        if unit.kind == "word":
            return unit.text.upper() if not unit.holes else ""
        if unit.kind == "hole":
            return ""
    return ""


def is_sql(template: Template, *, executed: bool = False) -> bool:
    """Whether a template is a SQL statement or fragment; `executed` says that a database call takes it anyway."""
    flat = "".join(part if isinstance(part, str) else "\ue000" for part in template)[:MAX_TEXT]
    shape = _SHAPES.match(flat)
    if shape is None:
        return False
    if executed:
        return True
    kind = shape.lastgroup
    if _PROSE.search(_without_strings(flat)):
        return False
    return kind != "sure" or _parses(template)


def positions(template: Template) -> tuple[str, ...]:
    """What each hole stands for, in the order of the holes."""
    units = _units(template)
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

    def __init__(self, units: list[_Unit]) -> None:
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

    def _after_word(self, before: _Unit, following: str) -> str:
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
            return VALUE
        if word == "by" or (word in _AFTER_IDENTIFIER and not before.holes):
            return IDENTIFIER
        if clause == "order":
            return KEYWORD
        return self._juxtaposed(following)

    def _juxtaposed(self, following: str) -> str:
        if self.frames[-1][1] in ("where", "having", "on") and following in ("%", "?", ":", "$", "(", "'"):
            return KEYWORD
        return CLAUSE


def _units(template: Template) -> list[_Unit]:
    """The tokens of a template; quotes may open in one part and close in another."""
    units: list[_Unit] = []
    quote: _Unit | None = None
    room = MAX_TEXT
    fresh = True  # nothing glued to what comes next
    for part in template:
        if isinstance(part, int):
            if quote is not None:
                quote.holes.append(part)
            elif not fresh and units and units[-1].kind == "word":
                units[-1].holes.append(part)
            else:
                units.append(_Unit("hole", "", [part], glued=not fresh))
            fresh = False
            continue
        quote, fresh = _scan(part[:room], units, quote, fresh)
        room = max(0, room - len(part))
    return units


def _scan(text: str, units: list[_Unit], quote: _Unit | None, fresh: bool) -> tuple[_Unit | None, bool]:
    at = 0
    while at < len(text):
        if quote is not None:
            end = text.find(quote.text, at)
            if end < 0:
                return quote, False
            quote, at, fresh = None, end + 1, False
            continue
        if text.startswith("--", at) or text.startswith("/*", at):
            closing = text.find("\n" if text[at] == "-" else "*/", at)
            at = len(text) if closing < 0 else closing + (1 if text[at] == "-" else 2)
            fresh = True
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            return quote, fresh
        token, at = match.group(), match.end()
        if token.isspace():
            fresh = True
            continue
        if token in ("'", '"', "`"):
            quote = _Unit("quoted", token)
            units.append(quote)
        elif token[0].isalnum() or token[0] == "_":
            if not fresh and units and units[-1].kind in ("hole", "word") and units[-1].holes:
                units[-1].kind = "word"
            else:
                units.append(_Unit("word" if not token[0].isdigit() else "number", token))
        else:
            units.append(_Unit("op", token, glued=not fresh))
        fresh = False
    return quote, fresh


def _without_strings(flat: str) -> str:
    return re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`|--[^\n]*", " x ", flat)


_FILL = {VALUE: "1", IDENTIFIER: "hole_", KEYWORD: " ", CLAUSE: " ", PLACEHOLDERS: "1", UNKNOWN: "1"}


def _filled(template: Template) -> str:
    """The template as plain SQL, holes filled in so that they fit where they stand."""
    places = iter(positions(template))
    parts: list[str] = []
    previous = ""
    for part in template:
        if isinstance(part, str):
            parts.append(_PLACEHOLDER.sub("1", part))
            previous = part
            continue
        fill = _FILL[next(places)]
        if fill == " " and _ENDS_IN_CONDITION.search(previous[-20:]):
            fill = "a=1"
        glued = previous[-1:] in (":", "$", "@") or previous[-1:].isalnum()
        parts.append("1" if glued and fill in ("1", "hole_") else fill)
        previous = fill
    return "".join(parts)


def _parses(template: Template) -> bool:
    """Whether sqlglot reads the filled-in text as a statement in any dialect; too large a text is taken on trust."""
    text = _filled(template)
    if len(text) > MAX_PARSED or text.count("(") > MAX_DEPTH:
        return True
    import logging

    import sqlglot
    from sqlglot import errors, expressions

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    for dialect in ("", "postgres", "mysql", "tsql", "sqlite"):
        try:
            trees = sqlglot.parse(text, read=dialect or None)
        except (errors.SqlglotError, RecursionError, ValueError, KeyError, IndexError, AttributeError, TypeError):
            continue
        if any(tree is not None and not isinstance(tree, expressions.Command) for tree in trees):
            return True
    return False

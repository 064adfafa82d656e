"""Tells SQL from prose, and says what each hole of a SQL template stands for.

A template is a sequence of constant texts and hole numbers. Positions are read from our own tokens, because a text
with holes is not SQL yet; sqlglot then parses the text with the holes filled in, which is what prose does not survive.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from readycheck.facts.lazily import lazy
from readycheck.facts.sql_positions import (
    CLAUSE,
    IDENTIFIER,
    KEYWORD,
    MAX_TEXT,
    PLACEHOLDERS,
    UNKNOWN,
    VALUE,
    Template,
    positions,
    units_of,
)

__all__ = ["CLAUSE", "KEYWORD", "PLACEHOLDERS", "VALUE", "is_sql", "may_be_sql", "positions", "verb"]

MAX_PARSED = 4_000
MAX_DEPTH = 40

_VERB = lazy(
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
_SURE = (
    r"insert\s+(?:or\s+\w+\s+|ignore\s+|overwrite\s+)?into\s",
    r"replace\s+into\s",
    r"merge\s+into\s",
    r"delete\s+from\s",
    r"update\s+(?:only\s+|or\s+\w+\s+)?[^;]{1,400}?\sset\s+(?:\ue000|[^;=]{1,200}=)",
    rf"with\s+(?:recursive\s+)?{_NAME}\s*(?:\([^)]{{0,500}}\)\s*)?as\s+(?:not\s+)?(?:materialized\s+)?\(",
    r"select\b(?=[^;]{0,8000}?(?:\bfrom\b|[(*@\d\ue000']))",
)
_MODIFIERS = r"temp(?:orary)?|unique|unlogged|global|external|clustered|fulltext|definer\s*=\s*\S+|default|event"
_DEFINING = (
    rf"(?:create|alter|drop)\s+(?:or\s+replace\s+)?(?:(?:{_MODIFIERS})\s+){{0,3}}(?:{_KINDS})\b",
    rf"truncate\s+(?:table\s+)?{_NAME}\s*(?:;|,|$|cascade|restart)",
    r"grant\s[^;]{1,400}?\s(?:on|to)\s",
    r"revoke\s[^;]{1,400}?\s(?:on|from)\s",
    rf"pragma\s+{_NAME}",
    r"explain\s+(?:analyze\s+|query\s+plan\s+|\([^)]{0,80}\)\s*)?(?:select|insert|update|delete|with|\ue000)",
    r"vacuum\b",
    rf"analyze\s+{_NAME}\s*(?:;|$)",
    rf"copy\s+{_NAME}\s*(?:\([^)]{{0,2000}}\)\s*)?(?:from|to)\s",
    r"lock\s+tables?\s",
    r"attach\s+(?:database\s+)?['\"\ue000]",
    r"comment\s+on\s+\w+\s",
    r"reindex\s+",
    r"refresh\s+materialized\s+view\s",
    rf"(?:call|exec|execute)\s+{_NAME}\s*[(@]",
    r"use\s+[`\[\"]?\ue000",
    rf"set\s+(?:local\s+|session\s+|global\s+)?{_NAME}(?:\s+to\s|\s*=)",
    r"values\s*\(",
    r"rename\s+table\s",
    r"show\s+(?:tables|databases|columns|create\s+table|index|full\s+tables|grants)\b",
    r"describe\s+[`\"]?\ue000\S{0,80}\s*;?\s*$",
    r"(?:notify|listen|unlisten)\s+\"?\ue000",
    r"detach\s+database\s",
    r"(?:release\s+)?savepoint\s",
    r"kill\s+(?:query\s+)?\ue000",
    r"begin\s*;",
    r"(?:begin|declare)\s[^;]{1,4000};",
    r"if\s+(?:not\s+)?exists\s*\(",
)
_FRAGMENTS = (
    rf"(?:where|and|or|having|on)\s+(?:not\s+)?\(?{_NAME}(?:\([^)]{{0,200}}\))?\s*"
    r"(?:=|<|>|!=|(?:not\s+)?(?:like|ilike|in|is|between)\b)",
    rf"(?:order|group)\s+by\s+{_NAME}\s*(?:asc|desc|,|$|limit|\ue000)",
    r"(?:limit|offset)\s+[\ue000\d%:?$]",
    r"union\s+(?:all\s+)?select\b",
    r"(?:left|right|inner|outer|cross|full)\s+(?:outer\s+)?join\s",
)
_SHAPES = lazy(
    f"{_HEAD}(?:(?P<sure>{'|'.join(_SURE)})|(?P<defining>{'|'.join(_DEFINING)})|(?P<fragment>{'|'.join(_FRAGMENTS)}))",
    re.IGNORECASE,
)
_PROSE = lazy(
    r"\b(?:the|a|an|please|your|you|my|this|that|these|those|his|her|their|our|failed|cannot|could|should|must|was|were|"
    r"following|one\s+of|some)\s+(?!=|\(|,|\.|from\b|join\b|on\b|set\b|where\b|order\b|group\b|inner\b|left\b|right\b|cross\b|"
    r"limit\b|union\b|is\b|in\b|and\b|as\b|between\b|like\b|having\b|desc\b|asc\b|using\b|natural\b|full\b|outer\b)\w",
    re.IGNORECASE,
)
_PLACEHOLDER = lazy(r"%\(\w{1,64}\)s|%s|\?\?")

_ENDS_IN_CONDITION = lazy(r"\b(?:where|and|or|not|having|on|set)[\s(]{1,20}$", re.IGNORECASE)


def may_be_sql(texts: Sequence[str]) -> bool:
    """Whether any constant part has a word of SQL: cheap, and asked before anything else."""
    return any(_VERB.search(text[:MAX_TEXT]) for text in texts)


def verb(template: Template) -> str:
    """The first word of the statement in capitals, "" when it starts with a hole."""
    for unit in units_of(template):
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

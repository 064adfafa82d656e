"""Judges one SQL text that reaches a database: which holes it has, and how bad they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from readycheck.facts import sql_text
from readycheck.facts.lazily import lazy
from readycheck.facts.sql_values import SAFE_SOURCES, Atom, Text


@dataclass(frozen=True, slots=True)
class Hole:
    """One place in a SQL text that is filled at run time. `expression` never holds a literal's text."""

    position: str
    source: str
    expression: str
    line: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a SQL text amounts to. `confidence` belongs to a finding: high, medium or low."""

    holes: tuple[Hole, ...]
    tier: str
    reason: str
    confidence: str
    verb: str


MAX_HOLES = 40
_STATEMENT = lazy(r"(?:sql|query|queries|stmt|statement|select)$", re.IGNORECASE)
_HARMLESS = {
    "settings": "comes from the settings",
    "typed": "is annotated as a number, date or fixed word",
    "checked": "was checked before",
    "callers": "is a constant in every call of this file",
    "escaped": "is escaped by hand",
}
_TIERS = {"safe": 0, "low": 1, "finding": 2}
_CONFIDENCE = {"low": 0, "medium": 1, "high": 2}
_WORDS = {
    "request": "what a client sent",
    "parameter": "a parameter",
    "call": "the result of a call",
    "attribute": "an attribute",
}


def rank(verdict: Verdict) -> tuple[int, int, int]:
    """Worse verdicts sort higher."""
    return (_TIERS[verdict.tier], _CONFIDENCE[verdict.confidence], -len(verdict.holes))


def template_of(text: Text, before: str) -> tuple[tuple[str | int, ...], list[Atom]]:
    """A text as a template: constants of more than a word are part of the text, everything else is a hole."""
    atoms: list[Atom] = []
    template: list[str | int] = [before] if before else []
    for part in text.parts:
        if isinstance(part, str):
            template.append(part)
            continue
        template.append(len(atoms))
        atoms.append(part)
    return tuple(template), atoms


def judge(text: Text, *, executed: bool, before: str = "") -> Verdict | None:
    """The verdict on a text with holes, or None when it is not SQL."""
    template, atoms = template_of(text, before)
    if not atoms or not sql_text.may_be_sql([part for part in template if isinstance(part, str)]):
        return None
    if not sql_text.is_sql(template, executed=executed):
        return None
    holes: list[Hole] = []
    worst = ("safe", "every variable part is fixed in the code, checked or numeric", "high")
    for atom, position in zip(atoms, sql_text.positions(template), strict=True):
        source = "int" if atom.mark == "typed" else atom.source
        holes.append(Hole(_position(atom, position), source, atom.expression, atom.line))
        found = _judge_hole(atom, position)
        if found[0] == "safe":
            continue
        if (_TIERS[found[0]], _CONFIDENCE[found[2]]) > (
            _TIERS[worst[0]],
            _CONFIDENCE[worst[2]] if worst[0] != "safe" else -1,
        ):
            worst = found
    return Verdict(tuple(dict.fromkeys(holes))[:MAX_HOLES], worst[0], worst[1], worst[2], sql_text.verb(template))


def _position(atom: Atom, position: str) -> str:
    return sql_text.PLACEHOLDERS if atom.source == "placeholders" else position


def _judge_hole(atom: Atom, position: str) -> tuple[str, str, str]:
    """Tier, reason and confidence of one hole."""
    if atom.source in SAFE_SOURCES or position == sql_text.PLACEHOLDERS:
        return ("safe", "", "high")
    word = _WORDS.get(atom.source, "a variable")
    if atom.source == "imported" and atom.mark == "constant":
        return ("safe", "", "high")
    if atom.mark in _HARMLESS:
        return ("low", f"{atom.expression} {_HARMLESS[atom.mark]}", "low")
    if atom.source == "imported":
        return ("low", f"{atom.expression} is imported", "low")
    if position == sql_text.VALUE:
        sure = "medium" if atom.source in ("attribute", "call") else "high"
        return ("finding", f"{word} stands in the SQL text as a value: {atom.expression}", sure)
    if atom.source == "request":
        return ("finding", f"what a client sent stands in the SQL text as {_part(position)}: {atom.expression}", "high")
    if position == sql_text.CLAUSE and _STATEMENT.search(atom.expression):
        return ("low", f"a whole statement is wrapped in another: {atom.expression}", "low")
    if atom.source == "parameter" and position != sql_text.KEYWORD and atom.mark != "private":
        return (
            "finding",
            f"a parameter no allow-list checks stands in the SQL text as {_part(position)}: {atom.expression}",
            "medium",
        )
    return ("low", f"{word} stands in the SQL text as {_part(position)}: {atom.expression}", "low")


def _part(position: str) -> str:
    return {"identifier": "a name", "keyword": "a keyword", "clause": "a clause"}.get(position, "a part")

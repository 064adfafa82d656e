"""Says whether a regular expression of a rule could run away on a hostile line, before it is ever used.

Python's engine tries every way to match. Two shapes make that explode: a repeat inside a repeat whose iterations can
be cut in more than one way (exponential), and a row of wide repeats that can trade characters (polynomial).
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, field
from typing import Any

from readycheck.facts.patterns import LONGEST_LINE

# Upper bound of steps on one line: about a second.
MOST_STEPS = 60_000_000
# A group repeated at most this often cannot explode by itself.
FEW = 4
_PARSER: Any = importlib.import_module("re._parser")  # the parser of `re`, which has no public name
_ALPHABET = (*(chr(code) for code in range(128)), "é", "中")
_EVERYTHING = frozenset(_ALPHABET)
_ZERO_WIDTH = frozenset({"AT", "ASSERT", "ASSERT_NOT"})
_STARTS = frozenset({"AT_BEGINNING", "AT_BEGINNING_STRING"})
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT"})


@dataclass(slots=True)
class _Part:
    """One element of a sequence: the characters it may begin or go on with, how often it may vary, whether it must."""

    chars: frozenset[str]
    span: int = 0
    required: bool = True


@dataclass(slots=True)
class _Walk:
    reason: str = ""
    groups: dict[int, list[_Part]] = field(default_factory=dict)


def why_runaway(pattern: str) -> str:
    """What is wrong with a pattern, "" for one that is safe to search on any line."""
    try:
        re.compile(pattern)
        tokens = list(_PARSER.parse(pattern))
    except (re.error, OverflowError, RecursionError) as error:
        return f"not a regular expression: {error}"
    walk = _Walk()
    parts = _sequence(tokens, walk)
    if walk.reason:
        return walk.reason
    anchored = bool(tokens) and str(tokens[0][1]) in _STARTS
    if _steps(parts, anchored) > MOST_STEPS:
        return "several wide repeats can trade characters: bound them, as in .{0,80}, or put a fixed character between"
    return ""


def _sequence(tokens: list[Any], walk: _Walk) -> list[_Part]:
    parts: list[_Part] = []
    for op, argument in tokens:
        parts += _token(str(op), argument, walk)
    return parts


def _token(op: str, argument: Any, walk: _Walk) -> list[_Part]:
    if op in _ZERO_WIDTH:
        if op != "AT":
            _sequence(list(argument[1]), walk)
        return []
    if op in _REPEATS or op == "POSSESSIVE_REPEAT":
        return [_repeat(op, argument, walk)]
    if op == "SUBPATTERN":
        parts = _sequence(list(argument[3]), walk)
        if argument[0] is not None:
            walk.groups[argument[0]] = parts
        return parts
    if op == "ATOMIC_GROUP":
        return _sequence(list(argument), walk)
    if op == "BRANCH":
        return [_branch([_sequence(list(option), walk) for option in argument[1]])]
    if op == "GROUPREF":
        known = walk.groups.get(argument, [])
        return [_Part(_all_chars(known), sum(p.span for p in known), any(p.required for p in known))]
    if op == "GROUPREF_EXISTS":
        _, yes, no = argument
        return [_branch([_sequence(list(yes), walk), _sequence(list(no or ()), walk)])]
    return [_Part(_chars(op, argument))]


def _repeat(op: str, argument: Any, walk: _Walk) -> _Part:
    low, high, inner = argument
    parts = _sequence(list(inner), walk)
    high = min(int(high), LONGEST_LINE)
    if op in _REPEATS and high > FEW and high > low and _ambiguous(parts):
        walk.reason = walk.reason or "a repeat inside a repeat can match the same text in many ways"
    width = max(1, sum(max(p.span, 1) for p in parts))
    span = min((high - int(low)) * width, LONGEST_LINE) if op in _REPEATS else 0
    inside = min(sum(p.span for p in parts) * max(high, 1), LONGEST_LINE)
    return _Part(_all_chars(parts), max(span, inside), int(low) > 0 and any(p.required for p in parts))


def _branch(options: list[list[_Part]]) -> _Part:
    chars = frozenset().union(*(_all_chars(option) for option in options))
    lengths = {len(option) for option in options}
    span = max((sum(p.span for p in option) for option in options), default=0)
    firsts = [_first(option) for option in options]
    overlap = any(a & b for i, a in enumerate(firsts) for b in firsts[i + 1 :])
    empty = any(not any(p.required for p in option) for option in options)
    # Options that begin alike or may be empty vary like a repeat does; the others are told apart by one character.
    varies = 1 if (overlap and len(lengths) > 1) or empty or (overlap and lengths != {1}) else 0
    return _Part(chars, max(span, varies), not empty)


def _first(parts: list[_Part]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for part in parts:
        found |= part.chars
        if part.required:
            break
    return found


def _ambiguous(parts: list[_Part]) -> bool:
    """Whether one text can be cut into iterations of this body in more than one way."""
    variable = [p for p in parts if p.span or not p.required]
    if not variable:
        return not any(p.required for p in parts)
    loose = frozenset().union(*(p.chars for p in variable))
    fixed = [p for p in parts if p.required and not p.span]
    return not any(loose.isdisjoint(p.chars) for p in fixed)


def _steps(parts: list[_Part], anchored: bool) -> int:
    """A bound on the work: starts on a line, times the ways to cut the text between repeats that can trade."""
    steps = 1 if anchored else LONGEST_LINE // _stride(parts)
    traded = False
    for index, part in enumerate(parts):
        following = next((p for p in parts[index + 1 :] if p.required), None)
        if part.span < 2 or following is None:
            continue  # what nothing has to follow never has to give anything back
        if not following.chars.isdisjoint(part.chars):
            steps *= part.span + 1
            traded = True
        elif traded:
            steps *= part.span
    return steps


def _stride(parts: list[_Part]) -> int:
    """How far apart two starts are at least: the fixed prefix, if it cannot overlap with itself."""
    prefix = []
    for part in parts:
        if part.span or not part.required:
            break
        prefix.append(part.chars)
    if not prefix or any(prefix[0] & chars for chars in prefix[1:]):
        return 1
    return len(prefix)


def _all_chars(parts: list[_Part]) -> frozenset[str]:
    return frozenset().union(*(p.chars for p in parts))


def _chars(op: str, argument: Any) -> frozenset[str]:
    """The characters of a small alphabet that one token matches."""
    if op == "LITERAL":
        letter = chr(argument)
        return frozenset({letter, letter.swapcase()} if len(letter.swapcase()) == 1 else {letter})
    if op == "NOT_LITERAL":
        return _EVERYTHING - {chr(argument)}
    if op == "IN":
        found: set[str] = set()
        negated = False
        for kind, value in argument:
            name = str(kind)
            if name == "NEGATE":
                negated = True
            elif name == "RANGE":
                found |= {c for c in _ALPHABET if value[0] <= ord(c) <= value[1]}
            else:
                found |= _chars(name, value)
        return frozenset(_EVERYTHING - found if negated else found)
    if op == "CATEGORY":
        return _category(str(argument))
    return _EVERYTHING


def _category(name: str) -> frozenset[str]:
    classes = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w"}
    known = classes.get(name.rpartition("_")[2])
    if known is None:
        return _EVERYTHING
    inside = frozenset(c for c in _ALPHABET if re.match(known, c))
    return _EVERYTHING - inside if "NOT" in name else inside

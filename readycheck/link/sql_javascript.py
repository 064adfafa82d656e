"""SQL texts in JavaScript and TypeScript: template strings and concatenations that a database call executes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts import sql_text
from readycheck.facts.javascript import JavascriptFacts, JsCall
from readycheck.facts.lazily import lazy
from readycheck.facts.values import Call, Choice, Const, Items, Joined, Name, Opaque, Value
from readycheck.link.describe import describe

# Last segments of call names that extraction must record for this module.
CALLS = frozenset(
    "query execute raw exec prepare literal whereRaw havingRaw orderByRaw groupByRaw joinRaw selectRaw fromRaw "
    "queryRawUnsafe "
    "executeRawUnsafe $queryRawUnsafe $executeRawUnsafe unsafe".split()
)
# These take nothing but SQL; of the others the text itself must show that it is SQL.
_ONLY_SQL = CALLS - {"query", "execute", "raw", "exec", "prepare", "literal", "unsafe"}
_CLIENT = lazy(
    r"(?:^|[.\s])(?:req|request|ctx|context|event|args|params|query|body|input|searchParams)\.", re.IGNORECASE
)
_ESCAPES = lazy(r"escape|quote|sanitize|identifier|\bformat$|literal$", re.IGNORECASE)
_NUMBERS = frozenset(
    {
        "Number",
        "parseInt",
        "parseFloat",
        "BigInt",
        "Math.floor",
        "Math.min",
        "Math.max",
        "Math.round",
        "Math.ceil",
        "Math.abs",
        "Date.now",
    }
)
_PLACEHOLDERS = lazy(r"placeholder|bindmarks?|questionmarks?|\bmarks$", re.IGNORECASE)
_TIERS = ("safe", "low", "finding")
_MAX_STEPS = 40
# So many parts of concatenated texts are followed in one file.
_MAX_PARTS = 8_000
_MOST_PARTS = 200


@dataclass(frozen=True, slots=True)
class JavascriptSql:
    """One SQL text at the call that executes it. `outside` is set when the whole text comes from a client."""

    line: int
    column: int
    sink: str
    how: str
    reason: str
    tier: str
    confidence: str
    built_at: int
    outside: bool = False


def built_in_javascript(facts: JavascriptFacts) -> Iterator[JavascriptSql]:
    """The texts built from parts, and those with their values bound (tier "safe")."""
    for found in _texts(facts):
        if not found.outside:
            yield found


def raw_in_javascript(facts: JavascriptFacts) -> Iterator[JavascriptSql]:
    """The statements that come whole from a client."""
    for found in _texts(facts):
        if found.outside:
            yield found


def handed_in(facts: JavascriptFacts) -> Iterator[JsCall]:
    """The unescaped queries of Prisma whose text a function gets or makes in a way that is not followed."""
    for call in facts.calls:
        if call.call.name.rpartition(".")[2].endswith("RawUnsafe") and call.call.args:
            value = _followed(facts, call)[0]
            if isinstance(value, Name | Call | Opaque) and not _fixed(facts, call, value):
                yield call


def _texts(facts: JavascriptFacts) -> Iterator[JavascriptSql]:
    room = _MAX_PARTS
    for call in facts.calls:
        last = call.call.name.rpartition(".")[2]
        if last not in CALLS or not call.call.args:
            continue
        value, built_at = _followed(facts, call)
        room -= len(_parts(value))
        if room < 0:
            return
        found = _judge(facts, call, last, value, built_at)
        if found is not None:
            yield found


def _judge(facts: JavascriptFacts, call: JsCall, last: str, value: Value, built_at: int) -> JavascriptSql | None:
    sink = call.call.name.lstrip("?.") or last
    if (
        isinstance(value, Name)
        and _CLIENT.search(value.dotted)
        and re.search(r"\.(?:sql|query|statement)$", value.dotted, re.I)
    ):
        reason = f"what a client sent is executed: {value.dotted}"
        return JavascriptSql(call.line, call.column, sink, "whole", reason, "finding", "high", call.line, outside=True)
    if isinstance(value, Const) and isinstance(value.value, str):
        bound = len(call.call.args) > 1 and sql_text.is_sql([value.value])
        return (
            JavascriptSql(call.line, call.column, sink, "bound", "values are bound", "safe", "high", built_at)
            if bound
            else None
        )
    parts = _parts(value)
    template: list[str | int] = []
    holes: list[Value] = []
    for part in parts:
        if isinstance(part, Const):
            template.append(str(part.value))
        else:
            template.append(len(holes))
            holes.append(part)
    if not holes or not sql_text.may_be_sql([t for t in template if isinstance(t, str)]):
        return None
    if not sql_text.is_sql(template, executed=last in _ONLY_SQL):
        return None
    tier, reason, confidence = "safe", "every variable part is fixed, escaped or a number", "high"
    for hole, position in zip(holes, sql_text.positions(template), strict=True):
        judged = _hole(facts, call, hole, position)
        if _TIERS.index(judged[0]) > _TIERS.index(tier):
            tier, reason, confidence = judged
    how = value.how if isinstance(value, Joined) else "concat"
    return JavascriptSql(call.line, call.column, sink, how, reason, tier, confidence, built_at)


def _followed(facts: JavascriptFacts, call: JsCall) -> tuple[Value, int]:
    """The first argument, a variable replaced by what was put into it before the call."""
    value: Value = call.call.args[0].value
    if isinstance(value, Call) and value.name.rpartition(".")[2] in {"text", "sql", "raw"} and value.args:
        value = value.args[0].value
    if not isinstance(value, Name) or "." in value.dotted:
        return value, call.call.args[0].line
    parts: list[Value] = []
    line = 0
    for binding in facts.bindings:
        visible = call.scope == binding.scope or not binding.scope or call.scope.startswith(binding.scope + ".")
        if binding.name != value.dotted or not visible or binding.line > call.line:
            continue
        given = binding.value
        if isinstance(given, Joined) and given.parts and given.parts[0] == value:
            parts += given.parts[1:]
        else:
            parts = list(_parts(given))
        line = binding.line
    if not parts:
        return value, call.call.args[0].line
    return (parts[0] if len(parts) == 1 else Joined(tuple(parts[:_MOST_PARTS]), "concat")), line


def _parts(value: Value) -> tuple[Value, ...]:
    if isinstance(value, Joined):
        return tuple(part for piece in value.parts for part in _parts(piece))[:_MOST_PARTS]
    return (value,)


def _hole(facts: JavascriptFacts, call: JsCall, hole: Value, position: str) -> tuple[str, str, str]:
    """Tier, reason and confidence of one variable part."""
    if position == sql_text.PLACEHOLDERS or _fixed(facts, call, hole):
        return "safe", "", "high"
    shown = describe(hole)
    if isinstance(hole, Name):
        given = [
            b.value for b in facts.bindings if b.name == hole.dotted and b.scope == call.scope and b.line <= call.line
        ]
        if given and all(
            isinstance(value, Call) and value.name.rpartition(".")[2] in {"join", "map"} for value in given
        ):
            return "low", f"a list is joined into the SQL text: {shown}", "low"
    client = _client(facts, call, hole)
    if isinstance(hole, Call):
        last = hole.name.rpartition(".")[2]
        if hole.name in _NUMBERS or last in {"length", "getTime", "toISOString", "toFixed"}:
            return "safe", "", "high"
        if last == "join" or _PLACEHOLDERS.search(hole.name):
            return "low", f"a list is joined into the SQL text: {shown}", "low"
        if _ESCAPES.search(hole.name):
            return "low", f"{shown} is escaped by hand", "low"
    if isinstance(hole, Name) and (_PLACEHOLDERS.search(hole.dotted) or hole.dotted.endswith(".length")):
        return "safe", "", "high"
    if client:
        return "finding", f"what a client sent stands in the SQL text: {client}", "high"
    if position == sql_text.VALUE and isinstance(hole, Name):
        word = "an attribute" if "." in hole.dotted else "a variable"
        return "finding", f"{word} stands in the SQL text as a value: {shown}", "medium"
    return "low", f"a variable stands in the SQL text as a part that is no value: {shown}", "low"


def _client(facts: JavascriptFacts, call: JsCall, hole: Value) -> str:
    """What of a request is inside an expression, "" if nothing is seen."""
    for value in _inside(hole):
        if isinstance(value, Name):
            if _CLIENT.search(value.dotted + "."[: "." not in value.dotted]) and "." in value.dotted:
                return value.dotted
            for binding in facts.bindings:
                if binding.name == value.dotted and binding.scope == call.scope and binding.line <= call.line:
                    for inner in _inside(binding.value):
                        if isinstance(inner, Name) and "." in inner.dotted and _CLIENT.search(inner.dotted):
                            return f"{value.dotted} = {inner.dotted}"
    return ""


def _inside(value: Value) -> Iterator[Value]:
    """A value and the alternatives and parts of it; not what a call makes of its arguments."""
    stack: list[Value] = [value]
    for _ in range(_MAX_STEPS):
        if not stack:
            return
        current = stack.pop()
        yield current
        match current:
            case Joined(parts=parts):
                stack += parts
            case Choice(options=options):
                stack += options
            case Items(items=items):
                stack += items
            case Call(receiver=receiver) if receiver is not None:
                stack.append(receiver)


def _fixed(facts: JavascriptFacts, call: JsCall, value: Value, depth: int = 0) -> bool:
    """Whether a value is one of the constants of this file."""
    match value:
        case Const():
            return True
        case Items(items=items):
            return all(_fixed(facts, call, item, depth + 1) for item in items)
        case Choice(options=options):
            return all(_fixed(facts, call, option, depth + 1) for option in options)
        case Name(dotted=dotted) if depth < 3 and "." not in dotted:
            own = [b for b in facts.bindings if b.name == dotted and (not b.scope or call.scope.startswith(b.scope))]
            return bool(own) and all(_fixed(facts, call, b.value, depth + 1) for b in own)
        case Name(dotted=dotted) if dotted.count(".") == 1:
            owner, _, name = dotted.partition(".")
            own = [b for b in facts.bindings if b.name == name and b.scope and owner in {"this", b.scope}]
            return (bool(own) and all(_fixed(facts, call, b.value, depth + 1) for b in own)) or dotted.replace(
                "_", ""
            ).replace(".", "").isupper()
        case Name(dotted=dotted) if dotted.replace("_", "").replace(".", "").isupper():
            return True
    return False

"""SQL built from parts and executed (INJ001), and text from outside executed as SQL (INJ008), in Python."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from readycheck.facts import sql_text
from readycheck.facts.lazily import lazy
from readycheck.facts.sql_flow import Flow, Reached
from readycheck.facts.sql_judge import Hole, Verdict, judge, rank
from readycheck.facts.sql_scope import ModuleScope
from readycheck.facts.sql_sinks import GATES, sink_of
from readycheck.facts.sql_values import Atom, Text
from readycheck.facts.syntax import children

__all__ = ["Hole", "RawSqlFromInput", "SqlFacts", "SqlUse", "find_sql", "gate_literals", "read_sql_facts"]

# What has these methods is a query object, whose values the library binds, and no text.
_QUERY_OBJECT = lazy(
    r"\.(?:limit|offset|where|order_by|filter|filter_by|join|outerjoin|options|select_from|group_by|values|returning)\(\)"
)
# What a client sent goes into such a helper as a value; the statement is the helper's.
_BUILDER = lazy(r"[A-Za-z0-9]_(?:statement|stmt|select|query)\(\)$")


@dataclass(frozen=True, slots=True)
class SqlUse:
    """A SQL text with variable parts that reaches a database.

    `tier`: "finding", "low" (say it, do not fail on it) or "safe" (evidence). `confidence` is that of a finding.
    """

    line: int
    column: int
    sink: str
    how: str
    holes: tuple[Hole, ...]
    built_at: int
    function: str
    verb: str
    tier: str
    reason: str
    confidence: str


@dataclass(frozen=True, slots=True)
class RawSqlFromInput:
    """A whole SQL text that comes from outside and is executed. `source`: "request", "model" or "file"."""

    line: int
    column: int
    sink: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class SqlFacts:
    """Everything about SQL in one module. `bound` are queries whose values are bound parameters: line and sink."""

    uses: tuple[SqlUse, ...] = ()
    raw: tuple[RawSqlFromInput, ...] = ()
    bound: tuple[tuple[int, str], ...] = ()
    complete: bool = True


# So many characters of SQL texts, all ways a text can be put together counted, are judged in one file.
MAX_JUDGED = 300_000


def gate_literals() -> tuple[bytes, ...]:
    """A file without any of these has nothing for `find_sql`."""
    return GATES


def find_sql(tree: ast.Module) -> tuple[tuple[SqlUse, ...], tuple[RawSqlFromInput, ...]]:
    """SQL built from parts, and SQL that comes whole from outside."""
    facts = read_sql_facts(tree)
    return facts.uses, facts.raw


def bound_queries(tree: ast.Module) -> tuple[tuple[int, str], ...]:
    """Where values are bound to a constant SQL text: the evidence for a pass."""
    return read_sql_facts(tree).bound


def read_sql_facts(tree: ast.Module) -> SqlFacts:
    """All of it in one go."""
    module = ModuleScope.of(tree)
    local = frozenset(module.functions)
    if not any(sink_of(call, module.imports, local) is not None for call in module.all_calls):
        return SqlFacts()
    module.read_classes()
    interesting = _interesting(tree, module)
    if not interesting:
        return SqlFacts()
    flow = Flow(module, interesting=frozenset(interesting))
    flow.run(tree)
    uses: dict[tuple[int, int], tuple[Verdict, SqlUse]] = {}
    raw: dict[tuple[int, int], RawSqlFromInput] = {}
    bound: set[tuple[int, str]] = set()
    room = MAX_JUDGED
    for item in flow.reached:
        place = (item.line, item.column)
        outside = _outside(item)
        if outside is not None:
            raw.setdefault(place, outside)
        if not isinstance(item.value, Text):
            if isinstance(item.value, Atom) and _is_own_statement(item.value, item):
                bound.add((item.line, item.sink.name))
            continue
        room -= sum(len(part) if isinstance(part, str) else 1 for part in item.value.parts)
        if room < 0:
            break
        if (
            item.value.constant is not None
            and item.sink.bound
            and sql_text.is_sql([item.value.constant], executed=True)
        ):
            bound.add((item.line, item.sink.name))
        verdict = judge(item.value, executed=item.sink.strong, before=item.sink.before)
        if verdict is None or (place in uses and rank(uses[place][0]) >= rank(verdict)):
            continue
        uses[place] = (verdict, _use(item, item.value, verdict))
    found = tuple(use for _, (_, use) in sorted(uses.items()))
    return SqlFacts(
        found, tuple(raw[place] for place in sorted(raw)), tuple(sorted(bound)), flow.budget.steps > 0 and room >= 0
    )


def _is_own_statement(value: Atom, item: Reached) -> bool:
    """A composed statement, or one looked up in a table of this module and given its values apart."""
    if value.source == "safe-sql":
        return value.mark != "reported"
    return (
        value.source in ("allow-list", "loop-over-constants")
        and not value.mark
        and item.sink.strong
        and item.sink.bound
    )


def _use(item: Reached, text: Text, verdict: Verdict) -> SqlUse:
    return SqlUse(
        line=item.line,
        column=item.column,
        sink=item.sink.name,
        how=text.how or "template",
        holes=verdict.holes,
        built_at=text.line or item.line,
        function=item.function,
        verb=verdict.verb,
        tier=verdict.tier,
        reason=verdict.reason,
        confidence=verdict.confidence,
    )


def _outside(item: Reached) -> RawSqlFromInput | None:
    """A whole statement from outside: the value itself, or the hole that a text begins with."""
    value = item.value
    atom = value if isinstance(value, Atom) else None
    if isinstance(value, Text):
        first = next((part for part in value.parts if not isinstance(part, str) or part.strip()), None)
        atom = first if isinstance(first, Atom) else None
    if atom is None or not item.sink.strong or item.sink.before or _QUERY_OBJECT.search(atom.expression):
        return None
    if atom.mark == "model-answer":
        return RawSqlFromInput(
            item.line, item.column, item.sink.name, "model", f"a model's answer is executed: {atom.expression}"
        )
    if atom.mark == "file":
        return RawSqlFromInput(
            item.line, item.column, item.sink.name, "file", f"the text of a file is executed: {atom.expression}"
        )
    if atom.source == "request" and not _BUILDER.search(atom.expression):
        reason = f"what a client sent is executed: {atom.expression}"
        return RawSqlFromInput(item.line, item.column, item.sink.name, "request", reason)
    return None


def _interesting(tree: ast.Module, module: ModuleScope) -> set[str]:
    """The functions to follow: those with a sink, those that call one of them, and those around them."""
    found: set[str] = set()
    local = frozenset(module.functions)
    inside: dict[str, set[str]] = {}
    stack: list[tuple[ast.AST, tuple[str, ...]]] = [(tree, ("",))]
    while stack:
        node, names = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = (*names[-3:], node.name)
        elif isinstance(node, ast.Call):
            if sink_of(node, module.imports, local) is not None:
                found.update(names or ("",))
            called = (
                node.func.id
                if isinstance(node.func, ast.Name)
                else node.func.attr
                if isinstance(node.func, ast.Attribute)
                else ""
            )
            inside.setdefault(called, set()).update(names)
        stack.extend((child, names) for child in children(node))
    for _ in range(2):
        found |= {caller for name in tuple(found) for caller in inside.get(name, ()) if name}
    return found

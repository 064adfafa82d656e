"""Evaluates Python expressions to what they may hold, within one function and its module."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from readycheck.facts import sql_calls, sql_lookup, sql_narrow
from readycheck.facts.sql_format import percent_parts
from readycheck.facts.sql_names import asks_for_sql, dotted, is_quoter
from readycheck.facts.sql_scope import ClassScope, Env, ModuleScope
from readycheck.facts.sql_values import (
    Atom,
    Mapping,
    Seq,
    Text,
    Val,
    Vals,
    concat,
    is_constant,
    only_placeholders,
    risk,
    union,
    unknown,
)

MAX_DEPTH = 40
MAX_STEPS = 30_000

Inline = Callable[[ast.Call, "Evaluator", Env], "Vals | None"]


@dataclass(slots=True)
class Budget:
    """How much work one file may still cost."""

    steps: int = MAX_STEPS

    def spend(self) -> bool:
        """Take one step; False when there is none left."""
        self.steps -= 1
        return self.steps > 0


@dataclass(slots=True)
class Evaluator:
    """Knows the module, the class and how to look into functions of the same module."""

    module: ModuleScope
    owner: ClassScope | None
    budget: Budget
    inline: Inline
    depth: int = 0

    def eval(self, node: ast.expr | None, env: Env) -> Vals:
        """The alternatives an expression may hold."""
        if node is None:
            return (Text(("None",)),)
        if self.depth > MAX_DEPTH or not self.budget.spend():
            return unknown(dotted(node), node.lineno)
        handler = _HANDLERS.get(type(node))
        if handler is None:
            return unknown(dotted(node), node.lineno)
        self.depth += 1
        try:
            return handler(self, node, env)
        finally:
            self.depth -= 1

    def elements(self, vals: Vals) -> Vals:
        """What iterating may yield."""
        found: list[Val] = []
        for value in vals:
            if isinstance(value, Seq):
                found.extend(value.items)
            elif isinstance(value, Mapping):
                found.extend(value.keys)
            elif isinstance(value, Atom):
                found.append(value)
            elif value.constant is not None:
                found.append(Atom("constant", "character"))
        return union(found) if found else unknown("item")

    def loop_elements(self, vals: Vals, node: ast.expr) -> Vals:
        """What a loop variable holds: constants become one value that is known to be constant."""
        items = self.elements(vals)
        if len(items) > 1 and is_constant(items) and not any(isinstance(item, Seq | Mapping) for item in items):
            return (Atom("loop-over-constants", dotted(node), node.lineno),)
        return items

    def bind(self, target: ast.expr, vals: Vals, env: Env) -> None:
        """Assign to a target, taking tuples apart."""
        if isinstance(target, ast.Name | ast.Attribute):
            key = dotted(target)
            env[key] = vals
            for stale in [name for name in env if name.startswith(key + ".")]:
                del env[stale]
        elif isinstance(target, ast.Tuple | ast.List):
            for position, inner in enumerate(target.elts):
                self.bind(
                    inner.value if isinstance(inner, ast.Starred) else inner, self._nth(vals, position, target), env
                )

    def _nth(self, vals: Vals, position: int, target: ast.expr) -> Vals:
        found: list[Val] = []
        for value in vals:
            if isinstance(value, Seq):
                items = value.items
                if (
                    items
                    and all(isinstance(item, Seq) for item in items)
                    and (value.repeated or position >= len(items))
                ):
                    rows = [item.items for item in items if isinstance(item, Seq) and item.items]
                    found.extend(row[min(position, len(row) - 1)] for row in rows)
                elif items:
                    found.append(items[min(position, len(items) - 1)])
            elif isinstance(value, Atom):
                found.append(value)
        return union(found) if found else unknown(dotted(target), target.lineno)

    def comprehend(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, env: Env) -> Env:
        """The environment inside a comprehension."""
        inner = dict(env)
        for generator in node.generators:
            self.bind(generator.target, self.loop_elements(self.eval(generator.iter, inner), generator.iter), inner)
            for test in generator.ifs:
                sql_narrow.narrow(self, test, inner, True)
        return inner


def _constant(ev: Evaluator, node: ast.Constant, env: Env) -> Vals:
    value = node.value
    if isinstance(value, bytes):
        return (Text((value.decode("latin-1"),), "", node.lineno),)
    if isinstance(value, str):
        return (Text((value,), "", node.lineno),)
    return (Text((str(value)[:40] if not isinstance(value, int) or abs(value) < 10**30 else "0",), "", node.lineno),)


def _fstring(ev: Evaluator, node: ast.JoinedStr, env: Env) -> Vals:
    pieces: list[Vals] = []
    names: list[str] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            vals = ev.eval(part.value, env)
            if part.format_spec is not None and _numeric_spec(part.format_spec):
                vals = (Atom("int", dotted(part.value), part.lineno),)
            pieces.append(vals)
            names.append(dotted(part.value))
        else:
            pieces.append(ev.eval(part, env))
            names.append("")
    return concat(pieces, "f-string", node.lineno, names)


def _numeric_spec(spec: ast.expr) -> bool:
    parts = spec.values if isinstance(spec, ast.JoinedStr) else []
    text = "".join(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
    return text[-1:] in tuple("dfxXobeEgGn%") and text != ""


def _binop(ev: Evaluator, node: ast.BinOp, env: Env) -> Vals:
    if isinstance(node.op, ast.Add):
        return _add(ev, node, env)
    if isinstance(node.op, ast.Mod):
        left = ev.eval(node.left, env)
        if any(isinstance(value, Text) and not _is_number(value) for value in left):
            return percent_parts(ev, left, node.right, env, node.lineno)
        return (
            left
            if any(isinstance(value, Atom) and value.source in ("imported", "safe-sql") for value in left)
            else _number(node)
        )
    if isinstance(node.op, ast.Mult):
        return _repeat(ev, node, env)
    if isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.Div):
        left = ev.eval(node.left, env)
        if isinstance(node.op, ast.BitOr):
            return union((*left, *ev.eval(node.right, env)))
        sets = isinstance(node.right, ast.Set | ast.SetComp | ast.Call) or any(isinstance(value, Seq) for value in left)
        if sets or isinstance(node.op, ast.Div):
            return left
    return _number(node)


def _number(node: ast.expr) -> Vals:
    return (Atom("int", dotted(node), node.lineno),)


def _is_number(text: Text) -> bool:
    known = text.constant
    return known is not None and known.replace(".", "", 1).isdigit()


def _add(ev: Evaluator, node: ast.BinOp, env: Env) -> Vals:
    """A chain of `+`, taken apart without recursion because generated code has long ones."""
    operands: list[ast.expr] = []
    current: ast.expr = node
    while isinstance(current, ast.BinOp) and isinstance(current.op, ast.Add):
        operands.append(current.right)
        current = current.left
    operands.append(current)
    operands.reverse()
    vals = [ev.eval(operand, env) for operand in operands]
    if any(isinstance(value, Seq) for each in vals for value in each):
        items = [
            item for each in vals for value in each for item in (value.items if isinstance(value, Seq) else (value,))
        ]
        return (Seq(tuple(items)),)
    if any(isinstance(op, ast.Constant) and isinstance(op.value, int | float) for op in operands):
        return _number(node)
    if any(isinstance(value, Text) for each in vals for value in each):
        return concat(
            vals, "concat", node.lineno, [dotted(op) if not isinstance(op, ast.Constant) else "" for op in operands]
        )
    flat = [value for each in vals for value in each]
    return concat(vals, "concat", node.lineno) if len(flat) < 6 else (max(flat, key=risk),)


def _repeat(ev: Evaluator, node: ast.BinOp, env: Env) -> Vals:
    for side in (node.left, node.right):
        if isinstance(side, ast.Constant | ast.List | ast.Tuple | ast.Name | ast.JoinedStr):
            vals = ev.eval(side, env)
            for value in vals:
                if isinstance(value, Seq):
                    return (Seq(value.items, repeated=True),)
                if isinstance(value, Text) and only_placeholders(value):
                    return (Atom("placeholders", dotted(node), node.lineno),)
    return _number(node)


def _choice(ev: Evaluator, node: ast.IfExp, env: Env) -> Vals:
    yes, no = dict(env), dict(env)
    sql_narrow.narrow(ev, node.test, yes, True)
    sql_narrow.narrow(ev, node.test, no, False)
    return union((*ev.eval(node.body, yes), *ev.eval(node.orelse, no)))


def _either(ev: Evaluator, node: ast.BoolOp, env: Env) -> Vals:
    return union(value for part in node.values for value in ev.eval(part, env))


def _sequence(ev: Evaluator, node: ast.List | ast.Tuple | ast.Set, env: Env) -> Vals:
    items: list[Val] = []
    for element in node.elts[:200]:
        if isinstance(element, ast.Starred):
            items.extend(ev.elements(ev.eval(element.value, env)))
            continue
        vals = ev.eval(element, env)
        items.append(vals[0] if len(vals) == 1 else max(vals, key=risk))
    return (Seq(tuple(items)),)


def _dict(ev: Evaluator, node: ast.Dict, env: Env) -> Vals:
    keys = [value for key in node.keys[:200] if key is not None for value in ev.eval(key, env)[:1]]
    values = [max(ev.eval(value, env), key=risk) for value in node.values[:200]]
    return (Mapping(tuple(keys), tuple(values)),)


def _listcomp(ev: Evaluator, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, env: Env) -> Vals:
    inner = ev.comprehend(node, env)
    return (Seq(ev.eval(node.elt, inner), repeated=True),)


def _dictcomp(ev: Evaluator, node: ast.DictComp, env: Env) -> Vals:
    inner = ev.comprehend(node, env)
    return (Mapping(ev.eval(node.key, inner), ev.eval(node.value, inner)),)


def _named(ev: Evaluator, node: ast.NamedExpr, env: Env) -> Vals:
    vals = ev.eval(node.value, env)
    ev.bind(node.target, vals, env)
    return vals


def _call(ev: Evaluator, node: ast.Call, env: Env) -> Vals:
    if asks_for_sql(node):
        return (Atom("call", dotted(node), node.lineno, "model-answer"),)
    if not is_quoter(dotted(node.func).split(".")[-1]):
        inlined = ev.inline(node, ev, env)
        if inlined is not None:
            return inlined
    return sql_calls.call(ev, node, env)


_HANDLERS: dict[type[ast.expr], Callable[..., Vals]] = {
    ast.Constant: _constant,
    ast.JoinedStr: _fstring,
    ast.BinOp: _binop,
    ast.IfExp: _choice,
    ast.BoolOp: _either,
    ast.Name: sql_lookup.name,
    ast.Attribute: sql_lookup.attribute,
    ast.Subscript: sql_lookup.subscript,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.ListComp: _listcomp,
    ast.SetComp: _listcomp,
    ast.GeneratorExp: _listcomp,
    ast.DictComp: _dictcomp,
    ast.NamedExpr: _named,
    ast.Call: _call,
    ast.Await: lambda ev, node, env: ev.eval(node.value, env),
    ast.Starred: lambda ev, node, env: ev.eval(node.value, env),
    ast.Compare: lambda ev, node, env: _number(node),
    ast.UnaryOp: lambda ev, node, env: _number(node),
}

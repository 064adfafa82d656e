"""What a test says about the values it looks at: membership in an allow-list, equality, a number, a pattern."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from readycheck.facts.sql_names import dotted, is_checker
from readycheck.facts.sql_scope import Env
from readycheck.facts.sql_values import Atom

if TYPE_CHECKING:
    from readycheck.facts.sql_eval import Evaluator

_STRING_TESTS = frozenset("isdigit isnumeric isdecimal isidentifier isalnum isalpha isascii".split())
_PATTERN_TESTS = frozenset("match fullmatch".split())
_SUBSETS = frozenset({"issubset", "issuperset"})


def narrow(ev: Evaluator, test: ast.expr, env: Env, truth: bool, depth: int = 0) -> None:
    """Record in `env` what holds when `test` comes out as `truth`."""
    if depth > 20:
        return
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        narrow(ev, test.operand, env, not truth, depth + 1)
    elif isinstance(test, ast.BoolOp):
        if isinstance(test.op, ast.And) is truth:
            for part in test.values:
                narrow(ev, part, env, truth, depth + 1)
        elif isinstance(test.op, ast.Or) and truth is True:
            _same_subject(ev, test, env)
        elif isinstance(test.op, ast.And) and len(test.values) == 2 and _tests_presence(test.values[0], test.values[1]):
            narrow(ev, test.values[1], env, truth, depth + 1)  # `if x and x not in ALLOWED: raise`
    elif isinstance(test, ast.Compare) and len(test.ops) == 1:
        _compare(test, env, truth)
    elif isinstance(test, ast.Call):
        _called(test, env, truth)
    elif isinstance(test, ast.Name | ast.Attribute) and not truth:
        held = env.get(dotted(test), ())
        if held and all(isinstance(value, Atom) for value in held):
            env[dotted(test)] = (Atom("constant", dotted(test), test.lineno),)  # nothing but emptiness is left


def _same_subject(ev: Evaluator, test: ast.BoolOp, env: Env) -> None:
    """`x == "a" or x == "b"`: each side is an allow-list of the same name."""
    subjects = {
        dotted(part.left)
        for part in test.values
        if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Eq | ast.In)
    }
    if len(subjects) == 1 and all(isinstance(part, ast.Compare) for part in test.values):
        first = test.values[0]
        if isinstance(first, ast.Compare):
            _allow(first.left, env, first.lineno)


def _tests_presence(first: ast.expr, second: ast.expr) -> bool:
    inner = second.operand if isinstance(second, ast.UnaryOp) else second
    subject = (
        inner.left
        if isinstance(inner, ast.Compare)
        else inner.args[0]
        if isinstance(inner, ast.Call) and inner.args
        else None
    )
    looked_at = first.left if isinstance(first, ast.Compare) else first
    return subject is not None and dotted(looked_at) == dotted(_core(subject))


def _core(node: ast.expr) -> ast.expr:
    """The value inside `x.lower()`, `str(x)` or `set(x)`."""
    for _ in range(4):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
            node = node.func.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
            node = node.args[0]
        else:
            break
    return node


def _allow(node: ast.expr, env: Env, line: int, source: str = "allow-list") -> None:
    core = _core(node)
    if isinstance(core, ast.Name | ast.Attribute | ast.Subscript):
        env[dotted(core)] = (Atom(source, dotted(core), line),)


def _compare(test: ast.Compare, env: Env, truth: bool) -> None:
    operator, right = test.ops[0], test.comparators[0]
    if (isinstance(operator, ast.In) and truth) or (isinstance(operator, ast.NotIn) and not truth):
        if not isinstance(test.left, ast.Constant):
            _allow(test.left, env, test.lineno)
    elif (isinstance(operator, ast.Eq) and truth) or (isinstance(operator, ast.NotEq) and not truth):
        if isinstance(right, ast.Constant):
            _allow(test.left, env, test.lineno)
    elif isinstance(operator, ast.LtE) and truth:
        _allow(test.left, env, test.lineno)
    elif isinstance(operator, ast.Sub | ast.Gt) and not truth and isinstance(test.left, ast.Call):
        _allow(test.left, env, test.lineno)


def _called(test: ast.Call, env: Env, truth: bool) -> None:
    name = dotted(test.func).split(".")[-1]
    if name in ("any", "all") and test.args and isinstance(test.args[0], ast.GeneratorExp | ast.ListComp):
        _quantified(test.args[0], name == "all", env, truth)
        return
    if not truth:
        return
    if name in _STRING_TESTS and isinstance(test.func, ast.Attribute):
        _allow(test.func.value, env, test.lineno)
    elif name in _PATTERN_TESTS and test.args:
        _allow(test.args[-1] if len(test.args) == 1 else test.args[1], env, test.lineno)
    elif (
        name == "isinstance"
        and len(test.args) == 2
        and dotted(test.args[1]) in ("int", "float", "UUID", "uuid.UUID", "bool")
    ):
        _allow(test.args[0], env, test.lineno, "int")
    elif name in _SUBSETS and isinstance(test.func, ast.Attribute):
        _allow(test.func.value if name == "issubset" else test.args[0], env, test.lineno)
    elif is_checker(name) and test.args:
        _allow(test.args[0], env, test.lineno)


def _quantified(node: ast.GeneratorExp | ast.ListComp, every: bool, env: Env, truth: bool) -> None:
    """`all(c in ALLOWED for c in columns)` and `not any(c not in ALLOWED for c in columns)`."""
    if len(node.generators) != 1 or every is not truth:
        return
    inner: Env = {}
    target = dotted(node.generators[0].target)
    probe = node.elt
    if isinstance(probe, ast.Compare) and len(probe.ops) == 1:
        _compare(probe, inner, every)
    elif isinstance(probe, ast.Call):
        _called(probe, inner, every)
    if target in inner:
        _allow(node.generators[0].iter, env, node.lineno)

"""What calls give back, as far as building SQL goes."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from readycheck.facts import sql_names as names
from readycheck.facts.sql_format import brace_parts, replaced
from readycheck.facts.sql_scope import Env
from readycheck.facts.sql_values import Atom, Mapping, Seq, Text, Val, Vals, is_constant, joined, risk, union

if TYPE_CHECKING:
    from readycheck.facts.sql_eval import Evaluator

_ITERATORS = frozenset(
    {"items", "enumerate", "zip", "keys", "values", "map", "range", "product", "chain", "permutations", "islice"}
)
_READERS = frozenset(
    "get pop getlist get_list dict model_dump json form to_dict read getvalue setdefault __getitem__ group".split()
)
_FILES = frozenset({"read", "read_text", "readlines", "readline"})


def call(ev: Evaluator, node: ast.Call, env: Env) -> Vals:
    """The alternatives a call may give back; calls into this module were followed before."""
    key = names.dotted(node)
    name = (
        node.func.attr
        if isinstance(node.func, ast.Attribute)
        else node.func.id
        if isinstance(node.func, ast.Name)
        else ""
    )
    if names.is_request(key.removesuffix("()")) or names.is_request(key):
        return (Atom("request", key, node.lineno),)
    if names.is_model_answer(key.removesuffix("()")):
        return (Atom("call", key, node.lineno, "model-answer"),)
    if name in names.NUMBER_CALLS:
        return (Atom("int", key, node.lineno),)
    if name in names.SAFE_SQL_CALLS:
        return (Atom("safe-sql", key, node.lineno),)
    if name in _ITERATORS:
        return _iterator(ev, node, name, env)
    if isinstance(node.func, ast.Attribute):
        found = _method(ev, node, node.func, env)
        if found is not None:
            return found
    if names.is_quoter(name) or name == "as_string":
        return (Atom("safe-sql", key, node.lineno),)
    if name == "sub" and node.args and _keeps_listed_characters(node.args[0]):
        return (Atom("call", key, node.lineno, "escaped"),)
    if names.is_escaper(name) and node.args:
        return tuple(
            Atom("call", key, node.lineno, "escaped") if not isinstance(value, Text) else value
            for value in ev.eval(node.args[0], env)
        )
    if name in names.SAME_VALUE_CALLS and node.args:
        return _same(ev, node, name, env)
    return _other(ev, node, key, name, env)


def _keeps_listed_characters(pattern: ast.expr) -> bool:
    """`re.sub("[^a-z]", "", x)` lets only listed characters through."""
    return (
        isinstance(pattern, ast.Constant) and isinstance(pattern.value, str) and pattern.value.startswith(("[^", "\\W"))
    )


def _same(ev: Evaluator, node: ast.Call, name: str, env: Env) -> Vals:
    if name in ("min", "max") and any(
        isinstance(arg, ast.Constant) and isinstance(arg.value, int | float) for arg in node.args
    ):
        return (Atom("int", names.dotted(node), node.lineno),)
    argument = node.args[1] if name in ("cast", "filter") and len(node.args) > 1 else node.args[0]
    vals = ev.eval(argument, env)
    if name in ("next", "iter", "min", "max", "choice"):
        return ev.elements(vals) if any(isinstance(value, Seq) for value in vals) else vals
    if name == "text" and any(isinstance(value, Text) and value.constant is None for value in vals):
        return (Atom("safe-sql", "text()", node.lineno, "reported"),)
    return vals


def _iterator(ev: Evaluator, node: ast.Call, name: str, env: Env) -> Vals:
    key = names.dotted(node)
    number = Atom("int", key, node.lineno)
    if name == "range":
        return (Seq((number,), repeated=True),)
    if name in ("items", "keys", "values") and isinstance(node.func, ast.Attribute):
        found: list[Val] = []
        for value in ev.eval(node.func.value, env):
            if isinstance(value, Mapping):
                pairs = tuple(Seq(pair) for pair in zip(value.keys, value.values, strict=False))
                found.append(Seq(pairs if name == "items" else value.keys if name == "keys" else value.values))
            else:
                found.append(value if isinstance(value, Seq) else _renamed(value, key))
        return union(found)
    if not node.args:
        return (Atom("call", key, node.lineno),)
    if name == "islice":
        return ev.eval(node.args[0], env)
    if name == "enumerate":
        return tuple(Seq((Seq((number, item)),), repeated=True) for item in ev.elements(ev.eval(node.args[0], env))[:1])
    if name == "chain":
        return (Seq(tuple(item for arg in node.args for item in ev.elements(ev.eval(arg, env))), repeated=True),)
    if name in ("zip", "product", "permutations"):
        firsts = tuple(max(ev.elements(ev.eval(arg, env)), key=risk) for arg in node.args)
        return (Seq((Seq(firsts),), repeated=True),)
    if name == "map" and len(node.args) > 1:
        return _mapped(ev, node, env)
    return (Atom("call", key, node.lineno),)


def _mapped(ev: Evaluator, node: ast.Call, env: Env) -> Vals:
    items = ev.elements(ev.eval(node.args[1], env))
    function = node.args[0]
    if isinstance(function, ast.Lambda) and function.args.args:
        inner = dict(env)
        inner[function.args.args[0].arg] = items
        return (Seq(ev.eval(function.body, inner), repeated=True),)
    name = names.dotted(function).split(".")[-1]
    if name in names.NUMBER_CALLS:
        return (Seq((Atom("int", names.dotted(node), node.lineno),), repeated=True),)
    if names.is_quoter(name) or name in names.SAFE_SQL_CALLS:
        return (Seq((Atom("safe-sql", names.dotted(node), node.lineno),), repeated=True),)
    return (Seq(items, repeated=True),)


def _renamed(value: Val, key: str) -> Val:
    return replace(value, expression=key, text=None) if isinstance(value, Atom) else value


def _method(ev: Evaluator, node: ast.Call, func: ast.Attribute, env: Env) -> Vals | None:
    """A method of a value we follow; None when the receiver says nothing."""
    name = func.attr
    if isinstance(func.value, ast.Name) and func.value.id in ev.module.imports and func.value.id not in env:
        return None
    if names.dotted(func.value) in ("self", "cls"):
        return None
    receiver = ev.eval(func.value, env)
    if name in ("format", "format_map"):
        return (
            brace_parts(ev, receiver, node, env)
            if any(isinstance(value, Text) for value in receiver)
            else _opaque(receiver, node)
        )
    if name == "join" and len(node.args) == 1 and any(isinstance(value, Text) for value in receiver):
        return joined(receiver, ev.eval(node.args[0], env), names.dotted(node.args[0]), node.lineno)
    if name == "replace" and len(node.args) >= 2:
        return _replace(ev, node, receiver, env)
    if name in names.SAME_TEXT_METHODS:
        return receiver
    if name in ("get", "pop", "setdefault") and any(isinstance(value, Mapping) for value in receiver):
        return _get(ev, node, receiver, env)
    return _opaque(receiver, node)


def _replace(ev: Evaluator, node: ast.Call, receiver: Vals, env: Env) -> Vals:
    old = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
    new = ev.eval(node.args[1], env)
    found: list[Val] = []
    for value in receiver:
        if isinstance(value, Text) and isinstance(old, str):
            found.extend(replaced(value, old, new, names.dotted(node.args[1]), node.lineno))
        elif isinstance(value, Atom) and old in ("'", '"', "`", "\\"):
            found.append(replace(value, mark=value.mark or "escaped"))
        else:
            found.append(value)
    return union(found)


def _get(ev: Evaluator, node: ast.Call, receiver: Vals, env: Env) -> Vals:
    found: list[Val] = []
    for value in receiver:
        if isinstance(value, Mapping):
            fixed = is_constant(value.values) and len(value.values) > 1
            found.extend([Atom("allow-list", names.dotted(node), node.lineno)] if fixed else value.values)
        else:
            found.append(value)
    for default in node.args[1:2]:
        found.extend(ev.eval(default, env))
    return union(found)


def _opaque(receiver: Vals, node: ast.Call) -> Vals | None:
    """A method of something we only know the source of: the result has the same source."""
    worst = max(receiver, key=risk, default=None)
    key = names.dotted(node)
    if not isinstance(worst, Atom):
        return None
    if worst.mark == "constant" and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return (Atom("allow-list", key, node.lineno),)
    if isinstance(node.func, ast.Attribute) and node.func.attr in _FILES and worst.mark in ("file", "constant-file"):
        return (replace(worst, expression=key),)
    if names.is_quoter(key.removesuffix("()").split(".")[-1]):
        return (Atom("safe-sql", key, node.lineno),)
    if worst.mark == "route" and isinstance(node.func, ast.Attribute) and node.func.attr not in _READERS:
        return (Atom("call", key, node.lineno),)
    if worst.source in ("request", "safe-sql") or worst.mark in ("model-answer", "file", "constant-file"):
        return (replace(worst, expression=key, text=None),)
    return None


def _other(ev: Evaluator, node: ast.Call, key: str, name: str, env: Env) -> Vals:
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)][:20]
    vals = [value for argument in arguments for value in ev.eval(argument, env)]
    if name in ("open", "Path", "read_text", "read_bytes", "read_sql_file", "load_sql", "read_file"):
        return (Atom("call", key, node.lineno, "constant-file" if is_constant(tuple(vals[:1])) else "file"),)
    if name in _FILES:
        return (Atom("call", key, node.lineno, "file"),)
    if name == "SQL":
        return (Atom("safe-sql", key, node.lineno),)
    if names.is_settings(key):
        return (Atom("attribute", key, node.lineno, "settings"),)
    if any(isinstance(value, Atom) and value.source == "request" for value in vals):
        return (Atom("request", key, node.lineno),)
    return (Atom("call", key, node.lineno),)

"""Looks names, attributes and items up: in the function, its class, its module, or by what the name says."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from readycheck.facts.sql_names import MODEL_NAMES, dotted, is_constant_name, is_request, is_settings
from readycheck.facts.sql_scope import ClassScope, Env
from readycheck.facts.sql_values import Atom, Mapping, Seq, Val, Vals, is_constant, risk, union, unknown

if TYPE_CHECKING:
    from readycheck.facts.sql_eval import Evaluator


def name(ev: Evaluator, node: ast.Name, env: Env) -> Vals:
    """What a plain name holds."""
    for scope in (env, ev.module.env):
        if node.id in scope:
            return scope[node.id]
    if node.id in ev.module.imports:
        mark = "constant" if is_constant_name(node.id) else ""
        return (Atom("imported", node.id, node.lineno, mark),)
    if is_constant_name(node.id):
        return (Atom("imported", node.id, node.lineno, "constant"),)
    return (Atom("local", node.id, node.lineno),)


def attribute(ev: Evaluator, node: ast.Attribute, env: Env) -> Vals:
    """What an attribute holds, or where it comes from."""
    key = dotted(node)
    if key in env:
        return env[key]
    owned = _owned(ev, node)
    if owned is not None:
        return owned
    if is_request(key):
        return (Atom("request", key, node.lineno),)
    if node.attr in MODEL_NAMES or "._meta." in key or "__table__" in key:
        return (Atom("allow-list", key, node.lineno, "model"),)
    base = ev.eval(node.value, env)
    worst = max(base, key=risk)
    if isinstance(worst, Atom) and worst.source in ("request", "int", "safe-sql", "allow-list", "loop-over-constants"):
        return (replace(worst, expression=key, text=None),)
    if isinstance(worst, Atom) and worst.mark in ("model-answer", "file", "constant-file"):
        return (replace(worst, expression=key),)
    if key.startswith("string."):
        return (Atom("constant", key, node.lineno),)
    if is_settings(key):
        return (Atom("attribute", key, node.lineno, "settings"),)
    if is_constant_name(node.attr):
        return (Atom("imported", key, node.lineno, "constant"),)
    return (Atom("attribute", key, node.lineno),)


def _owned(ev: Evaluator, node: ast.Attribute) -> Vals | None:
    """An attribute of a class of this module, when every assignment to it is known."""
    entry: ClassScope | None = None
    if isinstance(node.value, ast.Name):
        base = node.value.id
        entry = ev.owner if base in ("self", "cls") else ev.module.classes.get(base)
    elif (
        isinstance(node.value, ast.Attribute)
        and isinstance(node.value.value, ast.Name)
        and node.attr in ("value", "name")
    ):
        enum = ev.module.classes.get(node.value.value.id)
        if enum is not None and enum.is_enum:
            return (Atom("allow-list", dotted(node), node.lineno),)
    if entry is None:
        return None
    assigned = entry.assigned.get(node.attr, [])
    found: list[Val] = list(entry.env.get(node.attr, ()))
    if not found and not assigned:
        return None
    for value in assigned:
        if not isinstance(value, ast.Constant | ast.JoinedStr | ast.List | ast.Tuple | ast.Dict):
            return None
        found.extend(ev.eval(value, {}))
    return union(found) if is_constant(tuple(found)) or not assigned else None


def subscript(ev: Evaluator, node: ast.Subscript, env: Env) -> Vals:
    """What an item holds, or where it comes from."""
    key = dotted(node)
    if is_request(key):
        return (Atom("request", key, node.lineno),)
    base = ev.eval(node.value, env)
    if isinstance(node.slice, ast.Slice):
        return base
    found: list[Val] = []
    for value in base:
        if isinstance(value, Seq | Mapping):
            items = value.items if isinstance(value, Seq) else value.values
            fixed = items and is_constant(items) and not isinstance(node.slice, ast.Constant)
            found.extend([Atom("allow-list", key, node.lineno)] if fixed and len(items) > 1 else items)
        elif isinstance(value, Atom):
            source = "allow-list" if value.mark == "constant" else value.source
            found.append(Atom(source, key, node.lineno, value.mark if value.mark != "typed" else ""))
        else:
            found.append(value)
    return union(found) if found else unknown(key, node.lineno)

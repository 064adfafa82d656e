"""Follows calls into functions of the same module, and says what the parameters of a function may be."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from readycheck.facts.sql_names import CONTEXT_PARAMETERS, FunctionNode, dotted, is_typed
from readycheck.facts.sql_scope import Env
from readycheck.facts.sql_sinks import Sink
from readycheck.facts.sql_values import Atom, Mapping, Seq, Text, Val, Vals, is_constant, union

if TYPE_CHECKING:
    from readycheck.facts.sql_eval import Evaluator
    from readycheck.facts.sql_flow import Frame

MAX_INLINE = 2
MAX_INLINE_LINES = 200


def arguments_of(function: FunctionNode) -> list[ast.arg]:
    """All parameters of a function, the starred ones last."""
    args = function.args
    found = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    return [*found, *(argument for argument in (args.vararg, args.kwarg) if argument is not None)]


def parameter(frame: Frame, function: FunctionNode, argument: ast.arg, route: bool) -> Atom:
    name, line = argument.arg, function.lineno
    if name in CONTEXT_PARAMETERS:
        return Atom("attribute", name, line)
    typed = is_typed(argument.annotation)
    if route:
        return Atom("int" if typed else "request", name, line, "typed" if typed else "route")
    if typed:
        return Atom("parameter", name, line, "typed")
    if _only_constants(frame, function, name):
        private = function.name.startswith("_")
        return Atom("constant" if private else "parameter", name, line, "callers")
    return Atom("parameter", name, line, "private" if function.name.startswith("_") else "")


def _only_constants(frame: Frame, function: FunctionNode, name: str) -> bool:
    """Whether every call in this file passes something constant for a parameter (and there is one)."""
    calls = frame.flow.module.calls.get(function.name, [])
    names = [argument.arg for argument in arguments_of(function)]
    position = names.index(name) - (1 if names[0] in ("self", "cls") else 0)
    defaults = dict(zip(reversed(names), reversed(function.args.defaults), strict=False))
    for call in calls[:50]:
        given = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
        if given is None and position < len(call.args):
            given = call.args[position]
        given = given if given is not None else defaults.get(name)
        if given is None or isinstance(given, ast.Starred) or not is_constant(frame.ev.eval(given, {})):
            return False
    return bool(calls)


def follow(frame: Frame, call: ast.Call, env: Env) -> None:
    """Look into a function of this module that takes text and executes it."""
    target = _resolve(frame, call)
    if target is None or target.name not in frame.flow.interesting or target.name == frame.function:
        return
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    if not any(_telling(value) for arg in arguments for value in frame.ev.eval(arg, env)):
        return
    first = len(frame.flow.reached)
    outer = frame.flow.site
    frame.flow.site = outer or call
    inline(frame, call, frame.ev, env)
    frame.flow.site = outer
    low, high = target.lineno, target.end_lineno or target.lineno
    label = dotted(call.func)
    kept = []
    for item in frame.flow.reached[first:]:
        built_there = isinstance(item.value, Text) and low <= item.value.line <= high
        if built_there and _from_outside(item.value):
            # The text is the helper's own: its place is there, and what is known of the argument joins it.
            kept.append(replace(item, line=item.call.lineno, column=item.call.col_offset + 1, function=target.name))
        elif not built_there and (isinstance(item.value, Text) or _from_outside(item.value)):
            sink = Sink(
                f"{label} ({item.sink.name})", item.sink.texts, item.sink.bound, item.sink.strong, item.sink.before
            )
            kept.append(replace(item, sink=sink, function=frame.function))
    frame.flow.reached[first:] = kept


def _telling(value: Val) -> bool:
    """Whether an argument is worth looking into a helper for: built text, or what comes from outside."""
    return _from_outside(value) or (isinstance(value, Text) and value.constant is None)


def _from_outside(value: Val) -> bool:
    parts = value.parts if isinstance(value, Text) else (value,)
    return any(isinstance(part, Atom) and (part.source == "request" or part.mark == "model-answer") for part in parts)


def _resolve(frame: Frame, call: ast.Call) -> FunctionNode | None:
    """The function of this module a call goes to."""
    if isinstance(call.func, ast.Name):
        return frame.flow.module.functions.get(call.func.id)
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        receiver = call.func.value.id
        owner = frame.owner if receiver in ("self", "cls") else frame.flow.module.classes.get(receiver)
        return owner.methods.get(call.func.attr) if owner is not None else None
    return None


def inline(frame: Frame, call: ast.Call, ev: Evaluator, env: Env) -> Vals | None:
    """What a function of this module gives back for these arguments, or None."""
    target = _resolve(frame, call)
    if target is None or frame.flow.nesting >= MAX_INLINE or frame.flow.budget.steps <= 0:
        return None
    if (target.end_lineno or 0) - target.lineno > MAX_INLINE_LINES:
        return None
    recording = frame.flow.site is not None
    first = len(frame.flow.reached)
    inner = _bind(target, call, ev, env)
    frame.flow.nesting += 1
    called = frame.child(frame.owner, target.name)
    called.block(target.body, inner)
    frame.flow.nesting -= 1
    if not recording:
        del frame.flow.reached[first:]
    if called.yields:
        return (Seq(tuple(dict.fromkeys(called.yields)), repeated=True),)
    return (
        union(called.returns)
        if called.returns and any(isinstance(v, Text | Seq | Mapping) or v.source != "local" for v in called.returns)
        else None
    )


def _bind(target: FunctionNode, call: ast.Call, ev: Evaluator, env: Env) -> Env:
    names = [argument.arg for argument in arguments_of(target)]
    inner: Env = {name: (Atom("parameter", name, target.lineno),) for name in names}
    defaults = zip(
        reversed([a.arg for a in (*target.args.posonlyargs, *target.args.args)]),
        reversed(target.args.defaults),
        strict=False,
    )
    for name, default in defaults:
        inner[name] = ev.eval(default, {})
    if names and names[0] in ("self", "cls") and isinstance(call.func, ast.Attribute):
        inner[names.pop(0)] = (Atom("attribute", "self", target.lineno),)
    for name, value in zip(names, call.args, strict=False):
        inner[name] = ev.eval(value, env)
    for keyword in call.keywords:
        if keyword.arg in inner:
            inner[keyword.arg] = ev.eval(keyword.value, env)
    return inner

"""Takes `%` and `.format` templates apart into constant texts and what fills their holes."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from itertools import count as counter
from itertools import pairwise
from typing import TYPE_CHECKING

from readycheck.facts.lazily import lazy
from readycheck.facts.sql_names import dotted
from readycheck.facts.sql_scope import Env
from readycheck.facts.sql_values import Atom, Mapping, Seq, Text, Val, Vals, concat, union, unknown

if TYPE_CHECKING:
    from readycheck.facts.sql_eval import Evaluator

_Fill = Callable[[re.Match[str]], tuple[Vals, str] | str]

_PERCENT = lazy(r"%(?:\((?P<name>\w{1,80})\))?[-+ #0]{0,3}(?:\d{1,4}|\*)?(?:\.\d{1,4})?(?P<kind>[sdifrxXouceEgGa%])")
_BRACE = lazy(r"\{\{|\}\}|\{(?P<name>[^{}:!]{0,120})(?:![rsa])?(?::(?P<spec>[^{}]{0,40}))?\}")


def percent_parts(ev: Evaluator, left: Vals, right: ast.expr, env: Env, line: int) -> Vals:
    """`template % right`."""
    positional: list[ast.expr] | None = right.elts if isinstance(right, ast.Tuple) else [right]
    named: dict[str, ast.expr] = {}
    if isinstance(right, ast.Dict):
        for key, value in zip(right.keys, right.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                named[key.value] = value
    found: list[Val] = []
    for template in left:
        if not isinstance(template, Text):
            found.append(template)
            continue
        count = counter()

        def fill(match: re.Match[str], count: Iterator[int] = count) -> tuple[Vals, str] | str:
            if match.group("kind") == "%":
                return "%"
            name = match.group("name")
            node = named.get(name) if name else _pick(positional, next(count))
            vals, label = _value(ev, node, right, env)
            if match.group("kind") in "difxXoueEgG":
                vals = (Atom("int", label, line),)
            return vals, label

        found.extend(_filled(template, _PERCENT, fill, "percent", line))
    return union(found)


def brace_parts(ev: Evaluator, left: Vals, call: ast.Call, env: Env) -> Vals:
    """`template.format(...)`; `.format_map(d)` and `**d` fill every name from the dict."""
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    spread = next((keyword.value for keyword in call.keywords if keyword.arg is None), None)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "format_map" and call.args:
        spread = call.args[0]
    found: list[Val] = []
    for template in left:
        if not isinstance(template, Text):
            found.append(template)
            continue
        count = counter()

        def fill(match: re.Match[str], count: Iterator[int] = count) -> tuple[Vals, str] | str:
            if match.group() in ("{{", "}}"):
                return match.group()[0]
            name = re.split(r"[.\[]", match.group("name"), maxsplit=1)[0]
            if name == "" or name.isdigit():
                node = _pick(call.args, int(name) if name else next(count))
            else:
                node = named.get(name)
            vals, label = _value(ev, node, spread, env)
            if (match.group("spec") or "x")[-1] in "dfeEgGn%b":
                vals = (Atom("int", label, call.lineno),)
            return vals, label

        found.extend(_filled(template, _BRACE, fill, "format", call.lineno))
    return union(found)


def replaced(template: Text, old: str, new: Vals, label: str, line: int) -> Vals:
    """`template.replace(old, new)`, the new value standing in each place of the old one."""
    pieces: list[Vals] = []
    names: list[str] = []
    hit = False
    for part in template.parts:
        texts = part.split(old) if isinstance(part, str) and old else [part]
        pieces.append(((Text((texts[0],)) if isinstance(texts[0], str) else texts[0]),))
        names.append("")
        for _, text in pairwise(texts):
            hit = True
            pieces += [new, (Text((text,)) if isinstance(text, str) else text,)]
            names += [label, ""]
    return concat(pieces, "format", line, names) if hit else (template,)


def _pick(nodes: list[ast.expr] | None, index: int) -> ast.expr | None:
    if not nodes:
        return None
    if index < len(nodes):
        return nodes[index]
    return nodes[-1] if len(nodes) == 1 or isinstance(nodes[-1], ast.Starred) else None


def _value(ev: Evaluator, node: ast.expr | None, spread: ast.expr | None, env: Env) -> tuple[Vals, str]:
    if node is not None:
        vals = ev.eval(node, env)
        if isinstance(node, ast.Name | ast.Starred):
            seqs = [value for value in vals if isinstance(value, Seq) and not value.repeated]
            if seqs and isinstance(node, ast.Starred):
                vals = union(item for seq in seqs for item in seq.items)
        return vals, dotted(node)
    if spread is None:
        return (Text(("",)),), ""
    found: list[Val] = []
    for value in ev.eval(spread, env):
        found.extend(
            value.values if isinstance(value, Mapping) else value.items if isinstance(value, Seq) else (value,)
        )
    return union(found) if found else unknown(dotted(spread), spread.lineno), dotted(spread)


def _filled(template: Text, pattern: re.Pattern[str], fill: _Fill, how: str, line: int) -> Vals:
    pieces: list[Vals] = []
    names: list[str] = []

    def add(vals: Vals, name: str) -> None:
        pieces.append(vals)
        names.append(name)

    for part in template.parts:
        if not isinstance(part, str):
            add((part,), "")
            continue
        at = 0
        for match in pattern.finditer(part):
            add((Text((part[at : match.start()],)),), "")
            made = fill(match)
            if isinstance(made, str):
                add((Text((made,)),), "")
            else:
                add(*made)
            at = match.end()
        add((Text((part[at:],)),), "")
    return concat(pieces, how, line, names)

"""Python expressions to value trees: imports resolved to dotted names, secrets hidden before they leave extraction."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Mapping

from readycheck.facts.lazily import lazy
from readycheck.facts.values import (
    Argument,
    Call,
    Choice,
    Compare,
    Const,
    Hidden,
    Items,
    Joined,
    Logic,
    Name,
    Opaque,
    Table,
    Value,
)

MAX_DEPTH = 14
MAX_ITEMS = 60
MAX_TEXT = 300

_OPS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not-in",
    ast.Lt: "<",
    ast.Gt: ">",
    ast.LtE: "<=",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is-not",
}
_USERINFO = lazy(r"(://[^/\s:@]{0,80}:)[^/\s@]{1,200}@")
_DENSE = lazy(r"[A-Za-z0-9+/_=-]{24,}")
_SECRET_NAME = lazy(
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|api_?key|access_?key|private_?key|credential|fernet|salt)s?$|_key$|^key$",
    re.IGNORECASE,
)

Hide = Callable[[str, str], Hidden]


def scrub(text: str) -> str:
    """A string constant without the password of a URL in it."""
    return _USERINFO.sub(r"\1…@", text) if "://" in text else text


@functools.lru_cache(maxsize=8192)  # few names make up most of any project
def names_a_secret(name: str) -> bool:
    """Whether a variable, field, keyword or key of this name is meant to hold a secret."""
    return bool(_SECRET_NAME.search(name))


class Converter:
    """Turns the expressions of one module into values; `aliases` maps local names to what they were imported as."""

    def __init__(self, aliases: Mapping[str, str], hide: Hide) -> None:
        self._aliases = aliases
        self._hide = hide

    def value(self, node: ast.expr | None, under: str = "", depth: int = 0) -> Value:
        """The value tree of an expression that stands under the name `under`."""
        if node is None:
            return Const(None)
        if depth > MAX_DEPTH:
            return Opaque("deeply nested expression")
        match node:
            case ast.Constant(value=constant):
                return self._constant(constant, under)
            case ast.Name() | ast.Attribute():
                return self._name(node, depth)
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                return Items(tuple(self.value(e, under, depth + 1) for e in elts[:MAX_ITEMS]))
            case ast.Dict(keys=keys, values=values):
                return self._table(keys, values, depth)
            case ast.Call():
                return self.call(node, depth)
            case ast.JoinedStr(values=parts):
                return Joined(tuple(self.value(p, under, depth + 1) for p in parts[:MAX_ITEMS]), "f-string")
            case ast.FormattedValue(value=inner):
                return self.value(inner, "", depth + 1)
            case ast.BinOp(op=ast.Add()):
                return self._concat(node, under, depth)
            case ast.BinOp(left=left, op=ast.Mod(), right=right) if isinstance(left, ast.Constant):
                return Joined((self.value(left, under, depth + 1), self.value(right, "", depth + 1)), "percent")
            case ast.BinOp(left=left, op=op, right=right):
                return self._arithmetic(left, op, right, depth)
            case ast.BoolOp(op=ast.Or(), values=options):
                return Choice(tuple(self.value(o, under, depth + 1) for o in options))
            case ast.BoolOp(values=parts):
                return Logic("and", tuple(self.value(p, under, depth + 1) for p in parts))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                branches = (self.value(body, under, depth + 1), self.value(orelse, under, depth + 1))
                return Choice(branches, _source(test))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Logic("not", (self.value(operand, under, depth + 1),))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=(int() | float()) as number)):
                return Const(-number)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return Compare(self.value(left, "", depth + 1), _OPS[type(op)], self.value(right, under, depth + 1))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self._comprehension(node, under, depth)
            case ast.Await(value=inner) | ast.Starred(value=inner) | ast.NamedExpr(value=inner):
                return self.value(inner, under, depth + 1)
            case ast.Subscript(value=owner, slice=index):
                return self._subscript(owner, index, depth)
            case ast.Lambda(body=body):
                return Call("lambda", (Argument(None, self.value(body, under, depth + 1), node.lineno),), node.lineno)
        return Opaque(type(node).__name__.lower())

    def condition(self, node: ast.expr) -> Value:
        """Like `value`, but an `or` is a test and not a choice of values."""
        if isinstance(node, ast.BoolOp):
            op = "or" if isinstance(node.op, ast.Or) else "and"
            return Logic(op, tuple(self.condition(part) for part in node.values))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return Logic("not", (self.condition(node.operand),))
        return self.value(node)

    def dotted(self, node: ast.expr) -> str:
        """`a.b.c` with its first part replaced by what it was imported as; "" if it is no dotted name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        parts.append(self._aliases.get(node.id, node.id))
        return ".".join(reversed(parts))

    def call(self, node: ast.Call, depth: int = 0) -> Call:
        """A call with its arguments; a method of a call keeps that call as receiver."""
        name, receiver = self.dotted(node.func), None
        if not name and isinstance(node.func, ast.Attribute):
            name, receiver = "." + node.func.attr, self.value(node.func.value, "", depth + 1)
        elif not name:
            receiver = self.value(node.func, "", depth + 1)
        under = self._first_text(node.args)
        args = [
            Argument(
                "*" if isinstance(a, ast.Starred) else None, self.value(a, under if i else "", depth + 1), a.lineno
            )
            for i, a in enumerate(node.args[:MAX_ITEMS])
        ]
        for keyword in node.keywords[:MAX_ITEMS]:
            label = keyword.arg or ""
            inherited = under if label in {"default", "fallback"} else label
            value = self.value(keyword.value, inherited, depth + 1)
            args.append(Argument(keyword.arg or "**", value, keyword.value.lineno))
        return Call(name, tuple(args), node.lineno, receiver)

    def _first_text(self, args: list[ast.expr]) -> str:
        if args and isinstance(args[0], ast.Constant) and isinstance(args[0].value, str):
            return args[0].value[:80]
        return ""

    def _constant(self, constant: object, under: str) -> Value:
        if isinstance(constant, str):
            if names_a_secret(under) and constant:
                return self._hide(under, constant)
            if len(constant) > MAX_TEXT:
                return Opaque("long text")
            if _DENSE.search(constant) and not any(c in constant for c in " ./"):
                return self._hide(under, constant)
            return Const(scrub(constant))
        if constant is None or isinstance(constant, bool | int | float):
            return Const(constant)
        return Opaque(type(constant).__name__)

    def _name(self, node: ast.expr, depth: int) -> Value:
        dotted = self.dotted(node)
        if dotted:
            return Name(dotted)
        if isinstance(node, ast.Attribute):
            return Call("." + node.attr, (), node.lineno, self.value(node.value, "", depth + 1))
        return Opaque("attribute")

    def _table(self, keys: list[ast.expr | None], values: list[ast.expr], depth: int) -> Value:
        pairs: list[tuple[Value | None, Value]] = []
        for key, item in list(zip(keys, values, strict=True))[:MAX_ITEMS]:
            label = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""
            name = None if key is None else (Const(label[:80]) if label else self.value(key, "", depth + 1))
            pairs.append((name, self.value(item, label, depth + 1)))
        return Table(tuple(pairs))

    def _concat(self, node: ast.BinOp, under: str, depth: int) -> Value:
        parts: list[ast.expr] = []
        current: ast.expr = node
        while isinstance(current, ast.BinOp) and isinstance(current.op, ast.Add):
            parts.append(current.right)
            current = current.left
        parts.append(current)
        values = tuple(self.value(p, under, depth + 1) for p in reversed(parts[-MAX_ITEMS:]))
        if all(isinstance(v, Items) for v in values):
            return Items(tuple(item for v in values if isinstance(v, Items) for item in v.items))
        return Joined(values, "concat")

    def _arithmetic(self, left: ast.expr, op: ast.operator, right: ast.expr, depth: int) -> Value:
        a, b = self.value(left, "", depth + 1), self.value(right, "", depth + 1)
        if isinstance(op, ast.Mult) and isinstance(a, Const) and isinstance(b, Const):
            if isinstance(a.value, int | float) and isinstance(b.value, int | float):
                return Const(a.value * b.value)
        if isinstance(op, ast.Div):
            return Joined((a, b), "path")
        return Opaque("arithmetic")

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, under: str, depth: int) -> Value:
        """`[x.strip() for x in VALUES]` says as much about its items as VALUES does."""
        first = node.generators[0]
        target = first.target.id if isinstance(first.target, ast.Name) else ""
        if target and any(isinstance(n, ast.Name) and n.id == target for n in ast.walk(node.elt)):
            return self.value(first.iter, under, depth + 1)
        return Opaque("comprehension")

    def _subscript(self, owner: ast.expr, index: ast.expr, depth: int) -> Value:
        base = self.dotted(owner)
        if isinstance(index, ast.Constant) and isinstance(index.value, str | int):
            return Call(
                "[]",
                (Argument(None, Const(index.value), index.lineno),),
                index.lineno,
                Name(base) if base else self.value(owner, "", depth + 1),
            )
        if base.rpartition(".")[2] == "Annotated" and isinstance(index, ast.Tuple):
            parts = tuple(Argument(None, self.value(part, "", depth + 1), part.lineno) for part in index.elts[:8])
            return Call("typing.Annotated", parts, owner.lineno)
        if base in {"list", "tuple", "set", "dict", "Optional", "typing.Optional"} or base.startswith("typing."):
            return Name(base)
        return Opaque("subscript")


def _source(node: ast.expr) -> str:
    """A condition as text for people, without its string literals when they are long."""
    text = ast.unparse(node)
    return text if len(text) <= 80 and not _DENSE.search(text) else type(node).__name__.lower()

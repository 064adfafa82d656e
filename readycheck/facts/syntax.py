"""Walks Python syntax trees fast: the nodes below a node by its type, without contexts and operators."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Children = Callable[[Any], Sequence[ast.AST]]


def _none(_: object) -> Sequence[ast.AST]:
    return ()


# `ast.iter_child_nodes` asks every field of every node what it is. These types make up nearly all of any module; the
# order of the children is that of `ast`. What is not here is rare and left to `ast`.
_CHILDREN: dict[type[ast.AST], Children] = {
    ast.Name: _none,
    ast.Constant: _none,
    ast.Import: _none,
    ast.ImportFrom: _none,
    ast.Pass: _none,
    ast.Attribute: lambda node: (node.value,),
    ast.Call: lambda node: [node.func, *node.args, *node.keywords],
    ast.keyword: lambda node: (node.value,),
    ast.Expr: lambda node: (node.value,),
    ast.Assign: lambda node: [*node.targets, node.value],
    ast.AnnAssign: lambda node: [node.target, node.annotation, *_present(node.value)],
    ast.Return: lambda node: _present(node.value),
    ast.Subscript: lambda node: (node.value, node.slice),
    ast.Tuple: lambda node: node.elts,
    ast.List: lambda node: node.elts,
    ast.Set: lambda node: node.elts,
    ast.Dict: lambda node: [*(key for key in node.keys if key is not None), *node.values],
    ast.BinOp: lambda node: (node.left, node.right),
    ast.BoolOp: lambda node: node.values,
    ast.UnaryOp: lambda node: (node.operand,),
    ast.Compare: lambda node: [node.left, *node.comparators],
    ast.JoinedStr: lambda node: node.values,
    ast.FormattedValue: lambda node: (node.value, *_present(node.format_spec)),
    ast.Starred: lambda node: (node.value,),
    ast.Await: lambda node: (node.value,),
    ast.IfExp: lambda node: (node.test, node.body, node.orelse),
    ast.If: lambda node: [node.test, *node.body, *node.orelse],
    ast.Assert: lambda node: (node.test, *_present(node.msg)),
    ast.Raise: lambda node: (*_present(node.exc), *_present(node.cause)),
    ast.arg: lambda node: _present(node.annotation),
}


def _present(node: ast.AST | None) -> Sequence[ast.AST]:
    return () if node is None else (node,)


def children(node: ast.AST) -> Sequence[ast.AST]:
    """The nodes right below a node, in the order of the source; names and constants have none."""
    known = _CHILDREN.get(type(node))
    return known(node) if known is not None else list(ast.iter_child_nodes(node))


def walk(tree: ast.AST) -> list[ast.AST]:
    """Every node of a tree, level by level as `ast.walk` has them."""
    nodes = [tree]
    for node in nodes:
        known = _CHILDREN.get(type(node))
        nodes.extend(known(node) if known is not None else ast.iter_child_nodes(node))
    return nodes


_BLOCKS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.FunctionDef: ("body",),
    ast.AsyncFunctionDef: ("body",),
    ast.ClassDef: ("body",),
    ast.With: ("body",),
    ast.AsyncWith: ("body",),
    ast.If: ("orelse", "body"),
    ast.For: ("orelse", "body"),
    ast.AsyncFor: ("orelse", "body"),
    ast.While: ("orelse", "body"),
    ast.Try: ("finalbody", "orelse", "handlers", "body"),
    ast.TryStar: ("finalbody", "orelse", "handlers", "body"),
    ast.ExceptHandler: ("body",),
    ast.Match: ("cases",),
    ast.match_case: ("body",),
}


def imports(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import statement of a module in the order of the source, without looking into expressions."""
    stack: list[ast.AST] = [*reversed(tree.body)]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
            continue
        for name in _BLOCKS.get(type(node), ()):
            stack.extend(reversed(getattr(node, name)))

"""Functions that hand their parameters to storage, so that a call of one counts as the storage use it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readycheck.facts.javascript_keys import names_in
from readycheck.facts.javascript_scope import Frame, Seen, is_parameter
from readycheck.facts.javascript_syntax import Script, field
from readycheck.facts.javascript_values import Reader

if TYPE_CHECKING:
    from tree_sitter import Node

_COMMON_METHODS = frozenset({"get", "set", "has", "add", "remove", "delete", "clear", "load", "save", "put", "push"})


@dataclass(frozen=True, slots=True)
class StorageHelper:
    """A function that hands its parameters to storage: positions of the key and the value, -1 for none. `owner` is
    the class or object it is a method of.
    """

    name: str
    owner: str
    store: str
    action: str
    key_position: int
    value_position: int
    line: int


def helper_of(
    reader: Reader, seen: Seen, touch: tuple[str, str], nodes: tuple[Node | None, Node | None]
) -> StorageHelper | None:
    """The function around a storage access, when the key is one of its parameters. `touch` is store and action."""
    function, (key, value) = seen.function(), nodes
    if function is None or key is None:
        return None
    position = _position(reader, function, key)
    if position < 0:
        return None
    stored = _position(reader, function, value) if value is not None else -1
    outer, _, name = function.scope.rpartition(".")
    line = reader.script.line(function.node)
    return StorageHelper(name, _owner(reader.script, function, outer), *touch, position, stored, line)


def calls_helper(helper: StorageHelper, dotted: str) -> bool:
    """Whether a call means the helper: by its bare name, on `this` or its owner, or by a name nothing else has."""
    owner, _, name = dotted.rpartition(".")
    if not owner:
        return not helper.owner
    return owner in {"this", helper.owner} or name not in _COMMON_METHODS


def _owner(script: Script, function: Frame, outer: str) -> str:
    """The class, or the variable of the object literal, that a method belongs to; "" for a plain function."""
    parent = function.parent
    if function.node.type != "method_definition" and (parent is None or parent.node.type != "pair"):
        return ""
    frame = parent
    while frame is not None and frame.kind == "named":
        if frame.node.type == "variable_declarator":
            return script.text(field(frame.node, "name") or frame.node)[:100]
        frame = frame.parent
    return outer.rpartition(".")[2] or "<object>"


def _position(reader: Reader, function: Frame, node: Node) -> int:
    """The position of the parameter an expression is, or is made of, -1 for none."""
    names = re.findall(r"[\w$.]{1,80}", names_in(reader.read(node)))
    return max((is_parameter(reader.script, function, name) for name in names[:10]), default=-1)

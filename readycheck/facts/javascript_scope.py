"""Where in a JavaScript file something stands (function, class, call, conditions) and what a name means there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING

from readycheck.facts.javascript_syntax import FUNCTIONS, MAX_DEPTH, Script, field, parameters, walk
from readycheck.facts.values import Choice, Const, Joined, Name, Table, Value

if TYPE_CHECKING:
    from tree_sitter import Node

_CLASSES = frozenset({"class_declaration", "class", "abstract_class_declaration", "enum_declaration"})
_NAMED = {
    "variable_declarator": "name",
    "pair": "key",
    "public_field_definition": "name",
    "field_definition": "property",
    "assignment_expression": "left",
}
_FRAMES = FUNCTIONS | _CLASSES | frozenset(_NAMED) | {"arguments", "call_expression", "new_expression", "if_statement"}
_INTERESTING = frozenset(
    {"import_statement", "export_statement", "call_expression", "new_expression", "augmented_assignment_expression"}
    | {"member_expression", "subscript_expression", "enum_declaration", "unary_expression", "binary_expression"}
    | {"return_statement", "arrow_function"}
    | set(_NAMED)
)
IDENTIFIERS = frozenset({"identifier", "shorthand_property_identifier", "type_identifier", "jsx_identifier"})
_RESOLVE_DEPTH = 8
_MOST_ASSIGNMENTS = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """One thing that encloses a node, with the scope inside it."""

    kind: str
    node: Node
    depth: int
    scope: str
    parent: Frame | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A node worth a look, with what encloses it."""

    node: Node
    frame: Frame | None

    @property
    def scope(self) -> str:
        """Dotted names of the enclosing classes and functions, "" at module level."""
        return self.frame.scope if self.frame else ""

    def frames(self) -> Iterator[Frame]:
        """What encloses the node, innermost first."""
        frame = self.frame
        while frame is not None:
            yield frame
            frame = frame.parent

    def function(self) -> Frame | None:
        """The innermost enclosing function."""
        return next((frame for frame in self.frames() if frame.kind == "function"), None)

    def call(self) -> Node | None:
        """The call or `new` that the node is an argument of, not looking out of the enclosing function."""
        inside = False
        for frame in self.frames():
            if frame.kind in {"function", "class"}:
                return None
            if frame.kind == "arguments":
                inside = True
            elif frame.kind == "call" and inside:
                return frame.node
        return None

    def conditions(self) -> Iterator[tuple[Node, bool]]:
        """The conditions of the enclosing `if`s, innermost first, with whether the node is in the true branch."""
        for frame in self.frames():
            condition = field(frame.node, "condition") if frame.kind == "if" else None
            if condition is None or self.node.start_byte < condition.end_byte:
                continue
            branch = field(frame.node, "consequence")
            yield condition, branch is not None and self.node.end_byte <= branch.end_byte


@dataclass(slots=True)
class Collected:
    """Everything the walk over a file found, in source order. `cut` says that it did not go to the deepest level."""

    nodes: list[Seen] = dataclass_field(default_factory=list)
    names: dict[str, list[int]] = dataclass_field(default_factory=dict)
    cut: bool = False

    def of(self, *kinds: str) -> Iterator[Seen]:
        """The nodes of these kinds."""
        return (seen for seen in self.nodes if seen.node.type in kinds)


def collect(script: Script) -> Collected:
    """Walk the file once, remembering where each node of interest stands and on which lines each name occurs."""
    found = Collected()
    frame: Frame | None = None
    for node, depth in walk(script.root):
        kind = node.type
        if depth >= MAX_DEPTH:
            found.cut = True
        while frame is not None and frame.depth >= depth:
            frame = frame.parent
        if kind in IDENTIFIERS:
            found.names.setdefault(script.text(node), []).append(script.line(node))
            continue
        if kind in _INTERESTING:
            found.nodes.append(Seen(node, frame))
        if kind in _FRAMES and node.is_named:
            frame = _enter(script, node, depth, frame)
    return found


def _enter(script: Script, node: Node, depth: int, parent: Frame | None) -> Frame:
    scope = parent.scope if parent else ""
    kind = node.type
    if kind in FUNCTIONS or kind in _CLASSES:
        own = field(node, "name")
        if own is None and parent is not None and parent.kind == "named" and parent.depth == depth - 1:
            own = field(parent.node, _NAMED[parent.node.type])
        name = script.text(own)[:100].strip("\"'").rsplit(".", 1)[-1] if own is not None else f"<{script.line(node)}>"
        scope = f"{scope}.{name}" if scope else name
        return Frame("function" if kind in FUNCTIONS else "class", node, depth, scope[-400:], parent)
    short = {"call_expression": "call", "new_expression": "call", "if_statement": "if", "arguments": "arguments"}
    return Frame(short.get(kind, "named"), node, depth, scope, parent)


@dataclass(slots=True)
class Constants:
    """What the names of a file stand for, looked up from the inside out."""

    values: dict[tuple[str, str], list[Value]] = dataclass_field(default_factory=dict)

    def add(self, scope: str, name: str, value: Value) -> None:
        """Remember one assignment."""
        self.values.setdefault((scope, name), []).append(value)

    def lookup(self, dotted: str, scope: str) -> Value | None:
        """The value of a name as seen from a scope; several assignments are a choice."""
        parts = dotted.split(".")
        if parts[0] == "this" and len(parts) > 1:
            parts = parts[1:]
        for taken in range(min(len(parts), 3), 0, -1):
            head, inner = ".".join(parts[:taken]), scope
            while True:
                found = self.values.get((inner, head))
                if found is None and taken > 1:
                    # `Keys.TOKEN`: a static field stands in the scope of its class.
                    owner, _, last = head.rpartition(".")
                    found = self.values.get((f"{inner}.{owner}" if inner else owner, last))
                if found:
                    return _path(_one(found), parts[taken:])
                if not inner:
                    break
                inner = inner.rpartition(".")[0]
        return None

    def resolve(self, value: Value, scope: str, depth: int = 0) -> Value:
        """The value with a name replaced by what it stands for, as far as this file knows."""
        if depth > _RESOLVE_DEPTH:
            return value
        if isinstance(value, Name):
            found = self.lookup(value.dotted, scope)
            return value if found is None or found == value else self.resolve(found, scope, depth + 1)
        if isinstance(value, Joined):
            # Three levels at a step: a string that is built from itself must not fan out.
            parts = tuple(self.resolve(part, scope, depth + 3) for part in value.parts[:20])
            if all(isinstance(part, Const) for part in parts):
                return Const("".join(str(part.value) for part in parts if isinstance(part, Const))[:2_000])
            return Joined(parts, value.how)
        return value


def _one(found: list[Value]) -> Value:
    different = list(dict.fromkeys(found))[:_MOST_ASSIGNMENTS]
    return different[0] if len(different) == 1 else Choice(tuple(different), "assigned more than once")


def _path(value: Value, parts: list[str]) -> Value | None:
    for part in parts:
        found = value.get(part) if isinstance(value, Table) else None
        if found is None:
            return None
        value = found
    return value


def is_parameter(script: Script, function: Frame | None, name: str) -> int:
    """The position of a parameter in the enclosing function, -1 when the name is none."""
    if function is None:
        return -1
    names = [script.text(pattern) for pattern in parameters(function.node)]
    return names.index(name) if name in names else -1

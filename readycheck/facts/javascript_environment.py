"""Which environment variables a script reads, and what it does without them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readycheck.facts.javascript_scope import Collected, Seen
from readycheck.facts.javascript_syntax import Script, field, unwrap
from readycheck.facts.javascript_values import Reader
from readycheck.facts.values import Call, Choice, Const, Value

if TYPE_CHECKING:
    from tree_sitter import Node

_ENVIRONMENTS = ("process.env.", "import.meta.env.", "Bun.env.")


@dataclass(frozen=True, slots=True)
class EnvRead:
    """A read of the environment, with the default behind `||` or `??`; `against` is the word it is compared with."""

    name: str
    default: Value | None
    line: int
    against: str = ""


def env_reads(script: Script, reader: Reader, collected: Collected) -> Iterator[EnvRead]:
    """Every read, in source order."""
    taken: set[int] = set()
    for seen in collected.nodes:
        node = seen.node
        if node.type == "binary_expression":
            # The name comes first: reading each link of a long chain of operators would not end.
            left = unwrap(field(node, "left") or node)
            name = _environment(reader.dotted(left))
            value = reader.read(node) if name else None
            if name and isinstance(value, Choice):
                taken.add(left.id)
                yield EnvRead(name, value.options[-1], script.line(left))
        elif node.type in {"member_expression", "subscript_expression"} and node.id not in taken:
            name = _environment(reader.dotted(node))
            if name:
                yield EnvRead(name, None, script.line(node), _against(script, node))
        elif node.type == "call_expression":
            call = reader.read(node) if reader.dotted(field(node, "function") or node) == "Deno.env.get" else None
            first = call.args[0].value if isinstance(call, Call) and call.args else None
            if isinstance(first, Const):
                yield EnvRead(str(first.value), None, script.line(node))
        elif node.type == "variable_declarator":
            yield from _destructured(script, reader, seen)


def _against(script: Script, node: Node) -> str:
    """The text that a read is compared with (`process.env.NODE_ENV === "test"`), "" if it is none."""
    outer = node.parent
    operator = field(outer, "operator") if outer is not None and outer.type == "binary_expression" else None
    if outer is None or operator is None or script.text(operator) not in {"==", "===", "!=", "!=="}:
        return ""
    other = field(outer, "right") if field(outer, "left") == node else field(outer, "left")
    return script.text(other)[1:-1][:40] if other is not None and other.type == "string" else ""


def _destructured(script: Script, reader: Reader, seen: Seen) -> Iterator[EnvRead]:
    pattern, value = field(seen.node, "name"), field(seen.node, "value")
    if pattern is None or value is None or pattern.type != "object_pattern":
        return
    if reader.dotted(value) not in {"process.env", "import.meta.env"}:
        return
    for child in pattern.named_children:
        left, right = field(child, "left") or field(child, "key") or child, field(child, "right")
        if left.type.startswith(("shorthand", "property")):
            name = script.text(left)
            yield EnvRead(name, reader.read(right, name) if right is not None else None, script.line(child))


def _environment(dotted: str) -> str:
    for prefix in _ENVIRONMENTS:
        if dotted.startswith(prefix) and "." not in dotted[len(prefix) :]:
            return dotted[len(prefix) :]
    return ""

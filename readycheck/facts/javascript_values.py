"""JavaScript expressions as `Value` trees, names resolved through the imports of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readycheck.facts.javascript_origin import origin_function
from readycheck.facts.javascript_strings import CONDITION_LENGTH, condition_text, fold, literal, number, unescape
from readycheck.facts.javascript_syntax import FUNCTIONS, Script, field, unwrap
from readycheck.facts.javascript_words import names_a_credential
from readycheck.facts.values import Argument, Call, Choice, Const, Hidden, Items, Joined, Name, Opaque, Table, Value

if TYPE_CHECKING:
    from tree_sitter import Node

_MAX_DEPTH = 25
_MAX_NODES = 600
_MAX_CHAIN = 40
# Positional arguments after the first are keys and passwords here.
_KEYED_CALLS = frozenset(
    {"sign", "verify", "createHmac", "createCipheriv", "createDecipheriv", "basicAuth", "login", "signIn", "encrypt"}
    | {"decrypt", "auth", "authenticate", "Sequelize", "pbkdf2Sync", "scryptSync", "hash", "hashSync", "compare"}
)


@dataclass(slots=True)
class Reader:
    """Turns the nodes of one file into values. `aliases` maps local names to what was imported."""

    script: Script
    aliases: Mapping[str, str]
    budget: int = _MAX_NODES

    def read(self, node: Node | None, label: str = "") -> Value:
        """The value of an expression. `label` is the name it is stored under, which may mark it as a secret."""
        self.budget = _MAX_NODES
        return self._value(node, label, 0)

    def dotted(self, node: Node) -> str:
        """The dotted name of an identifier or member expression with its import resolved, "" if it has none."""
        parts: list[str] = []
        for _ in range(_MAX_CHAIN):
            node = unwrap(node)
            if node.type == "member_expression":
                parts.append(self.script.text(field(node, "property") or node))
            elif node.type == "subscript_expression":
                index = field(node, "index")
                if index is None or index.type != "string":
                    return ""
                parts.append(self._string(index))
            else:
                break
            inner = field(node, "object")
            if inner is None:
                return ""
            node = inner
        head = self._head(node)
        return ".".join([head, *reversed(parts)]) if head else ""

    def condition(self, node: Node) -> str:
        """A condition as source text, long or secret literals blanked."""
        return condition_text(self.script.text(unwrap(node)))

    def _head(self, node: Node) -> str:
        if node.type in {"identifier", "type_identifier", "shorthand_property_identifier", "undefined"}:
            name = self.script.text(node)
            return self.aliases.get(name, name)
        if node.type in {"this", "super", "import"}:
            return node.type
        if node.type == "meta_property":
            return self.script.text(node)
        if node.type == "call_expression":
            return self.required(node)
        return ""

    def required(self, node: Node) -> str:
        """The module that `require("m")` or `import("m")` loads, "" for any other call."""
        callee, arguments = field(node, "function"), field(node, "arguments")
        if callee is None or arguments is None or callee.type not in {"identifier", "import"}:
            return ""
        if self.script.text(callee) not in {"require", "import"}:
            return ""
        given = arguments.named_children
        return self._string(given[0]) if len(given) == 1 and given[0].type == "string" else ""

    def _string(self, node: Node) -> str:
        return unescape(self.script.text(node)[1:-1])

    def _value(self, node: Node | None, label: str, depth: int) -> Value:
        if node is None:
            return Opaque("missing")
        self.budget -= 1
        if depth > _MAX_DEPTH or self.budget < 0:
            return Opaque("too large")
        node = unwrap(node)
        simple = self._simple(node, label)
        if simple is not None:
            return simple
        match node.type:
            case "template_string":
                return self._template(node, label, depth)
            case "array":
                return Items(tuple(self._value(self._inner(child), label, depth + 1) for child in self._children(node)))
            case "object":
                return self._table(node, depth)
            case "member_expression" | "subscript_expression":
                return self._member(node)
            case "call_expression" | "new_expression":
                return self._call(node, depth)
            case "binary_expression":
                return self._binary(node, label, depth)
            case "ternary_expression":
                options = (field(node, "consequence"), field(node, "alternative"))
                test = field(node, "condition")
                values = tuple(self._value(option, label, depth + 1) for option in options)
                return Choice(values, self.condition(test) if test is not None else "")
            case "unary_expression":
                return self._unary(node, depth)
            case "assignment_expression" | "sequence_expression":
                return self._value(field(node, "right") or node.named_children[-1], label, depth + 1)
        return Opaque(node.type)

    def _simple(self, node: Node, label: str) -> Value | None:
        match node.type:
            case "string":
                return literal(self._string(node), label)
            case "number":
                return number(self.script.text(node))
            case "true" | "false":
                return Const(node.type == "true")
            case "null" | "undefined":
                return Const(None)
            case "regex":
                pattern, flags = field(node, "pattern"), field(node, "flags")
                texts = [self.script.text(part) for part in (pattern, flags) if part is not None]
                line = self.script.line(node)
                return Call("RegExp", tuple(Argument(None, literal(text), line) for text in texts), line)
            case "identifier" | "this" | "shorthand_property_identifier" | "meta_property":
                return Name(self._head(node))
        if node.type in FUNCTIONS:
            return Opaque(origin_function(self.script, node))
        return None

    def _member(self, node: Node) -> Value:
        name = self.dotted(node)
        if name:
            return Name(name)
        last = field(node, "property")
        # What it is read from cannot be named; that it is this property of something can.
        return Name(f"?.{self.script.text(last)}") if last is not None else Opaque("subscript")

    def _template(self, node: Node, label: str, depth: int) -> Value:
        parts: list[Value] = []
        for child in node.named_children[:_MAX_NODES]:
            if child.type == "template_substitution":
                parts.append(self._value(child.named_children[0] if child.named_children else None, label, depth + 1))
                continue
            text = unescape(self.script.text(child))
            last = parts[-1] if parts else None
            if isinstance(last, Const) and isinstance(last.value, str):
                parts[-1] = literal(last.value + text, label)
            else:
                parts.append(literal(text, label))
        if not parts:
            return Const("")
        alone = len(parts) == 1 and isinstance(parts[0], Const | Hidden)
        return parts[0] if alone else Joined(tuple(parts), "template")

    def _table(self, node: Node, depth: int) -> Table:
        pairs: list[tuple[Value | None, Value]] = []
        for child in self._children(node):
            if child.type == "pair":
                key = self._key(field(child, "key"))
                name = str(key.value) if isinstance(key, Const) else ""
                pairs.append((key, self._value(field(child, "value"), name, depth + 1)))
            elif child.type == "shorthand_property_identifier":
                pairs.append((Const(self.script.text(child)), Name(self._head(child))))
            elif child.type == "method_definition":
                pairs.append((self._key(field(child, "name")), Opaque(origin_function(self.script, child))))
            elif child.type == "spread_element":
                pairs.append((None, self._value(self._inner(child), "", depth + 1)))
        return Table(tuple(pairs))

    def _key(self, node: Node | None) -> Value | None:
        if node is None:
            return None
        if node.type == "computed_property_name":
            return self._value(self._inner(node), "", _MAX_DEPTH - 2)
        return Const(self._string(node) if node.type == "string" else self.script.text(node))

    def _call(self, node: Node, depth: int) -> Value:
        callee = unwrap(field(node, "function") or field(node, "constructor") or node)
        module = self.required(node)
        if module:
            return Name(module)
        line, receiver, name = self.script.line(node), None, self.dotted(callee)
        if name == "require" or callee.type == "import":
            return Opaque("import")
        if not name:
            owner = field(callee, "object")
            name = self.script.text(field(callee, "property") or callee) if owner is not None else ""
            receiver = self._value(owner if owner is not None else callee, "", depth + 1)
        arguments = field(node, "arguments")
        if arguments is None or arguments.type == "template_string":
            # A tagged template: the tag decides what becomes of the parts.
            tagged = () if arguments is None else (Argument(None, self._template(arguments, "", depth + 1), line),)
            return Call(name, tagged, line, receiver)
        if name in {"Object.freeze", "Object.seal"} and arguments.named_children:
            return self._value(self._children(arguments)[0], "", depth + 1)
        return Call(name, self._arguments(arguments, name, depth), line, receiver)

    def _arguments(self, arguments: Node, callee: str, depth: int) -> tuple[Argument, ...]:
        found: list[Argument] = []
        label = ""
        for child in self._children(arguments):
            if found and callee.rsplit(".", 1)[-1] in _KEYED_CALLS:
                label = "secret"
            value = self._value(self._inner(child), label, depth + 1)
            if isinstance(value, Const) and isinstance(value.value, str) and names_a_credential(value.value):
                label = "secret"
            found.append(Argument("*" if child.type == "spread_element" else None, value, self.script.line(child)))
        return tuple(found)

    def _binary(self, node: Node, label: str, depth: int) -> Value:
        operator = self.script.text(field(node, "operator") or node)
        operands = self._operands(node, operator)
        if operator in {"||", "??"}:
            label = next((text for text in map(self._label, operands) if text), label)
            return Choice(tuple(self._value(part, label, depth + 1) for part in operands))
        if operator == "&&":
            test = " && ".join(self.condition(part) for part in operands[:-1])[:CONDITION_LENGTH]
            return Choice((self._value(operands[-1], label, depth + 1),), test)
        if operator not in {"+", "*", "-", "/"}:
            return Opaque("comparison")
        values = tuple(self._value(part, label, depth + 1) for part in operands)
        folded = fold(operator, values)
        if folded is not None:
            return folded
        return Joined(values, "concat") if operator == "+" else Opaque("arithmetic")

    def _operands(self, node: Node, operator: str) -> list[Node]:
        """`a + b + c` flat: long concatenations nest to the left."""
        parts: list[Node] = []
        for _ in range(_MAX_NODES):
            right, left = field(node, "right"), field(node, "left")
            if right is None or left is None:
                break
            parts.append(right)
            node = unwrap(left)
            mark = field(node, "operator") if node.type == "binary_expression" else None
            if mark is None or self.script.text(mark) != operator:
                break
        return [*reversed([*parts, node])]

    def _label(self, node: Node) -> str:
        name = self.dotted(node)
        return name if names_a_credential(name) else ""

    def _unary(self, node: Node, depth: int) -> Value:
        operator, operand = self.script.text(node.children[0]), field(node, "argument")
        value = self._value(operand, "", depth + 1)
        if operator == "!" and isinstance(value, Const) and value.value in {0, 1}:
            return Const(not value.value)
        if operator == "-" and isinstance(value, Const) and isinstance(value.value, int | float):
            return Const(-value.value)
        return Opaque("unary")

    def _children(self, node: Node) -> list[Node]:
        return [child for child in node.named_children if child.type != "comment"][:_MAX_NODES]

    def _inner(self, node: Node) -> Node:
        """What is spread, or computed."""
        if node.type in {"spread_element", "computed_property_name"} and node.named_children:
            return node.named_children[0]
        return node

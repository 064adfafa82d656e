"""Whether a function that decides about an Origin lets every origin in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readycheck.facts.javascript_syntax import FUNCTIONS, Script, below, field, parameters, unwrap
from readycheck.facts.lazily import lazy
from readycheck.facts.values import Call, Choice, Const, Items, Joined, Name, Opaque, Value

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTION = "function"
REFLECTS = "function letting every origin in"
CHECKS = "function checking the origin"

_EMPTINESS = lazy(
    r"[\s()!]*(?:typeof\s+)?{name}[\s()]*(?:[!=]==?\s*(?:undefined|null|['\"](?:undefined|null|)['\"])[\s()]*)?"
)
_REQUEST_ORIGIN = lazy(r"(?:^|\.)(?:headers|header)\.origin$|\.headers\.Origin$|^\?\.origin$", re.IGNORECASE)
_ORIGIN_CHECK = lazy(
    r"includes|indexOf|\.has\(|\.test\(|match|some\(|find\(|startsWith|endsWith|allow|trusted|white|valid|={2,3}", re.I
)
_ANY_PATTERN = lazy(r"\^?(?:\(?\.[*+]\??\)?|\[\\s\\S\][*+]|\(\?:\)|https\?:(?:\\?/){2}\.[*+]\??)?\$?")
_GUARDS = frozenset({"if_statement", "ternary_expression", "switch_statement"})
_ACCEPTED = frozenset({"true", "'*'", '"*"'})


def origin_function(script: Script, function: Node) -> str:
    """FUNCTION when it is not about origins, else whether it lets every origin in or checks them."""
    names = [script.text(pattern) for pattern in parameters(function)]
    if not names or len(names) > 3 or not re.fullmatch(r"[\w$]{1,60}", names[0]):  # origin, callback, context
        # `origin: () => true` looks at nothing and lets everyone in.
        return REFLECTS if not names and _accepts(script, function, "", "")[0] else FUNCTION
    origin, callback = names[0], names[1] if len(names) > 1 else ""
    accepts, rejects = _accepts(script, function, origin, callback)
    if not accepts:
        return CHECKS if _mentions(script.text(function.child_by_field_name("body") or function), origin) else FUNCTION
    checks = [node for node in below(function) if _is_check(script, node, origin)]
    if not checks:
        return REFLECTS
    guarded = all(any(_in_consequence(check, accept) for check in checks) for accept in accepts)
    return CHECKS if rejects or guarded else REFLECTS


def _accepts(script: Script, function: Node, origin: str, callback: str) -> tuple[list[Node], bool]:
    """The places that let an origin in whatever it is, and whether any place turns one away."""
    accepts, rejects = [], False
    body = function.child_by_field_name("body")
    outcomes: list[Node | None] = []
    if body is not None and body.type != "statement_block":
        outcomes.append(unwrap(body))
    for node in below(function, FUNCTIONS):
        if node.type == "throw_statement":
            rejects = True
        elif node.type == "return_statement" and not callback:
            outcomes.append(unwrap(node.named_children[0]) if node.named_children else None)
        elif callback and node.type == "call_expression" and script.text(node.children[0]) == callback:
            arguments = field(node, "arguments")
            given = [child for child in arguments.named_children if child.type != "comment"] if arguments else []
            if len(given) > 1 and script.text(given[0]) in {"null", "undefined", "''"}:
                outcomes.append(unwrap(given[1]))
            else:
                rejects = True
    for outcome in outcomes:
        leaves = [outcome]
        if outcome is not None and outcome.type == "ternary_expression":
            leaves = [field(outcome, "consequence"), field(outcome, "alternative")]
        for leaf in leaves:
            text = script.text(unwrap(leaf)) if leaf is not None else ""
            if text in _ACCEPTED or (origin and re.fullmatch(_open_answer(origin), text)):
                accepts.append(leaf or function)
            elif leaf is None or not (leaf.type == "call_expression" and callback and text.startswith(callback)):
                rejects = True
    return accepts, rejects


def _open_answer(origin: str) -> str:
    """The origin itself, or itself with something for requests that have none."""
    return rf"{re.escape(origin)}(?:\s*(?:\|\||\?\?)\s*(?:['\"]\*['\"]|true))?"


def _is_check(script: Script, node: Node, origin: str) -> bool:
    """A condition that asks more of the origin than to be there."""
    if node.type in _GUARDS:
        condition = field(node, "condition") or field(node, "value")
    elif node.type == "binary_expression" and script.text(node.children[1]) in {"&&", "||"}:
        # `!origin || allowed.has(origin)` inside an if is judged with that if.
        condition = node
    else:
        return False
    if condition is None:
        return False
    text = script.text(condition)
    empty = re.fullmatch(_EMPTINESS.pattern.replace("{name}", re.escape(origin)), text)
    return not empty and (
        _mentions(text, origin) or bool(re.search(r"allow|permit|white|trusted", text, re.IGNORECASE))
    )


def _in_consequence(check: Node, accept: Node) -> bool:
    branch = field(check, "consequence") or field(check, "body") or field(check, "right")
    return branch is not None and branch.start_byte <= accept.start_byte and accept.end_byte <= branch.end_byte


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text) is not None


def checks_origin(source: str) -> bool:
    """Whether code asks which origin it is: a condition about an origin that is more than whether there is one."""
    source = re.sub(r"['\"`]access-control-[a-z-]{1,30}['\"`]", "", source, flags=re.IGNORECASE)
    tests = re.findall(r"(?:\bif\s?|\?\s?|=\s?|&&\s?)[^;{\n]{0,200}", source)
    return any(re.search("origin", test, re.I) and _ORIGIN_CHECK.search(without_emptiness(test)) for test in tests)


def reflects_any(value: Value) -> bool:
    """Whether the value of an `origin` option surely answers every origin with itself."""
    match value:
        case Const():
            return value.value is True
        case Opaque():
            return value.text == REFLECTS
        case Call():
            pattern = value.args[0].value if value.name == "RegExp" and value.args else None
            return isinstance(pattern, Const) and _ANY_PATTERN.fullmatch(str(pattern.value)) is not None
        case Items():
            return any(reflects_any(item) for item in value.items if not isinstance(item, Const))
        case Choice():
            return all(reflects_any(option) for option in value.options)
    return False


def without_emptiness(test: str) -> str:
    """A condition without its comparisons with nothing."""
    return re.sub(r"[!=]==?\s?(?:undefined|null|'[A-Z]{2,7}'|\"[A-Z]{2,7}\")|=(?=\s)|=>", "", test)


def from_request(value: Value) -> bool:
    """Whether a header's value is what the request says its origin is."""
    match value:
        case Name():
            return _REQUEST_ORIGIN.search(value.dotted) is not None
        case Call():
            first = value.args[0].value if value.args else None
            asks = value.name.rsplit(".", 1)[-1] in {"get", "header", "getHeader"}
            return asks and isinstance(first, Const) and str(first.value).lower() == "origin"
        case Choice():
            return any(from_request(option) for option in value.options)
        case Joined():
            return len(value.parts) == 1 and from_request(value.parts[0])
    return False

"""What a script keeps in storage that every script of the page can read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from readycheck.facts.javascript_helpers import StorageHelper, calls_helper, helper_of
from readycheck.facts.javascript_keys import QUIET_CALLS, key_text, names_in
from readycheck.facts.javascript_scope import Collected, Constants, Seen
from readycheck.facts.javascript_stores import ACTIONS, Stores
from readycheck.facts.javascript_syntax import FUNCTIONS, Script, field
from readycheck.facts.javascript_values import Reader
from readycheck.facts.javascript_words import names_a_token
from readycheck.facts.values import Call, Const, Hidden, Name, Table, Value

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class StorageUse:
    """One key set, read or removed. `key` is its text ("" if unknown, unknown parts in braces), `key_name` the words
    of the expression that gives it, `value_text` the names in what is stored, never a literal. `via` is the helper,
    hook or library in between, `literal` says that the value is a plain constant.
    """

    line: int
    column: int
    store: str
    action: str
    key: str
    key_name: str
    value_text: str
    via: str = ""
    literal: bool = False
    scope: str = ""


_OWN_MODULES = ("./", "../", "@/", "~/", "src/", "#")
_HOOKS = {
    "useLocalStorage": "localStorage",
    "useSessionStorage": "sessionStorage",
    "useLocalStorageState": "localStorage",
    "useSessionStorageState": "sessionStorage",
    "useLocalStorageValue": "localStorage",
    "useSessionStorageValue": "sessionStorage",
    "useStorage": "localStorage",
    "useStorageAsync": "localStorage",
    "atomWithStorage": "localStorage",
    "usePersistedState": "localStorage",
}


@dataclass(frozen=True, slots=True)
class Touch:
    """One access as it is written: what is done to which store, and the nodes of key and value."""

    store: str
    action: str
    key: Node | None = None
    value: Node | None = None
    via: str = ""


@dataclass(slots=True)
class StorageFinder:
    """Finds the storage uses of one file."""

    script: Script
    reader: Reader
    constants: Constants
    collected: Collected
    stores: Stores

    def find(self) -> tuple[tuple[StorageUse, ...], tuple[StorageHelper, ...]]:
        """The uses, in source order, and the functions that pass their parameters on to storage."""
        uses: list[StorageUse] = []
        helpers: list[StorageHelper] = []
        taken: set[int] = set()
        for seen in self.collected.nodes:
            if seen.node.id in taken:
                continue
            direct = self._direct(seen, taken)
            if direct is None:
                continue
            uses.append(self._use(seen, direct))
            helper = helper_of(self.reader, seen, (direct.store, direct.action), (direct.key, direct.value))
            if helper is not None:
                helpers.append(helper)
        uses.extend(self._through(helpers))
        order = sorted(dict.fromkeys(uses), key=lambda use: (use.line, use.column))
        return tuple(order), tuple(dict.fromkeys(helpers))

    def _direct(self, seen: Seen, taken: set[int]) -> Touch | None:
        match seen.node.type:
            case "call_expression":
                return self._method(seen, taken)
            case "assignment_expression":
                left = field(seen.node, "left")
                found = self.stores.member(left) if left is not None else None
                if found is None or left is None:
                    return None
                taken.add(left.id)
                return Touch(found[0], "set", found[1], field(seen.node, "right"))
            case "unary_expression":
                argument = field(seen.node, "argument")
                if argument is None or self.script.text(seen.node.children[0]) != "delete":
                    return None
                found = self.stores.member(argument)
                taken.add(argument.id)
                return Touch(found[0], "remove", found[1]) if found else None
            case "member_expression" | "subscript_expression":
                found = self.stores.member(seen.node)
                return Touch(found[0], "get", found[1]) if found else None
        return None

    def _method(self, seen: Seen, taken: set[int]) -> Touch | None:
        callee, arguments = field(seen.node, "function"), field(seen.node, "arguments")
        if callee is None or arguments is None or callee.type not in {"member_expression", "subscript_expression"}:
            return None
        owner = field(callee, "object")
        last = field(callee, "property") or field(callee, "index")
        action = ACTIONS.get(self.script.text(last).strip("\"'")) if last is not None else None
        store = self.stores.of(owner, seen.scope) if owner is not None and action else ""
        if not store or not action:
            return None
        taken.add(callee.id)
        given = [child for child in arguments.named_children if child.type != "comment"]
        key, value = _two(given)
        return Touch(store, action, key, value)

    def _use(self, seen: Seen, touch: Touch) -> StorageUse:
        key = touch.key
        if key is not None and key.type == "property_identifier":
            text, name = self.script.text(key), ""
        else:
            raw = self.reader.read(key) if key is not None else Const("")
            text, name = key_text(self.constants.resolve(raw, seen.scope)), names_in(raw)
        stored = self.reader.read(touch.value) if touch.value is not None else None
        return StorageUse(
            line=self.script.line(seen.node),
            column=self.script.column(seen.node),
            store=touch.store,
            action=touch.action,
            key=text,
            key_name=name,
            value_text=self._value_text(stored, seen.scope) if touch.action == "set" else "",
            via=touch.via,
            literal=isinstance(stored, Const | Hidden) and not self._rendered(touch.value),
            scope=seen.scope,
        )

    def _rendered(self, node: Node | None) -> bool:
        """Whether a literal is filled in by a server's template: `'{{ user.token }}'`."""
        return node is not None and re.search(r"\{\{|\{%|<%|<\?", self.script.text(node)) is not None

    def _value_text(self, value: Value | None, scope: str) -> str:
        """The names in what is stored; for a lone variable also those in what it was given."""
        if value is None:
            return ""
        text = names_in(value)
        inner = value
        if isinstance(value, Call) and value.name in QUIET_CALLS and value.args:
            inner = value.args[0].value
        if isinstance(inner, Name):
            source = self.constants.lookup(inner.dotted, scope)
            if isinstance(source, Name | Table | Call):
                text = f"{text} {names_in(source)}".strip()
        return text[:400]

    def elsewhere(self) -> Iterator[StorageUse]:
        """Calls of functions of other files of the project whose key or value names a token: linking knows whether
        such a function is a helper. `via` is its dotted name, store and action are empty.
        """
        for seen in self.collected.of("call_expression"):
            callee, arguments = field(seen.node, "function"), field(seen.node, "arguments")
            dotted = self.reader.dotted(callee) if callee is not None else ""
            if arguments is None or not dotted.startswith(_OWN_MODULES):
                continue
            key, value = _two([child for child in arguments.named_children if child.type != "comment"])
            if key is None or key.type in FUNCTIONS:
                continue
            use = self._use(seen, Touch("", "", key, value, dotted))
            text = names_in(self.reader.read(value)) if value is not None else ""
            if names_a_token(use.key) or names_a_token(use.key_name) or names_a_token(text):
                yield replace(use, value_text=text)

    def _through(self, helpers: list[StorageHelper]) -> Iterator[StorageUse]:
        """Calls of this file's helpers, and hooks that keep a state in storage."""
        known = {helper.name: helper for helper in helpers if not helper.name.startswith("<")}
        for seen in self.collected.of("call_expression"):
            callee, arguments = field(seen.node, "function"), field(seen.node, "arguments")
            if callee is None or arguments is None:
                continue
            dotted = self.reader.dotted(callee)
            last = dotted.rsplit(".", 1)[-1]
            given = [child for child in arguments.named_children if child.type != "comment"]
            helper = known.get(last)
            if helper is not None and len(given) > helper.key_position and calls_helper(helper, dotted):
                if self.stores.of(field(callee, "object") or callee, seen.scope):
                    continue
                value = given[helper.value_position] if 0 <= helper.value_position < len(given) else None
                yield self._use(seen, Touch(helper.store, helper.action, given[helper.key_position], value, last))
            elif last in _HOOKS and given:
                key, initial = _two(given)
                yield self._use(seen, Touch(_HOOKS[last], "set", key, initial, last))


def _two(given: list[Node]) -> tuple[Node | None, Node | None]:
    return given[0] if given else None, given[1] if len(given) > 1 else None

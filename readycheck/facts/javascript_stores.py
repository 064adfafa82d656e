"""Which expressions of a script mean a storage of the browser: by name, alias, field, or a function that picks one."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING

from readycheck.facts.javascript_scope import Collected, Constants
from readycheck.facts.javascript_syntax import Script, field, unwrap
from readycheck.facts.javascript_values import Reader
from readycheck.facts.values import Call, Choice, Name

if TYPE_CHECKING:
    from tree_sitter import Node

_STORES = {
    "localStorage": "localStorage",
    "sessionStorage": "sessionStorage",
    "$localStorage": "localStorage",
    "$sessionStorage": "sessionStorage",
    "localStorageService": "localStorage",
    "AsyncStorage": "AsyncStorage",
    "localforage": "localforage",
}
_MODULES = {
    "@react-native-async-storage/async-storage": "AsyncStorage",
    "@react-native-community/async-storage": "AsyncStorage",
    "react-native.AsyncStorage": "AsyncStorage",
    "localforage": "localforage",
    "quasar.LocalStorage": "localStorage",
    "quasar.SessionStorage": "sessionStorage",
    "store2": "localStorage",
    "store": "localStorage",
    "lscache": "localStorage",
}
ACTIONS = {
    "setItem": "set",
    "set": "set",
    "store": "set",
    "getItem": "get",
    "get": "get",
    "retrieve": "get",
    "removeItem": "remove",
    "remove": "remove",
    "clear": "remove",
}
_MEMBERS = frozenset(
    {"length", "key", "hasOwnProperty", "toString", "prototype", "constructor", "forEach", "keys", "$reset"}
)
# Methods by these names give the store itself, wherever they are defined.
_GIVERS = dict.fromkeys(("storage", "getStorage", "getLocalStorage", "getSessionStorage"), "storage")
_STORE_KINDS = frozenset({"identifier", "member_expression", "ternary_expression"})


@dataclass(slots=True)
class Stores:
    """Tells the stores of one file."""

    script: Script
    reader: Reader
    constants: Constants
    givers: dict[str, str] = dataclass_field(default_factory=lambda: dict(_GIVERS))

    def of(self, node: Node, scope: str) -> str:
        """The store an expression means, "" for none."""
        node = unwrap(node)
        if node.type == "ternary_expression":
            branches = (field(node, "consequence"), field(node, "alternative"))
            return next((store for branch in branches if branch is not None and (store := self.of(branch, scope))), "")
        if node.type == "call_expression":
            return self._given_by(node)
        dotted = self.reader.dotted(node)
        return self._store_named(dotted, scope) if dotted else ""

    def find_givers(self, collected: Collected) -> None:
        """Functions that choose the store: `storage() { return keep ? localStorage : sessionStorage }`."""
        for seen in collected.of("return_statement", "arrow_function"):
            function = seen.function()
            if seen.node.type == "return_statement":
                given = seen.node.named_children[0] if seen.node.named_children else None
                name = function.scope.rpartition(".")[2] if function is not None else ""
            else:
                given, frame = field(seen.node, "body"), seen.frame
                owner = frame.node if frame is not None and frame.kind == "named" else seen.node
                named = field(owner, "name") or field(owner, "key") or field(owner, "left")
                name = self.script.text(named).rpartition(".")[2] if named is not None else ""
            if given is not None and name and unwrap(given).type in _STORE_KINDS:
                store = self.of(given, seen.scope)
                if store:
                    self.givers[name] = store

    def _given_by(self, call: Node) -> str:
        callee, arguments = field(call, "function"), field(call, "arguments")
        if callee is None or arguments is None or len(arguments.named_children) > 1:
            return ""
        return self.givers.get(self.reader.dotted(callee).rpartition(".")[2], "")

    def _store_named(self, dotted: str, scope: str) -> str:
        last = dotted.rsplit(".", 1)[-1]
        if dotted in _MODULES or last in _STORES:
            return _MODULES.get(dotted) or _STORES[last]
        found = self.constants.lookup(dotted, scope)
        for option in found.options if isinstance(found, Choice) else (found,):
            if isinstance(option, Call) and option.name.rpartition(".")[2] in self.givers and len(option.args) <= 1:
                return self.givers[option.name.rpartition(".")[2]]
            if isinstance(option, Name):
                store = _MODULES.get(option.dotted) or _STORES.get(option.dotted.rsplit(".", 1)[-1], "")
                if store:
                    return store
        return ""

    def member(self, node: Node) -> tuple[str, Node] | None:
        """`localStorage.token`, `localStorage[key]`: the store and the key."""
        owner = field(node, "object")
        key = field(node, "property") or field(node, "index")
        if node.type not in {"member_expression", "subscript_expression"} or owner is None or key is None:
            return None
        name = self.script.text(key).strip("\"'")
        if name in ACTIONS or name in _MEMBERS or name in _STORES:
            return None
        dotted = self.reader.dotted(owner)
        plain = dotted.removeprefix("window.").removeprefix("globalThis.").removeprefix("self.")
        if plain in _STORES and plain != "localforage":
            return _STORES[plain], key
        given = unwrap(owner)
        store = self._given_by(given) if given.type == "call_expression" else ""
        return (store, key) if store else None

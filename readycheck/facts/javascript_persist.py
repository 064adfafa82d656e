"""State libraries that write part of their state to storage: zustand, redux-persist, pinia, vuex."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readycheck.facts.javascript_keys import key_text
from readycheck.facts.javascript_scope import Collected, Constants, Seen
from readycheck.facts.javascript_storage import StorageUse
from readycheck.facts.javascript_syntax import FUNCTIONS, Script, below, field, unwrap
from readycheck.facts.javascript_values import Reader
from readycheck.facts.javascript_words import names_a_token
from readycheck.facts.lazily import lazy
from readycheck.facts.values import Const, Items, Table, Value

if TYPE_CHECKING:
    from tree_sitter import Node

# Storage that scripts of the page cannot read, or that the operating system guards.
_VERB = lazy(r"(?:set|get|clear|remove|fetch|update|load|save|handle|on|use|renew)[A-Z]")
_GUARDED = ("cookie", "secure", "keychain", "encrypted", "memory")


@dataclass(slots=True)
class PersistFinder:
    """Finds the state keys that mean a token and are kept in storage."""

    script: Script
    reader: Reader
    constants: Constants
    collected: Collected

    def find(self) -> Iterator[StorageUse]:
        """One use for each persisted key that names a token."""
        for seen in self.collected.of("call_expression"):
            callee, arguments = field(seen.node, "function"), field(seen.node, "arguments")
            if callee is None or arguments is None:
                continue
            name = self.reader.dotted(callee)
            given = [child for child in arguments.named_children if child.type != "comment"]
            match name.rsplit(".", 1)[-1]:
                case "persist" if name in {"persist", "zustand/middleware.persist"} and len(given) > 1:
                    yield from self._zustand(seen, given[0], given[1])
                case "persistReducer" if given:
                    yield from self._listed(seen, given[0], "redux-persist", ("whitelist",))
                case "createPersistedState" if given:
                    yield from self._listed(seen, given[0], "vuex-persistedstate", ("paths",))
                case "defineStore" if len(given) > 1:
                    yield from self._pinia(seen, given)

    def _guarded(self, options: Node, key: str) -> bool:
        """Whether what is kept goes where scripts of the page cannot read it, by the names used for it."""
        node = _pair(self.script, options, key)
        text = self.script.text(node).lower() if node is not None else ""
        return any(word in text for word in _GUARDED)

    def _options(self, node: Node, scope: str) -> Table | None:
        value = self.constants.resolve(self.reader.read(node), scope)
        return value if isinstance(value, Table) else None

    def _zustand(self, seen: Seen, creator: Node, options: Node) -> Iterator[StorageUse]:
        table = self._options(options, seen.scope)
        if table is None or self._guarded(options, "storage") or self._guarded(options, "getStorage"):
            return
        partialize = _pair(self.script, options, "partialize")
        kept = partialize if partialize is not None else creator
        yield from self._uses(seen, _returned_keys(self.script, kept), table.get("name"), "zustand persist")

    def _listed(self, seen: Seen, options: Node, via: str, lists: tuple[str, ...]) -> Iterator[StorageUse]:
        table = self._options(options, seen.scope)
        if table is None or self._guarded(options, "storage"):
            return
        for name in lists:
            yield from self._uses(seen, _texts(table.get(name)), table.get("key"), via)

    def _pinia(self, seen: Seen, given: list[Node]) -> Iterator[StorageUse]:
        store, options = given[1], given[-1]
        persist = _pair(self.script, options, "persist")
        if persist is None or self.script.text(persist) == "false":
            return
        table = self.reader.read(persist)
        keys: list[str] | None = None
        if isinstance(table, Table):
            if self._guarded(persist, "storage"):
                return
            chosen = table.get("pick") or table.get("paths")
            keys = _texts(chosen) if chosen is not None else None
        if keys is None:
            state = _pair(self.script, store, "state") or store
            keys = _returned_keys(self.script, state)
        yield from self._uses(seen, keys, self.reader.read(given[0]), "pinia persist")

    def _uses(self, seen: Seen, keys: list[str], name: Value | None, via: str) -> Iterator[StorageUse]:
        line, column = self.script.line(seen.node), self.script.column(seen.node)
        label = key_text(self.constants.resolve(name, seen.scope)) if name is not None else ""
        for key in dict.fromkeys(keys):
            if names_a_token(key) and not _VERB.match(key):
                yield StorageUse(line, column, "persist", "set", key, label, key, via, False, seen.scope)


def _texts(value: Value | None) -> list[str]:
    found = value.items if isinstance(value, Items) else ()
    return [item.value for item in found if isinstance(item, Const) and isinstance(item.value, str)]


def _pair(script: Script, table: Node, key: str) -> Node | None:
    """The node under a key of an object literal."""
    for child in table.named_children if table.type == "object" else []:
        name = field(child, "key") or field(child, "name")
        if name is not None and script.text(name).strip("\"'") == key:
            return field(child, "value") or child
    return None


def _returned_keys(script: Script, function: Node) -> list[str]:
    """The keys of the object a function gives back that are not functions themselves."""
    function = unwrap(function)
    if function.type == "call_expression":
        # devtools((set) => ...), immer((set) => ...)
        arguments = field(function, "arguments")
        inner = (
            [child for child in arguments.named_children if child.type in FUNCTIONS] if arguments is not None else []
        )
        function = inner[0] if inner else function
    if function.type not in FUNCTIONS:
        return _keys(script, function)
    body = field(function, "body")
    if body is None:
        return []
    if body.type != "statement_block":
        return _keys(script, unwrap(body))
    keys: list[str] = []
    for node in below(body, FUNCTIONS):
        if node.type == "return_statement" and node.named_children:
            keys += _keys(script, unwrap(node.named_children[0]))
    return keys


def _keys(script: Script, table: Node) -> list[str]:
    found = []
    for child in table.named_children if table.type == "object" else []:
        value = field(child, "value")
        if child.type == "shorthand_property_identifier":
            found.append(script.text(child))
        elif child.type == "pair" and value is not None and unwrap(value).type not in FUNCTIONS:
            found.append(script.text(field(child, "key") or child).strip("\"'"))
    return found

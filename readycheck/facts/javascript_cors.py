"""Which origins a JavaScript server lets in: options of the CORS middlewares and headers set by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from readycheck.facts.javascript_origin import CHECKS, REFLECTS, checks_origin, from_request, reflects_any
from readycheck.facts.javascript_scope import Collected, Constants, Seen
from readycheck.facts.javascript_syntax import Script, field
from readycheck.facts.javascript_values import Reader
from readycheck.facts.lazily import lazy
from readycheck.facts.values import Choice, Const, Items, Name, Opaque, Table, Value

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class CorsSetup:
    """One place that decides on origins.

    `origins` is the value in force: the framework's default (`Const("*")`) where none is given, `Const(True)` or a
    RegExp call as written, `Name("options.origin")` for options from elsewhere, None when it cannot be told.
    `reflects` says that it surely answers every origin with itself. `credentials` is None when it cannot be told.
    `source` is the path that a table of headers is for, `shared` whether it lets every cache keep the answer.
    """

    line: int
    column: int
    framework: str
    origins: Value | None
    reflects: bool
    credentials: bool | None
    how: str
    source: str = ""
    shared: bool = False


# The middleware, its framework, and what it does without an `origin`.
_MIDDLEWARES: dict[str, tuple[str, Value]] = {
    "cors": ("express", Const("*")),
    "cors.default": ("express", Const("*")),
    "@koa/cors": ("koa", Const("*")),
    "koa2-cors": ("koa", Const(True)),
    "hono/cors.cors": ("hono", Const("*")),
    "@elysiajs/cors.cors": ("elysia", Const(True)),
    "micro-cors": ("micro", Const("*")),
    "nextjs-cors": ("next", Const("*")),
    "nextjs-cors.default": ("next", Const("*")),
}
_FASTIFY = frozenset({"@fastify/cors", "fastify-cors", "@fastify/cors.fastifyCors", "@fastify/cors.default"})
_SOCKET = frozenset({"socket.io", "socket.io.Server", "socket.io.default"})
_ALLOW_ORIGIN = "access-control-allow-origin"
_ALLOW_CREDENTIALS = "access-control-allow-credentials"
# `{source, headers: [{key, value}]}`: from the pair's object over the list and the pair `headers` to the object.
_LEVELS_OF_HEADERS = 3
_PUBLIC = lazy(
    r"cache-control[\"'`]\s{0,20}(?:,\s{0,200}[\"'`]?value[\"'`]?\s{0,20})?:\s{0,20}[\"'`]\s{0,9}public\b",
    re.IGNORECASE,
)
_SETTERS = frozenset({"header", "setHeader", "set", "append", "appendHeader"})
_TABLE_SETTERS = frozenset(
    {"writeHead", "set", "setHeaders", "header", "headers", "Response", "NextResponse", "json", "Headers"}
)


@dataclass(slots=True)
class CorsFinder:
    """Finds the CORS set-ups of one file."""

    script: Script
    reader: Reader
    constants: Constants
    collected: Collected

    def find(self) -> Iterator[CorsSetup]:
        """Every set-up, in source order."""
        for seen in self.collected.of("call_expression", "new_expression", "pair"):
            if seen.node.type == "pair":
                yield from self._pair(seen)
                continue
            callee = field(seen.node, "function") or field(seen.node, "constructor")
            if callee is None:
                continue
            name = self.reader.dotted(callee)
            if not name and field(callee, "property") is not None:
                name = "?." + self.script.text(field(callee, "property") or callee)
            yield from self._call(seen, name)

    def _call(self, seen: Seen, name: str) -> Iterator[CorsSetup]:
        last = name.rsplit(".", 1)[-1]
        given = self._arguments(seen.node)
        if name in _MIDDLEWARES and self._imported(seen.node, name):
            framework, default = _MIDDLEWARES[name]
            yield self._from_options(seen, framework, given[0] if given else None, default, f"{last}()")
        elif last == "enableCors":
            yield self._from_options(seen, "nest", given[0] if given else None, Const("*"), "enableCors()")
        elif last == "register" and given and self.reader.dotted(given[0]) in _FASTIFY:
            default = Const("*")
            yield self._from_options(seen, "fastify", given[1] if len(given) > 1 else None, default, "register(cors)")
        elif (
            name in _SOCKET or last == "WebSocketGateway" or (last == "create" and name.endswith("NestFactory.create"))
        ):
            yield from self._nested(seen, name, given)
        elif last in _SETTERS and len(given) > 1:
            yield from self._header(seen, name, given)

    def _imported(self, call: Node, name: str) -> bool:
        """Whether the name comes from the package, and is no function of the project that is called the same."""
        callee = field(call, "function")
        direct = callee is not None and callee.type == "call_expression" and bool(self.reader.required(callee))
        return direct or any(name in {alias, f"{alias}.default"} for alias in self.reader.aliases.values())

    def _arguments(self, call: Node) -> list[Node]:
        arguments = field(call, "arguments")
        return [child for child in arguments.named_children if child.type != "comment"] if arguments is not None else []

    def _from_options(self, seen: Seen, framework: str, node: Node | None, default: Value, how: str) -> CorsSetup:
        options = self.constants.resolve(self.reader.read(node), seen.scope) if node is not None else Table(())
        return self._setup(seen, framework, options, default, how)

    def _nested(self, seen: Seen, name: str, given: list[Node]) -> Iterator[CorsSetup]:
        """`cors` inside the options of a server: absent means that no other origin is let in."""
        framework = "socket.io" if name in _SOCKET else "nest" if name.endswith("create") else "nest websocket"
        for node in given:
            options = self.constants.resolve(self.reader.read(node), seen.scope)
            cors = options.get("cors") if isinstance(options, Table) else None
            cors = self.constants.resolve(cors, seen.scope) if cors is not None else None
            if cors is None or cors == Const(False):
                continue
            yield self._setup(seen, framework, Table(()) if cors == Const(True) else cors, Const("*"), "cors option")

    def _setup(self, seen: Seen, framework: str, options: Value, default: Value, how: str) -> CorsSetup:
        line, column = self.script.line(seen.node), self.script.column(seen.node)
        if isinstance(options, Choice):
            options = next((option for option in options.options if isinstance(option, Table)), options)
        if isinstance(options, Opaque):
            reflects = options.text == REFLECTS
            return CorsSetup(line, column, framework, options if reflects else None, reflects, None, how)
        if isinstance(options, Name):
            return CorsSetup(line, column, framework, Name(f"{options.dotted}.origin"), False, None, how)
        if not isinstance(options, Table):
            return CorsSetup(line, column, framework, None, False, None, how)
        options = self._spread(options, seen.scope)
        origin = options.get("origin") or options.get("origins")
        unknown = any(key is None for key, _ in options.pairs)
        if origin is None or origin in (Const(None), Name("undefined")):
            origin, how = (None, how) if unknown else (default, f"{how} without an origin")
        else:
            origin = self._resolved(origin, seen.scope)
        credentials = options.get("credentials")
        allowed = self._truth(credentials, seen.scope) if credentials is not None else None if unknown else False
        return CorsSetup(line, column, framework, origin, origin is not None and reflects_any(origin), allowed, how)

    def _resolved(self, origin: Value, scope: str) -> Value:
        origin = self.constants.resolve(origin, scope)
        if isinstance(origin, Items):
            return Items(tuple(self.constants.resolve(item, scope) for item in origin.items))
        if isinstance(origin, Choice):
            return Choice(tuple(self.constants.resolve(item, scope) for item in origin.options), origin.test)
        return origin

    def _spread(self, table: Table, scope: str) -> Table:
        """The table with the known of its spreads written out."""
        pairs: list[tuple[Value | None, Value]] = []
        for key, value in table.pairs:
            inner = self.constants.resolve(value, scope) if key is None else None
            pairs += inner.pairs if isinstance(inner, Table) else [(key, value)]
        return Table(tuple(pairs))

    def _truth(self, value: Value, scope: str) -> bool | None:
        value = self.constants.resolve(value, scope)
        if isinstance(value, Const):
            return value.value is True or value.value in ("true", 1)
        return None

    def _header(self, seen: Seen, name: str, given: list[Node]) -> Iterator[CorsSetup]:
        key = self.constants.resolve(self.reader.read(given[0]), seen.scope)
        if not isinstance(key, Const) or str(key.value).lower() != _ALLOW_ORIGIN or name.startswith(("axios", "xhr")):
            return
        setup = self._by_hand(seen, self.reader.read(given[1]), "header set by hand", self._sibling_call(seen))
        yield replace(setup, shared=self._on_files(seen))

    def _on_files(self, seen: Seen) -> bool:
        """Whether the header is set in the `setHeaders` of what serves a folder of files (express.static, koa-send)."""
        function = seen.function()
        pair = function.node.parent if function is not None else None
        key = field(pair, "key") if pair is not None and pair.type == "pair" else None
        return key is not None and self.script.text(key) == "setHeaders"

    def _pair(self, seen: Seen) -> Iterator[CorsSetup]:
        """`{"Access-Control-Allow-Origin": "*"}` as headers of an answer; `{key, value}` as Next.js has it."""
        key, value = field(seen.node, "key"), field(seen.node, "value")
        if key is None or value is None:
            return
        name, table = self.script.text(key).strip("\"'").lower(), seen.node.parent
        if name == "key" and table is not None and self.script.text(value).strip("\"'`").lower() == _ALLOW_ORIGIN:
            pairs = self.reader.read(table)
            given = pairs.get("value") if isinstance(pairs, Table) else None
            if given is not None:
                setup = self._by_hand(seen, given, "header in a table of headers", None)
                yield replace(setup, source=self._source(seen), shared=self._shared(table.parent))
        elif name == _ALLOW_ORIGIN and self._answers(seen):
            pairs = self.reader.read(table) if table is not None else Table(())
            allowed = [
                item for own, item in (pairs.pairs if isinstance(pairs, Table) else ())
                if isinstance(own, Const) and str(own.value).lower() == _ALLOW_CREDENTIALS
            ]  # fmt: skip
            credentials = self._truth(allowed[-1], seen.scope) if allowed else False
            setup = self._by_hand(seen, self.reader.read(value), "header in a table of headers", credentials)
            yield replace(setup, shared=self._shared(table))

    def _source(self, seen: Seen) -> str:
        """The path that a table of headers is for, where it stands in the same object (`source` of Next.js)."""
        node = seen.node.parent
        for _ in range(_LEVELS_OF_HEADERS):
            node = node.parent if node is not None else None
        pairs = self.reader.read(node) if node is not None and node.type == "object" else None
        given = pairs.get("source") if isinstance(pairs, Table) else None
        given = self.constants.resolve(given, seen.scope) if given is not None else None
        return str(given.value)[:200] if isinstance(given, Const) else ""

    def _shared(self, table: Node | None) -> bool:
        """Whether the same headers say `Cache-Control: public`: such an answer is the same for every visitor."""
        return table is not None and _PUBLIC.search(self.script.text(table)[:4_000]) is not None

    def _answers(self, seen: Seen) -> bool:
        """Whether a table of headers belongs to an answer: on requests the same header does nothing."""
        for frame in seen.frames():
            if frame.kind == "named":
                name = self.script.text(next((child for child in frame.node.named_children), frame.node))[:80]
                if re.search(r"devServer|proxy|request|axios", name):
                    return False
                if re.search(r"cors|responseHeaders", name, re.IGNORECASE):
                    return True
            if frame.kind == "call":
                callee = field(frame.node, "function") or field(frame.node, "constructor")
                last = self.script.text(callee).rsplit(".", 1)[-1] if callee is not None else ""
                return last in _TABLE_SETTERS
            if frame.kind == "function":
                # A function that returns {statusCode, headers} answers for a cloud function.
                return "statusCode" in self.script.text(frame.node)[:20_000]
        return False

    def _by_hand(self, seen: Seen, value: Value, how: str, credentials: bool | None) -> CorsSetup:
        line, column = self.script.line(seen.node), self.script.column(seen.node)
        origins = self.constants.resolve(value, seen.scope)
        reflects = from_request(origins) and not self._guarded(seen)
        if reflects or origins == Const("*") or not from_request(origins):
            return CorsSetup(line, column, "header", origins, reflects, credentials, how)
        return CorsSetup(line, column, "header", Opaque(CHECKS), False, credentials, how)

    def _guarded(self, seen: Seen) -> bool:
        """Whether something in the function asks which origin it is before the header is set."""
        function = seen.function()
        if function is None:
            return False
        before = self.script.data[function.node.start_byte : seen.node.end_byte].decode("utf-8", "replace")
        return checks_origin(before[-20_000:])

    def _sibling_call(self, seen: Seen) -> bool:
        """Whether the same function also allows credentials."""
        function = seen.function()
        start, end = (function.node.start_byte, function.node.end_byte) if function else (0, len(self.script.data))
        text = self.script.data[start:end].decode("utf-8", "replace")[:100_000]
        return re.search(_ALLOW_CREDENTIALS + r"['\"]\s{0,9},\s{0,9}['\"]?true", text, re.IGNORECASE) is not None

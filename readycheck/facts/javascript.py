"""The facts of one JavaScript or TypeScript file: a pure function of its bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from readycheck.facts.javascript_cors import CorsFinder, CorsSetup
from readycheck.facts.javascript_environment import EnvRead, env_reads
from readycheck.facts.javascript_helpers import StorageHelper
from readycheck.facts.javascript_imports import (
    JsExport,
    JsImport,
    alias_constants,
    find_exports,
    find_imports,
    imported_name,
)
from readycheck.facts.javascript_persist import PersistFinder
from readycheck.facts.javascript_scope import Collected, Constants, Seen, collect
from readycheck.facts.javascript_storage import StorageFinder, StorageUse
from readycheck.facts.javascript_stores import Stores
from readycheck.facts.javascript_syntax import MAX_DEPTH, Script, Unparsed, field, parse, unwrap
from readycheck.facts.javascript_values import Reader
from readycheck.facts.javascript_words import names_a_token
from readycheck.facts.values import Call, Const, Joined, Name, Opaque, Table, Value

__all__ = [
    "CorsSetup",
    "EnvRead",
    "JavascriptFacts",
    "JsBinding",
    "JsCall",
    "JsExport",
    "JsImport",
    "JsOption",
    "StorageHelper",
    "StorageUse",
    "extract_javascript",
    "gate_literals",
    "names_a_token",
]


@dataclass(frozen=True, slots=True)
class JsBinding:
    """A value under a name: const, let, var, assignment, class field (`scope` is its class) or enum."""

    scope: str
    name: str
    value: Value
    line: int


@dataclass(frozen=True, slots=True)
class JsCall:
    """A call of interest. `inside` names the call it is an argument of, `condition` the `if`s around it."""

    call: Call
    line: int
    column: int
    scope: str
    inside: str
    condition: str = ""


@dataclass(frozen=True, slots=True)
class JsOption:
    """A security option in an object literal (`rejectUnauthorized: false`), wherever it stands."""

    name: str
    value: Value
    line: int
    column: int
    scope: str
    inside: str


@dataclass(frozen=True, slots=True)
class JavascriptFacts:
    """What one file says. `problem` is the reason why structure was not (wholly) looked at, "" if it was.

    `loose` are the objects that calls are made on although nothing in the file declares or imports them.
    """

    imports: tuple[JsImport, ...] = ()
    bindings: tuple[JsBinding, ...] = ()
    calls: tuple[JsCall, ...] = ()
    storage: tuple[StorageUse, ...] = ()
    helpers: tuple[StorageHelper, ...] = ()
    helper_calls: tuple[StorageUse, ...] = ()
    cors: tuple[CorsSetup, ...] = ()
    env_reads: tuple[EnvRead, ...] = ()
    options: tuple[JsOption, ...] = ()
    exports: tuple[JsExport, ...] = ()
    loose: frozenset[str] = frozenset()
    problem: str = ""


_OPTIONS = frozenset(
    {"rejectUnauthorized", "strictSSL", "insecure", "checkServerIdentity", "ssl", "sslmode", "sslMode", "tls"}
    | {"httpOnly", "httponly", "secure", "sameSite", "tlsAllowInvalidCertificates", "trustServerCertificate", "encrypt"}
    | {"withCredentials", "credentials"}
)
_MOST = 3_000
# Longer scripts are programs or libraries, no pieces of one.
_LONGEST_PIECE = 64_000
# Each header set by hand asks what stands before it in its function.
_MOST_CORS = 500


def gate_literals() -> tuple[bytes, ...]:
    """At least one of these stands in every file that has a storage, CORS, environment or option fact.

    A caller interested in calls adds their names; one interested in imports adds `import` and `require`.
    """
    storage = (b"localStorage", b"sessionStorage", b"torage", b"localforage", b"store2", b"lscache", b"persist")
    cors = (b"cors", b"Cors", b"ccess-", b"WebSocketGateway", b"socket.io")
    return (
        *storage,
        *cors,
        b"process",
        b"import.meta",
        b"Bun.env",
        b"Deno.env",
        *(o.encode() for o in sorted(_OPTIONS)),
    )


def extract_javascript(path: str, data: bytes, interest: frozenset[str] = frozenset()) -> JavascriptFacts:
    """The facts of a file. `interest` holds the last segments of the names of the calls to keep."""
    script = parse(path, data)
    if isinstance(script, Unparsed):
        return JavascriptFacts(problem=script.reason)
    collected = collect(script)
    imports = find_imports(script, collected)
    aliases = {item.local: imported_name(item) for item in imports if item.local}
    alias_constants(script, collected, aliases)
    reader = Reader(script, aliases)
    bindings = list(islice(_bindings(script, reader, collected), _MOST))
    constants = Constants()
    for binding in bindings:
        constants.add(binding.scope, binding.name, binding.value)
    stores = Stores(script, reader, constants)
    stores.find_givers(collected)
    finder = StorageFinder(script, reader, constants, collected, stores)
    storage, helpers = finder.find()
    kept = tuple(PersistFinder(script, reader, constants, collected).find())
    calls = tuple(islice(_calls(script, reader, collected, interest), _MOST))
    cors = tuple(islice(CorsFinder(script, reader, constants, collected).find(), _MOST_CORS))
    return JavascriptFacts(
        imports=tuple(imports),
        bindings=tuple(bindings),
        calls=calls,
        storage=tuple(sorted(storage + kept, key=lambda use: (use.line, use.column))),
        helpers=helpers,
        helper_calls=tuple(finder.elsewhere()),
        cors=cors,
        env_reads=tuple(env_reads(script, reader, collected)),
        options=tuple(islice(_options(script, reader, collected), _MOST)),
        exports=find_exports(script, collected),
        loose=frozenset() if imports or len(data) > _LONGEST_PIECE else _loose(script, reader, collected),
        problem=_problem(script, collected, len(bindings) >= _MOST or len(calls) >= _MOST or len(cors) >= _MOST_CORS),
    )


def _loose(script: Script, reader: Reader, collected: Collected) -> frozenset[str]:
    """The objects of calls that are only ever looked into: what is declared stands alone at least once."""
    callees = (field(seen.node, "function") for seen in islice(collected.of("call_expression"), _MOST))
    roots = {reader.dotted(callee).partition(".")[0] for callee in callees if callee and callee.type[:6] == "member"}
    text = script.data.decode("utf-8", "replace") if roots else ""
    return frozenset(root for root in roots if root.isidentifier() and not _stands_alone(root, text))


def _stands_alone(name: str, text: str) -> bool:
    """Whether a name is anywhere more than the head of `name.member`."""
    return re.search(rf"(?<![.\w]){name}\b(?!\s{{0,9}}\??\.)", text) is not None


def _problem(script: Script, collected: Collected, cut: bool) -> str:
    if collected.cut:
        return f"nested deeper than {MAX_DEPTH:,} levels: judged down to there"
    if cut:
        return "more calls, variables or headers than one file is searched for: the first were looked at"
    return "syntax errors: judged as far as it parses" if script.root.has_error else ""


def _bindings(script: Script, reader: Reader, collected: Collected) -> Iterator[JsBinding]:
    kinds = ("variable_declarator", "assignment_expression", "augmented_assignment_expression", "enum_declaration")
    for seen in collected.of(*kinds, "public_field_definition", "field_definition"):
        node, line = seen.node, script.line(seen.node)
        if node.type == "enum_declaration":
            name = field(node, "name")
            if name is not None:
                yield JsBinding(seen.scope, script.text(name), _enum(script, reader, seen), line)
            continue
        target = field(node, "name") or field(node, "property") or field(node, "left")
        given = field(node, "value") or field(node, "right")
        if target is None or given is None or target.type in {"object_pattern", "array_pattern"}:
            continue
        name_text = (
            script.text(target) if "definition" in node.type else reader.dotted(target) if node.type[0] == "a" else ""
        )
        name_text = name_text or script.text(target)
        if len(name_text) > 200:  # a computed target is no name
            continue
        scope = seen.scope
        if name_text.startswith("this.") and node.type == "assignment_expression":
            scope, name_text = next((f.scope for f in seen.frames() if f.kind == "class"), scope), name_text[5:]
        value = reader.read(given, name_text)
        if node.type == "augmented_assignment_expression":
            value = (
                Joined((Name(name_text), value), "concat")
                if script.text(node.children[1]) == "+="
                else Opaque("changed")
            )
        if not isinstance(value, Opaque) or value.text.startswith("function"):
            yield JsBinding(scope, name_text, value, line)


def _enum(script: Script, reader: Reader, seen: Seen) -> Table:
    pairs: list[tuple[Value | None, Value]] = []
    body = field(seen.node, "body")
    for child in body.named_children if body is not None else []:
        name = field(child, "name")
        if child.type == "enum_assignment" and name is not None:
            label = script.text(name).strip("\"'")
            pairs.append((Const(label), reader.read(field(child, "value"), label)))
    return Table(tuple(pairs))


def _calls(script: Script, reader: Reader, collected: Collected, interest: frozenset[str]) -> Iterator[JsCall]:
    for seen in collected.of("call_expression", "new_expression"):
        callee = field(seen.node, "function") or field(seen.node, "constructor")
        if callee is None or not interest:
            continue
        callee = unwrap(callee)
        dotted = reader.dotted(callee) or script.text(field(callee, "property") or callee)[:200]
        if dotted.rsplit(".", 1)[-1].rsplit("/", 1)[-1] not in interest:
            continue
        call = reader.read(seen.node)
        if isinstance(call, Call):
            where = (script.line(seen.node), script.column(seen.node), seen.scope, _inside(reader, seen))
            yield JsCall(call, *where, _condition(reader, seen))


def _inside(reader: Reader, seen: Seen) -> str:
    outer = seen.call()
    callee = (field(outer, "function") or field(outer, "constructor")) if outer is not None else None
    if callee is None:
        return ""
    return reader.dotted(callee) or reader.script.text(field(callee, "property") or callee)[:100]


def _condition(reader: Reader, seen: Seen) -> str:
    tests = [reader.condition(node) if holds else f"!({reader.condition(node)})" for node, holds in seen.conditions()]
    return " && ".join(reversed(tests))[:300]


def _options(script: Script, reader: Reader, collected: Collected) -> Iterator[JsOption]:
    for seen in collected.of("pair"):
        key, value = field(seen.node, "key"), field(seen.node, "value")
        name = script.text(key).strip("\"'") if key is not None else ""
        if name in _OPTIONS and value is not None:
            where = (script.line(seen.node), script.column(seen.node), seen.scope, _inside(reader, seen))
            # `credentials: "include"` is a mode of fetch and no secret.
            yield JsOption(name, reader.read(value, "" if name == "credentials" else name), *where)

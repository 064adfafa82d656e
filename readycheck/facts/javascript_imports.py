"""Imports and exports of a JavaScript file, in both module systems, and the names they give to things."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from readycheck.facts.javascript_scope import Collected, Seen
from readycheck.facts.javascript_syntax import Script, field, unwrap
from readycheck.facts.javascript_values import Reader

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class JsImport:
    """One imported name. `imported` is its name in the module: `default`, `*` for all of it, `require` for what
    `require()` returns, "" for an import for its effects. `local` is "" for a re-export.
    """

    local: str
    module: str
    imported: str
    line: int
    used_lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class JsExport:
    """One exported name (`default`, `*`, `module` for `module.exports =`) and the local name behind it, if any."""

    name: str
    local: str
    line: int


def imported_name(found: JsImport) -> str:
    """The dotted name a local name is replaced by: the module for a package's default, `module.name` otherwise."""
    module = found.module.removeprefix("node:")
    if found.imported == "default":
        return f"{module}.default" if module.startswith(".") else module
    return module if found.imported in {"*", "require"} else f"{module}.{found.imported}"


def find_imports(script: Script, collected: Collected) -> list[JsImport]:
    """Every import, with the lines its name is used on (a page's template counts)."""
    found: list[JsImport] = []
    reader = Reader(script, {})
    for seen in collected.of("import_statement", "export_statement", "variable_declarator", "call_expression"):
        match seen.node.type:
            case "import_statement":
                found.extend(_statement(script, seen.node))
            case "export_statement":
                found.extend(_reexports(script, seen.node))
            case "variable_declarator":
                found.extend(_required(reader, seen.node))
            case _:
                module = reader.required(seen.node)
                if module:
                    found.append(JsImport("", module, "require", script.line(seen.node)))
    taken = {(item.module, item.line) for item in found if item.local}
    kept = [item for item in found if item.local or item.imported != "require" or (item.module, item.line) not in taken]
    markup = script.markup.decode("utf-8", "replace") if script.markup else ""
    return [_with_uses(item, collected, markup) for item in dict.fromkeys(kept)]


def alias_constants(script: Script, collected: Collected, aliases: dict[str, str]) -> None:
    """Add what module-level constants merely rename: `const Pool = pg.Pool`, `const env = process.env`."""
    reader = Reader(script, aliases)
    for seen in collected.of("variable_declarator"):
        name, value = field(seen.node, "name"), field(seen.node, "value")
        if name is None or value is None or seen.scope or unwrap(value).type not in {"member_expression", "identifier"}:
            continue
        dotted = reader.dotted(value)
        if dotted not in {"process.env", "import.meta.env"} and not _starts_imported(dotted, aliases):
            continue
        for local, member in _targets(script, name):
            if local not in aliases:
                aliases[local] = f"{dotted}.{member}" if member else dotted


def find_exports(script: Script, collected: Collected) -> tuple[JsExport, ...]:
    """What the file offers to others."""
    found: list[JsExport] = []
    for seen in collected.of("export_statement", "assignment_expression"):
        if seen.node.type == "export_statement":
            found.extend(_exported(script, seen.node))
        else:
            found.extend(_common_export(script, seen))
    return tuple(dict.fromkeys(found))


def _starts_imported(dotted: str, aliases: dict[str, str]) -> bool:
    return any(dotted == module or dotted.startswith(module + ".") for module in set(aliases.values()))


def _with_uses(item: JsImport, collected: Collected, markup: str) -> JsImport:
    if not item.local:
        return item
    lines = set(collected.names.get(item.local, ())) - {item.line}
    tag = _kebab(item.local)
    if item.local in markup or tag in markup:
        shown = enumerate(markup.splitlines(), 1)
        lines.update(number for number, text in shown if item.local in text or tag in text)
    return replace(item, used_lines=tuple(sorted(lines)))


def _kebab(name: str) -> str:
    """How a template may write a component: `UserCard` as `user-card`."""
    return "<" + "".join("-" + char.lower() if char.isupper() else char for char in name).lstrip("-")


def _source(script: Script, node: Node) -> str:
    source = field(node, "source")
    return script.text(source)[1:-1] if source is not None and source.type == "string" else ""


def _statement(script: Script, node: Node) -> Iterator[JsImport]:
    line, module = script.line(node), _source(script, node)
    clauses = [child for child in node.named_children if child.type in {"import_clause", "import_require_clause"}]
    if not clauses:
        if module:
            yield JsImport("", module, "", line)
        return
    for clause in clauses:
        if clause.type == "import_require_clause":
            yield JsImport(script.text(clause.named_children[0]), _source(script, clause), "require", line)
            continue
        for child in clause.named_children:
            if child.type == "identifier":
                yield JsImport(script.text(child), module, "default", line)
            elif child.type == "namespace_import" and child.named_children:
                yield JsImport(script.text(child.named_children[-1]), module, "*", line)
            elif child.type == "named_imports":
                yield from _specifiers(script, child, module)


def _specifiers(script: Script, clause: Node, module: str) -> Iterator[JsImport]:
    for item in clause.named_children:
        name = field(item, "name")
        if name is not None:
            local = field(item, "alias") or name
            yield JsImport(script.text(local), module, script.text(name).strip("\"'"), script.line(item))


def _reexports(script: Script, node: Node) -> Iterator[JsImport]:
    module = _source(script, node)
    if not module:
        return
    clause = next((child for child in node.named_children if child.type == "export_clause"), None)
    if clause is None:
        yield JsImport("", module, "*", script.line(node))
        return
    for item in _specifiers(script, clause, module):
        yield replace(item, local="")


def _required(reader: Reader, node: Node) -> Iterator[JsImport]:
    """`const x = require("m")`, `const {a: b} = await import("m")`, `const y = require("m").y`."""
    name, value = field(node, "name"), field(node, "value")
    if name is None or value is None:
        return
    value, member = unwrap(value), ""
    if value.type == "member_expression":
        member = reader.script.text(field(value, "property") or value)
        value = unwrap(field(value, "object") or value)
    module = reader.required(value) if value.type == "call_expression" else ""
    if not module:
        return
    whole = "*" if reader.script.text(field(value, "function") or value) == "import" else "require"
    for local, part in _targets(reader.script, name):
        imported = ".".join(text for text in (member, part) if text) or whole
        yield JsImport(local, module, imported, reader.script.line(node))


def _targets(script: Script, pattern: Node) -> Iterator[tuple[str, str]]:
    """The local names a declaration makes, each with the property it takes ("" for the whole)."""
    if pattern.type == "identifier":
        yield script.text(pattern), ""
        return
    for child in pattern.named_children if pattern.type == "object_pattern" else []:
        if child.type == "object_assignment_pattern":
            child = field(child, "left") or child  # noqa: PLW2901 - a default does not change what is taken
        if child.type == "shorthand_property_identifier_pattern":
            yield script.text(child), script.text(child)
        elif child.type == "pair_pattern":
            key, value = field(child, "key"), field(child, "value")
            if key is not None and value is not None and value.type == "identifier":
                yield script.text(value), script.text(key).strip("\"'")


def _exported(script: Script, node: Node) -> Iterator[JsExport]:
    line, module = script.line(node), _source(script, node)
    if module:
        yield from (JsExport(item.imported, "", line) for item in _reexports(script, node))
        return
    declaration = field(node, "declaration")
    if any(child.type == "default" for child in node.children):
        value = field(node, "value")
        named = field(declaration, "name") if declaration is not None else value
        is_name = named is not None and named.type in {"identifier", "type_identifier"}
        yield JsExport("default", script.text(named) if named is not None and is_name else "", line)
        return
    if declaration is not None:
        own = field(declaration, "name")
        if own is not None:
            yield JsExport(script.text(own), script.text(own), line)
        for child in declaration.named_children:
            pattern = field(child, "name") if child.type == "variable_declarator" else None
            for local, _ in _targets(script, pattern) if pattern is not None else ():
                yield JsExport(local, local, script.line(child))
    for clause in node.named_children:
        if clause.type == "export_clause":
            for item in clause.named_children:
                name = field(item, "name")
                if name is not None:
                    yield JsExport(script.text(field(item, "alias") or name), script.text(name), script.line(item))


def _common_export(script: Script, seen: Seen) -> Iterator[JsExport]:
    left, right = field(seen.node, "left"), field(seen.node, "right")
    if left is None or right is None or left.type != "member_expression":
        return
    target, line = script.text(left), script.line(seen.node)
    local = script.text(right) if right.type == "identifier" else ""
    if target == "module.exports":
        yield JsExport("module", local, line)
        for child in right.named_children if right.type == "object" else []:
            if child.type == "shorthand_property_identifier":
                yield JsExport(script.text(child), script.text(child), script.line(child))
            elif child.type in {"pair", "method_definition"}:
                key, value = field(child, "key") or field(child, "name"), field(child, "value")
                inner = script.text(value) if value is not None and value.type == "identifier" else ""
                if key is not None:
                    yield JsExport(script.text(key).strip("\"'"), inner, script.line(child))
    elif target.startswith(("exports.", "module.exports.")):
        yield JsExport(target.rsplit(".", 1)[-1], local, line)

"""JavaScript and TypeScript as syntax trees: the one place that knows the parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from readycheck.facts.lazily import lazy

if TYPE_CHECKING:
    from tree_sitter import Language, Node

MAX_BYTES = 1_500_000
MAX_LINE = 5_000
MAX_TEXT = 20_000
# Deeper code is generated or hostile; what lies below is not looked at.
MAX_DEPTH = 1_000

_LANGUAGES = {
    "js": "javascript",
    "jsx": "javascript",
    "mjs": "javascript",
    "cjs": "javascript",
    "ts": "typescript",
    "mts": "typescript",
    "cts": "typescript",
    "tsx": "tsx",
}
_MARKUP = frozenset({"vue", "svelte", "html", "htm"})
_SCRIPT_OPEN = lazy(rb"<script\b([^>]{0,1000})>", re.IGNORECASE)
_SCRIPT_CLOSE = lazy(rb"</script\b", re.IGNORECASE)
_SCRIPT_LANG = lazy(rb"""\blang\s{0,5}=\s{0,5}["']?(tsx?|jsx?)\b""", re.IGNORECASE)
_SCRIPT_TYPE = lazy(rb"""\btype\s{0,5}=\s{0,5}["']?([^"'\s>]{1,100})""", re.IGNORECASE)
_NOT_NEWLINE = lazy(rb"[^\r\n]")
_LONG_LINE = lazy(rb"[^\r\n]{%d}" % (MAX_LINE + 1))

FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function",
        "generator_function_declaration",
    }
)


@dataclass(frozen=True, slots=True)
class Script:
    """One file's code: `data` is UTF-8 with the same lines as the file, `markup` what stands around script blocks."""

    data: bytes
    root: Node
    markup: bytes

    def text(self, node: Node) -> str:
        """The source of a node, cut off where it is too long to be looked at whole."""
        return self.data[node.start_byte : min(node.end_byte, node.start_byte + MAX_TEXT)].decode("utf-8", "replace")

    def line(self, node: Node) -> int:
        """The 1-based line a node starts on."""
        return node.start_point[0] + 1

    def column(self, node: Node) -> int:
        """The 1-based column a node starts at, in characters."""
        start = node.start_byte - node.start_point[1]
        return len(self.data[start : node.start_byte].decode("utf-8", "replace")) + 1


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A file whose code is not looked at, and why."""

    reason: str


def parse(path: str, data: bytes) -> Script | Unparsed:
    """The tree of a script, or of the script blocks of a page; broken code gives a tree with holes."""
    suffix = path.rsplit(".", 1)[-1].lower()
    if len(data) > MAX_BYTES:
        return Unparsed("larger than 1.5 MB: structure not looked at")
    code, markup, language = _as_utf8(data), b"", _LANGUAGES.get(suffix, "javascript")
    if suffix in _MARKUP:
        code, markup, language = _script_blocks(code)
    if _LONG_LINE.search(code):
        return Unparsed(f"a line of more than {MAX_LINE:,} characters (minified?): structure not looked at")
    from tree_sitter import Parser  # the engine is loaded only when there is something to parse

    tree = Parser(_language(language)).parse(code)
    return Script(code, tree.root_node, markup)


def walk(root: Node) -> Iterator[tuple[Node, int]]:
    """Every node in source order with its depth, without recursion."""
    cursor = root.walk()
    depth = 0
    while True:
        node = cursor.node
        if node is None:
            return
        yield node, depth
        if depth < MAX_DEPTH and cursor.goto_first_child():
            depth += 1
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            depth -= 1


def below(node: Node, skip: frozenset[str] = frozenset()) -> Iterator[Node]:
    """Every node under one, in source order; nodes of the kinds to skip are given but not entered."""
    cursor = node.walk()
    depth = 0
    while True:
        found = cursor.node
        if found is None:
            return
        enter = depth == 0 or found.type not in skip
        if depth:
            yield found
        if enter and depth < MAX_DEPTH and cursor.goto_first_child():
            depth += 1
            continue
        while depth and not cursor.goto_next_sibling():
            cursor.goto_parent()
            depth -= 1
        if not depth:
            return


def field(node: Node, *path: str) -> Node | None:
    """The child under a field name, or under a path of them."""
    found: Node | None = node
    for name in path:
        if found is None:
            return None
        found = found.child_by_field_name(name)
    return found


_WRAPPERS = frozenset(
    {
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
        "await_expression",
        "instantiation_expression",
    }
)


def unwrap(node: Node) -> Node:
    """The expression inside parentheses, casts, `!` and `await`."""
    for _ in range(50):
        if node.type not in _WRAPPERS:
            return node
        inner = [child for child in node.named_children if child.type != "comment"]
        if not inner:
            return node
        node = inner[-1] if node.type == "type_assertion" else inner[0]
    return node


def parameters(function: Node) -> list[Node]:
    """The pattern of each parameter of a function, types and defaults removed."""
    single = function.child_by_field_name("parameter")
    if single is not None:
        return [single]
    listed = function.child_by_field_name("parameters")
    found = []
    for child in listed.named_children if listed is not None else []:
        if child.type in {"comment", "decorator"}:
            continue
        pattern = child.child_by_field_name("pattern") or child.child_by_field_name("left") or child
        found.append(pattern)
    return found


def _as_utf8(data: bytes) -> bytes:
    """The text as UTF-8: a byte order mark is honoured, bytes that are no UTF-8 are read as Latin-1."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(encoding, "replace").encode("utf-8", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1").encode("utf-8")
    return data


def _script_blocks(page: bytes) -> tuple[bytes, bytes, str]:
    """The scripts of a page with all else blanked (so places stay true), the rest, and the language."""
    blocks, language, position = [], "javascript", 0
    while opening := _SCRIPT_OPEN.search(page, position):
        closing = _SCRIPT_CLOSE.search(page, opening.end())
        end = closing.start() if closing else len(page)
        position = end
        kind = _SCRIPT_TYPE.search(opening[1])
        if kind and not re.search(rb"javascript|module|typescript|babel|jsx", kind[1], re.IGNORECASE):
            continue
        lang = _SCRIPT_LANG.search(opening[1])
        if lang:
            language = {b"ts": "typescript", b"tsx": "tsx"}.get(lang[1].lower(), language)
        blocks.append((opening.end(), end))
    code, markup, last = bytearray(), bytearray(), 0
    for start, end in blocks:
        code += _NOT_NEWLINE.sub(b" ", page[last:start]) + page[start:end]
        markup += page[last:start] + _NOT_NEWLINE.sub(b" ", page[start:end])
        last = end
    markup += page[last:]
    return bytes(code), bytes(markup), language


@lru_cache(maxsize=4)
def _language(name: str) -> Language:
    from tree_sitter import Language

    if name == "javascript":
        import tree_sitter_javascript

        return Language(tree_sitter_javascript.language())
    import tree_sitter_typescript

    if name == "tsx":
        return Language(tree_sitter_typescript.language_tsx())
    return Language(tree_sitter_typescript.language_typescript())

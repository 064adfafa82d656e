"""YAML bytes as small immutable trees that remember where everything stands, whatever the bytes are.

Anchors, aliases and merge keys are resolved, and what they bring keeps the line it was written on. Everything that is
wrong becomes a `YamlProblem`; nothing raises, and an alias bomb cannot grow the tree beyond a fixed size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from readycheck.facts.yaml_scalar import Plain, plain_tag, scalar_value

MAX_BYTES = 8_000_000
MAX_NODES = 400_000
MAX_EXPANDED = 100_000
MAX_DEPTH = 100
MAX_PROBLEMS = 50

_CORE = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class YamlScalar:
    """A scalar: `tag` is a short core tag (`str int float bool null timestamp merge`) or a custom one (`!vault`)."""

    text: str = field(repr=False)
    tag: str
    line: int
    column: int
    style: str = ""

    @property
    def value(self) -> Plain:
        """The text as the Python value its tag stands for; a custom tag leaves it text."""
        return scalar_value(self.text, self.tag)


@dataclass(frozen=True, slots=True)
class YamlList:
    """A sequence; `tag` is only set for a custom tag."""

    items: tuple[Node, ...]
    line: int
    column: int
    tag: str = ""

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class YamlMap:
    """A mapping in the order it was written, without repeated keys; `tag` is only set for a custom tag."""

    pairs: tuple[tuple[YamlScalar, Node], ...]
    line: int
    column: int
    tag: str = ""

    def get(self, key: str) -> Node | None:
        """The value under a key."""
        return next((value for name, value in self.pairs if name.text == key), None)

    def key(self, key: str) -> YamlScalar | None:
        """The key itself, for its place."""
        return next((name for name, _ in self.pairs if name.text == key), None)

    def map(self, key: str) -> YamlMap | None:
        """The value under a key if it is a mapping."""
        value = self.get(key)
        return value if isinstance(value, YamlMap) else None

    def items(self, key: str) -> tuple[Node, ...]:
        """The items under a key: those of a list, a lone scalar or mapping as one item, nothing for null."""
        value = self.get(key)
        if value is None or (isinstance(value, YamlScalar) and value.tag == "null"):
            return ()
        return value.items if isinstance(value, YamlList) else (value,)

    def text(self, key: str, default: str = "") -> str:
        """The text under a key if it is a scalar that is not null."""
        value = self.get(key)
        return value.text if isinstance(value, YamlScalar) and value.tag != "null" else default

    def at(self, *keys: str) -> Node | None:
        """The value at the end of a path of keys."""
        node: Node | None = self
        for key in keys:
            if not isinstance(node, YamlMap):
                return None
            node = node.get(key)
        return node


Node = YamlMap | YamlList | YamlScalar


@dataclass(frozen=True, slots=True)
class YamlProblem:
    """Something wrong with a YAML file; `line` 0 means the file as a whole."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class YamlFile:
    """Every document of a stream that could be read, in order, and what was wrong."""

    documents: tuple[Node, ...] = ()
    problems: tuple[YamlProblem, ...] = ()

    @property
    def root(self) -> YamlMap | None:
        """The first document if it is a mapping: what a one-document configuration file means."""
        first = self.documents[0] if self.documents else None
        return first if isinstance(first, YamlMap) else None


def parse_yaml(data: bytes) -> YamlFile:
    """Read a whole stream. A document that does not parse ends the stream; the ones before it are kept."""
    if len(data) > MAX_BYTES:
        return YamlFile((), (YamlProblem(0, f"larger than {MAX_BYTES // 1_000_000} MB"),))
    from readycheck.facts.yaml_build import build

    documents, problems = build(data)
    return YamlFile(tuple(documents), tuple(problems[:MAX_PROBLEMS]))


def plain(node: Node | None) -> object:
    """The node as Python data: dicts with text keys, lists, strings, numbers, booleans, None."""
    if isinstance(node, YamlMap):
        return {name.text: plain(value) for name, value in node.pairs}
    if isinstance(node, YamlList):
        return [plain(item) for item in node.items]
    return None if node is None else node.value


def short_tag(tag: str | None, text: str, is_plain: bool) -> str:
    """The tag of a scalar as `YamlScalar` has it."""
    if tag is None:
        return plain_tag(text) if is_plain else "str"
    if tag == "!":
        return "str"
    return tag[len(_CORE) :] if tag.startswith(_CORE) else tag


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, keys left out."""
    waiting: list[Node] = [node]
    while waiting:
        current = waiting.pop()
        yield current
        if isinstance(current, YamlMap):
            waiting.extend(value for _, value in reversed(current.pairs))
        elif isinstance(current, YamlList):
            waiting.extend(reversed(current.items))

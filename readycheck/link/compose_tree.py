"""The tree that compose files are merged in: interpolated values that know their file, line and variables."""

from __future__ import annotations

import math
import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from readycheck.facts.yaml_scalar import Plain
from readycheck.facts.yaml_tree import Node, YamlList, YamlMap, YamlScalar
from readycheck.link.interpolate import Interpolated, Lookup, Use, interpolate
from readycheck.model import Location

Path = tuple[str, ...]
MAX_TEXT = 10_000_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value. `anchored` says that a path in it is already relative to the project root."""

    value: Plain = field(repr=False)
    location: Location
    raw: str = field(default="", repr=False)
    uses: tuple[Use, ...] = ()
    anchored: bool = False

    @property
    def text(self) -> str:
        """The value as Compose prints it; null is ""."""
        return "" if self.value is None else go_text(self.value)


@dataclass(frozen=True, slots=True)
class Row:
    """A sequence."""

    items: tuple[Tree, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Branch:
    """A mapping. The location of a value in it is the place of its key."""

    items: Mapping[str, Tree]
    location: Location

    def get(self, *keys: str) -> Tree | None:
        """The value at the end of a path of keys."""
        node: Tree | None = self
        for key in keys:
            if not isinstance(node, Branch):
                return None
            node = node.items.get(key)
        return node

    def text(self, *keys: str) -> str:
        """The text at the end of a path of keys, "" if there is none."""
        return text_of(self.get(*keys))

    def with_items(self, items: Mapping[str, Tree]) -> Branch:
        """The same mapping with other content."""
        return Branch(items, self.location)


Tree = Leaf | Row | Branch


def text_of(node: Tree | None) -> str:
    """The text of a leaf, "" for anything else."""
    return node.text if isinstance(node, Leaf) else ""


def is_null(node: Tree | None) -> bool:
    """Whether there is nothing: no node or a null."""
    return node is None or (isinstance(node, Leaf) and node.value is None)


def leaves(node: Tree | None) -> tuple[Leaf, ...]:
    """The leaves of a sequence, or the leaf itself."""
    if isinstance(node, Row):
        return tuple(item for item in node.items if isinstance(item, Leaf))
    return (node,) if isinstance(node, Leaf) and node.value is not None else ()


def texts(node: Tree | None) -> tuple[str, ...]:
    """The texts of a sequence of leaves, or of the leaf itself."""
    return tuple(leaf.text for leaf in leaves(node))


def truthy(node: Tree | None) -> bool:
    """A boolean as Compose casts it from text."""
    return text_of(node).lower() in ("true", "yes", "y", "on")


def go_text(value: Plain) -> str:
    """A scalar as Go prints it, which is what ends up in a container's environment."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _go_float(value) if isinstance(value, float) else str(value)


def _go_float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    digits = next(count for count in range(18) if float(f"{value:.{count}e}") == value)
    scientific = f"{value:.{digits}e}"
    exponent = int(scientific.partition("e")[2])
    if -4 <= exponent < 6:
        return f"{value:.{max(digits - exponent, 0)}f}"
    return scientific


def join_path(base: str, path: str) -> str:
    """A path relative to the project root; absolute paths, home paths and URLs stay what they are."""
    if not path or path.startswith(("/", "~")) or "://" in path or is_windows(path):
        return path
    return posixpath.normpath(posixpath.join(base, path))


def is_windows(path: str) -> bool:
    """Whether a path is one of Windows: a drive letter or a pipe."""
    return path.startswith("\\\\") or (len(path) > 1 and path[1] == ":" and path[0].isalpha())


@dataclass(slots=True)
class Grown:
    """A document as a tree: what `!reset` and `!override` clear in the files before, errors and variables."""

    root: Branch
    cleared: list[Path] = field(default_factory=list)
    errors: list[tuple[Location, str]] = field(default_factory=list)
    uses: list[tuple[Use, Location]] = field(default_factory=list)


def grow(document: YamlMap, path: str, lookup: Lookup) -> Grown:
    """The tree of one document of the file at `path`, its variables replaced."""
    grown = Grown(Branch({}, Location(path, document.line, document.column)))
    root = _Grower(path, lookup, grown).node(document, grown.root.location, ())
    if isinstance(root, Branch):
        grown.root = root
    return grown


class _Grower:
    def __init__(self, path: str, lookup: Lookup, grown: Grown) -> None:
        self.path = path
        self.lookup = lookup
        self.grown = grown
        self.seen: dict[str, Interpolated] = {}
        self.room = MAX_TEXT

    def node(self, node: Node, location: Location, at: Path) -> Tree | None:
        """The tree of a node; None for one that is only there to reset what earlier files say."""
        if node.tag in ("!reset", "!override"):
            self.grown.cleared.append(at)
        if node.tag == "!reset":
            return None
        if isinstance(node, YamlMap):
            pairs = (
                (key.text, self.node(value, Location(self.path, key.line, key.column), (*at, key.text)))
                for key, value in node.pairs
            )
            return Branch({name: tree for name, tree in pairs if tree is not None}, location)
        if isinstance(node, YamlList):
            items = (
                self.node(item, Location(self.path, item.line, item.column), (*at, str(index)))
                for index, item in enumerate(node.items)
            )
            return Row(tuple(item for item in items if item is not None), location)
        return self._leaf(node, location)

    def _leaf(self, node: YamlScalar, location: Location) -> Leaf:
        value = _retagged(node).value
        if not isinstance(value, str) or "$" not in value:
            return Leaf(_dated(node) if node.tag == "timestamp" else value, location, node.text)
        result = self.seen.get(value)
        if result is None:
            result = interpolate(value, self.lookup)
            self.room -= len(result.text)
            if self.room < 0:
                result = Interpolated(value, value, (), ("variables expand to too much text",))
            self.seen[value] = result
        self.grown.errors.extend((location, error) for error in result.errors)
        self.grown.uses.extend((use, location) for use in result.uses)
        return Leaf(result.text, location, value, result.uses)


def _retagged(node: YamlScalar) -> YamlScalar:
    """`!override null` and its like are read as if the tag were not there."""
    if node.tag != "!override" or node.style:
        return node
    return replace(node, tag="null" if node.text in ("", "~", "null") else "str")


def _dated(node: YamlScalar) -> str:
    """A date as Go prints it."""
    return f"{node.text} 00:00:00 +0000 UTC" if len(node.text) == len("2000-01-01") else node.text


def prune(tree: Tree, cleared: Iterable[Path], at: Path = ()) -> Tree:
    """The tree without the places that a later file resets."""
    wanted = {path for path in cleared if path[: len(at)] == at and len(path) > len(at)}
    if not wanted or not isinstance(tree, Branch):
        return tree
    heads = {path[len(at)] for path in wanted}
    items = {
        name: prune(child, wanted, (*at, name)) if name in heads else child
        for name, child in tree.items.items()
        if (*at, name) not in wanted
    }
    return tree.with_items(items)


def map_at(tree: Tree, pattern: Path, change: Callable[[Tree], Tree]) -> Tree:
    """The tree with every node at a path changed; `*` stands for any key or item."""
    if not pattern:
        return change(tree)
    head, rest = pattern[0], pattern[1:]
    if isinstance(tree, Branch):
        if head != "*" and head not in tree.items:
            return tree
        return tree.with_items(
            {name: map_at(child, rest, change) if head in ("*", name) else child for name, child in tree.items.items()}
        )
    if isinstance(tree, Row) and head == "*":
        return Row(tuple(map_at(item, rest, change) for item in tree.items), tree.location)
    return tree

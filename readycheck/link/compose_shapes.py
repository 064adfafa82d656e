"""Brings the short forms of one compose file into their long forms, so that files merge like with like.

Only what is written is turned round; defaults are not filled in here, or they would override an earlier file's values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from readycheck.link.compose_short import ShortFormError, parse_ports, parse_volume
from readycheck.link.compose_tree import Branch, Leaf, Path, Row, Tree, is_null, map_at
from readycheck.model import Location

Report = Callable[[Location, str], None]
Shape = Callable[[Tree, Report], Tree]


def shape(root: Branch, report: Report) -> Branch:
    """The document with every short form written out; what cannot be read is reported and left out."""
    tree: Tree = root
    for pattern, change in _SHAPES:
        tree = map_at(tree, pattern, lambda node, change=change: change(node, report))  # type: ignore[misc] # default argument binds the loop variable
    return tree if isinstance(tree, Branch) else root


def _pairs(node: Tree, report: Report) -> Tree:
    """`K=V` lists become mappings; a bare `K` has null as its value."""
    if isinstance(node, Leaf) and node.value is not None:
        node = Row((node,), node.location)
    if not isinstance(node, Row):
        return node
    items: dict[str, Tree] = {}
    for item in node.items:
        if not isinstance(item, Leaf) or is_null(item):
            report(item.location, "an entry that is not NAME=value")
            continue
        name, equals, value = item.text.partition("=")
        raw_name, _, raw = item.raw.partition("=")
        kept = replace(item, value=value, raw=raw if "${" not in raw_name else item.raw)
        items[name] = kept if equals else Leaf(None, item.location, "", item.uses)
    return Branch(items, node.location)


def _labels(node: Tree, report: Report) -> Tree:
    shaped = _pairs(node, report)
    if not isinstance(shaped, Branch) or shaped is node:
        return shaped
    return shaped.with_items(
        {name: replace(leaf, value="") if isinstance(leaf, Leaf) and leaf.value is None else leaf
         for name, leaf in shaped.items.items()}
    )  # fmt: skip


def _listed(node: Tree, _: Report) -> Tree:
    return Row((node,), node.location) if isinstance(node, Leaf) and node.value is not None else node


def _named(fill: Mapping[str, str | bool]) -> Shape:
    """Lists of names become mappings from name to the settings that the short form stands for."""

    def change(node: Tree, report: Report) -> Tree:
        if not isinstance(node, Row):
            return node
        items: dict[str, Tree] = {}
        for item in node.items:
            if not isinstance(item, Leaf) or is_null(item):
                report(item.location, "an entry that is not a name")
                continue
            settings: dict[str, Tree] = {key: Leaf(value, item.location) for key, value in fill.items()}
            items[item.text] = Branch(settings, item.location) if fill else Leaf(None, item.location)
        return Branch(items, node.location)

    return change


def _keyed(key: str) -> Shape:
    """A lone text becomes a mapping with that one key."""

    def change(node: Tree, _: Report) -> Tree:
        if isinstance(node, Leaf) and node.value is not None:
            return Branch({key: node}, node.location)
        return node

    return change


def _each(key: str) -> Shape:
    """Every text in a list, or the lone text, becomes a mapping with that key."""
    one = _keyed(key)

    def change(node: Tree, report: Report) -> Tree:
        if isinstance(node, Leaf) and node.value is not None:
            node = Row((node,), node.location)
        if not isinstance(node, Row):
            return node
        return Row(tuple(one(item, report) for item in node.items), node.location)

    return change


def _ports(node: Tree, report: Report) -> Tree:
    items: list[Tree] = []
    for item in node.items if isinstance(node, Row) else ():
        if isinstance(item, Branch):
            items.append(item)
            continue
        try:
            specs = parse_ports(item.text if isinstance(item, Leaf) else "")
        except ShortFormError as error:
            report(item.location, f"invalid port: {error}")
            continue
        for spec in specs:
            fields = {"host_ip": spec.host_ip, "published": spec.published, "target": spec.target}
            texts = {name: text for name, text in fields.items() if text} | {"protocol": spec.protocol}
            branch: dict[str, Tree] = {name: _like(item, text) for name, text in texts.items()}
            items.append(Branch(branch, item.location))
    return Row(tuple(items), node.location) if isinstance(node, Row) else node


def _like(leaf: Tree, text: str | bool) -> Leaf:
    """A part of a short form: its own value, the raw text and variables of the whole."""
    return replace(leaf, value=text) if isinstance(leaf, Leaf) else Leaf(text, leaf.location)


def _volumes(node: Tree, report: Report) -> Tree:
    items: list[Tree] = []
    for item in node.items if isinstance(node, Row) else ():
        if isinstance(item, Branch):
            items.append(item)
            continue
        try:
            spec = parse_volume(item.text if isinstance(item, Leaf) else "")
        except ShortFormError as error:
            report(item.location, f"invalid volume: {error}")
            continue
        fields: dict[str, str | bool] = {"type": "bind" if spec.bind else "volume", "target": spec.target}
        fields |= {"source": spec.source} if spec.source else {}
        fields |= {"read_only": True} if spec.read_only else {}
        branch: dict[str, Tree] = {name: _like(item, value) for name, value in fields.items()}
        if spec.propagation:
            branch["bind"] = Branch({"propagation": _like(item, spec.propagation)}, item.location)
        items.append(Branch(branch, item.location))
    return Row(tuple(items), node.location) if isinstance(node, Row) else node


def _devices(node: Tree, report: Report) -> Tree:
    items: list[Tree] = []
    for item in node.items if isinstance(node, Row) else ():
        if isinstance(item, Leaf) and item.text:
            source, _, rest = item.text.partition(":")
            target, _, permissions = rest.partition(":")
            fields = {"source": source, "target": target or source, "permissions": permissions or "rwm"}
            items.append(Branch({name: _like(item, text) for name, text in fields.items()}, item.location))
        elif isinstance(item, Branch):
            items.append(item)
        else:
            report(item.location, "a device that is not a path")
    return Row(tuple(items), node.location) if isinstance(node, Row) else node


_STARTED: dict[str, str | bool] = {"condition": "service_started", "required": True}
_SERVICE_SHAPES: tuple[tuple[Path, Shape], ...] = (
    *(((key,), _pairs) for key in ("environment", "annotations", "sysctls")),
    (("labels",), _labels),
    (("deploy", "labels"), _labels),
    *(((key,), _listed) for key in ("dns", "dns_opt", "dns_search", "label_file", "tmpfs")),
    (("build",), _keyed("context")),
    *((("build", key), _pairs) for key in ("args", "labels", "additional_contexts")),
    (("depends_on",), _named(_STARTED)),
    (("networks",), _named({})),
    (("models",), _named({})),
    (("env_file",), _each("path")),
    (("secrets",), _each("source")),
    (("configs",), _each("source")),
    (("ports",), _ports),
    (("volumes",), _volumes),
    (("devices",), _devices),
    (("extends",), _keyed("service")),
)
_SHAPES: tuple[tuple[Path, Shape], ...] = (
    *((("services", "*", *path), change) for path, change in _SERVICE_SHAPES),
    (("include",), _each("path")),
    (("include", "*", "path"), _listed),
    (("include", "*", "env_file"), _listed),
    *(((section, "*", "labels"), _labels) for section in ("networks", "volumes")),
)

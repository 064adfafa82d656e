"""How Compose lays one file over another: mappings merge, most lists grow, some things replace, some are unique."""

from __future__ import annotations

from collections.abc import Callable

from readycheck.link.compose_shapes import Report
from readycheck.link.compose_tree import Branch, Leaf, Path, Row, Tree, is_null, text_of

_REPLACED = frozenset(("command", "entrypoint"))
# Mappings of plain values: a null in them is a value (taken from the host), not "leave it as it was".
_VALUES = frozenset(("environment", "labels", "annotations", "sysctls", "args", "additional_contexts"))
_UNIQUE_TEXTS = frozenset(
    ("cap_add", "cap_drop", "dns", "dns_opt", "dns_search", "expose", "links", "profiles", "tmpfs", "aliases", "tags")
)
_SERVICE_DEPTH = 3


def merge(base: Tree, over: Tree, at: Path, report: Report) -> Tree:
    """`over` laid on `base`, both of which stand at the path `at`."""
    if _replaces(at):
        return over
    if is_null(over):
        return base
    if isinstance(base, Branch) and isinstance(over, Branch):
        if at[:1] == ("services",) and at[2:] == ("logging",) and _other_driver(base, over):
            return over
        return _merge_branches(base, over, at, report)
    if isinstance(base, Row) and isinstance(over, Row):
        return Row(base.items + over.items, over.location)
    if isinstance(base, Leaf) and isinstance(over, Leaf):
        return over
    if not is_null(base) and not _either_form(at):
        report(over.location, f"{at[-1] if at else 'the file'} is of another kind than in the file before")
    return over


def _replaces(at: Path) -> bool:
    in_service = at[:1] == ("services",)
    if in_service and len(at) == _SERVICE_DEPTH and at[2] in _REPLACED:
        return True
    if in_service and at[2:] == ("healthcheck", "test"):
        return True
    return len(at) > _SERVICE_DEPTH and at[-2] in _VALUES and at[0] in ("services", "networks", "volumes")


def _either_form(at: Path) -> bool:
    """Keys that may be a list in one file and a mapping in another, or a number and a mapping."""
    return at[-1:] in (("extra_hosts",), ("gpus",), ("ssh",)) or at[2:3] == ("ulimits",)


def _other_driver(base: Branch, over: Branch) -> bool:
    drivers = (base.text("driver"), over.text("driver"))
    return all(drivers) and drivers[0] != drivers[1]


def _merge_branches(base: Branch, over: Branch, at: Path, report: Report) -> Branch:
    items = dict(base.items)
    for name, value in over.items.items():
        items[name] = merge(items[name], value, (*at, name), report) if name in items else value
    return Branch(items, over.location if len(at) > 2 else base.location)


def unique(root: Branch) -> Branch:
    """The model with later entries of a list replacing earlier ones that mean the same port, mount or name."""
    services = root.items.get("services")
    if not isinstance(services, Branch):
        return root
    changed = {name: _unique_service(service) for name, service in services.items.items()}
    return root.with_items({**root.items, "services": services.with_items(changed)})


def _unique_service(service: Tree) -> Tree:
    if not isinstance(service, Branch):
        return service
    items = dict(service.items)
    for key, value in items.items():
        index = _INDEXERS.get(key) or (_text_key if key in _UNIQUE_TEXTS else None)
        if index is not None and isinstance(value, Row):
            items[key] = _without_repeats(value, index)
    return service.with_items(items)


def _without_repeats(row: Row, index: Callable[[Tree], str]) -> Row:
    return Row(tuple({index(item): item for item in row.items}.values()), row.location)


def _text_key(item: Tree) -> str:
    return text_of(item).partition("=")[0]


def _port_key(item: Tree) -> str:
    if not isinstance(item, Branch):
        return text_of(item)
    host, protocol = item.text("host_ip") or "0.0.0.0", item.text("protocol") or "tcp"
    return f"{host}:{item.text('published')}:{item.text('target')}/{protocol}"


def _field_key(name: str) -> Callable[[Tree], str]:
    return lambda item: item.text(name) if isinstance(item, Branch) else text_of(item)


def _grant_key(folder: str) -> Callable[[Tree], str]:
    def key(item: Tree) -> str:
        if not isinstance(item, Branch):
            return text_of(item)
        return item.text("target") or f"{folder}/{item.text('source')}"

    return key


_INDEXERS: dict[str, Callable[[Tree], str]] = {
    "ports": _port_key,
    "volumes": _field_key("target"),
    "devices": _field_key("target"),
    "env_file": _field_key("path"),
    "secrets": _grant_key("/run/secrets"),
    "configs": _grant_key(""),
}

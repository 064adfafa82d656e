"""Loads a set of compose files into one tree: overlays, `extends`, `include`, resets, paths made project-relative."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace

from readycheck.facts.compose import ComposeFile
from readycheck.facts.envfile import EnvFile
from readycheck.link.compose_merge import merge, unique
from readycheck.link.compose_model import Problem
from readycheck.link.compose_scope import Scope
from readycheck.link.compose_shapes import shape
from readycheck.link.compose_tree import (
    Branch,
    Grown,
    Leaf,
    Path,
    Row,
    Tree,
    grow,
    join_path,
    leaves,
    map_at,
    prune,
)
from readycheck.link.interpolate import Use
from readycheck.model import Location

_SECTIONS = ("services", "volumes", "networks", "secrets", "configs", "models")
_REMOTE = ("http://", "https://", "git://", "ssh://", "oci://", "github.com/", "git@")
_PATHS: tuple[Path, ...] = (
    ("services", "*", "build", "context"),
    ("services", "*", "env_file", "*", "path"),
    ("services", "*", "label_file", "*"),
    ("services", "*", "extends", "file"),
    ("secrets", "*", "file"),
    ("configs", "*", "file"),
)
MAX_FILES = 200
# Longer chains than this of files that include, or services that extend, each other are nobody's project.
MAX_CHAIN = 40


def is_remote(path: str) -> bool:
    """Whether a path is fetched from elsewhere, so that nothing here can be known about it."""
    return path.startswith(_REMOTE)


class Loader:
    """Everything known about the project while one set of files is loaded."""

    def __init__(self, files: Mapping[str, ComposeFile], env_files: Mapping[str, EnvFile]) -> None:
        self.files = files
        self.env_files = env_files
        self.problems: list[Problem] = []
        self._reported: set[Problem] = set()
        self.uses: list[tuple[Use, Location]] = []
        self.read: list[str] = []

    def report(self, location: Location, text: str) -> None:
        """Note a problem, once."""
        self._note(Problem(location, text))

    def lose(self, location: Location, text: str) -> None:
        """Note a problem that keeps a part of the set from being judged, once."""
        self._note(Problem(location, text, lost=True))

    def _note(self, problem: Problem) -> None:
        if problem not in self._reported:
            self._reported.add(problem)
            self.problems.append(problem)

    def load(self, paths: tuple[str, ...], base: str, scope: Scope, chain: tuple[str, ...] = ()) -> Branch:
        """The merged tree of files whose relative paths start at the folder `base`."""
        model = Branch({}, Location(paths[0] if paths else "", 0))
        for path in paths:
            for grown in self._documents(path, scope, Location(path)):
                root = self._include(shape(grown.root, self.lose), base, scope, (*chain, path), grown)
                cleared = prune(model, grown.cleared)
                root = self._extend_all(root, path, base, scope, grown)
                merged = merge(cleared, root, (), self.report)
                model = unique(merged) if isinstance(merged, Branch) else model
        return anchor(_with_context(model), base)

    def _documents(self, path: str, scope: Scope, asked: Location) -> list[Grown]:
        file = self.files.get(path)
        if file is None:
            self.lose(asked, f"{path} is fetched from elsewhere" if is_remote(path) else f"no such file: {path}")
            return []
        if len(self.read) >= MAX_FILES:
            self.lose(asked, f"more than {MAX_FILES} files belong together")
            return []
        self.read.append(path)
        for problem in file.problems:
            self.report(Location(path, problem.line), problem.reason)
        grown = [grow(document, path, scope.lookup) for document in file.documents]
        for one in grown:
            self.uses.extend(one.uses)
            for location, error in one.errors:
                self.report(location, error)
        return grown

    def _include(self, root: Branch, base: str, scope: Scope, chain: tuple[str, ...], grown: Grown) -> Branch:
        listed = root.items.get("include")
        items = dict(root.items)
        items.pop("include", None)
        for entry in listed.items if isinstance(listed, Row) else ():
            if not isinstance(entry, Branch):
                continue
            paths = tuple(join_path(base, leaf.text) for leaf in leaves(entry.get("path")))
            if not paths or paths[0] in chain:
                self.lose(entry.location, "an include that includes itself" if paths else "an include without a path")
                continue
            if len(chain) > MAX_CHAIN:
                self.lose(entry.location, f"a chain of more than {MAX_CHAIN} includes: not followed further")
                continue
            folder = entry.text("project_directory")
            folder = join_path(base, folder) if folder else posixpath.dirname(paths[0])
            if paths[0] not in self.files:
                kind = "is fetched from elsewhere" if is_remote(paths[0]) else "does not exist"
                self.lose(entry.location, f"the included {paths[0]} {kind}")
                continue
            inner = self._included_scope(entry, base, folder, scope)
            imported = take_from_host(self.load(paths, folder, inner, chain), inner)
            self._import(imported, items, grown)
        return root.with_items(items)

    def _included_scope(self, entry: Branch, base: str, folder: str, scope: Scope) -> Scope:
        named = [leaf for leaf in leaves(entry.get("env_file")) if leaf.text != "/dev/null"]
        if entry.get("env_file") is None:
            path = join_path(folder, ".env")
            return scope.with_file(path, self.env_files[path]) if path in self.env_files else scope
        for leaf in named:
            path = join_path(base, leaf.text)
            if path in self.env_files:
                scope = scope.with_file(path, self.env_files[path])
            else:
                self.report(leaf.location, f"env file {path} does not exist")
        return scope

    def _import(self, imported: Branch, items: dict[str, Tree], grown: Grown) -> None:
        for section in _SECTIONS:
            source = imported.items.get(section)
            if not isinstance(source, Branch):
                continue
            own = items.get(section)
            target = dict(own.items) if isinstance(own, Branch) else {}
            for name, node in source.items.items():
                if name in target:
                    kept = prune(node, grown.cleared, (section, name))
                    target[name] = merge(kept, target[name], (section, name), self.report)
                else:
                    target[name] = node
            items[section] = Branch(target, own.location if own is not None else source.location)

    def _extend_all(self, root: Branch, path: str, base: str, scope: Scope, grown: Grown) -> Branch:
        services = root.items.get("services")
        if not isinstance(services, Branch):
            return root
        extender = _Extender(self, scope, base)
        done = {name: extender.extended(name, services, path, grown.cleared, ()) for name in services.items}
        return root.with_items({**root.items, "services": services.with_items(done)})

    def plain_services(self, path: str, scope: Scope, asked: Location) -> tuple[Branch, list[Path]] | None:
        """The services of a file that another one extends: not included, not extended, but with paths resolved."""
        grown = self._documents(path, scope, asked)
        model: Tree = Branch({}, Location(path))
        for one in grown:
            model = merge(prune(model, one.cleared), shape(one.root, self.lose), (), self.report)
        services = anchor(unique(model), posixpath.dirname(path)).get("services") if isinstance(model, Branch) else None
        cleared = [path for one in grown for path in one.cleared]
        return (services, cleared) if isinstance(services, Branch) else None


class _Extender:
    """Follows `extends` for the services of one file."""

    def __init__(self, loader: Loader, scope: Scope, base: str) -> None:
        self.loader = loader
        self.scope = scope
        self.base = base
        self.others: dict[str, tuple[Branch, list[Path]] | None] = {}
        self._done: dict[tuple[str, str], Tree] = {}

    def extended(
        self, name: str, services: Branch, path: str, cleared: list[Path], seen: tuple[tuple[str, str], ...]
    ) -> Tree:
        """The service laid over what it extends."""
        known = self._done.get((path, name))
        if known is None:
            known = self._done[path, name] = self._extended(name, services, path, cleared, seen)
        return known

    def _extended(
        self, name: str, services: Branch, path: str, cleared: list[Path], seen: tuple[tuple[str, str], ...]
    ) -> Tree:
        service = services.items[name]
        reference = service.get("extends") if isinstance(service, Branch) else None
        if not isinstance(service, Branch) or not isinstance(reference, Branch):
            return service
        own = service.with_items({key: value for key, value in service.items.items() if key != "extends"})
        found = self._source(name, reference, services, path, cleared)
        if found is None:
            return own
        if (path, name) in seen:
            self.loader.lose(reference.location, f"service {name} extends itself in a circle")
            return own
        if len(seen) > MAX_CHAIN:
            self.loader.lose(reference.location, f"a chain of more than {MAX_CHAIN} extends: not followed further")
            return own
        ref, (source, source_cleared), source_path = reference.text("service"), found[0], found[1]
        base = self.extended(ref, source, source_path, source_cleared, (*seen, (path, name)))
        if not isinstance(base, Branch):
            return own
        base = prune(base, [("services", name, *rest[2:]) for rest in cleared if rest[:2] == ("services", name)],
                     ("services", name))  # fmt: skip
        merged = merge(base, own, ("services", name), self.loader.report)
        return replace(merged, location=service.location)

    def _source(
        self, name: str, reference: Branch, services: Branch, path: str, cleared: list[Path]
    ) -> tuple[tuple[Branch, list[Path]], str] | None:
        """The services among which the extended one is, and the file they stand in."""
        ref, file = reference.text("service"), reference.get("file")
        target, source = path, (services, cleared)
        if isinstance(file, Leaf) and file.text:
            target = file.text if file.anchored else join_path(self.base, file.text)
            if target not in self.others:
                self.others[target] = self.loader.plain_services(target, self.scope, file.location)
            other = self.others[target]
            if other is None:
                self.loader.lose(reference.location, f"cannot extend: {target} has no services that can be read")
                return None
            source = other
        if ref not in source[0].items:
            self.loader.lose(reference.location, f"cannot extend service {ref or name}: it is not in {target}")
            return None
        return source, target


def anchor(model: Branch, base: str) -> Branch:
    """The model with every relative path in it made relative to the project root."""

    def path(node: Tree) -> Tree:
        if not isinstance(node, Leaf) or node.anchored or not isinstance(node.value, str) or is_remote(node.value):
            return node
        return replace(node, value=join_path(base, node.value), anchored=True)

    def mount(node: Tree) -> Tree:
        if not isinstance(node, Branch) or node.text("type") != "bind" or "source" not in node.items:
            return node
        return node.with_items({**node.items, "source": path(node.items["source"])})

    tree: Tree = map_at(model, ("services", "*", "volumes", "*"), mount)
    for pattern in _PATHS:
        tree = map_at(tree, pattern, path)
    return tree if isinstance(tree, Branch) else model


def _with_context(model: Branch) -> Branch:
    def fill(node: Tree) -> Tree:
        if not isinstance(node, Branch) or "context" in node.items:
            return node
        return node.with_items({**node.items, "context": Leaf(".", node.location)})

    tree = map_at(model, ("services", "*", "build"), fill)
    return tree if isinstance(tree, Branch) else model


def take_from_host(model: Branch, scope: Scope) -> Branch:
    """The model with environment entries that have no value filled from the scope, as far as it knows them."""

    def fill(node: Tree) -> Tree:
        if not isinstance(node, Branch):
            return node
        return node.with_items(
            {
                name: replace(leaf, value=scope.lookup(name)) if isinstance(leaf, Leaf) and leaf.value is None else leaf
                for name, leaf in node.items.items()
            }
        )

    tree = map_at(model, ("services", "*", "environment"), fill)
    return tree if isinstance(tree, Branch) else model

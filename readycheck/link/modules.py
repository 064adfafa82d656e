"""Python modules of the project: which dotted name is which file, who imports whom, what is reached from where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from readycheck.facts.python import PythonFacts


class ModuleIndex:
    """Finds the file behind a dotted name, as seen from the file that says it."""

    def __init__(self, modules: Mapping[str, PythonFacts]) -> None:
        self._modules = modules
        self._by_last: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        self._by_two: dict[tuple[str, ...], list[tuple[tuple[str, ...], str]]] = defaultdict(list)
        for path, facts in modules.items():
            parts = tuple(facts.module.split("."))
            self._by_last[parts[-1]].append((parts, path))
            self._by_two[parts[-2:]].append((parts, path))
        self._found: dict[tuple[str, str], str | None] = {}
        self._split: dict[tuple[str, str], tuple[str, str] | None] = {}

    def find(self, dotted: str, seen_from: str) -> str | None:
        """The path of the module with this dotted name, nearest to the file that names it; None if it is not ours."""
        key = (dotted, seen_from.rpartition("/")[0])
        if key not in self._found:
            self._found[key] = self._search(dotted, key[1])
        return self._found[key]

    def _search(self, dotted: str, folder: str) -> str | None:
        wanted = tuple(dotted.split("."))
        near = tuple(folder.split("/")) if folder else ()
        best: tuple[int, int, str] | None = None
        # A large project has hundreds of modules called `models`: two parts of the name tell most of them apart.
        named = self._by_last.get(wanted[0], ()) if len(wanted) == 1 else self._by_two.get(wanted[-2:], ())
        for parts, path in named:
            if parts[-len(wanted) :] != wanted:
                continue
            root = parts[: len(parts) - len(wanted)]
            # An import root is the target's root or a folder above the importing file ("backend/" for "app.main").
            if root and near[: len(root)] != root and len(wanted) == 1:
                continue
            shared = sum(1 for _ in _common(parts, near))
            rank = (-shared, len(root), path)
            if best is None or rank < best:
                best = rank
        return best[2] if best else None

    def split(self, dotted: str, seen_from: str) -> tuple[str, str] | None:
        """`app.config.settings.DEBUG` as (path of app.config, "settings.DEBUG"), by the longest module that exists."""
        key = (dotted, seen_from.rpartition("/")[0])
        if key not in self._split:
            self._split[key] = self._longest(dotted, seen_from)
        return self._split[key]

    def _longest(self, dotted: str, seen_from: str) -> tuple[str, str] | None:
        parts = dotted.split(".")
        for end in range(len(parts), 0, -1):
            if parts[end - 1] in self._by_last:
                path = self.find(".".join(parts[:end]), seen_from)
                if path is not None:
                    return path, ".".join(parts[end:])
        return None

    def imports(self, path: str) -> Iterable[tuple[str, int]]:
        """The project's own modules that a module imports, each with the line of the import."""
        facts = self._modules.get(path)
        if facts is None:
            return
        for statement in facts.imports:
            target = statement.target.removesuffix(".*")
            found = self.split(target, path)
            if found is not None and found[0] != path:
                yield found[0], statement.line

    def reachable(self, entries: Iterable[str]) -> dict[str, str]:
        """Every module reached along imports, with the module that imports it ("" for an entry)."""
        reached = {entry: "" for entry in entries if entry in self._modules}
        queue = list(reached)
        while queue:
            path = queue.pop()
            for target, _line in self.imports(path):
                if target not in reached:
                    reached[target] = path
                    queue.append(target)
            package = path.rpartition("/")[0] + "/__init__.py"
            if package in self._modules and package not in reached:
                reached[package] = path
                queue.append(package)
        return reached


def _common(left: tuple[str, ...], right: tuple[str, ...]) -> Iterable[str]:
    for a, b in zip(left, right, strict=False):
        if a != b:
            return
        yield a

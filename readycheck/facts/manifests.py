"""The words of package manifests: what a project depends on, which Python or Node it wants, what it can run."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from readycheck.facts.lazily import lazy

MAX_BYTES = 4_000_000
# A manifest with more dependencies than this is not written by people.
MAX_DEPENDENCIES = 5_000
_REQUIREMENT = lazy(r"([A-Za-z0-9](?:[A-Za-z0-9._-]{0,150}[A-Za-z0-9])?)\s{0,20}(?:\[([^\]]{0,300})\])?")
_COMMENT = lazy(r"(?:^|\s)#")
_SEPARATORS = lazy(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Dependency:
    """One declared dependency. `group` is "" for what production installs, else the name of its group or extra."""

    name: str
    specifier: str
    line: int
    group: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Located:
    """A piece of text and the line it stands on."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class PythonManifest:
    """What a Python packaging file says. `includes` are further requirement files, `tools` the `[tool.X]` tables."""

    dependencies: tuple[Dependency, ...] = ()
    requires_python: Located | None = None
    name: str = ""
    scripts: Mapping[str, Located] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
    includes: tuple[Located, ...] = ()
    build_backend: str = ""
    problems: tuple[str, ...] = ()

    def depends_on(self, name: str) -> Dependency | None:
        """The declaration of a dependency, the production one first."""
        wanted = normalized(name)
        found = [dependency for dependency in self.dependencies if dependency.name == wanted]
        return min(found, key=lambda dependency: dependency.group != "", default=None)


@dataclass(frozen=True, slots=True)
class NodeManifest:
    """What a `package.json` says."""

    name: str = ""
    scripts: Mapping[str, Located] = field(default_factory=dict)
    main: Located | None = None
    dependencies: tuple[Dependency, ...] = ()
    engines: Mapping[str, Located] = field(default_factory=dict)
    module_type: str = ""
    private: bool = False
    workspaces: tuple[str, ...] = ()
    package_manager: str = ""
    problems: tuple[str, ...] = ()

    def depends_on(self, name: str) -> Dependency | None:
        """The declaration of a dependency, the production one first."""
        found = [dependency for dependency in self.dependencies if dependency.name == name]
        return min(found, key=lambda dependency: dependency.group != "", default=None)


def normalized(name: str) -> str:
    """A Python distribution name as the index compares it."""
    return _SEPARATORS.sub("-", name).lower()


def requirement(text: str, line: int, group: str = "") -> Dependency | None:
    """One requirement as pip writes it; None for a path, a URL or nonsense. The URL of `name @ url` is dropped."""
    text = text[:2_000]
    comment = _COMMENT.search(text)
    body, _, marker = (text[: comment.start()] if comment else text).strip().partition(";")
    found = _REQUIREMENT.match(body)
    if not found:
        return None
    specifier = body[found.end() :].strip().strip("()")
    if specifier.startswith("@"):
        specifier = "@"
    elif specifier and specifier[0] not in "<>=!~":
        return None
    names = tuple(part.strip().lower() for part in (found.group(2) or "").split(",") if part.strip())
    return Dependency(normalized(found.group(1)), specifier, line, group, names, marker.strip())


class LineFinder:
    """Finds the line of a piece of text in a file whose parser forgets lines: first after a section, else anywhere."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._sections: dict[str, int] = {}
        self._starts = [found.end() for found in re.finditer("\n", text)]
        self._cursors: dict[int, int] = {}

    def section(self, *headers: str) -> int:
        """Where the first of the headers that stands in the file begins, 0 if none does."""
        for header in headers:
            if header not in self._sections:
                self._sections[header] = self._text.find(header)
            if self._sections[header] >= 0:
                return self._sections[header]
        return 0

    def line(self, start: int, *candidates: str) -> int:
        """The line of the first candidate found at or after an offset; 0 if none is found."""
        cursor = self._cursors.get(start, start)
        for begin in (cursor, start) if cursor != start else (start,):
            for candidate in candidates:
                # What is asked for comes mostly in the order it is written, so the search goes on from the last find.
                at = self._text.find(candidate, begin)
                if at >= 0:
                    self._cursors[start] = at
                    skipped = len(candidate) - len(candidate.lstrip("\n"))
                    return bisect_right(self._starts, at + skipped) + 1
        return 0

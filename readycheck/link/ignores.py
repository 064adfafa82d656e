"""Which ignore pattern decides about a path: nested `.gitignore` files as Git reads them, `.dockerignore` as Docker."""

from __future__ import annotations

import posixpath
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

MAX_LINES = 5_000
# More wildcards than this make the regular expression of a pattern run away on a hostile path.
MAX_STARS = 3


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings of `re` about odd sets such as `[[]`: they are the scanned project's, not the user's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def ignore_spec(lines: list[str]) -> tuple[GitIgnoreSpec, int]:
    """The patterns of one `.gitignore` and how many lines of it were understood: a bad one spoils no other."""
    from pathspec import GitIgnoreSpec

    with _quiet():
        try:
            return GitIgnoreSpec.from_lines(lines), len(lines)
        except ValueError:
            good = [line for line in lines if _understood(line)]
            return GitIgnoreSpec.from_lines(good), len(good)


def _understood(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Decision:
    """What the last pattern that matches says of a path, and where that pattern stands."""

    ignored: bool
    pattern: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class _GitLine:
    pattern: GitIgnoreSpecPattern
    text: str
    line: int
    directories: bool


class GitIgnores:
    """The `.gitignore` files of one tree: paths of the files with `/`, relative to the top, and their content.

    Patterns with more wildcards than any honest one has are left out.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._folders: dict[str, tuple[str, list[_GitLine]]] = {}
        for path, data in files.items():
            self._folders[posixpath.dirname(path)] = (path, _git_lines(data))

    def decide(self, path: str, is_dir: bool = False) -> Decision | None:
        """The pattern that decides about a path, None when no pattern speaks of it.

        A folder that is ignored is not entered, so no pattern can take back what lies inside it.
        """
        parts = path.strip("/").split("/")
        decision: Decision | None = None
        for depth in range(1, len(parts) + 1):
            decision = self._decide_one(parts[:depth], is_dir or depth < len(parts))
            if decision is not None and decision.ignored:
                return decision
        return decision

    def ignored(self, path: str, is_dir: bool = False) -> bool:
        """Whether Git would leave an untracked path of that name alone."""
        decision = self.decide(path, is_dir)
        return decision is not None and decision.ignored

    def _decide_one(self, parts: list[str], is_dir: bool) -> Decision | None:
        for depth in range(len(parts) - 1, -1, -1):
            found = self._folders.get("/".join(parts[:depth]))
            if found is None:
                continue
            inner = "/".join(parts[depth:])
            for line in reversed(found[1]):
                if _git_match(line, inner, is_dir):
                    return Decision(bool(line.pattern.include), line.text, found[0], line.line)
        return None


def _git_lines(data: bytes) -> list[_GitLine]:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    lines: list[_GitLine] = []
    for number, raw in enumerate(_lines(data), 1):
        text = raw if raw.endswith("\\ ") else raw.rstrip(" ")
        if not text or text.startswith("#") or not _bounded(text):
            continue
        directories = text.endswith("/")
        # The slash that asks for a folder is checked here, so that the pattern says only what the name must be.
        bare = text.rstrip("/") if directories and "/" not in text.rstrip("/") else text[:-1] if directories else text
        try:
            with _quiet():
                pattern = GitIgnoreSpecPattern(bare)
        except ValueError:
            continue
        if pattern.include is not None:
            lines.append(_GitLine(pattern, text, number, directories))
    return lines


def _git_match(line: _GitLine, path: str, is_dir: bool) -> bool:
    if line.directories and not is_dir:
        return False
    regex = line.pattern.regex
    found = regex.match(path) if regex is not None else None
    # pathspec lets a pattern match everything below what it names; Git asks about each folder on the way instead.
    return found is not None and "ps_d" not in {name for name, text in found.groupdict().items() if text is not None}


class DockerIgnore:
    """One `.dockerignore`: patterns are anchored at the build context, `!` takes back, the last match decides."""

    def __init__(self, data: bytes, file: str = ".dockerignore") -> None:
        self._file = file
        self._lines: list[tuple[re.Pattern[str], bool, str, int]] = []
        for number, raw in enumerate(_lines(data), 1):
            if raw.startswith("#"):
                continue
            text = raw.strip()
            negated = text.startswith("!")
            pattern = posixpath.normpath(text[negated:].strip()).lstrip("/") if text[negated:].strip() else ""
            if pattern and pattern != "." and _bounded(pattern):
                self._lines.append((_docker_regex(pattern), negated, text, number))

    @property
    def empty(self) -> bool:
        """Whether no pattern is in it."""
        return not self._lines

    def decide(self, path: str) -> Decision | None:
        """The pattern that decides whether a path of the context is sent, None when none speaks of it."""
        parts = path.strip("/").split("/")
        prefixes = ["/".join(parts[:depth]) for depth in range(len(parts), 0, -1)]
        for regex, negated, text, number in reversed(self._lines):
            if any(regex.fullmatch(prefix) for prefix in prefixes):
                return Decision(not negated, text, self._file, number)
        return None

    def ignored(self, path: str) -> bool:
        """Whether Docker leaves a path out of the build context."""
        decision = self.decide(path)
        return decision is not None and decision.ignored


def _lines(data: bytes) -> list[str]:
    text = data.decode("utf-8-sig", errors="replace")
    return [line.removesuffix("\r") for line in text.split("\n")[:MAX_LINES]]


def _bounded(pattern: str) -> bool:
    segments = pattern.split("/")
    stars = max((segment.count("*") for segment in segments if segment != "**"), default=0)
    return stars <= MAX_STARS and sum("**" in segment for segment in segments) <= MAX_STARS and len(pattern) < 1_000


def _docker_regex(pattern: str) -> re.Pattern[str]:
    out: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if pattern.startswith("**", at):
            at += 2
            while pattern.startswith("*", at):
                at += 1
            if pattern.startswith("/", at):
                at += 1
                out.append(r"(?:.*/)?" if not out or out[-1] != r"(?:.*/)?" else "")
            else:
                out.append(".*")
            continue
        if char == "[" and "]" in pattern[at + 2 :]:
            end = pattern.index("]", at + 2)
            body = pattern[at + 1 : end]
            body = ("^" if body.startswith("^") else "") + re.sub(r"([\\\[\]^&~|])", r"\\\1", body.lstrip("^"))
            out.append(f"[{body}]")
            at = end + 1
            continue
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            char = pattern[at]
            out.append(re.escape(char))
        else:
            out.append("[^/]*" if char == "*" else "[^/]" if char == "?" else re.escape(char))
        at += 1
    try:
        return re.compile("".join(out), re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern))

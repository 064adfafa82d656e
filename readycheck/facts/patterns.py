"""Text patterns that rules bring along, searched line by line where a file's text is at hand: only places are kept."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

# A line longer than this was not written by hand; what stands behind the cut is not searched.
LONGEST_LINE = 4_000
MOST_HITS = 200


@dataclass(frozen=True, slots=True)
class TextPattern:
    """One search: in files of these globs (all files without any) that hold the literal, in whatever case."""

    globs: tuple[str, ...]
    literal: str
    pattern: str

    @property
    def id(self) -> str:
        """The same for the same search, so that two rules share it and the cache tells searches apart."""
        parts = "\0".join((*self.globs, "", self.literal, self.pattern))
        return hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class TextHit:
    """A place where a pattern matches. The matched text is not kept: it could be a secret."""

    id: str
    line: int
    column: int


def find_texts(path: str, text: str, patterns: Iterable[TextPattern], literal_seen: bool) -> tuple[TextHit, ...]:
    """Every place of every pattern in one file. `literal_seen` is the gate's word that some literal is in it."""
    found: list[TextHit] = []
    lines: list[str] | None = None
    lowered: str | None = None
    for one in patterns:
        if one.globs and not any(glob_matches(glob, path) for glob in one.globs):
            continue
        if one.literal:
            if not literal_seen:
                continue
            lowered = text.lower() if lowered is None else lowered
            if one.literal.lower() not in lowered:
                continue
        lines = text.split("\n") if lines is None else lines
        found += _hits(one, lines)
    return tuple(found)


def _hits(one: TextPattern, lines: list[str]) -> list[TextHit]:
    search = re.compile(one.pattern).finditer
    hits = []
    for number, line in enumerate(lines, 1):
        for match in search(line.rstrip("\r")[:LONGEST_LINE]):
            hits.append(TextHit(one.id, number, match.start() + 1))
            if len(hits) >= MOST_HITS:
                return hits
    return hits


def gate_words(patterns: Iterable[TextPattern]) -> tuple[bytes, ...]:
    """The literals for the gate. Its engines fold ASCII alone, so of any other literal the longest ASCII run counts."""
    found = set()
    for one in patterns:
        runs = re.findall(r"[ -~]+", one.literal)
        if runs:
            found.add(max(runs, key=len).encode())
    return tuple(sorted(found))


@functools.cache
def _glob(pattern: str) -> re.Pattern[str]:
    """`*` stays inside a folder, `**/` crosses folders, a pattern without a slash is a file name anywhere."""
    if "/" not in pattern:
        pattern = f"**/{pattern}"
    out, at = "", 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            out, at = out + "(?:[^/]+/)*", at + 3
        elif pattern.startswith("**", at):
            out, at = out + ".*", at + 2
        elif pattern[at] == "*":
            out, at = out + "[^/]*", at + 1
        elif pattern[at] == "?":
            out, at = out + "[^/]", at + 1
        else:
            out, at = out + re.escape(pattern[at]), at + 1
    return re.compile(out + r"\Z", re.DOTALL)


def glob_matches(pattern: str, path: str) -> bool:
    """Whether a path relative to the target matches a glob of a rule."""
    return bool(_glob(pattern).match(path))

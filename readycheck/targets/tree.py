"""The words for what was found in a target: its files, what git knows of them, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from readycheck.model import NotScanned


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A regular file to judge. `path` is relative to the target with `/`; undecodable bytes are surrogate escapes.

    `content_id` names the content of a clean tracked file without reading it; empty means: hash the bytes.
    """

    path: str
    size: int
    content_id: str
    tracked: bool
    executable: bool
    mode: int


@dataclass(frozen=True, slots=True)
class GitState:
    """What git knows of the target. `tracked` and `ignored_tracked` are relative to it, and hold binary files too."""

    commit: str | None
    shallow: bool
    tracked: frozenset[str]
    ignored_tracked: tuple[str, ...]
    worktree_root: Path
    prefix: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of a target, sorted by path, and everything that will not be judged."""

    root: Path
    files: tuple[SourceFile, ...]
    not_scanned: tuple[NotScanned, ...]
    git: GitState | None

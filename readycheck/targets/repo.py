"""What there is to judge in a git work tree, a plain folder or a single file, and what is left out and why."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from readycheck.model import TargetError
from readycheck.targets import git
from readycheck.targets.collector import Collector
from readycheck.targets.kinds import is_safe, printable
from readycheck.targets.reading import Reader, decode, read_file, special, why
from readycheck.targets.tree import GitState, SourceFile, Tree

__all__ = ["GitState", "Reader", "SourceFile", "Tree", "collect", "decode", "printable", "read_file"]


def collect(target: Path, include_vendored: bool = False) -> Tree:
    """List what is to be judged. Raises TargetError for a path that is missing or neither a file nor a folder."""
    root, only = _resolved(target)
    collector = Collector(root, include_vendored)
    listing = _listing(root, only, collector)
    state, listed = None, False
    if listing is not None:
        with listing:
            if listing.place.in_git_dir and only is None:
                collector.note("", "inside of a git repository (bare, or its .git folder): no work tree to judge")
                return collector.tree(None)
            listed = _gather(listing, only, collector)
            state = _state(root, listing, collector)
    if only is not None:
        entry = listing.index.get(only) if listing else None
        collector.add(only, entry, listing.index_mtime_ns if listing else 0)
    elif not listed:  # no git, or a folder that git ignores as a whole: what was asked for is judged all the same
        collector.add_walk()
    return collector.tree(state)


def _gather(listing: git.Listing, only: str | None, collector: Collector) -> bool:
    """Take what git lists below a folder. Whether that was anything at all."""
    if only is not None:
        return False
    collector.add_listed(listing.index, listing.index, listing.index_mtime_ns)
    try:
        untracked = listing.untracked()
    except git.GitError as error:
        collector.note("", f"untracked files: {error}")
        untracked = ()
    collector.add_listed(untracked, listing.index, listing.index_mtime_ns)
    if not listing.index and not untracked:
        return False
    collector.sweep()
    return True


def _resolved(target: Path) -> tuple[Path, str | None]:
    """The folder to look in, and the one file wanted in it if the target is a file."""
    shown = printable(os.fspath(target))
    try:
        full = target.resolve(strict=True)
        mode = full.stat().st_mode
        if stat.S_ISDIR(mode):
            os.scandir(full).close()
            return full, None
    except (FileNotFoundError, NotADirectoryError):
        raise TargetError(f"{shown}: no such file or folder") from None
    except OSError as error:
        raise TargetError(f"{shown}: {why(error)}") from None
    except (ValueError, RuntimeError):  # a NUL in the name; a loop of links
        raise TargetError(f"{shown}: not a usable path") from None
    if stat.S_ISREG(mode):
        return full.parent, full.name
    raise TargetError(f"{shown}: {special(mode) or 'neither a file nor a folder'}")


def _listing(root: Path, only: str | None, collector: Collector) -> git.Listing | None:
    if not git.near(root):
        return None
    try:
        listing = git.Listing(root, only)
    except git.GitError as error:
        collector.note("", f"{error}: every file that no .gitignore names was looked at, tracked or not")
        return None
    if listing.place.worktree_root is None and not listing.place.in_git_dir:
        listing.close()
        collector.note("", "git names another work tree than this folder: it was read as a plain folder")
        return None
    return listing


def _state(root: Path, listing: git.Listing, collector: Collector) -> GitState | None:
    top = listing.place.worktree_root
    if top is None:
        return None
    try:
        ignored = listing.ignored_tracked()
    except git.GitError as error:
        collector.note("", f"ignore rules: {error}")
        ignored = ()
    prefix = "" if top == root else root.relative_to(top).as_posix()
    tracked = frozenset(filter(is_safe, listing.index))
    return GitState(
        listing.place.commit, listing.place.shallow, tracked, tuple(sorted(filter(is_safe, ignored))), top, prefix
    )

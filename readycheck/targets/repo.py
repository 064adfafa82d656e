"""What there is to judge in a git work tree, a plain folder or a single file, and what is left out and why."""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from readycheck.model import NotScanned, TargetError
from readycheck.targets import git
from readycheck.targets.kinds import binary_kind, is_safe, made, printable, vendored
from readycheck.targets.reading import Reader, decode, read_file, special, why
from readycheck.targets.walk import MAX_FILES, walk

__all__ = ["GitState", "Reader", "SourceFile", "Tree", "collect", "decode", "printable", "read_file"]

_LINKS_NAMED = 20  # more links than this are counted, not named one by one


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


def collect(target: Path, include_vendored: bool = False) -> Tree:
    """List what is to be judged. Raises TargetError for a path that is missing or neither a file nor a folder."""
    root, only = _resolved(target)
    collector = _Collector(root, include_vendored)
    listing = _git_listing(root, only, collector)
    if listing is not None and listing.place.in_git_dir and only is None:
        collector.note("", "the inside of a git repository (bare, or its .git folder): there is no work tree to judge")
        return collector.tree(None)
    state = _state(root, listing)
    index_mtime = listing.index_mtime_ns if listing else 0
    if only is not None:
        collector.add(only, listing.index.get(only) if listing else None, index_mtime)
    elif listing is not None and (listing.index or listing.untracked):
        collector.add_listing(listing)
    else:  # no git, or a folder that git ignores as a whole: what was asked for is judged all the same
        collector.add_walk()
    return collector.tree(state)


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


def _git_listing(root: Path, only: str | None, collector: _Collector) -> git.Listing | None:
    if not git.near(root):
        return None
    try:
        listing = git.listing(root, only)
    except git.GitError as error:
        collector.note("", f"{error}: every file that no .gitignore names was looked at, tracked or not")
        return None
    if listing.place.worktree_root is None and not listing.place.in_git_dir:
        collector.note("", "git names another work tree than this folder: it was read as a plain folder")
        return None
    return listing


def _state(root: Path, listing: git.Listing | None) -> GitState | None:
    if listing is None or listing.place.worktree_root is None:
        return None
    top = listing.place.worktree_root
    prefix = "" if top == root else root.relative_to(top).as_posix()
    tracked = frozenset(filter(is_safe, listing.index))
    ignored = tuple(sorted(filter(is_safe, listing.ignored_tracked)))
    return GitState(listing.place.commit, listing.place.shallow, tracked, ignored, top, prefix)


class _Collector:
    """Gathers files and notes; remembers its verdict on each folder so that it is found and said once."""

    def __init__(self, root: Path, include_vendored: bool) -> None:
        self._root = os.fspath(root)
        self._prefix = os.path.join(self._root, "")
        self._include_vendored = include_vendored
        self._reader = Reader(root)
        self._files: list[SourceFile] = []
        self._notes: set[NotScanned] = set()
        self._binary: dict[str, Counter[str]] = {}
        self._links: list[NotScanned] = []
        self._wanted: dict[tuple[str, bool], bool] = {}

    def note(self, path: str, reason: str) -> None:
        """Say once that something is not judged."""
        self._notes.add(NotScanned(printable(path), reason))

    def tree(self, state: GitState | None) -> Tree:
        """Everything gathered, in an order that does not depend on the file system."""
        for kind, extensions in sorted(self._binary.items()):
            names = [name for name, _ in sorted(extensions.items(), key=lambda item: (-item[1], item[0]))]
            shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
            total = extensions.total()
            self.note("", f"{total} binary file{'s' if total > 1 else ''}: {kind} ({shown})")
        if len(self._links) > _LINKS_NAMED:
            for reason, count in sorted(Counter(link.reason for link in self._links).items()):
                self.note("", f"{count} times {reason}")
        else:
            self._notes.update(self._links)
        files = tuple(sorted(self._files, key=lambda file: file.path))
        notes = tuple(sorted(self._notes, key=lambda note: (note.path, note.reason)))
        return Tree(Path(self._root), files, notes, state)

    def add_listing(self, listing: git.Listing) -> None:
        """Take what git lists: tracked files that still exist, and untracked ones that are not ignored."""
        index, mtime = listing.index, listing.index_mtime_ns
        folders = {""}
        for number, path in enumerate((*index, *listing.untracked)):
            if number >= MAX_FILES:
                self.note("", f"more than {MAX_FILES} files: the rest was not looked at")
                break
            entry = index.get(path)
            if path.endswith("/"):
                if self._folder_wanted(path[:-1], False):
                    self.note(path[:-1], "another git repository: scan it on its own")
                continue
            if entry is not None and entry.mode == git.GITLINK:
                self.note(path, "a git submodule: scan it on its own")
                continue
            folder = path.rpartition("/")[0]
            if not self._folder_wanted(folder, entry is not None):
                continue
            folders.add(folder)
            kind = binary_kind(path)
            if kind is None:
                self.add(path, entry, mtime)
            else:
                self._count_binary(kind, path)
        self._sweep(folders)

    def add_walk(self) -> None:
        """Take what a walk of the folder finds."""
        walked = walk(Path(self._root), lambda folder: self._left_out(folder, False))
        self._notes.update(walked.notes)
        if walked.ignored:
            self.note("", f"{walked.ignored} files or folders that a .gitignore names")
        if walked.patterns_skipped:
            self.note("", f"{walked.patterns_skipped} patterns of .gitignore files not understood, so not applied")
        for path in walked.paths:
            kind = binary_kind(path)
            if kind is None:
                self.add(path, None, 0)
            else:
                self._count_binary(kind, path)

    def add(self, path: str, entry: git.Entry | None, index_mtime_ns: int) -> None:
        """Take one path if it is a regular file, and say what it is otherwise. One that is gone is no news."""
        if not is_safe(path):
            self.note(path, "its name is not usable on this system")
            return
        try:
            found = os.lstat(self._prefix + path)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self.note(path, why(error))
            return
        mode = found.st_mode
        if stat.S_ISREG(mode):
            clean = entry is not None and git.unchanged(entry.stat, found, index_mtime_ns)
            content_id = f"{entry.blob}:{found.st_size}" if entry is not None and entry.blob and clean else ""
            self._files.append(
                SourceFile(path, found.st_size, content_id, entry is not None, bool(mode & stat.S_IXUSR), mode)
            )
        elif stat.S_ISLNK(mode):
            self._links.append(NotScanned(printable(path), self._link(path)))
        elif (reason := special(mode)) is not None:
            self.note(path, reason)

    def _link(self, path: str) -> str:
        full = self._prefix + path
        try:
            os.stat(full)
            inside = os.path.realpath(full).startswith(self._prefix)
        except FileNotFoundError:
            return "a link to nothing"
        except (OSError, ValueError):
            return "a link that leads nowhere"
        return "a link to something in the tree, judged there" if inside else "a link out of the tree: not followed"

    def _count_binary(self, kind: str, path: str) -> None:
        self._binary.setdefault(kind, Counter())[path.rpartition(".")[2].lower()] += 1

    def _exists(self, path: str) -> bool:
        return os.path.lexists(self._prefix + path)

    def _left_out(self, folder: str, tracked: bool) -> str | None:
        reason = made(folder, tracked, self._exists)
        if reason is None and not self._include_vendored and vendored(folder, self._exists):
            return "vendored: other people's code"
        return reason

    def _folder_wanted(self, folder: str, tracked: bool) -> bool:
        """Whether files in a folder are judged; says why not once for the topmost folder left out."""
        if not folder:
            return True
        key = (folder, tracked)
        known = self._wanted.get(key)
        if known is None:
            known = folder.count("/") < 200 and self._folder_wanted(folder.rpartition("/")[0], tracked)
            if known and (reason := self._left_out(folder, tracked)) is not None:
                known = False
                if self._exists(folder):
                    self.note(folder, reason)
            elif known and not self._reader.real_folder(folder):
                known = False
                if self._exists(folder):
                    self.note(folder, "reached through a link: not followed")
            self._wanted[key] = known
        return known

    def _sweep(self, folders: set[str]) -> None:
        """Name what git never lists beside the files it does: FIFOs, sockets, devices and folders it cannot open."""
        for folder in folders:
            try:
                with os.scandir(self._prefix + folder) as entries:
                    odd = [one for one in entries if not (one.is_file(follow_symlinks=False) or one.is_symlink())]
            except OSError as error:
                if folder:
                    self.note(folder, why(error))
                continue
            for entry in odd:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if not entry.is_dir(follow_symlinks=False):
                    self.add(path, None, 0)
                elif path not in folders and not os.access(entry.path, os.R_OK | os.X_OK):
                    self.note(path, "permission denied")

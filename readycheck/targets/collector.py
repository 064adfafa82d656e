"""Sorts what a listing names into files to judge and notes on what is not judged."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from readycheck.model import NotScanned
from readycheck.targets import git
from readycheck.targets.kinds import binary_kind, is_safe, made, printable, vendored
from readycheck.targets.reading import Reader, special, why
from readycheck.targets.tree import GitState, SourceFile, Tree
from readycheck.targets.walk import MAX_FILES, TOO_MANY, walk

_LINKS_NAMED = 20  # more links than this are counted, not named one by one


class Collector:
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
        self._wanted: dict[tuple[str, bool], bool] = {("", True): True, ("", False): True}

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

    def add_listed(self, paths: Iterable[str], index: Mapping[str, git.Entry], index_mtime_ns: int) -> None:
        """Take what git lists: tracked files that still exist, or untracked ones that are not ignored."""
        last, wanted = ("", False), True  # listings are sorted: most files stand in the folder of the one before
        for path in paths:
            entry = index.get(path)
            if path.endswith("/"):
                if self._folder_wanted(path[:-1], False):
                    self.note(path[:-1], "another git repository: scan it on its own")
                continue
            if entry is not None and entry.mode == git.GITLINK:
                self.note(path, "a git submodule: scan it on its own")
                continue
            key = (path.rpartition("/")[0], entry is not None)
            if key != last:
                last, wanted = key, self._folder_wanted(*key)
            if wanted:
                self._add_by_name(path, entry, index_mtime_ns)

    def add_walk(self) -> None:
        """Take what a walk of the folder finds."""
        walked = walk(Path(self._root), lambda folder: self._left_out(folder, False))
        self._notes.update(walked.notes)
        if walked.ignored:
            things = "files or folders" if walked.ignored > 1 else "file or folder"
            self.note("", f"{walked.ignored} {things} that a .gitignore names")
        if walked.patterns_skipped:
            self.note("", f"{walked.patterns_skipped} patterns of .gitignore files not understood, so not applied")
        for path in walked.paths:
            self._add_by_name(path, None, 0)

    def _add_by_name(self, path: str, entry: git.Entry | None, index_mtime_ns: int) -> None:
        kind = binary_kind(path)
        if kind is not None:
            self._binary.setdefault(kind, Counter())[path.rpartition(".")[2].lower()] += 1
        elif len(self._files) < MAX_FILES:
            self.add(path, entry, index_mtime_ns)
        else:
            self.note("", TOO_MANY)

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
            content_id = ""
            if entry is not None and git.unchanged(entry, found, index_mtime_ns):
                content_id = f"{entry.blob}:{found.st_size}"
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
            inside = os.path.join(os.path.realpath(full), "").startswith(self._prefix)
        except FileNotFoundError:
            return "a link to nothing"
        except (OSError, ValueError):
            return "a link that leads nowhere"
        return "a link to something in the tree, judged there" if inside else "a link out of the tree: not followed"

    def _exists(self, path: str) -> bool:
        return os.path.lexists(self._prefix + path)

    def _left_out(self, folder: str, tracked: bool) -> str | None:
        reason = made(folder, tracked, self._exists)
        if reason is None and not self._include_vendored and vendored(folder, self._exists):
            return "vendored: other people's code"
        return reason

    def _folder_wanted(self, folder: str, tracked: bool) -> bool:
        """Whether files in a folder are judged; says why not once for the topmost folder left out."""
        known = self._wanted.get((folder, tracked))
        if known is None:
            known, reached = True, ""
            for number, name in enumerate(folder.split("/")):
                reached = f"{reached}/{name}" if number else name
                before = self._wanted.get((reached, tracked))
                known = known and (self._judge_folder(reached, tracked) if before is None else before)
                self._wanted[reached, tracked] = known
        return known

    def _judge_folder(self, folder: str, tracked: bool) -> bool:
        if not is_safe(folder):
            self.note(folder, "its name is not usable on this system")
            return False
        reason = self._left_out(folder, tracked)
        if reason is None and not self._reader.real_folder(folder):
            reason = "reached through a link: not followed"
        if reason is not None and self._exists(folder):  # the folder of a deleted file is no news
            self.note(folder, reason)
        return reason is None

    def sweep(self) -> None:
        """Name what git never lists beside the files it does: FIFOs, sockets, devices and folders it cannot open."""
        folders = {""} | {folder for (folder, _), wanted in self._wanted.items() if wanted}
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

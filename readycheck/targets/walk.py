"""Listing a plain folder: a bounded walk that follows no link and honours the .gitignore files on its way."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from readycheck.link.ignores import ignore_spec
from readycheck.model import NotScanned
from readycheck.targets.kinds import printable
from readycheck.targets.reading import LIMIT, Reader, decode, is_real_folder, why

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

MAX_FILES = 200_000
TOO_MANY = f"more than {MAX_FILES} files: the rest was not looked at"
_MAX_STARS = 3  # a pattern with many stars in one name can take a regular expression for ever


@dataclass(slots=True)
class Walked:
    """What a walk found: paths of everything that is no folder, and a note for each thing left out."""

    paths: list[str] = field(default_factory=list)
    notes: list[NotScanned] = field(default_factory=list)
    ignored: int = 0
    patterns_skipped: int = 0


@dataclass(frozen=True, slots=True)
class _Ignore:
    """The rules of one .gitignore and the folder they hold for, chained to those of the folders above."""

    folder: str
    spec: GitIgnoreSpec
    above: _Ignore | None


def walk(root: Path, left_out: Callable[[str], str | None]) -> Walked:
    """List everything below a folder. `left_out` says why a folder's content is not wanted, or None."""
    walked = Walked()
    reader = Reader(root, min(LIMIT, 1024 * 1024))
    pending: list[tuple[str, _Ignore | None]] = [("", None)]
    while pending:
        folder, ignore = pending.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            walked.notes.append(NotScanned(printable(folder), why(error)))
            continue
        if any(entry.name == ".gitignore" for entry in entries):
            ignore = _chained(folder, ignore, reader, walked)
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and (reason := left_out(path)):
                walked.notes.append(NotScanned(printable(path), reason))
            elif _ignored(path, is_folder, ignore):
                walked.ignored += 1
            elif not is_folder:
                walked.paths.append(path)
            elif is_real_folder(entry.path):
                pending.append((path, ignore))
            else:
                walked.notes.append(NotScanned(printable(path), "a link: not followed"))
        if len(walked.paths) >= MAX_FILES:
            walked.notes.append(NotScanned("", TOO_MANY))
            break
    return walked


def _chained(folder: str, above: _Ignore | None, reader: Reader, walked: Walked) -> _Ignore | None:
    data = reader.read(f"{folder}/.gitignore" if folder else ".gitignore")
    decoded = None if isinstance(data, NotScanned) else decode(data)
    if decoded is None:
        return above
    lines = decoded[0].splitlines()
    spec, understood = ignore_spec([line for line in lines if _tame(line)])
    walked.patterns_skipped += len(lines) - understood
    return _Ignore(folder, spec, above)


def _tame(line: str) -> bool:
    segments = line.split("/")
    if len(line) > 1000 or segments.count("**") > _MAX_STARS:
        return False
    return all(segment.count("*") <= _MAX_STARS for segment in segments)


def _ignored(path: str, is_folder: bool, ignore: _Ignore | None) -> bool:
    """The nearest .gitignore that says anything about a path decides, as in git."""
    while ignore is not None:
        below = path[len(ignore.folder) + 1 :] if ignore.folder else path
        verdict = ignore.spec.check_file(f"{below}/" if is_folder else below).include
        if verdict is not None:
            return verdict
        ignore = ignore.above
    return False

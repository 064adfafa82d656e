"""A bounded look at git history for files that should never have been there: names and commits only, never contents."""

from __future__ import annotations

import fnmatch
import os
import re
import selectors
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from readycheck.targets import git

TIMEOUT = 5.0
LIMIT = 200
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_CHUNK = 1 << 16

# Rename detection off: it would read contents. Merges are left out: what they remove, a parent has added.
_LOG = (
    "log",
    "--no-show-signature",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
    "--no-color",
    "--diff-filter=D",
    "--name-only",
    "--format=%H",
    "-z",
    "HEAD",
)


@dataclass(frozen=True, slots=True)
class History:
    """Files that history holds and the tree does not, newest removal first: (path in the work tree, commit).

    `reason` is empty when the whole history was looked at, and says otherwise why not.
    """

    removed: tuple[tuple[str, str], ...]
    reason: str = ""


def removed_files(
    root: Path, patterns: Iterable[str], limit: int = LIMIT, timeout: float = TIMEOUT, shallow: bool = False
) -> tuple[tuple[str, str], ...]:
    """Secret-like files that a commit removed, so that history still holds them: (path, commit). See `look`."""
    return look(root, patterns, limit, timeout, shallow).removed


def begin(root: Path, shallow: bool = False) -> subprocess.Popen[bytes] | None:
    """Let git start on the answer while other work is done; give it to `look`. None where there is no history."""
    if shallow or not git.near(root):
        return None
    try:
        return git.start(root, *_LOG, "--relative")
    except git.GitError:
        return None


def look(
    root: Path,
    patterns: Iterable[str],
    limit: int = LIMIT,
    timeout: float = TIMEOUT,
    shallow: bool = False,
    begun: subprocess.Popen[bytes] | None = None,
) -> History:
    """Search history for removed files whose name (without its folder) matches one of the patterns, as `*.pem` does."""
    if shallow:
        return History((), "history not available: this is a shallow clone")
    if not git.near(root):
        return History((), "history not available: no git repository")
    wanted = re.compile("|".join(f"(?:{fnmatch.translate(pattern.lower())})" for pattern in patterns) or r"(?!)")
    deadline = time.monotonic() + timeout
    found: dict[str, str] = {}
    try:
        for path, commit in _removals(root, deadline, begun):
            if path not in found and wanted.match(path.rpartition("/")[2].lower()) and not os.path.lexists(root / path):
                found[path] = commit
                if len(found) >= limit:
                    return History(tuple(found.items()), f"history looked at only up to {limit} removed files")
    except git.GitError as error:
        if _no_commit(root, deadline):
            return History((), "history not available: no commit yet")
        return History(tuple(found.items()), f"history not wholly looked at: {error}")
    return History(tuple(found.items()))


def _no_commit(root: Path, deadline: float) -> bool:
    left = deadline - time.monotonic()
    if left <= 0:
        return False
    try:
        with git.Listing(root, ".", left) as listing:
            return listing.place.commit is None
    except git.GitError:
        return False


def _removals(
    root: Path, deadline: float, begun: subprocess.Popen[bytes] | None
) -> Iterator[tuple[str, str]]:
    """Every (path below root, commit that removed it), newest first, as git finds them."""
    commit = ""
    for raw in _fields(root, deadline, begun):
        token = raw.lstrip("\n")  # git puts a line break between a commit and its names
        if raw == token and _COMMIT.fullmatch(token):
            commit = token
        elif token:
            yield token, commit


def _fields(root: Path, deadline: float, begun: subprocess.Popen[bytes] | None) -> Iterator[str]:
    """The NUL-separated fields of the log as they come, so that a long history costs no memory."""
    process = begun or git.start(root, *_LOG, "--relative")
    output = process.stdout
    rest = b""
    try:
        if output is None:
            raise git.GitError("git gave no output")
        while True:
            chunk = _read(output.fileno(), deadline)
            if not chunk:
                break
            *fields, rest = (rest + chunk).split(b"\0")
            yield from map(os.fsdecode, fields)
        if rest:
            yield os.fsdecode(rest)
        git.finish(process, deadline)
    finally:
        git.stop(process)


def _read(descriptor: int, deadline: float) -> bytes:
    if os.name != "nt":  # a pipe cannot be waited for on Windows
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise git.GitError("git took too long to answer")
    elif time.monotonic() > deadline:
        raise git.GitError("git took too long to answer")
    return os.read(descriptor, _CHUNK)

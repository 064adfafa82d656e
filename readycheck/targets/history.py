"""A bounded look at git history for files that should never have been there, and for what a few of them held."""

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

from readycheck.facts.lazily import lazy
from readycheck.targets import git

TIMEOUT = 5.0
LIMIT = 200
READ_LIMIT = 20
READ_BYTES = 64 * 1024
_COMMIT = lazy(r"[0-9a-f]{40,64}")
_CHUNK = 1 << 16

_BLOB = lazy(rb"([0-9a-f]{40,64}) blob ([0-9]{1,18})")

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
    return look(root, patterns, limit=limit, timeout=timeout, shallow=shallow).removed


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
    *,
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


def contents(
    root: Path, removed: Iterable[tuple[str, str]], timeout: float = TIMEOUT, limit: int = READ_LIMIT
) -> dict[str, bytes]:
    """What the first removed files held before their commit. One that is large, unusual or gone from git is left out.

    The bytes are for one look at them: they may be secrets, so nobody may keep them.
    """
    chosen = [(path, commit) for path, commit in removed if "\n" not in path][:limit]
    deadline = time.monotonic() + timeout
    try:
        blobs = _blobs(root, chosen, deadline) if chosen else {}
        if not blobs:
            return {}
        process = git.start(root, "cat-file", "--batch", asked=True)
        output = git.finish(process, deadline, b"".join(blob + b"\n" for blob, _ in blobs.values()))
    except git.GitError:
        return {}
    found: dict[str, bytes] = {}
    at = 0
    for path, (_, size) in blobs.items():  # answers come in the order of the questions: a line, the bytes, a break
        begin = output.find(b"\n", at) + 1
        found[path] = output[begin : begin + size]
        at = begin + size + 1
    return found


def _blobs(root: Path, chosen: list[tuple[str, str]], deadline: float) -> dict[str, tuple[bytes, int]]:
    """The blob and its size for each file that is small enough to be read."""
    process = git.start(root, "cat-file", "--batch-check", asked=True)
    question = b"".join(os.fsencode(f"{commit}^:./{path}\n") for path, commit in chosen)
    answers = git.finish(process, deadline, question).splitlines()
    matches = ((path, _BLOB.fullmatch(answer)) for (path, _), answer in zip(chosen, answers, strict=False))
    return {path: (m[1], int(m[2])) for path, m in matches if m is not None and int(m[2]) <= READ_BYTES}


def _no_commit(root: Path, deadline: float) -> bool:
    left = deadline - time.monotonic()
    if left <= 0:
        return False
    try:
        with git.Listing(root, ".", left) as listing:
            return listing.place.commit is None
    except git.GitError:
        return False


def _removals(root: Path, deadline: float, begun: subprocess.Popen[bytes] | None) -> Iterator[tuple[str, str]]:
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

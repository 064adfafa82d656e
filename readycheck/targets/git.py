"""Every question readycheck asks git, asked so that nothing the scanned repository configures can run.

Only plumbing that starts no hook, filter, pager, signature check or transport is called. Whether a file is clean is
decided here from the index's own numbers, because `git status` may start a clean filter that the repository names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from readycheck.facts.lazily import lazy

TIMEOUT = 30.0
GITLINK = "160000"
_PIPE = 1 << 20  # room for a whole answer, so that git need not wait while another answer is read

_NEUTRAL = (
    "--no-pager",
    "--literal-pathspecs",
    "-c", "safe.directory=*",
    "-c", "core.fsmonitor=false",
    "-c", f"core.hooksPath={os.devnull}",
    "-c", f"core.excludesFile={os.devnull}",
    "-c", f"core.attributesFile={os.devnull}",
    "-c", "core.untrackedCache=false",
    "-c", "log.showSignature=false",
    "-c", "protocol.allow=never",
)  # fmt: skip

_ENTRY = lazy(
    r"([0-7]{6}) ([0-9a-f]{40,64}) ([0-3])\t([^\0]+)\0"
    r"(?:  ctime: ([0-9]+:[0-9]+)\n  mtime: ([0-9]+:[0-9]+)\n  dev: [0-9]+\tino: ([0-9]+)\n"
    r"  uid: [0-9]+\tgid: [0-9]+\n  size: ([0-9]+)\tflags: [0-9a-f]+\n)?"
)
_SECOND = 1_000_000_000
_PLACE = (
    "rev-parse",
    "--is-inside-work-tree",
    "--is-inside-git-dir",
    "--is-shallow-repository",
    "--show-cdup",
    "--absolute-git-dir",
    "--revs-only",
    "HEAD",
)
_INDEX = ("ls-files", "-s", "--debug", "-z")
_UNTRACKED = ("ls-files", "-o", "--exclude-standard", "-z")
_IGNORED = ("ls-files", "-i", "-c", "--exclude-standard", "-z")
_COMMIT = lazy(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class GitError(Exception):
    """Git could not answer; the message says why in one line."""


class Entry(NamedTuple):
    """One line of the index as git prints it, and the numbers of the file when git last saw it equal to its blob.

    The numbers are empty where git does not tell them. They stay text, and this is a named tuple, because a listing
    has one of these for each of many thousand files and most of its time would go into making them.
    """

    mode: str
    blob: str
    stage: str
    path: str
    ctime: str
    mtime: str
    inode: str
    size: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in git a folder stands."""

    in_work_tree: bool
    in_git_dir: bool
    shallow: bool
    worktree_root: Path | None
    git_dir: Path | None
    commit: str | None


def executable(folder: Path) -> str | None:
    """The git to run, never one that lies in the scanned folder itself."""
    found = shutil.which("git")
    if found is None or not os.path.isabs(found):
        return None
    real = os.path.realpath(found)
    inside = real.startswith(os.path.join(os.path.realpath(folder), ""))
    return None if inside and os.path.realpath(folder) != os.path.sep else found


def environment() -> dict[str, str]:
    """The environment for git: the caller's without its GIT_* settings, and without the user's own configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def start(folder: Path, *arguments: str, asked: bool = False) -> subprocess.Popen[bytes]:
    """Start one git command in a folder; read it with `finish`. One that is `asked` waits for a question there."""
    program = executable(folder)
    if program is None:
        raise GitError("git is not installed")
    try:
        return subprocess.Popen(
            [program, *_NEUTRAL, *arguments],
            cwd=folder,
            env=environment(),
            stdin=subprocess.PIPE if asked else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pipesize=_PIPE,
        )
    except (OSError, ValueError) as error:
        raise GitError(f"git could not be started: {getattr(error, 'strerror', None) or error}") from error


def finish(process: subprocess.Popen[bytes], deadline: float, question: bytes | None = None) -> bytes:
    """The whole output of a command that succeeded before the deadline (a value of `time.monotonic`)."""
    try:
        output, _ = process.communicate(question, timeout=max(0.01, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        stop(process)
        raise GitError("git took too long to answer") from error
    if process.returncode:
        raise GitError(f"git failed with status {process.returncode}")
    return output


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a command whose answer nobody waits for."""
    if process.poll() is None:
        process.kill()
    process.communicate()


def near(folder: Path) -> bool:
    """Whether a folder can belong to a git repository at all, so that a plain folder costs no process."""
    real = Path(os.path.realpath(folder))
    if any(os.path.lexists(parent / ".git") for parent in (real, *real.parents)):
        return True
    return any(
        (parent / "HEAD").is_file() and (parent / "objects").is_dir() and (parent / "refs").is_dir()
        for parent in (real, *real.parents)
    )


class Listing:
    """What git lists below a folder (or of one file in it), paths relative to it.

    The commands run side by side, because starting them is most of what they cost, and the slow ones go on while
    their caller works on the index. Use it as a context manager: leaving it ends what still runs.
    """

    def __init__(self, folder: Path, only: str | None = None, timeout: float = TIMEOUT) -> None:
        self._deadline = time.monotonic() + timeout
        self._running: list[subprocess.Popen[bytes]] = []
        limit = ("--", only) if only is not None else ()
        try:
            self._running.append(start(folder, *_PLACE))
            self._running.extend(start(folder, *command, *limit) for command in (_INDEX, _UNTRACKED, _IGNORED))
            self.place = _place(folder, finish(self._running[0], self._deadline))
            inside = self.place.worktree_root is not None
            self.index = _index(finish(self._running[1], self._deadline)) if inside else {}
        except GitError:
            self.close()
            raise
        self.index_mtime_ns = _index_mtime(self.place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End what still runs."""
        for process in self._running:
            if process.returncode is None:
                stop(process)

    def untracked(self) -> tuple[str, ...]:
        """Files that are neither tracked nor ignored, and with a `/` at the end other repositories. Ask once."""
        return _names(finish(self._running[2], self._deadline))

    def ignored_tracked(self) -> tuple[str, ...]:
        """Tracked files that an ignore rule names all the same. Ask once."""
        return _names(finish(self._running[3], self._deadline))


def _place(folder: Path, output: bytes) -> Place:
    lines = os.fsdecode(output).removesuffix("\n").split("\n")
    flags = [line == "true" for line in [*lines, "", "", ""][:3]]
    rest = lines[3:]
    commit = rest.pop() if rest and _COMMIT.fullmatch(rest[-1]) else None
    up, git_dir = (rest[0], "\n".join(rest[1:])) if len(rest) > 1 else (None, "")
    root: Path | None = None
    # An absolute answer means the repository's configuration points its work tree elsewhere: not what was asked for.
    if flags[0] and up is not None and not up.strip("./"):
        root = Path(os.path.realpath(folder))
        for _ in range(up.count("..")):
            root = root.parent
    return Place(flags[0], flags[1], flags[2], root, Path(git_dir) if git_dir else None, commit)


def _index(output: bytes) -> dict[str, Entry]:
    return {row[3]: Entry._make(row) for row in _ENTRY.findall(os.fsdecode(output))}


def _names(output: bytes) -> tuple[str, ...]:
    return tuple(os.fsdecode(output).split("\0")[:-1])


def _index_mtime(place: Place) -> int:
    if place.git_dir is None:
        return 0
    try:
        return os.stat(place.git_dir / "index").st_mtime_ns
    except OSError:
        return 0


def unchanged(entry: Entry, found: os.stat_result, index_mtime_ns: int) -> bool:
    """Whether a file still is the blob its index entry names, by the numbers alone; in doubt it is not.

    Git's own racy-file rule holds: a file not older than the index may have changed without a trace in its numbers.
    """
    size, modified = found.st_size, found.st_mtime_ns
    if entry.stage != "0" or not size or entry.size != str(size) or modified >= index_mtime_ns:
        return False
    seconds, rest = divmod(modified, _SECOND)
    if entry.mtime != f"{seconds}:{rest}":
        return False
    if os.name == "nt":  # no inode in the index, and another meaning of ctime
        return True
    if found.st_ctime_ns != modified:
        seconds, rest = divmod(found.st_ctime_ns, _SECOND)
    return entry.ctime == f"{seconds}:{rest}" and entry.inode == str(found.st_ino & 0xFFFFFFFF)

"""Reading one file of the target: bounded, never through a link, never a device, and always with a reason when not."""

from __future__ import annotations

import codecs
import errno
import os
import stat
from pathlib import Path

from readycheck.model import NotScanned
from readycheck.targets.kinds import is_safe, printable

LIMIT = 8 * 1024 * 1024
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_LOOKS_LIKE_A_LINK = {errno.ELOOP, getattr(errno, "EMLINK", errno.ELOOP), getattr(errno, "EFTYPE", errno.ELOOP)}
_JUNCTION = 0xA0000003  # a Windows junction is a folder to lstat, and leads elsewhere all the same
_BOMS = (  # UTF-32 first: its little-endian mark starts with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


class Reader:
    """Reads many files below one root and remembers which of its folders are real ones, not links out of it."""

    def __init__(self, root: Path, limit: int = LIMIT) -> None:
        self._root = os.fspath(root)
        self._limit = limit
        self._folders: dict[str, bool] = {"": True}

    def real_folder(self, folder: str) -> bool:
        """Whether a folder below the root is reached without passing through a link."""
        known = self._folders.get(folder)
        if known is None:
            known, reached = True, ""
            for name in folder.split("/"):
                reached = f"{reached}/{name}" if reached else name
                if known and (before := self._folders.get(reached)) is not None:
                    known = before
                else:
                    known = known and is_real_folder(os.path.join(self._root, reached))
                    self._folders[reached] = known
        return known

    def read(self, path: str) -> bytes | NotScanned:
        """The bytes of a file, or the reason why there are none."""
        if not is_safe(path):
            return NotScanned(printable(path), "outside the target")
        full = os.path.join(self._root, path)
        if not self.real_folder(path.rpartition("/")[0]):
            reason = "reached through a link: not followed" if os.path.lexists(full) else "vanished during the scan"
            return NotScanned(printable(path), reason)
        try:
            if not hasattr(os, "O_NOFOLLOW") and os.path.islink(full):
                return NotScanned(printable(path), "a link: not followed")
            descriptor = os.open(full, _FLAGS)
        except OSError as error:
            return NotScanned(printable(path), why(error))
        try:
            return self._bytes(descriptor, path)
        except OSError as error:
            return NotScanned(printable(path), why(error))
        finally:
            os.close(descriptor)

    def _bytes(self, descriptor: int, path: str) -> bytes | NotScanned:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return NotScanned(printable(path), special(found.st_mode) or "not a regular file")
        if found.st_size > self._limit:
            return NotScanned(printable(path), too_large(self._limit))
        chunks: list[bytes] = []
        left = self._limit + 1
        while left > 0 and (chunk := os.read(descriptor, min(left, found.st_size + 1))):
            chunks.append(chunk)
            left -= len(chunk)
        if left <= 0:  # it grew while being read
            return NotScanned(printable(path), too_large(self._limit))
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def read_file(root: Path, path: str, limit: int = LIMIT) -> bytes | NotScanned:
    """The bytes of one file below a root (`path` relative, with `/`), or the reason why there are none."""
    return Reader(root, limit).read(path)


def decode(data: bytes) -> tuple[str, str] | None:
    """Text and the encoding it was in, or None for a binary file. Never raises."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), encoding
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def is_real_folder(full: str) -> bool:
    """Whether a path is a folder itself, neither a link nor a Windows junction."""
    try:
        found = os.lstat(full)
    except (OSError, ValueError):
        return False
    return stat.S_ISDIR(found.st_mode) and getattr(found, "st_reparse_tag", 0) != _JUNCTION


def special(mode: int) -> str | None:
    """What a thing that is neither file, folder nor link is called, or None for those three."""
    if stat.S_ISFIFO(mode):
        return "a FIFO: not a regular file"
    if stat.S_ISSOCK(mode):
        return "a socket: not a regular file"
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        return "a device: not a regular file"
    return None if stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode) else "not a regular file"


def too_large(limit: int) -> str:
    """The reason for a file over the limit."""
    return f"larger than {limit // 1048576} MiB" if limit >= 1048576 else f"larger than {limit} bytes"


def why(error: OSError) -> str:
    """An operating-system error in the words of a report, without a path in it."""
    if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ESTALE if hasattr(errno, "ESTALE") else errno.ENOENT}:
        return "vanished during the scan"
    if error.errno in {errno.EACCES, errno.EPERM}:
        return "permission denied"
    if error.errno in _LOOKS_LIKE_A_LINK:
        return "a link: not followed"
    if error.errno == errno.ENXIO:
        return "a socket or device: not a regular file"
    if error.errno == errno.ENAMETOOLONG:
        return "its path is too long for this system"
    return f"could not be read ({error.strerror or 'unknown error'})"

"""Remembers the facts of unchanged files between scans, in the user's cache folder and never in the repository.

A cache is a convenience: whatever is wrong with it (corrupt, locked, full disk, somebody else's file) costs time, not
the scan. What it returns is unpickled by its caller, so a file that another user could have written is never read.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import stat
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

MAX_BYTES = 256 * 1024 * 1024
_SCHEMA = 1
_NAME = f"facts-{_SCHEMA}.sqlite3"
_KEY_NAME = "digest.key"
_KEY_BYTES = 32
_WAIT_SECONDS = 2.0
_BATCH = 500
_SEAL = 8
T = TypeVar("T")
_TABLE = "CREATE TABLE IF NOT EXISTS facts (key BLOB PRIMARY KEY, value BLOB NOT NULL, written INTEGER NOT NULL)"


def default_folder(environ: Mapping[str, str], platform: str = sys.platform) -> Path | None:
    """Where this user's caches belong, or None when the system does not say."""
    home = environ.get("USERPROFILE" if platform == "win32" else "HOME", "")
    if platform == "win32":
        base = environ.get("LOCALAPPDATA", "")
    elif platform == "darwin":
        base = f"{home}/Library/Caches" if home else ""
    else:
        base = environ.get("XDG_CACHE_HOME", "")
        base = base if os.path.isabs(base) else (f"{home}/.cache" if home else "")
    return Path(base) / "readycheck" if base else None


def content_digest(data: bytes) -> str:
    """The content id of bytes that git has no clean blob for."""
    return "b2:" + blake2b(data, digest_size=20).hexdigest()


def open_cache(folder: Path, fingerprint: str) -> Cache:
    """Open (or make) the cache in a folder. Never raises for what is found there: see `Cache.reason`."""
    return Cache(folder, fingerprint)


class Cache:
    """Opaque bytes by (content id, path), valid for one fingerprint. `reason` says why it is out of use, if it is."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder
        self._salt = blake2b(fingerprint.encode("utf-8", "surrogateescape"), digest_size=16).digest()
        self._connection: sqlite3.Connection | None = None
        self._key: bytes | None = None
        self.reason = ""
        try:
            _private_folder(folder)
            self._connection = _connect(folder / _NAME)
        except OSError as error:
            self._give_up(error)
        except sqlite3.Error as error:
            self._recover(error)

    def key(self, content_id: str, path: str) -> bytes:
        """The key of one file's facts."""
        digest = blake2b(self._salt, digest_size=20)
        for part in (content_id, path):
            digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
        return digest.digest()

    def get_many(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The values that are known."""
        wanted = list(keys)

        def read(connection: sqlite3.Connection) -> dict[bytes, bytes]:
            found: dict[bytes, bytes] = {}
            for start in range(0, len(wanted), _BATCH):
                batch = wanted[start : start + _BATCH]
                marks = ",".join("?" * len(batch))
                found.update(connection.execute(f"SELECT key, value FROM facts WHERE key IN ({marks})", batch))
            return found

        opened = {key: _opened(stored) for key, stored in (self._attempt(read) or {}).items()}
        return {key: value for key, value in opened.items() if value is not None}

    def put_many(self, items: Iterable[tuple[bytes, bytes]]) -> None:
        """Remember values; one of the same key is replaced."""
        now = int(time.time())
        rows = [(key, _sealed(value), now) for key, value in items]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)

        if rows:
            self._attempt(write)

    def prune(self, max_bytes: int = MAX_BYTES) -> None:
        """Forget the oldest values until the rest fits."""

        def forget(connection: sqlite3.Connection) -> None:
            total = connection.execute("SELECT COALESCE(SUM(LENGTH(value)), 0) FROM facts").fetchone()[0]
            if total <= max_bytes:
                return
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                doomed = []
                for rowid, size in connection.execute("SELECT rowid, LENGTH(value) FROM facts ORDER BY written, rowid"):
                    if total <= max_bytes:
                        break
                    doomed.append((rowid,))
                    total -= size
                connection.executemany("DELETE FROM facts WHERE rowid = ?", doomed)
            connection.execute("PRAGMA incremental_vacuum")

        self._attempt(forget)

    def digest_key(self) -> bytes:
        """This user's own random key for digests of secrets, the same in every scan; one for this run if it must be."""
        if self._key is None:
            try:
                self._key = _stored_key(self._folder)
            except OSError:
                self._key = secrets.token_bytes(_KEY_BYTES)
        return self._key

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _attempt(self, action: Callable[[sqlite3.Connection], T]) -> T | None:
        if self._connection is None:
            return None
        try:
            return action(self._connection)
        except sqlite3.Error as error:
            self.close()
            self._recover(error)
            return None

    def _recover(self, error: sqlite3.Error) -> None:
        """Start again with an empty file if this one is broken: what it held is lost, which costs one slow scan."""
        if not _broken(error):
            self._give_up(error)
            return
        try:
            for name in (_NAME, f"{_NAME}-wal", f"{_NAME}-shm"):
                (self._folder / name).unlink(missing_ok=True)
            self._connection = _connect(self._folder / _NAME)
        except (OSError, sqlite3.Error) as still:
            self._give_up(still)

    def _give_up(self, error: Exception) -> None:
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        self.reason = f"the cache is not used: {text}"
        self.close()


def _connect(path: Path) -> sqlite3.Connection:
    _private_file(path)
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_TABLE)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _broken(error: sqlite3.Error) -> bool:
    """Whether the file itself is at fault; a locked or unwritable one is left alone."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}


def _sealed(value: bytes) -> bytes:
    """A value behind its own checksum: the caller unpickles it, so half a value must not come back as a whole one."""
    return blake2b(value, digest_size=_SEAL).digest() + value


def _opened(stored: object) -> bytes | None:
    if not isinstance(stored, bytes):
        return None
    value = stored[_SEAL:]
    return value if blake2b(value, digest_size=_SEAL).digest() == stored[:_SEAL] else None


def _refuse(reason: str) -> OSError:
    return OSError(0, reason)


def _check_owner(found: os.stat_result) -> None:
    """Refuse what another user owns or could write."""
    if os.name == "nt":  # folders below a profile are private there, and modes say nothing
        return
    if found.st_uid != os.geteuid():
        raise _refuse("it belongs to another user")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise _refuse("other users may write to it")


def _private_folder(folder: Path) -> None:
    if not os.path.lexists(folder):
        _check_not_in_anothers_home(folder)
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise _refuse("its folder is no folder")
    _check_owner(found)
    if os.name != "nt" and stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def _check_not_in_anothers_home(folder: Path) -> None:
    """Under sudo, root must not leave files in a home whose owner could then never use them."""
    if os.name == "nt" or os.geteuid() != 0:
        return
    parent = next((one for one in folder.parents if one.exists()), None)
    if parent is not None and parent.stat().st_uid != 0:
        raise _refuse("its folder would stand in the home of another user")


def _private_file(path: Path) -> None:
    """Make the file readable by its owner alone, or check that it is a regular file that nobody else could write."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _refuse("it is not a regular file")
        _check_owner(found)
    finally:
        os.close(descriptor)


def _stored_key(folder: Path) -> bytes:
    """Read the key, or make it in such a way that two first scans at once agree on one."""
    _private_folder(folder)
    path = folder / _KEY_NAME
    if not os.path.lexists(path):
        fresh = folder / f"{_KEY_NAME}.{secrets.token_hex(8)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(_KEY_BYTES))
        finally:
            os.close(descriptor)
        try:
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)
        finally:
            fresh.unlink()
    _private_file(path)
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise _refuse("its key is damaged")
    return key

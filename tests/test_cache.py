"""The cache remembers, forgets, and never stands in the way of a scan."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readycheck import cache as caching
from readycheck.cache import Cache, content_digest, default_folder, open_cache

posix = pytest.mark.skipif(os.name == "nt", reason="modes and owners are POSIX")


def _database(folder: Path) -> Path:
    return folder / caching._NAME


def _remember(folder: Path, value: bytes = b"facts", fingerprint: str = "v1") -> None:
    with open_cache(folder, fingerprint) as cache:
        cache.put_many([(cache.key("blob", "a.py"), value)])
        assert cache.reason == ""


def _recall(folder: Path, fingerprint: str = "v1") -> bytes | None:
    with open_cache(folder, fingerprint) as cache:
        key = cache.key("blob", "a.py")
        return cache.get_many([key]).get(key)


def test_remembers_between_scans(tmp_path: Path) -> None:
    _remember(tmp_path / "cache")
    assert _recall(tmp_path / "cache") == b"facts"


def test_content_path_and_fingerprint_are_the_key(tmp_path: Path) -> None:
    _remember(tmp_path / "cache")
    assert _recall(tmp_path / "cache", "v2") is None
    with open_cache(tmp_path / "cache", "v1") as cache:
        other = [cache.key("blob2", "a.py"), cache.key("blob", "b.py"), cache.key("blo", "ba.py")]
        assert cache.get_many(other) == {}
        assert len({*other, cache.key("blob", "a.py")}) == 4


def test_many_values_and_odd_paths(tmp_path: Path) -> None:
    with open_cache(tmp_path / "cache", "v1") as cache:
        items = {cache.key(str(n), f"bad\udcff\n{n}"): bytes([n % 256]) * n for n in range(1203)}
        cache.put_many(iter(items.items()))
        assert cache.get_many(iter(items)) == items
        cache.put_many([])
        assert cache.get_many([]) == {}


def test_last_value_wins(tmp_path: Path) -> None:
    _remember(tmp_path / "cache", b"old")
    _remember(tmp_path / "cache", b"new")
    assert _recall(tmp_path / "cache") == b"new"


def test_prune_forgets_the_oldest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_cache(tmp_path / "cache", "v1") as cache:
        keys = [cache.key(str(number), "a") for number in range(4)]
        for age, number in enumerate((2, 0, 3, 1)):
            monkeypatch.setattr("time.time", lambda age=age: 1_700_000_000 + age)
            cache.put_many([(keys[number], b"x" * 1000)])
        cache.prune(max_bytes=2500)
        assert set(cache.get_many(keys)) == {keys[3], keys[1]}
        cache.prune(max_bytes=2500)
        assert set(cache.get_many(keys)) == {keys[3], keys[1]}


@posix
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".cache" / "readycheck"
    with open_cache(folder, "v1") as cache:
        cache.put_many([(b"k", b"v")])
        cache.digest_key()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


@posix
@pytest.mark.parametrize("which", ["folder", "file"])
def test_what_others_could_write_is_not_trusted(tmp_path: Path, which: str) -> None:
    _remember(tmp_path / "cache")
    target = tmp_path / "cache" if which == "folder" else _database(tmp_path / "cache")
    target.chmod(target.stat().st_mode | 0o022)
    with open_cache(tmp_path / "cache", "v1") as cache:
        assert cache.reason == "the cache is not used: other users may write to it"
        assert cache.get_many([cache.key("blob", "a.py")]) == {}
        cache.put_many([(b"k", b"v")])
        cache.prune()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("which", ["folder", "file"])
def test_what_another_user_owns_is_not_trusted(tmp_path: Path, which: str) -> None:
    _remember(tmp_path / "cache")
    os.chown(tmp_path / "cache" if which == "folder" else _database(tmp_path / "cache"), 12345, 12345)
    with open_cache(tmp_path / "cache", "v1") as cache:
        assert cache.reason == "the cache is not used: it belongs to another user"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be in another's home")
def test_root_leaves_nothing_in_the_home_of_another(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    with open_cache(tmp_path / ".cache" / "readycheck", "v1") as cache:
        assert "home of another user" in cache.reason
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize("make", ["link", "folder", "fifo"])
def test_odd_thing_in_place_of_the_file(tmp_path: Path, make: str) -> None:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    place = _database(folder)
    if make == "link":
        (tmp_path / "elsewhere").write_bytes(b"mine")
        place.symlink_to(tmp_path / "elsewhere")
    elif make == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)
    with open_cache(folder, "v1") as cache:
        assert cache.reason.startswith("the cache is not used: ")
    assert make != "link" or (tmp_path / "elsewhere").read_bytes() == b"mine"


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for folder in (tmp_path / "file", tmp_path / "file" / "cache"):
        with open_cache(folder, "v1") as cache:
            assert cache.reason.startswith("the cache is not used: ")
            assert len(cache.digest_key()) == 32


@pytest.mark.parametrize("damage", [b"not a database at all" * 300, b"SQLite format 3\0" + b"\xff" * 5000])
def test_broken_file_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    _remember(tmp_path / "cache")
    _database(tmp_path / "cache").write_bytes(damage)
    assert _recall(tmp_path / "cache") is None
    _remember(tmp_path / "cache")
    assert _recall(tmp_path / "cache") == b"facts"


def test_file_of_another_shape_is_made_anew(tmp_path: Path) -> None:
    _remember(tmp_path / "cache")
    with sqlite3.connect(_database(tmp_path / "cache")) as connection:
        connection.execute("DROP TABLE facts")
        connection.execute("CREATE TABLE facts (other TEXT)")
    connection.close()
    assert _recall(tmp_path / "cache") is None
    _remember(tmp_path / "cache")
    assert _recall(tmp_path / "cache") == b"facts"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offset=st.integers(0, 20_000), junk=st.binary(min_size=1, max_size=600))
def test_damaged_bytes_never_come_back_as_a_value(tmp_path: Path, offset: int, junk: bytes) -> None:
    folder = tmp_path / "cache"
    _remember(folder, b"right" * 2000)
    content = bytearray(_database(folder).read_bytes())
    content[offset : offset + len(junk)] = junk
    _database(folder).write_bytes(content)
    assert _recall(folder) in {None, b"right" * 2000}
    for file in folder.iterdir():
        file.unlink()


def test_locked_file_is_skipped_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "_WAIT_SECONDS", 0.05)
    _remember(tmp_path / "cache")
    other = sqlite3.connect(_database(tmp_path / "cache"), isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        with open_cache(tmp_path / "cache", "v1") as cache:
            cache.put_many([(b"k", b"v")])
            assert "locked" in cache.reason
            assert cache.get_many([b"k"]) == {}
    finally:
        other.close()
    assert _recall(tmp_path / "cache") == b"facts"


def _scan(folder: Path, number: int) -> None:
    for turn in range(10):
        with Cache(folder, "v1") as cache:
            keys = [cache.key(f"{number}-{turn}-{item}", "a.py") for item in range(20)]
            cache.put_many((key, key * 10) for key in keys)
            known = cache.get_many(keys)
            if cache.reason or known != {key: key * 10 for key in keys}:
                raise SystemExit(1)
            (folder.parent / f"key-{number}").write_bytes(cache.digest_key())


def test_scans_at_the_same_time(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    scans = [context.Process(target=_scan, args=(tmp_path / "cache", number)) for number in range(3)]
    for scan in scans:
        scan.start()
    for scan in scans:
        scan.join(60)
    assert [scan.exitcode for scan in scans] == [0, 0, 0]
    assert len({file.read_bytes() for file in tmp_path.glob("key-*")}) == 1


def test_digest_key_is_made_once(tmp_path: Path) -> None:
    with open_cache(tmp_path / "a", "v1") as cache, open_cache(tmp_path / "a", "v2") as again:
        assert cache.digest_key() == cache.digest_key() == again.digest_key()
        assert len(cache.digest_key()) == 32
    with open_cache(tmp_path / "b", "v1") as cache, open_cache(tmp_path / "a", "v1") as again:
        assert cache.digest_key() != again.digest_key()


def test_damaged_digest_key_is_replaced_for_this_run(tmp_path: Path) -> None:
    with open_cache(tmp_path / "a", "v1") as cache:
        cache.digest_key()
    (tmp_path / "a" / caching._KEY_NAME).write_bytes(b"short")
    with open_cache(tmp_path / "a", "v1") as cache:
        assert len(cache.digest_key()) == 32


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "linux", "/x/readycheck"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "linux", "/h/.cache/readycheck"),
        ({"HOME": "/h"}, "linux", "/h/.cache/readycheck"),
        ({"HOME": "/h", "XDG_CACHE_HOME": "/x"}, "darwin", "/h/Library/Caches/readycheck"),
        ({"LOCALAPPDATA": "/l", "USERPROFILE": "/u"}, "win32", "/l/readycheck"),
        ({}, "linux", None),
        ({}, "win32", None),
    ],
)
def test_default_folder(environ: dict[str, str], platform: str, expected: str | None) -> None:
    assert default_folder(environ, platform) == (Path(expected) if expected else None)


def test_content_digest_tells_contents_apart() -> None:
    assert content_digest(b"a") == content_digest(b"a") != content_digest(b"b")

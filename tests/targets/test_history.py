"""Which removed files history still holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from readycheck.targets.history import History, contents, look, removed_files
from tests.targets.helpers import make_repository, needs_git, run_git, write

pytestmark = needs_git
SECRET_LIKE = (".env", "*.pem", "id_rsa")


def _remove(root: Path, *paths: str) -> str:
    run_git(root, "rm", "-q", "--", *paths)
    run_git(root, "commit", "-q", "-m", "remove")
    return run_git(root, "rev-parse", "HEAD").strip()


def test_names_removed_files_and_the_commit_that_removed_them(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "conf/.env", "keys/server.PEM", "keys/kept.pem", "app.py", "id_rsa.pub")
    first = _remove(root, "conf/.env", "app.py")
    second = _remove(root, "keys/server.PEM", "id_rsa.pub")
    expected = (("keys/server.PEM", second), ("conf/.env", first))
    assert look(root, SECRET_LIKE) == History(expected)
    assert removed_files(root, SECRET_LIKE) == expected


def test_file_that_came_back_is_not_removed(tmp_path: Path) -> None:
    root = make_repository(tmp_path, ".env", "a.py")
    _remove(root, ".env")
    write(root, ".env")
    assert removed_files(root, SECRET_LIKE) == ()


def test_file_removed_twice_is_named_once_with_the_last_commit(tmp_path: Path) -> None:
    root = make_repository(tmp_path, ".env", "a.py")
    _remove(root, ".env")
    write(root, ".env")
    run_git(root, "add", "-A")
    run_git(root, "commit", "-q", "-m", "again")
    last = _remove(root, ".env")
    assert removed_files(root, SECRET_LIKE) == ((".env", last),)


def test_renamed_file_is_still_in_history_under_its_old_name(tmp_path: Path) -> None:
    root = make_repository(tmp_path, ".env", "a.py")
    run_git(root, "mv", ".env", "settings.txt")
    run_git(root, "commit", "-q", "-m", "rename")
    assert [path for path, _ in removed_files(root, SECRET_LIKE)] == [".env"]


def test_paths_are_relative_to_the_folder_looked_at(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "api/conf/.env", "web/.env", "api/a.py")
    _remove(root, "api/conf/.env", "web/.env")
    assert [path for path, _ in removed_files(root / "api", SECRET_LIKE)] == ["conf/.env"]


def test_odd_names(tmp_path: Path) -> None:
    name = "with space\nand line\udcff.pem"
    root = make_repository(tmp_path, "a.py", name)
    _remove(root, name)
    assert [path for path, _ in removed_files(root, SECRET_LIKE)] == [name]


def test_limit_is_said(tmp_path: Path) -> None:
    names = [f"{number}.pem" for number in range(5)]
    root = make_repository(tmp_path, "a.py", *names)
    _remove(root, *names)
    history = look(root, SECRET_LIKE, limit=3)
    assert [path for path, _ in history.removed] == ["0.pem", "1.pem", "2.pem"]
    assert history.reason == "history looked at only up to 3 removed files"


def test_shallow_clone_has_no_history_to_look_at(tmp_path: Path) -> None:
    assert look(tmp_path, SECRET_LIKE, shallow=True).reason == "history not available: this is a shallow clone"


def test_no_repository(tmp_path: Path) -> None:
    assert look(tmp_path, SECRET_LIKE).reason == "history not available: no git repository"


def test_no_commit(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q")
    assert look(tmp_path, SECRET_LIKE).reason == "history not available: no commit yet"


@pytest.mark.parametrize("damage", ["HEAD", "config"])
def test_damaged_repository(tmp_path: Path, damage: str) -> None:
    root = make_repository(tmp_path, "a.py")
    (root / ".git" / damage).write_bytes(b"\0broken")
    history = look(root, SECRET_LIKE)
    assert history.removed == ()
    assert history.reason.startswith("history not")


def test_no_patterns_match_nothing(tmp_path: Path) -> None:
    root = make_repository(tmp_path, ".env", "a.py")
    _remove(root, ".env")
    assert removed_files(root, ()) == ()


def test_contents_of_removed_files_are_those_before_the_removal(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "conf/a.py")
    write(root, "conf/.env", text="TOKEN=one\n")
    write(root, "x.pem", text="")
    write(root, "two\nlines.pem", text="TOKEN=two\n")
    write(root, "big.pem", text="x" * 70_000)
    run_git(root, "add", "-A", "-f")
    run_git(root, "commit", "-q", "-m", "add")
    _remove(root, "conf/.env", "x.pem", "two\nlines.pem", "big.pem")
    removed = removed_files(root, SECRET_LIKE)
    assert len(removed) == 4
    assert contents(root, removed) == {"conf/.env": b"TOKEN=one\n", "x.pem": b""}
    assert contents(root / "conf", removed_files(root / "conf", SECRET_LIKE)) == {".env": b"TOKEN=one\n"}
    assert contents(root, removed, limit=0) == {}
    assert contents(root, [("gone.pem", "0" * 40), *removed])["conf/.env"] == b"TOKEN=one\n"

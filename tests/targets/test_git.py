"""Asking git runs nothing that the repository or its user configures, and never waits for ever."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from readycheck.targets import git
from readycheck.targets.history import look
from readycheck.targets.repo import collect
from tests.targets.helpers import make_repository, needs_git, run_git, write

pytestmark = needs_git


def _trap(folder: Path) -> tuple[Path, Path]:
    """A program that leaves a mark when it is run."""
    mark, program = folder / "mark", folder / "trap"
    program.write_text(f"#!/bin/sh\necho ran >> '{mark}'\ncat\n", encoding="utf-8")
    program.chmod(0o755)
    return mark, program


def test_nothing_the_repository_configures_is_run(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "root", "a.py", ".env", "b.txt")
    run_git(root, "rm", "-q", ".env")
    run_git(root, "commit", "-q", "-m", "gone")
    mark, trap = _trap(tmp_path)
    for name in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "core.askPass",
        "diff.external",
        "diff.trap.command",
        "diff.trap.textconv",
        "filter.trap.clean",
        "filter.trap.smudge",
        "filter.trap.process",
        "gpg.program",
        "alias.ls-files",
        "alias.log",
        "uploadpack.packObjectsHook",
    ):
        run_git(root, "config", name, os.fspath(trap) if not name.startswith("alias") else f"!{trap}")
    run_git(root, "config", "core.hooksPath", os.fspath(tmp_path / "hooks"))
    run_git(root, "config", "log.showSignature", "true")
    (tmp_path / "hooks").mkdir()
    for hook in ("post-index-change", "pre-commit", "reference-transaction"):
        (tmp_path / "hooks" / hook).symlink_to(trap)
    write(root, ".gitattributes", text="* filter=trap diff=trap\n")
    for _ in range(2):
        write(root, "b.txt", text="changed, and as young as the index\n")
        os.utime(root / ".git" / "index")
        os.utime(root / "b.txt")
        assert [file.path for file in collect(root).files] == [".gitattributes", "a.py", "b.txt"]
        assert [path for path, _ in look(root, [".env"]).removed] == [".env"]
    assert not mark.exists()
    subprocess.run([trap], stdin=subprocess.DEVNULL, check=True)
    assert mark.exists()  # the trap does work


def test_nothing_is_written_to_the_repository(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "a.py")
    os.utime(root / "a.py")
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    collect(root)
    look(root, ["*.pem"])
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_callers_git_variables_and_configuration_do_not_leak_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_repository(tmp_path / "root", "a.py")
    other = make_repository(tmp_path / "other", "b.py")
    home = tmp_path / "home"
    write(home, ".config/git/ignore", text="*.tmp\n")
    write(home, ".gitconfig", text="[core]\n\texcludesFile = ~/.config/git/ignore\n")
    monkeypatch.setenv("HOME", os.fspath(home))
    monkeypatch.setenv("GIT_DIR", os.fspath(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", os.fspath(other / ".git" / "index"))
    monkeypatch.setenv("GIT_TRACE", os.fspath(tmp_path / "trace"))
    write(root, "x.tmp")
    assert [file.path for file in collect(root).files] == ["a.py", "x.tmp"]
    assert not (tmp_path / "trace").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_repository_of_another_owner_is_listed(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "root", "a.py")
    for path in (root, root / ".git"):
        os.chown(path, 12345, 12345)
    state = collect(root).git
    assert state is not None
    assert state.tracked == {"a.py"}


def _fake_git(folder: Path, script: str) -> Path:
    folder.mkdir()
    program = folder / "git"
    program.write_text(f"#!{sys.executable}\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def test_git_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repository(tmp_path / "root", "a.py")
    program = _fake_git(tmp_path / "bin", "import time; time.sleep(60)")
    monkeypatch.setattr(git, "executable", lambda folder: os.fspath(program))
    started = time.monotonic()
    with pytest.raises(git.GitError, match="too long"):
        git.Listing(root, timeout=0.3)
    assert look(root, ["*"], timeout=0.3).reason == "history not wholly looked at: git took too long to answer"
    assert time.monotonic() - started < 10


def test_git_that_says_nonsense_is_survived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repository(tmp_path / "root", "a.py")
    program = _fake_git(tmp_path / "bin", "import os; os.write(1, b'\\xff\\n\\0true\\n\\n../..\\n')")
    monkeypatch.setattr(git, "executable", lambda folder: os.fspath(program))
    assert [file.path for file in collect(root).files] == ["a.py"]
    assert look(root, ["*.pem"]).removed == ()


def test_git_in_the_scanned_folder_is_not_the_git_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_git(tmp_path / "bin", "raise SystemExit(1)")
    monkeypatch.setenv("PATH", os.fspath(tmp_path / "bin"))
    assert git.executable(tmp_path) is None
    assert git.executable(tmp_path / "elsewhere") == os.fspath(tmp_path / "bin" / "git")


def test_git_that_does_not_tell_the_numbers_vouches_for_nothing() -> None:
    entries = git._index(b"100644 " + b"a" * 40 + b" 0\tname with\nline\xff.py\x00120000 " + b"b" * 40 + b" 0\tlink\0")
    assert list(entries) == ["name with\nline\udcff.py", "link"]
    assert not git.unchanged(entries["link"], os.stat(__file__), 1 << 63)


def test_a_plain_folder_starts_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    if git.near(tmp_path):
        pytest.skip("the temporary folder is inside a repository")
    monkeypatch.setattr(subprocess, "Popen", refuse)
    write(tmp_path, "a.py")
    assert [file.path for file in collect(tmp_path).files] == ["a.py"]

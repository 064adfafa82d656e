"""Whatever stands in a tree: what is not judged gets a reason, the rest is judged, nothing is run or written."""

from __future__ import annotations

import json
import os
import pickle
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from readycheck import scan as conductor
from readycheck.model import TargetError
from readycheck.scan import scan
from readycheck.targets import repo
from readycheck.targets.repo import Tree
from tests.hostile import PLANTED, assert_judged, catalogue, judged, plant, reasons, run_readycheck
from tests.hostile_files import FILES, LARGE
from tests.targets.helpers import make_repository, needs_git, run_git

MOST_MEGABYTES = 600


def _ids(value: object) -> str:
    return value if isinstance(value, str) and len(value) < 60 else ""


@pytest.mark.parametrize(
    ("path", "content", "reason"), [(one.path, one.content, one.reason) for one in FILES], ids=_ids
)
def test_odd_file_gets_a_reason_and_the_rest_is_judged(tmp_path: Path, path: str, content: bytes, reason: str) -> None:
    found = judged(plant(tmp_path, {path: content}))
    told = [text for shown, texts in found.items() if shown.endswith(path) for text in texts]
    if reason:
        assert any(reason in text for text in told), found
    else:
        assert told == []


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with one of each large file."""
    root = plant(tmp_path_factory.mktemp("large"))
    for one in LARGE:
        full = root / one.path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(one.make())
    with (root / "sparse.py").open("wb") as sparse:
        sparse.truncate(200_000_000)
    (root / "line.js").write_bytes(b"x" * 50_000_000)
    return root


def test_large_files_stay_in_bounds(large: Path) -> None:
    ran = run_readycheck("scan", large, "--no-cache", "--format", "json", "--fail-on", "never", "--jobs", "1")
    assert ran.code == 0, ran.err
    assert "Traceback" not in ran.err
    assert ran.megabytes < MOST_MEGABYTES
    report = json.loads(ran.out)
    cors = next(result for result in report["results"] if result["rule"] == "WEB001")
    assert PLANTED in {f["path"] for f in cors["findings"]}
    told = {(one["path"], one["reason"]) for one in report["not_scanned"]}
    for path in ("sparse.py", "line.js"):
        assert (path, "larger than 8 MiB") in told
    for one in LARGE:
        said = [reason for path, reason in told if path == one.path]
        assert bool(said) == bool(one.reason), (one.path, said)
        assert not one.reason or any(one.reason in reason for reason in said), (one.path, said)


# What stands in the tree besides files with odd content.


def test_names_with_spaces_newlines_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    plant(tmp_path)
    names = [
        b"with space.py",
        b"with\nnewline.py",
        b"bad\xff\xfeutf8.py",
        b"-dash.py",
        "snowman☃.py".encode(),
        b"\x1b[31m.py",
    ]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"password = 'Zq9x-K8vL2-mmT4'\n")
    report = scan(tmp_path, catalogue(), jobs=1)
    assert_judged(report)
    secrets = next(result for result in report.results if result.rule == "SEC001")
    assert len({finding.path for finding in secrets.findings}) == len(names)
    assert report.target.files == len(names) + 1
    ran = run_readycheck("scan", tmp_path, "--no-cache", "--verbose", "--fail-on", "never")
    assert ran.code == 0, ran.err
    assert "\x1b[31m" not in ran.out and "\udcff" not in ran.out
    assert "Traceback" not in ran.err


def test_links_pipes_sockets_and_folders_that_cannot_be_entered(tmp_path: Path) -> None:
    root = plant(tmp_path / "root")
    outside = tmp_path / "outside.py"
    outside.write_text("password = 'Zq9x-K8vL2-mmT4'\n", encoding="utf-8")
    (root / "loop").symlink_to(".")
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    (root / "out.py").symlink_to(outside)
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe.py")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(root)  # the path of a socket may be only so long
        try:
            server.bind("socket.py")
        finally:
            os.chdir(here)
        report = scan(root, catalogue(), jobs=1)
    assert_judged(report)
    told = reasons(report)
    assert told["out.py"] == ["a link out of the tree: not followed"]
    assert told["a"] == told["b"] == ["a link that leads nowhere"]
    assert {"loop", "folder"} <= set(told)
    assert told["pipe.py"] == ["a FIFO: not a regular file"]
    assert told["socket.py"] == ["a socket: not a regular file"]
    assert report.target.files == 1


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so the denial is played."""
    plant(tmp_path, {"secret.py": "x = 1\n"})
    opened = os.open

    def refuse(path: str, *arguments: int, **named: int) -> int:
        if str(path).endswith("secret.py"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **named)

    monkeypatch.setattr("readycheck.targets.reading.os.open", refuse)
    assert judged(tmp_path)["secret.py"] == ["permission denied"]


def test_files_that_vanish_or_change_their_kind_after_they_were_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, {"gone.py": "x = 1\n", "pipe.py": "x = 1\n", "linked.py": "x = 1\n", "folder/in.py": "x = 1\n"})
    listed = repo.collect

    def collect(target: Path) -> Tree:
        tree = listed(target)
        for name in ("gone.py", "pipe.py", "linked.py"):
            (tmp_path / name).unlink()
        os.mkfifo(tmp_path / "pipe.py")
        (tmp_path / "linked.py").symlink_to("/etc/passwd")
        (tmp_path / "folder/in.py").unlink()
        (tmp_path / "folder").rmdir()
        (tmp_path / "folder").symlink_to(plant(tmp_path / ".git/outside", {"in.py": "x = 1\n"}))
        return tree

    monkeypatch.setattr(conductor, "collect", collect)
    found = judged(tmp_path)
    assert found["gone.py"] == ["vanished during the scan"]
    assert found["pipe.py"] == ["a FIFO: not a regular file"]
    assert found["linked.py"] == ["a link: not followed"]
    assert found["folder/in.py"] == ["reached through a link: not followed"]


def test_nothing_to_scan_is_a_sentence_and_exit_code_3(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="nothing to scan"):
        scan(tmp_path, catalogue())
    ran = run_readycheck("scan", tmp_path)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.strip() == f"readycheck: {tmp_path}: nothing to scan"


@pytest.mark.parametrize("name", ["missing", "a\nb", "x" * 300])
def test_wrong_target_is_a_sentence_and_exit_code_2(tmp_path: Path, name: str) -> None:
    ran = run_readycheck("scan", tmp_path / name)
    assert ran.code == 2
    assert len(ran.err.strip().splitlines()) == 1 and ran.err.startswith("readycheck: ")


@needs_git
def test_empty_repository(tmp_path: Path) -> None:
    make_repository(tmp_path)
    ran = run_readycheck("scan", tmp_path, "--no-cache")
    assert ran.code == 3 and "nothing to scan" in ran.err and "Traceback" not in ran.err


@needs_git
def test_shallow_clone_worktree_and_submodule(tmp_path: Path) -> None:
    origin = plant(tmp_path / "origin", {"dead.env": "A=1\n"})
    make_repository(origin)
    run_git(origin, "commit", "-q", "--allow-empty", "-m", "again")
    run_git(tmp_path, "clone", "-q", "--depth=1", origin.as_uri(), "shallow")
    run_git(origin, "worktree", "add", "-q", str(tmp_path / "tree"))
    parent = make_repository(plant(tmp_path / "parent"))
    run_git(parent, "submodule", "add", "-q", str(origin), "inner")
    assert not judged(tmp_path / "shallow").keys() & {PLANTED}
    assert not judged(tmp_path / "tree").keys() & {PLANTED}
    assert judged(parent)["inner"] == ["a git submodule: scan it on its own"]


def test_single_file(tmp_path: Path) -> None:
    plant(tmp_path)
    report = scan(tmp_path / PLANTED, catalogue(), jobs=1)
    cors = next(result for result in report.results if result.rule == "WEB001")
    assert {(f.path, f.line) for f in cors.findings} == {("main.py", 5)}


def test_windows_line_ends_do_not_move_places(tmp_path: Path) -> None:
    plant(tmp_path, {"a.py": b"import os\r\n\r\npassword = 'Zq9x-K8vL2-mmT4'\r\n"})
    report = scan(tmp_path, catalogue(), jobs=1)
    secrets = next(result for result in report.results if result.rule == "SEC001")
    assert [(f.path, f.line) for f in secrets.findings] == [("a.py", 3)]


# Nothing of the scanned tree is run, imported or written.


class _Trap:
    """A pickle that would leave a mark when it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch '{self.mark}'",)


def _trapped(root: Path, mark: Path) -> Path:
    """A repository in which everything that could be run leaves a mark."""
    touch = f"import os\nos.system(\"touch '{mark}'\")\n"
    python = "sitecustomize usercustomize conftest setup yaml typer json rich tests/conftest readycheck_plugin".split()
    plant(root, {f"{name}.py": touch for name in python})
    plant(
        root,
        {
            "pyproject.toml": f'[build-system]\nbuild-backend = "setup"\n[tool.x]\nplugins = ["{mark}"]\n',
            "evil.pth": f"import os; os.system(\"touch '{mark}'\")\n",
            "model.txt": pickle.dumps(_Trap(mark)),
            "compose.yml": f"services:\n  a:\n    image: !!python/object/apply:os.system [\"touch '{mark}'\"]\n",
            ".gitattributes": "* filter=evil diff=evil textconv=evil\n",
            "package.json": json.dumps({"scripts": {"preinstall": f"touch {mark}"}}),
            ".env": f"A=$(touch {mark})\nB=`touch {mark}`\n",
        },
    )
    make_repository(root)
    for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv",
                "core.fsmonitor", "core.hooksPath", "core.pager", "core.sshCommand"):  # fmt: skip
        run_git(root, "config", key, f"touch '{mark}'; cat")
    for name in ("post-checkout", "post-index-change", "pre-commit", "reference-transaction"):
        hook = root / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch '{mark}'\n", encoding="utf-8")
        hook.chmod(0o755)
    # Newer than the index, so that git would want to look at the content.
    for file in root.glob("*.py"):
        os.utime(file)
    mark.unlink(missing_ok=True)
    return root


def _snapshot(root: Path) -> Iterator[tuple[str, int, int, int, bytes]]:
    for folder, folders, files in os.walk(root):
        for name in sorted(folders + files):
            full = Path(folder, name)
            found = full.lstat()
            content = full.read_bytes() if stat.S_ISREG(found.st_mode) else b""
            yield str(full), found.st_mode, found.st_size, found.st_mtime_ns, content


@needs_git
@pytest.mark.parametrize("module", [False, True], ids=["in a process", "with -m in the tree"])
def test_nothing_of_the_tree_is_run_or_written(tmp_path: Path, module: bool) -> None:
    mark = tmp_path / "mark"
    root = _trapped(tmp_path / "root", mark)
    before = sorted(_snapshot(root))
    if module:
        ran = run_readycheck("scan", ".", "--format", "json", "--jobs", "2", cwd=root, home=tmp_path / "home")
        assert ran.code in {0, 1}, ran.err
        assert "Traceback" not in ran.err
    else:
        judged(root)
    assert not mark.exists()
    assert sorted(_snapshot(root)) == before


def test_determinism_whatever_the_number_of_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(conductor.POOL_THRESHOLD, "fork", 0)
    monkeypatch.setattr(conductor, "CHUNK_BYTES", 200)
    plant(tmp_path, {one.path: one.content for one in FILES if len(one.content) < 50_000})
    from readycheck.report.json import render_json

    def run(jobs: int) -> dict[str, object]:
        report = json.loads(render_json(scan(tmp_path, catalogue(), jobs=jobs)))
        return {name: value for name, value in report.items() if name != "created"}

    assert run(1) == run(1) == run(2)

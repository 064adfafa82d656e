"""What is listed, what is left out, and why: in work trees, plain folders and single files, odd ones included."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.model import NotScanned, TargetError
from readycheck.targets import collector as collecting
from readycheck.targets import git
from readycheck.targets.kinds import binary_kind, is_safe, printable
from readycheck.targets.repo import Reader, Tree, collect, decode, read_file
from tests.targets.helpers import deny, make_repository, needs_git, run_git, write


def paths(tree: Tree) -> list[str]:
    return [file.path for file in tree.files]


def notes(tree: Tree) -> dict[str, str]:
    return {note.path: note.reason for note in tree.not_scanned}


def content_ids(tree: Tree) -> dict[str, str]:
    return {file.path: file.content_id for file in tree.files}


# --- git work trees -------------------------------------------------------------------------------------------------


@needs_git
def test_lists_tracked_and_untracked_but_not_ignored(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "app/main.py", ".gitignore", "kept.log")
    write(root, ".gitignore", text="*.log\nsecret/\n")
    write(root, "new.py", "noise.log", "secret/.env")
    tree = collect(root)
    assert paths(tree) == [".gitignore", "app/main.py", "kept.log", "new.py"]
    assert [file.path for file in tree.files if file.tracked] == [".gitignore", "app/main.py", "kept.log"]
    assert tree.git is not None
    assert tree.git.ignored_tracked == ("kept.log",)
    assert tree.git.tracked == {".gitignore", "app/main.py", "kept.log"}
    assert tree.git.commit == run_git(root, "rev-parse", "HEAD").strip()
    assert (tree.git.prefix, tree.git.worktree_root, tree.git.shallow) == ("", root.resolve(), False)
    assert tree.not_scanned == ()


@needs_git
def test_content_id_is_the_blob_of_a_clean_file_only(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "clean.py", "changed.py", "touched.py")
    blob = run_git(root, "rev-parse", "HEAD:clean.py").strip()
    write(root, "changed.py", text="y = 2\n")
    os.utime(root / "touched.py")
    write(root, "new.py")
    ids = content_ids(collect(root))
    assert ids == {"clean.py": f"{blob}:6", "changed.py": "", "touched.py": "", "new.py": ""}


@needs_git
def test_same_size_and_time_is_not_enough_to_be_clean(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "a.py")
    write(root, "a.py", text="x = 2\n")
    os.utime(root / "a.py", (1_600_000_000, 1_600_000_000))
    assert content_ids(collect(root)) == {"a.py": ""}


@needs_git
def test_file_as_young_as_the_index_is_not_trusted(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "a.py")
    os.utime(root / ".git" / "index", (1_500_000_000, 1_500_000_000))
    assert content_ids(collect(root)) == {"a.py": ""}


@needs_git
def test_deleted_file_vanishes_quietly(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "a.py", "gone/b.py", "c.py")
    (root / "gone" / "b.py").unlink()
    (root / "gone").rmdir()
    tree = collect(root)
    assert paths(tree) == ["a.py", "c.py"]
    assert tree.not_scanned == ()


@needs_git
def test_subfolder_of_a_work_tree(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "services/api/main.py", "services/web/main.js", "top.py")
    tree = collect(root / "services" / "api")
    assert paths(tree) == ["main.py"]
    assert tree.git is not None
    assert tree.git.prefix == "services/api"
    assert tree.git.worktree_root == root.resolve()
    assert tree.git.tracked == {"main.py"}


@needs_git
def test_linked_worktree(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "main", "a.py")
    run_git(root, "worktree", "add", "-q", "../other")
    tree = collect(tmp_path / "other")
    assert paths(tree) == ["a.py"]
    assert tree.git is not None
    assert tree.git.worktree_root == (tmp_path / "other").resolve()


@needs_git
def test_shallow_clone_says_so(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "origin", "a.py")
    run_git(root, "commit", "-q", "--allow-empty", "-m", "second")
    run_git(tmp_path, "clone", "-q", "--depth", "1", root.as_uri(), "copy")
    tree = collect(tmp_path / "copy")
    assert paths(tree) == ["a.py"]
    assert tree.git is not None
    assert tree.git.shallow


@needs_git
def test_repository_without_a_commit(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q")
    write(tmp_path, "a.py")
    tree = collect(tmp_path)
    assert paths(tree) == ["a.py"]
    assert tree.git is not None
    assert (tree.git.commit, tree.git.tracked) == (None, frozenset())


@needs_git
def test_empty_repository(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q")
    tree = collect(tmp_path)
    assert tree.files == ()
    assert notes(tree) == {".git": "version control data"}


@needs_git
def test_bare_repository_has_nothing_to_judge(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "--bare", "store.git")
    for target in (tmp_path / "store.git", tmp_path / "store.git" / "objects"):
        tree = collect(target)
        assert tree.files == ()
        assert notes(tree) == {"": "inside of a git repository (bare, or its .git folder): no work tree to judge"}


@needs_git
def test_submodule_and_foreign_repository_are_named_not_entered(tmp_path: Path) -> None:
    library = make_repository(tmp_path / "library", "lib.py")
    root = make_repository(tmp_path / "root", "a.py")
    run_git(root, "submodule", "--quiet", "add", library.as_uri(), "libs/library")
    make_repository(root / "checkout", "b.py")
    tree = collect(root)
    assert paths(tree) == [".gitmodules", "a.py"]
    assert notes(tree) == {
        "checkout": "another git repository: scan it on its own",
        "libs/library": "a git submodule: scan it on its own",
    }


@needs_git
def test_merge_conflict_lists_a_file_once_without_content_id(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "a.py")
    run_git(root, "checkout", "-q", "-b", "side")
    write(root, "a.py", text="x = 'side'\n")
    run_git(root, "commit", "-q", "-am", "side")
    run_git(root, "checkout", "-q", "main")
    write(root, "a.py", text="x = 'main'\n")
    run_git(root, "commit", "-q", "-am", "main")
    with pytest.raises(Exception, match="merge"):
        run_git(root, "merge", "side")
    assert content_ids(collect(root)) == {"a.py": ""}


@needs_git
def test_folder_that_git_ignores_is_judged_when_asked_for(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "a.py")
    write(root, ".gitignore", text="scratch/\n")
    write(root, "scratch/main.py", "scratch/sub/b.py")
    tree = collect(root / "scratch")
    assert paths(tree) == ["main.py", "sub/b.py"]
    assert tree.git is not None
    assert tree.git.tracked == frozenset()


@needs_git
def test_work_tree_configured_elsewhere_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", "private.py")
    root = make_repository(tmp_path / "root", "a.py")
    run_git(root, "config", "core.worktree", os.fspath(tmp_path / "elsewhere"))
    tree = collect(root)
    assert paths(tree) == ["a.py"]
    assert "plain folder" in notes(tree)[""]


@needs_git
@pytest.mark.parametrize("damage", ["index", "HEAD", "config"])
def test_damaged_repository_is_read_as_a_folder(tmp_path: Path, damage: str) -> None:
    root = make_repository(tmp_path, "a.py")
    (root / ".git" / damage).write_bytes(b"\0not what git wrote")
    tree = collect(root)
    assert paths(tree) == ["a.py"]
    assert "every file that no .gitignore names was looked at" in notes(tree)[""]


def test_no_git_at_all_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, "a.py", "b.log")
    write(tmp_path, ".gitignore", text="*.log\n")
    monkeypatch.setattr(git, "executable", lambda folder: None)
    tree = collect(tmp_path)
    assert paths(tree) == [".gitignore", "a.py"]
    said = [note.reason for note in tree.not_scanned if not note.path]
    assert said == [
        "1 file or folder that a .gitignore names",
        "git is not installed: every file that no .gitignore names was looked at, tracked or not",
    ]


# --- plain folders --------------------------------------------------------------------------------------------------


def test_plain_folder_honours_nested_ignore_files(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="*.log\n/build/\n!keep.log\n")
    write(tmp_path, "sub/.gitignore", text="!special.log\nlocal.*\n")
    write(tmp_path, "a.py", "x.log", "keep.log", "build/out.py", "sub/build/in.py")
    write(tmp_path, "sub/special.log", "sub/other.log", "sub/local.py")
    tree = collect(tmp_path)
    assert paths(tree) == [".gitignore", "a.py", "keep.log", "sub/.gitignore", "sub/build/in.py", "sub/special.log"]
    assert tree.git is None
    assert notes(tree) == {"": "4 files or folders that a .gitignore names"}


def test_patterns_that_could_run_away_or_make_no_sense_are_not_applied(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", text="*a*a*a*a*a*a*a*a*b\n!\n*.log\n")
    write(tmp_path, "a" * 200, "x.log")
    tree = collect(tmp_path)
    assert paths(tree) == [".gitignore", "a" * 200]
    assert any("not understood, so not applied" in note.reason for note in tree.not_scanned)


def test_folders_made_by_tools_are_said_once(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "__pycache__/a.txt", ".venv/lib/x.py", "web/dist/app.js", "web/dist/deep/b.js")
    write(tmp_path, "env/pyvenv.cfg", "env/lib/y.py", "node_modules/left/index.js", "svc/env/settings.py")
    tree = collect(tmp_path)
    assert paths(tree) == ["a.py", "svc/env/settings.py"]
    assert notes(tree) == {
        ".venv": "made by a tool, not written here",
        "__pycache__": "made by a tool, not written here",
        "env": "a Python virtual environment",
        "node_modules": "vendored: other people's code",
        "web/dist": "made by a tool, not written here",
    }


@needs_git
def test_vendored_folders_are_said_once_and_can_be_included(tmp_path: Path) -> None:
    root = make_repository(
        tmp_path, "go.mod", "vendor/x/y.go", "vendor/x/z.go", "web/bower_components/a.js", "third_party/lib/c.py"
    )
    tree = collect(root)
    assert paths(tree) == ["go.mod"]
    assert set(notes(tree)) == {"vendor", "web/bower_components", "third_party"}
    everything = ["go.mod", "third_party/lib/c.py", "vendor/x/y.go", "vendor/x/z.go", "web/bower_components/a.js"]
    assert paths(collect(root, include_vendored=True)) == everything


@pytest.mark.parametrize(
    ("witness", "left_out"),
    [
        ("app/vendor/models.py", False),
        ("app/composer.json", True),
        ("app/vendor/modules.txt", True),
        ("app/vendor/autoload.php", True),
    ],
)
def test_vendor_may_also_mean_a_supplier(tmp_path: Path, witness: str, left_out: bool) -> None:
    write(tmp_path, "app/vendor/invoice.py", witness)
    assert ("app/vendor/invoice.py" not in paths(collect(tmp_path))) is left_out


@needs_git
def test_tracked_output_folder_is_judged(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "dist/app.js")
    write(root, "dist/new.js")
    tree = collect(root)
    assert paths(tree) == ["dist/app.js"]
    assert notes(tree) == {"dist": "made by a tool, not written here"}


def test_binary_files_are_counted_by_kind(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "a.png", "b.png", "c.JPG", "f.woff2", "key.pem", "store.p12", "icon.svg")
    tree = collect(tmp_path)
    assert paths(tree) == ["a.py", "icon.svg", "key.pem", "store.p12"]
    assert tree.not_scanned == (
        NotScanned("", "1 binary file: fonts (woff2)"),
        NotScanned("", "3 binary files: images (png, jpg)"),
    )


def test_too_many_files_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MAX_FILES", 2)
    write(tmp_path, "a.py", "b.py", "c.py")
    tree = collect(tmp_path)
    assert paths(tree) == ["a.py", "b.py"]
    assert "the rest was not looked at" in notes(tree)[""]


# --- single files and wrong targets ---------------------------------------------------------------------------------


def test_single_file(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b.py")
    tree = collect(tmp_path / "a.py")
    assert paths(tree) == ["a.py"]
    assert tree.root == tmp_path.resolve()


@needs_git
def test_single_file_of_a_repository_knows_that_it_is_tracked(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "conf/.env", "other.py")
    tree = collect(root / "conf" / ".env")
    assert [(file.path, file.tracked) for file in tree.files] == [(".env", True)]
    assert tree.git is not None
    assert tree.git.tracked == {".env"}


@pytest.mark.parametrize("name", ["missing", "file.txt/below", "nul\0name"])
def test_wrong_target(tmp_path: Path, name: str) -> None:
    write(tmp_path, "file.txt")
    with pytest.raises(TargetError):
        collect(tmp_path / name)


def test_target_that_is_neither_file_nor_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TargetError, match="FIFO"):
        collect(tmp_path / "pipe")


def test_target_that_is_a_loop_of_links(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(TargetError):
        collect(tmp_path / "loop")


def test_unreadable_target(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    deny(folder)
    with pytest.raises(TargetError, match="permission denied"):
        collect(folder)


# --- odd things in a tree -------------------------------------------------------------------------------------------


def _odd_things(root: Path) -> None:
    outside = root.parent / "outside"
    write(outside, "secret.txt")
    write(root, "real/a.py")
    (root / "to-file").symlink_to("real/a.py")
    (root / "to-folder").symlink_to("real")
    (root / "out-file").symlink_to(outside / "secret.txt")
    (root / "out-folder").symlink_to("../outside")
    (root / "broken").symlink_to("nowhere")
    (root / "loop").symlink_to("loop")
    (root / "real" / "up").symlink_to("..")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        try:  # a socket's path may have only about a hundred bytes
            os.chdir(root)
            server.bind("sock")
        finally:
            os.chdir(here)


EXPECTED_ODD = {
    "to-file": "a link to something in the tree, judged there",
    "to-folder": "a link to something in the tree, judged there",
    "real/up": "a link to something in the tree, judged there",
    "out-file": "a link out of the tree: not followed",
    "out-folder": "a link out of the tree: not followed",
    "broken": "a link to nothing",
    "loop": "a link that leads nowhere",
    "pipe": "a FIFO: not a regular file",
    "sock": "a socket: not a regular file",
}


def test_links_and_special_files_in_a_plain_folder(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    _odd_things(root)
    tree = collect(root)
    assert paths(tree) == ["real/a.py"]
    assert notes(tree) == EXPECTED_ODD


@needs_git
@pytest.mark.parametrize("tracked", [True, False])
def test_links_and_special_files_in_a_work_tree(tmp_path: Path, tracked: bool) -> None:
    root = tmp_path / "root"
    root.mkdir()
    run_git(root, "init", "-q")
    _odd_things(root)
    if tracked:
        run_git(root, "add", "real", "to-file", "to-folder", "out-file", "out-folder", "broken", "loop")
    tree = collect(root)
    assert paths(tree) == ["real/a.py"]
    assert notes(tree) == EXPECTED_ODD


def test_many_links_are_counted(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    for number in range(30):
        (tmp_path / f"link{number}").symlink_to("a.py")
    assert notes(collect(tmp_path)) == {"": "30 times a link to something in the tree, judged there"}


@needs_git
def test_tracked_folder_replaced_by_a_link_is_not_followed(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "root", "conf/a.py", "b.py")
    write(tmp_path / "outside", "a.py")
    (root / "conf" / "a.py").unlink()
    (root / "conf").rmdir()
    (root / "conf").symlink_to("../outside")
    tree = collect(root)
    assert paths(tree) == ["b.py"]
    assert "link" in notes(tree)["conf"]


@needs_git
def test_tracked_file_replaced_by_a_fifo(tmp_path: Path) -> None:
    root = make_repository(tmp_path, "a.py", "b.py")
    (root / "a.py").unlink()
    os.mkfifo(root / "a.py")
    tree = collect(root)
    assert paths(tree) == ["b.py"]
    assert notes(tree) == {"a.py": "a FIFO: not a regular file"}


@pytest.mark.parametrize("repository", [pytest.param(True, marks=needs_git), False])
def test_odd_names(tmp_path: Path, repository: bool) -> None:
    names = [b"with space.py", b"new\nline.py", b"bad\xff\xfeutf8.py", "grün.py".encode(), b"tab\there.py", b"-dash.py"]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"x")
    os.mkfifo(os.path.join(os.fsencode(tmp_path), b"pi\npe\xff"))
    if repository:
        run_git(tmp_path, "init", "-q")
        run_git(tmp_path, "add", "-A", "--", *map(os.fsdecode, names))
    tree = collect(tmp_path)
    assert paths(tree) == sorted(map(os.fsdecode, names))
    assert notes(tree) == {"pi\\npe\\xff": "a FIFO: not a regular file"}
    assert all(read_file(tree.root, path) == b"x" for path in paths(tree))


@pytest.mark.parametrize("repository", [pytest.param(True, marks=needs_git), False])
def test_unreadable_folder(tmp_path: Path, repository: bool) -> None:
    write(tmp_path, "a.py", "closed/b.py")
    if repository:
        run_git(tmp_path, "init", "-q")
    deny(tmp_path / "closed")
    try:
        tree = collect(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert paths(tree) == ["a.py"]
    assert notes(tree) == {"closed": "permission denied"}


def test_order_and_modes_do_not_depend_on_the_file_system(tmp_path: Path) -> None:
    write(tmp_path, "b.py", "a/z.py", "a.py", "B.py")
    (tmp_path / "b.py").chmod(0o755)
    tree = collect(tmp_path)
    assert paths(tree) == ["B.py", "a.py", "a/z.py", "b.py"]
    assert [file.executable for file in tree.files] == [False, False, False, True]
    assert collect(tmp_path) == tree


@pytest.mark.parametrize("repository", [pytest.param(True, marks=needs_git), False])
def test_deep_folders(tmp_path: Path, repository: bool) -> None:
    deep = "/".join(["d"] * 600)
    write(tmp_path, f"{deep}/a.py")
    if repository:
        run_git(tmp_path, "init", "-q")
    tree = collect(tmp_path)
    assert paths(tree) == [f"{deep}/a.py"]
    assert read_file(tmp_path, f"{deep}/a.py") == b"x = 1\n"


def test_ignore_file_that_cannot_be_read_ignores_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".gitignore")
    write(tmp_path, "a.py")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / ".gitignore").write_bytes(b"a\0b")
    tree = collect(tmp_path)
    assert paths(tree) == ["a.py", "sub/.gitignore"]
    assert notes(tree) == {".gitignore": "a FIFO: not a regular file"}


@needs_git
def test_slow_answers_of_git_leave_the_tracked_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_: git.Listing) -> tuple[str, ...]:
        raise git.GitError("git took too long to answer")

    root = make_repository(tmp_path, "a.py")
    monkeypatch.setattr(git.Listing, "untracked", slow)
    monkeypatch.setattr(git.Listing, "ignored_tracked", slow)
    tree = collect(root)
    assert paths(tree) == ["a.py"]
    assert tree.git is not None
    assert tree.git.ignored_tracked == ()
    assert [note.reason for note in tree.not_scanned] == [
        "ignore rules: git took too long to answer",
        "untracked files: git took too long to answer",
    ]


@needs_git
def test_names_that_leave_the_tree_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_repository(tmp_path / "root", "a.py")
    write(tmp_path, "outside.py")
    monkeypatch.setattr(git.Listing, "untracked", lambda _: ("../outside.py", "/etc/hostname", "sub/../../outside.py"))
    tree = collect(root)
    assert paths(tree) == ["a.py"]
    assert set(notes(tree).values()) == {"its name is not usable on this system"}


# --- reading --------------------------------------------------------------------------------------------------------


def _reason(answer: bytes | NotScanned) -> str:
    assert isinstance(answer, NotScanned)
    return answer.reason


def test_read_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\0b")
    (tmp_path / "empty").write_bytes(b"")
    assert read_file(tmp_path, "a") == b"a\0b"
    assert read_file(tmp_path, "empty") == b""


@pytest.mark.parametrize("path", ["../outside", "/etc/hostname", "", "a/../../outside", "a\0b"])
def test_read_stays_in_the_target(tmp_path: Path, path: str) -> None:
    write(tmp_path, "outside", "root/a")
    assert _reason(read_file(tmp_path / "root", path)) == "outside the target"


def test_read_says_why_not(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    _odd_things(root)
    (root / "big").write_bytes(b"x" * 11)
    expected = {
        "missing": "vanished during the scan",
        "missing/below": "vanished during the scan",
        "real/a.py/below": "vanished during the scan",
        "pipe": "a FIFO: not a regular file",
        "sock": "a socket or device: not a regular file",
        "to-file": "a link: not followed",
        "out-file": "a link: not followed",
        "out-folder/secret.txt": "reached through a link: not followed",
        "real": "not a regular file",
        "big": "larger than 10 bytes",
        "n" * 300: "its path is too long for this system",
    }
    assert {path: _reason(read_file(root, path, limit=10)) for path in expected} == expected
    assert _reason(read_file(root, "big", limit=10)) == "larger than 10 bytes"


def test_large_sparse_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.log").open("wb") as file:
        file.truncate(1 << 32)
    assert _reason(read_file(tmp_path, "huge.log")) == "larger than 8 MiB"


def test_device_is_not_read() -> None:
    assert _reason(read_file(Path("/dev"), "null")) == "a device: not a regular file"


def test_unreadable_file(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    deny(tmp_path / "a.py")
    assert _reason(read_file(tmp_path, "a.py")) == "permission denied"


def test_file_that_vanishes_between_listing_and_reading(tmp_path: Path) -> None:
    write(tmp_path, "sub/a.py", "b.py")
    tree = collect(tmp_path)
    (tmp_path / "sub" / "a.py").unlink()
    reader = Reader(tree.root)
    answers = [reader.read(path) for path in paths(tree)]
    assert answers == [b"x = 1\n", NotScanned("sub/a.py", "vanished during the scan")]


# --- text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"plain", ("plain", "utf-8")),
        ("grün".encode(), ("grün", "utf-8")),
        (b"\xef\xbb\xbfa", ("a", "utf-8-sig")),
        ("a=ü".encode("utf-16"), ("a=ü", "utf-16")),
        (b"\xfe\xff" + "ab".encode("utf-16-be"), ("ab", "utf-16")),
        ("ab".encode("utf-32"), ("ab", "utf-32")),
        (b"gr\xfcn", ("grün", "latin-1")),
        (b"\xff\xfea", ("\ufffd", "utf-16")),
        (b"", ("", "utf-8")),
        (b"a\0b", None),
    ],
)
def test_decode(data: bytes, expected: tuple[str, str] | None) -> None:
    assert decode(data) == expected


@given(st.binary())
def test_decode_never_raises(data: bytes) -> None:
    decoded = decode(data)
    assert decoded is None or isinstance(decoded[0], str)


@given(st.binary())
def test_printable_paths_can_be_printed(name: bytes) -> None:
    shown = printable(name.decode("utf-8", "surrogateescape"))
    assert shown.isprintable()
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("name", "kind"), [("a.PNG", "images"), ("x/y.tar.gz", "archives"), ("png", None), ("a.py", None), (".env", None)]
)
def test_binary_kind(name: str, kind: str | None) -> None:
    assert binary_kind(name) == kind


@pytest.mark.parametrize("path", ["C:\\x", "a\\..\\b", "C:x"])
def test_windows_paths_stay_below_the_root(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_safe(path)
    monkeypatch.setattr("readycheck.targets.kinds.os.name", "nt")
    try:
        assert not is_safe(path)
    finally:
        monkeypatch.undo()

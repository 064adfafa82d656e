"""Ignore files against what Git itself answers, and against Docker's documented rules."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.link.ignores import Decision, DockerIgnore, GitIgnores

ROOT = """\
# comment
.env*
!.env.example
build/
/dist
*.py[co]
docs/**/secret
!keep/
logs/*
!logs/.gitkeep
\\#odd
trailing\\\x20
"""
SUB = "*.local\n!.env.prod\n"
PATHS = [
    ".env", ".env.local", ".env.example", "sub/.env", "sub/.env.prod", "sub/x.local", "x.local", "build/x", "a/build/x",
    "build", "dist", "a/dist", "a.pyc", "a.py", "docs/secret", "docs/a/b/secret", "logs/a", "logs/.gitkeep", "#odd",
    "trailing ", "src/main.py", "build/.env.example",
]  # fmt: skip


def test_the_answers_are_those_of_git(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "sub").mkdir()
    (tmp_path / ".gitignore").write_text(ROOT)
    (tmp_path / "sub" / ".gitignore").write_text(SUB)
    answer = subprocess.run(
        ["git", "-C", str(tmp_path), "check-ignore", "-v", "-n", "--no-index", "--stdin"],
        input="\n".join(PATHS),
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    ignores = GitIgnores({".gitignore": ROOT.encode(), "sub/.gitignore": SUB.encode()})
    ours = []
    for path in PATHS:
        found = ignores.decide(path)
        ours.append((f"{found.file}:{found.line}" if found else ":", path))
    git = []
    for line in answer.splitlines():
        head, _, path = line.partition("\t")
        file, number, _ = head.split(":", 2)
        git.append((f"{file}:{number}", path))
    assert ours == git


def test_which_pattern_decides() -> None:
    ignores = GitIgnores({".gitignore": ROOT.encode()})
    assert ignores.decide(".env.local") == Decision(True, ".env*", ".gitignore", 2)
    assert ignores.decide(".env.example") == Decision(False, "!.env.example", ".gitignore", 3)
    assert ignores.decide("README.md") is None
    assert not ignores.ignored("README.md")


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        (".env", ".env", True),
        (".env", "sub/.env", False),
        ("**/.env", "sub/.env", True),
        ("**/.env", ".env", True),
        ("node_modules", "node_modules/a/b", True),
        ("node_modules", "web/node_modules/a", False),
        ("/dist/", "dist/x", True),
        ("./dist", "dist/x", True),
        ("*.md", "docs/a.md", False),
        ("*/temp*", "a/tempo", True),
        ("**", ".git/config", True),
        ("temp?", "temps", True),
        ("[ab].txt", "b.txt", True),
        ("[^ab].txt", "b.txt", False),
        ("# x", "# x", False),
        (".", "a", False),
        ("a.b", "axb", False),
    ],
)
def test_docker_patterns(pattern: str, path: str, ignored: bool) -> None:
    assert DockerIgnore(pattern.encode()).ignored(path) is ignored


def test_docker_takes_back_even_below_a_folder() -> None:
    ignore = DockerIgnore(b"*\n!src\nsrc/.env\n")
    assert ignore.decide("src/app.py") == Decision(False, "!src", ".dockerignore", 2)
    assert ignore.decide("src/.env") == Decision(True, "src/.env", ".dockerignore", 3)
    assert ignore.decide(".git/config") == Decision(True, "*", ".dockerignore", 1)
    assert DockerIgnore(b"\n# nothing\n").empty


@given(st.one_of(st.binary(), st.text(alphabet="*?[]!/\\a.# \n").map(str.encode)), st.text(min_size=1))
def test_never_raises(data: bytes, path: str) -> None:
    GitIgnores({".gitignore": data, "a/.gitignore": data}).decide(path)
    DockerIgnore(data).decide(path)


def test_hostile_patterns_do_not_run_away() -> None:
    data = b"*a" * 40 + b"\n" + b"**/a/" * 40 + b"b\n"
    path = "/".join(["a" * 200] * 40)
    assert not GitIgnores({".gitignore": data}).ignored(path)
    assert not DockerIgnore(data).ignored(path)

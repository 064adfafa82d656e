"""Which dotted name is which file, who imports whom, and what production reaches."""

from __future__ import annotations

import pytest

from tests.link.helpers import project_of

TREE = {
    "backend/app/__init__.py": "",
    "backend/app/main.py": (
        "from fastapi import FastAPI\nfrom app.routers import users\nfrom .core import config\napp = FastAPI()\n"
    ),
    "backend/app/core/__init__.py": "",
    "backend/app/core/config.py": "A = 1\n",
    "backend/app/routers/__init__.py": "",
    "backend/app/routers/users.py": "from app.core.config import A\n",
    "backend/app/unused.py": "B = 1\n",
    "worker/app/__init__.py": "",
    "worker/app/main.py": "C = 1\n",
    "config.py": "D = 1\n",
}


@pytest.mark.parametrize(
    ("dotted", "seen_from", "path"),
    [
        ("app.main", "backend/app/core/config.py", "backend/app/main.py"),
        ("app.main", "worker/app/x.py", "worker/app/main.py"),
        ("backend.app.main", "config.py", "backend/app/main.py"),
        ("app.core", "backend/app/main.py", "backend/app/core/__init__.py"),
        ("config", "backend/app/main.py", "config.py"),
        ("config", "other/x.py", "config.py"),
        ("main", "config.py", None),
        ("fastapi", "backend/app/main.py", None),
        ("app.nothing", "backend/app/main.py", None),
    ],
)
def test_the_nearest_module_of_a_name(dotted: str, seen_from: str, path: str | None) -> None:
    assert project_of(TREE).modules.find(dotted, seen_from) == path


def test_names_inside_modules() -> None:
    modules = project_of(TREE).modules
    assert modules.split("app.core.config.A", "backend/app/main.py") == ("backend/app/core/config.py", "A")
    assert modules.split("app.core.config", "backend/app/main.py") == ("backend/app/core/config.py", "")
    assert modules.split("os.path", "backend/app/main.py") is None


def test_what_is_reached_from_an_application() -> None:
    project = project_of(TREE)
    assert set(project.entries) == {"backend/app/main.py"}
    assert set(project.reached) == {
        "backend/app/__init__.py",
        "backend/app/core/__init__.py",
        "backend/app/core/config.py",
        "backend/app/main.py",
        "backend/app/routers/__init__.py",
        "backend/app/routers/users.py",
    }
    assert project.connection("backend/app/unused.py") == ""
    assert project.connection("backend/app/core/config.py").startswith("backend/app/main.py → ")


def test_what_production_starts_is_the_entry() -> None:
    files = {
        **TREE,
        "Dockerfile": 'FROM python:3.12\nCOPY worker /w\nCMD ["python", "-m", "app.main"]\n',
        "compose.yaml": "services:\n  w:\n    build: {context: worker}\n    command: python -m app.main\n",
        "worker/Dockerfile": "FROM python:3.12\n",
    }
    project = project_of(files)
    assert project.entries["worker/app/main.py"].path == "compose.yaml"


def test_imports_that_go_in_circles_end() -> None:
    files = {
        "a.py": "import b\nfrom fastapi import FastAPI\napp = FastAPI()\n",
        "b.py": "import c\n",
        "c.py": "import a\n",
    }
    assert set(project_of(files).reached) == {"a.py", "b.py", "c.py"}

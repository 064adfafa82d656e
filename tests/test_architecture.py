"""The layers hold, facts and links do no I/O, and each third-party engine has exactly one door."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

import readycheck

PACKAGE = Path(readycheck.__file__).parent
# From the top down; a module imports only from lines below its own, or from its own part.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("selftest",),
    ("scan",),
    ("report", "fixes", "targets", "cache"),
    ("checklist",),
    ("audit",),
    ("catalogue", "rule_schema"),
    ("rule", "detectors"),
    ("link",),
    ("facts",),
    ("model", "resources"),
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
# The kinds of files are told apart the same way where they are read and where they are extracted.
ENGINES = (
    "bandit", "detect_secrets", "sqlglot", "hyperscan", "re2", "tree_sitter", "tree_sitter_javascript",
    "tree_sitter_typescript", "docker", "requests", "pathspec", "packaging", "jinja2", "rich", "typer",
)  # fmt: skip
# What talks to the outside: only `targets`, `cache`, the conductor and the command line may.
OUTSIDE = frozenset(
    "subprocess socket http urllib ftplib smtplib shutil tempfile requests docker sqlite3 multiprocessing".split()
)
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


def _part(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


@functools.cache
def _imports(path: Path) -> tuple[tuple[str, int, bool], ...]:
    """Every absolute name a module imports, with its line and whether it does so for types alone."""
    return tuple(_walk_imports(path))


def _walk_imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    tree = _tree(path)
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in typing_only
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno} imports relatively"
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno, id(node) in typing_only


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_only_downwards(path: Path) -> None:
    part = _part(path)
    if part == "__init__":
        return
    assert part in LEVEL, f"{part} has no place in the layers yet"
    for name, line, _ in _imports(path):
        if not name.startswith("readycheck."):
            continue
        other = name.split(".")[1]
        if other in (part, "__version__"):
            continue
        assert LEVEL[other] > LEVEL[part], f"{path.name}:{line}: {part} must not import {other}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_outer_layers_touch_the_outside(path: Path) -> None:
    if _part(path) in {"targets", "cache", "scan", "cli", "__main__", "fixes"}:
        return
    for name, line, _ in _imports(path):
        root = name.split(".")[0]
        assert root not in OUTSIDE or name.startswith("urllib.parse"), f"{path.name}:{line} imports {root}"


@pytest.mark.parametrize("part", ["facts", "link", "detectors", "model", "audit", "checklist", "report"])
def test_inner_layers_open_no_file_and_read_no_environment(part: str) -> None:
    allowed = {"os.PathLike", "os.path"}
    for path in MODULES:
        if _part(path) != part:
            continue
        tree = _tree(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                wrong = called == "open" or called.endswith((".read_text", ".read_bytes", ".write_text"))
                assert not wrong, f"{path.name}:{node.lineno} calls {called}"
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
                assert f"os.{node.attr}" in allowed, f"{path.name}:{node.lineno} uses os.{node.attr}"


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_has_one_door(engine: str) -> None:
    doors = {
        str(path.relative_to(PACKAGE))
        for path in MODULES
        for name, _, typing_only in _imports(path)
        if name.split(".")[0] == engine and not typing_only
    }
    assert len(doors) <= 1, f"{engine} is imported by {sorted(doors)}"


def test_starting_up_imports_no_engine() -> None:
    """`--version` and wrong options answer at once: heavy modules are imported where they are used."""
    for path in (PACKAGE / "cli.py", PACKAGE / "__main__.py", PACKAGE / "model.py"):
        tree = _tree(path)
        for node in tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                name = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                light = {"readycheck", "readycheck.model", "readycheck.cli"}
                assert not str(name).startswith("readycheck") or name in light, f"{path.name} imports {name} at the top"


def test_no_blanket_except_but_the_one_around_rules() -> None:
    places = [
        str(path.relative_to(PACKAGE))
        for path in MODULES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or "Exception" in _names(node.type))
    ]
    assert places == ["audit.py"]


def _names(node: ast.expr) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}

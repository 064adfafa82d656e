"""Reads `pyproject.toml`, `requirements*.txt`, `Pipfile` and `setup.cfg`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from readycheck.facts.ini import parse_ini
from readycheck.facts.lazily import lazy
from readycheck.facts.manifests import (
    MAX_BYTES,
    MAX_DEPENDENCIES,
    Dependency,
    LineFinder,
    Located,
    PythonManifest,
    normalized,
    requirement,
)

_REQUIREMENTS_NAME = lazy(
    r"(?:.*[-_.])?requirements?(?:[-_.].*)?\.(?:txt|in|pip)\Z|constraints.*\.txt\Z", re.IGNORECASE
)
_INCLUDE = lazy(r"(?:-r|--requirement)(?:\s{1,20}|=)?(\S+)")
_EGG = lazy(r"#egg=([A-Za-z0-9._-]{1,150})")


def is_requirements(path: str) -> bool:
    """Whether a path is a pip requirements file by its name or its folder."""
    folder, _, name = path.rpartition("/")
    in_folder = folder.rsplit("/", 1)[-1].lower() == "requirements" and name.endswith((".txt", ".in"))
    return in_folder or bool(_REQUIREMENTS_NAME.match(name))


def parse_requirements(data: bytes, group: str = "") -> PythonManifest:
    """A pip requirements file; options, hashes and index URLs are left out."""
    text = data[:MAX_BYTES].decode("utf-8-sig", errors="replace")
    dependencies: list[Dependency] = []
    includes: list[Located] = []
    for line, number in _logical_lines(text):
        include = _INCLUDE.match(line)
        if include:
            includes.append(Located(include.group(1), number))
            continue
        egg = _EGG.search(line)
        if egg:
            dependencies.append(Dependency(normalized(egg.group(1)), "@", number, group))
        elif not line.startswith("-"):
            found = requirement(line.partition(" --")[0], number, group)
            if found:
                dependencies.append(found)
    return PythonManifest(tuple(dependencies), includes=tuple(includes))


def _logical_lines(text: str) -> Iterator[tuple[str, int]]:
    parts: list[str] = []
    start = 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not parts:
            start = number
        if not parts and (not line or line.startswith("#")):
            continue
        parts.append(line.removesuffix("\\").strip())
        if not line.endswith("\\"):
            yield " ".join(parts), start
            parts = []
    if parts:
        yield " ".join(parts), start


def parse_pyproject(data: bytes) -> PythonManifest:
    """A `pyproject.toml`: PEP 621, dependency groups, Poetry."""
    table, text, problems = _toml(data)
    if problems:
        return PythonManifest(problems=problems)
    finder = LineFinder(text)
    project, tool = _dict(table.get("project")), _dict(table.get("tool"))
    poetry = _dict(tool.get("poetry"))
    found = list(_listed(project.get("dependencies"), "", finder))
    for name, items in _dict(project.get("optional-dependencies")).items():
        found.extend(_listed(items, name, finder))
    for name, items in _dict(table.get("dependency-groups")).items():
        found.extend(_listed(items, name, finder))
    found.extend(_listed(_dict(tool.get("uv")).get("dev-dependencies"), "dev", finder))
    found.extend(_named(poetry.get("dependencies"), "", finder, "[tool.poetry.dependencies"))
    found.extend(_named(poetry.get("dev-dependencies"), "dev", finder, "[tool.poetry.dev-dependencies"))
    for name, body in _dict(poetry.get("group")).items():
        header = f"[tool.poetry.group.{name}.dependencies"
        found.extend(_named(_dict(body).get("dependencies"), name, finder, header))
    python = project.get("requires-python") or _version(_dict(poetry.get("dependencies")).get("python"))
    requires = None
    if isinstance(python, str) and python:
        start = finder.section("requires-python") or finder.section("[tool.poetry.dependencies")
        requires = Located(python, finder.line(start, "requires-python", "\npython"))
    scripts = {**_dict(poetry.get("scripts")), **_dict(project.get("scripts"))}
    return PythonManifest(
        tuple(dependency for dependency in found if dependency.name != "python"),
        requires,
        str(project.get("name") or poetry.get("name") or ""),
        {
            name: Located(
                target, finder.line(finder.section("[project.scripts", "[tool.poetry.scripts"), f"\n{name}", name)
            )
            for name, target in scripts.items()
            if isinstance(target, str)
        },
        tuple(tool),
        build_backend=str(_dict(table.get("build-system")).get("build-backend") or ""),
    )


def parse_pipfile(data: bytes) -> PythonManifest:
    """A `Pipfile`."""
    table, text, problems = _toml(data)
    if problems:
        return PythonManifest(problems=problems)
    finder = LineFinder(text)
    found = [
        *_named(table.get("packages"), "", finder, "[packages]"),
        *_named(table.get("dev-packages"), "dev", finder, "[dev-packages]"),
    ]
    requires = _dict(table.get("requires"))
    version = requires.get("python_full_version") or requires.get("python_version")
    python = None
    if isinstance(version, str):
        python = Located(f"=={version}.*" if version.count(".") == 1 else f"=={version}", finder.line(0, "\npython_"))
    return PythonManifest(tuple(found), python)


def parse_setup_cfg(data: bytes) -> PythonManifest:
    """The packaging part of a `setup.cfg`."""
    found: list[Dependency] = []
    python: Located | None = None
    name, tools = "", []
    for entry in parse_ini(data):
        group = entry.key if entry.section == "options.extras_require" else ""
        if group or (entry.section == "options" and entry.key == "install_requires"):
            found.extend(one for text, line in entry.lines if (one := requirement(text, line, group)))
        elif entry.section == "options" and entry.key == "python_requires":
            python = Located(entry.value, entry.line)
        elif entry.section == "metadata" and entry.key == "name":
            name = entry.value
        head = entry.section.partition(":")[0]
        if head not in {"options", "metadata"} and "." not in head and head not in tools:
            tools.append(head)
    return PythonManifest(tuple(found), python, name, tools=tuple(tools))


def _toml(data: bytes) -> tuple[dict[str, Any], str, tuple[str, ...]]:
    text = data[:MAX_BYTES].decode("utf-8-sig", errors="replace")
    try:
        return tomllib.loads(text), text, ()
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        # The parser's own words quote no values, but their place is all that is worth keeping.
        place = re.search(r"at line \d{1,9}", str(error))
        return {}, text, (f"not valid TOML{' ' + place.group() if place else ''}",)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _version(value: object) -> str:
    found = value.get("version") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""


def _listed(items: object, group: str, finder: LineFinder) -> Iterator[Dependency]:
    for item in items[:MAX_DEPENDENCIES] if isinstance(items, list) else ():
        if isinstance(item, str):
            line = finder.line(0, f'"{item}"', f"'{item}'", item)
            found = requirement(item, line, group)
            if found:
                yield found


def _named(table: object, group: str, finder: LineFinder, header: str) -> Iterator[Dependency]:
    start = finder.section(header)
    for name, value in islice(_dict(table).items(), MAX_DEPENDENCIES):
        extras = _dict(value).get("extras")
        names = tuple(str(extra).lower() for extra in extras) if isinstance(extras, list) else ()
        line = finder.line(start, f"\n{name} ", f"\n{name}=", f'\n"{name}"', f"\n{name}")
        yield Dependency(normalized(name), _version(value), line, group, names)

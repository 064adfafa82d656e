"""Reads `package.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from readycheck.facts.manifests import MAX_BYTES, MAX_DEPENDENCIES, Dependency, LineFinder, Located, NodeManifest
from readycheck.facts.sensitive import scrub

_GROUPS = {
    "dependencies": "",
    "devDependencies": "dev",
    "peerDependencies": "peer",
    "optionalDependencies": "optional",
}


def parse_package_json(data: bytes) -> NodeManifest:
    """A `package.json`; anything of the wrong type is left out."""
    text = data[:MAX_BYTES].decode("utf-8-sig", errors="replace")
    try:
        table = json.loads(text)
    except RecursionError:
        return NodeManifest(problems=("nested too deeply to be read",))
    except ValueError as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        return NodeManifest(problems=(f"not valid JSON{place}",))
    if not isinstance(table, dict):
        return NodeManifest(problems=("not an object",))
    finder = LineFinder(text)
    main = table.get("main")
    workspaces = table.get("workspaces")
    if isinstance(workspaces, dict):
        workspaces = workspaces.get("packages")
    return NodeManifest(
        name=_text(table.get("name")),
        scripts=_located(table, "scripts", finder),
        main=Located(main, finder.line(0, '"main"')) if isinstance(main, str) else None,
        dependencies=tuple(_dependencies(table, finder)),
        engines=_located(table, "engines", finder),
        module_type=_text(table.get("type")),
        private=table.get("private") is True,
        workspaces=tuple(item for item in workspaces if isinstance(item, str)) if isinstance(workspaces, list) else (),
        package_manager=_text(table.get("packageManager")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _located(table: Mapping[str, Any], key: str, finder: LineFinder) -> dict[str, Located]:
    inner = table.get(key)
    if not isinstance(inner, dict):
        return {}
    start = finder.section(f'"{key}"')
    return {
        name: Located(scrub(value), finder.line(start + len(key) + 2, json.dumps(name), name))
        for name, value in islice(inner.items(), MAX_DEPENDENCIES)
        if isinstance(value, str)
    }


def _dependencies(table: Mapping[str, Any], finder: LineFinder) -> Iterator[Dependency]:
    for key, group in _GROUPS.items():
        for name, located in _located(table, key, finder).items():
            yield Dependency(name, located.text, located.line, group)

"""Which compose files of a repository belong together, and which of the resulting sets speak for production."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from readycheck.facts.compose import ComposeFile, looks_like_compose
from readycheck.facts.lazily import lazy
from readycheck.facts.yaml_tree import Node, YamlList, YamlMap, YamlScalar
from readycheck.link.compose_tree import join_path
from readycheck.link.roles import role_of
from readycheck.model import Role

BASE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")

_NAME = lazy(r"(^|[-_.])compose([-_.]|$)", re.IGNORECASE)
_WORD = lazy(r"[-_.]+")
_PRODUCTION = frozenset(("prod", "production", "deploy", "deployment", "live", "release", "prd"))
_TEST = frozenset(("test", "tests", "testing", "ci", "e2e", "cypress", "integration", "smoke", "bench", "benchmark"))
_DEVELOPMENT = frozenset(
    ("override", "dev", "devel", "develop", "development", "local", "localhost", "debug", "devcontainer", "staging")
)
_SHARED = frozenset(("base", "common", "shared", "core"))


@dataclass(frozen=True, slots=True)
class ComposeSet:
    """Files that are merged in this order and judged together; `reason` says why for a person."""

    files: tuple[str, ...]
    role: Role
    reason: str


def is_compose_name(path: str) -> bool:
    """Whether a file is called like a compose file: `compose` is a word of its name and it is YAML."""
    stem, extension = posixpath.splitext(posixpath.basename(path))
    return extension.lower() in (".yml", ".yaml") and _NAME.search(stem) is not None


def says_production(path: str) -> bool:
    """Whether a compose file is called, or lies in a folder called, after production."""
    folders = posixpath.dirname(path).lower().split("/")
    return bool(_words(path) & _PRODUCTION) or not {"prod", "production"}.isdisjoint(folders)


def compose_sets(files: Mapping[str, ComposeFile], explicit: Sequence[str] = ()) -> tuple[ComposeSet, ...]:
    """The sets to judge. Files that the user names are one production set, and nothing else is looked at."""
    if explicit:
        return (ComposeSet(tuple(explicit), Role.PRODUCTION, "named on the command line"),)
    known = {path: file for path, file in files.items() if _is_candidate(path, file)}
    folders: dict[str, list[str]] = {}
    for path in sorted(known):
        folders.setdefault(posixpath.dirname(path), []).append(path)
    bases = {folder: base for folder, paths in folders.items() if (base := _base(paths))}
    pulled_in = _pulled_in(known)
    found: list[ComposeSet] = []
    for folder in sorted(folders):
        found.extend(_folder_sets(folder, folders[folder], known, bases, pulled_in))
    return tuple(found)


def _is_candidate(path: str, file: ComposeFile) -> bool:
    broken = not file.documents and bool(file.problems)
    if is_compose_name(path):
        return broken or any("services" in keys or "include" in keys for keys in _top_keys(file))
    return looks_like_compose(file)


def _top_keys(file: ComposeFile) -> Iterator[set[str]]:
    for document in file.documents:
        keys = {key.text for key, _ in document.pairs}
        if not keys & {"jobs", "on", "stages", "apiVersion", "kind"}:
            yield keys


def _base(paths: Sequence[str]) -> str | None:
    """The file Compose would take by itself in a folder, else one that calls itself the base of others."""
    names = {posixpath.basename(path): path for path in paths}
    for name in BASE_NAMES:
        if name in names:
            return names[name]
    return next((path for path in paths if _words(path) & _SHARED), None)


def _words(path: str) -> set[str]:
    stem = posixpath.splitext(posixpath.basename(path).lower())[0]
    return {word for word in _WORD.split(stem) if word} - {"docker", "compose"}


def _folder_sets(
    folder: str,
    paths: Sequence[str],
    known: Mapping[str, ComposeFile],
    bases: Mapping[str, str],
    pulled_in: Mapping[str, str],
) -> Iterator[ComposeSet]:
    base = bases.get(folder)
    production: list[ComposeSet] = []
    others: list[ComposeSet] = []
    replaces_base = False
    for path in paths:
        words = _words(path)
        if path == base or (path in pulled_in and not words & _PRODUCTION):
            continue
        under = _base_under(path, known, bases)
        files = (path,) if under is None else (under, path)
        role, why = _role(path, words)
        how = f"{why} laid over {under}" if under else f"{why} that stands alone"
        (production if role is Role.PRODUCTION else others).append(ComposeSet(files, role, how))
        replaces_base = replaces_base or bool(words & _PRODUCTION and role is Role.PRODUCTION)
    if base is not None and base not in pulled_in and not replaces_base:
        production.insert(0, ComposeSet((base,), _folder_role(base), "the compose file of its folder"))
    yield from production
    yield from others


def _base_under(path: str, known: Mapping[str, ComposeFile], bases: Mapping[str, str]) -> str | None:
    """The base a file needs: one of its own folder or one above that has the services this file only adds to."""
    incomplete = set(_incomplete(known[path]))
    if not incomplete:
        return None
    folder = posixpath.dirname(path)
    siblings = (other for other in known if posixpath.dirname(other) == folder and _words(other) < _words(path))
    for other in sorted(siblings, key=lambda name: -len(_words(name))):
        if _words(other) and incomplete & set(known[other].services):
            return other  # docker-compose.test.override.yml belongs on docker-compose.test.yml
    while True:
        base = bases.get(folder)
        if base is not None and base != path and incomplete & set(_every_service(base, known)):
            return base
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def _incomplete(file: ComposeFile) -> Iterator[str]:
    """Services that cannot run by themselves: they have no image, build or anything that gives them one."""
    for name in file.services:
        body = file.service(name)
        if body is None or not any(key.text in ("image", "build", "extends", "provider") for key, _ in body.pairs):
            yield name


def _every_service(path: str, known: Mapping[str, ComposeFile]) -> set[str]:
    """The services of a file and of those it includes."""
    names: set[str] = set()
    waiting, seen = [path], set()
    while waiting:
        current = waiting.pop()
        if current in seen or current not in known:
            continue
        seen.add(current)
        names |= set(known[current].services)
        waiting.extend(_included(current, known[current]))
    return names


def _pulled_in(known: Mapping[str, ComposeFile]) -> dict[str, str]:
    """Files that others include or extend, with one that does: they are judged as part of it."""
    found: dict[str, str] = {}
    for path, file in known.items():
        for other in (*_included(path, file), *_extended(path, file)):
            if other != path and other in known:
                found.setdefault(other, path)
    return found


def _included(path: str, file: ComposeFile) -> Iterator[str]:
    folder = posixpath.dirname(path)
    for entry in file.includes:
        node: Node | None = entry.get("path") if isinstance(entry, YamlMap) else entry
        for item in node.items if isinstance(node, YamlList) else (node,):
            if isinstance(item, YamlScalar):
                yield join_path(folder, item.text)


def _extended(path: str, file: ComposeFile) -> Iterator[str]:
    folder = posixpath.dirname(path)
    for name in file.services:
        body = file.service(name)
        reference = body.map("extends") if body is not None else None
        if reference is not None and reference.text("file"):
            yield join_path(folder, reference.text("file"))


def _role(path: str, words: set[str]) -> tuple[Role, str]:
    """What a file that is not the base is for: its folder decides first, then its name."""
    role = _folder_role(path)
    if role is not Role.PRODUCTION:
        return role, f"a {role.value} file"
    if words & _PRODUCTION:
        return Role.PRODUCTION, "a production file"
    if words & _TEST:
        return Role.TEST, "a test file"
    if words & _DEVELOPMENT:
        return Role.DEVELOPMENT, "a development file"
    named = role_of(path)
    return (Role.PRODUCTION, "a compose file") if named is Role.PRODUCTION else (named, f"a {named.value} file")


def _folder_role(path: str) -> Role:
    """The role of the folders above a file, whatever the file is called."""
    folder = posixpath.dirname(path)
    role = role_of(f"{folder}/compose.yaml") if folder else Role.PRODUCTION
    if role is Role.PRODUCTION and any(part.startswith(".") for part in folder.split("/")):
        return Role.DEVELOPMENT  # folders of editors and tools, whatever they are called
    return Role.PRODUCTION if role is Role.TOOLING and not folder.startswith(".") else role

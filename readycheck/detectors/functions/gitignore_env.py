"""Whether git would leave env files alone if somebody made them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.project import Project
from readycheck.link.secret_files import is_env_file, reads_env_files
from readycheck.model import Absent, Location, Match, Observation, Subject, Undecided

PLACEHOLDERS = frozenset({"names", "reason"})
_NAMES = (".env", ".env.local", ".env.production", ".env.development.local")
_MOST = 4
_SHOWN = {".env.development.local": ".env.*.local"}


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for the names no pattern covers, and one for each pattern that takes a name back."""
    why = reads_env_files(project)
    files = sorted(path for path in project.files if posixpath.basename(path) == ".gitignore")
    if not why:
        yield Absent("nothing in this project reads env files")
        return
    if not files and project.listing.tracked is None:
        yield Undecided("this folder is no git work tree and has no .gitignore")
        return
    missing: dict[str, set[str]] = {}
    top: set[str] = set()
    for home in _homes(project, files):
        for name in _NAMES:
            path = posixpath.join(home, name)
            if home and name in top:
                continue  # told for the top, whose pattern will cover it here too
            decision = project.gitignores.decide(path)
            shown = posixpath.join(home, _SHOWN.get(name, name))
            if decision is not None and decision.ignored:
                yield Subject(f"{shown} is ignored", Location(decision.file, decision.line))
            elif _public(project, path):
                yield Subject(f"{path} is kept on purpose and holds no secret", Location(path, 1))
            elif decision is not None:
                values = {"names": shown, "reason": f"the pattern {decision.pattern} takes it back"}
                yield Match(Location(decision.file, decision.line), values, key=name)
            else:
                top |= set() if home else {name}
                missing.setdefault(_nearest(home, files), set()).add(shown)
    for file, names in sorted(missing.items()):
        reason = "no pattern covers it" if len(names) == 1 else "no pattern covers them"
        reason = reason if file in files else "there is no .gitignore"
        ordered = sorted(names, key=lambda name: (name.count("/"), name))
        more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
        yield Match(Location(file, 1), {"names": ", ".join(ordered[:_MOST]) + more, "reason": reason}, key="missing")


def _homes(project: Project, files: list[str]) -> list[str]:
    """The folders in which somebody would make an env file: those that have one, and the top."""
    with_env = {posixpath.dirname(path) for path, facts in project.files.items() if facts.env is not None}
    with_env = {folder for folder in with_env if is_env_file(posixpath.join(folder, ".env"))}
    if ".gitignore" in files or not files:
        return sorted({"", *with_env})
    return sorted(with_env or {posixpath.dirname(path) for path in files})


def _nearest(home: str, files: list[str]) -> str:
    """The .gitignore that should carry the pattern: the nearest one above, else the one to be made at the top."""
    while home:
        if posixpath.join(home, ".gitignore") in files:
            return posixpath.join(home, ".gitignore")
        home = posixpath.dirname(home)
    return ".gitignore"


def _public(project: Project, path: str) -> bool:
    """Frameworks for the browser keep env files with public values in git, on purpose."""
    facts = project.files.get(path)
    return facts is not None and project.is_tracked(path) and not facts.credentials

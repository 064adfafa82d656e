"""Ignore files that do not do what they seem to: tracked files they name, templates they swallow, bare images."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.dockerfile import Instruction
from readycheck.link.deployment import Unit
from readycheck.link.project import Project
from readycheck.link.secret_files import is_env_file, is_private_key, reads_env_files
from readycheck.model import Absent, Confidence, Location, Match, Observation, Role, Subject

PLACEHOLDERS = frozenset({"what"})
_KEEPERS = frozenset({".gitkeep", ".keep", ".placeholder", ".gitignore", ".npmignore", "__init__.py"})
_SHOWN = 3


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each pattern that tracked files defy, for a swallowed template, and for an unguarded COPY."""
    seen = [*_tracked_though_ignored(project), *_templates(project), *_images(project)]
    yield from seen
    if not seen and ".gitignore" in project.files:
        yield Subject("no tracked file is ignored", Location(".gitignore", 1))
    elif not seen:
        yield Absent("there is no .gitignore and no Dockerfile that copies a whole folder")


def _tracked_though_ignored(project: Project) -> Iterator[Match]:
    tracked = project.listing.tracked or frozenset()
    named = [p for p in tracked if (is_env_file(p) or is_private_key(p)) and project.gitignores.ignored(p)]
    groups: dict[tuple[str, int, str], list[str]] = {}
    for path in sorted({*project.listing.ignored_tracked, *named}):
        if posixpath.basename(path) in _KEEPERS or project.role(path) in {Role.VENDORED, Role.GENERATED}:
            continue
        decision = project.gitignores.decide(path)
        if decision is not None and decision.ignored:
            key = (path, 0, decision.pattern) if path in named else (decision.file, decision.line, decision.pattern)
            groups.setdefault(key, []).append(path)
    for (_, _, pattern), paths in groups.items():
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        what = (
            f"git tracks {paths[0]}{more} although the pattern {pattern} ignores it, so the pattern has no effect there"
        )
        line = 1 if paths[0] in project.files else 0
        yield Match(Location(paths[0], line), {"what": what}, key=f"tracked:{pattern}:{paths[0]}")


def _templates(project: Project) -> Iterator[Observation]:
    """Whether the template that everybody should copy could be added at all."""
    decision = project.gitignores.decide(".env.example")
    shared = any(f.env is not None and project.role(p) is Role.EXAMPLE for p, f in project.files.items())
    if not reads_env_files(project) or shared:
        if decision is not None and not decision.ignored:
            yield Subject("the template .env.example is kept", Location(decision.file, decision.line))
        return
    if decision is not None and decision.ignored:
        what = f"the pattern {decision.pattern} also ignores .env.example, so a template cannot be shared"
        yield Match(Location(decision.file, decision.line), {"what": what}, key="template")


def _images(project: Project) -> Iterator[Observation]:
    done: set[tuple[str, str]] = set()
    for unit in project.deployment.units:
        place = (unit.folder, unit.dockerfile)
        if unit.image is None or place in done or unit.role is not Role.PRODUCTION:
            continue
        done.add(place)
        ignore = project.dockerignore(unit.folder, unit.dockerfile)
        copies = list(_whole_copies(project, unit))
        kept_out = [name for name in (".env", ".git") if ignore is not None and ignore.ignored(name)]
        guarded = bool(kept_out) or (ignore is not None and not ignore.empty and not copies)
        if ignore is not None and guarded:
            path = posixpath.join(unit.folder, ".dockerignore")
            path = path if path in project.files else f"{unit.dockerfile}.dockerignore"
            told = " and ".join(kept_out) or "files"
            yield Subject(f"{path} keeps {told} out of the image", Location(path, 1))
        for final, instruction in () if guarded else copies:
            confidence = Confidence.HIGH if final else Confidence.MEDIUM
            what = (
                f"{instruction.keyword} takes the whole folder and no .dockerignore keeps .env, .git and the like out"
            )
            yield Match(
                Location(unit.dockerfile, instruction.line), {"what": what}, (), confidence, key=unit.dockerfile
            )


def _whole_copies(project: Project, unit: Unit) -> Iterator[tuple[bool, Instruction]]:
    """The instructions that take the whole build context, and whether they do so in the image that is shipped."""
    facts = project.files[unit.dockerfile].dockerfile if unit.dockerfile in project.files else None
    if facts is None:
        return
    shipped = {
        stage.index
        for stage in facts.ancestry(unit.service.build.target or None if unit.service and unit.service.build else None)
    }
    for stage in facts.stages:
        for instruction in stage.all("COPY", "ADD"):
            sources = instruction.arguments[:-1]
            if "from" not in instruction.flags and any(source in {".", "./", "*", "./*"} for source in sources):
                yield stage.index in shipped, instruction

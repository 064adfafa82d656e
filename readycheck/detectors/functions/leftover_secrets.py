"""Copies of a secret in places that people forget: backup copies, documents, scripts, history."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.lazily import lazy
from readycheck.facts.secret_names import last_part, name_words
from readycheck.link.project import Project
from readycheck.link.removed_files import is_secret_file
from readycheck.link.roles import role_of
from readycheck.link.secret_settings import secret_settings
from readycheck.link.secrets import Sighting, sightings
from readycheck.model import Absent, Confidence, Location, Match, Observation, Role, Step, Subject

PLACEHOLDERS = frozenset({"what", "where"})
_COPY = lazy(
    r"(?:\.(?:bak|backup|old|orig|save|copy|swp|rej|\d{8})|~|[-_. ](?:copy|backup|old)(?:\.\w{1,8})?)$", re.IGNORECASE
)
_SCRIPTS = lazy(r"\.(?:sh|bash|ps1|sql|bat|py|js)$")


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each leftover of a value that stands elsewhere or that the code now reads from outside."""
    real = [seen for seen in sightings(project) if _is_told(seen)]
    homes: dict[str, Sighting] = {}
    for seen in real:
        if seen.role is Role.PRODUCTION and not _forgotten(seen):
            homes.setdefault(seen.credential.hidden.digest, seen)
    settings = (s for s in secret_settings(project) if project.role(s.location.path) is Role.PRODUCTION)
    replaced = {name_words(setting.name): setting.location for setting in settings}
    for seen in real:
        if _forgotten(seen):
            # An example in a document carries the name of a setting too; only the same value tells there.
            known = {} if seen.role is Role.DOCUMENTATION else replaced
            yield from _leftover(seen, homes.get(seen.credential.hidden.digest), known)
    yield from _history(project)
    if real:
        yield Subject(f"no leftover among {len(real)} secret{'s' if len(real) > 1 else ''} in the tree")
    elif project.listing.tracked is None:
        yield Absent("no real secret in the tree, and no git history to look into")
    else:
        yield Subject("no real secret in the tree, and none is known to be in the history that was looked at")


def _is_told(seen: Sighting) -> bool:
    kept = seen.credential.kind == "secret" or (seen.credential.kind == "weak" and _is_copy(seen.path))
    return kept and not seen.excuse and seen.credential.form not in {"private-key", "encoded"}


def _is_copy(path: str) -> bool:
    return bool(_COPY.search(path))


def _forgotten(seen: Sighting) -> bool:
    script = seen.role is Role.TOOLING and _SCRIPTS.search(seen.path) is not None
    return _is_copy(seen.path) or seen.role is Role.DOCUMENTATION or script


def _leftover(seen: Sighting, home: Sighting | None, replaced: Mapping[tuple[str, ...], Location]) -> Iterator[Match]:
    name = last_part(seen.credential.name)
    place = replaced.get(name_words(name)) if name else None
    if home is not None:
        step = Step(
            home.path, home.credential.line, f"the same value under {last_part(home.credential.name) or 'a URL'}"
        )
        where = f"is also in {home.path}:{home.credential.line}"
    elif place is not None:
        step = Step(place.path, place.line, f"{name} is read from outside here")
        where = f"is left here though {place.path}:{place.line} reads it from outside"
    else:
        return
    yield Match(seen.location, {"what": seen.what, "where": where}, (step,), key=f"{name}:{seen.what}")


def _history(project: Project) -> Iterator[Match]:
    for path, commit in project.listing.removed:
        if is_secret_file(path):
            values = {"what": path, "where": f"was removed in {commit[:10]}, but history still holds it"}
            note = _harmless(project, path)
            yield Match(Location(path), values, (), Confidence.MEDIUM, counts=not note, note=note, key=path)


def _harmless(project: Project, path: str) -> str:
    """Why a file that history holds does not count, "" if it does: only one that was read and held a credential."""
    if path not in project.listing.held:
        return "not read (large, binary or one of many): see whether it held anything real"
    if not project.listing.held[path]:
        return "it held no credential but placeholders"
    return "for development: see whether it held anything real" if role_of(path) is Role.DEVELOPMENT else ""

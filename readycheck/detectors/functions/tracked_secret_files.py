"""Files that exist to hold secrets and are part of the repository."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.file import FileFacts
from readycheck.link.project import Project
from readycheck.link.roles import role_of
from readycheck.link.secret_files import holds_only_logins, is_env_file, is_login_file, tracked
from readycheck.model import Absent, Location, Match, Observation, Role, Subject

PLACEHOLDERS = frozenset({"path", "what"})
_EXCUSES = {
    Role.TEST: "for tests",
    Role.VENDORED: "other people's code",
    Role.EXAMPLE: "an example",
    Role.DOCUMENTATION: "an example",
}


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each tracked env file and each file of logins; those without any secret do not count."""
    looked = 0
    given = _compose_secrets(project)
    for path in tracked(project):
        looked += 1
        facts = project.files.get(path)
        if path in given:
            role, empty = given[path], facts is not None and not facts.size
            note = "it is empty" if empty else "" if role is Role.PRODUCTION else f"for {role.value}"
            values = {"path": path, "what": "a secret that compose hands over"}
            yield Match(Location(path, 1), values, counts=not note, note=note, key=path, role=role)
        elif is_env_file(path):
            note = "" if facts is None else _harmless(facts, project.role(path))
            yield Match(Location(path, 1), {"path": path, "what": "an env file"}, counts=not note, note=note, key=path)
        elif _is_login_file(path, facts):
            note = _EXCUSES.get(project.role(path), "")
            values = {"path": path, "what": "a file of logins"}
            yield Match(Location(path, 1), values, counts=not note, note=note, key=path)
    if not looked:
        yield Absent("git tracks no file here")
    yield Subject(f"no env file and no file of logins with a secret among {looked} files")


def _compose_secrets(project: Project) -> dict[str, Role]:
    """The files behind the secrets of compose sets, with the role of the set: production's where both have them."""
    found: dict[str, Role] = {}
    for composition in project.deployment.compositions:
        for secret in composition.model.secrets.values():
            path = posixpath.normpath(secret.file) if secret.file else ""
            # Its folder tells what it is for; `.txt` speaks of documents elsewhere only.
            folder = posixpath.join(posixpath.dirname(path), "secret")
            if path and role_of(folder) not in _EXCUSES and found.get(path) is not Role.PRODUCTION:
                found[path] = composition.role
    return found


def _is_login_file(path: str, facts: FileFacts | None) -> bool:
    if holds_only_logins(path):
        return facts is None or facts.size > 0
    if facts is None or facts.kubernetes is not None or facts.compose is not None:
        return False  # what manifests hold is told line by line
    return is_login_file(path) and _holds_secrets(facts)


def _harmless(facts: FileFacts, role: Role) -> str:
    """Why an env file does not count, "" if it does."""
    if not _holds_secrets(facts):
        return "it holds no secret today"
    real = any(credential.kind == "secret" for credential in facts.credentials)
    return "" if real or role is not Role.DEVELOPMENT else "for laptops: nothing in it looks real"


def _holds_secrets(facts: FileFacts) -> bool:
    return any(credential.kind != "fake" for credential in facts.credentials)

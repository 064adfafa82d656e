"""Secrets that are only encoded: in Kubernetes Secrets, in the state of Terraform, in archives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.kubernetes import SecretItem
from readycheck.link.project import Project
from readycheck.link.secret_files import is_state, is_telling_archive, tracked
from readycheck.model import Absent, Location, Match, Observation, Role, Subject, Undecided

PLACEHOLDERS = frozenset({"what"})
_STORES = frozenset({"ExternalSecret", "SealedSecret", "SecretProviderClass", "VaultStaticSecret", "OnePasswordItem"})
_EXCUSES = {
    Role.TEST: "for tests",
    Role.VENDORED: "other people's code",
    Role.DOCUMENTATION: "an example in the documentation",
}
_PUBLIC_KEYS = ("ca.crt", "tls.crt", "namespace", "username", "user", "host", "hostname", "port", "database", "dbname")


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each value of a Secret and each file of state; what names a store is the proof."""
    found = False
    for path, facts in project.files.items():
        if facts.kubernetes is None:
            continue
        for manifest in facts.kubernetes.secrets:
            found = True
            yield from _items(project, path, manifest.name, manifest.items)
        for other in facts.kubernetes.others:
            if other.kind in _STORES:
                found = True
                yield Subject(f"{other.kind} {other.name} takes its values from a store", Location(path, other.line))
    for path in tracked(project):
        note = _EXCUSES.get(project.role(path), "")
        place = Location(path, 1 if path in project.files else 0)
        if is_state(path):
            found = True
            values = {"what": "Terraform state holds every secret it made, in plain text"}
            yield Match(place, values, counts=not note, note=note, key=path)
        elif is_telling_archive(path) and not note:
            found = True
            yield Undecided(
                "the name of the archive says that secrets are in it, and readycheck does not open it", place
            )
    if not found:
        yield Absent("there is no Kubernetes Secret, no Terraform state and no archive of secrets")


def _items(project: Project, path: str, name: str, items: tuple[SecretItem, ...]) -> Iterator[Observation]:
    note = _EXCUSES.get(project.role(path), "")
    filled = False
    for item in items:
        value = item.value
        if value is None or not item.encoded or item.key.lower().endswith(_PUBLIC_KEYS):
            continue
        if {"placeholder", "template"} & value.traits:
            continue
        filled = True
        what = f"Secret {name} holds {item.key} = {value.shown} ({value.length} characters), encoded but not encrypted"
        yield Match(Location(path, item.line), {"what": what}, counts=not note, note=note, key=f"{name}/{item.key}")
    if not filled:
        line = items[0].line if items else 1
        yield Subject(f"Secret {name} holds no value", Location(path, line))

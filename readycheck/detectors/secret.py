"""kind: secret. Strings in places meant for a credential, by how they are given, what they are and their name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from readycheck.detectors.base import Params, Regex
from readycheck.facts.credentials import Credential
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Subject

Form = Literal["literal", "default", "fallback", "url", "header", "argument", "vendor", "private-key", "encoded"]
Kind = Literal["secret", "weak", "fake", "placeholder"]


class SecretParams(Params):
    """`forms` is how it is given, `kinds` what its shape says, `name` a pattern on what it stands under (any case)."""

    forms: tuple[Form, ...] = ()
    kinds: tuple[Kind, ...] = ("secret", "weak")
    name: Regex | None = None


PARAMS = SecretParams
PLACEHOLDERS = frozenset({"name", "detector", "form", "kind", "shown"})


def find(project: Project, params: SecretParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each such credential. The value is only ever shown redacted."""
    wanted = None if params.name is None else re.compile(params.name, re.IGNORECASE)
    seen = 0
    for path, facts in project.files.items():
        for one in facts.credentials:
            seen += 1
            if _chosen(params, wanted, one):
                values = {
                    "name": one.name, "detector": one.detector, "form": one.form, "kind": one.kind,
                    "shown": one.hidden.shown,
                }  # fmt: skip
                place = Location(path, one.line, one.column)
                yield Match(place, values, confidence=one.confidence, key=f"{one.name} {one.hidden.digest}")
    if not project.files:
        yield Absent("no file was read")
    else:
        yield Subject(f"{len(project.files)} files searched, {seen} strings in places for secrets judged")


def _chosen(params: SecretParams, wanted: re.Pattern[str] | None, one: Credential) -> bool:
    if one.kind not in params.kinds or (params.forms and one.form not in params.forms):
        return False
    return wanted is None or wanted.search(one.name) is not None

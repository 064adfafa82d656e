"""Projects made of a few files in memory."""

from __future__ import annotations

from collections.abc import Mapping

from readycheck.facts.file import Options, build_gate, extract
from readycheck.link.apps import CALLS
from readycheck.link.project import Listing, Project

INTEREST = CALLS | {"use"}


def project_of(files: Mapping[str, str], interest: frozenset[str] = INTEREST) -> Project:
    """The linked model of files, all of them tracked."""
    options = Options(interest, b"tests", build_gate(interest))
    facts = {path: extract(path, text.encode(), options) for path, text in sorted(files.items())}
    return Project(facts, Listing(frozenset(files), frozenset(files)))

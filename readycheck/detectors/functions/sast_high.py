"""What bandit's high-severity tests find, weighed and one line a place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.project import Project
from readycheck.link.sast import CALLS as SAST_CALLS
from readycheck.link.sast import weighed_issues
from readycheck.model import Absent, Location, Match, Observation, Role, Subject

CALLS = SAST_CALLS
PLACEHOLDERS = frozenset({"text", "tests"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each place; the modules that were read are the subject of a pass."""
    passwords = {
        (path, use.line) for path, f in project.files.items() for use in f.passwords if use.kind == "fast-hash"
    }
    for issue in weighed_issues(project):
        if (issue.location.path, issue.location.line) in passwords:
            continue  # AUTH004 tells of passwords
        values = {"text": issue.text, "tests": issue.tests}
        yield Match(
            issue.location,
            values,
            (),
            issue.confidence,
            counts=not issue.harmless,
            note=issue.harmless,
            key=issue.tests,
        )
    read = [p for p, f in project.python.items() if not f.problem and project.role(p) is Role.PRODUCTION]
    if not read:
        yield Absent("no Python module of production code was found, and bandit reads Python alone")
        return
    entries = [path for path in project.entries if path in project.python] or read[:1]
    for path in sorted(entries)[:3]:
        text = (
            f"bandit's tests of high severity read {len(read)} modules of production code, of which this one is started"
        )
        yield Subject(
            text if path in project.entries else text.rpartition(",")[0], Location(path, 1), project.connection(path)
        )

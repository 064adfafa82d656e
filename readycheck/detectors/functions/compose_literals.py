"""Which secrets are written into compose files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.compose_secrets import secret_uses
from readycheck.link.containers import Running, tiered
from readycheck.link.project import Project
from readycheck.model import Absent, Match, Observation, Subject

PLACEHOLDERS = frozenset({"service", "name", "how"})
_HOW = {"literal": "written into the file", "url literal": "a URL with its password in it"}


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each literal, a subject for each secret that comes from outside."""

    def judge(running: Running) -> Iterator[Observation]:
        service = running.service.name
        for use in secret_uses(project, running):
            if use.how in _HOW:
                yield Match(
                    use.location,
                    {"service": service, "name": use.name, "how": _HOW[use.how]},
                    key=f"{service} {use.name}",
                )
            elif use.how == "grant":
                yield Subject(f"{use.name} is a secret of compose", use.location)
            elif use.how == "file":
                yield Subject(f"{use.name} names a file", use.location)
            elif use.how == "fallback":
                yield Subject(f"{use.name} comes from {use.variable} (which has a fallback: SEC006)", use.location)
            else:
                yield Subject(f"{use.name} comes from {use.variable or 'outside'}", use.location)

    yield from (one for one in tiered(project, judge) if not isinstance(one, Absent))
    yield Absent("no compose file of production hands out secrets")

"""Which session cookies lack a flag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.cookies import CALLS as COOKIE_CALLS
from readycheck.link.cookies import session_cookies
from readycheck.link.describe import is_plain
from readycheck.link.project import Project
from readycheck.model import Absent, Match, Observation, Subject, Undecided

CALLS = COOKIE_CALLS
PLACEHOLDERS = frozenset({"name", "how", "missing"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each session cookie without one of its flags, a subject for each that has all."""
    found = False
    for cookie in session_cookies(project):
        found = True
        name = cookie.name if is_plain(cookie.name) else "session"
        if cookie.missing:
            values = {"name": name, "how": cookie.how, "missing": ", ".join(cookie.missing)}
            yield Match(cookie.location, values, cookie.chain, key=name)
        elif cookie.doubt:
            yield Undecided(f'the cookie "{name}": {cookie.doubt}', cookie.location)
        else:
            yield Subject(f'the cookie "{name}" has its flags', cookie.location, cookie.connected_by)
    if not found:
        yield Absent("no cookie carries a session")

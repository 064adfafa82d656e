"""Scripts that are shown and never run: what they call on is declared nowhere, and nothing imports them."""

from __future__ import annotations

import posixpath

from readycheck.link.project import Project

#: Calls whose scripts are to be read for this question, also where no other question is asked of them.
CALLS = frozenset({"cookieParser", "createHmac"})
#: Objects that only a server has; whoever calls them without making or importing them shows a piece of one.
SERVERS = frozenset({"app", "router", "server", "fastify"})


def is_fragment(project: Project, path: str, roots: frozenset[str] = SERVERS) -> bool:
    """Whether a script is a piece of code that cannot run: one of these objects comes from nowhere."""
    facts = project.javascript.get(path)
    if facts is None or facts.loose.isdisjoint(roots):
        return False
    stem = _stem(path)
    return all(_stem(each.module) != stem for other in project.javascript.values() for each in other.imports)


def _stem(path: str) -> str:
    return posixpath.basename(path).partition(".")[0]

"""Decides from a file's bytes which extractors can find anything in it, before anything is parsed.

Every extractor names literals of which one must occur for it to find something. All of them go into one caseless
multi-literal engine: hyperscan, else RE2, else plain `in`; the three give equal answers.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

Matcher = Callable[[bytes], frozenset[str]]


class Gate:
    """Names the groups of literals that occur in some bytes. Picklable: the engine is built where it is first used."""

    def __init__(self, groups: Mapping[str, tuple[bytes, ...]], engine: str = "") -> None:
        self._groups = tuple(sorted((name, tuple(sorted(set(words)))) for name, words in groups.items()))
        self._engine = engine

    def hits(self, data: bytes) -> frozenset[str]:
        """The names of the groups of which a literal occurs in the data, whatever its case."""
        return _matcher(self._groups, self._engine)(data)


Groups = tuple[tuple[str, tuple[bytes, ...]], ...]


@functools.cache
def _matcher(groups: Groups, engine: str) -> Matcher:
    for name, build in (("hyperscan", _hyperscan), ("re2", _re2)):
        if engine in ("", name):
            try:
                return build(groups)
            except ImportError:
                continue
    return _plain(groups)


def _owners(groups: Groups) -> tuple[list[bytes], list[frozenset[str]]]:
    """Each distinct literal once, with the groups it belongs to."""
    owners: dict[bytes, set[str]] = {}
    for name, words in groups:
        for word in words:
            owners.setdefault(word.lower(), set()).add(name)
    return list(owners), [frozenset(names) for names in owners.values()]


def _hyperscan(groups: Groups) -> Matcher:
    import hyperscan

    words, owners = _owners(groups)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH
    database.compile(
        expressions=[re.escape(word) for word in words],
        ids=list(range(len(words))),
        elements=len(words),
        flags=[flags] * len(words),
    )

    def match(data: bytes) -> frozenset[str]:
        found: set[str] = set()

        def note(identity: int, _start: int, _end: int, _flags: int, _context: Any) -> None:
            found.update(owners[identity])

        if data:
            database.scan(data, match_event_handler=note)
        return frozenset(found)

    return match


def _re2(groups: Groups) -> Matcher:
    import re2

    words, owners = _owners(groups)
    options = re2.Options()
    options.case_sensitive = False
    options.encoding = re2.Options.Encoding.LATIN1
    literals = re2.Set.SearchSet(options)
    for word in words:
        literals.Add(re2.escape(word.decode("latin-1")))
    literals.Compile()

    def match(data: bytes) -> frozenset[str]:
        return frozenset().union(*(owners[i] for i in literals.Match(data) or ()))

    return match


def _plain(groups: Groups) -> Matcher:
    words, owners = _owners(groups)

    def match(data: bytes) -> frozenset[str]:
        lowered = data.lower()
        found: set[str] = set()
        for word, names in zip(words, owners, strict=True):
            if not names <= found and word in lowered:
                found |= names
        return frozenset(found)

    return match

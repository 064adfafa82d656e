"""Credentials in Markdown (code only, never the prose) and in the cells of notebooks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator

from readycheck.facts.credentials_base import Candidate, Text
from readycheck.facts.credentials_code import from_code
from readycheck.facts.credentials_shell import from_shell
from readycheck.facts.credentials_structured import from_keys, from_yaml
from readycheck.facts.lazily import lazy

_FENCE = lazy(r"^[ \t>]{0,12}(`{3,8}|~{3,8})([^\n]{0,200})\n", re.MULTILINE)
_INLINE = lazy(r"`([^`\n]{3,300})`")
_INDENTED = lazy(r"(?:^|(?<=\n\n))(?:(?: {4}|\t)[^\n]{1,2000}(?:\n|\Z)){1,200}")
_SHELLS = frozenset("sh bash shell zsh console shell-session terminal powershell ps1 dockerfile docker cmd".split())
_CONFIGS = frozenset("yaml yml compose docker-compose".split())
_KEYS = frozenset("env dotenv ini toml properties conf cfg text txt".split())
_CELL_LINE = lazy(r"^[ \t]{2,40}\"((?:[^\"\\\n]|\\.){0,20000})\",?[ \t]*$", re.MULTILINE)
_ESCAPES = {"n": "", "t": "\t", '"': '"', "\\": "\\", "/": "/", "r": ""}

Extractor = Callable[[Text], Iterator[Candidate]]


def from_docs(text: Text) -> Iterator[Candidate]:
    """Fenced blocks by their language, then code inside lines; a fence of unknown language is read as settings."""
    for start, end, language in _fences(text.raw):
        part = Text(text.raw[start:end])
        for extract in _extractors(language):
            for found in extract(part):
                yield found._replace(offset=found.offset + start)
    for block in _INDENTED.finditer(text.raw):
        part = Text(block.group(0))
        for extract in (from_keys, from_shell):
            for found in extract(part):
                yield found._replace(offset=found.offset + block.start())
    for code in _INLINE.finditer(text.raw):
        if "=" in code.group(1):
            part = Text(code.group(1))
            for extract in (from_keys, from_shell, from_code):
                for inner in extract(part):
                    yield inner._replace(offset=inner.offset + code.start(1))


def _extractors(language: str) -> tuple[Extractor, ...]:
    if language in _SHELLS:
        return (from_shell,)
    if language in _CONFIGS:
        return (from_yaml,)
    if language in _KEYS:
        return (from_keys,)
    if language:
        return (from_code,)
    return (from_keys, from_shell, from_code)


def _fences(raw: str) -> Iterator[tuple[int, int, str]]:
    position = 0
    while True:
        opening = _FENCE.search(raw, position)
        if opening is None:
            return
        closing = re.compile(rf"^[ \t>]{{0,12}}{re.escape(opening.group(1))}[ \t]*$", re.MULTILINE).search(
            raw, opening.end()
        )
        end = closing.start() if closing else len(raw)
        words = opening.group(2).strip(" \t{}.").lower().split()
        yield opening.end(), end, words[0].split(",")[0] if words else ""
        position = closing.end() if closing else len(raw)


def from_notebook(text: Text) -> Iterator[Candidate]:
    """The source lines of the cells, each at its own line of the JSON file."""
    pieces: list[str] = []
    starts: list[int] = []
    places: list[int] = []
    size = 0
    for line in _CELL_LINE.finditer(text.raw):
        plain = re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape.group(1), escape.group(0)), line.group(1))
        pieces.append(plain + "\n")
        starts.append(size)
        places.append(line.start(1))
        size += len(plain) + 1
    for found in from_code(Text("".join(pieces))):
        position = bisect_right(starts, found.offset) - 1
        yield found._replace(offset=places[position] + found.offset - starts[position])

"""No pattern of the package runs away: four times the line takes about four times as long, whatever the line holds."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

import readycheck
from readycheck.facts.lazily import Lazy

SHORT, LONG = 1_000, 4_000
# Quadratic work would take sixteen times as long; below this time nothing is said at all.
MOST, ENOUGH_SECONDS = 9.0, 0.05
# These only ever match at the start of a text, or in a window or condition of a few hundred characters.
_BOUNDED_BY_THEIR_USE = {
    "readycheck.facts.javascript_origin._EMPTINESS",
    "readycheck.facts.python_manifests._REQUIREMENTS_NAME",
    "readycheck.link.cors._STATIC_LOCATION",
    "readycheck.link.modes._VARIABLE",
    "readycheck.link.servers._TARGET",
}
_PIECES = (
    "a", "A", "0", "_", "-", " ", "\t", ".", ",", ":", ";", "/", "\\", "'", '"', "`", "(", ")", "[", "{", "}", "<",
    "=", "$", "%", "@", "#", "&", "|", "*", "+", "\n", "é", "a.", "a=", "a:", "${", "${a", "://",
    "a://", "a://a:", "a@",
    "--a ", "a ", " a", "0.", "a_", "a-", "'a", '"a', "x-a", "a,", "a(", "-a", "eyJ", "$(", "<a ",
    "a='", "{{", "key=", "token ",
)  # fmt: skip


def _patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for module in pkgutil.walk_packages(readycheck.__path__, "readycheck."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            found = re.compile(value.pattern, value.flags) if isinstance(value, Lazy) else value
            if isinstance(found, re.Pattern):
                yield f"{module.name}.{name}", found


def _lines(pattern: str) -> Iterator[str]:
    yield from _PIECES
    yield from sorted(set(re.findall(r"[A-Za-z][A-Za-z_]{2,12}", pattern)))[:6]


def _seconds(pattern: re.Pattern[Any], piece: str, size: int) -> float:
    line = (piece * (size // len(piece) + 1))[:size] + "\x00"
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        if isinstance(pattern.pattern, bytes):
            list(pattern.finditer(line.encode()))
        else:
            list(pattern.finditer(line))
        best = min(best, time.process_time() - start)
        if best < ENOUGH_SECONDS:
            break
    return best


@pytest.mark.slow
def test_time_of_every_pattern_grows_with_the_line() -> None:
    found = {pattern.pattern: (name, pattern) for name, pattern in _patterns()}
    assert len(found) > 100
    bad = []
    for name, pattern in found.values():
        if name in _BOUNDED_BY_THEIR_USE:
            continue
        text = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
        for piece in _lines(text):
            long = _seconds(pattern, piece, LONG)
            if long >= ENOUGH_SECONDS and long > MOST * _seconds(pattern, piece, SHORT):
                bad.append(f"{name} on {piece!r}: {long:.2f} s")
    assert bad == []

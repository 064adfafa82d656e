"""Every pattern of the facts compiles, though none is compiled before it is used."""

import importlib
import pkgutil
import re

import pytest

import readycheck.facts
from readycheck.facts.lazily import Lazy, lazy

MODULES = [
    importlib.import_module(f"readycheck.facts.{found.name}")
    for found in pkgutil.iter_modules(readycheck.facts.__path__)
]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_compiles(module: object) -> None:
    for value in vars(module).values():
        if isinstance(value, Lazy):
            assert re.compile(value.pattern, value.flags).pattern == value.pattern


def test_is_the_pattern() -> None:
    words = lazy(r"(a+)B", re.IGNORECASE)
    assert [found.group(1) for found in words.finditer("aab xab")] == ["aa", "a"]
    assert words.pattern == r"(a+)B"
    assert words.sub("-", "aab") == "-"


def test_has_nothing_else() -> None:
    with pytest.raises(AttributeError):
        _ = lazy("a").nothing  # type: ignore[attr-defined]  # what is asked for is that there is none

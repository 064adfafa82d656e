"""Interpolation remembers what it used; the oracle test compares the texts with docker-compose."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.link.interpolate import MAX_LENGTH, interpolate

ENV = {"SET": "v", "EMPTY": ""}


@pytest.mark.parametrize(
    ("raw", "text", "missing", "defaulted", "required"),
    [
        ("plain", "plain", (), (), ()),
        ("$SET ${SET} $$SET", "v v $SET", (), (), ()),
        ("$NO ${NO}", " ", ("NO",), (), ()),
        ("${NO:-d}", "d", (), (("NO", "d"),), ()),
        ("${NO:-${ALSO:-deep}}", "deep", (), (("NO", "deep"), ("ALSO", "deep")), ()),
        ("${NO:-${SET}}", "v", (), (("NO", "v"),), ()),
        ("${EMPTY:-d}${EMPTY-e}", "d", (), (("EMPTY", "d"),), ()),
        ("${SET:?why}", "v", (), (), ("SET",)),
        ("${NO?}", "", ("NO",), (), ("NO",)),
        ("${SET:+${NO:-x}}", "x", (), (("NO", "x"),), ()),
        ("${NO:+alt}", "", (), (), ()),
        ("${NO:-{}}", "{}", (), (("NO", "{}"),), ()),
    ],
)
def test_text_and_memory(
    raw: str, text: str, missing: tuple[str, ...], defaulted: tuple[tuple[str, str], ...], required: tuple[str, ...]
) -> None:
    found = interpolate(raw, ENV.get)
    assert (found.raw, found.text) == (raw, text)
    assert (found.missing, found.defaulted, found.required) == (missing, defaulted, required)


def test_errors_do_not_quote_the_text() -> None:
    assert interpolate("pw-${not a name}", ENV.get).errors == ("invalid interpolation format",)
    assert interpolate("${NO:?set it}", ENV.get).errors == ("required variable NO is missing a value: set it",)


@pytest.mark.parametrize(
    "raw", ["${X:-" * 30_000, "${" * 50_000, "${X:-a}" * 14_000, "${X:-" * 9_000 + "}" * 9_000, "$" * 99_999]
)
def test_adversarial_text_takes_no_time(raw: str) -> None:
    start = time.process_time()
    interpolate(raw, ENV.get)
    assert time.process_time() - start < 20


def test_values_cannot_grow_without_bound() -> None:
    found = interpolate("${BIG}" * 5_000, {"BIG": "x" * 50_000}.get)
    assert len(found.text) <= MAX_LENGTH
    assert found.errors == ("variables expand to too much text",)


@given(st.text(alphabet="${}:-+?XSET \n", max_size=60))
def test_never_raises(raw: str) -> None:
    interpolate(raw, {"X": "x", "SET": ""}.get)


@given(st.text(max_size=60))
def test_text_without_dollars_stays(raw: str) -> None:
    text = raw.replace("$", "")
    assert interpolate(text, ENV.get).text == text

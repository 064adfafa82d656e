"""Env files: entries with exact lines, and no exception whatever the bytes. The oracle test compares the values."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.envfile import EnvProblem, parse_env


def test_lines_quotes_and_references_are_kept() -> None:
    file = parse_env(b"# c\nA=1 # note\n\nexport B='x $A'\nC=\"two\nlines\" # after\nD=${A}\nE\nF: y#z\n")
    assert [(e.name, e.value, e.line, e.quoted, e.inherited) for e in file.entries] == [
        ("A", "1", 2, "", False),
        ("B", "x $A", 4, "'", False),
        ("C", "two\nlines", 5, '"', False),
        ("D", "${A}", 7, "", False),
        ("E", "", 8, "", True),
        ("F", "y#z", 9, "", False),
    ]
    assert file.problems == ()


def test_the_last_entry_of_a_name_counts() -> None:
    entry = parse_env(b"A=1\nA=2\n").get("A")
    assert entry is not None
    assert (entry.value, entry.line) == ("2", 2)
    assert parse_env(b"").get("A") is None


def test_a_bad_line_is_a_problem_and_the_rest_is_read() -> None:
    file = parse_env(b"A=1\nB C=2\n{x}=3\n=4\nD='open\nE=5\n")
    assert [entry.name for entry in file.entries] == ["A", "E"]
    assert file.problems == (
        EnvProblem(2, "a variable name with a space"),
        EnvProblem(3, "unexpected character in a variable name"),
        EnvProblem(4, "no variable name"),
        EnvProblem(5, "a quoted value that does not end"),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [('A="a\\nb"', "a\nb"), ('A="\\$x"', "$$x"), ('A="\\0101"', "A"), ('A="\\q"', "\\q"), ("A='\\n'", "\\n"),
     ("A='it\\'s'", "it's"), ("A=\\n", "\\n"), ("A=", ""), ("A=\"\"", ""), ("A=x\r\n", "x"), ("\ufeffA=x", "x")],
)  # fmt: skip
def test_escapes(text: str, value: str) -> None:
    entry = parse_env(text.encode()).get("A")
    assert entry is not None
    assert entry.value == value


def test_values_are_not_in_the_representation() -> None:
    assert "hunter" not in repr(parse_env(b"PASSWORD=hunter-two\nB hunter=1"))


@pytest.mark.parametrize("data", [b"'" * 200_000, b"A='" * 60_000, b'A="\\' * 50_000, b"A " * 99_999, b"=\n" * 99_999])
def test_adversarial_text_takes_no_time(data: bytes) -> None:
    start = time.process_time()
    parse_env(data)
    assert time.process_time() - start < 20


@given(st.binary(max_size=300))
def test_never_raises_on_bytes(data: bytes) -> None:
    parse_env(data)


@given(st.text(alphabet="AB=:\"'\\ \n\r\t#$0{}_\u2028", max_size=100))
def test_never_raises_on_env_like_text(text: str) -> None:
    parse_env(text.encode())

"""kinds: text and file, and the patterns behind them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.detectors.runaway import why_runaway
from readycheck.facts.patterns import LONGEST_LINE, MOST_HITS, TextPattern, find_texts, gate_words, glob_matches
from readycheck.model import RuleError
from tests.detectors.helpers import check_of, verdict

TODO: dict[str, Any] = {"kind": "text", "pattern": r"\bTODO\b", "files": ["*.go", "*.rs"], "literal": "todo"}


@pytest.mark.parametrize(
    ("tree", "files", "outcome", "places"),
    [
        (TODO, {"a/b.go": "x\n// TODO: y\n", "c.py": "# TODO\n"}, "fail", ["a/b.go:2"]),
        (TODO, {"b.go": "// todo: in small letters\n"}, "pass", []),
        (TODO, {"c.py": "# TODO\n"}, "not_applicable", []),
        (TODO, {"a_test/tests/b.go": "// TODO\n"}, "not_applicable", []),
        ({"kind": "text", "pattern": "^x"}, {"a.txt": "ax\n", "b": "\nx\r\nx\n"}, "fail", ["b:2", "b:3"]),
        ({"kind": "text", "pattern": "y$"}, {"b.sh": "x\r\ny\r\n"}, "fail", ["b.sh:2"]),
        ({"kind": "text", "pattern": "nothing"}, {"b.sh": "x\n"}, "pass", []),
        ({"kind": "file", "path": ["*.pem"]}, {"deploy/a.pem": "x\n"}, "fail", ["deploy/a.pem:0"]),
        ({"kind": "file", "path": ["/a.pem"]}, {"deploy/a.pem": "x\n"}, "pass", []),
        (
            {"kind": "file", "path": ["Makefile"], "contains": "^test:"},
            {"Makefile": "a:\ntest:\n"},
            "not_applicable",
            [],
        ),
        ({"kind": "file", "path": ["run.sh"], "contains": "set -x"}, {"run.sh": "\nset -x\n"}, "fail", ["run.sh:2"]),
        ({"kind": "file", "path": ["run.sh"], "contains": "set -x"}, {"run.sh": "set -e\n"}, "pass", []),
    ],
)
def test_lines_of_files(tree: dict[str, Any], files: dict[str, str], outcome: str, places: list[str]) -> None:
    assert verdict(tree, files) == (outcome, places)


def test_a_required_file() -> None:
    tree = {"kind": "file", "path": ["SECURITY.md"]}
    assert verdict(tree, {"a.py": ""}, side="require") == ("fail", [".:0"])
    counts_in = ["production", "documentation"]
    assert verdict(tree, {"SECURITY.md": "x"}, side="require", counts_in=counts_in) == ("pass", [])


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("*.py", "a/b.py", True),
        ("a/*.py", "a/b.py", True),
        ("a/*.py", "a/b/c.py", False),
        ("a/**/*.py", "a/b/c.py", True),
        ("a/**/*.py", "a/c.py", True),
        ("a/**", "a/b/c", True),
        ("*.py", "a.pyc", False),
        ("?.py", "ab.py", False),
        ("[a].py", "[a].py", True),
    ],
)
def test_globs(glob: str, path: str, matches: bool) -> None:
    assert glob_matches(glob, path) is matches


@pytest.mark.parametrize(
    "pattern",
    [
        r"password.{0,80}=",
        r"(\w+\.)+\w+",
        r"(?:[^\"\\]|\\.)*",
        r"\s*=\s*[\"'][^\"']+[\"']",
        r"^FROM\s+\S+:latest",
        r"(?:[a-z]+,)*x",
        r"https?://[^\s]{0,200}@[^\s]{0,200}\.example",
        r"(?:ab|cd)*",
        r".*=.*",
    ],
)
def test_safe_patterns_are_safe(pattern: str) -> None:
    assert why_runaway(pattern) == ""
    for line in ("a" * 4000, "=" * 4000, "a." * 2000, "\\" * 4000, " " * 4000, "http://@" * 500, "FROM " * 800):
        started = time.process_time()
        find_texts("x", line, [TextPattern((), "", pattern)], True)
        assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"(a+)+b", r"(?:\w|\d\d)*x", r"(a|aa)+b", r"(.*)*x", r".*.*.*x", r"(\s*\w*)*;", r"([a-z]+)*$", r".*=.*=.*="),
        *(r"(a?a)*b", r"(x+x+)+y", r"((a+)b?)*c", r"(?:\w+\s?)*!", r"(a*)*"),
        *("(", "[z-a]", "a{2,1}", "(?P<a>b)(?P<a>c)"),
    ],
)
def test_patterns_that_could_run_away_or_mean_nothing_are_refused(pattern: str) -> None:
    assert why_runaway(pattern)
    with pytest.raises(RuleError, match=r"acme\.yaml:\d+: detector text: pattern"):
        check_of({"kind": "text", "pattern": pattern})


def test_only_places_are_kept_and_long_lines_are_cut() -> None:
    one = TextPattern((), "", "k[a-z]{3}")
    text = "kabc\n" + " " * LONGEST_LINE + "kabc\n  kxyz\n"
    assert [(hit.line, hit.column) for hit in find_texts("x", text, [one], False)] == [(1, 1), (3, 3)]
    assert len(find_texts("x", "kabc\n" * 1000, [one], False)) == MOST_HITS


def test_gate_words_are_ascii() -> None:
    assert gate_words([TextPattern((), "straße", "x"), TextPattern((), "é", "x"), TextPattern((), "", "x")]) == (
        b"stra",
    )
    assert find_texts("x", "Straße x", [TextPattern((), "straße", "x")], True)


@given(st.text(), st.sampled_from(["", "a", "é"]))
def test_any_text_can_be_searched(text: str, literal: str) -> None:
    for hit in find_texts("a/b.py", text, [TextPattern(("*.py",), literal, r"\w+")], True):
        assert 1 <= hit.line <= text.count("\n") + 1


@given(st.text(max_size=30))
def test_any_pattern_is_judged(pattern: str) -> None:
    assert isinstance(why_runaway(pattern), str)

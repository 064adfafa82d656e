"""kinds: any-of, all-of, not and function, and how wrong trees are told."""

from __future__ import annotations

from typing import Any

import pytest

from readycheck.detectors.base import kinds
from readycheck.model import RuleError
from tests.detectors.helpers import check_of, rule_text, verdict

EVAL = {"kind": "python-call", "call": ["eval"]}
EXEC = {"kind": "python-call", "call": ["exec"]}


def test_every_kind_of_the_package_is_found() -> None:
    assert {"python-call", "python-assign", "python-sql", "setting", "secret", "text", "js-query"} <= kinds().keys()
    assert {"compose-service", "dockerfile", "kubernetes", "env-file", "git", "file"} <= kinds().keys()
    assert {"any-of", "all-of", "not", "function"} <= kinds().keys()


def test_any_of() -> None:
    tree = {"kind": "any-of", "of": [EVAL, EXEC]}
    assert verdict(tree, {"a.py": "eval('1')\n", "b.py": "\nexec('1')\n"}) == ("fail", ["a.py:1", "b.py:2"])
    assert verdict(tree, {"a.py": "x = 1\n"}) == ("not_applicable", [])


def test_all_of_counts_where_every_part_is_in_the_file() -> None:
    tree = {"kind": "all-of", "of": [EVAL, EXEC]}
    assert verdict(tree, {"a.py": "eval('1')\nexec('1')\n", "b.py": "eval('1')\n"}) == ("fail", ["a.py:1"])
    assert verdict(tree, {"a.py": "eval('1')\n", "b.py": "exec('1')\n"}) == ("pass", [])


def test_all_of_is_unknown_only_where_a_part_is() -> None:
    unsure = {"kind": "python-call", "call": ["exec"], "position": 0, "equals": "1"}
    tree = {"kind": "all-of", "of": [EVAL, unsure]}
    assert verdict(tree, {"a.py": "def f(x):\n    eval('1')\n    exec(x)\n"}) == ("unknown", [])
    assert verdict(tree, {"a.py": "def f(x):\n    exec(x)\n", "b.py": "eval('1')\n"}) == ("pass", [])


def test_not_asks_the_whole_project() -> None:
    tree = {"kind": "not", "of": EVAL, "at": ["main.py"]}
    assert verdict(tree, {"main.py": "x = 1\n", "b.py": "y = 1\n"}) == ("fail", ["main.py:0"])
    assert verdict(tree, {"main.py": "x = 1\n", "b.py": "eval('1')\n"}) == ("pass", [])
    assert verdict(tree, {"main.py": "x = 1\n", "tests/b.py": "eval('1')\n"}) == ("fail", ["main.py:0"])
    assert verdict(tree, {"b.py": "y = 1\n"}) == ("not_applicable", [])


def test_not_without_places_reports_where_it_was_looked_for() -> None:
    tree = {"kind": "not", "of": {"kind": "python-call", "call": ["make"], "argument": "safe", "equals": True}}
    assert verdict(tree, {"a.py": "make(safe=False)\nmake(safe=False)\n"})[1] == ["a.py:1", "a.py:2"]


def _line(tree: dict[str, Any], needle: str) -> int:
    lines = rule_text(tree).decode().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip().lstrip("- ").startswith(needle))


@pytest.mark.parametrize(
    ("tree", "message", "needle"),
    [
        ({"kind": "pyton-call", "call": ["a"]}, "no detector of kind 'pyton-call'", "kind: pyton"),
        ({"kind": "base"}, "no detector of kind 'base'", "kind: base"),
        ({"kind": "any_of", "of": [EVAL]}, "no detector of kind 'any_of'", "kind: any_of"),
        ({"kind": "../x"}, "no detector of kind", "kind: ../x"),
        ({"call": ["a"]}, "a detector needs a kind", "forbid:"),
        ({"kind": "text", "pattern": "("}, "detector text: pattern", "pattern:"),
        ({"kind": "text", "pattern": "x", "file": ["a"]}, "Extra inputs are not permitted", "file:"),
        ({"kind": "any-of", "of": []}, "a list of detectors is needed", "of:"),
        ({"kind": "any-of", "of": [EVAL, {"kind": "nope"}]}, "no detector of kind 'nope'", "kind: nope"),
        ({"kind": "not", "of": {"kind": "text", "pattern": "["}}, "detector text: pattern", "pattern:"),
        ({"kind": "function", "name": "nowhere"}, "no function detector 'nowhere'", "name: nowhere"),
        (
            {"kind": "python-call", "call": ["a"], "argument": "x", "equals": 1, "one_of": [2]},
            "only one condition",
            "forbid:",
        ),
        ({"kind": "compose-service", "key": "imag"}, "not a key that can be asked for", "key:"),
        ({"kind": "kubernetes", "field": "images"}, "not a field that can be asked for", "field:"),
        ({"kind": "dockerfile", "instruction": "US ER"}, "detector dockerfile: instruction", "instruction:"),
        ({"kind": "js-query", "call": ["a"], "binding": ["b"]}, "exactly one of call and binding", "forbid:"),
        ({"kind": "git", "path": []}, "detector git: path", "path:"),
    ],
)
def test_wrong_trees_name_the_file_and_the_line(tree: dict[str, Any], message: str, needle: str) -> None:
    with pytest.raises(RuleError) as caught:
        check_of(tree)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"acme.yaml:{_line(tree, needle)}: ")

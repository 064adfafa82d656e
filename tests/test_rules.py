"""Every example of every rule gets exactly the verdict and the places it states."""

from __future__ import annotations

import pytest

from readycheck.catalogue import Check, load_catalogue
from readycheck.detectors.base import load
from readycheck.rule import Example
from readycheck.selftest import check_example, run_examples
from tests.detectors.helpers import check_of

EXAMPLES = [(check, example) for check in load_catalogue().checks for example in check.rule.examples]


@pytest.mark.parametrize(
    ("check", "example"), EXAMPLES, ids=[f"{check.rule.id}-{example.title}" for check, example in EXAMPLES]
)
def test_example(check: Check, example: Example) -> None:
    assert check_example(check, example) == ""


EVAL = check_of({"kind": "python-call", "call": ["eval"]})


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        ({"passes": True}, "expected pass, got fail"),
        ({"fails_at": ["a.py:2"]}, "expected to fail at a.py:2, failed at a.py:1"),
        ({"fails_at": ["a.py:1", "a.py:3"]}, "failed at a.py:1"),
        ({"fails_at": ["a.py:1"]}, ""),
        ({"fails_at": ["a.py:1"], "evidence_at": ["a.py:9"]}, "no evidence at a.py:9; evidence is at no place"),
    ],
)
def test_a_wrong_example_is_told(stated: dict[str, object], problem: str) -> None:
    example = Example.model_validate({"title": "t", "files": {"a.py": "eval('1')\n"}, **stated})
    found = check_example(EVAL, example)
    assert problem in found
    assert bool(problem) is bool(found)


def test_failures_are_told_with_rule_and_title() -> None:
    from readycheck.catalogue import Catalogue

    failures, total = run_examples(Catalogue((EVAL,), "test"))
    assert total == 3
    assert len(failures) == 1
    assert failures[0].startswith("ACME001 “bad”: expected fail, got not_applicable")


SILENT = load({"kind": "python-call", "call": ["no_program_calls_this"]})


@pytest.mark.parametrize("check", load_catalogue().checks, ids=lambda check: str(check.rule.id))
def test_no_detector_can_vanish_unseen(check: Check) -> None:
    dead = Check(check.rule, dict.fromkeys(check.detectors, SILENT))
    assert any(check_example(dead, example) for example in check.rule.examples)

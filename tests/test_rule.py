"""The rule schema: what a rule file may say, and what it must."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import ValidationError

from readycheck.detectors.base import kinds
from readycheck.resources import data_dir
from readycheck.rule import Rule
from readycheck.rule_schema import rule_schema
from tests.detectors.helpers import rule_text

TREE: dict[str, Any] = {"kind": "python-call", "call": ["eval"]}
FAILING = {"title": "bad", "files": {"a.py": "eval('1')\n"}, "fails_at": ["a.py:1"]}
SILENT = {"title": "good", "files": {"a.py": "x = 1\n"}, "not_applicable": True}


def _data(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(rule_text(TREE, **changes))
    return data


def test_a_rule_is_frozen_and_knows_its_defaults() -> None:
    rule = Rule.model_validate(_data())
    assert rule.confidence.value == "high"
    assert [role.value for role in rule.counts_in] == ["production"]
    with pytest.raises(ValidationError):
        rule.title = "other"


@pytest.mark.parametrize(
    "change",
    [
        {"id": "acme1"},
        {"id": "TOOLONGWORD001"},
        {"name": "Not_kebab"},
        {"title": "  "},
        {"section": "misc"},
        {"severity": "blocker"},
        {"colour": "red"},
        {"detect": {}},
        {"detect": {"repo": {}}},
        {"detect": {"repo": {"forbid": TREE, "require": TREE}}},
        {"detect": {"cloud": {"forbid": TREE}}},
        {"fix": {"summary": "x", "effort": "huge"}},
        {"fix": {"summary": "x"}},
        {"sources": []},
        {"when": {"language": ["python"]}},
        {"examples": []},
        {"examples": [SILENT, SILENT, SILENT]},
        {"examples": [FAILING, SILENT]},
        {"examples": [{**FAILING, "passes": True}, SILENT, SILENT]},
        {"examples": [FAILING, SILENT, {"title": "no verdict", "files": {}}]},
        {"counts_in": ["everywhere"]},
    ],
)
def test_what_a_rule_may_not_say(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate(_data(**change))


def test_the_published_schema_lists_every_kind_and_accepts_every_shipped_rule() -> None:
    schema = rule_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    listed = {variant["$ref"].rpartition(" ")[2] for variant in schema["$defs"]["Detector"]["oneOf"]}
    assert listed == set(kinds())
    for folder in data_dir("rules").iterdir():
        for file in folder.iterdir() if folder.is_dir() else ():
            if file.name.endswith(".yaml"):
                problems = [error.message for error in validator.iter_errors(yaml.safe_load(file.read_bytes()))]
                assert not problems, (file.name, problems)


@pytest.mark.parametrize(
    "tree",
    [
        {"kind": "nope"},
        {"kind": "python-call"},
        {"kind": "python-call", "call": ["eval"], "colour": 1},
        {"kind": "any-of", "of": [{"kind": "nope"}]},
        {"kind": "not", "of": {"kind": "text"}},
    ],
)
def test_the_published_schema_refuses_wrong_trees(tree: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(rule_schema())
    assert validator.is_valid(_data())
    assert not validator.is_valid(_data(detect={"repo": {"forbid": tree}}))

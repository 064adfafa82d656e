"""What the guide to rules shows is what readycheck takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from readycheck.catalogue import Catalogue, parse_rule
from readycheck.detectors.base import Loaded, kinds, load
from readycheck.selftest import run_examples

GUIDE = (Path(__file__).parent.parent / "docs" / "rules.md").read_text(encoding="utf-8")
RULE, TREES = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)


def test_the_rule_of_the_guide_holds_what_it_says() -> None:
    check = parse_rule(RULE.encode(), "docs/rules.md")
    assert run_examples(Catalogue((check,), "docs")) == ([], 3)


@pytest.mark.parametrize("tree", yaml.safe_load(TREES), ids=lambda tree: str(tree["kind"]))
def test_the_detectors_of_the_guide_load(tree: dict[str, Any]) -> None:
    assert isinstance(load(tree), Loaded)


def test_the_guide_lists_every_kind_with_its_placeholders_and_parameters() -> None:
    rows = {}
    for names, parameters, placeholders in re.findall(r"^\| (`[^|]*) \| [^|]* \| ([^|]*) \| ([^|]*) \|$", GUIDE, re.M):
        for name in re.findall(r"`([^`]+)`", names):
            rows[name] = (
                set(re.findall(r"`(\w+)`", parameters)),
                set(" ".join(re.findall(r"`([^`]+)`", placeholders)).split()),
            )
    assert set(rows) == set(kinds())
    conditions = {"contains", "equals", "one_of", "matches", "present", "missing"}
    for kind, module in kinds().items():
        parameters, placeholders = rows[kind]
        fields = {field.alias or name for name, field in module.PARAMS.model_fields.items()}
        assert parameters == fields - (conditions if "equals" in fields else set()), kind
        if not hasattr(module, "placeholders"):
            assert placeholders == set(module.PLACEHOLDERS), kind

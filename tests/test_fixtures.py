"""The five systems: each `before` is broken at exactly the places it lists, each `after` is clean and proved."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from readycheck.catalogue import load_catalogue
from readycheck.model import CheckResult, Outcome
from readycheck.scan import scan

FIXTURES = Path(__file__).parent.parent / "fixtures"
SYSTEMS = sorted(path.parent.name for path in FIXTURES.glob("*/expected.yaml"))


@cache
def _results(system: str, version: str) -> dict[str, CheckResult]:
    report = scan(FIXTURES / system / version, load_catalogue(), jobs=1)
    assert not report.errors
    return {result.rule: result for result in report.results}


def _expected(system: str) -> dict[str, Any]:
    text = (FIXTURES / system / "expected.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def _places(result: CheckResult) -> set[str]:
    return {f"{f.path}:{f.line}" for f in result.findings if f.counts}


def _cases(version: str, kind: str) -> list[Any]:
    return [
        pytest.param(system, rule, places, id=f"{system}-{rule}")
        for system in SYSTEMS
        for rule, places in (_expected(system)[version].get(kind) or {}).items()
    ]


@pytest.mark.parametrize(("system", "rule", "places"), _cases("before", "fails"))
def test_before_fails_at(system: str, rule: str, places: list[str]) -> None:
    result = _results(system, "before")[rule]
    assert result.outcome is Outcome.FAIL
    assert set(places) <= _places(result)


@pytest.mark.parametrize(("system", "rule", "places"), _cases("before", "innocent"))
def test_before_is_silent_about_look_alikes(system: str, rule: str, places: list[str]) -> None:
    assert not set(places) & _places(_results(system, "before")[rule])


@pytest.mark.parametrize("system", SYSTEMS)
def test_after_is_clean(system: str) -> None:
    open_rules = {
        rule: sorted(_places(result))
        for rule, result in _results(system, "after").items()
        if result.outcome is Outcome.FAIL
    }
    assert open_rules == {}


@pytest.mark.parametrize(("system", "rule", "places"), _cases("after", "passes"))
def test_after_passes_with_proof(system: str, rule: str, places: list[str]) -> None:
    result = _results(system, "after")[rule]
    assert result.outcome is Outcome.PASS, result.reason
    assert set(places) <= {f"{e.path}:{e.line}" for e in result.evidence}

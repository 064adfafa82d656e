"""The published shape: exactly the members that were promised, valid by its own schema, and safe for strict parsers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from readycheck.model import NotScanned, Report, RuleFailure
from readycheck.report.json import render_json, report_schema
from tests.report.samples import each_outcome, empty_report, many_findings

TOP = ["schema_version", "created", "tool", "target", "score", "summary", "results", "not_scanned", "errors"]
RESULT = ["rule", "name", "title", "section", "severity", "outcome", "reason", "findings", "evidence"]
FINDING = [
    "path", "line", "column", "message", "confidence", "role", "target", "fingerprint", "counts", "chain",
]  # fmt: skip
SCORE = ["value", "uncapped", "grade", "level", "coverage", "capped_by", "sections", "scoring_version"]


def load(report: Report) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(render_json(report))
    return loaded


def test_the_members_and_their_order() -> None:
    found = load(each_outcome())
    assert list(found) == TOP
    assert list(found["tool"]) == ["name", "version", "catalogue"]
    assert list(found["target"]) == ["path", "commit", "compose", "endpoint", "files"]
    assert list(found["score"]) == SCORE
    assert all(list(result) == RESULT for result in found["results"])
    findings = [finding for result in found["results"] for finding in result["findings"]]
    assert all(list(finding) == FINDING for finding in findings)
    assert {tuple(step) for finding in findings for step in finding["chain"]} == {("path", "line", "text")}
    evidence = [proof for result in found["results"] for proof in result["evidence"]]
    assert {tuple(proof) for proof in evidence} == {("path", "line", "message", "connected_by")}


def test_values_are_plain() -> None:
    found = load(each_outcome())
    first = next(result for result in found["results"] if result["rule"] == "SEC001")
    assert (first["severity"], first["outcome"]) == ("critical", "fail")
    assert first["findings"][0]["path"] == "docker-compose.yml"
    assert [finding["counts"] for finding in first["findings"]] == [True, True, True, True, False]
    assert found["summary"] == {
        "pass": 2, "fail": 3, "partial": 1, "not_applicable": 1, "unknown": 2, "error": 1, "waived": 1, "attested": 1,
    }  # fmt: skip
    assert found["target"]["endpoint"] is None


@pytest.mark.parametrize("report", [empty_report(), each_outcome(), many_findings(2000)], ids=["empty", "each", "many"])
def test_it_is_valid_by_its_own_schema(report: Report) -> None:
    schema = report_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(load(report))


@pytest.mark.parametrize(
    "broken",
    [
        {"summary": {"pass": "many"}},
        {"schema_version": 2},
        {"results": [{"rule": "SEC001"}]},
        {"score": {"value": 101}},
        {"target": None},
    ],
)
def test_the_schema_refuses_what_is_wrong(broken: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(report_schema()).validate({**load(each_outcome()), **broken})


def test_two_renderings_are_the_same_bytes() -> None:
    assert render_json(each_outcome()) == render_json(each_outcome())


def test_the_summary_is_ordered_whatever_it_was() -> None:
    report = each_outcome()
    backwards = replace(report, summary=dict(sorted(report.summary.items(), reverse=True)))
    assert render_json(backwards) == render_json(report)


def test_odd_names_become_visible_text() -> None:
    odd = "na\udcffme\ud83d \\udcff \U0001f600 \x1b[31m\n"
    report = replace(empty_report(), not_scanned=(NotScanned(odd, "é"),), errors=(RuleFailure("A", odd),))
    text = render_json(report)
    assert text.isascii()
    assert text.encode().decode()
    found = json.loads(text)
    assert found["not_scanned"][0] == {"path": "na\\xffme\\ud83d \\udcff \U0001f600 \x1b[31m\n", "reason": "é"}


def test_one_result_a_line() -> None:
    report = each_outcome()
    lines = render_json(report).splitlines()
    assert sum(line.startswith('  {"rule"') for line in lines) == len(report.results) + len(report.errors)

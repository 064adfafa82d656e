"""Observations become outcomes: roles, fingerprints, merged targets, and rules that break."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from readycheck.audit import run
from readycheck.catalogue import Catalogue, Check
from readycheck.detectors.base import Loaded, Params
from readycheck.link.project import Listing, Project
from readycheck.model import (
    Absent,
    CheckResult,
    Confidence,
    Location,
    Match,
    Observation,
    Outcome,
    Role,
    Subject,
    Undecided,
)
from readycheck.scan import judge
from tests.detectors.helpers import check_of, result_of

TREE: dict[str, Any] = {"kind": "python-call", "call": ["eval"]}


def _observing(*seen: Observation, error: Exception | None = None) -> Loaded:
    """A detector that observes just this."""
    module = ModuleType("observing")

    def find(project: Project, params: Params, parameters: Mapping[str, Any]) -> Iterator[Observation]:
        yield from seen
        if error is not None:
            raise error

    module.find = find  # type: ignore[attr-defined]  # a module made by hand
    return Loaded(module, Params())


def _result(*seen: Observation, side: str = "forbid", error: Exception | None = None, **changes: Any) -> CheckResult:
    check = replace(check_of(TREE, side=side, **changes), detectors={"repo": _observing(*seen, error=error)})
    return run(Catalogue((check,), "test"), Project({}, Listing(frozenset()))).results[0]


HERE = Match(Location("a.py", 3), key="k")
FINE = Subject("it is fine", Location("a.py", 1))


@pytest.mark.parametrize(
    ("side", "seen", "outcome"),
    [
        ("forbid", (HERE, FINE), Outcome.FAIL),
        ("forbid", (HERE, Undecided("?")), Outcome.FAIL),
        ("forbid", (FINE, Undecided("?")), Outcome.UNKNOWN),
        ("forbid", (FINE,), Outcome.PASS),
        ("forbid", (Absent("none"),), Outcome.NOT_APPLICABLE),
        ("forbid", (), Outcome.NOT_APPLICABLE),
        ("forbid", (replace(HERE, counts=False), FINE), Outcome.PASS),
        ("forbid", (replace(HERE, role=Role.TEST), FINE), Outcome.PASS),
        ("forbid", (Match(Location("tests/test_a.py", 3)),), Outcome.NOT_APPLICABLE),
        ("require", (HERE, FINE), Outcome.PASS),
        ("require", (FINE,), Outcome.FAIL),
        ("require", (replace(HERE, counts=False), FINE), Outcome.FAIL),
        ("require", (Match(Location("tests/test_a.py", 3)), FINE), Outcome.FAIL),
        ("require", (FINE, Undecided("?")), Outcome.UNKNOWN),
        ("require", (Absent("none"),), Outcome.NOT_APPLICABLE),
        ("require", (Subject("somewhere"),), Outcome.UNKNOWN),
        ("require", (), Outcome.UNKNOWN),
    ],
)
def test_what_observations_amount_to(side: str, seen: tuple[Observation, ...], outcome: Outcome) -> None:
    assert _result(*seen, side=side).outcome is outcome


def test_findings_that_do_not_count_are_still_told() -> None:
    result = _result(Match(Location("tests/test_a.py", 3)), replace(HERE, counts=False, note="only a draft"), FINE)
    assert [(f.path, f.role.value, f.counts) for f in result.findings] == [
        ("a.py", "production", False),
        ("tests/test_a.py", "test", False),
    ]
    assert result.findings[0].message == "something is wrong (only a draft)"


def test_roles_that_a_rule_names_count() -> None:
    test = Match(Location("tests/test_a.py", 3))
    assert _result(test, counts_in=["production", "test"]).outcome is Outcome.FAIL


def test_reasons_and_evidence_are_told_with_their_places() -> None:
    doubt = _result(Undecided("who knows", Location("b.py", 7)), Undecided("who knows", Location("b.py", 7)))
    assert doubt.reason == "who knows (b.py:7)"
    fine = _result(*(Subject(f"look {n}", Location("a.py", n)) for n in range(1, 6)))
    assert fine.reason == "look 1; look 2; look 3; and 2 more"
    assert [(e.path, e.line) for e in fine.evidence] == [("a.py", n) for n in range(1, 6)]
    proof = _result(replace(HERE, note="it is wired", connected_by="main.py"), side="require")
    assert [(e.path, e.line, e.message, e.connected_by) for e in proof.evidence] == [
        ("a.py", 3, "it is wired", "main.py")
    ]


def test_the_weaker_of_two_confidences_is_told() -> None:
    assert _result(HERE, confidence="medium").findings[0].confidence is Confidence.MEDIUM
    assert _result(replace(HERE, confidence=Confidence.LOW)).findings[0].confidence is Confidence.LOW


def test_a_rule_that_raises_is_an_error_and_the_others_are_judged() -> None:
    broken = replace(check_of(TREE), detectors={"repo": _observing(HERE, error=ValueError("the text of a secret"))})
    fine = replace(check_of(TREE, id="ACME002"), detectors={"repo": _observing(FINE)})
    audit = run(Catalogue((broken, fine), "test"), Project({}, Listing(frozenset())))
    assert [result.outcome for result in audit.results] == [Outcome.ERROR, Outcome.PASS]
    assert [(e.rule, e.message.split(" in ")[0]) for e in audit.errors] == [("ACME001", "ValueError")]
    assert "secret" not in repr(audit)


def test_fingerprints_survive_moved_lines_and_tell_twins_apart() -> None:
    code = "eval('1')\neval('2')\n"
    before = result_of(TREE, {"a.py": code})
    moved = result_of(TREE, {"a.py": "# a comment\n\n" + code})
    assert [f.line for f in before.findings] == [1, 2]
    assert [f.line for f in moved.findings] == [3, 4]
    assert [f.fingerprint for f in before.findings] == [f.fingerprint for f in moved.findings]
    assert len({f.fingerprint for f in before.findings}) == 2
    elsewhere = result_of(TREE, {"b.py": code})
    assert not {f.fingerprint for f in before.findings} & {f.fingerprint for f in elsewhere.findings}


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ({"framework": ["flask", "django"]}, "no flask or django application in this project"),
        ({"python_imports": ["sqlalchemy"]}, "no Python module imports sqlalchemy"),
        ({"js_imports": ["express"]}, "no JavaScript module imports express"),
        ({"files": ["*.tf"]}, "no file matches *.tf"),
        ({"uses_service": ["redis"]}, "no redis in this project"),
        ({"framework": ["fastapi"], "python_imports": ["fastapi"], "files": ["*.py"]}, ""),
    ],
)
def test_conditions_of_a_rule(when: dict[str, list[str]], reason: str) -> None:
    files = {"main.py": "from fastapi import FastAPI\napp = FastAPI()\neval('1')\n"}
    result = result_of(TREE, files, when=when)
    assert result.outcome is (Outcome.NOT_APPLICABLE if reason else Outcome.FAIL)
    assert result.reason == (reason or "1 place in 1 file")


def test_a_target_that_was_not_looked_at_is_unknown() -> None:
    check = check_of(TREE, detect={"endpoint": {"forbid": TREE}})
    _, audit = judge({"a.py": b"eval('1')\n"}, Catalogue((check,), "test"))
    assert audit.results[0].outcome is Outcome.UNKNOWN
    assert "endpoint" in audit.results[0].reason


def test_the_worst_target_decides_and_all_findings_are_told() -> None:
    both = {
        "repo": {"forbid": TREE},
        "compose": {"forbid": {"kind": "compose-service", "key": "user", "missing": True}},
    }
    files = {"a.py": "eval('1')\n", "compose.yaml": "services:\n  db:\n    image: x:1\n"}
    result = result_of(TREE, files, detect=both)
    assert [(f.path, f.line, f.target) for f in result.findings] == [
        ("a.py", 1, "repo"),
        ("compose.yaml", 2, "compose"),
    ]
    assert result_of(TREE, {"compose.yaml": files["compose.yaml"]}, detect=both).outcome is Outcome.FAIL


def test_checks_are_answered_in_the_order_of_the_catalogue() -> None:
    checks = tuple(check_of(TREE, id=f"ACME00{n}") for n in (1, 2, 3))
    _, audit = judge({}, Catalogue(checks, "test"))
    assert [result.rule for result in audit.results] == ["ACME001", "ACME002", "ACME003"]
    assert all(isinstance(check, Check) for check in checks)

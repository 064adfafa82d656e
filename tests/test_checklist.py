"""The score keeps its promises: repairing never lowers it, not looking lowers only the coverage, caps name holders."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.checklist import SCORING_VERSION, SECTIONS, gains, rule_value, score, section_of
from readycheck.model import CheckResult, Confidence, Evidence, Finding, Outcome, Role, Severity

UNDECIDED = (Outcome.UNKNOWN, Outcome.ERROR)


def finding(line: int = 1, *, counts: bool = True) -> Finding:
    return Finding("app.py", line, 1, "broken", Confidence.HIGH, Role.PRODUCTION, "repo", f"f{line}", counts)


def result(
    rule: str,
    outcome: Outcome,
    severity: Severity = Severity.MEDIUM,
    section: str = "secrets",
    *,
    good: int = 0,
    bad: int = 0,
    uncounted: int = 0,
) -> CheckResult:
    findings = [finding(line) for line in range(1, bad + 1)]
    findings += [finding(line, counts=False) for line in range(bad + 1, bad + uncounted + 1)]
    evidence = tuple(Evidence("app.py", line, "fine") for line in range(1, good + 1))
    return CheckResult(rule, rule.lower(), rule, section, severity, outcome, "because", tuple(findings), evidence)


@st.composite
def results_of(draw: st.DrawFn) -> list[CheckResult]:
    size = draw(st.integers(0, 25))
    return [
        result(
            f"R{number:03}",
            draw(st.sampled_from(Outcome)),
            draw(st.sampled_from(Severity)),
            draw(st.sampled_from([*SECTIONS, "our-own"])),
            good=draw(st.integers(0, 4)),
            bad=draw(st.integers(0, 4)),
        )
        for number in range(size)
    ]


def with_outcome(old: CheckResult, outcome: Outcome) -> CheckResult:
    return CheckResult(
        old.rule, old.name, old.title, old.section, old.severity, outcome, old.reason, old.findings, old.evidence
    )


def test_the_weights_of_the_sections_make_a_hundred() -> None:
    assert sum(section.weight for section in SECTIONS.values()) == 100
    assert all(key == section.key for key, section in SECTIONS.items())


def test_a_foreign_section_has_a_title_and_a_small_weight() -> None:
    assert section_of("our-own").title == "Our own"
    assert section_of("our-own").weight == 2


def test_nothing_at_all() -> None:
    empty = score([])
    assert (empty.value, empty.uncapped, empty.grade, empty.level, empty.coverage) == (0, 0, "none", "none", 0.0)
    assert empty.capped_by == ()
    assert empty.sections == {}
    assert empty.scoring_version == SCORING_VERSION
    assert gains([]) == ()


def test_nothing_decided_is_not_measured() -> None:
    found = score([result("A", Outcome.UNKNOWN), result("B", Outcome.NOT_APPLICABLE, section="tls")])
    assert found.grade == "none"
    assert found.sections["secrets"].value is None
    assert found.sections["tls"].value is None
    assert (found.sections["secrets"].applicable, found.sections["tls"].applicable) == (1, 0)


def test_section_value_is_the_weighted_share_rounded_down() -> None:
    found = score(
        [
            result("A", Outcome.PASS, Severity.CRITICAL),
            result("B", Outcome.FAIL, Severity.LOW),
            result("C", Outcome.PASS, Severity.MEDIUM),
        ]
    )
    assert found.sections["secrets"].value == 85.7
    assert found.value == 85
    section = found.sections["secrets"]
    assert (section.passed, section.failed, section.decided, section.applicable) == (2, 1, 3, 3)


def test_sections_are_averaged_before_they_are_added() -> None:
    many = [result(f"O{number}", Outcome.PASS, section="observability") for number in range(25)]
    found = score([*many, result("I", Outcome.FAIL, section="injection")])
    assert found.uncapped == 47  # 8 * 100 / (8 + 9), however many rules observability has


@pytest.mark.parametrize(
    ("severity", "good", "bad", "expected"),
    [
        (Severity.MEDIUM, 3, 1, 0.75),
        (Severity.LOW, 1, 1, 0.5),
        (Severity.MEDIUM, 0, 0, 0),
        (Severity.HIGH, 9, 1, 0),
        (Severity.CRITICAL, 9, 1, 0),
    ],
)
def test_only_medium_and_low_earn_parts(severity: Severity, good: int, bad: int, expected: float) -> None:
    assert rule_value(result("A", Outcome.PARTIAL, severity, good=good, bad=bad, uncounted=5)) == expected


@pytest.mark.parametrize(
    ("broken", "cap", "holders"),
    [
        ([Severity.CRITICAL], 49, ("B0",)),
        ([Severity.HIGH], 79, ("B0",)),
        ([Severity.HIGH, Severity.HIGH], 79, ("B0", "B1")),
        ([Severity.HIGH, Severity.HIGH, Severity.HIGH], 69, ("B0", "B1", "B2")),
        ([Severity.HIGH, Severity.CRITICAL, Severity.HIGH, Severity.HIGH], 49, ("B1",)),
        ([Severity.MEDIUM], 95, ()),
    ],
)
def test_caps_name_the_rules_that_hold_them(broken: list[Severity], cap: int, holders: tuple[str, ...]) -> None:
    good = [result(f"A{number}", Outcome.PASS, Severity.CRITICAL) for number in range(10)]
    bad = [result(f"B{number}", Outcome.FAIL, severity) for number, severity in enumerate(broken)]
    found = score(good + bad)
    assert found.value == cap
    assert found.capped_by == holders


def test_a_cap_above_the_score_holds_nothing() -> None:
    found = score([result("A", Outcome.FAIL, Severity.CRITICAL), result("B", Outcome.PASS, Severity.LOW)])
    assert (found.value, found.uncapped, found.capped_by) == (20, 20, ())


def test_a_partial_critical_is_open() -> None:
    found = score(
        [*[result(f"A{n}", Outcome.PASS) for n in range(30)], result("B", Outcome.PARTIAL, Severity.CRITICAL, good=5)]
    )
    assert (found.value, found.capped_by, found.level) == (49, ("B",), "none")


@pytest.mark.parametrize(
    ("passes", "fails", "unknowns", "grade", "level"),
    [
        (100, 0, 0, "A+", "Gold"),
        (100, 0, 11, "A+", "Gold"),
        (100, 0, 12, "A", "Silver"),
        (99, 1, 0, "A", "Silver"),
        (90, 10, 0, "A", "Silver"),
        (89, 11, 0, "B", "Silver"),
        (70, 30, 0, "C", "Silver"),
        (60, 40, 0, "D", "Silver"),
        (59, 41, 0, "F", "Silver"),
        (100, 0, 66, "A", "Bronze"),
        (100, 0, 67, "B (provisional)", "Bronze"),
        (70, 30, 70, "C (provisional)", "Bronze"),
        (50, 50, 70, "F (provisional)", "Bronze"),
    ],
)
def test_grades_and_levels(passes: int, fails: int, unknowns: int, grade: str, level: str) -> None:
    outcomes = [Outcome.PASS] * passes + [Outcome.FAIL] * fails + [Outcome.UNKNOWN] * unknowns
    found = score([result(f"R{number}", outcome) for number, outcome in enumerate(outcomes)])
    assert (found.grade, found.level) == (grade, level)


def test_a_plus_allows_open_low_only() -> None:
    good = [result(f"A{number}", Outcome.PASS, Severity.CRITICAL) for number in range(20)]
    assert score([*good, result("B", Outcome.FAIL, Severity.LOW)]).grade == "A+"
    assert score([*good, result("B", Outcome.FAIL, Severity.MEDIUM)]).grade == "A"


def test_attested_counts_as_good() -> None:
    assert score([result("A", Outcome.ATTESTED)]).value == 100


def test_gains_come_in_the_order_of_what_helps_most() -> None:
    found = gains(
        [
            result("A", Outcome.PASS, Severity.CRITICAL, "secrets"),
            result("B", Outcome.FAIL, Severity.MEDIUM, "secrets"),
            result("C", Outcome.PASS, Severity.MEDIUM, "docs"),
            result("D", Outcome.PARTIAL, Severity.MEDIUM, "docs", good=1, bad=1),
            result("E", Outcome.WAIVED, Severity.MEDIUM, "docs"),
        ]
    )
    assert found == (("B", 29.2), ("D", 2.1))


def test_gains_of_a_critical_count_the_lifted_cap() -> None:
    good = [result(f"A{number}", Outcome.PASS, Severity.CRITICAL) for number in range(18)]
    bad = [result("C", Outcome.FAIL, Severity.CRITICAL), result("M", Outcome.FAIL, Severity.MEDIUM)]
    found = dict(gains(good + bad))
    assert found["C"] == pytest.approx(48.4)
    assert found["M"] == 0


def test_gains_hidden_by_a_cap_fall_back_to_the_uncapped_score_with_the_holders_first() -> None:
    good = [result(f"A{number}", Outcome.PASS, Severity.CRITICAL) for number in range(18)]
    bad = [
        result("C1", Outcome.FAIL, Severity.CRITICAL),
        result("C2", Outcome.FAIL, Severity.CRITICAL),
        result("T1", Outcome.FAIL, Severity.MEDIUM, "tls"),
        result("T2", Outcome.PASS, Severity.MEDIUM, "tls"),
    ]
    found = gains(good + bad)
    assert [rule for rule, _ in found] == ["C1", "C2", "T1"]
    assert found[0][1] > 0
    assert found[2][1] > found[0][1]


@given(results_of())
def test_bounds(results: list[CheckResult]) -> None:
    found = score(results)
    assert 0 <= found.value <= found.uncapped <= 100
    assert 0 <= found.coverage <= 1
    assert bool(found.capped_by) == (found.value < found.uncapped)
    assert all(section.value is None or 0 <= section.value <= 100 for section in found.sections.values())
    assert all(points >= 0 for _, points in gains(results))


@given(results_of(), st.randoms(use_true_random=False))
def test_order_does_not_matter(results: list[CheckResult], random: Random) -> None:
    shuffled = list(results)
    random.shuffle(shuffled)
    assert score(shuffled) == score(results)
    assert list(score(shuffled).sections) == list(score(results).sections)
    assert gains(shuffled) == gains(results)


@given(results_of(), st.data())
def test_repairing_never_lowers_the_score(results: list[CheckResult], data: st.DataObject) -> None:
    broken = [n for n, r in enumerate(results) if r.outcome in {Outcome.FAIL, Outcome.PARTIAL, Outcome.WAIVED}]
    if not broken:
        return
    chosen = data.draw(st.sampled_from(broken))
    before, after = (
        score(results),
        score([with_outcome(r, Outcome.PASS) if n == chosen else r for n, r in enumerate(results)]),
    )
    assert after.value >= before.value
    assert after.uncapped >= before.uncapped
    assert after.coverage == before.coverage
    ladder = ["none", "Bronze", "Silver", "Gold"]
    assert ladder.index(after.level) >= ladder.index(before.level)


@given(results_of(), st.sampled_from(Severity), st.sampled_from(list(SECTIONS)))
def test_not_applicable_changes_nothing(results: list[CheckResult], severity: Severity, section: str) -> None:
    before, after = score(results), score([*results, result("ZZZ", Outcome.NOT_APPLICABLE, severity, section)])
    assert (after.value, after.coverage, after.grade, after.level) == (
        before.value,
        before.coverage,
        before.grade,
        before.level,
    )


@given(results_of(), st.sampled_from(UNDECIDED), st.sampled_from(Severity), st.sampled_from(list(SECTIONS)))
def test_undecided_lowers_the_coverage_only(
    results: list[CheckResult], outcome: Outcome, severity: Severity, section: str
) -> None:
    before, after = score(results), score([*results, result("ZZZ", outcome, severity, section)])
    assert (after.value, after.uncapped, after.capped_by) == (before.value, before.uncapped, before.capped_by)
    assert after.coverage <= before.coverage


@given(results_of())
def test_a_waiver_does_not_raise_the_score(results: list[CheckResult]) -> None:
    waived = [with_outcome(r, Outcome.WAIVED) if r.outcome is Outcome.FAIL else r for r in results]
    assert score(waived) == score(results)

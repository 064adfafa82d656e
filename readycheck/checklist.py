"""The score: sections, weights, caps, grade and level. A pure function of the results.

What a reader may rely on: fixing something never lowers the score, what could not be looked at lowers the coverage and
not the score, and what does not apply changes nothing. All arithmetic is exact and rounds down, so 99.96 is never 100.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from readycheck.model import CheckResult, Outcome, Score, SectionScore, Severity

SCORING_VERSION = 1


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of the checklist: its weight is its share of the overall score."""

    key: str
    title: str
    weight: int


SECTIONS: Mapping[str, Section] = {
    section.key: section
    for section in (
        Section("secrets", "Secrets", 14),
        Section("auth", "Authentication", 11),
        Section("tls", "Transport", 8),
        Section("web-security", "Web security", 9),
        Section("injection", "Injection", 9),
        Section("data", "Data stores", 8),
        Section("containers", "Containers", 7),
        Section("observability", "Observability", 8),
        Section("backup", "Backup", 7),
        Section("deploy", "Deploy & rollback", 6),
        Section("testing", "Testing", 4),
        Section("config", "Configuration", 3),
        Section("resilience", "Resilience", 2),
        Section("compliance", "Compliance", 2),
        Section("docs", "Documentation", 2),
    )
}

FOREIGN_SECTION_WEIGHT = 2  # a section that only a user's own rules have: counts, but drowns nothing

WEIGHTS: Mapping[Severity, Fraction] = {
    Severity.CRITICAL: Fraction(10),
    Severity.HIGH: Fraction(15, 2),
    Severity.MEDIUM: Fraction(5),
    Severity.LOW: Fraction(5, 2),
    Severity.INFO: Fraction(0),
}

CRITICAL_CAP = 49
SEVERAL_HIGH_CAP = 69
HIGH_CAP = 79
SEVERAL = 3

_ONE, _NONE = Fraction(1), Fraction(0)
_GOOD = frozenset({Outcome.PASS, Outcome.ATTESTED})
_OPEN = frozenset({Outcome.FAIL, Outcome.PARTIAL, Outcome.WAIVED})
_IN_PARTS = frozenset({Severity.MEDIUM, Severity.LOW, Severity.INFO})
_GRADES = ((90, "A"), (80, "B"), (70, "C"), (60, "D"))
_PROVISIONAL_BELOW = Fraction(60, 100)
_SILVER_COVERAGE = Fraction(70, 100)
_GOLD_COVERAGE = Fraction(90, 100)


def section_of(key: str) -> Section:
    """The section with this key; one that the checklist does not know gets a readable title and a small weight."""
    return SECTIONS.get(key) or Section(key, key.replace("-", " ").capitalize(), FOREIGN_SECTION_WEIGHT)


def is_open(result: CheckResult) -> bool:
    """Whether the defect is still there. A waiver silences the gate; it repairs nothing, so it is still open."""
    return result.outcome in _OPEN


def is_decided(result: CheckResult) -> bool:
    """Whether the rule got an answer; unknown and error are no answers."""
    return result.outcome in _GOOD or result.outcome in _OPEN


def rule_value(result: CheckResult) -> Fraction:
    """What a decided rule earns, 0 to 1. Half of a serious control is no control, so only medium and low earn parts."""
    if result.outcome in _GOOD:
        return _ONE
    if result.outcome is Outcome.PARTIAL and result.severity in _IN_PARTS:
        good = len(result.evidence)
        bad = sum(1 for finding in result.findings if finding.counts)
        return Fraction(good, good + bad) if good + bad else _NONE
    return _NONE


def score(results: Sequence[CheckResult]) -> Score:
    """The whole score of these results, whatever their order."""
    applicable = [result for result in results if result.outcome is not Outcome.NOT_APPLICABLE]
    decided = [result for result in applicable if is_decided(result)]
    tallies = _tallies(results)
    exact = _overall(tallies.values())
    uncapped = int(exact)
    opened = Counter(result.severity for result in decided if is_open(result))
    cap, holders = _cap(opened)
    capped = cap is not None and uncapped > cap
    value = min(uncapped, cap) if cap is not None else uncapped
    coverage = _ratio(_weight(decided), _weight(applicable))
    measured = any(tally.total for tally in tallies.values())
    return Score(
        value=value,
        uncapped=uncapped,
        grade=_grade(value, coverage, opened) if measured else "none",
        level=_level(coverage, opened) if measured else "none",
        coverage=int(coverage * 10000) / 10000,
        capped_by=tuple(sorted({r.rule for r in decided if is_open(r) and r.severity in holders})) if capped else (),
        sections={key: tally.section_score(section_of(key).weight) for key, tally in tallies.items()},
        scoring_version=SCORING_VERSION,
    )


def gains(results: Sequence[CheckResult]) -> tuple[tuple[str, float], ...]:
    """What repairing each failing rule alone would add to the score: the order in which to work, best first.

    A cap often hides every single gain (two open criticals: repairing one changes nothing yet). Then the points are
    those of the uncapped score, and the rules that hold the cap come first. Waived rules are left out.
    """
    rows = _repairs(results)
    hidden = not any(row.seen for row in rows)
    rows.sort(key=lambda row: (-row.seen, not row.holds, -row.uncapped, -row.severity.rank, row.rule))
    return tuple((row.rule, float(round(row.uncapped if hidden else row.seen, 1))) for row in rows)


def cap_hides_gains(results: Sequence[CheckResult]) -> bool:
    """Whether no single repair moves the score, so that `gains` speaks of the score before its cap."""
    rows = _repairs(results)
    return any(row.uncapped for row in rows) and not any(row.seen for row in rows)


@dataclass(frozen=True, slots=True)
class _Repair:
    """What repairing one rule alone would add: to the score as it is seen, and to the score before any cap."""

    rule: str
    severity: Severity
    seen: Fraction
    uncapped: Fraction
    holds: bool


def _repairs(results: Sequence[CheckResult]) -> list[_Repair]:
    tallies = _tallies(results)
    opened = Counter(result.severity for result in results if is_open(result))
    before = _overall(tallies.values())
    capped = _capped(before, opened)
    holders = _cap(opened)[1] if capped < before else frozenset()
    rows = []
    for result in results:
        if result.outcome in {Outcome.FAIL, Outcome.PARTIAL}:
            repaired = {**tallies, result.section: tallies[result.section].repaired(result)}
            after = _overall(repaired.values())
            seen = _capped(after, opened - Counter([result.severity])) - capped
            rows.append(_Repair(result.rule, result.severity, seen, after - before, result.severity in holders))
    return rows


@dataclass(frozen=True, slots=True)
class _Tally:
    """The running sums of one section."""

    weight: int
    earned: Fraction = _NONE
    total: Fraction = _NONE
    passed: int = 0
    decided: int = 0
    applicable: int = 0

    def plus(self, result: CheckResult) -> _Tally:
        if result.outcome is Outcome.NOT_APPLICABLE:
            return self
        if not is_decided(result):
            return replace(self, applicable=self.applicable + 1)
        weight = WEIGHTS[result.severity]
        return replace(
            self,
            earned=self.earned + weight * rule_value(result),
            total=self.total + weight,
            passed=self.passed + (result.outcome in _GOOD),
            decided=self.decided + 1,
            applicable=self.applicable + 1,
        )

    def repaired(self, result: CheckResult) -> _Tally:
        return replace(self, earned=self.earned + WEIGHTS[result.severity] * (1 - rule_value(result)))

    @property
    def share(self) -> Fraction:
        return self.earned / self.total

    def section_score(self, weight: int) -> SectionScore:
        value = int(self.share * 1000) / 10 if self.total else None
        failed = self.decided - self.passed
        return SectionScore(value, weight, self.passed, failed, self.decided, self.applicable)


def _tallies(results: Sequence[CheckResult]) -> dict[str, _Tally]:
    """One tally for each section that has a rule here, in the order of the checklist."""
    keys = {result.section for result in results}
    ordered = [key for key in SECTIONS if key in keys] + sorted(keys - SECTIONS.keys())
    tallies = {key: _Tally(section_of(key).weight) for key in ordered}
    for result in results:
        tallies[result.section] = tallies[result.section].plus(result)
    return tallies


def _overall(tallies: Iterable[_Tally]) -> Fraction:
    """0 to 100 over the sections that were measured; sections are averaged first, so many small rules drown nothing."""
    measured = [tally for tally in tallies if tally.total]
    return 100 * _ratio(sum((t.weight * t.share for t in measured), _NONE), Fraction(sum(t.weight for t in measured)))


def _cap(opened: Mapping[Severity, int]) -> tuple[int | None, frozenset[Severity]]:
    """The highest score that these open defects allow, and the severity of the rules that hold it there."""
    if opened.get(Severity.CRITICAL):
        return CRITICAL_CAP, frozenset({Severity.CRITICAL})
    high = opened.get(Severity.HIGH, 0)
    if high:
        return (SEVERAL_HIGH_CAP if high >= SEVERAL else HIGH_CAP), frozenset({Severity.HIGH})
    return None, frozenset()


def _capped(value: Fraction, opened: Mapping[Severity, int]) -> Fraction:
    cap = _cap(opened)[0]
    return value if cap is None else min(value, Fraction(cap))


def _grade(value: int, coverage: Fraction, opened: Mapping[Severity, int]) -> str:
    """A letter; with too little decided it is provisional and at most B."""
    letter = next((grade for least, grade in _GRADES if value >= least), "F")
    if coverage < _PROVISIONAL_BELOW:
        return f"{max(letter, 'B')} (provisional)"
    serious = opened.get(Severity.CRITICAL) or opened.get(Severity.HIGH) or opened.get(Severity.MEDIUM)
    return "A+" if value >= 97 and coverage >= _GOLD_COVERAGE and not serious else letter


def _level(coverage: Fraction, opened: Mapping[Severity, int]) -> str:
    """The ladder that answers "what next?"."""
    if opened.get(Severity.CRITICAL):
        return "none"
    if opened.get(Severity.HIGH) or coverage < _SILVER_COVERAGE:
        return "Bronze"
    return "Silver" if opened.get(Severity.MEDIUM) or coverage < _GOLD_COVERAGE else "Gold"


def _weight(results: Iterable[CheckResult]) -> Fraction:
    return sum((WEIGHTS[result.severity] for result in results), _NONE)


def _ratio(part: Fraction, whole: Fraction) -> Fraction:
    return part / whole if whole else _NONE

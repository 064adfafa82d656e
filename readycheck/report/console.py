"""The report for a person at a terminal: are we ready, what stops us, what to do first, and how sure is this."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from readycheck.checklist import cap_hides_gains, gains, section_of
from readycheck.model import CheckResult, Finding, Outcome, Report, Severity
from readycheck.report import words
from readycheck.report.paper import Paper, Part

Frame = Callable[[str, int], list[str] | None]
Fixes = Mapping[str, tuple[str, str]]

WORST_PLACES = 3
DETAILED_RULES = 25  # beyond these a rule is one line: the report folds, it does not flood
FIRST_STEPS = 5
BAR = 10
TITLE_LINE = 110  # where the number of places ends on a wide terminal: further right the eye loses the line

_SEVERITY_STYLE = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_VERDICT_STYLE = {"NOT READY": "bold white on red", "READY": "bold green"}
_PROVED = frozenset({Outcome.PASS, Outcome.ATTESTED})
_EXPLAINED = (Outcome.PASS, Outcome.ATTESTED, Outcome.WAIVED, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE)


def render_console(
    report: Report,
    *,
    width: int = 80,
    color: bool = False,
    unicode: bool = True,
    quiet: bool = False,
    verbose: bool = False,
    fixes: Fixes | None = None,
    frame: Frame | None = None,
) -> str:
    """The report as lines that fit `width`.

    `fixes` gives for a rule what to do and how much work it is; `frame` the lines round a place, already redacted.
    """
    page = _Page(report, Paper(width, color=color, unicode=unicode), verbose, fixes or {}, frame)
    page.verdict(short=quiet)
    if quiet:
        page.rule_lines()
    else:
        page.sections()
        page.first_steps()
        page.failing()
        page.rest()
        page.hints()
    return page.paper.read()


@dataclass(frozen=True, slots=True)
class _Page:
    """One report on its way to paper."""

    report: Report
    paper: Paper
    verbose: bool
    fixes: Fixes
    frame: Frame | None

    def having(self, *outcomes: Outcome) -> list[CheckResult]:
        return [result for result in self.report.results if result.outcome in outcomes]

    def worst_first(self) -> list[CheckResult]:
        return sorted(self.having(*words.FAILING), key=lambda result: -result.severity.rank)

    def verdict(self, *, short: bool) -> None:
        """Are we ready, what holds the score down, how sure is this."""
        found, put = self.report.score, self.paper.add
        if not short:
            tool = self.report.tool
            put((f"{tool.name} {tool.version}", "bold"), f" · {words.subject(self.report)}", hang=2)
            self.paper.blank()
        word = words.verdict(self.report)
        level = f"    level {found.level}" if found.level != "none" else ""
        measured = f"    {found.value} / 100    grade {found.grade}{level}"
        style = _VERDICT_STYLE.get(word, "bold yellow")
        put((word, style), (measured if found.grade != "none" else "", "bold"), indent=2, hang=2)
        if found.capped_by:
            put(words.cap_reason(self.report), indent=2, hang=2)
        put(words.counts(self.report), indent=2, hang=2)

    def sections(self) -> None:
        """A bar for each section that was measured, in as many columns as fit, read downwards."""
        measured = [(key, s.value) for key, s in self.report.score.sections.items() if s.value is not None]
        self.paper.blank()
        if measured:
            titles = max(self.paper.size(section_of(key).title) for key, _ in measured)
            cell = titles + BAR + 6
            columns = max(1, (self.paper.width - 2 + 4) // (cell + 4))
            rows = -(-len(measured) // columns)
            for row in range(rows):
                parts: list[Part] = []
                for key, value in measured[row::rows]:
                    parts += ["    "] if parts else []
                    parts += [self.paper.fit(section_of(key).title, titles), "  ", *_bar(value)]
                self.paper.add(*parts, indent=2)
        missing = [section_of(key).title for key, s in self.report.score.sections.items() if s.value is None]
        if missing:
            self.paper.add((f"Not measured: {', '.join(missing)}", "dim"), indent=2, hang=2)

    def first_steps(self) -> None:
        """What raises the score most, by re-scoring."""
        worth = {result.rule: result for result in self.having(*words.FAILING) if result.severity is not Severity.INFO}
        rows = [row for row in gains(self.report.results) if row[0] in worth][:FIRST_STEPS]
        if not rows:
            return
        known = max(self.paper.size(rule) for rule, _ in rows)
        hidden = cap_hides_gains(self.report.results)
        note = "points before the cap: no single repair lifts it" if hidden else "and the points that each adds"
        self.paper.blank()
        self.paper.add(("Do these first", "bold"), (f"   ({note})", "dim"), indent=2, hang=2)
        for number, (rule, points) in enumerate(rows, 1):
            summary, effort = self.fixes.get(rule, (worth[rule].title, ""))
            self.paper.add(
                f"{number}  ", (self.paper.fit(rule, known), "bold"), "  ", (f"{_points(points):>5}", "green"),
                f"  {summary}", (f"  [effort {effort}]" if effort else "", "dim"), indent=3, hang=12 + known,
            )  # fmt: skip

    def rule_lines(self) -> None:
        for result in self.worst_first():
            self.title_line(result)

    def failing(self) -> None:
        """The failing rules, worst first; the first ones with places, the chain and the code, the rest as one line."""
        results = self.worst_first()
        for number, result in enumerate(results):
            detailed = self.verbose or number < DETAILED_RULES
            if detailed or number == DETAILED_RULES:
                self.paper.blank()
            self.title_line(result)
            if detailed:
                self.places(result)

    def title_line(self, result: CheckResult) -> None:
        """A rule in one line, the number of places at the right."""
        tail = words.places(result)
        label = f"{result.severity.value.upper():<8}  {result.rule}  "
        taken = self.paper.size(label) + self.paper.size(result.title) + self.paper.size(tail)
        style = _SEVERITY_STYLE[result.severity]
        if tail and taken + 2 > self.paper.width:
            self.paper.add((label, style), (result.title, "bold"), hang=10)
            self.paper.add((tail, "dim"), indent=10)
            return
        gap = " " * max(2, min(self.paper.width, TITLE_LINE) - taken) if tail else ""
        self.paper.add((label, style), (result.title, "bold"), (f"{gap}{tail}", "dim"), hang=10)

    def places(self, result: CheckResult) -> None:
        """The worst places of a rule, or its reason where it has none."""
        if not result.findings:
            self.paper.add(result.reason, indent=3, hang=2)
            return
        ordered = sorted(result.findings, key=words.badness)
        shown = ordered if self.verbose else ordered[:WORST_PLACES]
        for number, finding in enumerate(shown):
            self.place(finding, with_code=self.verbose or number == 0)
        if len(ordered) > len(shown):
            self.paper.add((f"… {len(ordered) - len(shown):,} more (--verbose)", "dim"), indent=3)

    def place(self, finding: Finding, *, with_code: bool) -> None:
        tags = words.tags(finding)
        at = words.where(finding.path, finding.line)
        self.paper.add((at, "bold"), f"  {finding.message}", (f"  [{tags}]" if tags else "", "dim"), indent=3, hang=2)
        lines = self.frame(finding.path, finding.line) if self.frame and with_code and finding.line else None
        for line in lines or ():
            self.paper.cut((line.rstrip("\r\n").expandtabs(4), "dim"), indent=5)
        for step in finding.chain:
            place = words.where(step.path, step.line)
            self.paper.add(("← ", "dim"), f"{place}  " if place else "", step.text, indent=5, hang=4)

    def rest(self) -> None:
        """What was not judged, and in the verbose report also what was found good."""
        self.paper.blank()
        if self.verbose:
            for outcome in _EXPLAINED:
                self.listed(outcome)
            for skipped in self.report.not_scanned:
                self.paper.add(("NOT SCANNED  ", "dim"), skipped.path, (f"  {skipped.reason}", "dim"), hang=2)
            self.paper.blank()
        else:
            self.folded("unknown", [result.reason for result in self.having(Outcome.UNKNOWN)])
            self.folded("not scanned", [skipped.reason for skipped in self.report.not_scanned])
        for error in self.report.errors:
            self.paper.add(
                ("ERROR  ", "bold red"), (error.rule, "bold"), f"  {error.message}",
                ("  (a bug in the rule: this audit is incomplete)", "dim"), hang=2,
            )  # fmt: skip

    def listed(self, outcome: Outcome) -> None:
        """All results with this outcome, each with its proof or its reason."""
        label = words.outcome_words(outcome).upper()
        for result in self.having(outcome):
            style = "green" if outcome in _PROVED else "dim"
            self.paper.add((f"{label}  ", style), (f"{result.rule}  ", "bold"), result.title, hang=2)
            if result.reason and not any(result.reason.startswith(proof.message) for proof in result.evidence):
                self.paper.add((result.reason, "dim"), indent=3, hang=2)
            for proof in result.evidence:
                at = words.where(proof.path, proof.line)
                by = f"  [{proof.connected_by}]" if proof.connected_by else ""
                self.paper.add(f"{at}  " if at else "", proof.message, (by, "dim"), indent=3, hang=2)
            for finding in sorted(result.findings, key=words.badness):
                self.place(finding, with_code=False)
        self.paper.blank()

    def folded(self, word: str, reasons: Sequence[str]) -> None:
        if reasons:
            self.paper.add(f"{len(reasons)} {word}: {words.folded(reasons)} (list: --verbose)", indent=2, hang=2)

    def hints(self) -> None:
        failing = self.worst_first()
        if failing and not self.verbose:
            self.paper.blank()
            self.paper.add(
                (f"Why, and how to repair it: readycheck explain {failing[0].rule}", "dim"), indent=2, hang=2
            )
            self.paper.add(("Every place, and the proof of every pass: --verbose", "dim"), indent=2, hang=2)


def _bar(value: float) -> tuple[Part, Part, Part]:
    """Full only at 100 and empty only at 0, so that a bar never says more than its number."""
    filled = BAR if value >= 100 else min(BAR - 1, max(1, round(value / 100 * BAR))) if value else 0
    style = "green" if value >= 80 else "yellow" if value >= 50 else "red"
    return ("█" * filled, style), ("░" * (BAR - filled), "dim"), f"{int(value):>4}"


def _points(gain: float) -> str:
    """A gain without false precision; nothing where a cap hides it."""
    return "" if not gain else f"+{gain:.1f}" if gain < 10 else f"+{gain:.0f}"

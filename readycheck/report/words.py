"""What the renderers say in the same words: the verdict, how sure it is, where a place is, what is special there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from readycheck.model import CheckResult, Confidence, Finding, Outcome, Report, Role, Severity

FAILING = (Outcome.FAIL, Outcome.PARTIAL)
SHOWN_REASONS = 4
SHOWN_RULES = 8
SHOWN_FILES = 3

_CONFIDENCE_RANK = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}


def verdict(report: Report) -> str:
    """The answer in two words: a serious open defect means not ready, whatever the number says."""
    failing = [result.severity for result in report.results if result.outcome in FAILING]
    if any(severity.rank >= Severity.HIGH.rank for severity in failing):
        return "NOT READY"
    if report.errors:
        return "INCOMPLETE"
    if report.score.grade == "none":
        return "NOTHING DECIDED"
    return "UNDECIDED" if "provisional" in report.score.grade else "READY"


def subject(report: Report) -> str:
    """What was judged, in one line."""
    target = report.target
    commit = f" @ {target.commit[:7]}" if target.commit else ""
    facts = [plural(target.files, "file")]
    if target.compose:
        names = ", ".join(target.compose[:SHOWN_FILES]) + (", …" if len(target.compose) > SHOWN_FILES else "")
        facts.append(f"{plural(len(target.compose), 'compose file')} ({names})")
    endpoint = f" · {target.endpoint}" if target.endpoint else ""
    return f"{target.path}{commit} · {', '.join(facts)}{endpoint}"


def cap_reason(report: Report) -> str:
    """Which rules hold the score down, or nothing."""
    held = report.score.capped_by
    if not held:
        return ""
    severities = {result.rule: result.severity.value for result in report.results}
    names = " ".join(held[:SHOWN_RULES]) + (" …" if len(held) > SHOWN_RULES else "")
    return f"capped from {report.score.uncapped} by {len(held)} open {severities.get(held[0], 'serious')}: {names}"


def counts(report: Report) -> str:
    """How sure this is: the share that was decided, and the number of rules for each outcome."""
    always = (Outcome.PASS, Outcome.FAIL)
    parts = [f"decided {int(report.score.coverage * 100)} % of what applies"]
    for outcome in (*always, *(other for other in Outcome if other not in always)):
        number = report.summary.get(outcome.value, 0)
        if number or outcome in always:
            parts.append(f"{number} {outcome_words(outcome)}")
    return " · ".join(parts)


def outcome_words(outcome: Outcome) -> str:
    """The outcome as a person writes it."""
    return outcome.value.replace("_", " ")


def places(result: CheckResult) -> str:
    """In how many places a rule is broken; places that do not decide (tests, examples) are named apart."""
    counting = sum(finding.counts for finding in result.findings)
    other = len(result.findings) - counting
    parts = ["partial"] if result.outcome is Outcome.PARTIAL else []
    parts += [plural(counting, "place")] if counting else []
    parts += [f"+{other} uncounted"] if other else []
    return ", ".join(parts)


def badness(finding: Finding) -> tuple[bool, bool, int, str, int, int]:
    """Sorts the worst place first: counting, in production, sure."""
    production = finding.role is Role.PRODUCTION
    sure = _CONFIDENCE_RANK[finding.confidence]
    return not finding.counts, not production, sure, finding.path, finding.line, finding.column


def tags(finding: Finding) -> str:
    """What is special about a place; an ordinary one (production, sure, in the repository) has no tags."""
    parts = (
        "" if finding.role is Role.PRODUCTION else finding.role.value,
        "" if finding.confidence is Confidence.HIGH else f"{finding.confidence.value} confidence",
        "" if finding.target == "repo" else finding.target,
        "" if finding.counts else "does not count",
    )
    return ", ".join(part for part in parts if part)


def folded(reasons: Sequence[str]) -> str:
    """Many reasons in one line: the commonest with their numbers."""
    common = sorted(Counter(reasons).items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{number} {reason}" for reason, number in common[:SHOWN_REASONS]]
    left = sum(number for _, number in common[SHOWN_REASONS:])
    return " · ".join([*parts, f"{left} for other reasons"] if left else parts)


def where(path: str, line: int) -> str:
    """A place as editors and terminals understand it."""
    return f"{path}:{line}" if path and line else path


def plural(number: int, word: str) -> str:
    """`1 file`, `1,234 files`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"

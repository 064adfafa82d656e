"""Judges every rule of a catalogue on a project. Knows no rule."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from readycheck.catalogue import Catalogue, Check
from readycheck.facts.sensitive import mask_urls
from readycheck.link.project import Project
from readycheck.model import (
    Absent,
    CheckResult,
    Evidence,
    Finding,
    Match,
    Observation,
    Outcome,
    RuleFailure,
    Step,
    Subject,
    Undecided,
)
from readycheck.rule import Rule, TargetName, When

MAX_REASONS = 3


@dataclass(frozen=True, slots=True)
class Audit:
    """The answers of all rules, and the rules that broke."""

    results: tuple[CheckResult, ...]
    errors: tuple[RuleFailure, ...]


def run(catalogue: Catalogue, project: Project) -> Audit:
    """One result a rule, in the order of the catalogue."""
    results: list[CheckResult] = []
    errors: list[RuleFailure] = []
    for check in catalogue.checks:
        try:
            results.append(_judge(check, project))
        except Exception as error:  # the one place where our own bug becomes an outcome instead of a traceback
            # Only the kind of error is told: its text could quote the code under audit.
            message = f"{type(error).__name__} in {_origin(error)}"
            errors.append(RuleFailure(check.rule.id, message))
            results.append(_result(check.rule, Outcome.ERROR, f"readycheck failed on this rule: {message}"))
    return Audit(tuple(results), tuple(errors))


def _origin(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown place"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"


def _judge(check: Check, project: Project) -> CheckResult:
    rule = check.rule
    missing = _missing(rule.when, project)
    if missing:
        return _result(rule, Outcome.NOT_APPLICABLE, missing)
    parts = [_judge_target(check, target, project) for target in check.detectors if project.has_target(target)]
    if not parts:
        targets = " or ".join(check.detectors)
        return _result(rule, Outcome.UNKNOWN, f"needs {targets}, which this scan did not look at")
    return _merge(rule, parts)


def _missing(when: When, project: Project) -> str:
    """Why the rule does not apply, "" if it does."""
    if when.framework and not project.frameworks & set(when.framework):
        return f"no {_either(when.framework)} application in this project"
    if when.python_imports and not project.imports_python(when.python_imports):
        return f"no Python module imports {_either(when.python_imports)}"
    if when.js_imports and not project.imports_javascript(when.js_imports):
        return f"no JavaScript module imports {_either(when.js_imports)}"
    if when.files and not project.has_file(when.files):
        return f"no file matches {_either(when.files)}"
    if when.uses_service and not project.uses_service(when.uses_service):
        return f"no {_either(when.uses_service)} in this project"
    return ""


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


@dataclass(frozen=True, slots=True)
class _Seen:
    """Everything the detectors of one rule observed on one target, by kind."""

    matches: list[Match] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    absent: list[Absent] = field(default_factory=list)

    def add(self, one: Observation) -> None:
        match one:
            case Match():
                self.matches.append(one)
            case Undecided():
                self.undecided.append(one)
            case Subject():
                self.subjects.append(one)
            case Absent():
                self.absent.append(one)


def _judge_target(check: Check, target: TargetName, project: Project) -> CheckResult:
    rule = check.rule
    seen = _Seen()
    for one in check.detectors[target].find(project, rule.parameters):
        seen.add(one)
    judge = _required if rule.detect[target].forbid is None else _forbidden
    return judge(rule, target, project, seen)


def _forbidden(rule: Rule, target: str, project: Project, seen: _Seen) -> CheckResult:
    findings = _findings(rule, target, project, seen.matches)
    counting = [f for f in findings if f.counts]
    evidence = tuple(_evidence_of(s) for s in seen.subjects)
    if counting:
        files = len({f.path for f in counting})
        places = f"{len(counting)} place{'s' * (len(counting) > 1)} in {files} file{'s' * (files > 1)}"
        return _result(rule, Outcome.FAIL, places, findings, evidence)
    if seen.undecided:
        return _result(rule, Outcome.UNKNOWN, _reasons(seen.undecided), findings, evidence)
    if seen.subjects:
        return _result(rule, Outcome.PASS, _searched(seen.subjects), findings, evidence)
    if seen.absent:
        return _result(rule, Outcome.NOT_APPLICABLE, seen.absent[0].reason, findings)
    return _result(rule, Outcome.NOT_APPLICABLE, "nothing in this project that the rule speaks of", findings)


def _required(rule: Rule, target: str, project: Project, seen: _Seen) -> CheckResult:
    proofs = [m for m in seen.matches if m.counts and (m.role or project.role(m.location.path)) in rule.counts_in]
    if proofs:
        evidence = tuple(
            Evidence(m.location.path, m.location.line, m.note or rule.title, m.connected_by) for m in proofs
        )
        return _result(rule, Outcome.PASS, proofs[0].note or proofs[0].connected_by, (), evidence)
    if seen.undecided:
        return _result(rule, Outcome.UNKNOWN, _reasons(seen.undecided))
    if seen.absent and not seen.subjects:
        return _result(rule, Outcome.NOT_APPLICABLE, seen.absent[0].reason)
    carriers = [Match(s.location, {}, note=s.text, target=target) for s in seen.subjects if s.location is not None]
    if not carriers:
        return _result(rule, Outcome.UNKNOWN, "no place was found where this would have to be")
    findings = _findings(rule, target, project, carriers)
    return _result(rule, Outcome.FAIL, "no connected evidence", findings)


def _findings(rule: Rule, target: str, project: Project, matches: Iterable[Match]) -> tuple[Finding, ...]:
    seen: Counter[str] = Counter()
    findings = []
    unique = {(m.location, m.key, tuple(sorted(m.values.items()))): m for m in matches}
    for match in sorted(unique.values(), key=lambda m: (m.location, m.key)):
        role = match.role or project.role(match.location.path)
        message = rule.message.format_map({"chain": _chain(match), **match.values})
        if match.note:
            message = f"{message} ({match.note})"
        identity = f"{rule.id}\0{match.location.path}\0{match.key or message}"
        seen[identity] += 1
        fingerprint = hashlib.blake2b(
            f"{identity}\0{seen[identity]}".encode("utf-8", "surrogateescape"), digest_size=10
        )
        place = match.location
        counts = match.counts and role in rule.counts_in
        confidence = min(match.confidence, rule.confidence, key=lambda c: ("low", "medium", "high").index(c.value))
        findings.append(
            Finding(
                place.path,
                place.line,
                place.column,
                message,
                confidence,
                role,
                match.target if match.target != "repo" else target,
                fingerprint.hexdigest(),
                counts,
                match.chain,
            )
        )
    return tuple(findings)


def _chain(match: Match) -> str:
    """The chain of a match in one line, for messages that want it."""
    texts = [f"{step.text} ({step.path}:{step.line})" if step.line else step.text for step in match.chain]
    return ", ".join(texts) or "as written here"


def _evidence_of(subject: Subject) -> Evidence:
    place = subject.location
    return Evidence(place.path if place else "", place.line if place else 0, subject.text, subject.connected_by)


def _searched(subjects: list[Subject]) -> str:
    texts = list(dict.fromkeys(s.text for s in subjects))
    return "; ".join(texts[:MAX_REASONS]) + (
        f"; and {len(texts) - MAX_REASONS} more" if len(texts) > MAX_REASONS else ""
    )


def _reasons(undecided: list[Undecided]) -> str:
    reasons = []
    for one in undecided:
        where = f" ({one.location.path}:{one.location.line})" if one.location else ""
        reasons.append(f"{one.reason}{where}")
    unique = list(dict.fromkeys(reasons))
    more = f"; and {len(unique) - MAX_REASONS} more" if len(unique) > MAX_REASONS else ""
    return "; ".join(unique[:MAX_REASONS]) + more


# One checklist line a rule: the worst answer of its targets is the answer, and all of their findings are told.
_WORST_FIRST = (Outcome.ERROR, Outcome.FAIL, Outcome.PARTIAL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE)


def _merge(rule: Rule, parts: list[CheckResult]) -> CheckResult:
    parts = sorted(parts, key=lambda p: _WORST_FIRST.index(p.outcome))
    worst = parts[0]
    findings = tuple(
        sorted(
            {f for p in parts for f in p.findings}, key=lambda f: (not f.counts, f.path, f.line, f.column, f.message)
        )
    )
    evidence = tuple(dict.fromkeys(e for p in parts for e in p.evidence))
    return _result(rule, worst.outcome, worst.reason, findings, evidence)


def _result(
    rule: Rule,
    outcome: Outcome,
    reason: str,
    findings: tuple[Finding, ...] = (),
    evidence: tuple[Evidence, ...] = (),
) -> CheckResult:
    findings = tuple(replace(f, message=mask_urls(f.message), chain=tuple(map(_masked, f.chain))) for f in findings)
    evidence = tuple(replace(e, message=mask_urls(e.message), connected_by=mask_urls(e.connected_by)) for e in evidence)
    described = (rule.id, rule.name, rule.title, rule.section, rule.severity)
    return CheckResult(*described, outcome, mask_urls(reason), findings, evidence)


def _masked(step: Step) -> Step:
    return replace(step, text=mask_urls(step.text))

"""Runs the examples that rules carry: the same function for the shipped catalogue and for a user's own rules."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.catalogue import Catalogue, Check
from readycheck.model import CheckResult, Outcome
from readycheck.rule import Example
from readycheck.scan import judge


def run_examples(catalogue: Catalogue) -> tuple[list[str], int]:
    """Every example that did not get its verdict, in words, and how many examples there are."""
    failures, total = [], 0
    for check in catalogue.checks:
        for example in check.rule.examples:
            total += 1
            problem = check_example(check, example)
            if problem:
                failures.append(f"{check.rule.id} “{example.title}”: {problem}")
    return failures, total


def check_example(check: Check, example: Example) -> str:
    """What is wrong with the verdict on one example, "" if it is as stated."""
    alone = Catalogue((check,), "examples")
    _, audit = judge({path: text.encode() for path, text in example.files.items()}, alone)
    if audit.errors:
        return audit.errors[0].message
    return "; ".join(_differences(example, audit.results[0]))


def _differences(example: Example, result: CheckResult) -> Iterator[str]:
    wanted = _wanted(example)
    if result.outcome is not wanted:
        places = ", ".join(f"{f.path}:{f.line}" for f in result.findings if f.counts)
        yield f"expected {wanted.value}, got {result.outcome.value} ({result.reason}{'; ' + places if places else ''})"
        return
    found = sorted({f"{f.path}:{f.line}" for f in result.findings if f.counts})
    if example.fails_at and found != sorted(example.fails_at):
        yield f"expected to fail at {', '.join(sorted(example.fails_at))}, failed at {', '.join(found)}"
    proofs = {f"{e.path}:{e.line}" for e in result.evidence}
    missing = [place for place in example.evidence_at if place not in proofs]
    if missing:
        yield f"no evidence at {', '.join(missing)}; evidence is at {', '.join(sorted(proofs)) or 'no place'}"


def _wanted(example: Example) -> Outcome:
    if example.fails_at:
        return Outcome.FAIL
    if example.passes:
        return Outcome.PASS
    return Outcome.NOT_APPLICABLE if example.not_applicable else Outcome.UNKNOWN

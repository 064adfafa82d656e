"""Judges files by one detector tree, as a rule of a user would."""

from __future__ import annotations

from typing import Any

import yaml

from readycheck.catalogue import Catalogue, Check, parse_rule
from readycheck.model import CheckResult, Finding
from readycheck.scan import judge


def rule_text(tree: dict[str, Any], *, side: str = "forbid", **changes: Any) -> bytes:
    """A whole rule file around a detector tree."""
    silent = {"title": "nothing of it", "files": {"notes.txt": "hello\n"}, "not_applicable": True}
    rule = {
        "id": "ACME001",
        "name": "a-rule",
        "title": "A good state",
        "section": "config",
        "severity": "high",
        "detect": {"repo": {side: tree}},
        "message": "something is wrong",
        "why": "Because.",
        "fix": {"summary": "Do better.", "effort": "low"},
        "sources": ["our own handbook"],
        "examples": [{"title": "bad", "files": {"a.py": "x = 1\n"}, "fails_at": ["a.py:1"]}, silent, silent],
    }
    return yaml.safe_dump({**rule, **changes}).encode()


def check_of(tree: dict[str, Any], *, side: str = "forbid", **changes: Any) -> Check:
    """The rule, loaded."""
    return parse_rule(rule_text(tree, side=side, **changes), "acme.yaml")


def result_of(tree: dict[str, Any], files: dict[str, str], *, side: str = "forbid", **changes: Any) -> CheckResult:
    """The answer of the rule on the files; a rule that breaks fails the test."""
    check = check_of(tree, side=side, **changes)
    _, audit = judge({path: text.encode() for path, text in files.items()}, Catalogue((check,), "test"))
    assert not audit.errors, audit.errors
    return audit.results[0]


def told(finding: Finding) -> str:
    """`path:line` of a finding."""
    return f"{finding.path}:{finding.line}"


def verdict(
    tree: dict[str, Any], files: dict[str, str], *, side: str = "forbid", **changes: Any
) -> tuple[str, list[str]]:
    """The outcome, and the places of the findings that count."""
    result = result_of(tree, files, side=side, **changes)
    return result.outcome.value, [told(finding) for finding in result.findings if finding.counts]

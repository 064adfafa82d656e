"""A rule as a page of text: what it demands, why, how it is decided, how to fix it, with an example."""

from __future__ import annotations

import textwrap

from readycheck.rule import Rule

WIDTH = 96


def explain_rule(rule: Rule) -> str:
    """The page of one rule."""
    targets = ", ".join(rule.detect)
    parts = [
        f"{rule.id} {rule.name} · {rule.severity.value} · {rule.section} · judged on {targets}",
        rule.title,
        "",
        "Why",
        _paragraph(rule.why),
        "",
        "Fix",
        _paragraph(f"{rule.fix.summary} (effort: {rule.fix.effort})"),
    ]
    if rule.severity_reason:
        parts += ["", "Severity", _paragraph(rule.severity_reason)]
    if rule.parameters:
        parts += ["", "Parameters", *(f"  {name} = {value}" for name, value in rule.parameters.items())]
    failing = next(e for e in rule.examples if e.fails_at)
    parts += ["", f"Fails: {failing.title}", *_example(failing.files), f"  at {', '.join(failing.fails_at)}"]
    passing = next((e for e in rule.examples if e.passes), None)
    if passing is not None:
        parts += ["", f"Passes: {passing.title}", *_example(passing.files)]
    return "\n".join([*parts, "", "Sources", *(f"  {source}" for source in rule.sources)])


def _paragraph(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent="  ", subsequent_indent="  ")


def _example(files: dict[str, str]) -> list[str]:
    lines = []
    for path, text in files.items():
        lines.append(f"  {path}")
        lines += [f"    {number:3} │ {line}" for number, line in enumerate(text.splitlines(), 1)]
    return lines

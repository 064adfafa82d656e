"""The terminal report: readable at any width, in ASCII, without colour, and not to be hijacked by what it shows.

The snapshots are written anew with `READYCHECK_SNAPSHOTS=write pytest tests/report`: read the difference.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from readycheck.model import CheckResult, NotScanned, Outcome, Report, RuleFailure, Severity, Step, Target
from readycheck.report.console import render_console
from readycheck.report.paper import visible
from tests.report.samples import each_outcome, empty_report, finding, many_findings, report_of

SNAPSHOTS = Path(__file__).parent / "snapshots"
FIXES = {
    "SEC001": ("take 3 credentials out of docker-compose.yml, then rotate them", "low"),
    "CFG010": ("set ENVIRONMENT=production in the production overlay: 6 controls hang on it", "medium"),
}
HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07 [bold]x[/bold] [link=file:///etc]y[/] \u202eevil\u200b \r\n\tend :smile: \x9b5m \udcff"
)


def frame(path: str, line: int) -> list[str] | None:
    if path != "docker-compose.yml":
        return None
    return [
        f"{line - 1:>4} │     environment:",
        f"{line:>4} │       - DATABASE_URL=postgresql://billing:Np…@db.acme.internal/b",
    ]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("each-80", {"width": 80, "frame": frame}),
        ("each-120", {"width": 120, "frame": frame}),
        ("each-200", {"width": 200, "frame": frame}),
        ("verbose-80", {"width": 80, "verbose": True, "frame": frame}),
        ("quiet-80", {"width": 80, "quiet": True}),
        ("ascii-80", {"width": 80, "unicode": False, "frame": frame}),
    ],
)
def test_snapshots(name: str, options: dict[str, object]) -> None:
    text = render_console(each_outcome(), fixes=FIXES, **options)  # type: ignore[arg-type]  # options of many types
    file = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("READYCHECK_SNAPSHOTS") == "write":
        SNAPSHOTS.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("report", [empty_report(), each_outcome(), many_findings(50)], ids=["empty", "each", "many"])
def test_no_line_is_wider_than_the_terminal(report: Report, width: int) -> None:
    for unicode in (True, False):
        text = render_console(report, width=width, unicode=unicode, fixes=FIXES, frame=frame, verbose=True)
        assert max(cell_len(line) for line in text.splitlines()) <= max(width, 40)


def test_without_colour_there_is_no_control_code() -> None:
    text = render_console(each_outcome(), verbose=True)
    assert all(character.isprintable() or character == "\n" for character in text)


def test_colour_adds_only_colours() -> None:
    plain, colored = render_console(each_outcome()), render_console(each_outcome(), color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == plain


def test_ascii_has_only_ascii() -> None:
    text = render_console(each_outcome(), unicode=False, verbose=True, frame=frame)
    assert text.isascii()
    assert "##########" in text


def test_the_environment_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = render_console(each_outcome())
    for name, value in {"COLUMNS": "30", "FORCE_COLOR": "1", "TERM": "dumb", "NO_COLOR": ""}.items():
        monkeypatch.setenv(name, value)
    assert render_console(each_outcome()) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" in render_console(each_outcome(), color=True)


def hostile_report() -> Report:
    places = (finding(HOSTILE, 3, HOSTILE, chain=(Step(HOSTILE, 1, HOSTILE),)),)
    results = [
        CheckResult("SEC001", "n", HOSTILE, "secrets", Severity.CRITICAL, Outcome.FAIL, HOSTILE, places),
        CheckResult("SEC002", "n", HOSTILE, "secrets", Severity.CRITICAL, Outcome.UNKNOWN, HOSTILE),
        CheckResult("SEC003", "n", HOSTILE, HOSTILE, Severity.LOW, Outcome.NOT_APPLICABLE, HOSTILE),
    ]
    return report_of(
        results, (NotScanned(HOSTILE, HOSTILE),), (RuleFailure("A", HOSTILE),), Target(HOSTILE, HOSTILE, (HOSTILE,))
    )


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("unicode", [False, True])
def test_hostile_strings_are_shown_and_not_obeyed(verbose: bool, unicode: bool) -> None:
    fixes = {"SEC001": (HOSTILE, HOSTILE)}
    text = render_console(
        hostile_report(), width=200, verbose=verbose, unicode=unicode, fixes=fixes, frame=lambda *_: [HOSTILE]
    )
    assert all(character.isprintable() or character == "\n" for character in text)
    assert "\\x1b[31mred\\x1b]0;title\\x07 [bold]x[/bold]" in text
    assert "\\u202eevil" in text
    assert ":smile:" in text
    assert text.encode()


def test_hostile_strings_bring_no_code_of_their_own_into_colour() -> None:
    colored = render_console(hostile_report(), color=True, verbose=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render_console(hostile_report(), verbose=True)
    assert "\x1b]" not in colored
    assert "\x9b" not in colored


@given(st.text(), st.booleans())
def test_visible_text_is_printable(text: str, unicode: bool) -> None:
    shown = visible(text, unicode=unicode)
    assert shown.isprintable()
    assert unicode or shown.isascii()


@settings(max_examples=40)
@given(st.text(max_size=300), st.integers(1, 130))
def test_any_text_fits(text: str, width: int) -> None:
    results = [
        CheckResult("SEC001", "n", text, "secrets", Severity.HIGH, Outcome.FAIL, text, (finding(text, 1, text),))
    ]
    for line in render_console(report_of(results), width=width, frame=lambda *_: [text]).splitlines():
        assert cell_len(line) <= max(width, 40)


def test_an_endless_message_is_cut() -> None:
    results = [
        CheckResult("A", "n", "t", "secrets", Severity.HIGH, Outcome.FAIL, "r", (finding("a.py", 1, "x" * 100_000),))
    ]
    assert len(render_console(report_of(results))) < 3000


def test_the_empty_report() -> None:
    text = render_console(empty_report())
    assert "NOTHING DECIDED" in text
    assert "decided 0 % of what applies · 0 pass · 0 fail" in text
    assert "Do these first" not in text


def test_two_thousand_findings_fold() -> None:
    text = render_console(many_findings(2000))
    assert len(text.splitlines()) < 40
    assert "1,500 places" in text
    assert "… 1,497 more (--verbose)" in text


def test_verbose_shows_every_place() -> None:
    text = render_console(many_findings(200), verbose=True)
    assert sum("a password is written here" in line for line in text.splitlines()) == 200


def test_many_failing_rules_fold() -> None:
    results = [
        CheckResult(f"R{n:03}", "n", "good", "docs", Severity.LOW, Outcome.FAIL, "r", (finding("a.py", n + 1, "bad"),))
        for n in range(200)
    ]
    text = render_console(report_of(results))
    assert text.count("LOW       R") == 200
    assert len(text.splitlines()) < 200 + 25 * 3


def test_the_worst_places_come_first() -> None:
    lines = render_console(each_outcome(), width=120).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("CRITICAL  SEC001"))
    assert [line.strip().split("  ")[0] for line in lines[start + 1 : start + 5]] == [
        "docker-compose.yml:62",
        "docker-compose.yml:93",
        "app/seed.py:7",
        "… 2 more (--verbose)",
    ]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([(Outcome.PASS, Severity.HIGH)], "READY"),
        ([(Outcome.PASS, Severity.HIGH), (Outcome.FAIL, Severity.MEDIUM)], "READY"),
        ([(Outcome.PASS, Severity.HIGH), (Outcome.FAIL, Severity.HIGH)], "NOT READY"),
        ([(Outcome.PARTIAL, Severity.CRITICAL)], "NOT READY"),
        ([(Outcome.PASS, Severity.LOW), (Outcome.UNKNOWN, Severity.HIGH)], "UNDECIDED"),
        ([(Outcome.UNKNOWN, Severity.HIGH)], "NOTHING DECIDED"),
    ],
)
def test_the_verdict(results: list[tuple[Outcome, Severity]], expected: str) -> None:
    report = report_of(
        [CheckResult(f"R{n}", "n", "t", "docs", s, outcome, "because") for n, (outcome, s) in enumerate(results)]
    )
    assert render_console(report, quiet=True).splitlines()[0].split("    ")[0].strip() == expected


def test_an_error_makes_the_audit_incomplete() -> None:
    report = report_of([CheckResult("A", "n", "t", "docs", Severity.LOW, Outcome.PASS, "r")])
    broken = replace(report, errors=(RuleFailure("B", "KeyError"),))
    text = render_console(broken)
    assert "INCOMPLETE" in text
    assert "ERROR  B  KeyError" in text


def test_a_cap_is_explained_and_its_hidden_gains_are_marked() -> None:
    good = [CheckResult(f"G{n}", "n", "t", "docs", Severity.CRITICAL, Outcome.PASS, "r") for n in range(9)]
    bad = [CheckResult(f"B{n}", "n", "t", "docs", Severity.CRITICAL, Outcome.FAIL, "r") for n in range(2)]
    text = render_console(report_of(good + bad), width=120)
    assert "49 / 100    grade F" in text
    assert "capped from 81 by 2 open critical: B0 B1" in text
    assert "(points before the cap: no single repair lifts it)" in text

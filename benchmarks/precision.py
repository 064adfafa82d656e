"""Replays judged verdicts against fetched checkouts and publishes how often readycheck was right.

    python benchmarks/precision.py CHECKOUTS [--write]        table of the labels, rule by rule
    python benchmarks/precision.py CHECKOUTS --todo NAME      findings and passes of one checkout not judged yet

CHECKOUTS holds one folder a repository, named `<owner>-<name>` like its file in `benchmarks/labels/`. A label is one
JSON object a line: commit, rule, outcome (`fail` for a finding, `pass` for a passing rule), path, line, verdict
(`right` or `wrong`) and reason. It holds no code of the repository.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from readycheck.catalogue import load_catalogue
from readycheck.model import Outcome, Report
from readycheck.scan import scan

LABELS = Path(__file__).parent / "labels"
TABLE = Path(__file__).parent / "precision.md"
HEADLINE = ("SEC001", "SEC002", "SEC016", "WEB001", "INJ001", "TLS007", "AUTH009", "INJ005", "WEB023")
BAR = 0.95
Key = tuple[str, str, str, int]


@dataclass
class Tally:
    """What was judged of one rule, over all checkouts."""

    right: int = 0
    wrong: int = 0
    gone: int = 0
    new: int = 0
    passes_right: int = 0
    passes_wrong: int = 0
    repositories: set[str] = field(default_factory=set)


def verdicts(report: Report) -> dict[Key, str]:
    """Every counting finding and every pass of a report, with its message."""
    found: dict[Key, str] = {}
    for result in report.results:
        for finding in result.findings:
            if finding.counts:
                found[result.rule, "fail", finding.path, finding.line] = finding.message
        if result.outcome is Outcome.PASS:
            first = result.evidence[0] if result.evidence else None
            found[result.rule, "pass", first.path if first else "", first.line if first else 0] = result.reason
    return found


def labels_of(path: Path) -> dict[Key, dict[str, Any]]:
    """The labels of one repository."""
    lines = path.read_text(encoding="utf-8").splitlines()
    labels = [json.loads(line) for line in lines if line.strip()]
    return {(label["rule"], label["outcome"], label["path"], label["line"]): label for label in labels}


def commit_of(checkout: Path) -> str:
    """The commit a checkout stands at."""
    command = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def replay(checkouts: Path) -> Iterator[tuple[str, dict[Key, dict[str, Any]], dict[Key, str]]]:
    """For each labelled repository that is there at the judged commit: its name, labels and today's verdicts."""
    catalogue = load_catalogue()
    for path in sorted(LABELS.glob("*.jsonl")):
        checkout = checkouts / path.stem
        labels = labels_of(path)
        judged = next(iter(labels.values()))["commit"]
        if not checkout.is_dir() or commit_of(checkout) != judged:
            print(f"{path.stem}: no checkout at {judged[:12]}, left out", file=sys.stderr)
            continue
        yield path.stem, labels, verdicts(scan(checkout, catalogue))


def tally(checkouts: Path) -> dict[str, Tally]:
    """Per rule: labels that still hold, wrong verdicts that are still given, and findings nobody judged."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for name, labels, found in replay(checkouts):
        passing = {rule for rule, outcome, _, _ in found if outcome == "pass"}
        for key, label in labels.items():
            entry = tallies[key[0]]
            entry.repositories.add(name)
            right = label["verdict"] == "right"
            if key[1] == "pass":
                # A right pass may be proved at another place by now; a wrong one is the same while its place is.
                entry.passes_right += right and key[0] in passing
                entry.passes_wrong += not right and key in found
            elif key in found:
                entry.right += right
                entry.wrong += not right
            else:
                entry.gone += right
        for key in found:
            if key[1] == "fail" and key not in labels:
                tallies[key[0]].new += 1
    return tallies


def table(tallies: dict[str, Tally]) -> str:
    """The published table."""
    rows = [
        "| rule | repositories | findings judged | right | wrong | precision | not judged | lost | passes judged "
        "| wrong passes |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for rule in sorted(tallies, key=lambda r: (r not in HEADLINE, r)):
        t = tallies[rule]
        judged = t.right + t.wrong
        precision = f"{t.right / judged:.2f}" if judged else ""
        name = f"**{rule}**" if rule in HEADLINE else rule
        rows.append(
            f"| {name} | {len(t.repositories)} | {judged} | {t.right} | {t.wrong} | {precision} | {t.new} | {t.gone} "
            f"| {t.passes_right + t.passes_wrong} | {t.passes_wrong} |"
        )
    return "\n".join(rows)


def main() -> int:
    """Print the table, or what is left to judge; 1 when a headline rule is below the bar or a pass is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--todo", metavar="NAME")
    parser.add_argument("--write", action="store_true", help=f"write {TABLE.name}")
    arguments = parser.parse_args()
    if arguments.todo:
        path = LABELS / f"{arguments.todo}.jsonl"
        known = labels_of(path) if path.exists() else {}
        found = verdicts(scan(arguments.checkouts / arguments.todo, load_catalogue()))
        for (rule, outcome, place, line), message in sorted(found.items()):
            if (rule, outcome, place, line) not in known:
                print(f"{rule} {outcome} {place}:{line} {message}")
        return 0
    tallies = tally(arguments.checkouts)
    text = table(tallies)
    print(text)
    if arguments.write:
        head = TABLE.read_text(encoding="utf-8").partition("<!-- table -->")[0] if TABLE.exists() else "# Precision\n\n"
        TABLE.write_text(f"{head}<!-- table -->\n\n{text}\n", encoding="utf-8")
    low = [r for r in HEADLINE if (t := tallies.get(r)) and t.right + t.wrong and t.right / (t.right + t.wrong) < BAR]
    return 1 if low or any(t.passes_wrong for t in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

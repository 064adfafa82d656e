"""What a scan says about secret files that only history holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from readycheck.catalogue import load_catalogue
from readycheck.model import Finding, Outcome
from readycheck.scan import scan
from tests.targets.helpers import make_repository, needs_git, run_git, write

pytestmark = needs_git


def _finding(tmp_path: Path, name: str, text: str) -> tuple[Outcome, Finding]:
    root = make_repository(tmp_path, "app.py")
    write(root, name, text=text)
    run_git(root, "add", "-A", "-f")
    run_git(root, "commit", "-q", "-m", "add")
    run_git(root, "rm", "-q", "--", name)
    run_git(root, "commit", "-q", "-m", "remove")
    catalogue = load_catalogue()
    (rule,) = (r for r in scan(root, catalogue, jobs=1).results if r.rule == "SEC019")
    (finding,) = rule.findings
    return rule.outcome, finding


def test_a_removed_file_with_a_credential_counts(tmp_path: Path) -> None:
    outcome, finding = _finding(tmp_path, "api/.env", "DB_PASSWORD=Zt8rXw2NbKy6LmPd\n")
    assert (outcome, finding.path, finding.counts) == (Outcome.FAIL, "api/.env", True)
    assert "Zt8r" not in repr(finding)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("API_URL=http://localhost:8000\n", "it held no credential but placeholders"),
        ("SECRET_KEY=changeme\nDB_PASSWORD=\n", "it held no credential but placeholders"),
        ("#" * 70_000, "not read (large, binary or one of many): see whether it held anything real"),
        ("A\0B", "not read (large, binary or one of many): see whether it held anything real"),
    ],
)
def test_one_without_is_listed_with_the_reason(tmp_path: Path, text: str, note: str) -> None:
    outcome, finding = _finding(tmp_path, "api/.env", text)
    assert (outcome, finding.counts) == (Outcome.PASS, False)
    assert note in finding.message

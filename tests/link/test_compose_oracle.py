"""Our model of many small compose projects is the one the real `docker-compose config` prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.link.compose_cases import ACCEPTED, REFUSED, Case
from tests.link.compose_oracle import model_of, oracle, ours


def _write(case: Case, root: Path) -> None:
    for name, text in case.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.name)
def test_same_model(case: Case, tmp_path: Path) -> None:
    _write(case, tmp_path)
    expected = oracle(tmp_path, case.paths, case.env, case.profiles)
    assert not isinstance(expected, str), expected
    model = model_of(tmp_path, case.paths, case.env, case.profiles)
    assert ours(model) == expected
    assert [problem.text for problem in model.problems] == []


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_same_refusal(case: Case, tmp_path: Path) -> None:
    _write(case, tmp_path)
    expected = oracle(tmp_path, case.paths, case.env, case.profiles)
    assert isinstance(expected, str), "docker-compose accepts this"
    model = model_of(tmp_path, case.paths, case.env, case.profiles)
    found = [(problem.location.path, problem.location.line, problem.text) for problem in model.problems]
    assert any((path, line) == case.place and case.says in text for path, line, text in found), found

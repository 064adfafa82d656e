"""kind: route."""

from __future__ import annotations

from typing import Any

import pytest

from readycheck.model import RuleError
from tests.detectors.helpers import check_of, result_of, verdict

APP = """\
from fastapi import Depends, FastAPI
from auth import get_current_user

app = FastAPI()


@app.get('/health')
def health():
    return {}


@app.delete('/users/{id}')
def remove(id: int):
    return {}


@app.post('/users', dependencies=[Depends(get_current_user)])
def create():
    return {}
"""


@pytest.mark.parametrize(
    ("tree", "outcome", "places"),
    [
        ({}, "fail", ["main.py:7", "main.py:12", "main.py:17"]),
        ({"path": "^/users"}, "fail", ["main.py:12", "main.py:17"]),
        ({"path": "^/users", "access": "open"}, "fail", ["main.py:12"]),
        ({"path": "^/users", "methods": ["post"], "access": "open"}, "pass", []),
        ({"methods": ["DELETE"], "access": "protected"}, "pass", []),
        ({"path": "^/metrics$"}, "not_applicable", []),
    ],
)
def test_routes(tree: dict[str, Any], outcome: str, places: list[str]) -> None:
    assert verdict({"kind": "route", **tree}, {"main.py": APP}) == (outcome, places)


def test_the_message_names_the_route() -> None:
    tree = {"kind": "route", "path": "health"}
    (finding,) = result_of(tree, {"main.py": APP}, message="{methods} {path} ({handler})").findings
    assert finding.message == "GET /health (health)"


@pytest.mark.parametrize("wrong", [{"methods": ["FETCH"]}, {"path": "("}, {"access": "secret"}, {"url": "/x"}])
def test_wrong_parameters_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RuleError, match=r"acme\.yaml:\d+: detector route"):
        check_of({"kind": "route", **wrong})

"""kinds: python-sql, secret, js-query and git."""

from __future__ import annotations

from typing import Any

import pytest

from readycheck.link.project import Listing, Project
from readycheck.model import Absent, Match, Subject
from tests.detectors.helpers import check_of, result_of, verdict

BUILT = "def f(cursor, name):\n    cursor.execute(f\"SELECT * FROM users WHERE name = '{name}'\")\n"
BOUND = "def f(cursor, name):\n    cursor.execute('SELECT * FROM users WHERE name = %s', (name,))\n"


@pytest.mark.parametrize(
    ("tree", "code", "outcome", "places"),
    [
        ({}, BUILT, "fail", ["m.py:2"]),
        ({}, BOUND, "pass", []),
        ({}, "x = 1\n", "not_applicable", []),
        ({"verb": ["delete"]}, BUILT, "pass", []),
        ({"verb": ["select"]}, BUILT, "fail", ["m.py:2"]),
        ({"sink": ["execute"]}, BUILT, "fail", ["m.py:2"]),
        ({"sink": ["executemany"]}, BUILT, "pass", []),
    ],
)
def test_python_sql(tree: dict[str, Any], code: str, outcome: str, places: list[str]) -> None:
    assert verdict({"kind": "python-sql", **tree}, {"m.py": code}) == (outcome, places)


def test_secrets_are_chosen_by_form_and_name_and_never_told() -> None:
    value = "zq" + "7Kw" * 5
    files = {"m.py": f"db_password = '{value}'\n", "n.py": f"import os\ntoken = os.getenv('API_TOKEN', '{value}')\n"}
    everything = result_of({"kind": "secret"}, files, message="{name} {detector} {form} {kind} {shown}")
    assert [f"{f.path}:{f.line}" for f in everything.findings] == ["m.py:1", "n.py:2"]
    assert value not in repr(everything)
    assert verdict({"kind": "secret", "forms": ["literal"]}, files)[1] == ["m.py:1"]
    assert verdict({"kind": "secret", "name": "TOKEN"}, files)[1] == ["n.py:2"]
    assert verdict({"kind": "secret", "kinds": ["placeholder"]}, files) == ("pass", [])


def _js(**tree: Any) -> dict[str, Any]:
    return {"kind": "js-query", **tree}


@pytest.mark.parametrize(
    ("tree", "code", "outcome", "places"),
    [
        (_js(call=["eval"]), "eval(x);\n", "fail", ["a.js:1"]),
        (
            _js(call=["*.cookie"], position=2, key="secure", missing=True),
            "res.cookie('a', b, {path: '/'});\n",
            "fail",
            ["a.js:1"],
        ),
        (
            _js(call=["*.cookie"], position=2, key="secure", equals=False),
            "res.cookie('a', b, {\n  secure: true });\n",
            "pass",
            [],
        ),
        (
            _js(call=["*.cookie"], position=2, key="secure", equals=False),
            "res.cookie('a', b, options);\n",
            "unknown",
            [],
        ),
        (_js(call=["*.listen"], position=1, equals="0.0.0.0"), "app.listen(80,\n '0.0.0.0');\n", "fail", ["a.js:2"]),
        (
            _js(call=["jsonwebtoken.sign"]),
            "const jwt = require('jsonwebtoken');\njwt.sign(a, b);\n",
            "fail",
            ["a.js:2"],
        ),
        (
            _js(binding=["process.env.NODE_TLS_*"], equals="0"),
            "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';\n",
            "fail",
            ["a.js:1"],
        ),
        (_js(call=["eval"]), "evaluate(x);\n", "not_applicable", []),
    ],
)
def test_scripts(tree: dict[str, Any], code: str, outcome: str, places: list[str]) -> None:
    assert verdict(tree, {"a.js": code}) == (outcome, places)


def _observed(tree: dict[str, Any], listing: Listing) -> list[Any]:
    loaded = check_of({"kind": "git", **tree}).detectors["repo"]
    return list(loaded.find(Project({}, listing), {}))


def test_tracked_files() -> None:
    paths = frozenset({".env", ".env.example", "a/key.pem", "b.py"})
    listing = Listing(paths, paths, (".env",), (("old.pem", "0123456789abcdef"),))
    found = _observed({"path": [".env*", "*.pem"], "except": ["*.example"]}, listing)
    assert [one.location.path for one in found] == [".env", "a/key.pem"]
    assert [one.location.path for one in _observed({"path": ["*"], "state": "ignored"}, listing)] == [".env"]
    (removed,) = _observed({"path": ["*.pem"], "state": "removed"}, listing)
    assert isinstance(removed, Match)
    assert removed.values == {"path": "old.pem", "commit": "0123456789ab"}
    assert isinstance(_observed({"path": ["*.key"]}, listing)[0], Subject)


def test_outside_git_nothing_is_known_of_tracked_files() -> None:
    assert isinstance(_observed({"path": ["*"]}, Listing(frozenset({"a"})))[0], Absent)

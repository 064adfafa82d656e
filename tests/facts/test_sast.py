"""bandit, routed to where its tests can find something: the same places as bandit itself."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readycheck.facts.sast import ROUTES, find_issues, gate_literals

CASES = [
    ("import hashlib\nhashlib.md5(b'x')\n", [("B324", 2)]),
    ("import hashlib\nhashlib.md5(b'x', usedforsecurity=False)\n", []),
    ("import hashlib\nhashlib.sha256(b'x')\n", []),
    ("import hashlib\nhashlib.new('sha1', b'x')\n", [("B324", 2)]),
    ("import subprocess\ndef f(x):\n    subprocess.run(x, shell=True)\n", [("B602", 3)]),
    ("import subprocess\nsubprocess.run(['ls'], shell=False)\n", []),
    ("import os\ndef f(x):\n    os.system('ls ' + x)\n", [("B605", 3)]),
    ("import tarfile\ndef f(t):\n    t.extractall('/x')\n", [("B202", 3)]),
    ("import jinja2\njinja2.Environment(autoescape=False)\n", [("B701", 2)]),
    ("import telnetlib\n", [("B401", 1)]),
    ("import hashlib\nhashlib.md5(b'x')  # nosec\n", [("B324", 2)]),
    ("x = 'shell=True'\n", []),
]


@pytest.mark.parametrize(("code", "places"), CASES)
def test_exact_places(code: str, places: list[tuple[str, int]]) -> None:
    found = find_issues("m.py", code.encode(), ast.parse(code))
    assert [(issue.test, issue.line) for issue in found] == places
    assert all(issue.cwe for issue in found)


@pytest.mark.parametrize("code", [code for code, places in CASES if places])
def test_the_gate_lets_through_whatever_is_found(code: str) -> None:
    assert any(literal.lower() in code.lower().encode() for literal in gate_literals())


def test_lines_hold_when_the_rest_of_a_long_module_is_left_out() -> None:
    filler = "".join(f"def f{n}():\n    return {n}\n\n" for n in range(50))
    code = f"import hashlib\n{filler}class A:\n    def g(self):\n        return hashlib.md5(b'x')\n{filler}"
    (issue,) = find_issues("m.py", code.encode(), ast.parse(code))
    assert (issue.test, issue.line) == ("B324", 154)


def test_only_high_severity_is_told_and_each_route_names_a_literal() -> None:
    assert all(test.startswith("B") and literal and pattern for test, literal, pattern in ROUTES)
    code = "import pickle\npickle.loads(b'')\nimport hashlib\n"
    assert find_issues("m.py", code.encode(), ast.parse(code)) == ()


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="hashlib.md5()shell=True\n \t:'\"#", max_size=120))
def test_any_module_can_be_read(code: str) -> None:
    data = f"import hashlib\n{code}".encode()
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return
    find_issues("m.py", data, tree)

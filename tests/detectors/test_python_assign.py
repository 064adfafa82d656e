"""kind: python-assign."""

from __future__ import annotations

from typing import Any

import pytest

from tests.detectors.helpers import verdict

ASSIGN = {"kind": "python-assign"}


@pytest.mark.parametrize(
    ("tree", "code", "outcome", "places"),
    [
        ({"name": ["DEBUG"], "equals": True}, "DEBUG = True\n", "fail", ["m.py:1"]),
        ({"name": ["DEBUG"], "equals": True}, "DEBUG = False\n", "pass", []),
        ({"name": ["DEBUG"], "equals": True}, "DEBUGGER = True\n", "not_applicable", []),
        ({"name": ["DEBUG"], "equals": True}, "import os\nDEBUG = os.environ['DEBUG'] == '1'\n", "unknown", []),
        ({"name": ["DEBUG"], "equals": True}, "import os\nDEBUG = os.getenv('D', 'true')\n", "fail", ["m.py:2"]),
        ({"name": ["app.config[TESTING]"], "equals": True}, "app.config['TESTING'] = True\n", "fail", ["m.py:1"]),
        ({"name": ["*.verify"], "equals": False}, "def f(s):\n    s.verify = False\n", "fail", ["m.py:2"]),
        ({"name": ["APPS"], "contains": "x"}, "APPS = ['a']\nAPPS += ['x']\n", "fail", ["m.py:2"]),
        ({"name": ["HOSTS"], "equals": ["*"]}, "HOSTS = ['*']\n", "fail", ["m.py:1"]),
        ({"name": ["HOSTS"], "equals": ["*"]}, "HOSTS = ['*', 'a']\n", "pass", []),
        ({"name": ["AGE"], "one_of": [0, 60]}, "AGE = 60\n", "fail", ["m.py:1"]),
        ({"name": ["OLD_*"]}, "OLD_URL = '/x'\n", "fail", ["m.py:1"]),
    ],
)
def test_assignments(tree: dict[str, Any], code: str, outcome: str, places: list[str]) -> None:
    assert verdict({**ASSIGN, **tree}, {"m.py": code}) == (outcome, places)

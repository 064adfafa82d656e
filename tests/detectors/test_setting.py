"""kind: setting."""

from __future__ import annotations

import pytest

from tests.detectors.helpers import result_of, verdict

DEBUG = {"kind": "setting", "name": ["DEBUG"], "equals": True}
READ = "import os\nDEBUG = os.getenv('DEBUG', 'true')\n"
SETTINGS = "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    debug: bool = True\n"


def _compose(value: str) -> str:
    return f"services:\n  api:\n    build: .\n    environment:\n      DEBUG: {value}\n"


@pytest.mark.parametrize(
    ("files", "outcome", "places"),
    [
        ({"settings.py": "DEBUG = True\n"}, "fail", ["settings.py:1"]),
        ({"settings.py": READ}, "fail", ["settings.py:2"]),
        ({"settings.py": SETTINGS}, "fail", ["settings.py:3"]),
        ({"settings.py": READ, "compose.yaml": _compose('"false"')}, "pass", []),
        ({"settings.py": SETTINGS, "compose.yaml": _compose('"0"')}, "pass", []),
        ({"compose.yaml": _compose('"1"')}, "fail", ["compose.yaml:5"]),
        ({"compose.yaml": _compose("${DEBUG}")}, "unknown", []),
        ({"Dockerfile": "FROM python:3.12\nENV DEBUG=true\nCMD python a.py\n"}, "fail", ["Dockerfile:2"]),
        ({"m.py": "def f():\n    debug = True\n"}, "not_applicable", []),
        ({"settings.py": "import os\nDEBUG = os.environ['DEBUG']\n"}, "unknown", []),
        ({"tests/conftest.py": "DEBUG = True\n"}, "not_applicable", []),
    ],
)
def test_the_value_in_force_decides(files: dict[str, str], outcome: str, places: list[str]) -> None:
    assert verdict(DEBUG, files) == (outcome, places)


def test_a_missing_variable_is_a_finding_of_the_whole_project() -> None:
    tree = {"kind": "setting", "name": ["SENTRY_DSN"], "missing": True}
    assert verdict(tree, {"m.py": "x = 1\n"}) == ("fail", [".:0"])
    assert verdict(tree, {"compose.yaml": _compose("1").replace("DEBUG", "SENTRY_DSN")}) == ("pass", [])


def test_the_value_of_a_secret_is_never_told() -> None:
    tree = {"kind": "setting", "name": ["DB_PASSWORD"], "matches": "^.{0,12}$"}
    result = result_of(
        tree, {"compose.yaml": _compose("tulip-42").replace("DEBUG", "DB_PASSWORD")}, message="{name}={value}"
    )
    assert result.outcome.value == "fail"
    assert "tulip" not in repr(result)

"""kind: python-call."""

from __future__ import annotations

from typing import Any

import pytest

from readycheck.model import RuleError
from tests.detectors.helpers import check_of, result_of, verdict

COOKIE: dict[str, Any] = {"kind": "python-call", "call": ["*.set_cookie"], "argument": "httponly"}
GET: dict[str, Any] = {"kind": "python-call", "call": ["requests.get"], "argument": "verify", "equals": False}


@pytest.mark.parametrize(
    ("tree", "code", "outcome", "places"),
    [
        (GET, "import requests\nrequests.get('u', verify=False)\n", "fail", ["m.py:2"]),
        (GET, "from requests import get\nget(\n    'u',\n    verify=False,\n)\n", "fail", ["m.py:4"]),
        (GET, "import requests as r\nOFF = False\nr.get('u', verify=OFF)\n", "fail", ["m.py:3"]),
        (GET, "import requests\nkw = {'verify': False}\nrequests.get('u', **kw)\n", "fail", ["m.py:3"]),
        (GET, "import requests\nrequests.get('u', verify=True)\n", "pass", []),
        (GET, "import requests\nrequests.get('u')\n", "pass", []),
        (GET, "import requests\ndef f(kw):\n    requests.get('u', **kw)\n", "unknown", []),
        (GET, "import requests\ndef f(check):\n    requests.get('u', verify=check)\n", "unknown", []),
        (GET, "def get(u, verify): ...\nget('u', verify=False)\n", "not_applicable", []),
        ({**COOKIE, "missing": True}, "def f(response):\n    response.set_cookie('a', 'b')\n", "fail", ["m.py:2"]),
        ({**COOKIE, "missing": True}, "def f(r):\n    r.set_cookie('a', 'b', httponly=True)\n", "pass", []),
        ({**COOKIE, "missing": True}, "def f(r, kw):\n    r.set_cookie('a', **kw)\n", "unknown", []),
        ({"kind": "python-call", "call": ["os.system"]}, "import os\nos.system('ls')\n", "fail", ["m.py:2"]),
        (
            {"kind": "python-call", "call": ["os.umask"], "position": 0, "one_of": [0, 2]},
            "import os\nos.umask(0)\nos.umask(0o77)\n",
            "fail",
            ["m.py:2"],
        ),
        (
            {"kind": "python-call", "call": ["open"], "position": 0, "matches": "^/tmp/"},
            "open('/tmp/x')\nopen('/srv/x')\n",
            "fail",
            ["m.py:1"],
        ),
        (
            {"kind": "python-call", "call": ["ssl.wrap"], "argument": "cert_reqs", "equals": "ssl.CERT_NONE"},
            "import ssl\nssl.wrap(cert_reqs=ssl.CERT_NONE)\nssl.wrap(cert_reqs=ssl.CERT_REQUIRED)\n",
            "fail",
            ["m.py:2"],
        ),
        (
            {"kind": "python-call", "call": ["requests.Session.get"], "argument": "verify", "equals": False},
            "import requests\ns = requests.Session()\ns.get('u', verify=False)\n",
            "fail",
            ["m.py:3"],
        ),
    ],
)
def test_calls_and_their_arguments(tree: dict[str, Any], code: str, outcome: str, places: list[str]) -> None:
    assert verdict(tree, {"m.py": code}) == (outcome, places)


def test_a_middleware_class_counts_as_called_by_the_framework() -> None:
    name = "starlette.middleware.cors.CORSMiddleware"
    tree = {"kind": "python-call", "call": [name], "argument": "allow_origins", "contains": "*"}
    code = (
        "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\nORIGINS = ['*']\n"
        "app = FastAPI()\napp.add_middleware(CORSMiddleware, allow_origins=ORIGINS)\n"
    )
    assert verdict(tree, {"main.py": code}) == ("fail", ["main.py:5"])
    assert verdict(tree, {"main.py": code.replace("'*'", "'https://a.example'")}) == ("pass", [])


def test_the_chain_and_the_message_say_where_the_value_comes_from() -> None:
    files = {
        "conf.py": "VERIFY = False\n",
        "m.py": "import requests\nfrom conf import VERIFY\nrequests.get('u', verify=VERIFY)\n",
    }
    result = result_of(GET, files, message="{call} has {argument} {value}")
    (finding,) = result.findings
    assert finding.message == "requests.get has verify False"
    assert [(step.path, step.line) for step in finding.chain] == [("conf.py", 1)]


def test_what_never_runs_in_production_does_not_count() -> None:
    code = "import requests\nDEBUG = False\nif DEBUG:\n    requests.get('u', verify=False)\n"
    result = result_of(GET, {"m.py": code})
    assert result.outcome.value == "not_applicable"
    assert [(f.line, f.counts) for f in result.findings] == [(4, False)]


def test_a_proof_in_a_module_that_nothing_imports_is_none() -> None:
    tree = {"kind": "python-call", "call": ["setup_tracing"], "reached": True}
    files = {
        "main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        "tracing.py": "def setup_tracing(): ...\nsetup_tracing()\n",
    }
    assert verdict(tree, files, side="require") == ("fail", ["tracing.py:2"])
    files["main.py"] += "import tracing\n"
    assert verdict(tree, files, side="require")[0] == "pass"


@pytest.mark.parametrize(
    "wrong",
    [
        {"call": []},
        {"call": ["a b"]},
        {"call": ["a"], "equals": 1},
        {"call": ["a"], "argument": "x", "equals": 1, "contains": 2},
        {"call": ["a"], "argument": "x", "matches": "("},
        {"call": ["a"], "argument": "x", "matches": "(a+)+$"},
        {"call": ["a"], "argumnt": "x"},
        {"call": ["a"], "position": -1},
    ],
)
def test_wrong_parameters_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RuleError, match=r"acme\.yaml:\d+: detector python-call"):
        check_of({"kind": "python-call", **wrong})

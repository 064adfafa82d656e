"""What a Python expression is in production: followed across names, files, settings, branches and the environment."""

from __future__ import annotations

import pytest

from readycheck.facts.values import Call, Const, Items, Joined, Name, Opaque, Table, Value
from readycheck.link.possible import Possible, compared, truth
from tests.link.helpers import project_of

SETTINGS = (
    "from pydantic_settings import BaseSettings\nclass Settings(BaseSettings):\n    DEBUG: bool = True\n"
    "    origins: list[str] = ['*']\nsettings = Settings()\n"
)


def _resolved(files: dict[str, str], path: str = "m.py") -> tuple[Possible, ...]:
    """The possible values of the argument of the first `use(...)` call."""
    project = project_of(files)
    call = next(call for call in project.python[path].calls if call.call.name.endswith("use"))
    return project.resolver.possible(call.call.args[0].value, path, call.scope)


def _values(files: dict[str, str] | str, path: str = "m.py") -> list[Value]:
    return [one.value for one in _resolved({"m.py": files} if isinstance(files, str) else files, path)]


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("use(1)", [Const(1)]),
        ("A = 1\nuse(A)", [Const(1)]),
        ("A = 1\nA = 2\nuse(A)", [Const(2)]),
        ("A = B = 'x'\nuse(B)", [Const("x")]),
        ("A = ['x']\nA.append('y')\nuse(A)", [Items((Const("x"),)), Items((Const("y"),))]),
        ("A = {'k': 5}\nuse(A['k'])", [Const(5)]),
        ("A = 'a'\nuse(f'{A}b' + 'c')", [Const("abc")]),
        ("use(' A,b '.strip().lower().split(','))", [Items((Const("a"), Const("b")))]),
        ("A = 'x'\nuse(str(A))", [Const("x")]),
        ("def f():\n    return 3\nuse(f())", [Const(3)]),
        ("def f(a):\n    return a\nuse(f(1))", [Const(1)]),
        ("def f(a):\n    return a\nuse(f())", [Name("a")]),
        ("def f(a, b='x'):\n    c = b\n    return c\nuse(f(1))", [Const("x")]),
        ("def f(a):\n    return a\ndef g(a):\n    return f(a=a)\nuse(g(2))", [Const(2)]),
        ("def f(a):\n    if a == 1:\n        return 'one'\n    return 'more'\nuse(f(1))", [Const("one")]),
        ("def f(a):\n    if a == 1:\n        return 'one'\n    return 'more'\nuse(f(2))", [Const("more")]),
        (
            "def f(a):\n    try:\n        return a\n    except OSError:\n        return 0\nuse(f(3))",
            [Const(3), Const(0)],
        ),
        ("import os\ndef f(a):\n    return a in os.environ\nuse(f('X'))", [Const(False)]),
        ("class A:\n    b = 4\nuse(A.b)", [Const(4)]),
        ("class A:\n    b = 4\nclass C(A): ...\nuse(C.b)", [Const(4)]),
        ("class A:\n    def __init__(self):\n        self.b = 4\nx = A()\nuse(x.b)", [Const(4)]),
        ("A = 1\ndef f():\n    A = 2\n    use(A)", [Const(2)]),
        ("A = 1\ndef f():\n    use(A)", [Const(1)]),
        ("A = None or 'x'\nuse(A)", [Const("x")]),
        ("A = 'x' == 'x'\nuse(A)", [Const(True)]),
        ("A = 'x' not in ['x']\nuse(A)", [Const(False)]),
        ("A = not False\nuse(A)", [Const(True)]),
        ("import ssl\nuse(ssl.CERT_NONE)", [Name("ssl.CERT_NONE")]),
        ("A = A\nuse(A)", None),
        ("A = B\nB = A\nuse(A)", None),
        ("def f():\n    return f()\nuse(f())", None),
    ],
)
def test_within_a_module(code: str, values: list[Value] | None) -> None:
    found = _values(code)
    if values is not None:
        assert found == values


@pytest.mark.parametrize(
    "files",
    [
        {"c.py": "A = 1\n", "m.py": "import c\nuse(c.A)"},
        {"c.py": "A = 1\n", "m.py": "from c import A as B\nuse(B)"},
        {"p/__init__.py": "from .c import A\n", "p/c.py": "A = 1\n", "m.py": "from p import A\nuse(A)"},
        {"p/__init__.py": "", "p/c.py": "A = 1\n", "m.py": "from p import c\nuse(c.A)"},
        {"c.py": "A = 1\n", "m.py": "from c import *\nuse(A)"},
        {"c.py": "from d import B as A\n", "d.py": "B = 1\n", "m.py": "from c import A\nuse(A)"},
        {"c.py": "class S:\n    A = 1\ns = S()\n", "m.py": "from c import s\nuse(s.A)"},
        {"c.py": "class S:\n    A = 1\ndef get():\n    return S()\n", "m.py": "from c import get\nuse(get().A)"},
    ],
)
def test_across_modules(files: dict[str, str]) -> None:
    (found,) = _resolved(files)
    assert found.value == Const(1)
    assert found.steps[0].text.endswith("= 1")


def test_settings_and_their_defaults_in_another_file() -> None:
    (found,) = _resolved({"app/config.py": SETTINGS, "m.py": "from app.config import settings\nuse(settings.origins)"})
    assert found.value == Items((Const("*"),))
    assert ("app/config.py", 4) in [(step.path, step.line) for step in found.steps]


PREFIXED = SETTINGS.replace("\n    DEBUG", "\n    model_config = {'env_prefix': 'APP_'}\n    DEBUG")
COMPOSE = "services:\n  api:\n    build: .\n    environment:\n      {name}: {value}\n"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (SETTINGS + "use(settings.DEBUG)", "DEBUG"),
        (
            SETTINGS.replace("\n    DEBUG", "\n    model_config = {'env_prefix': 'APP_'}\n    DEBUG")
            + "use(settings.DEBUG)",
            "APP_DEBUG",
        ),
        (SETTINGS.replace("= True", "= Field(True, validation_alias='XD')") + "use(settings.DEBUG)", "XD"),
        ("import os\nuse(os.getenv('DEBUG', 'true'))", "DEBUG"),
        ("import os\nuse(os.environ['DEBUG'])", "DEBUG"),
        ("from decouple import config\nuse(config('DEBUG', default=True))", "DEBUG"),
    ],
)
def test_a_deployment_overrides_the_default(code: str, name: str) -> None:
    (found,) = _resolved({"m.py": code, "compose.yaml": COMPOSE.format(name=name, value='"no"')})
    assert found.value == Const("no")
    assert ("compose.yaml", 5) in [(step.path, step.line) for step in found.steps]


def test_what_the_host_decides_is_not_guessed() -> None:
    files = {"m.py": "import os\nuse(os.getenv('A', 'x'))", "compose.yaml": COMPOSE.format(name="A", value="${A}")}
    (found,) = _resolved(files)
    assert found.value == Opaque("A comes from outside the repository")
    (required,) = _resolved({"m.py": "import os\nuse(os.environ['A'])"})
    assert isinstance(required.value, Opaque)
    assert "required" in required.value.text


def test_without_a_deployment_the_default_holds_and_says_so() -> None:
    (found,) = _resolved({"m.py": "import os\nuse(os.getenv('A', 'x'))"})
    assert found.value == Const("x")
    assert found.steps[-1].text == "A is set by no deployment, so the default holds"


@pytest.mark.parametrize(
    ("test", "value"),
    [("'a' == 'a'", [Const(1)]), ("'a' == 'b'", [Const(2)]), ("ON", [Const(1)]), ("not ON", [Const(2)])],
)
def test_branches_that_never_run_are_left_out(test: str, value: list[Value]) -> None:
    code = f"ON = True\nif {test}:\n    A = 1\nelse:\n    A = 2\nuse(A)"
    assert _values(code) == value


def test_branches_that_may_run_are_all_possible_and_none_is_certain() -> None:
    found = _resolved({"m.py": "A = 1\nif other():\n    A = 2\nuse(A)"})
    assert [(one.value, one.certain) for one in found] == [(Const(1), False), (Const(2), False)]


def test_conditions_under_which_code_runs() -> None:
    files = {
        "m.py": (
            "import os\nENV = os.getenv('ENV', 'development')\nif ENV == 'production':\n    use(1)\n"
            "if x():\n    use(2)\n"
        ),
        "compose.yaml": COMPOSE.format(name="ENV", value="staging"),
    }
    project = project_of(files)
    first, second = project.python["m.py"].calls
    assert project.resolver.holds(first.guards, "m.py") is False
    assert project.resolver.holds(second.guards, "m.py") is None
    project = project_of({**files, "compose.yaml": COMPOSE.format(name="ENV", value="production")})
    assert project.resolver.holds(project.python["m.py"].calls[0].guards, "m.py") is True


def test_django_settings() -> None:
    files = {
        "site/settings.py": "INSTALLED_APPS = []\nDEBUG = False\n",
        "m.py": "from django.conf import settings\nuse(settings.DEBUG)",
    }
    assert _values(files) == [Const(False)]


@pytest.mark.parametrize(
    ("value", "on"),
    [
        (Const("true"), True),
        (Const("False"), False),
        (Const("0"), False),
        (Const("off"), False),
        (Const(""), False),
        (Const(1), True),
        (Const(None), False),
        (Items(()), False),
        (Items((Const(1),)), True),
        (Opaque("?"), None),
        (Name("x"), None),
        (Table(()), None),
        (Call("f", ()), None),
        (Joined((), "f-string"), None),
    ],
)
def test_what_switches_something_on(value: Value, on: bool | None) -> None:
    assert truth(value) is on


@pytest.mark.parametrize(
    ("left", "op", "right", "answer"),
    [
        (Const(1), "==", Const(1), True),
        (Const(1), "is-not", Const(1), False),
        (Const("a"), "in", Items((Const("a"),)), True),
        (Const("a"), "in", Items((Name("x"),)), None),
        (Const(1), "<", Const(2), None),
        (Name("x"), "==", Const(1), None),
    ],
)
def test_comparisons(left: Value, op: str, right: Value, answer: bool | None) -> None:
    assert compared(left, op, right) is answer


def test_long_chains_end() -> None:
    code = "A0 = 1\n" + "".join(f"A{n} = A{n - 1}\n" for n in range(1, 60)) + "use(A59)"
    assert _values(code) == [Opaque("followed too far")]
    wide = "".join(f"if f{n}():\n    A = {n}\n" for n in range(40)) + "use(A)"
    assert len(_values(wide)) <= 8

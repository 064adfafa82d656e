"""Facts of Python modules: imports, bindings, calls, environment reads, functions, and values without secrets."""

from __future__ import annotations

import ast
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.python import Binding, PythonFacts, extract_python, module_name, parse_python
from readycheck.facts.values import (
    Argument,
    Call,
    Choice,
    Compare,
    Const,
    Hidden,
    Items,
    Joined,
    Logic,
    Name,
    Opaque,
    Table,
    Value,
)

INTEREST = frozenset({"run", "jwt.decode", "verify="})


def _hide(_name: str, text: str) -> Hidden:
    return Hidden("…", len(text), "digest")


def _facts(code: str, path: str = "app/main.py", deep: bool = True) -> PythonFacts:
    tree = parse_python(code.encode())
    assert isinstance(tree, ast.Module), tree
    return extract_python(path, tree, INTEREST, _hide, deep)


def _value(code: str, name: str = "x") -> Value:
    return next(binding.value for binding in _facts(code).bindings if binding.name == name)


@pytest.mark.parametrize(
    ("path", "module"),
    [("a.py", "a"), ("a/b.py", "a.b"), ("a/__init__.py", "a"), ("__init__.py", "__init__"), ("a/b.pyi", "a.b")],
)
def test_module_names(path: str, module: str) -> None:
    assert module_name(path) == module


@pytest.mark.parametrize(
    ("code", "path", "imports"),
    [
        ("import a.b\n", "m.py", [("a", "a.b", 1)]),
        ("import a.b as c\n", "m.py", [("c", "a.b", 1)]),
        ("from a import b, c as d\n", "m.py", [("b", "a.b", 1), ("d", "a.c", 1)]),
        ("from . import x\n", "p/q/m.py", [("x", "p.q.x", 1)]),
        ("from ..r import x\n", "p/q/m.py", [("x", "p.r.x", 1)]),
        ("from .r import x\n", "p/q/__init__.py", [("x", "p.q.r.x", 1)]),
        ("from a import *\n", "m.py", [("*", "a.*", 1)]),
        ("try:\n    import a\nexcept ImportError:\n    import b\n", "m.py", [("a", "a", 2), ("b", "b", 4)]),
        ("def f():\n    import a\n", "m.py", [("a", "a", 2)]),
        ("if x:\n    import a\nelse:\n    import b\n", "m.py", [("a", "a", 2), ("b", "b", 4)]),
    ],
)
def test_imports(code: str, path: str, imports: list[tuple[str, str, int]]) -> None:
    assert [(one.local, one.target, one.line) for one in _facts(code, path).imports] == imports


def test_an_import_knows_where_it_is_used() -> None:
    first, second = _facts("import a\nimport b\na.x()\nclass C(a.D):\n    y: a.E\n").imports
    assert first.used_lines == (3, 4, 5)
    assert second.used_lines == ()


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("x = 1", Const(1)),
        ("x = -1", Const(-1)),
        ("x = None", Const(None)),
        ("x = 60 * 60", Const(3600)),
        ("x = 'a'", Const("a")),
        ("x = ['a', 1]", Items((Const("a"), Const(1)))),
        ("x = [1] + [2]", Items((Const(1), Const(2)))),
        ("x = {'a': 1, **y}", Table(((Const("a"), Const(1)), (None, Name("y"))))),
        ("import os as o\nx = o.path", Name("os.path")),
        ("from a import b\nx = b.c", Name("a.b.c")),
        ("x = f'a{y}'", Joined((Const("a"), Name("y")), "f-string")),
        ("x = 'a' + y", Joined((Const("a"), Name("y")), "concat")),
        ("x = 'a%s' % y", Joined((Const("a%s"), Name("y")), "percent")),
        ("x = y or 'a'", Choice((Name("y"), Const("a")))),
        ("x = 'a' if y else 'b'", Choice((Const("a"), Const("b")), "y")),
        ("x = y and z", Logic("and", (Name("y"), Name("z")))),
        ("x = not y", Logic("not", (Name("y"),))),
        ("x = y == 'a'", Compare(Name("y"), "==", Const("a"))),
        ("x = y not in ['a']", Compare(Name("y"), "not-in", Items((Const("a"),)))),
        ("x = f(1, b=2)", Call("f", (Argument(None, Const(1), 1), Argument("b", Const(2), 1)), 1)),
        ("x = f(*a, **b)", Call("f", (Argument("*", Name("a"), 1), Argument("**", Name("b"), 1)), 1)),
        ("x = [i.strip() for i in y]", Name("y")),
        ("x = [1 for i in y]", Opaque("comprehension")),
        ("x = 'a' * 400", Opaque("arithmetic")),
        ("x = b'a'", Opaque("bytes")),
    ],
)
def test_values(code: str, value: Value) -> None:
    assert _value(code) == value


def test_a_method_of_a_call_keeps_the_call() -> None:
    value = _value("import os\nx = os.getenv('A', 'b').split(',')")
    assert isinstance(value, Call)
    assert value.name == ".split"
    assert isinstance(value.receiver, Call)
    assert value.receiver.name == "os.getenv"


@pytest.mark.parametrize(
    "code",
    [
        "password = 'tulip42rose'",
        "x = {'api_key': 'tulip42rose'}",
        "f(token='tulip42rose')",
        "def f(secret='tulip42rose'): ...",
        "x = os.getenv('DB_PASSWORD', 'tulip42rose')",
        "x = 'postgres://u:tulip42rose@db/x'",
        "x = 'Zq7Kw' * 1 + 'tulip42roseTULIP42ROSEtulip42'",
        "class A:\n    client_secret: str = 'tulip42rose'",
        "app.config['SECRET_KEY'] = 'tulip42rose'",
        "verify(password='tulip42rose', verify=False)",
    ],
)
def test_no_secret_is_in_the_facts(code: str) -> None:
    assert "tulip42rose" not in repr(_facts(code)).lower()


def test_bindings_know_scope_annotation_guards_and_augments() -> None:
    code = (
        "A: int = 1\nB = C = 2\n(D, E) = (3, 4)\nF = []\nF.append('x')\nF += ['y']\n"
        "class S:\n    g: str\n    def __init__(self):\n        self.h = 5\n"
        "if A:\n    I = 6\nelse:\n    I = 7\napp.config['J'] = 8\n"
    )
    found: dict[str, list[Binding]] = {}
    for binding in _facts(code).bindings:
        found.setdefault(binding.name, []).append(binding)
    assert found["A"][0].annotation == "int"
    assert [found[name][0].value for name in "BCDE"] == [Const(2), Const(2), Const(3), Const(4)]
    assert [one.augments for one in found["F"]] == [False, True, True]
    assert found["F"][1].value == Items((Const("x"),))
    assert (found["g"][0].scope, found["g"][0].annotation, found["g"][0].value) == ("S", "str", Opaque("no value"))
    assert found["self.h"][0].scope == "S.__init__"
    assert [(one.line, one.guards[0].holds, one.guards[0].test) for one in found["I"]] == [
        (12, True, Name("A")),
        (14, False, Name("A")),
    ]
    assert found["app.config[J]"][0].line == 15


def test_calls_of_interest_with_place_scope_and_guards() -> None:
    code = (
        "import jwt\nclass A:\n    def f(self):\n        if self.on:\n            y = self.run(1)\n"
        "walk()\njwt.decode('x')\nother.decode('x')\nget('u', verify=False)\n"
    )
    found = [(one.call.name, one.line, one.column, one.scope, one.assigned_to) for one in _facts(code).calls]
    assert found == [
        ("self.run", 5, 17, "A.f", "y"),
        ("jwt.decode", 7, 1, "", ""),
        ("get", 9, 1, "", ""),
    ]
    assert _facts(code).calls[0].guards[0].test == Name("self.on")


def test_without_depth_long_bodies_are_left_alone() -> None:
    code = "def long():\n    a = 1\n    b = 2\n    c = 3\n    d = 4\ndef short():\n    return E\n"
    shallow = _facts(code, deep=False)
    assert [binding.name for binding in shallow.bindings] == []
    assert [function.returns for function in shallow.functions] == [(), (Name("E"),)]
    assert len(_facts(code).bindings) == 4


@pytest.mark.parametrize(
    ("code", "reads"),
    [
        ("import os\nos.getenv('A')\n", [("A", None, True)]),
        ("import os\nos.environ.get('A', 'b')\n", [("A", Const("b"), False)]),
        ("from os import environ\nenviron['A']\n", [("A", None, True)]),
        ("import os\nos.environ['A'] = 'b'\n", []),
        ("from decouple import config\nconfig('A', default=1)\n", [("A", Const(1), False)]),
        ("import environ\nenv = environ.Env()\nenv.bool('A', default=False)\n", [("A", Const(False), False)]),
        ("import os\nos.getenv(name)\n", []),
    ],
)
def test_environment_reads(code: str, reads: list[tuple[str, Value | None, bool]]) -> None:
    assert [(one.name, one.default, one.required) for one in _facts(code).env_reads] == reads


def test_functions_and_classes() -> None:
    code = (
        "@app.get('/x')\n@limit\nasync def f(a: int = 1, *, b=None) -> str:\n    return 'y'\n"
        "class A(base.B, C):\n    def g(self): ...\n"
    )
    facts = _facts(code)
    f, g = facts.functions
    assert (f.name, f.line, f.end_line, f.decorator_lines, f.is_async) == ("f", 3, 4, (1, 2), True)
    assert [(p.name, p.annotation, p.default) for p in f.parameters] == [("a", "int", Const(1)), ("b", "", Const(None))]
    assert f.returns == (Const("y"),)
    assert (g.scope, g.name) == ("A", "g")
    assert [(c.name, c.bases, c.line) for c in facts.classes] == [("A", ("base.B", "C"), 5)]


@pytest.mark.parametrize(
    "data",
    [
        b"def f(:\n",
        b"print 'python 2'\n",
        b"x = 1\0\n",
        b"\xff\xfe",
        b"(" * 5000 + b")" * 5000,
        b"x = " + b"-" * 100_000 + b"1",
    ],
)
def test_what_does_not_parse_says_why(data: bytes) -> None:
    found = parse_python(data)
    assert isinstance(found, str)
    assert found.startswith("does not parse as Python")


def test_deep_nesting_that_parses_is_bounded() -> None:
    depth = min(sys.getrecursionlimit() // 12, 80)
    facts = _facts("x = " + "f(" * depth + "1" + ")" * depth)
    assert facts.bindings[0].name == "x"
    _facts("if a:\n" + "".join("    " * n + "if a:\n" for n in range(1, 60)) + "    " * 60 + "b = 1\n")
    _facts("x = " + " + ".join(["'a'"] * 800))


def _read(data: bytes) -> None:
    tree = parse_python(data)
    if isinstance(tree, ast.Module):
        extract_python("a.py", tree, INTEREST, _hide)


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(data: bytes) -> None:
    _read(data)


PIECES = [
    "x = ",
    "f(",
    ")",
    "[",
    "]",
    "{'a': ",
    "}",
    "\n",
    "    ",
    "if x:\n",
    "lambda: ",
    "'s'",
    "1",
    ", ",
    "y",
    " or ",
    "*",
    "class A:\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_pieces_of_python_can_be_read(pieces: list[str]) -> None:
    _read("".join(pieces).encode())

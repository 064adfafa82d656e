"""What code does with passwords, at exact places."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.passwords import find_password_uses


def uses(source: str) -> list[tuple[str, int]]:
    return [(use.kind, use.line) for use in find_password_uses(ast.parse(source))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import hashlib\ndef f(password):\n    return hashlib.md5(password.encode())\n", [("fast-hash", 3)]),
        ("import hashlib\ndef hash_password(p):\n    return hashlib.new('sha1', p)\n", [("fast-hash", 3)]),
        ("def f(u, password):\n    return u.password == password\n", [("plain-compare", 2)]),
        ("def f(users, name, password):\n    return users[name]['password'] == password\n", [("plain-compare", 2)]),
        ("def f(M, password):\n    return M.objects.filter(password=password)\n", [("plain-lookup", 2)]),
        ("def f(db, password):\n    db.find_one({'password': password})\n", [("plain-lookup", 2)]),
        ("def f(settings, password):\n    return password == settings.password\n", [("configured", 2)]),
        ("class User:\n    password: str\n", [("taken", 2)]),
    ],
)
def test_found(source: str, expected: list[tuple[str, int]]) -> None:
    assert uses(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "def f(form):\n    return form.password == form.confirm_password\n",
        "def f(password, password2):\n    return password == password2\n",
        "def f(u, password):\n    return u.password_hash == digest(password)\n",
        "import hashlib\ndef f(url):\n    return hashlib.md5(url)\n",
        "import hashlib\ndef f(user):\n    return hashlib.md5(user.password_hash)\n",
        "import hashlib, bcrypt\ndef f(password):\n    return bcrypt.hashpw(hashlib.sha256(password).digest(), s)\n",
        "def f(db, password):\n    password = hash_it(password)\n    return db.filter_by(password=password)\n",
        "class Settings:\n    password: str\n",
        "PASSWORD = 'password'\nassert 'password' == 'password'\n",
    ],
)
def test_silent(source: str) -> None:
    assert uses(source) == []


@given(st.text(max_size=200))
def test_never_raises(text: str) -> None:
    try:
        tree = ast.parse(f"def f(password):\n    return u.password == {text}\n")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    find_password_uses(tree)

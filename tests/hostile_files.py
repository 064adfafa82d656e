"""Files that no honest project has, and what a report must say of each ("" where nothing was left out)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

DEPTH = 5_000


@dataclass(frozen=True, slots=True)
class Odd:
    """A small file, and a part of the reason that must be given for it."""

    path: str
    content: bytes
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Large:
    """A file that is only made when it is needed."""

    path: str
    make: Callable[[], bytes]
    reason: str = ""


def _nested(opening: bytes, closing: bytes, inner: bytes = b"") -> bytes:
    return opening * DEPTH + inner + closing * DEPTH


def _lines(pattern: str, count: int) -> Callable[[], bytes]:
    return lambda: "".join(pattern.replace("#", str(number)) for number in range(count)).encode()


def _alias_bomb() -> bytes:
    lines = ["x-0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join([*lines, "services:", "  web:", "    image: x", "    command: *a9", ""]).encode()


def _merge_bomb() -> bytes:
    lines = ["x-0: &a0 {a: 1}"]
    lines += [f"x-{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}" for n in range(1, 40)]
    return "\n".join([*lines, "services:", "  web:", "    image: x", "    labels: *a39", ""]).encode()


_COMPOSE = "services:\n  web:\n    image: nginx:1.27\n"
_WRONG_TYPES = """\
services:
  a: 3
  b:
  c: [1]
  d: {image: [1], ports: {a: b}, environment: 3, command: {x: y}, healthcheck: yes, deploy: [1], labels: 3}
  e: {image: x, depends_on: 3, build: 3, env_file: {a: 1}, extends: [1], volumes: 5, networks: 7, restart: [a]}
volumes: 7
networks: true
"""

FILES = [
    # Encodings
    Odd("a.py", bytes(range(256)) * 40, "binary"),
    Odd("nul.py", b"x = 1\0\ny = 2\n", "binary"),
    Odd("utf16.py", "x = 'ü'\n".encode("utf-16")),
    Odd("utf16-no-mark.py", "x = 'ü'\n".encode("utf-16-le"), "binary"),
    Odd("compose.yml", _COMPOSE.encode("utf-16-be"), "binary"),
    Odd("utf8-mark.py", "x = 'ü'\n".encode("utf-8-sig")),
    Odd("latin1.py", "x = 'ü'\n".encode("latin-1")),
    Odd("half-utf16.py", b"\xff\xfex", "does not parse as Python"),
    Odd("cr.py", b"x = 1\ry = 2\r"),
    Odd("separators.py", "x = 1\x0c\n# \x0b \u2028 \u0085\ny = 2\n".encode()),
    Odd("empty.py", b""),
    Odd("compose.yaml", b""),
    # Syntax
    Odd("old.py", b"print 'hello'\nexec 'x'\n", "does not parse as Python"),
    Odd("broken.py", b"def f(:\n  pass\n", "does not parse as Python"),
    Odd("broken.js", b"const cors = require('cors'; function ( {\n", "syntax errors"),
    Odd("package.json", b'{"name": "x",,}', "not valid JSON"),
    Odd("pyproject.toml", b"[project\nname = ", "TOML"),
    Odd("docker-compose.yml", b"services:\n  a:\n   image: x\n    command: y\n", "not YAML"),
    Odd("k8s.yaml", b"apiVersion: v1\nkind: Secret\ndata: [a\n", "not YAML"),
    Odd("Dockerfile", b"FORM python:3.12\nrun away\n", "instruction"),
    # Depth
    Odd("deep.py", b"x = " + _nested(b"[", b"]"), "does not parse as Python"),
    Odd("deep-not.py", b"x = " + b"not " * 100_000 + b"1\n", "does not parse as Python"),
    Odd("deep-plus.py", b"x = " + b"1 + " * 50_000 + b"1\n", "does not parse as Python"),
    Odd("deep-else.py", b"if a: pass\n" + b"elif b: x = 1\n" * 20_000, "does not parse as Python"),
    Odd("deep.js", b"cors(\n" + _nested(b"[\n", b"]\n") + b")", "nested"),
    Odd("deep-calls.js", _nested(b"cors(\n", b")\n"), "nested"),
    Odd("deep-lines.js", b"const cors = 1; a\n" + b".f()\n" * 20_000, "nested"),
    Odd("deep.tsx", b"cors;\n" + _nested(b"<a>\n", b"</a>\n"), "nested"),
    Odd("deep.json", _nested(b"[", b"]")),
    Odd("deep/package.json", _nested(b'{"scripts":\n', b"}\n", b"1"), "nested"),
    Odd("deep/compose.yml", b"services: " + _nested(b"[", b"]"), "nested"),
    Odd("deep-block/compose.yml", b"services:\n" + b"".join(b" " * n + b"a:\n" for n in range(1, 300)), "nested"),
    Odd("deep/k8s.yml", b"apiVersion: v1\nkind: Pod\nx: " + _nested(b"[", b"]"), "nested"),
    Odd("deep/pyproject.toml", b"x = " + _nested(b"[\n", b"]\n"), "TOML"),
    Odd("deep/.env", b"A=" + _nested(b"${A:-", b"}", b"x") + b"\n", "more than"),
    # YAML and compose
    Odd("bomb/compose.yml", _alias_bomb(), "aliases expand"),
    Odd("merge/compose.yml", _merge_bomb(), "aliases expand"),
    Odd("self/compose.yml", b"services: &s\n  w: {image: x, environment: *s}\n", "names no complete anchor"),
    Odd("twice/compose.yml", b"services:\n  a: {image: x}\n  a: {image: y}\n", "already set"),
    Odd("tags/compose.yml", b"services:\n  a:\n    image: !!python/name:os.system x\n    ports: !reset []\n"),
    Odd("types/compose.yml", _WRONG_TYPES.encode(), "is not a mapping"),
    Odd("cycle/compose.yml", b"include: [cycle.yml]\n" + _COMPOSE.encode(), "does not exist"),
    Odd("itself/compose.yml", b"include: [compose.yml]\n" + _COMPOSE.encode(), "includes itself"),
    Odd("out/compose.yml", b"include: [../../../etc/passwd, /etc/passwd]\n" + _COMPOSE.encode(), "does not exist"),
    Odd("circle/compose.yml", b"services:\n  a: {image: x, extends: b}\n  b: {extends: {service: a}}\n", "in a circle"),
    Odd(
        "chain/compose.yml",
        b"services:\n"
        + b"".join(b"  s%d: {extends: s%d}\n" % (n, n + 1) for n in range(200))
        + b"  s200: {image: x}\n",
        "a chain of more than",
    ),
    Odd("numbers/compose.yml", b"services:\n  a: {image: 2001-99-99, x: 1e99999, y: 0x" + b"f" * 9_000 + b"}\n"),
]

LARGE = [
    Large("one-line.txt", lambda: b"x" * 7_900_000, "a line of more than"),
    Large("one-line.js", lambda: b"var cors=1;" * 500_000, "larger than 1.5 MB"),
    Large(
        "minified.js",
        lambda: b"!function(e){var t={origin:'*'};localStorage.setItem('token',e(t))}(cors);" * 9_000,
        "minified",
    ),
    Large("numbers.py", lambda: b"x = [" + b"1," * 3_000_000 + b"]\n", "operators and lines"),
    Large("text.py", lambda: b"x = '" + b"A" * 6_000_000 + b"'\n", "a line of more than"),
    Large("chain.js", lambda: b"const cors=x; a" + b".f()" * 300_000, "minified"),
    Large("chain-lines.js", lambda: b"const cors=x; a\n" + b".f()\n" * 250_000, "nested"),
    Large("imports.py", _lines("import m#\n", 60_000)),
    Large("imports.js", _lines("import a# from 'm#';\n", 50_000)),
    Large(
        "headers.js",
        lambda: (
            b"function f(req, res) {\n"
            + b"res.setHeader('Access-Control-Allow-Origin', req.headers.origin);\n" * 3_000
            + b"}\n"
        ),
        "the first were looked at",
    ),
    Large(
        "queries.py",
        lambda: (
            b"def f(c, a):\n    q = 'select * from t where '\n"
            + b"    q += f\"x = '{a}' and \"\n    c.execute(q)\n" * 3_000
        ),
        "SQL",
    ),
    Large(
        "queries.js",
        lambda: (
            b"function f(c, a) { let q = 'select * from t where ';\n"
            + b"q += `x = '${a}' and `; c.query(q);\n" * 3_100
            + b"}"
        ),
        "the first were looked at",
    ),
    Large("requirements.txt", _lines("package#==1.#\n", 100_000)),
    Large(
        "services/compose.yml",
        lambda: b"services:\n" + _lines("  s#: {image: 'r/x:#', environment: {A: '${B:-#}'}}\n", 2_000)(),
        "services: the rest is not judged",
    ),
    Large(
        "guide.md",
        lambda: b"# Title\n\nA `password` at http://example.org/x?y=z\n\n```sh\nexport TOKEN=$X\n```\n" * 60_000,
    ),
    Large("passwords.txt", lambda: b"password=password=password=" * 50_000 + b"\n", "a line of more than"),
    Large("many.env", _lines("A#_PASSWORD=x#\n", 10_000)),
    Large("double/Dockerfile", lambda: b"FROM x\n" + _lines("ENV A#=${A0}${A#}\n", 300)()),
]

# ruff: noqa: E501 (the planted lines are as long as people write them)
"""A planted secret stands in no output: not in the JSON, not on the console, not in errors, not in the cache."""

from __future__ import annotations

import base64
import functools
import json
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readycheck.cache import open_cache
from readycheck.facts.file import Options, build_gate, extract
from readycheck.model import Report
from readycheck.report.console import render_console
from readycheck.report.json import render_json
from readycheck.scan import scan
from tests.hostile import PLANTED, catalogue, plant, run_readycheck

KEY = b"k" * 32
# No piece of a secret longer than this may be seen: two characters, and some that occur by chance.
SEEN = 6
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
_MARKS = ":%[{(@!#*^~+?;,|&<>)}]=$"
_PROVIDERS = [("AK", "IA"), ("gh", "p_"), ("sk", "_live_"), ("xox", "b-"), ("gl", "pat-"), ("AI", "za"), ("npm", "_")]


def _secret(seed: int) -> str:
    """A token, a password with marks, or the shape of a provider, put together here so that it stands in no file."""
    chance = random.Random(seed)

    def letters(count: int) -> str:
        return "".join(chance.choices(_LETTERS, k=count))

    kind = chance.choice(("token", "password", "provider"))
    if kind == "token":
        return letters(chance.randint(16, 40))
    if kind == "password":
        return letters(9) + "".join(chance.choices(_MARKS, k=chance.randint(1, 4))) + letters(9)
    return "".join(chance.choice(_PROVIDERS)) + letters(36)


secrets_ = st.integers(0, 2**32).map(_secret)


def _quoted(text: str) -> str:
    return json.dumps(text)


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _python(s: str) -> str:
    return f"""\
import os
PASSWORD = {_quoted(s)}
api_key: str = {_quoted(s)}
ALLOWED_HOSTS = ["example.org", {_quoted(s)}]
CORS_ALLOWED_ORIGINS = ["https://user:{s.replace('"', "")}@example.org"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "PASSWORD": {_quoted(s)}, "HOST": "db.corp.net"}}}}
secret = os.getenv("SECRET_KEY", {_quoted(s)})
def connect(password={_quoted(s)}):
    client.login("admin", password={_quoted(s)})
    cursor.execute(f"select * from users where token = '{{x}}' and key = " + {_quoted(s)})
headers = {{"Authorization": "Bearer " + {_quoted(s)}}}
engine = create_engine({_quoted(f"postgresql://app:{s}@db.corp.net/app")})
app.config["SECRET_KEY"] = {_quoted(s)}
jwt.encode(payload, {_quoted(s)}, algorithm="HS256")
"""


def _cors(s: str) -> str:
    return f"""\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=[{_quoted(f"https://user:{s}@example.org")}])
app.add_middleware(TrustedHostMiddleware, allowed_hosts=["*"])
"""


def _javascript(s: str) -> str:
    return f"""\
const cors = require("cors");
const password = {_quoted(s)};
const config = {{ apiKey: {_quoted(s)}, auth: {{ token: {_quoted(s)} }} }};
app.use(cors({{ origin: [{_quoted(f"https://user:{s}@example.org")}], credentials: true }}));
localStorage.setItem("token", {_quoted(s)});
const secret = process.env.JWT_SECRET || {_quoted(s)};
jwt.sign(data, {_quoted(s)});
db.query("select * from t where secret = " + id + {_quoted(s)});
mongoose.connect({_quoted(f"mongodb://app:{s}@db.corp.net/app")});
"""


def _compose(s: str) -> str:
    value = _quoted(s.replace("$", "$$"))
    return f"""\
services:
  web:
    image: registry.corp.net/app:1.2
    environment:
      DB_PASSWORD: {value}
      SECRET_KEY: {_quoted("${SECRET_KEY:-" + s.replace("}", "").replace("$", "") + "}")}
      DATABASE_URL: {_quoted(f"postgres://app:{s}@db.corp.net/app".replace("$", "$$"))}
      GF_SECURITY_ADMIN_PASSWORD: {value}
    labels: {{traefik.http.middlewares.auth.basicauth.users: {_quoted("admin:" + s.replace("$", "$$"))}, api.token: {value}}}
    healthcheck:
      test: ["CMD-SHELL", {_quoted(f"redis-cli -a '{s}' --pass '{s}' ping && curl -H 'Authorization: Bearer {s}' localhost".replace("$", "$$"))}]
    command: ["redis-server", "--requirepass", {value}]
  grafana: {{image: "grafana/grafana:11", environment: [{_quoted("GF_SECURITY_ADMIN_PASSWORD=" + s.replace("$", "$$"))}], ports: ["3000:3000"]}}
"""


def _dockerfile(s: str) -> str:
    return f"""\
FROM python:3.12
ENV API_TOKEN={_quoted(s.replace("$", ""))}
ARG PASSWORD={_quoted(s.replace("$", ""))}
RUN curl -u admin:{_quoted(s)} https://user:{s.replace(" ", "")}@example.org/x
HEALTHCHECK CMD curl -H "X-Token: {s.replace('"', "")}" localhost
CMD ["app", "--password", {_quoted(s)}]
"""


def _kubernetes(s: str) -> str:
    return f"""\
apiVersion: v1
kind: Secret
metadata: {{name: s}}
data: {{password: {_b64(s)}}}
stringData: {{token: {_quoted(s)}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: p}}
spec:
  containers:
    - name: a
      image: x
      args: ["--token", {_quoted(s)}]
      env: [{{name: DB_PASSWORD, value: {_quoted(s)}}}]
"""


def _markdown(s: str) -> str:
    fence = "```"
    return f"# Login\n\nUser `admin`, password: `{s}`\n\n{fence}sh\nexport API_KEY='{s}'\nmysql -p'{s}'\n{fence}\n\nhttps://u:{s}@example.org\n"


def _ini(s: str) -> str:
    return f"[security]\nadmin_password = {s}\nsecret_key = {s}\n[alembic]\nsqlalchemy.url = postgresql://app:{s}@db.corp.net/app\n"


MAKERS: dict[str, Callable[[str], str]] = {
    "app/settings.py": _python,
    "app/api.py": _cors,
    "web/server.js": _javascript,
    "docker-compose.yml": _compose,
    "Dockerfile": _dockerfile,
    "k8s/secret.yaml": _kubernetes,
    "docs/guide.md": _markdown,
    "conf/grafana.ini": _ini,
    ".env": lambda s: f"PASSWORD={s}\nAPI_KEY='{s}'\nDATABASE_URL=postgres://app:{s}@db.corp.net/app\nALLOWED_HOSTS={s}\n",
    "run.sh": lambda s: f"export PGPASSWORD='{s}'\ncurl -u 'admin:{s}' x --password '{s}'\n",
    "config.json": lambda s: json.dumps({"password": s, "nested": {"apiKey": s}, "url": f"redis://:{s}@cache.corp.net"}),
    "config.toml": lambda s: f"password = {_quoted(s)}\nurl = {_quoted(f'amqp://app:{s}@mq.corp.net')}\n",
    "app.xml": lambda s: f'<add key="password" value="{s}"/>\n<password>{s}</password>\n',
    "init.sql": lambda s: f"CREATE USER app WITH PASSWORD '{s}';\n",
    "deploy.ps1": lambda s: f'$password = "{s}"\n',
    "Procfile": lambda s: f"web: gunicorn app:app --token '{s}' --env SECRET='{s}'\n",
    "package.json": lambda s: json.dumps({"name": "x", "scripts": {"start": f"TOKEN='{s}' node server.js --password '{s}'"}}),
    "requirements.txt": lambda s: f"--extra-index-url https://user:{s}@pypi.corp.net/simple\nfastapi==0.110\n",
    "nginx.conf": lambda s: f'server {{ listen 80; add_header X-Api-Key "{s}"; proxy_set_header Authorization "Bearer {s}"; }}\n',
}  # fmt: skip


def _shown(report: Report) -> dict[str, str]:
    fixes = {rule.id: (rule.fix.summary, rule.fix.effort) for rule in catalogue().rules}
    return {
        "json": render_json(report),
        "console": render_console(report, width=400, color=False, unicode=True, quiet=False, verbose=True, fixes=fixes),
    }


def _pieces(secret: str) -> set[str]:
    """What must not be seen: each run of the secret, as written and as JSON, YAML, URLs or base64 write it."""
    forms = {secret, json.dumps(secret)[1:-1], _b64(secret), "".join(c for c in secret if c.isalnum())}
    return {form[at : at + SEEN] for form in forms for at in range(len(form) - SEEN + 1)}


def _assert_hidden(secret: str, where: str, text: str) -> None:
    found = sorted(piece for piece in _pieces(secret) if piece in text)
    lines = [line for line in text.splitlines() if any(piece in line for piece in found)]
    assert not found, (where, secret, lines[:5])


def _scan_all(root: Path, files: dict[str, str]) -> tuple[dict[str, str], bytes]:
    """The outputs for a tree and the content of the cache."""
    plant(root / "tree", files)
    cache = open_cache(root / "cache", "v1")
    outputs = _shown(scan(root / "tree", catalogue(), jobs=1, cache=cache))
    cache.close()
    return outputs, b"".join(file.read_bytes() for file in sorted((root / "cache").iterdir()))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(secret=secrets_)
def test_planted_secret_is_in_no_output(secret: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outputs, kept = _scan_all(Path(folder), {path: make(secret) for path, make in MAKERS.items()})
    for where, text in outputs.items():
        _assert_hidden(secret, where, text)
    _assert_hidden(secret, "cache", kept.decode("latin-1"))


@pytest.mark.parametrize("path", sorted(MAKERS))
def test_secret_of_each_kind_of_file_is_hidden(tmp_path: Path, path: str) -> None:
    """One file at a time, so that a leak names its file."""
    for number, secret in enumerate(("Vq7rT2mXw9KpLz4Nb8Hs", "Vq7rT2:mXw%41[9{K(p@Lz")):
        outputs, kept = _scan_all(tmp_path / str(number), {path: MAKERS[path](secret)})
        for where, text in outputs.items():
            _assert_hidden(secret, where, text)
        _assert_hidden(secret, "cache", kept.decode("latin-1"))


def test_command_line_shows_no_secret_either(tmp_path: Path) -> None:
    secret = "Vq7rT2mXw9KpLz4Nb8Hs"
    plant(tmp_path / "tree", {path: make(secret) for path, make in MAKERS.items()})
    for options in (["--verbose"], ["--format", "json"], ["--quiet"]):
        ran = run_readycheck("scan", tmp_path / "tree", *options, "--fail-on", "never", home=tmp_path / "home")
        assert ran.code == 0, ran.err
        _assert_hidden(secret, "output", ran.out + ran.err)
    for file in (tmp_path / "home").rglob("*"):
        if file.is_file():
            _assert_hidden(secret, file.name, file.read_bytes().decode("latin-1"))


_NAMES = [
    *MAKERS, PLANTED, "a.ts", "a.tsx", "a.vue", "a.svelte", "a.ipynb", "a.yml", "compose.yaml", "a.toml", "pyproject.toml",
    "setup.cfg", "Pipfile", "a.service", "supervisord.conf", "alembic.ini", ".gitignore", ".dockerignore", "a.html",
    "a.java", "a.go", "a.properties", "a.tf", "a.csv", "id_rsa", "a.pem", "a.bat", "a.rb", "a.php", "tests/test_a.py",
]  # fmt: skip
_SEEDS = [make("Vq7rT2mXw9KpLz4Nb8Hs").encode() for make in MAKERS.values()]


def _mutated(seed: bytes, cuts: list[tuple[int, bytes]]) -> bytes:
    for place, piece in cuts:
        at = place % (len(seed) + 1)
        seed = seed[:at] + piece + seed[at + len(piece) :]
    return seed


_junk = st.one_of(
    st.binary(max_size=300),
    st.builds(
        _mutated,
        st.sampled_from(_SEEDS),
        st.lists(st.tuples(st.integers(0, 5_000), st.one_of(st.binary(max_size=6), st.sampled_from(
            [b"\n", b"'", b'"', b"{", b"[", b"(", b"${", b"`", b"\\", b"&a ", b"*a ", b": ", b"- ", b"\t", b"\xff", b"<<"]))),
            max_size=8),
    ),
)  # fmt: skip


@functools.cache
def _options() -> Options:
    interest, patterns = catalogue().interest, catalogue().patterns
    return Options(interest, KEY, build_gate(interest, patterns), patterns)


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from(_NAMES), data=_junk, shallow=st.booleans())
def test_extraction_never_raises(path: str, data: bytes, shallow: bool) -> None:
    facts = extract(path, data, _options(), shallow)
    assert (facts.path, facts.size) == (path, len(data))

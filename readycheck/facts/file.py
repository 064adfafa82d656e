"""One file's bytes in, all of its facts out. Pure, so that it runs in worker processes and its result is cached."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from readycheck.facts.compose import ComposeFile
from readycheck.facts.credentials import Credential
from readycheck.facts.dockerfile import Dockerfile, is_dockerfile
from readycheck.facts.dsn import Dsn, find_dsns
from readycheck.facts.dumps import Dump, find_dump, is_data_file
from readycheck.facts.envfile import EnvFile
from readycheck.facts.gate import Gate
from readycheck.facts.javascript import JavascriptFacts
from readycheck.facts.kubernetes import KubernetesFile
from readycheck.facts.lazily import lazy
from readycheck.facts.manifests import NodeManifest, PythonManifest
from readycheck.facts.passwords import GATES as PASSWORD_GATES
from readycheck.facts.passwords import PasswordUse, find_password_uses
from readycheck.facts.patterns import TextHit, TextPattern, find_texts, gate_words
from readycheck.facts.procfile import Process
from readycheck.facts.python import PythonFacts, extract_python, module_name, parse_python
from readycheck.facts.sast import Issue
from readycheck.facts.sensitive import hide
from readycheck.facts.sql import SqlFacts

MAX_KEPT_TEXT = 64_000
MAX_LINE = 20_000
_JAVASCRIPT = lazy(r"\.(?:[cm]?[jt]sx?|vue|svelte)$")
_YAML = lazy(r"\.ya?ml$")
# A SQL statement has one of these; a text that comes whole from outside has one of those.
_SQL_WORDS = (
    b"select ", b"select\n", b"select\\n", b"insert into", b"insert ignore", b"delete from", b"replace into",
    b"merge into", b"where ", b"where\n", b"create table", b"create or replace", b"create index", b"create unique",
    b"create view", b"create database", b"create schema", b"create user", b"create role", b"create extension",
    b"create materialized", b"create temp", b"create type", b"drop ", b"alter table", b"alter role", b"alter user",
    b"alter database", b"truncate ", b"order by", b"group by", b"union ", b"grant ", b"revoke ", b"refresh mat",
    b"set local", b"set session", b"set role", b"search_path", b"vacuum", b"explain ", b"'update ", b'"update ',
    b"update {", b"update\n", b"copy {", b"lock table", b"pragma ", b"use {", b"attach ", b"notify ", b"listen ",
)  # fmt: skip
# The words above stand in prose too: a statement is written in capitals, or begins the text that it is in.
_STATEMENT = lazy(
    rb"\b(?:SELECT|INSERT|UPDATE|DELETE|WHERE|CREATE|DROP|ALTER|TRUNCATE|GRANT|REVOKE|REPLACE|MERGE|VACUUM|EXPLAIN|PRAGMA|"
    rb"ATTACH|LISTEN|NOTIFY|REFRESH|LOCK|COPY|SET|USE|UNION|ORDER|GROUP|LIMIT|AND|OR|WITH|CALL)\b|"
    rb"(?i:[\"'][\s(\\n]{0,40}(?:select\b|insert\s|update\s|delete\s|where\s|create\s|drop\s|alter\s|truncate\s|grant\s|revoke\s|"
    rb"replace\s|merge\s|vacuum|explain\s|pragma\s|attach\s|listen\s|notify\s|refresh\s|lock\s|copy\s|set\s|use\s|union\s|order\s+by|"
    rb"group\s+by|limit\s|and\s|or\s|with\s|call\s))"
)
_SQL_SINKS = (
    b".execute(",
    b".executemany(",
    b".executescript(",
    b".raw(",
    b"RawSQL(",
    b"read_sql",
    b"text(f",
    b"exec_driver_sql",
)
_OUTSIDE_TEXT = (
    b"request", b"text(", b"body.", b"payload.", b"llm", b"openai", b"completion", b".generate", b"read_text",
    b".read(",
)  # fmt: skip
_COMPOSE_NAME = lazy(r"(?:^|/)(?:docker-)?compose[^/]*\.ya?ml$")
_ENV = lazy(r"(?:^|/)(?:\.env[^/]*|[^/]*\.env(?:\.[\w-]+)?|env\.[\w.-]+)$")
_KEPT_TEXT = lazy(
    r"(?:^|/)(?:\.gitignore|\.dockerignore|[^/]*\.dockerignore)$|\.(?:sh|bash)$|(?:^|/)(?:entrypoint|start|run|docker-entrypoint|prestart|boot)[^/.]*$|"
    r"(?:^|/)(?:grafana|alembic|redis|my|pg_hba|rabbitmq|airflow)[\w.-]*\.(?:ini|conf|cfg)$|(?:^|/)[^/]*nginx[^/]*$|(?:^|/)nginx[^/]*/.*|\.conf(?:\.template)?$"
)
_NO_SQL = SqlFacts()
_CONFIGURATION = ("compose", "env", "text")
_PARSED = 0b011  # all of them but the text


@dataclass(frozen=True, slots=True)
class Options:
    """What a whole scan shares: the calls and texts rules ask for, the key of digests, the gate over all literals."""

    interest: frozenset[str]
    key: bytes
    gate: Gate
    patterns: tuple[TextPattern, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Everything known of one file. `problem` says why it was not (wholly) understood, "" if it was."""

    path: str
    size: int
    lines: int
    python: PythonFacts | None = None
    javascript: JavascriptFacts | None = None
    credentials: tuple[Credential, ...] = ()
    sql: SqlFacts = _NO_SQL
    dsns: tuple[Dsn, ...] = ()
    issues: tuple[Issue, ...] = ()
    passwords: tuple[PasswordUse, ...] = ()
    compose: ComposeFile | None = None
    env: EnvFile | None = None
    dockerfile: Dockerfile | None = None
    kubernetes: KubernetesFile | None = None
    python_manifest: PythonManifest | None = None
    node_manifest: NodeManifest | None = None
    processes: tuple[Process, ...] = ()
    texts: tuple[TextHit, ...] = ()
    dump: Dump | None = None
    text: str = ""
    problem: str = ""


@functools.cache
def python_names(interest: frozenset[str]) -> frozenset[str]:
    """The call names to keep in Python. Words as common as `get` are asked for as `js:get`: they are kept in scripts
    that are looked at for another reason, and open no gate.
    """
    return frozenset(name for name in interest if not name.startswith("js:"))


@functools.cache
def _javascript_names(interest: frozenset[str]) -> frozenset[str]:
    return frozenset(name.removeprefix("js:") for name in interest)


def _gate_word(name: str) -> bytes:
    """What must stand in a Python file that has a call asked for by name, by `owner.name` or by `keyword=`."""
    if name.endswith("="):
        return name[:-1].encode()
    owner, dot, _ = name.partition(".")
    return owner.encode() if dot else name.encode() + b"("


def build_gate(interest: frozenset[str], patterns: tuple[TextPattern, ...] = ()) -> Gate:
    """The gate over the literals of every extractor."""
    from readycheck.facts import credentials, javascript, sast, sql
    from readycheck.facts.dsn import GATE as DSN_GATE

    return Gate(
        {
            "credentials": credentials.gate_literals(),
            **credentials.gate_groups(),
            "javascript": (*javascript.gate_literals(), *(name.encode() for name in python_names(interest))),
            "sql": sql.gate_literals(),
            "sql words": _SQL_WORDS,
            "sql sinks": _SQL_SINKS,
            "outside text": _OUTSIDE_TEXT,
            "sast": sast.gate_literals(),
            "passwords": PASSWORD_GATES,
            "dsn": DSN_GATE,
            "texts": gate_words(patterns),
            "calls": tuple(_gate_word(name) for name in python_names(interest)),
        }
    )


def extract(path: str, data: bytes, options: Options, shallow: bool = False) -> FileFacts:
    """All facts of one file. `shallow` (tests, vendored code) parses code only where a sink or secret may be in it."""
    size, lines = len(data), data.count(b"\n") + 1
    long_lines = _has_long_line(data)
    hits = options.gate.hits(data)
    text = data.decode("utf-8", "replace")
    facts: dict[str, Any] = {}
    tree: ast.Module | None = None
    if path.endswith(".py"):
        tree = _python(path, data, options, shallow, facts, hits=hits)
    elif _JAVASCRIPT.search(path) and "javascript" in hits:
        _javascript(path, data, options, facts)
    else:
        _configuration(path, data, options, facts)
    if "credentials" in hits:
        from readycheck.facts.credentials import find_credentials

        facts["credentials"] = find_credentials(path, text, options.key, tree, hits)
    if "dsn" in hits:
        facts["dsns"] = find_dsns(path, text)
    if options.patterns:
        facts["texts"] = find_texts(path, text, options.patterns, "texts" in hits)
    if is_data_file(path):
        facts["dump"] = find_dump(path, data)
    if _KEPT_TEXT.search(path) and size <= MAX_KEPT_TEXT:
        facts["text"] = text
    if not facts.get("problem"):
        facts["problem"] = _problem(facts)
    if long_lines and not facts["problem"]:
        facts["problem"] = f"a line of more than {MAX_LINE:,} characters: judged by its text only"
    return FileFacts(path, size, lines, **facts)


def _problem(facts: Mapping[str, Any]) -> str:
    """The first thing that an extractor could not make sense of, "" if there is none."""
    for name in ("kubernetes", "env"):
        if (found := facts.get(name)) is not None and found.problems:
            first = found.problems[0]
            return f"line {first.line}: {first.reason}" if first.line else str(first.reason)
    for name in ("python_manifest", "node_manifest"):
        if (found := facts.get(name)) is not None and found.problems:
            return str(found.problems[0])
    if (found := facts.get("dockerfile")) is not None and found.problems:
        line, reason = found.problems[0]
        return f"line {line}: {reason}" if line else str(reason)
    if not facts.get("sql", _NO_SQL).complete:
        return "more SQL is built here than is followed: the first of it was judged"
    return ""


def without_configuration(facts: FileFacts) -> tuple[FileFacts, int]:
    """The facts without configuration as it is written, which may hold secrets, and which of it was left out."""
    left_out = sum(1 << bit for bit, name in enumerate(_CONFIGURATION) if getattr(facts, name) not in (None, ""))
    return (replace(facts, compose=None, env=None, text="") if left_out else facts), left_out


def with_configuration(facts: FileFacts, left_out: int, data: bytes, options: Options) -> FileFacts:
    """The facts with what `without_configuration` left out, read from the same bytes again."""
    fresh: dict[str, Any] = {"text": data.decode("utf-8", "replace")}
    if left_out & _PARSED:
        _configuration(facts.path, data, options, fresh)
    restored: Any = {name: fresh.get(name) for bit, name in enumerate(_CONFIGURATION) if left_out & 1 << bit}
    return replace(facts, **restored)


def _has_long_line(data: bytes) -> bool:
    """Minified bundles and data dumps have lines that no person wrote."""
    start = 0
    while len(data) - start > MAX_LINE:
        end = data.rfind(b"\n", start, start + MAX_LINE)
        if end < 0:
            return True
        start = end + 1
    return False


def _python(
    path: str, data: bytes, options: Options, shallow: bool, facts: dict[str, Any], *, hits: frozenset[str]
) -> ast.Module | None:
    if shallow and not {"sql sinks", "sql words"} <= hits:
        return None  # what else may stand in a test or a vendored file is read from its lines
    tree = parse_python(data)
    if isinstance(tree, str):
        facts["problem"] = tree
        facts["python"] = PythonFacts(module_name(path), problem=tree)
        return None
    if not shallow or "calls" in hits:
        facts["python"] = extract_python(
            path, tree, options.interest, lambda _name, text: hide(text, options.key), "calls" in hits
        )
    statements = "sql words" in hits and _STATEMENT.search(data) is not None
    if "sql" in hits and (statements or (not shallow and {"sql sinks", "outside text"} <= hits)):
        from readycheck.facts.sql import read_sql_facts

        facts["sql"] = read_sql_facts(tree)
    if "passwords" in hits and not shallow:
        facts["passwords"] = find_password_uses(tree)
    if "sast" in hits and not shallow:
        from readycheck.facts.sast import find_issues

        facts["issues"] = find_issues(path, data, tree)
    return tree


def _javascript(path: str, data: bytes, options: Options, facts: dict[str, Any]) -> None:
    from readycheck.facts.javascript import extract_javascript

    found = extract_javascript(path, data, _javascript_names(options.interest))
    facts["javascript"] = found
    if found.problem:
        facts["problem"] = found.problem


def _configuration(path: str, data: bytes, options: Options, facts: dict[str, Any]) -> None:
    """Compose, Kubernetes, Dockerfiles, env files, manifests: chosen by name first, then by content."""
    name = path.rpartition("/")[2]
    if _YAML.search(path):
        _yaml(path, data, options, facts)
    elif is_dockerfile(path):
        from readycheck.facts.dockerfile import parse_dockerfile

        facts["dockerfile"] = parse_dockerfile(data, options.key)
    elif _ENV.search(path):
        from readycheck.facts.envfile import parse_env

        facts["env"] = parse_env(data)
    else:
        _manifest(path, name, data, facts)


def _yaml(path: str, data: bytes, options: Options, facts: dict[str, Any]) -> None:
    if b"services:" in data or b"include:" in data or b"extends" in data:
        from readycheck.facts.compose import looks_like_compose, parse_compose

        compose = parse_compose(data)
        if looks_like_compose(compose) or _COMPOSE_NAME.search(path):
            facts["compose"] = compose
            if compose.problems:
                first = compose.problems[0]
                facts["problem"] = f"line {first.line}: {first.reason}"
            return
    if b"apiVersion" in data and b"kind" in data:
        from readycheck.facts.kubernetes import parse_kubernetes

        facts["kubernetes"] = parse_kubernetes(data, options.key)


def _manifest(path: str, name: str, data: bytes, facts: dict[str, Any]) -> None:
    """Package manifests and files that start processes."""
    if name == "package.json":
        from readycheck.facts.node_manifests import parse_package_json

        facts["node_manifest"] = parse_package_json(data)
    elif (parse := _python_manifest(name, path)) is not None:
        facts["python_manifest"] = parse(data)
    elif name == "Procfile":
        from readycheck.facts.procfile import parse_procfile

        facts["processes"] = parse_procfile(data)
    elif name.endswith(".service"):
        from readycheck.facts.procfile import parse_systemd

        facts["processes"] = parse_systemd(data)
    elif name.startswith("supervisor") and name.endswith((".conf", ".ini")):
        from readycheck.facts.procfile import parse_supervisor

        facts["processes"] = parse_supervisor(data)


def _python_manifest(name: str, path: str) -> Callable[[bytes], PythonManifest] | None:
    if not name.endswith((".txt", ".toml", "Pipfile", "setup.cfg", ".in")):
        return None
    from readycheck.facts import python_manifests

    named = {
        "pyproject.toml": python_manifests.parse_pyproject,
        "Pipfile": python_manifests.parse_pipfile,
        "setup.cfg": python_manifests.parse_setup_cfg,
    }
    return named.get(name) or (python_manifests.parse_requirements if python_manifests.is_requirements(path) else None)

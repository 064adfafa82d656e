"""Which calls hand text to a database."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.sql_names import dotted


@dataclass(frozen=True, slots=True)
class Sink:
    """A call that executes SQL. `strong`: only a database call looks like this, so any SQL shape will do.

    `before` is the SQL that the framework puts in front of a fragment.
    """

    name: str
    texts: tuple[ast.expr, ...]
    bound: bool
    strong: bool = True
    before: str = ""


STRONG = frozenset(
    "execute executemany executescript execute_many fetch_all fetch_one fetch_val fetchrow fetchval fetchall fetchone "
    "exec_driver_sql read_sql read_sql_query mogrify RawSQL raw execute_sql execute_query iterate copy_expert "
    "execute_values execute_batch read_sql_table_query RunSQL execute_sql_query execute_async execute_string "
    "execute_query_dict execute_script execute_insert".split()
)  # fmt: skip
WEAK = frozenset(
    "fetch sql query command query_df run_query text DDL literal_column SQL exec cursor prepare scalar scalars".split()
)
_TEXT_HOMES = frozenset({"sa", "sqlalchemy", "db", "sql", "expression", "sqla", "orm", "sqlmodel"})
_HELPER = lazy(r"(?:^|_)(?:exec(?:ute)?|query|sql|fetch\w{0,6}|select|db)(?:$|_|\d)", re.IGNORECASE)
_HELPER_CAMEL = lazy(r"^(?:execute|query|fetch|select|run)[A-Z]|(?:Query|SQL|Sql)$")
_NO_HELPER = lazy(
    r"^_{0,2}(?:log|parse|format|validate|print|build|render|quote|escape|clean|normali[sz]e|assert|is|has|hash|strip|debug|"
    r"info|warning|warn|error|exception|len|str|make|create|generate|compile|split|dedent|append|write|send|prefix|pretty|"
    r"highlight|add|check|sqlparse|transpile|mock|expect|Subquery|sanitize|get_query_hash|explain_to|remove|extract|wrap)",
    re.IGNORECASE,
)
_TEXT_KEYWORDS = ("sql", "query", "statement", "stmt", "operation", "raw_query", "clause", "text", "command")

GATES = (
    b"execute",
    b"fetch",
    b"text(",
    b".raw(",
    b".extra(",
    b"RawSQL",
    b"read_sql",
    b"exec_driver_sql",
    b"mogrify",
    b".cursor(f",
    b"sql(",
    b"query(",
    b"Query(",
    b"RunSQL",
    b"SQL(",
    b"Sql(",
    b"literal_column",
    b"iterate(",
    b"copy_expert",
    b"DDL(",
    b".exec(",
    b"_db(",
    b"query_one(",
    b"query_all(",
    b"query_df(",
    b"query_async(",
    b"sql_query",
)


def sink_of(call: ast.Call, imports: Mapping[str, str], local: frozenset[str]) -> Sink | None:
    """The sink a call is, or None. `local` are functions of this module, which are followed instead."""
    name = (
        call.func.attr
        if isinstance(call.func, ast.Attribute)
        else call.func.id
        if isinstance(call.func, ast.Name)
        else ""
    )
    if not name or not (call.args or call.keywords):
        return None
    if name == "extra" and isinstance(call.func, ast.Attribute):
        return _extra(call)
    label = _label(call)
    if name in STRONG and not _other_execute(label):
        return _sink(call, label, strong=name not in ("raw", "iterate"), before="SELECT " if name == "RawSQL" else "")
    if isinstance(call.func, ast.Name) and name in local:
        return None
    if name in WEAK:
        if name == "query" and _other_execute(label):
            return None
        if name in ("text", "DDL", "literal_column", "SQL") and not _is_sql_construct(call, name, imports):
            return None
        before = "SELECT " if name == "literal_column" else ""
        return _sink(call, label, strong=name in ("text", "SQL"), before=before)
    if not name[0].isupper() and (_HELPER.search(name) or _HELPER_CAMEL.search(name)) and not _NO_HELPER.search(name):
        return _sink(call, label, strong=False)
    return None


def _label(call: ast.Call) -> str:
    """The call as people would name it: the last two names."""
    return ".".join(dotted(call.func).split(".")[-2:])


def _other_execute(label: str) -> bool:
    """Executors of tasks, commands and requests share the word."""
    return label.split(".", maxsplit=1)[0].lower() in (
        "executor",
        "pool_executor",
        "subprocess",
        "command",
        "task",
        "es",
        "elasticsearch",
        "opensearch",
        "http",
    )


def _is_sql_construct(call: ast.Call, name: str, imports: Mapping[str, str]) -> bool:
    if isinstance(call.func, ast.Name):
        home = imports.get(name, "")
        return any(part in home for part in ("sqlalchemy", "sqlmodel", "psycopg", "peewee", "alembic"))
    receiver = dotted(call.func).split(".")[-2]
    home = imports.get(receiver, "")
    return receiver in _TEXT_HOMES or "sqlalchemy" in home or "psycopg" in home


def _sink(call: ast.Call, label: str, *, strong: bool, before: str = "") -> Sink | None:
    texts = [argument for argument in call.args[:1] if not isinstance(argument, ast.Starred)]
    if not strong or label.endswith(("execute_values", "execute_batch")):
        texts = [argument for argument in call.args[:2] if not isinstance(argument, ast.Starred)]
    texts += [keyword.value for keyword in call.keywords if keyword.arg in _TEXT_KEYWORDS]
    if not texts:
        return None
    bound = len(call.args) > 1 or any(keyword.arg not in _TEXT_KEYWORDS for keyword in call.keywords)
    return Sink(label, tuple(texts), bound, strong, before)


def _extra(call: ast.Call) -> Sink | None:
    """Django's `.extra(where=[...], select={...}, tables=[...], order_by=[...])`."""
    texts: list[ast.expr] = []
    for keyword in call.keywords:
        if keyword.arg in ("where", "select"):
            value = keyword.value
            if isinstance(value, ast.List | ast.Tuple):
                texts.extend(value.elts)
            elif isinstance(value, ast.Dict):
                texts.extend(value.values)
            else:
                texts.append(value)
    bound = any(keyword.arg in ("params", "select_params") for keyword in call.keywords)
    return Sink("extra", tuple(texts), bound, True, "SELECT * FROM t WHERE ") if texts else None

"""Whether a text file is a copy of a database's rows, and what of; no value of the rows is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

from readycheck.facts.lazily import lazy

_HEADER = lazy(
    rb"^(?:--\s{0,3}(?:PostgreSQL database (?:cluster )?dump\b|MySQL dump\b|MariaDB dump\b|phpMyAdmin SQL Dump|"
    rb"Adminer\b.{0,40}dump|Dumped from database|SQLite (?:database )?dump|TablePlus\b|HeidiSQL|Host:.{0,80}Database:)|"
    rb"/\*M?!\d{5,6}|PRAGMA foreign_keys=OFF;\s{0,4}BEGIN TRANSACTION)",
    re.MULTILINE,
)
_COPY = lazy(
    rb"^COPY\s{1,4}(?:\w{1,60}\.)?\"?(\w{1,80})\"?[^;\n]{0,2000}FROM stdin;[ \t]*\r?\n(?!\\\.)",
    re.MULTILINE | re.IGNORECASE,
)
_INSERT = lazy(
    rb"^[ \t]*INSERT\s{1,4}(?:IGNORE\s{1,4})?INTO\s{1,4}[`\"\[]?(?:\w{1,60}[`\"\]]?\.[`\"\[]?)?(\w{1,80})",
    re.MULTILINE | re.IGNORECASE,
)
# Tables in which tools keep track of their own work: rows there are no data.
_BOOKKEEPING = frozenset(
    b"schema_migrations alembic_version django_migrations flyway_schema_history ar_internal_metadata migrations "
    b"databasechangelog knex_migrations _prisma_migrations spatial_ref_sys django_content_type auth_permission".split()
)
_PERSONAL = lazy(
    rb"(?:^|[,;\t\"_ ])(?:e[-_ ]?mail|password|passwd|phone|mobile|first[-_ ]?name|last[-_ ]?name|surname|"
    rb"full[-_ ]?name|ssn|date[-_ ]?of[-_ ]?birth|dob|iban|credit[-_ ]?card|street|address|tax[-_ ]?id)"
    rb"(?:[-_ ](?:address|number|no|hash))?(?=[,;\t\"\r\n]|$)",
    re.IGNORECASE,
)
_ROW = lazy(rb"\bVALUES\s{0,20}\(([^()]{1,400})", re.IGNORECASE)
# What a statement of a program has in place of a value.
_PARAMETER = lazy(rb"(?<![:\w]):[A-Za-z_]|\$\d|%s|%\(|(?:^|,)\s{0,4}\?|@\w|\{\{|\$\{")
_SQLITE = b"SQLite format 3"
_ENDINGS = (".sql", ".psql", ".dump", ".csv", ".tsv", ".bak", ".dmp", ".db", ".sqlite", ".sqlite3", ".db3")
_HEAD = 20_000
_ROWS = 20_000_000
_MANY_ROWS = 20


@dataclass(frozen=True, slots=True)
class Dump:
    """Rows of a database. `kind` is `dump` (a dump tool wrote it), `inserts`, `table` (CSV) or `sqlite` (a database).

    `rows` is how many row statements (or lines of a table) there are, `tables` which tables they fill; `personal` says
    that the names of a table's columns speak of people.
    """

    kind: str
    line: int
    rows: int
    tables: tuple[str, ...]
    personal: bool = False


def is_data_file(path: str) -> bool:
    """Whether a file of this name can hold one."""
    return path.lower().endswith(_ENDINGS)


def find_dump(path: str, data: bytes) -> Dump | None:
    """The rows in a file, None where there are none to speak of. Never raises."""
    if path.lower().endswith((".csv", ".tsv")):
        return _table(data)
    if data.startswith(_SQLITE):
        return Dump("sqlite", 1, 0, ())
    part = data[:_ROWS]
    filled: dict[bytes, int] = {}
    for pattern in (_COPY, _INSERT):
        for found in pattern.finditer(part):
            table = found[1].lower()
            if table not in _BOOKKEEPING and (pattern is _COPY or _has_row(part, found.end())):
                filled[table] = filled.get(table, 0) + 1
    if not filled:
        return None
    header = _HEADER.search(part[:_HEAD])
    tables = tuple(name.decode("ascii", "replace") for name in list(filled)[:5])
    line = part.count(b"\n", 0, header.start()) + 1 if header is not None else 1
    return Dump("dump" if header is not None else "inserts", line, sum(filled.values()), tables)


def _has_row(part: bytes, at: int) -> bool:
    """Whether an INSERT gives values, not the parameters of a program or the answer of another query."""
    end = part.find(b";", at, at + 2000)
    row = _ROW.search(part, at, end if end > 0 else at + 2000)
    return row is not None and _PARAMETER.search(row[1]) is None


def _table(data: bytes) -> Dump | None:
    rows = data.count(b"\n")
    head = data[: data.find(b"\n") + 1 or None][:5000]
    personal = len({found[0].lower() for found in _PERSONAL.finditer(head)}) > 1
    if rows < _MANY_ROWS or not personal:
        return None
    return Dump("table", 1, rows, (), True)

"""Which tracked files are copies of a database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.dumps import Dump
from readycheck.facts.lazily import lazy
from readycheck.link.project import Project
from readycheck.model import Confidence, Location, Match, Observation, Role, Subject

PLACEHOLDERS = frozenset({"what"})
_DATABASE_FILE = lazy(
    r"\.(?:sqlite3?|sqlitedb|db3|s3db|mdb|accdb|rdb|ibd|myd|frm|bson|pgdump|dmp)$|(?:^|/)dump\.rdb$", re.IGNORECASE
)
_DB = lazy(r"\.db$", re.IGNORECASE)
_NOT_A_DATABASE = lazy(r"(?:^|/)(?:thumbs|\.?ds_store|desktop|font|icon\w*|magic|aliases)\.db$", re.IGNORECASE)
_PACKED = lazy(
    r"\.(?:sql|dump|pgdump|bak|backup|csv)\.(?:gz|bz2|xz|zst|zip|7z)$|(?:dump|backup)[\w.-]*\.(?:tar\.gz|tgz|zip)$",
    re.IGNORECASE,
)
_BACKUP_NAME = lazy(
    r"(?:^|[/_.\-])(?:backups?|dumps?|db_?dump|exports?|exported|snapshots?|prod(?:uction)?|live|restore|bak|copy)(?:[/_.\-\d]|$)|\d{4}-?\d{2}-?\d{2}",
    re.IGNORECASE,
)
_SEED = lazy(
    r"(?:^|[/_.\-])(?:seeds?|seeders?|fixtures?|initdb\.d|docker-entrypoint-initdb\.d|init|bootstrap|sample\w*|demo\w*|test\w*|mock\w*|example\w*|reference|lookup|countries|currencies)(?:[/_.\-\d]|$)",
    re.IGNORECASE,
)
_SAMPLES = lazy(r"(?:^|/)(?:tests?|fixtures?|examples?|samples?|demos?|docs?)/", re.IGNORECASE)
_MIGRATION = lazy(
    r"(?:^|/)(?:migrations?|migrate|db/migrate|alembic|flyway|liquibase|upgrades?|updates?|patches|schema\w*|ddl)/|(?:^|/)V\d[\w.]*__|(?:^|/)schema[\w.-]*\.sql$|\.up\.sql$",
    re.IGNORECASE,
)


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each copy of a database, and a subject saying how many files were looked at."""
    # Nothing is tracked where nothing was committed yet: then every file is looked at.
    paths = project.listing.tracked or project.listing.paths
    dumps = 0
    live = _live_databases(project)
    for path in sorted(paths):
        facts = project.files.get(path)
        used = path.rpartition("/")[2] in live and _SAMPLES.search(path) is None
        for match in _judge(path, facts.dump if facts is not None else None, facts is not None, used):
            dumps += 1
            yield match
    yield Subject(f"{len(paths) - dumps} tracked files are no copies of a database")


def _live_databases(project: Project) -> frozenset[str]:
    """The names of the SQLite files that production's code opens."""
    return frozenset(
        dsn.database.rpartition("/")[2]
        for path, facts in project.files.items()
        if facts.dsns and project.role(path) is Role.PRODUCTION
        for dsn in facts.dsns
        if dsn.scheme == "sqlite" and not dsn.commented and dsn.database
    )


def _judge(path: str, dump: Dump | None, is_text: bool, used: bool) -> Iterator[Match]:
    """Files that are no text were not read: their names are all there is to judge by."""
    if dump is not None and dump.kind != "sqlite":
        yield from _text(path, dump)
    elif dump is not None or (used and not is_text):
        what = "the SQLite database that the application opens" if used else "an SQLite database"
        yield _match(path, 1, what, Confidence.HIGH, "" if used else _note(path))
    elif is_text and not _PACKED.search(path):
        return
    elif _DATABASE_FILE.search(path):
        yield _match(path, 1, "a database file", Confidence.HIGH, _note(path))
    elif _DB.search(path) and not _NOT_A_DATABASE.search(path):
        yield _match(path, 1, "a database file by its name", Confidence.MEDIUM, _note(path))
    elif _PACKED.search(path) and _BACKUP_NAME.search(path):
        yield _match(path, 1, "a packed dump by its name", Confidence.MEDIUM, _note(path))


def _text(path: str, dump: Dump) -> Iterator[Match]:
    tables = ", ".join(dump.tables)
    if dump.kind == "dump":
        yield _match(path, dump.line, f"a database dump with rows of {tables}", Confidence.HIGH, _note(path))
    elif dump.kind == "table":
        yield _match(path, dump.line, f"a table of people with {dump.rows} rows", Confidence.MEDIUM, _note(path))
    elif _BACKUP_NAME.search(path) and not _MIGRATION.search(path):
        yield _match(path, dump.line, f"an export with rows of {tables}", Confidence.HIGH, _note(path))
    elif not _MIGRATION.search(path):
        yield _match(
            path,
            dump.line,
            f"a file with rows of {tables}",
            Confidence.LOW,
            "probably made up to start with: see that no real rows are in it",
        )


def _note(path: str) -> str:
    """Why a copy is listed only: it looks as if somebody made its rows up."""
    made_up = _SEED.search(path) or _MIGRATION.search(path)
    return "probably made up to start with: see that no real rows are in it" if made_up else ""


def _match(path: str, line: int, what: str, confidence: Confidence, note: str) -> Match:
    return Match(Location(path, line), {"what": what}, (), confidence, counts=not note, note=note, key=path)

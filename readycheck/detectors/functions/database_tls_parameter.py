"""Where TLS is asked of a database driver in words that it does not understand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.connections import CALLS as CONNECTION_CALLS
from readycheck.link.connections import Connection, connections
from readycheck.link.project import Project
from readycheck.link.tls import DATABASES, ON, SSLMODES, UNKNOWN, word
from readycheck.model import Absent, Confidence, Match, Observation, Role, Subject

CALLS = CONNECTION_CALLS
PLACEHOLDERS = frozenset({"what", "driver", "problem"})
_MYSQL = frozenset({"pymysql", "aiomysql", "asyncmy", "mysqldb"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each TLS parameter that its driver refuses, a subject for each that it takes."""
    found = False
    for connection in connections(project):
        if connection.kind not in DATABASES:
            continue
        problem = _problem(connection)
        role = connection.role or project.role(connection.location.path)
        if problem:
            found = True
            driver = connection.driver or "the driver"
            values = {"what": connection.what, "driver": driver, "problem": problem}
            sure = Confidence.HIGH if connection.driver else Confidence.MEDIUM
            yield Match(connection.location, values, connection.chain, sure, key=problem, role=connection.role)
        elif connection.tls == ON and role is Role.PRODUCTION:
            found = True
            yield Subject(f"{connection.what}: {connection.how} is what the driver understands", connection.location)
    if not found:
        yield Absent("no connection to a database says anything of TLS")


def _problem(connection: Connection) -> str:
    """Why the driver refuses the parameter, "" if it takes it."""
    given = dict(connection.parameters)
    driver, option = connection.driver.lower(), connection.option
    if connection.kind == "postgres":
        return _postgres(driver, option, given)
    mysql = driver in _MYSQL and ("sslmode" in given or option == "sslmode")
    return "sslmode is a word of PostgreSQL; this driver wants ssl_ca or ssl" if mysql else ""


def _postgres(driver: str, option: str, given: Mapping[str, str]) -> str:
    if driver == "asyncpg":
        # asyncpg itself reads sslmode in a URL, but SQLAlchemy hands it on as a keyword, which asyncpg refuses.
        if "sslmode" in given or option == "sslmode":
            return "asyncpg has no sslmode and refuses to connect; it wants ssl=require"
        return ""
    mode = given.get("sslmode", "")
    if mode and word(mode) != UNKNOWN and mode.lower() not in SSLMODES:
        return f"sslmode={mode} is no mode of PostgreSQL"
    wrong = option == "ssl" or given.get("ssl", "true").lower() not in {"true", "1"}
    if driver.startswith("psycopg") and wrong and "sslmode" not in given:
        return "psycopg has no ssl parameter; it wants sslmode=require"
    return ""

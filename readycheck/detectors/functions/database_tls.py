"""Which connections to databases are open to whoever sits on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.connections import CALLS as CONNECTION_CALLS
from readycheck.link.connections import Connection, connections
from readycheck.link.project import Project
from readycheck.link.tls import DATABASES, OFF, ON
from readycheck.model import Absent, Confidence, Location, Match, Observation, Role, Subject, Undecided

_SCRIPTS = frozenset({"Sequelize", "PrismaClient", "DataSource", "Pool", "createPool", "createConnection", "knex"})
CALLS = CONNECTION_CALLS | _SCRIPTS
PLACEHOLDERS = frozenset({"what", "host", "how"})
# What is imported of them to open a connection, and not to declare a model or write a condition.
_OPENING = _SCRIPTS | {"default", "*", "require", "Client", "MongoClient", "connect"}
_OPENING |= {"TypeOrmModule", "MongooseModule", "SequelizeModule"}
# Packages of JavaScript that open connections to databases; their calls are not followed, so none of them is a pass.
_CLIENTS = frozenset(
    "pg postgres mysql mysql2 mysql2/promise mariadb mongodb mongoose sequelize sequelize-typescript typeorm "
    "@nestjs/typeorm @nestjs/mongoose @nestjs/sequelize @prisma/client knex".split()
)


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each connection to a database that does not insist on TLS, a subject for each that does."""
    wanted = [c for c in connections(project) if c.kind in DATABASES or (not c.kind and c.doubt)]
    seen = [observation for connection in wanted for observation in judged(project, connection)]
    yield from seen
    if any(not isinstance(one, Match) or _decides(project, one) for one in seen):
        return
    unread = next(
        (p for p in project.reached if project.python[p].problem and project.role(p) is Role.PRODUCTION), None
    )
    if unread is not None:
        yield Undecided(f"{unread} could not be read: {project.python[unread].problem}")
    yield from _javascript(project)
    if not seen:
        yield Absent("no connection to PostgreSQL, MySQL or MongoDB")


def _decides(project: Project, found: Match) -> bool:
    return found.counts and (found.role or project.role(found.location.path)) is Role.PRODUCTION


def _javascript(project: Project) -> Iterator[Observation]:
    """The first script of production that opens a database with a package we do not follow."""
    for path, facts in project.javascript.items():
        opening = (i for i in facts.imports if i.module in _CLIENTS and i.imported in _OPENING and i.used_lines)
        used = next(opening, None)
        if used is not None and project.role(path) is Role.PRODUCTION:
            yield Undecided(f"how {used.module} connects to its database is not followed", Location(path, used.line))
            return


def judged(project: Project, connection: Connection) -> Iterator[Observation]:
    """What one connection means for a rule that demands TLS."""
    place, role = connection.location, connection.role or project.role(connection.location.path)
    if connection.tls == ON:
        if role is Role.PRODUCTION:
            yield Subject(f"{connection.what} asks for TLS ({connection.how})", place)
        return
    if connection.tls != OFF:
        if role is Role.PRODUCTION:
            yield Undecided(connection.doubt or f"{connection.what}: {connection.how}", place)
        return
    host = connection.host or "a host that the server's environment names"
    values = {"what": connection.what, "host": host, "how": connection.how}
    confidence = Confidence.HIGH if connection.certain else Confidence.MEDIUM
    note = f"lower tier: {connection.near}" if connection.near else ""
    key = f"{connection.kind} {connection.what}"
    yield Match(place, values, connection.chain, confidence, "", not connection.near, note, key, connection.role)
    if connection.near and role is Role.PRODUCTION:
        yield Subject(f"{connection.what} stays on the machine: {connection.near}", place)

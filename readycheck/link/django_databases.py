"""Django's DATABASES: engine, host and what OPTIONS say of TLS, for every alias."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.python import Binding
from readycheck.facts.values import Call, Const, Name, Table, Value
from readycheck.link.once import once
from readycheck.link.possible import Possible, truth
from readycheck.link.project import Project
from readycheck.link.tls import OFF, ON, UNKNOWN, Tls, absent, word
from readycheck.model import Location, Step

_ENGINES = (("postg", "postgres"), ("gis", "postgres"), ("mysql", "mysql"), ("mongo", "mongodb"), ("djongo", "mongodb"))
_OPTION_NAMES = ("sslmode", "ssl", "ssl_mode", "ssl_ca", "sslrootcert")


@dataclass(frozen=True, slots=True)
class Database:
    """One alias of DATABASES."""

    alias: str
    kind: str
    host: str
    socket: bool
    tls: Tls
    location: Location
    chain: tuple[Step, ...]


@once
def django_databases(project: Project) -> Iterator[Database]:
    """Every alias of every DATABASES in the project that is no SQLite file."""
    for path, facts in project.python.items():
        for binding in facts.bindings:
            whole = binding.name == "DATABASES" and not binding.scope
            if whole and isinstance(binding.value, Table) and project.resolver.holds(binding.guards, path) is not False:
                for key, value in binding.value.pairs:
                    alias = str(getattr(key, "value", "")) or str(getattr(key, "dotted", "?"))
                    found = _alias(project, path, alias, value, binding)
                    if found is not None:
                        yield found


def _alias(project: Project, path: str, alias: str, value: Value, binding: Binding) -> Database | None:
    place = Location(path, binding.line)
    if isinstance(value, Call):
        return _from_url(project, path, alias, value, place)
    if not isinstance(value, Table):
        return None
    engine = _one(project, value.get("ENGINE"), path)
    kind = next((k for part, k in _ENGINES if part in engine), "")
    if not kind or "sqlite" in engine or "spatialite" in engine:
        return None
    host_value = value.get("HOST")
    host, chain = _one(project, host_value, path), _steps(project, host_value, path)
    tls = _options(project, value.get("OPTIONS") or _later(project, path, alias), path, kind)
    # Without a host Django's drivers go to a Unix socket.
    known = [p.value for p in _possible(project, host_value, path)]
    unset = host_value is None or any(isinstance(v, Const) and not v.value for v in known)
    return Database(alias, kind, host, unset or host.startswith("/"), tls, place, chain)


def _later(project: Project, path: str, alias: str) -> Value | None:
    """OPTIONS that are set after the fact: `DATABASES["default"]["OPTIONS"] = {...}`."""
    bound = {b.name: b.value for b in project.python[path].bindings}
    whole = bound.get(f"DATABASES[{alias}][OPTIONS]")
    if whole is not None:
        return whole
    for name in _OPTION_NAMES:
        value = bound.get(f"DATABASES[{alias}][OPTIONS][{name}]")
        if value is not None:
            return Table(((Const(name), value),))
    return None


def _options(project: Project, options: Value | None, path: str, kind: str) -> Tls:
    if options is None:
        return Tls(OFF, f"{absent(kind)} in OPTIONS")
    tables = [p.value for p in project.resolver.possible(options, path) if isinstance(p.value, Table)]
    if not tables:
        return Tls(UNKNOWN, "OPTIONS are put together elsewhere")
    for name in _OPTION_NAMES:
        given = tables[0].get(name)
        if given is None:
            continue
        text = _one(project, given, path)
        if name in {"ssl_ca", "sslrootcert", "ssl"} or isinstance(given, Table):
            return Tls(ON, name)
        return Tls(word(text) if text else UNKNOWN, f"{name}={text}" if text else name)
    if any(key is None for key, _ in tables[0].pairs):
        return Tls(UNKNOWN, "OPTIONS are put together elsewhere")
    return Tls(OFF, f"{absent(kind)} in OPTIONS")


def _from_url(project: Project, path: str, alias: str, call: Call, place: Location) -> Database | None:
    """`dj_database_url.config(default=..., ssl_require=True)`, `env.db("DATABASE_URL")`."""
    last = call.name.rpartition(".")[2]
    if last not in {"config", "parse", "db", "db_url"}:
        return None
    required = call.argument("ssl_require")
    if required is not None:
        answers = {truth(p.value) for p in project.resolver.possible(required.value, path)}
        state = OFF if False in answers else ON if answers == {True} else UNKNOWN
        return Database(alias, "postgres", "", False, Tls(state, "ssl_require"), Location(path, required.line), ())
    default = call.argument("default")
    text = _one(project, default.value, path) if default else ""
    if text.startswith("sqlite") or (default is not None and isinstance(default.value, Name)):
        return None
    return Database(alias, "postgres", "", False, Tls(UNKNOWN, "the URL comes from outside"), place, ())


def _one(project: Project, value: Value | None, path: str) -> str:
    for found in _possible(project, value, path):
        if isinstance(found.value, Const) and isinstance(found.value.value, str):
            return found.value.value
    return ""


def _steps(project: Project, value: Value | None, path: str) -> tuple[Step, ...]:
    return next((found.steps for found in _possible(project, value, path)), ())


def _possible(project: Project, value: Value | None, path: str) -> tuple[Possible, ...]:
    return project.resolver.possible(value, path) if value is not None else ()

"""The Python calls that open connections: which server, where, and what they say of TLS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.python import PythonCall
from readycheck.facts.values import Argument, Call, Const, Hidden, Items, Joined, Name, Opaque, Table, Value
from readycheck.link.possible import Possible
from readycheck.link.project import Project
from readycheck.link.tls import OFF, ON, UNKNOWN, Tls, word

# Last segments of call names that extraction must record for this module.
CALLS = frozenset(
    "create_engine create_async_engine connect create_pool SimpleConnectionPool ThreadedConnectionPool ConnectionPool "
    "AsyncConnectionPool Redis StrictRedis from_url MongoClient AsyncIOMotorClient AsyncMongoClient "
    "ConnectionParameters URLParameters connect_robust Database".split()
)
_PSYCOPG = frozenset(
    "psycopg2.connect psycopg.connect psycopg.Connection.connect psycopg.AsyncConnection.connect aiopg.connect "
    "psycopg2.pool.SimpleConnectionPool psycopg2.pool.ThreadedConnectionPool psycopg_pool.ConnectionPool "
    "psycopg_pool.AsyncConnectionPool aiopg.create_pool aiopg.sa.create_engine".split()
)
_EXACT: dict[str, tuple[str, str]] = {
    **dict.fromkeys(_PSYCOPG, ("postgres", "psycopg")),
    **dict.fromkeys(("asyncpg.connect", "asyncpg.create_pool"), ("postgres", "asyncpg")),
    **{
        f"{module}.{name}": ("mysql", module)
        for module in ("pymysql", "MySQLdb", "aiomysql", "mysql.connector", "asyncmy", "mariadb")
        for name in ("connect", "create_pool")
    },
    "mongoengine.connect": ("mongodb", "pymongo"),
    "pika.ConnectionParameters": ("amqp", "pika"),
    "pika.URLParameters": ("amqp", "pika"),
    "aio_pika.connect": ("amqp", "aio_pika"),
    "aio_pika.connect_robust": ("amqp", "aio_pika"),
    "databases.Database": ("", ""),
}
_LAST: dict[str, tuple[str, str]] = {
    "MongoClient": ("mongodb", "pymongo"),
    "AsyncMongoClient": ("mongodb", "pymongo"),
    "AsyncIOMotorClient": ("mongodb", "pymongo"),
    "create_async_engine": ("", "async"),
    "create_engine": ("", ""),
}
_REDIS = frozenset({"redis", "aioredis", "valkey", "coredis"})
_URL_NAMES = ("url", "dsn", "conninfo", "uri", "address", "name_or_url")
_TLS_NAMES = {
    "postgres": ("sslmode", "ssl", "ssl_context", "sslrootcert"),
    "mysql": ("ssl", "ssl_ca", "ssl_mode", "ssl_verify_cert", "ssl_verify_identity", "tls", "ssl_context"),
    "mongodb": ("tls", "ssl", "tlsCAFile", "tlsCertificateKeyFile"),
    "redis": ("ssl", "ssl_context", "ssl_ca_certs", "connection_class"),
    "amqp": ("ssl_options", "ssl", "ssl_context"),
}
_CARRIERS = ("connect_args", "kwargs", "connect_kwargs", "connection_kwargs")
MAX_UNWRAP = 4


@dataclass(frozen=True, slots=True)
class Opened:
    """One call that opens connections. `kind` is "" where the URL decides it; `tls` is None where the call is silent.

    `option` is the keyword that speaks of TLS, `option_line` where it stands.
    """

    call: PythonCall
    path: str
    kind: str
    driver: str
    url: tuple[Possible, ...]
    url_line: int
    host: Argument | None
    tls: Tls | None
    option: str
    option_line: int


def opened(project: Project) -> Iterator[Opened]:
    """Every call of the project that opens connections to a server we judge."""
    for path, facts in project.python.items():
        for call in facts.calls:
            known = _server(call.call.name)
            if known is not None:
                yield _read(project, path, call, *known)


def _server(name: str) -> tuple[str, str] | None:
    found = _EXACT.get(name)
    if found is not None:
        return found
    root, last = name.partition(".")[0], name.rpartition(".")[2]
    if root in _REDIS and last in {"Redis", "StrictRedis", "from_url", "ConnectionPool"}:
        return ("redis", "redis-py")
    known = _LAST.get(last)
    if known is not None and last.startswith("create_"):
        return known if root in {"sqlalchemy", "sqlmodel"} else None
    return known if root in {"pymongo", "motor"} else None


def _read(project: Project, path: str, call: PythonCall, kind: str, driver: str) -> Opened:
    first = call.call.args[0] if call.call.args and call.call.args[0].name is None else None
    named = next((a for a in call.call.args if a.name in _URL_NAMES), None)
    host = call.call.argument("host") or call.call.argument("unix_socket")
    pool = call.call.name.endswith(("SimpleConnectionPool", "ThreadedConnectionPool"))
    url = named or (None if pool or (kind == "redis" and not call.call.name.endswith("from_url")) else first)
    if pool and named is None and host is None:
        positional = [a for a in call.call.args if a.name is None]
        url = positional[2] if len(positional) > 2 else None  # after the least and most connections
    possible = _values(project, url.value, path, call.scope) if url is not None else ()
    tls, option, line = _option(project, path, call, kind)
    return Opened(call, path, kind, driver, possible, url.line if url else call.line, host, tls, option, line)


def _values(project: Project, value: Value, path: str, scope: str) -> tuple[Possible, ...]:
    """What a URL can be, through `.replace(...)` and through properties of settings classes."""
    for _ in range(MAX_UNWRAP):
        if isinstance(value, Call) and value.name.rpartition(".")[2] in {"replace", "render_as_string", "make_url"}:
            owner = value.receiver or (value.args[0].value if value.name.endswith("make_url") and value.args else None)
            value = owner if owner is not None else Name(value.name.rpartition(".")[0])
    found = project.resolver.possible(value, path, scope)
    if len(found) == 1 and isinstance(found[0].value, Name | Opaque) and isinstance(value, Name):
        return tuple(_property(project, value.dotted)) or found
    return found


def _property(project: Project, dotted: str) -> Iterator[Possible]:
    """What a method of a settings class returns, for `settings.database_uri` computed from its fields."""
    last = dotted.rpartition(".")[2]
    for path, facts in project.python.items():
        for function in facts.functions:
            if function.name == last and function.scope and function.returns:
                scope = f"{function.scope}.{function.name}"
                for value in function.returns:
                    yield from project.resolver.possible(value, path, scope)
                return


def _option(project: Project, path: str, call: PythonCall, kind: str) -> tuple[Tls | None, str, int]:
    """What the keywords of a call say of TLS: directly, or in a table such as `connect_args`."""
    names = _TLS_NAMES.get(kind) or (*_TLS_NAMES["postgres"], *_TLS_NAMES["mysql"])
    for argument in call.call.args:
        if argument.name in names:
            name = argument.name or ""
            return _judged(project, name, argument.value, path, call.scope), name, argument.line
    for argument in call.call.args:
        if argument.name in _CARRIERS or argument.name == "**":
            for found in project.resolver.possible(argument.value, path, call.scope):
                if not isinstance(found.value, Table):
                    return Tls(UNKNOWN, f"{argument.name} is put together elsewhere"), "", argument.line
                for name in names:
                    value = found.value.get(name)
                    if value is not None:
                        return _judged(project, name, value, path, call.scope), name, argument.line
    return None, "", call.line


def _judged(project: Project, name: str, value: Value, path: str, scope: str) -> Tls:
    """What the value of one TLS keyword asks for; of several possible values the weakest counts."""
    states = [_state(name, found.value) for found in project.resolver.possible(value, path, scope)]
    for state in (OFF, UNKNOWN, ON):
        if state in states:
            shown = next((f"={v}" for v in _words(project, value, path, scope)), "")
            return Tls(state, f"{name}{shown}")
    return Tls(UNKNOWN, name)


def _words(project: Project, value: Value, path: str, scope: str) -> Iterator[str]:
    for found in project.resolver.possible(value, path, scope):
        if isinstance(found.value, Const) and len(str(found.value.value)) < 20:  # modes are short
            yield str(found.value.value)


def _state(name: str, value: Value) -> str:
    match value:
        case Const(value=bool() as flag):
            return ON if flag else OFF
        case Const(value=None):
            return OFF
        case Const(value=str() as text) if name in {"sslmode", "ssl", "ssl_mode", "tls"}:
            return word(text)
        case Const(value=str() as text):
            return ON if text else OFF
        case Call(name=called):
            speaks = "ssl" in called.lower() or "tls" in called.lower() or name.endswith(("context", "options"))
            return ON if speaks else UNKNOWN
        case Table(pairs=pairs) | Items(items=pairs):
            return ON if pairs else OFF
        case Name(dotted=dotted):
            return ON if "ssl" in dotted.lower() else UNKNOWN
        case Hidden() | Joined():
            return ON
    # A path to a certificate that comes from outside still asks for TLS.
    return ON if name in {"sslrootcert", "ssl_ca", "tlsCAFile", "ssl_ca_certs"} else UNKNOWN

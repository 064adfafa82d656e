"""Every connection to a database, cache or broker in one shape: to what, by which driver, encrypted or not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from readycheck.facts.dsn import Dsn, find_dsns
from readycheck.facts.values import Argument, Call, Const, Joined, Name, Opaque, Table, Value
from readycheck.link.connection_calls import CALLS as CONNECTION_CALLS
from readycheck.link.connection_calls import Opened, opened
from readycheck.link.django_databases import Database, django_databases
from readycheck.link.neighbours import Neighbours
from readycheck.link.once import once
from readycheck.link.possible import Possible
from readycheck.link.project import Project
from readycheck.link.tls import OFF, ON, UNKNOWN, Tls, absent, kind_of, of_url
from readycheck.link.written_urls import Written, in_force, written_urls
from readycheck.model import Location, Role, Step

CALLS = CONNECTION_CALLS | {"build", "URL"}
NEAR_LINES = 4


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection. `tls` is on, off or unknown and `how` says by what; `near` why it never leaves the machine.

    `host` is "" where the repository does not say it. `parameters` are the query of its URL by lowered names, `option`
    the keyword of the call that speaks of TLS, `what` its name for people. `doubt` is why nothing can be said of it.
    """

    kind: str
    driver: str
    host: str
    tls: str
    how: str
    location: Location
    what: str
    near: str = ""
    doubt: str = ""
    certain: bool = True
    chain: tuple[Step, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    option: str = ""
    role: Role | None = None


@once
def connections(project: Project) -> tuple[Connection, ...]:
    """All connections of a project in every role, each place once."""
    return _Collector(project).collect()


class _Collector:
    """Joins calls with the URLs they get, and keeps the URLs that no call was seen to take."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._written = written_urls(project)
        self._neighbours = Neighbours(project)
        self._taken: set[tuple[str, int]] = set()
        # libpq takes this for every connection that does not say otherwise.
        self._libpq = any(
            s.value in {"require", "verify-ca", "verify-full"} for s in project.environment.production("PGSSLMODE")
        )

    def collect(self) -> tuple[Connection, ...]:
        """Calls first, then Django, then what stands alone."""
        found = [c for call in opened(self._project) for c in self._of_call(call)]
        found += [self._of_django(database) for database in django_databases(self._project)]
        alone = [written for place, written in self._written.items() if place not in self._taken]
        found += [self._of_written(written) for written in alone if in_force(self._project, written)]
        kept: dict[tuple[Location, str], Connection] = {}
        for connection in found:
            if connection.kind != "sqlite":
                kept.setdefault((connection.location, connection.what), connection)
        return tuple(sorted(kept.values(), key=lambda c: c.location))

    def _of_django(self, database: Database) -> Connection:
        near = self._neighbours.near(database.host, database.socket)
        tls = self._default(database.kind, database.tls)
        what = f"DATABASES['{database.alias}']"
        return Connection(
            database.kind, "", database.host, tls.state, tls.how, database.location, what, near,
            certain=bool(database.host), chain=database.chain,
        )  # fmt: skip

    def _of_written(self, written: Written) -> Connection:
        dsn, place = written.dsn, written.location
        kind = kind_of(dsn.scheme)
        host = self._neighbours.resolved(dsn.host, place.path)
        tls = self._default(kind, of_url(dsn.scheme, dsn.driver, written.parameters))
        if tls.state == OFF and _is_added_to(self._project, place, dsn.key):
            tls = Tls(UNKNOWN, "the script adds parameters from the environment")
        near = self._neighbours.near(host, self._is_socket(dsn))
        what = dsn.key if dsn.key and dsn.key != "jdbc" else f"{dsn.scheme}://…"
        parameters = tuple(written.parameters.items())
        role = written.role if written.role is not Role.PRODUCTION else None
        return Connection(
            kind, dsn.driver, host, tls.state, tls.how, place, what, near,
            certain=bool(host), parameters=parameters, role=role,
        )  # fmt: skip

    def _default(self, kind: str, tls: Tls) -> Tls:
        silent = tls.state == OFF and tls.how.startswith("no ")
        return Tls(ON, "PGSSLMODE") if silent and self._libpq and kind == "postgres" else tls

    @staticmethod
    def _is_socket(dsn: Dsn) -> bool:
        given = dsn.parameter("host", "unix_socket", "socket", "unixsocket") or ""
        return given.startswith(("/", "%2f", "%2F")) or (not dsn.host.strip(":@") and bool(dsn.database.strip("/")))

    def _of_call(self, call: Opened) -> Iterator[Connection]:
        place = Location(call.path, call.call.line, call.call.column)
        if not call.url:
            yield from self._without_url(call, place)
            return
        for possible in call.url:
            yield self._with_url(call, possible, place)

    def _without_url(self, call: Opened, place: Location) -> Iterator[Connection]:
        names = {a.name for a in call.call.call.args}
        if not call.kind or "connection_pool" in names or (call.host is None and names & {"host_name", "nodes"}):
            return
        host, doubt, steps = self._host(call)
        near = self._neighbours.near(host) if call.host else "without a host it connects to this machine"
        tls = call.tls or self._default(call.kind, Tls(OFF, absent(call.kind, call.driver)))
        if "**" in names and call.host is None:
            near = ""
            tls = Tls(UNKNOWN, "the keywords are put together elsewhere") if tls.state == OFF else tls
        if tls.state == OFF and doubt:
            tls = Tls(UNKNOWN, doubt)
        line = call.option_line if call.tls is not None else place.line
        where = Location(call.path, line, place.column if line == place.line else 0)
        yield Connection(
            call.kind, call.driver, host, tls.state, tls.how, where, call.call.call.name, near,
            doubt=tls.how if tls.state == UNKNOWN else "", certain=bool(host), chain=steps, option=call.option,
        )  # fmt: skip

    def _host(self, call: Opened) -> tuple[str, str, tuple[Step, ...]]:
        """The host a call names, else why it is not known: the environment may name any, other code is not followed."""
        if call.host is None:
            return "", "", ()
        for found in self._project.resolver.possible(call.host.value, call.path, call.call.scope):
            value = found.value
            if isinstance(value, Name):
                value = self._parameter(call, value.dotted) or value
            if isinstance(value, Const):
                return str(value.value or ""), "", found.steps
            if isinstance(value, Opaque) and ("outside the repository" in value.text or "is required" in value.text):
                return "", "", found.steps
        return "", "the host comes from code that is not followed", ()

    def _parameter(self, call: Opened, name: str) -> Value | None:
        """The default of the parameter of that name of the function around a call."""
        for function in self._project.python[call.path].functions:
            around = f"{function.scope}.{function.name}" if function.scope else function.name
            if around == call.call.scope:
                return next((p.default for p in function.parameters if p.name == name), None)
        return None

    def _with_url(self, call: Opened, possible: Possible, place: Location) -> Connection:
        written = self._find(call, possible)
        name = call.call.call.name.rpartition(".")[2]
        step = Step(call.path, call.call.line, f"{name}(…) takes it")
        if written is not None:
            self._taken.add((written.location.path, written.location.line))
            connection = self._of_written(written)
            driver = connection.driver or call.driver.replace("async", "")
            connection = replace(connection, driver=driver, chain=(*possible.steps, step))
        else:
            connection = self._of_value(call, possible, place)
        if call.tls is None:
            return connection
        line = Location(call.path, call.option_line)
        kind = connection.kind or ("mysql" if call.option in {"ssl_ca", "ssl_verify_cert"} else "postgres")
        tls = call.tls
        return replace(
            connection, kind=kind, tls=tls.state, how=tls.how, location=line, option=call.option, doubt="", role=None
        )

    def _find(self, call: Opened, possible: Possible) -> Written | None:
        """The URL that a call takes, by the places its value was followed through or the lines of the argument."""
        for step in reversed(possible.steps):
            found = self._written.get((step.path, step.line))
            if found is not None:
                return found
        if isinstance(possible.value, Const | Joined) or not possible.steps:
            for line in range(call.url_line, call.url_line + NEAR_LINES):
                found = self._written.get((call.path, line))
                if found is not None and isinstance(possible.value, Const | Joined):
                    return found
        return None

    def _of_value(self, call: Opened, possible: Possible, place: Location) -> Connection:
        """A URL that stands nowhere as a whole: put together from parts, or not known."""
        name = call.call.call.name
        parts = _parts(self._project, possible.value, call)
        if parts is None:
            reason = possible.value.text if isinstance(possible.value, Opaque) else ""
            reason = reason if "outside" in reason or "required" in reason else ""
            doubt = reason or "the connection string is put together in code that is not followed"
            chain = possible.steps
            return Connection(call.kind, call.driver, "", UNKNOWN, doubt, place, name, doubt=doubt, chain=chain)
        scheme, driver, host, parameters = parts
        tls = self._default(kind_of(scheme), of_url(scheme, driver, dict(parameters)))
        host = self._neighbours.resolved(host, call.path, call.call.scope)
        last = next((s for s in reversed(possible.steps) if s.line), None)
        where = Location(last.path, last.line) if last and not isinstance(possible.value, Call) else place
        return Connection(
            kind_of(scheme), driver, host, tls.state, tls.how, where, name, self._neighbours.near(host),
            certain=bool(host), chain=possible.steps, parameters=parameters,
        )  # fmt: skip


Parts = tuple[str, str, str, tuple[tuple[str, str], ...]]


def _parts(project: Project, value: Value, call: Opened) -> Parts | None:
    """Scheme, driver, host and query of a resolved value."""
    if isinstance(value, Call):
        return _built(project, value, call)
    text = _rendered(value)
    if call.kind == "mongodb" and text and "://" not in text:
        return "mongodb", "", text, ()
    for dsn in find_dsns("", text):
        return dsn.scheme, dsn.driver, dsn.host, tuple((n.lower(), v) for n, v in dsn.parameters)
    return None


def _rendered(value: Value) -> str:
    """A value as the text of a URL, with `{name}` where a part is not known."""
    match value:
        case Const(value=str() as text):
            return text
        case Joined(parts=parts, how="f-string" | "concat"):
            return "".join(_rendered(part) or "{part}" for part in parts)
        case Name(dotted=dotted):
            return f"{{{dotted}}}"
    return ""


def _built(project: Project, made: Call, call: Opened) -> Parts | None:
    """`URL.create("postgresql+psycopg", host=...)`, `PostgresDsn.build(scheme=..., host=...)`."""
    if made.name.rpartition(".")[2] not in {"create", "build", "URL"}:
        return None
    scheme = _text(project, made.argument("drivername", 0) or made.argument("scheme"), call)
    scheme = _text(project, made.argument("scheme"), call) or scheme
    base, _, driver = scheme.partition("+")
    if not kind_of(base):
        return None
    host = _text(project, made.argument("host"), call)
    query = made.argument("query")
    pairs: Iterable[tuple[Value | None, Value]] = query.value.pairs if query and isinstance(query.value, Table) else ()
    known = ((k, v) for k, v in pairs if isinstance(k, Const) and isinstance(v, Const))
    parameters = tuple((str(k.value).lower(), str(v.value)) for k, v in known)
    if query is not None and isinstance(query.value, Const) and isinstance(query.value.value, str):
        parameters = tuple(p.partition("=")[::2] for p in query.value.value.split("&"))
    return base, driver, host, parameters


def _text(project: Project, argument: Argument | None, call: Opened) -> str:
    for found in project.resolver.possible(argument.value, call.path, call.call.scope) if argument else ():
        if isinstance(found.value, Const) and isinstance(found.value.value, str):
            return found.value.value
    return ""


def _is_added_to(project: Project, place: Location, key: str) -> bool:
    """Whether a shell script puts a variable behind the URL once it is written: `URL="${URL}?$ARGS"`."""
    text = project.files[place.path].text if place.path in project.files else ""
    if not key or not place.path.endswith((".sh", ".bash")):
        return False
    for line in text.splitlines()[place.line :]:
        words = line.strip().removeprefix("export ").partition("=")
        own = words[0] == key and (f"${key}" in words[2] or f"${{{key}}}" in words[2])
        if (own or words[0] == f"{key}+") and words[2].count("$") > own:
            return True
    return False

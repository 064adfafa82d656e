"""Connection strings wherever they are written: scheme, driver, host and parameters, never the password."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from readycheck.facts.lazily import lazy

_GATE_SCHEMES = (
    "postgres postgresql psql pgsql postgis mysql mariadb mongodb redis rediss valkey amqp amqps sqlite".split()
)
GATE = (
    *(f"{scheme}://".encode() for scheme in _GATE_SCHEMES),
    *(b"+asyncpg", b"+psycopg", b"+pymysql", b"+srv://", b"+aiomysql", b"+aiosqlite"),
)
_URL = lazy(
    r"(?<![A-Za-z0-9+])(?P<scheme>postgres|postgresql|psql|pgsql|postgis|mysql|mysql2|mariadb|mongodb|redis|rediss|valkey|valkeys|amqp|amqps|sqlite)"
    r"(?:\+(?P<driver>[a-z0-9_]{2,20}))?://(?P<rest>(?:\$\{[^{}\n]{0,200}\}|<[\w .:-]{1,60}>|[^\s\"'`<>\\|]){0,600})",
    re.IGNORECASE,
)
# What stands behind the last colon of a host: a port, a piece of an IPv6 address, or what is filled in later.
_PORT = lazy(r":(?:\d{0,5}|[0-9a-fA-F]{0,4}\]|[${<%].*)\Z")
_KEY_BEFORE = lazy(
    r"([A-Za-z_][\w.\-]{0,80})[\"']?\s{0,8}(?::\s{0,4}[\w\[\], |]{0,40})?[:=(,]\s{0,8}(?:f|r|b|rb|fr)?[\"'`]?\Z"
)
_COMMENT = {
    ".py": "#",
    ".yml": "#",
    ".yaml": "#",
    ".sh": "#",
    ".toml": "#",
    ".env": "#",
    ".ini": "#;",
    ".cfg": "#;",
    ".conf": "#;",
}


@dataclass(frozen=True, slots=True)
class Dsn:
    """One connection string. `host` may be a placeholder (`{host}`, `${DB_HOST}`); `key` is what it stands under.

    `quoted` tells a string that is this URL from prose that mentions one.
    """

    line: int
    column: int
    scheme: str
    driver: str
    host: str
    database: str
    parameters: tuple[tuple[str, str], ...]
    key: str
    commented: bool
    quoted: bool = False

    def parameter(self, *names: str) -> str | None:
        """The value of the first of these query parameters that is given, in any case."""
        for name, value in self.parameters:
            if name.lower() in names:
                return value
        return None


def find_dsns(path: str, text: str) -> tuple[Dsn, ...]:
    """Every database, cache and broker URL in a text, in order."""
    found: list[Dsn] = []
    starts: list[int] | None = None
    marks = next((m for ending, m in _COMMENT.items() if path.endswith(ending) or f"{ending}." in path), "#")
    for match in _URL.finditer(text):
        if starts is None:
            starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")] if len(text) < 4_000_000 else [0]
        line = bisect_right(starts, match.start())
        begin = starts[line - 1]
        before = text[max(begin, match.start() - 160) : match.start()]
        key = _KEY_BEFORE.search(before)
        host, database, parameters = _parts(match["rest"])
        commented = text[begin : min(begin + 200, match.start())].lstrip()[:1] in tuple(marks)
        found.append(
            Dsn(
                line,
                match.start() - begin + 1,
                match["scheme"].lower(),
                (match["driver"] or "").lower(),
                host,
                database,
                parameters,
                key[1] if key else "",
                commented,
                before[-1:] in {'"', "'", "`"},
            )
        )
    return tuple(found)


def _parts(rest: str) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Host (with port), database and parameters of what follows `scheme://`; userinfo is dropped."""
    rest = (
        rest.rstrip(".,;)]}") if rest.count("{") <= rest.count("}") - 1 or rest.endswith((".", ",", ";", ")")) else rest
    )
    base, _, query = rest.partition("?") if "${" not in rest else _outside_braces(rest)
    authority, _, database = _split_path(base)
    host = authority.rpartition("@")[2]
    if ":" in host and not _PORT.search(host):
        host = ""  # cut off inside a password that holds `/`, `?`, `<` or a quote: no host is known
    pairs = []
    for pair in re.split("[&;]", query):
        name, equals, value = pair.partition("=")
        if equals:
            pairs.append((name[:60], value.rstrip("\"'),")[:80]))
    return host[:120], database[:80], tuple(pairs)


def _split_path(base: str) -> tuple[str, str, str]:
    """Cuts at the first slash that is neither in a password nor in a placeholder."""
    at = base.rfind("@")
    slash = base.find("/", at + 1)
    return (base, "", "") if slash < 0 else (base[:slash], "/", base[slash + 1 :])


def _outside_braces(rest: str) -> tuple[str, str, str]:
    """Cuts at the first `?` that is not inside `${...}`."""
    depth = 0
    for index, char in enumerate(rest):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "?" and depth <= 0:
            return rest[:index], "?", rest[index + 1 :]
    return rest, "", ""

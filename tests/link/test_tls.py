"""What URLs and options say of TLS, driver by driver."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.dsn import find_dsns
from readycheck.link.neighbours import without_port
from readycheck.link.tls import OFF, ON, UNKNOWN, of_url


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("postgresql://app@db.acme.example/app", OFF),
        ("postgresql://app@db.acme.example/app?sslmode=prefer", OFF),
        ("postgresql://app@db.acme.example/app?sslmode=require", ON),
        ("postgresql+asyncpg://app@db.acme.example/app?ssl=verify-full", ON),
        ("postgresql://app@db.acme.example/app?sslmode=${MODE}", UNKNOWN),
        ("mysql+pymysql://app@db.acme.example/app?ssl_ca=/etc/ca.pem", ON),
        ("mysql://app@db.acme.example/app?useSSL=false", OFF),
        ("mongodb://db.acme.example/app?tls=true", ON),
        ("mongodb+srv://db.acme.example/app", ON),
        ("redis://cache.acme.example/0", OFF),
        ("rediss://cache.acme.example/0", ON),
        ("amqps://mq.acme.example//", ON),
    ],
)
def test_url(url: str, state: str) -> None:
    """Each driver's own words decide."""
    (dsn,) = find_dsns("x.env", f"DATABASE_URL={url}\n")
    assert of_url(dsn.scheme, dsn.driver, {n.lower(): v for n, v in dsn.parameters}).state == state


def test_host_behind_a_required_variable() -> None:
    """A password taken from a variable with a message in it hides neither host nor query."""
    url = "postgresql://app:${PW:?set the password}@db.acme.example/app?sslmode=require"
    (dsn,) = find_dsns("compose.yml", f"  URL: {url}")
    assert (dsn.host, dsn.parameter("sslmode")) == ("db.acme.example", "require")


def test_quoted() -> None:
    """A string that is a URL, against prose that mentions one."""
    first, second = find_dsns("x.py", "a = 'redis://cache/0'\n# see redis://cache/0\n")
    assert (first.quoted, second.quoted) == (True, False)


@pytest.mark.parametrize(
    ("host", "bare"),
    [("db:5432", "db"), ("db", "db"), ("[::1]:5432", "[::1]"), ("db.acme.example:${PORT}", "db.acme.example")],
)
def test_without_port(host: str, bare: str) -> None:
    """The host alone."""
    assert without_port(host) == bare


@given(st.text())
def test_never_raises(text: str) -> None:
    """Any text may stand where a URL is looked for."""
    for dsn in find_dsns("x.py", f"postgresql://{text}"):
        without_port(dsn.host)
        of_url(dsn.scheme, dsn.driver, dict(dsn.parameters))


@pytest.mark.parametrize("piece", ["${", "postgresql://${", "<a", "postgresql://a@", "redis://<x "])
def test_long_lines_stay_linear(piece: str) -> None:
    """A hostile line of half a million characters is read in a blink."""
    start = time.process_time()
    find_dsns("x.yml", piece * (500_000 // len(piece)))
    assert time.process_time() - start < 50

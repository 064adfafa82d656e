"""Connection strings: what is kept of them, where they stand, and that no password is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.dsn import find_dsns


@pytest.mark.parametrize(
    ("text", "scheme", "driver", "host", "parameters"),
    [
        (
            "postgresql://u:p@db.example:5432/app?sslmode=require",
            "postgresql",
            "",
            "db.example:5432",
            {"sslmode": "require"},
        ),
        ("postgresql+asyncpg://u:p@db/app", "postgresql", "asyncpg", "db", {}),
        ("postgres://db", "postgres", "", "db", {}),
        ("mysql+pymysql://u@h/x?ssl_ca=/a&charset=utf8", "mysql", "pymysql", "h", {"ssl_ca": "/a", "charset": "utf8"}),
        ("mongodb+srv://u:p@c.example/x", "mongodb", "srv", "c.example", {}),
        ("mongodb://u:p@a:1,b:2/x?tls=true", "mongodb", "", "a:1,b:2", {"tls": "true"}),
        ("rediss://:p@cache:6380/0", "rediss", "", "cache:6380", {}),
        ("amqps://u:p@mq//", "amqps", "", "mq", {}),
        ("sqlite:///./app.db", "sqlite", "", "", {}),
        ("postgresql://u:p%40ss@db/app", "postgresql", "", "db", {}),
        ("postgresql://u:p@ss@db/app", "postgresql", "", "db", {}),
        ("postgresql://u:p/a@db/app", "postgresql", "", "db", {}),
        (
            "postgresql://${DB_USER}:${DB_PASSWORD}@${DB_HOST}/app?sslmode=${MODE:-require}",
            "postgresql",
            "",
            "${DB_HOST}",
            {},
        ),
        ("postgresql://{user}:{password}@{host}:{port}/{name}", "postgresql", "", "{host}:{port}", {}),
    ],
)
def test_the_parts_of_a_connection_string(
    text: str, scheme: str, driver: str, host: str, parameters: dict[str, str]
) -> None:
    (found,) = find_dsns("a.py", f'URL = "{text}"\n')
    assert (found.scheme, found.driver, found.host) == (scheme, driver, host)
    if parameters:
        assert dict(found.parameters) == parameters
    assert (found.line, found.column, found.key) == (1, 8, "URL")


@pytest.mark.parametrize(
    ("path", "text", "key", "commented"),
    [
        (".env", "DATABASE_URL=postgres://db/x", "DATABASE_URL", False),
        (".env", "# DATABASE_URL=postgres://db/x", "DATABASE_URL", True),
        ("a.yml", "  DATABASE_URL: postgres://db/x", "DATABASE_URL", False),
        ("a.json", '{"url": "postgres://db/x"}', "url", False),
        ("a.py", "create_engine('postgres://db/x')", "create_engine", False),
        ("a.py", "url: str = f'postgres://{h}/x'", "url", False),
        ("alembic.ini", "; sqlalchemy.url = postgres://db/x", "sqlalchemy.url", True),
        ("a.md", "postgres://db/x", "", False),
    ],
)
def test_what_a_connection_string_stands_under(path: str, text: str, key: str, commented: bool) -> None:
    (found,) = find_dsns(path, text)
    assert (found.key, found.commented) == (key, commented)


def test_places_and_order() -> None:
    found = find_dsns("a.sh", "a\nA=redis://x\n  B=amqp://y C=mysql://z\n")
    assert [(one.line, one.column, one.host) for one in found] == [(2, 3, "x"), (3, 5, "y"), (3, 16, "z")]


@pytest.mark.parametrize(
    "text", ["https://a.example/postgres", "mypostgres://x", "postgres: //x", "redis:/x", "sqlite3"]
)
def test_what_is_none(text: str) -> None:
    assert find_dsns("a.py", text) == ()


@given(st.text(alphabet="abc123!$%&*()-=+^~:;,.@#[]{}/", min_size=6, max_size=30))
def test_a_password_is_never_kept(password: str) -> None:
    secret = f"Zq{password}Zq"
    for one in find_dsns("a.py", f"URL = 'postgresql://user:{secret}@db.example/app?sslmode=require'\n"):
        assert secret not in repr(one)


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    for one in find_dsns("a.py", "postgres://" + text):
        assert one.line >= 1


@pytest.mark.parametrize("text", ["postgres://" * 20_000, "x" * 1_000_000 + "redis://y", "a:" * 200_000 + "redis://y"])
def test_long_lines_are_no_trouble(text: str) -> None:
    started = time.process_time()
    find_dsns("a.py", text)
    assert time.process_time() - started < 3


def test_parameters_are_asked_for_in_any_case() -> None:
    (found,) = find_dsns("a.py", "'postgres://db/x?SSLMode=require'")
    assert found.parameter("sslmode", "ssl") == "require"
    assert found.parameter("ssl") is None

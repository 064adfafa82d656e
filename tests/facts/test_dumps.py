"""Rows of a database as text: dumps, exports, tables of people, and what only looks like them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.dumps import Dump, find_dump, is_data_file

PG = b"--\n-- PostgreSQL database dump\n--\n"


def test_a_dump_with_rows_names_its_header_and_tables() -> None:
    rows = b"COPY public.users (id, email) FROM stdin;\n1\ta@example.com\n\\.\n"
    data = PG + rows + b"INSERT INTO orders VALUES (1, 'x');\n"
    assert find_dump("b.sql", data) == Dump("dump", 2, 2, ("users", "orders"))


@pytest.mark.parametrize(
    "data",
    [
        PG + b"CREATE TABLE users (id bigint);\n",
        PG + b"COPY public.users (id) FROM stdin;\n\\.\n",
        PG + b"INSERT INTO schema_migrations (version) VALUES ('1');\n",
        b"INSERT INTO users (name) VALUES (:name);\n",
        b"INSERT INTO users (name) VALUES ($1, $2);\n",
        b"INSERT INTO users (name) VALUES (%s);\n",
        b"INSERT INTO users SELECT * FROM people;\n",
        b"",
    ],
)
def test_schemas_and_queries_have_no_rows(data: bytes) -> None:
    assert find_dump("a.sql", data) is None


def test_a_time_of_day_is_no_parameter() -> None:
    found = find_dump("a.sql", b"INSERT INTO visits VALUES ('2026-01-02 10:30:00');\n")
    assert found is not None
    assert found.tables == ("visits",)


def test_a_table_is_told_by_columns_about_people_and_many_rows() -> None:
    rows = b"1,a,a@example.com\n" * 30
    assert find_dump("p.csv", b"id,first_name,email\n" + rows) == Dump("table", 1, 31, (), True)
    assert find_dump("p.csv", b"id,first_name,email\n1,a,b\n") is None
    assert find_dump("p.csv", b"id,city,country\n" + rows) is None


def test_an_sqlite_file_is_one_by_its_first_bytes() -> None:
    assert find_dump("a.db", b"SQLite format 3\0rest") == Dump("sqlite", 1, 0, ())
    assert find_dump("Dockerfile.db", b"FROM postgres:16\n") is None


def test_names() -> None:
    assert is_data_file("a/B.SQL")
    assert not is_data_file("a/b.py")


@given(st.binary(max_size=400), st.sampled_from(["a.sql", "a.csv", "a.db"]))
def test_never_raises(data: bytes, path: str) -> None:
    find_dump(path, data)


def test_long_lines_do_not_run_away() -> None:
    for piece in (b"INSERT INTO ", b"COPY a (", b"VALUES (", b"-- Host:", b"email,"):
        find_dump("a.sql", piece * 20_000)
        find_dump("a.csv", piece * 20_000 + b"\n" * 50)

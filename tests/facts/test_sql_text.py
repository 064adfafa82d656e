"""SQL told from prose, and what each hole of a template stands for."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readycheck.facts.sql_text import is_sql, may_be_sql, positions, verb


def _template(text: str) -> tuple[str | int, ...]:
    parts: list[str | int] = []
    holes = 0
    for piece in re.split(r"(\{\})", text):
        if piece == "{}":
            parts.append(holes)
            holes += 1
        elif piece:
            parts.append(piece)
    return tuple(parts)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM users WHERE id = {}",
        "select a from b where c = 1 {}",
        "\n   SELECT *\n   FROM t\n   WHERE {}\n",
        "-- newest\nWITH x AS (SELECT 1) SELECT * FROM x WHERE y={}",
        "INSERT INTO {} ({}) VALUES ({})",
        "UPDATE {} SET {} WHERE id = ?",
        "DELETE FROM {}",
        " AND name = '{}'",
        "WHERE x = {}",
        "ORDER BY {} DESC",
        "LIMIT {}",
        "CREATE TABLE IF NOT EXISTS {} (id int, {} text)",
        "DROP TABLE {}",
        "SELECT TOP {} * FROM x WITH (NOLOCK)",
        "SELECT pg_sleep({})",
        "select x from t where a between {} and {} and {}",
        "EXEC sp_foo @x={}",
        "grant all on {} to {}",
        "PRAGMA table_info({})",
        "SELECT * FROM t WHERE a = %s AND b = {}",
        "SELECT `a` FROM `t` WHERE `b` = '{}' LIMIT 1, 2",
        "BEGIN; DELETE FROM t WHERE a = '{}'; COMMIT;",
    ],
)
def test_sql(text: str) -> None:
    assert is_sql(_template(text))


@pytest.mark.parametrize(
    "text",
    [
        "please select one from the list {}",
        "Select one from the list: {}",
        "Select a user from list {}",
        "Delete failed for user {}",
        "Delete from your basket {}",
        "Update failed for {}",
        "Update the record set by {}",
        "Update {} set by {}",
        "insert into your basket {}",
        "with love as (always) {}",
        "Could not drop {}",
        "Create {} first",
        "set {}",
        "https://example.org/select?from={}",
        "{}",
        "",
    ],
)
def test_prose(text: str) -> None:
    assert not is_sql(_template(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT {} FROM {} WHERE {} = '{}'", "identifier identifier identifier value"),
        (
            "SELECT * FROM t WHERE x LIKE '%{}%' ORDER BY {} {} LIMIT {} OFFSET {}",
            "value identifier keyword value value",
        ),
        ("SELECT * FROM t WHERE id IN ({})", "value"),
        ("SELECT * FROM {}.{} WHERE a={}", "identifier identifier value"),
        ("SELECT * FROM user_{} WHERE a = 1", "identifier"),
        ('SELECT * FROM "{}" WHERE name = "{}"', "identifier value"),
        ("SELECT * FROM `{}` WHERE [{}] > {}", "identifier identifier value"),
        ("INSERT INTO {} ({}) VALUES ({}, '{}')", "identifier identifier value value"),
        ("UPDATE t SET {} = {} WHERE id = 1", "identifier value"),
        ("UPDATE t SET {} WHERE id = 1", "clause"),
        ("SELECT * FROM t {} ORDER BY x", "clause"),
        ("SELECT * FROM t WHERE {}", "clause"),
        ("SELECT * FROM t WHERE a {} %s", "keyword"),
        ("{} LIMIT 10", "clause"),
        ("SELECT * FROM t WHERE a=:{} AND b=${}", "placeholders placeholders"),
        ("select x from t where a between {} and {} and {}", "value value clause"),
        ("SELECT * FROM t WHERE (a = {} OR {} = 3)", "value identifier"),
        ("SELECT count({}) FROM t", "identifier"),
        ("SELECT * FROM ({}) AS x", "clause"),
        ("CREATE VIEW v AS {}", "clause"),
        ("EXPLAIN {}", "clause"),
        ("select count(*) from (select * {} limit {})", "clause value"),
        ("SHOW TABLES IN {}", "identifier"),
        ("SELECT 'it''s {}' -- {} it's\n FROM {}", "value unknown identifier"),
    ],
)
def test_positions(text: str, expected: str) -> None:
    assert " ".join(positions(_template(text))) == expected


def test_a_quote_may_open_in_one_part_and_close_in_another() -> None:
    assert positions(("SELECT * FROM t WHERE a = '", 0, " x ", 1, "' AND b = ", 2)) == ("value", "value", "value")


def test_verbs() -> None:
    assert verb(_template("  (select 1 from {}")) == "SELECT"
    assert verb(_template("{} from")) == ""


def test_the_cheap_test_comes_first() -> None:
    assert not may_be_sql(["hello ", " world"])
    assert may_be_sql(["x", "sElEcT 1"])


def test_sqlglot_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, readycheck.facts.sql; sys.exit('sqlglot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        "select " * 5000,
        "/*" * 10000,
        "(" * 20000,
        "'" * 20000,
        "update " + "a " * 9000,
        "create " * 5000,
        "\n" * 20000,
        "-- \n" * 8000,
        "grant " * 5000,
        "with a as " * 4000,
        "drop table " * 3000,
        "a" * 100000,
        "set " * 5000,
        "select " + "(" * 39 + "1" + ")" * 39 + " from t",
        "update t set " + "b " * 9000,
        "'\"`" * 6000,
        "insert or " * 3000,
    ],
)
def test_long_texts_cost_little(text: str) -> None:
    start = time.process_time()
    for template in ((text,), (text, 0), (0, text, 1)):
        is_sql(template)
        positions(template)
    assert time.process_time() - start < 30


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=30), st.sampled_from(["SELECT ", " FROM ", "'", '"', "(", ")", " WHERE "]), st.just(0)
        )
    )
)
def test_never_raises(parts: list[str | int]) -> None:
    template = tuple(part if isinstance(part, str) else index for index, part in enumerate(parts))
    assert len(positions(template)) == sum(isinstance(part, int) for part in template)
    is_sql(template)
    is_sql(template, executed=True)
    verb(template)

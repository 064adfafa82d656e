"""SQL built from parts in Python: exact lines, and innocent twins."""

from __future__ import annotations

import ast

from readycheck.facts.sql import find_sql


def test_value_in_the_text_is_a_finding() -> None:
    source = 'def f(cur, name):\n    cur.execute(f"SELECT * FROM users WHERE name = \'{name}\'")\n'
    uses, _ = find_sql(ast.parse(source))
    assert [(use.line, use.tier, use.holes[0].position) for use in uses] == [(2, "finding", "value")]

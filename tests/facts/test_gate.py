"""The gate: three engines, one answer."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts.file import build_gate
from readycheck.facts.gate import Gate

ENGINES = ("hyperscan", "re2", "plain")
WORDS = {"one": (b"select ", b"x.y(", b"[a]", b"$^"), "two": (b"SELECT *", b"\\d+", b"://"), "none": ()}
GATES = [Gate(WORDS, engine) for engine in ENGINES]


@pytest.mark.parametrize("gate", GATES, ids=ENGINES)
@pytest.mark.parametrize(
    ("data", "groups"),
    [
        (b"", set()),
        (b"Select 1", {"one"}),
        (b"select * from t", {"one", "two"}),
        (b"xzy( x.y(", {"one"}),
        (b"a [A] b", {"one"}),
        (b"123 \\D+", {"two"}),
        (b"a\0b\n://", {"two"}),
        (b"sel\nect 1", set()),
        (b"\xff\xfe$^", {"one"}),
    ],
)
def test_literals_are_found_whatever_their_case(gate: Gate, data: bytes, groups: set[str]) -> None:
    assert gate.hits(data) == groups


@given(
    st.lists(st.sampled_from([b"select ", b"SELECT", b" *", b"x.Y(", b"://", b"[a", b"]", b"\n", b"\0", b"\xc3\xa9"]))
)
def test_the_engines_agree_on_pieces_of_literals(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    assert GATES[0].hits(data) == GATES[1].hits(data) == GATES[2].hits(data)


@given(st.binary(max_size=400))
def test_the_engines_agree_on_any_bytes(data: bytes) -> None:
    assert GATES[0].hits(data) == GATES[1].hits(data) == GATES[2].hits(data)


@pytest.mark.parametrize(
    "data",
    [
        b"import os\ncursor.execute(f'SELECT * FROM t WHERE a = {b}')\n",
        b"DATABASE_URL=postgresql://db/app\n",
        b"localStorage.setItem('token', t)\n",
        b"app.add_middleware(CORSMiddleware)\n",
        b"nothing of interest\n",
    ],
)
def test_the_engines_agree_on_the_literals_that_are_in_use(data: bytes) -> None:
    groups = build_gate(frozenset({"add_middleware", "jwt.decode", "verify="}))._groups
    answers = {engine: Gate(dict(groups), engine).hits(data) for engine in ENGINES}
    assert answers["hyperscan"] == answers["re2"] == answers["plain"]


def test_a_gate_travels_to_workers() -> None:
    gate = Gate(WORDS)
    gate.hits(b"x")
    assert pickle.loads(pickle.dumps(gate)).hits(b"x.y(") == {"one"}

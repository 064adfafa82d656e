"""YAML trees: exact places, anchors and merge keys, limits, and no exception whatever the bytes."""

from __future__ import annotations

import math
from unittest.mock import patch

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from readycheck.facts import yaml_tree
from readycheck.facts.yaml_tree import YamlList, YamlMap, YamlProblem, YamlScalar, parse_yaml, plain, walk


def _root(text: str) -> YamlMap:
    root = parse_yaml(text.encode()).root
    assert root is not None
    return root


def test_places_of_keys_values_and_items() -> None:
    root = _root("a: 1\nb:\n  - x\n  - {c: 'd'}\n")
    assert [(key.text, key.line, key.column) for key, _ in root.pairs] == [("a", 1, 1), ("b", 2, 1)]
    items = root.items("b")
    assert [(item.line, item.column) for item in items] == [(3, 5), (4, 5)]
    inner = items[1]
    assert isinstance(inner, YamlMap)
    assert inner.get("c") == YamlScalar("d", "str", 4, 9, "'")


def test_aliases_and_merge_keys_keep_the_lines_they_were_written_on() -> None:
    root = _root("base: &b\n  x: 1\n  y: 2\nuse:\n  <<: *b\n  y: 3\nlist: [*b]\n")
    use = root.map("use")
    assert use is not None
    assert plain(use) == {"x": 1, "y": 3}
    assert [(key.text, key.line) for key, _ in use.pairs] == [("y", 6), ("x", 2)]
    assert root.items("list")[0] is root.get("base")


def test_the_first_of_several_merged_mappings_wins() -> None:
    assert plain(_root("a: &a {k: 1}\nb: &b {k: 2, l: 3}\nc: {<<: [*a, *b]}").get("c")) == {"k": 1, "l": 3}


@pytest.mark.parametrize(
    ("text", "value"),
    [("yes", "yes"), ("true", True), ("010", 8), ("08", 8.0), ("0x1F", 31), ("0o17", 15), ("0b11", 3), ("-0x10", -16),
     ("1_000", 1000), ("1.50", 1.5), (".5", 0.5), ("1e3", 1000.0), ("~", None), ("", None), ("Null", None),
     ("'1'", "1"), ("12:30", "12:30"), ("2020-01-01", "2020-01-01"), ("1.2.3", "1.2.3"), ("!!str 3", "3"),
     ("+12", 12), ("0.0.0.0", "0.0.0.0"), ("-", "-"), ("<<", "<<"), ("-.inf", -math.inf)],
)  # fmt: skip
def test_plain_scalars_mean_what_go_programs_read(text: str, value: object) -> None:
    if text == "-":
        text = "'-'"
    assert plain(_root(f"k: {text}\n").get("k")) == value


def test_custom_tags_are_kept_and_tolerated() -> None:
    root = _root("a: !vault |\n  abc\nb: !reset null\nc: !override [1]\nd: !Ref X\ne: !Sub {f: 1}\ng: !GetAtt [a, b]\n")
    assert [getattr(value, "tag", "") for _, value in root.pairs] == [
        "!vault", "!reset", "!override", "!Ref", "!Sub", "!GetAtt"
    ]  # fmt: skip
    assert plain(root.get("d")) == "X"


def test_several_documents_and_none() -> None:
    parsed = parse_yaml(b"a: 1\n---\n- b\n---\n")
    assert [plain(document) for document in parsed.documents] == [{"a": 1}, ["b"], None]
    assert parse_yaml(b"") == yaml_tree.YamlFile()


def test_a_repeated_key_is_a_problem_and_the_last_one_counts() -> None:
    parsed = parse_yaml(b"a: 1\nb: 2\na: 3\n")
    assert parsed.problems == (YamlProblem(3, "key 'a' is already set on line 1"),)
    assert plain(parsed.root) == {"a": 3, "b": 2}


def test_documents_before_a_broken_one_are_kept() -> None:
    parsed = parse_yaml(b"a: 1\n---\nb: [\n")
    assert [plain(document) for document in parsed.documents] == [{"a": 1}]
    assert [problem.line for problem in parsed.problems] == [4]
    assert parsed.problems[0].reason.startswith("not YAML: ")


def test_encodings() -> None:
    assert plain(parse_yaml("ä: ü".encode("utf-16")).root) == {"ä": "ü"}
    assert plain(parse_yaml("\ufeffa: 1".encode()).root) == {"a": 1}
    latin = parse_yaml("a: 1\nb: ü\n".encode("latin-1"))
    assert plain(latin.root) == {"a": 1, "b": "ü"}
    assert latin.problems == (YamlProblem(2, "not UTF-8; read as Latin-1"),)
    assert parse_yaml(b"a: \x00").problems[0].reason.startswith("not YAML: ")


def test_an_alias_bomb_stays_small() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    parsed = parse_yaml("\n".join(lines).encode())
    assert sum(1 for document in parsed.documents for _ in walk(document)) <= yaml_tree.MAX_EXPANDED + 1000
    assert YamlProblem(6, f"aliases expand to more than {yaml_tree.MAX_EXPANDED} values") in parsed.problems


def test_depth_through_aliases_is_bounded() -> None:
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 500))
    parsed = parse_yaml(chain.encode())
    assert any("through aliases" in problem.reason for problem in parsed.problems)
    plain(parsed.root)


def test_nesting_recursion_and_size_are_bounded() -> None:
    assert parse_yaml(b"[" * 5000).problems == (YamlProblem(1, "nested deeper than 100 levels"),)
    assert parse_yaml(b"a: &a [*a]").problems == (YamlProblem(1, "alias *a names no complete anchor"),)
    assert parse_yaml(b"x" * (yaml_tree.MAX_BYTES + 1)).problems == (YamlProblem(0, "larger than 8 MB"),)


def test_navigation() -> None:
    root = _root("a: {b: {c: 1}}\nd: x\ne: [1]\nf:\n")
    assert plain(root.at("a", "b", "c")) == 1
    assert root.at("d", "b") is None
    assert [plain(item) for item in root.items("d")] == ["x"]
    assert (root.items("f"), root.items("none"), root.text("d"), root.text("f", "-")) == ((), (), "x", "-")
    assert isinstance(root.get("e"), YamlList)
    assert root.map("d") is None
    key = root.key("e")
    assert key is not None
    assert key.line == 3


def test_values_are_not_in_the_representation() -> None:
    assert "hunter" not in repr(parse_yaml(b"password: hunter-two"))


SAMPLE = b'a: &x {b: 1}\nc: [*x, !t z]\n---\n? [k]\n: v\nd: |\n  text\ne: "\\u00e4"\n'


def test_the_pure_reader_gives_the_same_trees() -> None:
    fast = parse_yaml(SAMPLE)
    with patch.object(yaml, "__with_libyaml__", False):
        slow = parse_yaml(SAMPLE)
        assert parse_yaml(b'a: "\\Uffffffff"').problems != ()
    assert [plain(document) for document in slow.documents] == [plain(document) for document in fast.documents]
    assert slow.documents[0] == fast.documents[0]


@given(st.binary(max_size=300))
def test_never_raises_on_bytes(data: bytes) -> None:
    for document in parse_yaml(data).documents:
        plain(document)


@given(st.text(alphabet="ab: \n-[]{}&*!<>|'\"#?,%@\t0.~\x85\ud800"[:-1], max_size=120))
def test_never_raises_on_yaml_like_text(text: str) -> None:
    for document in parse_yaml(text.encode()).documents:
        plain(document)
    with patch.object(yaml, "__with_libyaml__", False):
        parse_yaml(text.encode())

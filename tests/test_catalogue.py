"""The rules in force: loaded, checked whole, selected."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from readycheck.catalogue import Check, line_of, load_catalogue, parse_rule
from readycheck.checklist import SECTIONS as SCORED_SECTIONS
from readycheck.model import ConfigError, RuleError
from readycheck.resources import data_dir
from readycheck.rule import SECTIONS
from tests.detectors.helpers import check_of, rule_text

TREE = {"kind": "python-call", "call": ["eval"]}
CATALOGUE = load_catalogue()
CHECKS = pytest.mark.parametrize("check", CATALOGUE.checks, ids=lambda check: check.rule.id)


def test_ids_names_and_titles_are_unique_and_in_order() -> None:
    ids = [rule.id for rule in CATALOGUE.rules]
    assert ids == sorted(ids)
    for values in (ids, [rule.name for rule in CATALOGUE.rules], [rule.title for rule in CATALOGUE.rules]):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_rules_and_scores_know_the_same_sections() -> None:
    assert sorted(SECTIONS) == sorted(SCORED_SECTIONS)


@CHECKS
def test_the_form_of_a_shipped_rule(check: Check) -> None:
    rule = check.rule
    assert rule.fix.summary.endswith(".")
    assert rule.why.rstrip().endswith(".")
    assert not rule.title.endswith(".")
    assert not rule.severity_reason or rule.severity_reason.endswith(".")
    assert any(example.fails_at for example in rule.examples)
    assert sum(not example.fails_at for example in rule.examples) >= 2
    titles = [example.title for example in rule.examples]
    assert len(titles) == len(set(titles))


def test_selection_by_id_prefix_name_and_section() -> None:
    assert [rule.id for rule in CATALOGUE.select(["WEB001"]).rules] == ["WEB001"]
    assert [rule.id for rule in CATALOGUE.select(["web001"]).rules] == ["WEB001"]
    assert [rule.id for rule in CATALOGUE.select(["wildcard-cors"]).rules] == ["WEB001"]
    web = {rule.id for rule in CATALOGUE.select(["web-security"]).rules}
    assert web == {rule.id for rule in CATALOGUE.rules if rule.section == "web-security"}
    assert "WEB001" not in {rule.id for rule in CATALOGUE.select(["WEB"], ["WEB001"]).rules}
    for wrong in (["WEB999"], ["nothing"]):
        with pytest.raises(ConfigError, match="no rule is called"):
            CATALOGUE.select(wrong)
        with pytest.raises(ConfigError, match="no rule is called"):
            CATALOGUE.select([], wrong)


def test_one_rule_is_found_by_id_or_name() -> None:
    assert CATALOGUE.find("web001").name == "wildcard-cors"
    assert CATALOGUE.find("wildcard-cors").id == "WEB001"
    with pytest.raises(ConfigError):
        CATALOGUE.find("WEB")


def test_a_folder_of_ones_own_rules_is_added(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.yml").write_bytes(rule_text(TREE))
    (tmp_path / "notes.txt").write_text("no rule")
    catalogue = load_catalogue([tmp_path])
    assert [rule.id for rule in catalogue.rules if rule.id.startswith("ACME")] == ["ACME001"]
    assert "eval" in catalogue.interest
    assert catalogue.digest != CATALOGUE.digest


def test_texts_to_search_are_collected_once() -> None:
    from readycheck.catalogue import Catalogue

    text = {"kind": "text", "pattern": "x", "literal": "x"}
    one = check_of({"kind": "any-of", "of": [text, {"kind": "not", "of": text}]})
    assert [pattern.pattern for pattern in Catalogue((one, one), "").patterns] == ["x"]


def test_an_id_may_not_be_taken_twice(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(rule_text(TREE))
    (tmp_path / "b.yaml").write_bytes(rule_text(TREE))
    with pytest.raises(RuleError, match=r"^b\.yaml: rule ACME001 exists already"):
        load_catalogue([tmp_path])
    with pytest.raises(ConfigError, match="is not a folder of rules"):
        load_catalogue([tmp_path / "a.yaml"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"id: [", r"^r\.yaml:\d+: not valid YAML"),
        (b"\xff\xfe\x00", r"^r\.yaml.*: not valid YAML"),
        (b"", r"^r\.yaml: rule: "),
        (b"- a\n", r"^r\.yaml: rule: "),
        (rule_text(TREE, severity="blocker"), r"^r\.yaml:\d+: severity: "),
        (rule_text(TREE, colour="red"), r"^r\.yaml:\d+: colour: Extra"),
        (rule_text(TREE, message="{call} and {nothing}"), r"^r\.yaml:\d+: message uses \{nothing\}.* argument, call"),
        (rule_text(TREE, message="{call"), r"^r\.yaml:\d+: message: "),
        (rule_text(TREE, message="{0}"), r"^r\.yaml:\d+: message uses \{0\}"),
        (rule_text(TREE, side="require", message="{call}"), r"^r\.yaml:\d+: message uses .* absent"),
    ],
)
def test_a_wrong_file_is_named_with_its_line(text: bytes, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        parse_rule(text, "r.yaml")


def test_lines_of_keys() -> None:
    text = b"a: 1\nb:\n  c:\n    - d: 1\n    - {d: 2}\n"
    assert line_of(text, ("b", "c", 1, "d")) == 5
    assert line_of(text, ("b", "function-wrap[x]", "c", 0, "d")) == 4
    assert line_of(text, ("b", "zzz")) == 2
    assert line_of(text, ()) == 0
    assert line_of(b"a: [", ("a",)) == 0


def test_shipped_rules_are_the_same_without_their_examples() -> None:
    whole, short = load_catalogue(), load_catalogue(examples=False)
    assert short.digest == whole.digest
    assert [rule.examples for rule in short.rules] == [[]] * len(whole.rules)
    assert [check.detectors for check in short.checks] == [check.detectors for check in whole.checks]
    assert list(short.rules) == [rule.model_copy(update={"examples": []}) for rule in whole.rules]


def test_rules_of_the_user_are_checked_with_their_examples(tmp_path: Path) -> None:
    shipped = next(entry for entry in Path(str(data_dir("rules"))).rglob("*.yaml"))
    text = shipped.read_text(encoding="utf-8").partition("\nexamples:")[0]
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match="examples"):
        load_catalogue([tmp_path], shipped=False, examples=False)

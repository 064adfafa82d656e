"""The command line as a user meets it: what is printed, written and returned."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest

from readycheck import __version__
from readycheck.catalogue import load_catalogue
from readycheck.cli import run
from tests.detectors.helpers import rule_text

OPEN_CORS = (
    "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\n"
    "app.add_middleware(CORSMiddleware, allow_origins=['*'])\n"
)
EVAL: dict[str, Any] = {"kind": "python-call", "call": ["eval"]}


class Ran(NamedTuple):
    """What one command came to."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs readycheck in this process, with a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("NO_COLOR", raising=False)

    def call(*words: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["readycheck", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run()
        out, err = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else int(bool(code)), out, err)

    return call


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one wildcard policy."""
    folder = tmp_path / "my project"
    folder.mkdir()
    (folder / "main.py").write_text(OPEN_CORS)
    return folder


@pytest.fixture
def own_rules(tmp_path: Path) -> Path:
    """A folder with one rule whose examples hold."""
    folder = tmp_path / "rules"
    folder.mkdir()
    bad = {"title": "bad", "files": {"a.py": "eval('1')\n"}, "fails_at": ["a.py:1"]}
    silent = {"title": "good", "files": {"a.py": "x = 1\n"}, "not_applicable": True}
    (folder / "acme.yaml").write_bytes(rule_text(EVAL, examples=[bad, silent, {**silent, "title": "better"}]))
    return folder


def test_a_failing_rule_closes_the_gate(command: Command, project: Path) -> None:
    ran = command("scan", project, "--select", "WEB001")
    assert ran.code == 1
    assert "main.py:4" in ran.out
    assert ran.err == ""


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--fail-on", "never"], 0),
        (["--fail-on", "critical"], 1),
        (["--fail-on", "never", "--min-score", "100"], 1),
        (["--fail-on", "never", "--min-score", "0"], 0),
    ],
)
def test_the_gate_is_the_users_to_set(command: Command, project: Path, options: list[str], code: int) -> None:
    assert command("scan", project, "--select", "WEB001", *options).code == code


def test_nothing_open_is_exit_0(command: Command, project: Path) -> None:
    (project / "main.py").write_text(OPEN_CORS.replace("'*'", "'https://a.example'"))
    assert command("scan", project, "--select", "WEB001").code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["scan", "{project}", "--select", "WEB999"],
        ["scan", "{project}", "--ignore", "nothing"],
        ["scan", "{project}", "--quiet", "--verbose"],
        ["scan", "{project}", "--fail-on", "blocker"],
        ["scan", "{project}", "--min-score", "101"],
        ["scan", "{project}", "--jobs", "-1"],
        ["scan", "{project}", "--colour"],
        ["scan", "{project}", "--rules", "{project}/nowhere"],
        ["scan", "{project}", "--compose", "nowhere.yml"],
        ["scan", "{project}", "--output", "{project}/no/such/folder/x.json"],
        ["scan", "{project}/nowhere"],
        ["explain", "WEB999"],
        ["rules", "test", "{project}/nowhere"],
        ["rules", "test", "{project}"],
        ["schema", "nothing"],
        ["frobnicate"],
    ],
)
def test_wrong_usage_is_exit_2_and_a_sentence(command: Command, project: Path, words: list[str]) -> None:
    ran = command(*(word.format(project=project) for word in words))
    assert ran.code == 2
    assert ran.err
    assert "Traceback" not in ran.err + ran.out


def test_nothing_to_scan_is_exit_3(command: Command, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    ran = command("scan", empty)
    assert ran.code == 3
    assert "nothing to scan" in ran.err


def test_a_rule_that_breaks_is_exit_3(
    command: Command, project: Path, own_rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from readycheck.detectors import python_call

    def broken(*_: object) -> Any:
        raise ValueError("hunter2")

    monkeypatch.setattr(python_call, "find", broken)
    ran = command("scan", project, "--rules", own_rules, "--select", "ACME001", "--format", "json")
    assert ran.code == 3
    assert json.loads(ran.out)["errors"][0]["rule"] == "ACME001"
    assert "hunter2" not in ran.out + ran.err


def test_json_follows_its_published_schema(command: Command, project: Path) -> None:
    schema = json.loads(command("schema", "report").out)
    ran = command("scan", project, "--format", "json")
    report = json.loads(ran.out)
    jsonschema.Draft202012Validator(schema).validate(report)
    result = next(one for one in report["results"] if one["rule"] == "WEB001")
    assert [(one["path"], one["line"]) for one in result["findings"]] == [("main.py", 4)]


def test_two_runs_give_the_same_bytes_but_for_the_time(command: Command, project: Path) -> None:
    for number in range(30):
        (project / f"m{number}.py").write_text(OPEN_CORS)
    runs = [json.loads(command("scan", project, "--format", "json", "--jobs", jobs).out) for jobs in (1, 2, 1)]
    for report in runs:
        report.pop("created", None)
    assert json.dumps(runs[0]) == json.dumps(runs[1]) == json.dumps(runs[2])


def test_the_report_can_go_to_a_file(command: Command, project: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    ran = command("scan", project, "--select", "WEB001", "--output", target)
    assert (ran.code, ran.out) == (1, "")
    assert json.loads(target.read_text())["schema_version"] == 1
    text = tmp_path / "report.txt"
    command("scan", project, "--select", "WEB001", "-o", text)
    assert "main.py:4" in text.read_text()
    assert "\x1b" not in text.read_text()


def test_selecting_and_ignoring(command: Command, project: Path) -> None:
    def rules(*options: str) -> list[str]:
        report = json.loads(command("scan", project, "--format", "json", *options).out)
        return [result["rule"] for result in report["results"]]

    assert rules("--select", "WEB001,WEB002") == ["WEB001", "WEB002"]
    assert rules("--select", "WEB001", "--select", "wildcard-cors") == ["WEB001"]
    assert "WEB001" not in rules("--ignore", "WEB001")
    assert rules("--select", "web-security", "--ignore", "WEB") == []


def test_quiet_says_less_and_verbose_more(command: Command, project: Path) -> None:
    sizes = [len(command("scan", project, *options).out) for options in (["--quiet"], [], ["--verbose"])]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2]


@pytest.mark.parametrize(
    ("environment", "terminal", "colored"),
    [
        ({"TERM": "xterm-256color"}, True, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
        ({"TERM": "xterm-256color"}, False, False),
    ],
)
def test_color_is_for_terminals_that_want_it(
    command: Command,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    environment: dict[str, str],
    terminal: bool,
    colored: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: terminal)
    assert ("\x1b[" in command("scan", project, "--select", "WEB001").out) is colored


def test_nothing_is_written_into_the_project(command: Command, project: Path, tmp_path: Path) -> None:
    command("scan", project)
    assert sorted(path.name for path in project.iterdir()) == ["main.py"]
    assert (tmp_path / "cache").is_dir()


def test_without_cache_nothing_is_written_at_all(command: Command, project: Path, tmp_path: Path) -> None:
    command("scan", project, "--no-cache")
    assert not (tmp_path / "cache").exists()


def test_a_cached_scan_says_the_same(command: Command, project: Path) -> None:
    first, second = (command("scan", project, "--select", "WEB001").out for _ in range(2))
    assert first == second


def test_new_patterns_are_searched_in_files_that_are_cached(command: Command, project: Path, own_rules: Path) -> None:
    command("scan", project, "--rules", own_rules, "--select", "ACME001")
    text = {"kind": "text", "pattern": r"add_middleware\("}
    (own_rules / "acme.yaml").write_bytes(rule_text(text))
    ran = command("scan", project, "--rules", own_rules, "--select", "ACME001", "--format", "json")
    (result,) = json.loads(ran.out)["results"]
    assert [(one["path"], one["line"]) for one in result["findings"]] == [("main.py", 4)]


def test_rules_list(command: Command) -> None:
    listed = json.loads(command("rules", "list", "--format", "json").out)
    assert [rule["id"] for rule in listed] == [rule.id for rule in load_catalogue().rules]
    assert set(listed[0]) == {"id", "name", "title", "section", "severity", "targets"}
    plain = command("rules", "list").out.splitlines()
    assert len(plain) == len(listed)
    assert plain[0].startswith(listed[0]["id"])


def test_explain_says_why_and_how(command: Command) -> None:
    by_id, by_name = command("explain", "WEB001"), command("explain", "wildcard-cors")
    assert by_id == by_name
    assert by_id.code == 0
    for word in ("WEB001 wildcard-cors", "Why", "Fix", "Fails:", "Passes:", "Sources"):
        assert word in by_id.out


def test_schemas_are_json_schemas(command: Command) -> None:
    for name in ("rule", "report"):
        jsonschema.Draft202012Validator.check_schema(json.loads(command("schema", name).out))


def test_ones_own_rules_are_tested_alone(command: Command, own_rules: Path) -> None:
    ran = command("rules", "test", own_rules)
    assert (ran.code, ran.out) == (0, "3 passed, 0 failed\n")


def test_a_wrong_example_fails_the_test_of_rules(command: Command, own_rules: Path) -> None:
    (own_rules / "acme.yaml").write_bytes(rule_text(EVAL))
    ran = command("rules", "test", own_rules)
    assert ran.code == 1
    assert "ACME001 “bad”: expected fail" in ran.out
    assert "2 passed, 1 failed" in ran.out


def test_a_wrong_rule_is_named_with_its_line(command: Command, own_rules: Path, project: Path) -> None:
    (own_rules / "acme.yaml").write_bytes(rule_text({"kind": "text", "pattern": "("}))
    for words in (["rules", "test", own_rules], ["scan", project, "--rules", own_rules]):
        ran = command(*words)
        assert ran.code == 2
        assert ran.err.startswith("readycheck: acme.yaml:")
        assert "pattern" in ran.err


def test_a_single_file_can_be_scanned(command: Command, project: Path) -> None:
    ran = command("scan", project / "main.py", "--select", "WEB001", "--format", "json")
    (result,) = json.loads(ran.out)["results"]
    assert [(one["path"], one["line"]) for one in result["findings"]] == [("main.py", 4)]


def test_the_installed_command_answers_and_hides_tracebacks(project: Path, tmp_path: Path) -> None:
    def readycheck(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "readycheck", *words], capture_output=True, text=True, check=False, cwd=tmp_path
        )

    assert readycheck("--version").stdout == f"readycheck {__version__}\n"
    assert readycheck().returncode == 2
    wrong = readycheck("scan", "nowhere")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("readycheck: ")
    light = (
        "import sys, readycheck.cli; print(sorted({'pydantic','yaml','bandit','sqlglot','rich'} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", light], capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"

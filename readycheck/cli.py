"""The command line: the only place that prints, exits and reads the environment."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from readycheck import __version__
from readycheck.model import ConfigError, Outcome, ReadycheckError, RuleError, Severity, TargetError

if TYPE_CHECKING:
    from readycheck.cache import Cache
    from readycheck.catalogue import Catalogue
    from readycheck.model import CheckResult, Report
    from readycheck.scan import Progress

EXIT_GATE, EXIT_USAGE, EXIT_INCOMPLETE = 1, 2, 3
app = typer.Typer(
    help="Judge whether a project is ready for production, and show the proof.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: loading rich for it takes as long as everything else
    epilog="Exit codes: 0 fine, 1 the gate failed, 2 wrong usage or rule file, 3 the audit is incomplete.",
)
rules_app = typer.Typer(help="List the rules and run their examples.", no_args_is_help=True)
app.add_typer(rules_app, name="rules")


class Format(StrEnum):
    """How results are printed."""

    CONSOLE = "console"
    JSON = "json"


class Gate(StrEnum):
    """From which severity on an open failure makes the exit code 1."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NEVER = "never"


class SchemaName(StrEnum):
    """What a JSON Schema can be printed of."""

    RULE = "rule"
    REPORT = "report"


RulesOption = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="DIR", help="A folder with more rules; may be given several times."),
]


def _catalogue(folders: list[Path] | None, *, examples: bool = True) -> Catalogue:
    from readycheck.catalogue import load_catalogue

    return load_catalogue(folders or (), examples=examples)


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version and exit.")] = False,
) -> None:
    if version:
        print(f"readycheck {__version__}")
        raise typer.Exit


@app.command()
def scan(
    path: Annotated[Path, typer.Argument(help="A repository, a folder or a file.")] = Path(),
    compose: Annotated[
        list[str] | None,
        typer.Option(
            "--compose", metavar="FILE", help="Judge these compose files merged, in this order, as production."
        ),
    ] = None,
    fmt: Annotated[Format, typer.Option("--format", help="How to print the result.")] = Format.CONSOLE,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to a file instead of the terminal.")
    ] = None,
    select: Annotated[
        list[str] | None, typer.Option(metavar="IDS", help="Only these rules (ids, prefixes, sections).")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="IDS", help="Not these rules.")] = None,
    fail_on: Annotated[Gate, typer.Option(help="Exit 1 when a failure of this severity or worse is open.")] = Gate.HIGH,
    min_score: Annotated[int | None, typer.Option(min=0, max=100, help="Exit 1 when the score is lower.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Neither read nor write the cache.")] = False,
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0 means one for each core.")] = 0,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="The verdict and one line for each failing rule.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Every place, every pass with its proof.")] = False,
    rules: RulesOption = None,
) -> None:
    """Judge a project and print the scored checklist."""
    if quiet and verbose:
        raise ConfigError("--quiet and --verbose exclude each other")
    from readycheck.scan import scan as run_scan

    catalogue = _catalogue(rules, examples=False).select(_words(select), _words(ignore))
    with _progress(fmt is Format.CONSOLE and not quiet) as progress, _open_cache(catalogue, no_cache) as cache:
        report = run_scan(path, catalogue, compose=compose or (), jobs=jobs, cache=cache, progress=progress)
    _emit(_render(report, catalogue, fmt, output, quiet=quiet, verbose=verbose), output)
    code = _gate(report, fail_on, min_score)
    if code:
        raise typer.Exit(code)


def _words(values: list[str] | None) -> list[str]:
    return [word.strip() for value in values or () for word in value.split(",") if word.strip()]


@contextmanager
def _open_cache(catalogue: Catalogue, disabled: bool) -> Iterator[Cache | None]:
    from readycheck.cache import default_folder, open_cache

    folder = None if disabled else default_folder(os.environ)
    if folder is None:
        yield None
        return
    interest = ",".join([*sorted(catalogue.interest), *(pattern.id for pattern in catalogue.patterns)])
    cache = open_cache(folder, f"{__version__}|{sys.version_info[:3]}|{interest}|{_source_stamp()}")
    try:
        yield cache
    finally:
        cache.close()


def _source_stamp() -> str:
    """Changes whenever readycheck itself does, so that facts of another version are never taken from the cache."""
    folder = Path(__file__).parent / "facts"
    try:
        return str(max(entry.stat().st_mtime_ns for entry in os.scandir(folder)))
    except OSError:
        return ""


@contextmanager
def _progress(wanted: bool) -> Iterator[Progress | None]:
    """A progress bar on a terminal, drawn only once a second has passed."""
    if not (wanted and sys.stderr.isatty()):
        yield None
        return
    import time

    started, shown = time.monotonic(), False

    def draw(done: int, total: int) -> None:
        nonlocal shown
        if time.monotonic() - started > 1:
            shown = True
            filled = 30 * done // max(total, 1)
            sys.stderr.write(f"\r{'#' * filled}{'.' * (30 - filled)} {done}/{total} files")
            sys.stderr.flush()

    try:
        yield draw
    finally:
        if shown:
            sys.stderr.write("\r" + " " * 60 + "\r")
            sys.stderr.flush()


def _render(
    report: Report, catalogue: Catalogue, fmt: Format, output: Path | None, *, quiet: bool, verbose: bool
) -> str:
    if fmt is Format.JSON or (output is not None and output.suffix == ".json"):
        from readycheck.report.json import render_json

        return render_json(report)
    from readycheck.report.console import render_console

    terminal = output is None and sys.stdout.isatty()
    color = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((100, 40)).columns if output is None else 100
    return render_console(
        report,
        width=max(width, 40),
        color=color,
        unicode=output is not None or _prints_unicode(),
        quiet=quiet,
        verbose=verbose,
        fixes={rule.id: (rule.fix.summary, rule.fix.effort) for rule in catalogue.rules},
    )


def _prints_unicode() -> bool:
    try:
        "█░→╳…".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _emit(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    try:
        output.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--output {output}: {error.strerror or error}") from error


def _gate(report: Report, fail_on: Gate, min_score: int | None) -> int:
    """3 when the audit is incomplete, 1 when the gate failed, else 0."""
    if report.errors:
        return EXIT_INCOMPLETE
    if fail_on is not Gate.NEVER and any(_open(result, Severity(fail_on.value)) for result in report.results):
        return EXIT_GATE
    return EXIT_GATE if min_score is not None and report.score.value < min_score else 0


def _open(result: CheckResult, limit: Severity) -> bool:
    return result.outcome in {Outcome.FAIL, Outcome.PARTIAL} and result.severity.rank >= limit.rank


@rules_app.command("list")
def rules_list(
    fmt: Annotated[Format, typer.Option("--format", help="How to print the list.")] = Format.CONSOLE,
    rules: RulesOption = None,
) -> None:
    """List every rule."""
    catalogue = _catalogue(rules)
    if fmt is Format.JSON:
        listed = [
            {
                "id": rule.id,
                "name": rule.name,
                "title": rule.title,
                "section": rule.section,
                "severity": rule.severity.value,
                "targets": sorted(rule.detect),
            }
            for rule in catalogue.rules
        ]
        print(json.dumps(listed, indent=2))
        return
    for rule in catalogue.rules:
        print(f"{rule.id:8} {rule.severity.value:9} {rule.section:14} {rule.title}")


@rules_app.command("test")
def rules_test(
    path: Annotated[
        Path | None, typer.Argument(help="A folder of rules of your own; without it, the shipped ones.")
    ] = None,
    rules: RulesOption = None,
) -> None:
    """Run the examples of rules: each must get exactly the verdict and the places it states."""
    from readycheck.selftest import run_examples

    catalogue = _catalogue([*(rules or ()), *([path] if path else ())])
    if path is not None:
        catalogue = catalogue.select(_ids_in(path))
    failures, total = run_examples(catalogue)
    for failure in failures:
        print(failure)
    print(f"{total - len(failures)} passed, {len(failures)} failed")
    if failures:
        raise typer.Exit(EXIT_GATE)


def _ids_in(folder: Path) -> list[str]:
    from readycheck.catalogue import load_catalogue

    ids = [rule.id for rule in load_catalogue([folder], shipped=False).rules]
    if not ids:
        raise ConfigError(f"{folder} holds no rules")
    return ids


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(metavar="ID", help="The id or the name of a rule.")],
    rules: RulesOption = None,
) -> None:
    """Say what a rule demands, why, how it is decided and how to fix it."""
    from readycheck.report.explain import explain_rule

    print(explain_rule(_catalogue(rules).find(rule)))


@app.command()
def schema(name: Annotated[SchemaName, typer.Argument(help="What to describe.")]) -> None:
    """Print the JSON Schema of rule files or of the JSON report."""
    if name is SchemaName.RULE:
        from readycheck.rule_schema import rule_schema

        print(json.dumps(rule_schema(), indent=2))
        return
    from readycheck.report.json import report_schema

    print(json.dumps(report_schema(), indent=2))


def run() -> None:
    """Run a command and turn readycheck's own errors into a sentence and an exit code."""
    try:
        app()
    except TargetError as error:
        _complain(error)
        sys.exit(EXIT_INCOMPLETE if "nothing to scan" in str(error) else EXIT_USAGE)
    except (ConfigError, RuleError, ReadycheckError) as error:
        _complain(error)
        sys.exit(EXIT_USAGE)
    except BrokenPipeError:
        # The reader of a pipe went away: `readycheck scan | head` is no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _complain(error: Exception) -> None:
    print(f"readycheck: {error}", file=sys.stderr)

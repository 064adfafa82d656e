"""The issues of the routed bandit tests, weighed with what the linked model knows: one weighed issue a place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.python import PythonCall
from readycheck.facts.sast import Issue
from readycheck.facts.values import Call, Choice, Const, Items, Joined, Name, Value
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.model import Confidence, Location

# Calls that extraction must record for this module.
CALLS = frozenset({"shell=", "system", "popen", "getoutput", "getstatusoutput", "md5", "sha1", "hashlib.new"})

_SHELL = frozenset({"B602", "B605"})
_WEAK_HASH = "B324"
_PYCRYPTO = "B413"
_PROTECTS = lazy(
    r"sign(?:ed|ature|_|$)|hmac|csrf|nonce|otp|token|session_?id|api_?key|licen[cs]e|authenticat", re.IGNORECASE
)
_SECRET = lazy(r"secret|hmac|salt|private_?key|signing", re.IGNORECASE)
_NAMES_ONLY = lazy(
    r"cache|etag|checksum|fingerprint|dedup|gravatar|avatar|file|content|color|colour|bucket|shard", re.IGNORECASE
)
_COMMAND_LINES = frozenset({"click", "typer", "argparse", "fire", "docopt", "cyclopts", "optparse"})
_SERVES = frozenset(
    "flask fastapi django starlette aiohttp tornado sanic bottle quart litestar falcon socket socketserver http "
    "xmlrpc grpc celery rq dramatiq kombu pika gradio streamlit".split()
)
_TEMPLATES = frozenset({"B701", "B702"})
_QUOTES = frozenset({"shlex.quote", "pipes.quote", "shlex.join", "quote"})
_SURE = {"HIGH": Confidence.HIGH, "MEDIUM": Confidence.MEDIUM, "LOW": Confidence.MEDIUM}


@dataclass(frozen=True, slots=True)
class Weighed:
    """One place with its tests. `harmless` says why it does not count, "" if it does."""

    location: Location
    tests: str
    text: str
    confidence: Confidence
    harmless: str = ""


@once
def weighed_issues(project: Project) -> Iterator[Weighed]:
    """Every place with a high-severity issue, in every role."""
    fork = _has_pycryptodome(project)
    for path, facts in project.files.items():
        places: dict[int, list[Issue]] = {}
        for issue in facts.issues:
            if not (issue.test == _PYCRYPTO and fork):
                places.setdefault(issue.line, []).append(issue)
        for line, issues in sorted(places.items()):
            first = issues[0]
            tests = ", ".join(dict.fromkeys(i.test for i in issues))
            place = Location(path, line, first.column)
            yield Weighed(
                place,
                tests,
                _sentence(first),
                _SURE.get(first.confidence, Confidence.MEDIUM),
                _harmless(project, path, issues),
            )


def _sentence(issue: Issue) -> str:
    return re.sub(r"\s+", " ", issue.text).strip().rstrip(".")


def _has_pycryptodome(project: Project) -> bool:
    """The maintained fork has the name that bandit warns of, `Crypto`."""
    manifests = (f.python_manifest for f in project.files.values() if f.python_manifest is not None)
    names = {dependency.name for manifest in manifests for dependency in manifest.dependencies}
    return "pycryptodome" in names or "pycrypto" not in names


def _harmless(project: Project, path: str, issues: list[Issue]) -> str:
    tests = {issue.test for issue in issues}
    facts = project.python.get(path)
    if facts is None:
        return ""
    here = [
        call for call in facts.calls if call.line <= issues[0].line <= call.line + 8 and call.line >= issues[0].line - 8
    ]
    if tests <= _SHELL:
        by_hand = _run_by_hand(project, path) or _in_a_command(project, path, issues[0].line)
        return _shell(project, path, here, issues[0].line) or by_hand
    if tests <= _TEMPLATES and project.entries and not project.connection(path):
        return "no code that production starts reaches these templates"
    if tests == {_WEAK_HASH}:
        given = " ".join(b.name for b in facts.bindings if b.line == issues[0].line)
        return _weak_hash(here, issues[0].line, given)
    return ""


def _shell(project: Project, path: str, calls: list[PythonCall], line: int) -> str:
    for call in calls:
        command = call.call.argument("args", 0) or call.call.argument("cmd", 0)
        if command is None or line not in {call.line, *(a.line for a in call.call.args)}:
            continue
        possible = project.resolver.possible(command.value, path, call.scope)
        if possible and all(_constant(p.value) for p in possible):
            return "the command is a constant"
        if possible and all(_quoted(p.value) for p in possible):
            return "every variable part of the command is quoted"
    return ""


def _run_by_hand(project: Project, path: str) -> str:
    """Why a shell obeys nobody but who started the program, "" if it may obey a client of a service."""
    imports = {statement.target.partition(".")[0] for statement in project.python[path].imports}
    if project.entries and not _beside_started(project, path):
        return "no code that production starts reaches it"
    if imports & _COMMAND_LINES and not imports & _SERVES:
        return "a command of a command line: who runs it may run anything"
    return ""


def _beside_started(project: Project, path: str) -> bool:
    """Whether production starts code of the same part of the tree, from where a module may be loaded by its name."""
    parts = path.split("/")
    top = f"{parts[0]}/" if len(parts) > 1 else ""
    inner = f"{top}{parts[1]}/" if len(parts) > 2 else top
    return any(one.startswith(inner) or (one.startswith(top) and one.count("/") <= 1) for one in project.reached)


def _in_a_command(project: Project, path: str, line: int) -> str:
    """Why a shell obeys nobody else inside `@app.cli.command()` or `@group.command()` of click, "" elsewhere."""
    around = [f for f in project.python[path].functions if f.line <= line <= f.end_line]
    decorators = [getattr(d, "name", getattr(d, "dotted", "")) for f in around for d in f.decorators]
    clicks = any(i.target.partition(".")[0] in _COMMAND_LINES for i in project.python[path].imports)
    if any(name.endswith("cli.command") or (clicks and name.endswith(".command")) for name in decorators):
        return "a command of a command line: who runs it may run anything"
    return ""


def _constant(value: Value) -> bool:
    match value:
        case Const():
            return True
        case Items(items=items):
            return all(_constant(item) for item in items)
        case Choice(options=options):
            return all(_constant(option) for option in options)
        case Joined(parts=parts):
            return all(_constant(part) for part in parts)
        case Name(dotted=dotted):
            return dotted in {"sys.executable", "os.sep", "__file__"}
    return False


def _quoted(value: Value) -> bool:
    if isinstance(value, Joined):
        return all(_quoted(part) for part in value.parts)
    return _constant(value) or (isinstance(value, Call) and value.name in _QUOTES)


def _weak_hash(calls: list[PythonCall], line: int, given: str) -> str:
    """A weak digest protects something only where its surroundings say so; a cache key does not need a strong one."""
    for call in calls:
        if call.line == line and call.call.name.rpartition(".")[2] in {"md5", "sha1", "new"}:
            around = f"{call.scope.rpartition('.')[2]} {given}"
            inside = " ".join(name for argument in call.call.args for name in _names(argument.value))
            if _SECRET.search(inside) or (_PROTECTS.search(around) and not _NAMES_ONLY.search(around)):
                return ""
    return "nothing around it says that the digest protects something"


def _names(value: Value, depth: int = 0) -> Iterator[str]:
    match value:
        case Name(dotted=dotted):
            yield dotted
        case Call(name=name, args=args, receiver=receiver) if depth < 6:
            yield name
            for argument in args:
                yield from _names(argument.value, depth + 1)
            if receiver is not None:
                yield from _names(receiver, depth + 1)
        case Joined(parts=parts) if depth < 6:
            for part in parts:
                yield from _names(part, depth + 1)

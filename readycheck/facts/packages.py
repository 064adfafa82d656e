"""Which packages the RUN lines of an image install, and whether a program can be expected in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from readycheck.facts.dockerfile import Stage
from readycheck.facts.image import BuiltImage
from readycheck.facts.lazily import lazy
from readycheck.facts.shellwords import split_commands, without_heredocs

_WRAPPERS = frozenset({"sudo", "exec", "command", "time", "nice", "env", "eatmydata", "set"})
_VERBS: Mapping[str, frozenset[str]] = {
    "apt": frozenset({"install"}),
    "apk": frozenset({"add"}),
    "dnf": frozenset({"install"}),
    "yum": frozenset({"install"}),
    "zypper": frozenset({"install", "in"}),
    "pip": frozenset({"install"}),
    "npm": frozenset({"install", "i", "ci", "add"}),
    "yarn": frozenset({"install", "add", "global"}),
    "pnpm": frozenset({"install", "i", "add"}),
    "poetry": frozenset({"install", "sync"}),
    "pipenv": frozenset({"install", "sync"}),
    "uv": frozenset({"sync"}),
    "gem": frozenset({"install"}),
    "conda": frozenset({"install"}),
    "go": frozenset({"install"}),
    "cargo": frozenset({"install"}),
}
_ALIASES = {
    "apt-get": "apt", "aptitude": "apt", "apt-install": "apt", "install_packages": "apt", "microdnf": "dnf",
    "tdnf": "dnf", "pip3": "pip", "mamba": "conda", "micromamba": "conda",
}  # fmt: skip
_TAKES_VALUE = frozenset(
    "-t --target-release -o --option -c --constraint -i --index --index-url --extra-index-url --trusted-host --virtual "
    "--repository -X -f --find-links --root --prefix --target --timeout --retries --python --version --cache-dir "
    "--channel -n --python-preference --index-strategy --python-version --platform --default-index --registry".split()
)
_FILE_OPTIONS = frozenset({"-r", "--requirement", "--requirements"})
_ASSIGNMENT = lazy(r"([A-Za-z_]\w{0,80})=(.*)", re.DOTALL)
_SPLIT = lazy(r"(?<=[\w\]])(===?|~=|>=|<=|!=|=|>|<|@)(.+)")


@dataclass(frozen=True, slots=True)
class Package:
    """One package that a RUN line installs; `file` is set instead of a name for `pip install -r file`."""

    manager: str
    name: str
    version: str
    line: int
    file: str = ""


def installed(image: BuiltImage) -> tuple[Package, ...]:
    """Everything that the RUN lines of an image install; a name that stays a `$variable` could not be resolved."""
    found: list[Package] = []
    fill = cache(image.expanded)
    for package in (package for stage in reversed(image.stages) for package in stage_packages(stage)):
        names = fill(package.name).split() if package.name.startswith("$") else [package.name]
        found.extend(replace(package, name=name) for name in names)
    return tuple(found)


def stage_packages(stage: Stage) -> Iterator[Package]:
    """What the RUN lines of one stage install, with the line each name is on."""
    for run in stage.all("RUN"):
        if run.exec_form:
            yield from _installs(run.arguments, [run.line] * len(run.arguments))
            continue
        yield from _in_text(without_heredocs(run.text), run.line_at)
        for document in run.heredocs:
            starts = _line_finder(document.text, document.line)
            yield from _in_text(document.text, starts)


def _line_finder(text: str, first: int) -> Callable[[int], int]:
    return lambda offset: first + text.count("\n", 0, offset)


def _in_text(text: str, line_at: Callable[[int], int]) -> Iterator[Package]:
    local: dict[str, str] = {}
    for command in split_commands(text):
        texts = [_known(word, local) for word in command.texts]
        lines = [line_at(word.offset) for word in command.words]
        if len(texts) == 1 and (assigned := _ASSIGNMENT.fullmatch(texts[0])):
            local[assigned.group(1)] = assigned.group(2)
            continue
        spread = [(part, line) for word, line in zip(texts, lines, strict=True) for part in word.split() or [""]]
        yield from _installs([word for word, _ in spread], [line for _, line in spread])


def _known(word: str, local: Mapping[str, str]) -> str:
    if word.startswith(("`", "$(")):
        return ""
    if not word.startswith("$"):
        return word.replace("\n", "")
    return local.get(word.strip("${}"), word)


def _installs(words: Sequence[str], lines: Sequence[int]) -> Iterator[Package]:
    start = 0
    while start < len(words) and (words[start] in _WRAPPERS or re.match(r"-|[A-Za-z_]\w{0,80}=", words[start])):
        start += 1
    rest = list(zip(words[start:], lines[start:], strict=True))
    if not rest:
        return
    program = rest[0][0].rsplit("/", 1)[-1]
    names = [word for word, _ in rest]
    if re.fullmatch(r"python[\d.]*", program) and names[1:3] == ["-m", "pip"]:
        rest, program = rest[2:], "pip"
    elif program == "uv" and names[1:2] == ["pip"]:
        rest, program = rest[1:], "pip"
    elif program in {"install_packages", "apt-install"}:
        yield from _named("apt", rest[1:])
        return
    manager = _ALIASES.get(re.sub(r"(?<=pip)[\d.]+$", "", program), re.sub(r"(?<=pip)[\d.]+$", "", program))
    verbs = _VERBS.get(manager)
    if verbs is None:
        return
    for index, (word, line) in enumerate(rest[1:], 1):
        if word in verbs:
            tail = rest[index + 1 :]
            if manager == "yarn" and word == "global":
                tail = tail[1:]
            if manager in {"uv", "poetry"}:
                yield Package(manager, "", "", line)
                return
            if word in {"ci", "sync"} or not any(not name.startswith("-") for name, _ in tail):
                yield Package(manager, "", "", line)
            yield from _named(manager, tail)
            return


def _named(manager: str, words: Sequence[tuple[str, int]]) -> Iterator[Package]:
    waiting = ""
    for word, line in words:
        if waiting:
            if waiting in _FILE_OPTIONS:
                yield Package(manager, "", "", line, word)
            waiting = ""
        elif word.startswith("-"):
            option, _, value = word.partition("=")
            if option in _FILE_OPTIONS and value:
                yield Package(manager, "", "", line, value)
            elif word.startswith("-r") and len(word) > 2 and manager == "pip":
                yield Package(manager, "", "", line, word[2:])
            elif (
                not value
                and (word in _FILE_OPTIONS or word in _TAKES_VALUE)
                and not (manager == "npm" and word == "-f")
            ):
                waiting = word
        elif word in {">", ">>", "<", "2>", "&>", "1>", "2>>"}:
            waiting = word
        elif word and not word.startswith((">", "<", "2>", "1>", "&", "`", "$(")):
            name, version = _name_and_version(manager, word)
            yield Package(manager, name, version, line)


def _name_and_version(manager: str, word: str) -> tuple[str, str]:
    if manager in {"npm", "yarn", "pnpm", "go"}:
        name, at, version = word[1:].rpartition("@")
        return (word[0] + name, version) if at else (word, "")
    if manager == "pip" and word.startswith((".", "/", "git+", "http")):
        return word, ""
    found = _SPLIT.search(word)
    if not found:
        return word, ""
    return word[: found.start()].partition("[")[0], (
        found.group(1) + found.group(2)
    ) if manager == "pip" else found.group(2)

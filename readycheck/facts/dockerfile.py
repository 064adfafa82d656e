"""What a Dockerfile says, stage by stage, and what the image built from one of its stages ends up with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from readycheck.facts.docker_lines import Heredoc, LogicalLine, read_lines
from readycheck.facts.docker_variables import expand
from readycheck.facts.lazily import lazy
from readycheck.facts.sensitive import MASK, conceal, scrub, scrub_words
from readycheck.facts.shellwords import split_blank, split_words
from readycheck.facts.values import Hidden

_FLAGGED = frozenset({"FROM", "COPY", "ADD", "RUN", "HEALTHCHECK"})
_JSON_FORMS = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL", "COPY", "ADD", "VOLUME", "HEALTHCHECK"})
_SHELL_FORMS = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"})
_KEYWORDS = _JSON_FORMS | {
    "FROM", "ARG", "ENV", "LABEL", "EXPOSE", "USER", "WORKDIR", "ONBUILD", "STOPSIGNAL", "MAINTAINER",
}  # fmt: skip
_FLAG = lazy(r"--([A-Za-z][A-Za-z0-9-]{0,60})(?:=(\"[^\"]*\"|'[^']*'|\S*))?(?:\s+|\Z)")
_NOT_DOCKERFILE = (".md", ".txt", ".py", ".sh", ".yml", ".yaml", ".json", ".js", ".ts", ".go", ".rst", ".dockerignore")


@dataclass(frozen=True, slots=True)
class Setting:
    """One name of an `ENV`, `ARG` or `LABEL`; `value` is None for an `ARG` without default."""

    name: str
    value: str | Hidden | None
    line: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. `arguments` are the JSON array in exec form, else the words; `text` is the rest as one line.

    `ENV`, `ARG` and `LABEL` have `settings`, `ONBUILD` has the instruction it delays as `inner`.
    """

    keyword: str
    arguments: tuple[str, ...]
    text: str
    line: int
    end_line: int
    flags: Mapping[str, str] = field(default_factory=dict)
    exec_form: bool = False
    heredocs: tuple[Heredoc, ...] = ()
    settings: tuple[Setting, ...] = ()
    inner: Instruction | None = None
    pieces: tuple[tuple[int, int], ...] = ()

    @property
    def command(self) -> tuple[str, ...] | str:
        """The command as it is run: words in exec form, shell text otherwise."""
        return self.arguments if self.exec_form else self.text

    def line_at(self, offset: int) -> int:
        """The line in the file of a character of `text`."""
        best = self.line
        for start, line in self.pieces:
            if start > offset:
                break
            best = line
        return best


@dataclass(frozen=True, slots=True)
class Stage:
    """One `FROM` and what follows it. `image` is "" where an ARG without default decides it."""

    index: int
    name: str
    image: str
    image_raw: str
    line: int
    instructions: tuple[Instruction, ...]
    platform: str = ""

    def last(self, keyword: str) -> Instruction | None:
        """The last instruction of that kind, the one that counts."""
        found = None
        for instruction in self.instructions:
            if instruction.keyword == keyword:
                found = instruction
        return found

    def all(self, *keywords: str) -> Iterator[Instruction]:
        """Every instruction of those kinds in order."""
        return (instruction for instruction in self.instructions if instruction.keyword in keywords)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A parsed Dockerfile; `arguments` are the ARGs before the first FROM. What it builds is asked of `image.py`."""

    stages: tuple[Stage, ...]
    arguments: Mapping[str, Setting]
    problems: tuple[tuple[int, str], ...] = ()
    directives: Mapping[str, str] = field(default_factory=dict)

    def stage(self, target: str | None = None) -> Stage | None:
        """The stage of that name or number (names are case-insensitive), the last one for None; None if missing."""
        if target is None:
            return self.stages[-1] if self.stages else None
        for stage in reversed(self.stages):
            if stage.name and stage.name.lower() == target.lower():
                return stage
        if target.isascii() and target.isdigit() and int(target[:6]) < len(self.stages):
            return self.stages[int(target[:6])]
        return None

    def ancestry(self, target: str | None = None) -> tuple[Stage, ...]:
        """The stage and the stages it is built `FROM`, nearest first."""
        chain: list[Stage] = []
        stage = self.stage(target)
        while stage is not None:
            chain.append(stage)
            stage = self.earlier(stage.image, stage.index)
        return tuple(chain)

    def earlier(self, name: str, before: int) -> Stage | None:
        """The stage that `FROM name` or `--from=name` in stage number `before` means, None for an outside image."""
        for stage in reversed(self.stages[:before]):
            if stage.name and stage.name.lower() == name.lower():
                return stage
        return None


def is_dockerfile(path: str) -> bool:
    """Whether a path is a Dockerfile by its name: `Dockerfile.prod`, `api.Dockerfile`, `Containerfile`, ..."""
    name = path.rsplit("/", 1)[-1]
    lowered = name.lower()
    if lowered.endswith(_NOT_DOCKERFILE) or len(name) > 255:
        return False
    return lowered.endswith((".dockerfile", ".containerfile")) or bool(
        re.match(r"(?:dockerfile|containerfile)(?:$|[._-])", lowered)
    )


def parse_dockerfile(data: bytes, key: bytes = b"") -> Dockerfile:
    """The stages of a Dockerfile. Values of secret settings are hidden with digests under `key`."""
    reading = read_lines(data)
    problems = list(reading.problems)
    instructions: list[Instruction] = []
    for line in reading.lines:
        if line.keyword in _KEYWORDS:
            instructions.append(_build(line, line.keyword, line.rest, key, problems))
        else:
            problems.append((line.line, "unknown instruction"))
    before: dict[str, Setting] = {}
    stages: list[Stage] = []
    current: list[Instruction] = []
    head: Instruction | None = None
    for instruction in instructions:
        if instruction.keyword == "FROM":
            if head is not None:
                stages.append(_stage(len(stages), head, current, before))
            head, current = instruction, []
        elif head is not None:
            current.append(instruction)
        elif instruction.keyword == "ARG":
            before.update((setting.name, setting) for setting in instruction.settings)
        else:
            problems.append((instruction.line, f"{instruction.keyword} before FROM"))
    if head is not None:
        stages.append(_stage(len(stages), head, current, before))
    elif not problems:
        problems.append((0, "no FROM"))
    return Dockerfile(tuple(stages), before, tuple(sorted(problems)), reading.directives)


def _stage(index: int, head: Instruction, body: list[Instruction], before: Mapping[str, Setting]) -> Stage:
    words = head.arguments
    raw = words[0] if words else ""
    name = words[2] if len(words) > 2 and words[1].lower() == "as" else ""
    defaults = {key: setting.value for key, setting in before.items() if isinstance(setting.value, str)}
    image = expand(raw, defaults) or ""
    return Stage(index, name, image, raw, head.line, tuple(body), head.flags.get("platform", ""))


def _build(line: LogicalLine, keyword: str, rest: str, key: bytes, problems: list[tuple[int, str]]) -> Instruction:
    offset = len(line.rest) - len(rest)
    flags, body = _take_flags(rest) if keyword in _FLAGGED else ({}, rest)
    offset += len(rest) - len(body)
    pieces = _pieces(line, offset)
    if keyword == "ONBUILD":
        inner_keyword, _, inner_rest = body.partition(" ")
        inner_keyword, inner_rest = inner_keyword.upper(), inner_rest.lstrip()
        inner = None
        if inner_keyword in _KEYWORDS - {"ONBUILD", "FROM"}:
            inner = _build(line, inner_keyword, inner_rest, key, problems)
        text = f"{inner_keyword} {inner.text if inner else ''}".strip()
        return Instruction(keyword, (inner_keyword,), text, line.line, line.end_line, inner=inner, pieces=pieces)
    if keyword in {"ENV", "ARG", "LABEL"}:
        settings = tuple(_settings(keyword, line, body, offset, key))
        text = " ".join(_shown(setting) for setting in settings)
        names = tuple(setting.name for setting in settings)
        return Instruction(keyword, names, text, line.line, line.end_line, settings=settings)
    documents = tuple(Heredoc(doc.name, scrub(doc.text), doc.line) for doc in line.heredocs)
    words = _exec_form(keyword, body)
    if words is not None:
        arguments = scrub_words(words)
        text = " ".join(arguments)
        return Instruction(keyword, arguments, text, line.line, line.end_line, flags, True, documents, pieces=pieces)
    if keyword in _JSON_FORMS and body.startswith("[") and not body.startswith("[["):
        problems.append((line.line, f"{keyword} looks like a JSON array and is none: it runs in a shell"))
    text = scrub(body)
    split = split_words if keyword in _SHELL_FORMS else split_blank
    arguments = tuple(word.text for word in split(text))
    return Instruction(keyword, arguments, text, line.line, line.end_line, flags, heredocs=documents, pieces=pieces)


def _pieces(line: LogicalLine, offset: int) -> tuple[tuple[int, int], ...]:
    return tuple((max(start - offset, 0), number) for start, number in line.pieces)


def _take_flags(rest: str) -> tuple[dict[str, str], str]:
    flags: dict[str, str] = {}
    at = 0
    while found := _FLAG.match(rest, at):
        name, value = found.group(1).lower(), (found.group(2) or "").strip("\"'")
        flags[name] = f"{flags[name]} {value}" if name in flags else value
        at = found.end()
    return flags, rest[at:]


def _exec_form(keyword: str, body: str) -> tuple[str, ...] | None:
    if keyword == "HEALTHCHECK":
        head, _, body = body.partition("[")
        if head.strip().upper() != "CMD":
            return None
        body = "[" + body
    if keyword not in _JSON_FORMS or not body.startswith("["):
        return None
    try:
        words = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return ("CMD", *words) if keyword == "HEALTHCHECK" else tuple(words)
    return None


def _settings(keyword: str, line: LogicalLine, body: str, offset: int, key: bytes) -> Iterator[Setting]:
    words = split_blank(body)
    if keyword == "ENV" and words and "=" not in words[0].text:
        # The old form: one name, a blank, and all the rest is the value.
        name = words[0].text
        value = body[len(name) :].strip().strip("\"'")
        yield Setting(name, conceal(name, value, key), line.line_at(offset))
        return
    for word in words:
        name, equals, value = word.text.partition("=")
        if name:
            found = line.line_at(offset + word.offset)
            yield Setting(name, conceal(name, value, key) if equals else None, found)


def _shown(setting: Setting) -> str:
    if setting.value is None:
        return setting.name
    return f"{setting.name}={MASK if isinstance(setting.value, Hidden) else setting.value}"

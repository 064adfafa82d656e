"""Commands that download without checking certificates: in scripts, Dockerfiles, compose and Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readycheck.facts.dockerfile import Instruction
from readycheck.facts.lazily import lazy
from readycheck.link.project import Project
from readycheck.link.tls_shape import Verification
from readycheck.model import Location

_MAX_LINE = 4_000
_COMMANDS = (
    (lazy(r"\bcurl\b[^|;&]{0,600}?\s(-[a-zA-Z]{0,8}k[a-zA-Z]{0,8}|--insecure)(?=\s|$|[\"'])"), "curl"),
    (lazy(r"\bwget\b[^|;&]{0,600}?\s(--no-check-certificate)\b"), "wget"),
    (lazy(r"\bgit\b[^|;&]{0,200}?\b(http\.sslVerify[\s=]{1,3}[\"']?(?:false|0))\b", re.IGNORECASE), "git"),
    (lazy(r"\b(?:npm|yarn|pnpm)\b[^|;&]{0,100}?\b(strict-ssl[\s=]{1,3}[\"']?false)\b", re.IGNORECASE), "npm"),
    (lazy(r"\b(NODE_TLS_REJECT_UNAUTHORIZED=[\"']?0)\b"), "node"),
)
_LOCAL = lazy(
    r"https?://(?:localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0)(?![\w.])|\$\{?(?:HOSTNAME|LOCALHOST)", re.IGNORECASE
)
_ANY_URL = lazy(r"https?://[^\s\"']")
_CHECKED = lazy(r"\b(?:curl|wget)\b[^|;&]{0,600}?\bhttps://")


def insecure_commands(project: Project) -> Iterator[Verification]:
    """Every download by a command, checked or not, in every role."""
    for path, facts in project.files.items():
        if facts.text and not path.endswith((".ini", ".cfg", "ignore")):
            yield from _script(path, facts.text)
        if facts.dockerfile is not None:
            for stage in facts.dockerfile.stages:
                for instruction in stage.all("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK"):
                    yield from _instruction(path, instruction)
    yield from _compose(project)
    for unit in project.deployment.units:
        if unit.container is not None:
            for probe in unit.container.probes.values():
                yield from _judged(" ".join(probe.command), Location(unit.location.path, probe.line), health=True)
            words = " ".join((*unit.container.command, *unit.container.args))
            yield from _judged(words, Location(unit.location.path, unit.container.command_line or unit.location.line))


def _script(path: str, text: str) -> Iterator[Verification]:
    """The commands of a script; a command that goes on in the next line is one command."""
    joined, start, number = "", 0, 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        start = start or number
        joined += line.rstrip()[:_MAX_LINE]
        if joined.endswith("\\") and len(joined) < _MAX_LINE:
            joined = joined[:-1] + "\n"
            continue
        yield from _judged(joined, Location(path, start), lines=True)
        joined, start = "", 0
    if joined:
        yield from _judged(joined, Location(path, start or number), lines=True)


def _instruction(path: str, instruction: Instruction) -> Iterator[Verification]:
    health = instruction.keyword == "HEALTHCHECK"
    text = instruction.text[: _MAX_LINE * 4]
    for pattern, tool in _COMMANDS:
        for found in pattern.finditer(text):
            line = instruction.line_at(found.start(1))
            yield _verification(Location(path, line), tool, found, text, health)
    for checked in _CHECKED.finditer(text):
        if not any(p.search(checked[0] + " ") for p, _ in _COMMANDS):
            yield Verification(Location(path, instruction.line_at(checked.start())), "the download checks certificates")
    for heredoc in instruction.heredocs:
        yield from _judged(heredoc.text[:_MAX_LINE], Location(path, heredoc.line), lines=True)


def _compose(project: Project) -> Iterator[Verification]:
    for _, service in project.services(production=False):
        if service.healthcheck is not None and not service.healthcheck.disabled:
            yield from _judged(" ".join(service.healthcheck.test), service.healthcheck.location, health=True)
        for key, words, text in (
            ("command", service.command, service.command_text),
            ("entrypoint", service.entrypoint, service.entrypoint_text),
        ):
            yield from _judged(text or " ".join(words or ()), service.place(key))


def _judged(command: str, place: Location, health: bool = False, lines: bool = False) -> Iterator[Verification]:
    command = command[:_MAX_LINE]
    found_any = False
    for pattern, tool in _COMMANDS:
        for found in pattern.finditer(command):
            found_any = True
            line = place.line + command.count("\n", 0, found.start(1)) if lines else place.line
            yield _verification(Location(place.path, line), tool, found, command, health)
    if not found_any and _CHECKED.search(command):
        yield Verification(place, "the download checks certificates")


def _verification(place: Location, tool: str, found: re.Match[str], text: str, health: bool) -> Verification:
    end = min((i for i in (text.find(mark, found.end()) for mark in "|;&") if i >= 0), default=len(text))
    command = text[found.start() : end]
    near = health or (bool(_LOCAL.search(command)) and len(_ANY_URL.findall(command)) == 1)
    return Verification(place, tool, f"{tool} {found[1]} accepts every certificate", near=near)

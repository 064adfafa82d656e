"""Commands that something other than Docker keeps running: Procfile, systemd units, supervisor programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from readycheck.facts.dockerfile import Setting
from readycheck.facts.ini import IniEntry, parse_ini
from readycheck.facts.lazily import lazy
from readycheck.facts.sensitive import conceal, scrub
from readycheck.facts.shellwords import split_blank

MAX_BYTES = 1_000_000
_PROCFILE_LINE = lazy(r"([A-Za-z0-9_-]{1,100})\s{0,20}:\s{0,20}(\S.*)")
_SUPERVISOR_PAIR = lazy(r"([A-Za-z_]\w{0,100})\s{0,5}=\s{0,5}(\"[^\"]*\"|'[^']*'|[^,\s]*)")
# systemd lets a command begin with marks that change how it is run, not what.
_EXEC_MARKS = "@-:+!|"


@dataclass(frozen=True, slots=True)
class Process:
    """One process that is kept running: its command as shell text without secrets, and how it is run."""

    name: str
    command: str
    line: int
    user: str = ""
    environment: tuple[Setting, ...] = ()
    environment_files: tuple[tuple[str, int], ...] = ()
    directory: str = ""
    restart: str = ""


def parse_procfile(data: bytes) -> tuple[Process, ...]:
    """The process types of a Procfile."""
    found: list[Process] = []
    for number, line in enumerate(data[:MAX_BYTES].decode("utf-8-sig", errors="replace").splitlines(), 1):
        match = _PROCFILE_LINE.match(line) if not line.startswith("#") else None
        if match:
            found.append(Process(match.group(1), scrub(match.group(2).strip()), number))
    return tuple(found)


def parse_systemd(data: bytes, key: bytes = b"") -> tuple[Process, ...]:
    """The main commands of a systemd service unit, named after the directive that runs them."""
    entries = [entry for entry in parse_ini(data, backslash=True) if entry.section == "Service"]
    settings: list[Setting] = []
    files: list[tuple[str, int]] = []
    for entry in entries:
        if entry.key == "Environment":
            settings.extend(_systemd_settings(entry, key))
        elif entry.key == "EnvironmentFile" and entry.value:
            files.append((entry.value.lstrip("-"), entry.line))
    last = {entry.key: entry.value for entry in entries}
    commands: list[IniEntry] = []
    for entry in entries:
        if entry.key in {"ExecStart", "ExecStartPre", "ExecStartPost"}:
            # An empty assignment takes back what was set before it.
            commands = [*commands, entry] if entry.value else [one for one in commands if one.key != entry.key]
    return tuple(
        Process(
            entry.key,
            scrub(" ".join(text for text, _ in entry.lines).strip().lstrip(_EXEC_MARKS)),
            entry.line,
            last.get("User", ""),
            tuple(settings),
            tuple(files),
            last.get("WorkingDirectory", ""),
            last.get("Restart", ""),
        )
        for entry in commands
    )


def _systemd_settings(entry: IniEntry, key: bytes) -> Iterator[Setting]:
    for text, line in entry.lines:
        for word in split_blank(text):
            name, sign, value = word.text.partition("=")
            if sign and name:
                yield Setting(name, conceal(name, value, key), line)


def parse_supervisor(data: bytes, key: bytes = b"") -> tuple[Process, ...]:
    """The programs of a supervisor configuration."""
    programs: dict[str, dict[str, IniEntry]] = {}
    for entry in parse_ini(data):
        kind, _, name = entry.section.partition(":")
        if kind == "program" and name:
            # Supervisor takes ` ;` as the begin of a comment in the middle of a line.
            lines = tuple((text.partition(" ;")[0].rstrip(), line) for text, line in entry.lines)
            programs.setdefault(name, {})[entry.key] = replace(entry, lines=lines)
    found: list[Process] = []
    for name, keys in programs.items():
        command = keys.get("command")
        if command is None or not command.value:
            continue
        plain = {one: keys[one].value for one in ("user", "directory", "autorestart") if one in keys}
        found.append(
            Process(
                name,
                scrub(command.value.replace("\n", " ")),
                command.line,
                plain.get("user", ""),
                tuple(_supervisor_settings(keys["environment"], key)) if "environment" in keys else (),
                (),
                plain.get("directory", ""),
                plain.get("autorestart", ""),
            )
        )
    return tuple(found)


def _supervisor_settings(entry: IniEntry, key: bytes) -> Iterator[Setting]:
    for text, line in entry.lines:
        for found in _SUPERVISOR_PAIR.finditer(text):
            name, value = found.group(1), found.group(2).strip("\"'")
            yield Setting(name, conceal(name, value, key), line)

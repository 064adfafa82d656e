"""Env files as Compose reads them: quotes, `export`, comments, values over several lines.

Variables inside values stay as written: what they become depends on the environment, so `link` replaces them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from readycheck.facts.lazily import lazy

MAX_BYTES = 2_000_000
MAX_PROBLEMS = 50

_EXPORT = lazy(r"export\s+")
_ESCAPE = lazy(r'\\(?:[abcfnrtv$"\\]|0\d{0,3})')
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", '"': '"', "\\": "\\", "$": "$$"}
_OCTAL_DIGITS = 3


@dataclass(frozen=True, slots=True)
class EnvEntry:
    """One line of an env file. `value` has quotes and escapes removed and `$` not yet replaced.

    `quoted` is the quote or ""; in single quotes nothing is replaced. `inherited` is a bare name that takes its value
    from outside. `verbatim` is the text behind the `=`, for files that are read as `format: raw`.
    """

    name: str
    value: str = field(repr=False)
    line: int
    quoted: str = ""
    inherited: bool = False
    verbatim: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class EnvProblem:
    """A line that Compose would refuse. The reason never quotes a value."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class EnvFile:
    """The entries of a file in order; a later entry of the same name wins."""

    entries: tuple[EnvEntry, ...] = ()
    problems: tuple[EnvProblem, ...] = ()

    def get(self, name: str) -> EnvEntry | None:
        """The entry that counts for a name."""
        return next((entry for entry in reversed(self.entries) if entry.name == name), None)


def parse_env(data: bytes) -> EnvFile:
    """Read an env file. Never raises; a line that makes no sense becomes a problem and the rest is still read."""
    if len(data) > MAX_BYTES:
        return EnvFile((), (EnvProblem(0, f"larger than {MAX_BYTES // 1_000_000} MB"),))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    reader = _Reader(text)
    reader.read()
    return EnvFile(tuple(reader.entries), tuple(reader.problems[:MAX_PROBLEMS]))


class _Reader:
    """A position in the text and what was found so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.end = -1
        self.verbatim_line = 0
        self.entries: list[EnvEntry] = []
        self.problems: list[EnvProblem] = []

    def read(self) -> None:
        """Read to the end."""
        while self._skip_to_statement():
            self._statement()

    def _move(self, to: int) -> None:
        self.line += self.text.count("\n", self.at, to)
        self.at = to

    def _line_end(self) -> int:
        if self.end < self.at:
            end = self.text.find("\n", self.at)
            self.end = len(self.text) if end < 0 else end
        return self.end

    def _skip_to_statement(self) -> bool:
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "#":
                self._move(self._line_end())
            elif character.isspace() or character == "\x00":
                self._move(self.at + 1)
            else:
                return True
        return False

    def _statement(self) -> None:
        line, end = self.line, self._line_end()
        exported = _EXPORT.match(self.text, self.at)
        start = min(exported.end(), end) if exported else self.at
        stop = start
        while stop < end and self.text[stop] not in "=:":
            character = self.text[stop]
            if not (character.isalnum() or character in "_.-[]" or character.isspace()):
                self._refuse(line, "unexpected character in a variable name", end)
                return
            stop += 1
        name = self.text[start:stop].strip()
        if not name or any(character.isspace() for character in name):
            self._refuse(line, "a variable name with a space" if name else "no variable name", end)
            return
        if stop == end:
            self.entries.append(EnvEntry(name, "", line, inherited=True))
            self._move(end)
            return
        # Only the first entry of a line has its text: several on one line would each hold the whole rest of it.
        verbatim = self.text[stop + 1 : end].rstrip("\r") if line != self.verbatim_line else ""
        self.verbatim_line = line
        begin = stop + 1
        while begin < end and self.text[begin].isspace():
            begin += 1
        self._move(begin)
        self._value(name, line, verbatim)

    def _refuse(self, line: int, reason: str, end: int) -> None:
        self.problems.append(EnvProblem(line, reason))
        self._move(end)

    def _value(self, name: str, line: int, verbatim: str) -> None:
        quote = self.text[self.at : self.at + 1]
        end = self._line_end()
        if quote not in ('"', "'") or not quote:
            value = self.text[self.at : end].split(" #", 1)[0].rstrip()
            self.entries.append(EnvEntry(name, value, line, verbatim=verbatim))
            self._move(end)
            return
        closing = self._closing_quote(quote)
        if closing < 0:
            self._refuse(line, "a quoted value that does not end", end)
            return
        value = self.text[self.at + 1 : closing].replace("\\" + quote, quote)
        if quote == '"':
            value = _ESCAPE.sub(_unescape, value)
        self.entries.append(EnvEntry(name, value, line, quote, verbatim=verbatim))
        self._move(closing + 1)

    def _closing_quote(self, quote: str) -> int:
        at = self.at + 1
        while at < len(self.text):
            character = self.text[at]
            if character == quote:
                return at
            at += 2 if character == "\\" else 1
        return -1


def _unescape(match: re.Match[str]) -> str:
    escape = match.group()
    if escape[1] != "0":
        return _SIMPLE.get(escape[1], escape)
    digits = escape[2:]
    if len(digits) != _OCTAL_DIGITS or not set(digits) <= set("01234567") or int(digits, 8) > 255:
        return escape
    return chr(int(digits, 8))

"""Cuts a Dockerfile into logical lines: escape directive, continuations, comments inside them, here-documents."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from readycheck.facts.lazily import lazy

MAX_BYTES = 2_000_000
_DIRECTIVE = lazy(r"#\s*([A-Za-z][A-Za-z0-9_]{0,30})\s*=\s*(\S{0,300})")
_HEREDOC = lazy(r"(?:(?<=\s)|^)\d*<<(-?)([\"']?)([A-Za-z_]\w{0,100})\2(?=$|[\s;&|>)])")
_HEREDOC_KEYWORDS = ("RUN", "COPY", "ADD", "ONBUILD")


@dataclass(frozen=True, slots=True)
class Heredoc:
    """The content of one `<<NAME`, and the line its first line is on."""

    name: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """One instruction as written: keyword, the rest on one line, and where each piece of the rest came from."""

    keyword: str
    rest: str
    line: int
    end_line: int
    heredocs: tuple[Heredoc, ...] = ()
    pieces: tuple[tuple[int, int], ...] = ((0, 0),)

    def line_at(self, offset: int) -> int:
        """The line in the file of a character of `rest`."""
        found = bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1
        return self.pieces[max(found, 0)][1] or self.line


@dataclass(slots=True)
class Reading:
    """What the cutting gives: logical lines, parser directives and what was odd."""

    lines: list[LogicalLine] = field(default_factory=list)
    directives: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)


def read_lines(data: bytes) -> Reading:
    """Every logical line of the file; never raises, and says what it could not read."""
    reading = Reading()
    if b"\0" in data[:MAX_BYTES]:
        reading.problems.append((0, "not text (it holds NUL bytes)"))
        return reading
    if len(data) > MAX_BYTES:
        reading.problems.append((0, f"read only up to {MAX_BYTES} bytes"))
    text = data[:MAX_BYTES].decode("utf-8-sig", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = _read_directives(lines, reading)
    escape = "`" if reading.directives.get("escape") == "`" else "\\"
    while at < len(lines):
        stripped = lines[at].strip()
        if not stripped or stripped.startswith("#"):
            at += 1
            continue
        at = _read_instruction(lines, at, escape, reading)
    return reading


def _read_directives(lines: list[str], reading: Reading) -> int:
    for index, line in enumerate(lines):
        found = _DIRECTIVE.fullmatch(line.strip())
        if not found or found.group(1).lower() not in {"syntax", "escape", "check"}:
            return index
        reading.directives.setdefault(found.group(1).lower(), found.group(2))
    return len(lines)


def _read_instruction(lines: list[str], start: int, escape: str, reading: Reading) -> int:
    parts: list[str] = []
    pieces: list[tuple[int, int]] = []
    length, at, last = 0, start, start
    while at < len(lines):
        line = lines[at]
        stripped = line.strip()
        at += 1
        if parts and (not stripped or stripped.startswith("#")):
            # Docker drops comments and empty lines between continued lines, so they end nothing.
            continue
        piece = line.lstrip() if not parts else line
        bare = piece.rstrip(" \t")
        goes_on = bare.endswith(escape) and not bare.endswith(escape * 2)
        piece = bare[:-1] if goes_on else piece
        pieces.append((length, at))
        parts.append(piece)
        length += len(piece)
        last = at
        if not goes_on:
            break
    whole = "".join(parts).rstrip()
    keyword, rest, skipped = _split_keyword(whole)
    if not keyword:
        reading.problems.append((start + 1, "not an instruction"))
        return at
    shifted = tuple((max(offset - skipped, 0), line) for offset, line in pieces)
    heredocs, at = _read_heredocs(lines, at, keyword, rest, reading)
    end = at if heredocs else last
    reading.lines.append(LogicalLine(keyword, rest, start + 1, end, heredocs, shifted))
    return at


def _split_keyword(text: str) -> tuple[str, str, int]:
    end = 0
    while end < len(text) and text[end].isalpha() and text[end].isascii():
        end += 1
    if not end or (end < len(text) and not text[end].isspace()):
        return "", text, 0
    rest = text[end:].lstrip()
    return text[:end].upper(), rest, len(text) - len(rest)


def _read_heredocs(
    lines: list[str], at: int, keyword: str, rest: str, reading: Reading
) -> tuple[tuple[Heredoc, ...], int]:
    if keyword not in _HEREDOC_KEYWORDS or "<<" not in rest:
        return (), at
    documents: list[Heredoc] = []
    for found in _HEREDOC.finditer(rest):
        name, chomp = found.group(3), found.group(1) == "-"
        end = at
        while end < len(lines) and (lines[end].lstrip("\t") if chomp else lines[end]).rstrip("\r") != name:
            end += 1
        if end == len(lines):
            reading.problems.append((at, f"here-document {name} has no end"))
            return tuple(documents), at
        body = [line.lstrip("\t") for line in lines[at:end]] if chomp else lines[at:end]
        documents.append(Heredoc(name, "\n".join(body), at + 1))
        at = end + 1
    return tuple(documents), at

"""Splits shell text into words and commands without running anything, forgiving about whatever does not close."""

from __future__ import annotations

import re
from dataclasses import dataclass

from readycheck.facts.lazily import lazy

# Longer text is generated or hostile; what it starts is decided long before.
MAX_TEXT = 200_000
_TOKEN = lazy(r"\s+|&&|\|\||;;|[;&|()\n]|\\\n|\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|[^\s;&|()\\'\"`]+|.", re.DOTALL)
_KEYWORDS = frozenset({"{", "}", "elif", "then", "do", "else", "!"})
_BLOCKS = {"if": 1, "while": 1, "until": 1, "for": 1, "case": 1, "fi": -1, "done": -1, "esac": -1}
_ESCAPED = lazy(r"\\([\"\\$`\n])")
# Nothing follows the group, so its alternatives are never tried a second time.
_BLANK_WORD = lazy(r"(?>\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|[^\s\\'\"]+|[\\'\"])+", re.DOTALL)
_PART = lazy(r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|[^\\'\"]+|.", re.DOTALL)
_HEREDOC = lazy(r"<<-?\s?[\"']?([A-Za-z_]\w*)[\"']?")


@dataclass(frozen=True, slots=True)
class Word:
    """One word with its quotes removed, and how far into the text it begins."""

    text: str
    offset: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """The words between two operators; `before` is the operator that leads to it (`&&`, `|`, `;`, newline or "").

    `depth` is how many `if`, `case` and loops stand around it.
    """

    words: tuple[Word, ...]
    before: str = ""
    after: str = ""
    depth: int = 0

    @property
    def texts(self) -> tuple[str, ...]:
        """The words as plain strings."""
        return tuple(word.text for word in self.words)


def split_commands(text: str) -> tuple[SimpleCommand, ...]:
    """The simple commands of a shell text in order. Subshells and groups are opened, comments dropped."""
    commands: list[SimpleCommand] = []
    words: list[Word] = []
    before, depth = "", 0

    def close(operator: str) -> None:
        nonlocal before
        # `name()` begins a function, and `dev)` or `dev|test)` is a pattern of a `case`: neither is run.
        pattern = depth > 0 and len(words) == 1 and operator in {")", "|"} and before != "("
        if words and operator != "(" and not pattern:
            commands.append(SimpleCommand(tuple(words), before, operator, depth))
        words.clear()
        before = operator

    for kind, word in _scan(text[:MAX_TEXT]):
        if kind == "operator":
            close(word.text)
        elif not words and not word.quoted and word.text in _BLOCKS:
            depth = max(depth + _BLOCKS[word.text], 0)
            if word.text in {"case", "for", "fi", "esac", "done"}:
                words.append(word)
        elif word.text in _KEYWORDS and not word.quoted and not words:
            continue
        else:
            words.append(word)
    close("")
    return tuple(command for command in commands if command.words[0].text not in _BLOCKS)


def split_words(text: str) -> tuple[Word, ...]:
    """The words of one command, operators kept as words of their own."""
    return tuple(word for _, word in _scan(text[:MAX_TEXT]))


def split_blank(text: str) -> tuple[Word, ...]:
    """Words between blanks, quotes removed: how `ENV`, `COPY` and systemd read, to whom `;` and `&` mean nothing."""
    found: list[Word] = []
    for match in _BLANK_WORD.finditer(text[:MAX_TEXT]):
        raw = match.group()
        word = "".join(_unquote(part) for part in _PART.findall(raw)) if set(raw) & set("\\'\"") else raw
        found.append(Word(word, match.start(), raw[0] in "'\""))
    return tuple(found)


def _scan(text: str) -> list[tuple[str, Word]]:
    found: list[tuple[str, Word]] = []
    parts: list[str] = []
    start, quoted, skip_to, depth = -1, False, -1, 0

    def close() -> None:
        nonlocal start, quoted
        if start >= 0:
            found.append(("word", Word("".join(parts), start, quoted)))
        parts.clear()
        start, quoted = -1, False

    for match in _TOKEN.finditer(text):
        token, offset = match.group(), match.start()
        if offset < skip_to:
            continue
        if depth:
            # Inside `$( )` nothing is an operator of ours: the whole substitution is one opaque word.
            depth += (token == "(") - (token == ")")
            parts.append(token)
        elif token == "(" and parts and parts[-1].endswith("$"):
            depth = 1
            parts.append(token)
        elif token == "\\\n":
            continue
        elif token.isspace():
            close()
            if "\n" in token:
                found.append(("operator", Word("\n", offset)))
        elif token in {"&&", "||", ";", ";;", "|", "(", ")"} or (token == "&" and not _redirects(parts, text, offset)):
            close()
            found.append(("operator", Word(token, offset)))
        elif start < 0 and token.startswith("#"):
            end = text.find("\n", offset)
            skip_to = len(text) if end < 0 else end
        else:
            if start < 0:
                start = offset
            quoted = quoted or token[0] in "'\""
            parts.append(_unquote(token))
    close()
    return found


def _redirects(parts: list[str], text: str, offset: int) -> bool:
    return bool(parts and parts[-1].endswith((">", "<"))) or text[offset + 1 : offset + 2] == ">"


def _unquote(token: str) -> str:
    if token[0] == "\\" and len(token) == 2:
        return token[1]
    if len(token) > 1 and token[0] == token[-1] == "'":
        return token[1:-1]
    if len(token) > 1 and token[0] == token[-1] == '"':
        return _ESCAPED.sub(lambda found: "" if found.group(1) == "\n" else found.group(1), token[1:-1])
    return token


def without_heredocs(text: str) -> str:
    """Shell text whose here-documents are blanked, line for line: their content is data, not commands."""
    if "<<" not in text:
        return text
    out: list[str] = []
    ends: list[str] = []
    for line in text.split("\n"):
        if ends:
            if line.strip() == ends[0]:
                ends.pop(0)
            out.append("")
            continue
        ends = _HEREDOC.findall(line) if "<<<" not in line and not line.lstrip().startswith("#") else []
        out.append(line)
    return "\n".join(out)

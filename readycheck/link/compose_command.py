"""Splits a command written as one text the way Compose does, which is not the way a shell does."""

from __future__ import annotations

_SPACE = " \t\r\n"
# No shell runs: everything from the first of these on is dropped without a word.
_ENDS = ";&|<>"


class CommandError(ValueError):
    """A command Compose cannot split."""


def split_command(text: str) -> tuple[str, ...]:
    """The words of a command."""
    words: list[str] = []
    current: list[str] = []
    started, quote = False, ""
    at = 0
    while at < len(text):
        character = text[at]
        at += 1
        if character == "\\" and quote != "'":
            following = text[at : at + 1]
            current.append("\\" + following if quote and following not in ('"', "\\", "$") else following)
            started, at = True, at + 1
        elif quote:
            if character == quote:
                quote = ""
            else:
                current.append(character)
        elif character in "'\"":
            quote, started = character, True
        elif character in _SPACE:
            if started:
                words.append("".join(current))
            current, started = [], False
        elif character in _ENDS:
            break
        elif character in "()":
            raise CommandError("a parenthesis outside quotes")
        else:
            current.append(character)
            started = True
    if quote:
        raise CommandError("a quote that is not closed")
    if started:
        words.append("".join(current))
    return tuple(words)

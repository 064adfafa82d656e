"""Lines for a terminal of a given width: the only code that knows rich, control characters and missing glyphs.

Everything that comes from a scanned project passes through `visible` here, so no path and no message can move the
cursor, change a colour, reverse the reading direction or be taken for markup.
"""

from __future__ import annotations

from io import StringIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

Part = str | tuple[str, str]

LEAST_WIDTH = 40
LONGEST_TEXT = 600

_PLAIN_GLYPHS = str.maketrans(
    {
        "█": "#", "░": ".", "·": "-", "…": "...", "→": "->", "←": "<-", "│": "|", "╳": "x", "—": "-", "–": "-",
        "‘": "'", "’": "'", "“": '"', "”": '"', "✓": "+", "✗": "x", "≥": ">=", "≤": "<=", "×": "x",
    }
)  # fmt: skip


def visible(text: str, *, unicode: bool = True) -> str:
    """The text with everything that a terminal would obey, or could not show, written out (`\\x1b`, `\\u202e`)."""
    text = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
    if not text.isprintable():
        text = "".join(_shown(character) for character in text)
    if unicode or text.isascii():
        return text
    return text.translate(_PLAIN_GLYPHS).encode("ascii", "backslashreplace").decode("ascii")


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character.isspace() and ord(character) >= 0xA0 else character.encode("unicode_escape").decode("ascii")


class Paper:
    """A sheet that is written line by line and then read as one string."""

    def __init__(self, width: int, *, color: bool, unicode: bool) -> None:
        self.width = max(width, LEAST_WIDTH)
        self._color = color
        self._unicode = unicode
        self._lines: list[Text] = []
        self._console = Console(
            file=StringIO(),
            width=self.width,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
            _environ={},
        )

    def add(self, *parts: Part, indent: int = 0, hang: int = 0) -> None:
        """Adds a line; what does not fit continues below, `hang` further in than the first line."""
        text = self._text(parts)
        if cell_len(text.plain) + indent <= self.width:
            self._lines.append(_indented(text, indent))
            return
        room = self.width - indent
        head = text.wrap(self._console, room, overflow="fold")[0]
        self._lines.append(_indented(head, indent))
        tail = text[len(head.plain) :]
        tail = tail[len(tail.plain) - len(tail.plain.lstrip()) :]
        hang = max(0, min(hang, room - LEAST_WIDTH // 2))
        self._lines.extend(
            _indented(line, indent + hang) for line in tail.wrap(self._console, room - hang, overflow="fold")
        )

    def cut(self, *parts: Part, indent: int = 0) -> None:
        """Adds a line that is cut off at the edge: for code, which must not be wrapped."""
        text = self._text(parts)
        room = self.width - indent
        if cell_len(text.plain) > room:
            mark = "…" if self._unicode else "..."
            text.truncate(room - len(mark), overflow="crop")
            text.append(mark)
        self._lines.append(_indented(text, indent))

    def blank(self) -> None:
        """Adds an empty line, never two in a row and never as the first."""
        if self._lines and self._lines[-1].plain:
            self._lines.append(Text())

    def fit(self, text: str, size: int) -> str:
        """The text in exactly `size` cells."""
        return set_cell_size(visible(text, unicode=self._unicode), size)

    def size(self, text: str) -> int:
        """How many cells the text takes."""
        return cell_len(visible(text, unicode=self._unicode))

    def read(self) -> str:
        """All lines; control codes only where colour was asked for."""
        while self._lines and not self._lines[-1].plain:
            self._lines.pop()
        if not self._color:
            return "".join(f"{line.plain.rstrip()}\n" for line in self._lines)
        with self._console.capture() as captured:
            for line in self._lines:
                line.rstrip()
                self._console.print(line, soft_wrap=True)
        return captured.get()

    def _text(self, parts: tuple[Part, ...]) -> Text:
        text = Text()
        for part in parts:
            words, style = (part, "") if isinstance(part, str) else part
            text.append(visible(words, unicode=self._unicode), style=style)
        return text


def _indented(text: Text, indent: int) -> Text:
    return Text(" " * indent).append_text(text) if indent else text

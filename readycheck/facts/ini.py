"""INI-like files with the line of everything: systemd units, supervisor programs, `setup.cfg` and their like."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_BYTES = 2_000_000
MAX_LINES = 50_000


@dataclass(frozen=True, slots=True)
class IniEntry:
    """One key of one section. `lines` are the pieces of its value with the line each stands on; keys may repeat."""

    section: str
    key: str
    lines: tuple[tuple[str, int], ...] = field(repr=False)
    line: int

    @property
    def value(self) -> str:
        """The value, its pieces joined with line ends."""
        return "\n".join(text for text, _ in self.lines).strip()


def parse_ini(data: bytes, backslash: bool = False) -> tuple[IniEntry, ...]:
    """Every key in order. Values go on in indented lines, or after a final backslash as in systemd units."""
    text = data[:MAX_BYTES].decode("utf-8-sig", errors="replace")
    entries: list[IniEntry] = []
    section, key, start = "", "", 0
    pieces: list[tuple[str, int]] = []
    goes_on = False

    def close() -> None:
        if key:
            entries.append(IniEntry(section, key, tuple(pieces), start))
        pieces.clear()

    for number, raw in enumerate(text.replace("\r\n", "\n").split("\n")[:MAX_LINES], 1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        more = backslash and line.endswith("\\")
        content = line[:-1].rstrip() if more else line
        if goes_on or (not backslash and key and raw[0] in " \t"):
            pieces.append((content, number))
        elif line.startswith("[") and line.endswith("]"):
            close()
            section, key = line[1:-1].strip(), ""
        else:
            close()
            name, sign, value = content.partition("=")
            if not sign and not backslash:
                name, sign, value = content.partition(":")
            key, start = (name.strip(), number) if sign else ("", 0)
            if key:
                pieces.append((value.strip(), number))
        goes_on = more
    close()
    return tuple(entries)

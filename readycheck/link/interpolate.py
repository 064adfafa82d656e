"""Variables in compose files and env files, replaced as Compose does it, remembering where each value came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from readycheck.facts.lazily import lazy

MAX_LENGTH = 100_000
MAX_DEPTH = 20

Lookup = Callable[[str], str | None]

_BRACED = lazy(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(:?[-+?])?")
_NAMED = lazy(r"\$([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Use:
    """One variable in a text. `operator` is "", `-`, `:-`, `?`, `:?`, `+` or `:+`; `fallback` the text behind it.

    `outcome` says what was put in: the `value`, the `default`, the `alternative` of `+`, or nothing (`skipped` by `+`,
    `blank` without a value, `refused` where Compose would stop with an error).
    """

    name: str
    operator: str
    outcome: str
    fallback: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Interpolated:
    """A text before and after, and every variable it used, in order."""

    raw: str = field(repr=False)
    text: str = field(repr=False)
    uses: tuple[Use, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def used(self) -> tuple[str, ...]:
        """The names of the variables."""
        return tuple(dict.fromkeys(use.name for use in self.uses))

    @property
    def missing(self) -> tuple[str, ...]:
        """Variables that had no value and no default, so that nothing stands in their place."""
        return missing(self.uses)

    @property
    def defaulted(self) -> tuple[tuple[str, str], ...]:
        """Variables that took their default, with the text of that default."""
        return defaulted(self.uses)

    @property
    def required(self) -> tuple[str, ...]:
        """Variables without which Compose refuses to start (`${X:?}`), whether they have a value here or not."""
        return required(self.uses)


def missing(uses: tuple[Use, ...]) -> tuple[str, ...]:
    """The variables among the uses that had neither value nor default."""
    return tuple(dict.fromkeys(use.name for use in uses if use.outcome in ("blank", "refused")))


def defaulted(uses: tuple[Use, ...]) -> tuple[tuple[str, str], ...]:
    """The variables among the uses that took their default, with its text."""
    return tuple(dict.fromkeys((use.name, use.fallback) for use in uses if use.outcome == "default"))


def required(uses: tuple[Use, ...]) -> tuple[str, ...]:
    """The variables among the uses that must be set."""
    return tuple(dict.fromkeys(use.name for use in uses if use.operator.endswith("?")))


def interpolate(raw: str, lookup: Lookup) -> Interpolated:
    """Replace the variables of one text. Never raises: what Compose would refuse is an error of the result."""
    if "$" not in raw:
        return Interpolated(raw, raw)
    if len(raw) > MAX_LENGTH:
        return Interpolated(raw, raw, (), ("text too long to replace variables in",))
    work = _Work(lookup)
    text = work.replace(raw, 0)
    return Interpolated(raw, text, tuple(work.uses), tuple(dict.fromkeys(work.errors)))


class _Work:
    """The variables and errors met while one text, with everything nested in it, is replaced."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.uses: list[Use] = []
        self.errors: list[str] = []
        self.room = MAX_LENGTH

    def _value(self, name: str) -> str | None:
        """The value of a variable, as long as all of them together stay bounded."""
        value = self.lookup(name)
        self.room -= len(value or "")
        if self.room >= 0:
            return value
        self.errors.append("variables expand to too much text")
        return "" if value else value

    def replace(self, text: str, depth: int) -> str:
        """The text with its variables replaced."""
        if depth > MAX_DEPTH:
            self.errors.append("variables nested too deeply")
            return text
        parts: list[str] = []
        at = 0
        while (dollar := text.find("$", at)) >= 0:
            parts.append(text[at:dollar])
            value, at = self._one(text, dollar, depth)
            parts.append(value)
        parts.append(text[at:])
        return "".join(parts)

    def _one(self, text: str, at: int, depth: int) -> tuple[str, int]:
        """What stands for the `$` at this place, and where the text goes on."""
        following = text[at + 1 : at + 2]
        if following == "$":
            return "$", at + 2
        if following == "{":
            return self._braced(text, at, depth)
        named = _NAMED.match(text, at)
        if named is None:
            return "$", at + 1
        return self._plain(named.group(1)), named.end()

    def _plain(self, name: str) -> str:
        value = self._value(name)
        self.uses.append(Use(name, "", "blank" if value is None else "value"))
        return value or ""

    def _braced(self, text: str, at: int, depth: int) -> tuple[str, int]:
        head = _BRACED.match(text, at)
        if head is None:
            return self._invalid(at)
        name, operator = head.group(1), head.group(2)
        if operator is None:
            return (
                (self._plain(name), head.end() + 1) if text[head.end() : head.end() + 1] == "}" else self._invalid(at)
            )
        line_end = text.find("\n", at)
        last = text.rfind("}", head.end(), len(text) if line_end < 0 else line_end)
        if last < 0:
            return self._invalid(at)
        close = _closing_brace(text, at, last)
        return self._operator(name, operator, text[head.end() : close], depth), close + 1

    def _invalid(self, at: int) -> tuple[str, int]:
        self.errors.append("invalid interpolation format")
        return "${", at + 2

    def _operator(self, name: str, operator: str, fallback: str, depth: int) -> str:
        value = self._value(name)
        present = value is not None and (value != "" or operator[0] != ":")
        kind = operator[-1]
        if kind == "+":
            if not present:
                self.uses.append(Use(name, operator, "value" if value is not None else "skipped", fallback))
                return value or ""
            at = len(self.uses)
            text = self.replace(fallback, depth + 1)
            self.uses.insert(at, Use(name, operator, "alternative", text))
            return text
        if present:
            self.uses.append(Use(name, operator, "value", fallback))
            return value or ""
        at = len(self.uses)
        text = self.replace(fallback, depth + 1)
        if kind == "-":
            self.uses.insert(at, Use(name, operator, "default", text))
            return text
        self.uses.insert(at, Use(name, operator, "refused", text))
        self.errors.append(f"required variable {name} is missing a value" + (f": {text[:200]}" if text else ""))
        return ""


def _closing_brace(text: str, at: int, last: int) -> int:
    """The brace that closes the variable: the balanced one, else the last on the line.

    As in Compose, the character behind an opening brace is not looked at, so `${X:-{}}` has the default `{}`.
    """
    opened = 0
    while at <= last:
        character = text[at]
        if character == "}":
            opened -= 1
            if opened == 0:
                return at
        elif character == "{":
            opened += 1
            at += 1
        at += 1
    return last

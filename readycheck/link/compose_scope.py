"""The variables that a set of compose files is interpolated with, and what env files give to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from readycheck.facts.envfile import EnvEntry, EnvFile
from readycheck.link.interpolate import Interpolated, Lookup, interpolate
from readycheck.model import Location

MAX_TEXT = 10_000_000


@dataclass(frozen=True, slots=True)
class Scope:
    """Names and values, and the place in an env file that set them; no place means that the caller gave the value."""

    values: Mapping[str, str] = field(repr=False)
    sources: Mapping[str, Location] = field(default_factory=dict)

    def lookup(self, name: str) -> str | None:
        """The value of a variable."""
        return self.values.get(name)

    def with_file(self, path: str, file: EnvFile) -> Scope:
        """The scope with what an env file adds; what is already set wins."""
        values, sources = dict(self.values), dict(self.sources)
        found: dict[str, tuple[str, EnvEntry]] = {}

        def lookup(name: str) -> str | None:
            return self.values[name] if name in self.values else found[name][0] if name in found else None

        for entry, result in resolve_entries(file, lookup):
            found[entry.name] = (result.text, entry)
        for name, (text, entry) in found.items():
            if name not in values:
                values[name], sources[name] = text, Location(path, entry.line)
        return replace(self, values=values, sources=sources)


def resolve_entries(file: EnvFile, lookup: Lookup, raw: bool = False) -> Iterator[tuple[EnvEntry, Interpolated]]:
    """Every entry of an env file with its effective value. `raw` is for `format: raw`, where nothing is replaced.

    The caller stores what it takes where `lookup` finds it, so that later lines see earlier ones.
    """
    room = MAX_TEXT
    for entry in file.entries:
        if room < 0:
            return  # values that double from line to line
        if entry.inherited:
            value = lookup(entry.name)
            if value is not None:
                yield entry, Interpolated("", value)
        elif raw:
            yield entry, Interpolated(entry.verbatim, entry.verbatim)
        elif entry.quoted == "'":
            yield entry, Interpolated(entry.value, entry.value)
        else:
            result = interpolate(entry.value, lookup)
            room -= len(result.text)
            yield entry, result

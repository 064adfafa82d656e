"""What the credential extractors share: the candidate they yield, the kinds of files, and where an offset lies."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from readycheck.facts.lazily import lazy

LONGEST_VALUE = 1000
LONGEST_LOOK = 2000

#: Words that any name of a secret contains, in lower case.
WORDS = (
    r"(?:passw|passp|passc|pass\b|pass[_\-'\"\]=: ]|pwd|secret|token|key|credential|creds\b|"
    r"[_\-.]pw\b|[_\-]pass|auth\b)"
)

#: What every match of `WORDS` holds: searching for these is many times faster than the pattern.
STEMS = ("pass", "pwd", "secret", "token", "key", "cred", "auth", "pw")

_LINE = lazy(r"\n")
_SILENT = lazy(
    r"(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.ya?ml|poetry\.lock|uv\.lock|"
    r"pipfile\.lock|"
    r"pdm\.lock|cargo\.lock|gemfile\.lock|composer\.lock|go\.sum|bun\.lockb?|flake\.lock|deno\.lock|mix\.lock|"
    r"\.secrets\.baseline|\.terraform\.lock\.hcl|requirements[^/]*\.txt)$|"
    r"\.(?:svg|map|snap|po|pot|mo|lock|patch|diff|ipch|woff2?|css|scss|less|sass|styl|xlf|xliff|arb|resx|strings|"
    r"ambr)$|"
    r"(?:^|/)(?:locales?|i18n|intl|translations?|lang|langs|languages|l10n|__snapshots__|cassettes)/|"
    r"(?:^|/)[a-z]{2}[-_][a-z]{2}\.(?:json|ya?ml|[jt]s|php|properties)$"
)
_MINIFIED_NAME = lazy(r"[.\-]min\.\w{1,4}$|\.bundle\.js$|\.chunk\.js$")
_CLASSES = {
    "python": "py pyi pyw",
    "code": "js jsx ts tsx mjs cjs mts cts vue svelte java kt kts scala go php rb erb cs fs vb c cc cpp h hpp rs "
    "swift groovy "
    "gradle lua pl pm dart ex exs clj cljs r jl m mm astro graphql sol coffee",
    "yaml": "yml yaml",
    "json": "json jsonc json5 webmanifest avsc",
    "keys": "toml ini cfg conf cnf properties env envrc tfvars editorconfig pgpass netrc",
    "hcl": "tf hcl",
    "shell": "sh bash zsh fish ksh ps1 psm1 psd1 bat cmd mk dockerfile",
    "xml": "xml config csproj props targets plist xaml",
    "sql": "sql psql",
    "docs": "md mdx rst txt adoc markdown",
    "notebook": "ipynb",
    "markup": "html htm ejs hbs jinja jinja2 j2 njk pug haml tpl mustache jsp asp cshtml",
}
_BY_EXTENSION = {ending: kind for kind, endings in _CLASSES.items() for ending in endings.split()}
_SHELL_NAME = lazy(
    r"^(?:(?:docker|container)file.*|.*\.(?:docker|container)file|(?:gnu)?makefile|procfile|justfile|entrypoint)$"
)
_KEYS_NAME = lazy(
    r"^(?:\.env(?:[.\-_].*)?|env(?:[.\-_](?!(?:[cm]?[jt]sx?|py|go|rb|rs|java|kt|php|cs|vue|sh|ya?ml|json)$).*)?|.*\.env(?:\..*)?|[^.]*-env|\.npmrc|\.pypirc|\.netrc|\.pgpass|\.my\.cnf|credentials|"
    r"\.flaskenv|\.s3cfg)$"
)
_DRESSING = lazy(r"\.(?:example|sample|template|tmpl|dist|tpl|j2|jinja2?|bak|backup|orig|old|default|gotmpl|erb)$")


class Candidate(NamedTuple):
    """A string in a place meant for a secret, with its text: it lives only until it is judged."""

    offset: int
    name: str
    value: str
    detector: str
    form: str
    context: str
    user: str = ""
    host: str = ""
    verdict: str = ""


class Text:
    """A file's text with a lower-case twin of equal length; indexes of lines and of secret words are made on demand.

    `seen` are the groups of literals that the gate saw in the text, if it was asked.
    """

    __slots__ = ("_seen", "_starts", "_words", "low", "raw")

    def __init__(self, raw: str, seen: frozenset[str] | None = None) -> None:
        low = raw.lower()
        self._seen = seen
        self._words: list[int] | None = None
        self.raw = raw
        self.low = low if len(low) == len(raw) else _lower_ascii(raw)
        self._starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """The offset at which each line starts."""
        if self._starts is None:
            self._starts = [0, *(found.end() for found in _LINE.finditer(self.raw))]
        return self._starts

    def has(self, group: str, literals: tuple[str, ...]) -> bool:
        """Whether one of the literals occurs, which the gate knows by the name of their group."""
        if self._seen is not None:
            return group in self._seen
        return any(literal in self.low for literal in literals)

    @property
    def words(self) -> list[int]:
        """The offsets at which a match of `WORDS` may start."""
        if self._words is None:
            self._words = sorted(set(self._word_starts()))
        return self._words

    def _word_starts(self) -> Iterator[int]:
        low = self.low
        for stem in STEMS:
            position = low.find(stem)
            while position >= 0:
                yield position
                if position and low[position - 1] in "_-.":
                    yield position - 1
                position = low.find(stem, position + 1)

    def matches(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """What `pattern.finditer` finds in the lower-case text, for a pattern that begins with `WORDS`."""
        end = 0
        match, low = pattern.match, self.low
        for start in self.words:
            if start >= end and (found := match(low, start)) is not None:
                yield found
                end = found.end()

    def place(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of an offset."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def line_start(self, offset: int) -> int:
        """Where the line of this offset starts; on a very long line, a bounded way back."""
        lowest = max(0, offset - LONGEST_LOOK)
        start = self.raw.rfind("\n", lowest, offset)
        return lowest if start < 0 else start + 1

    def line_end(self, offset: int) -> int:
        """Where the line of this offset ends, the line break left out; on a very long line, a bounded way on."""
        highest = min(len(self.raw), offset + 2 * LONGEST_LOOK)
        end = self.raw.find("\n", offset, highest)
        return highest if end < 0 else end


def _lower_ascii(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


@lru_cache(maxsize=4096)
def file_class(path: str) -> str:
    """Which extractors the file needs, by its name; `silent` for files whose strings are public by nature."""
    lowered = path.lower()
    if _SILENT.search(lowered) and not lowered.endswith((".env", ".yml")):
        return "silent"
    name = lowered.rsplit("/", 1)[-1]
    if _KEYS_NAME.match(name):
        return "keys"
    if _SHELL_NAME.match(name):
        return "shell"
    name = _DRESSING.sub("", name)
    ending = name.rsplit(".", 1)[-1] if "." in name else ""
    if _MINIFIED_NAME.search(name):
        return "minified"
    return _BY_EXTENSION.get(ending, "other")


def is_minified(raw: str) -> bool:
    """Whether the text has lines no person wrote: structure is not worth reading there."""
    return len(raw) > 20_000 and len(raw) / (raw.count("\n") + 1) > 500


def unescape(value: str) -> str:
    """A quoted value without the backslashes that only the quotes needed."""
    return re.sub(r"\\(['\"\\/$`])", r"\1", value) if "\\" in value else value

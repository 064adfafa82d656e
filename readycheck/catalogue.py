"""All rules in force: loaded from `rules/` and from folders of the user, checked whole, selected by id."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from readycheck.detectors.base import DetectorError, Loaded, load
from readycheck.facts.patterns import TextPattern
from readycheck.link.apps import CALLS as APP_CALLS
from readycheck.model import ConfigError, RuleError
from readycheck.resources import data_dir
from readycheck.rule import Rule, Stated, TargetName

# The last key of every shipped rule; four fifths of its text stand under it.
_EXAMPLES = b"\nexamples:"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Check:
    """A rule with its detectors loaded, one for each target it judges."""

    rule: Rule
    detectors: dict[TargetName, Loaded]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The rules in force, by id, and a hash of their files."""

    checks: tuple[Check, ...]
    digest: str

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in order of their ids."""
        return tuple(check.rule for check in self.checks)

    @property
    def interest(self) -> frozenset[str]:
        """The last segments of all call names that some detector needs recorded."""
        # Applications and their middleware are asked for by the project itself, whichever rules are selected.
        return APP_CALLS.union(*(d.calls for check in self.checks for d in check.detectors.values()))

    @property
    def patterns(self) -> tuple[TextPattern, ...]:
        """The text patterns that some detector needs searched, in a fixed order."""
        asked = (d.patterns for check in self.checks for d in check.detectors.values())
        return tuple(sorted(frozenset().union(*asked), key=lambda p: p.id))

    def select(self, wanted: Iterable[str] = (), ignored: Iterable[str] = ()) -> Catalogue:
        """The rules named by id, id prefix, name or section; raises ConfigError for a word that names none."""
        wanted, ignored = tuple(wanted), tuple(ignored)
        for word in (*wanted, *ignored):
            if not any(_named(rule, word) for rule in self.rules):
                raise ConfigError(f"no rule is called {word!r}; `readycheck rules list` shows all of them")
        chosen = tuple(
            check
            for check in self.checks
            if (not wanted or any(_named(check.rule, w) for w in wanted))
            and not any(_named(check.rule, w) for w in ignored)
        )
        return Catalogue(chosen, self.digest)

    def find(self, word: str) -> Rule:
        """The one rule with this id or name; raises ConfigError if there is none."""
        for rule in self.rules:
            if word.upper() == rule.id or word == rule.name:
                return rule
        raise ConfigError(f"no rule is called {word!r}; `readycheck rules list` shows all of them")


def _named(rule: Rule, word: str) -> bool:
    return rule.id.startswith(word.upper()) or word in (rule.name, rule.section)


def load_catalogue(extra: Iterable[Path] = (), *, shipped: bool = True, examples: bool = True) -> Catalogue:
    """The shipped rules and those in the user's folders. Raises RuleError naming the file that is wrong.

    Judging needs no examples: without them the shipped rules, which are tested with them, load in a fraction of the
    time. Rules of the user are always checked whole.
    """
    checks: dict[str, Check] = {}
    hashed = hashlib.sha256()
    own = (data_dir("rules"),) if shipped else ()
    for index, source in enumerate((*own, *extra)):
        if isinstance(source, Path) and not source.is_dir():
            raise ConfigError(f"{source} is not a folder of rules")
        for name, text in sorted(_walk(source)):
            hashed.update(text)
            check = parse_rule(text, name, examples=examples or index >= len(own))
            if check.rule.id in checks:
                raise RuleError(name, f"rule {check.rule.id} exists already")
            checks[check.rule.id] = check
    return Catalogue(tuple(checks[i] for i in sorted(checks)), hashed.hexdigest()[:16])


def _walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, f"{name}/")
        elif entry.name.endswith((".yaml", ".yml")):
            yield name, entry.read_bytes()


def parse_rule(text: bytes, path: str, *, examples: bool = True) -> Check:
    """One rule file, checked against the schema, its detectors and the placeholders of its message."""
    try:
        read = text if examples else text.partition(_EXAMPLES)[0]
        data = yaml.load(read, Loader=_Loader)  # a safe loader, chosen above
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        reason = getattr(error, "problem", "") or type(error).__name__
        raise RuleError(path, f"not valid YAML: {reason}", line) from error
    try:
        rule = Rule.model_validate(data) if examples else _without_examples(Stated.model_validate(data))
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        message = f"{where or 'rule'}: {problem['msg']}"
        raise RuleError(path, message, line_of(text, problem["loc"])) from error
    detectors: dict[TargetName, Loaded] = {}
    for target, detect in rule.detect.items():
        side = "require" if detect.forbid is None else "forbid"
        try:
            detectors[target] = load(detect.tree, ("detect", target, side))
        except DetectorError as error:
            raise RuleError(path, str(error), line_of(text, error.where)) from error
    check = Check(rule, detectors)
    _check_message(check, text, path)
    return check


def _without_examples(stated: Stated) -> Rule:
    return Rule.model_construct(stated.model_fields_set, **dict(stated), examples=[])


def _check_message(check: Check, text: bytes, path: str) -> None:
    """Every placeholder of the message must be one that every detector of the rule fills."""
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(check.rule.message) if name is not None]
    except ValueError as error:
        raise RuleError(path, f"message: {error}", line_of(text, ("message",))) from error
    for target, detector in check.detectors.items():
        unknown = sorted(set(fields) - detector.placeholders)
        # A finding of a `require` rule is an absence: nothing fills its message.
        unknown = unknown if check.rule.detect[target].require is None else fields
        if unknown:
            allowed = ", ".join(sorted(detector.placeholders)) or "none"
            if check.rule.detect[target].require is not None:
                allowed = "none, because what is required is absent"
            line = line_of(text, ("message",))
            raise RuleError(path, f"message uses {{{unknown[0]}}}, the {target} detector fills: {allowed}", line)


def line_of(text: bytes, where: tuple[int | str, ...]) -> int:
    """The line of a key in a rule file, by its path; of the last part of the path that is there, 0 without any."""
    line = 0
    try:
        node: Any = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError:
        return 0
    for part in where:
        if isinstance(node, yaml.MappingNode):
            pair = next((p for p in node.value if p[0].value == str(part)), None)
            if pair is None:
                continue  # schema paths also name the variant of a union, which is no key
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line

"""The words every layer shares: what was found, where, how sure, and what it means. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

SCHEMA_VERSION = 1


class ReadycheckError(Exception):
    """The root of every error that readycheck raises on purpose; `cli` turns it into a sentence and an exit code."""


class TargetError(ReadycheckError):
    """What was asked for cannot be looked at (no such path, not a folder, unreadable)."""


class RuleError(ReadycheckError):
    """A rule file is wrong. Says which file and where."""

    def __init__(self, path: str, message: str, line: int = 0) -> None:
        super().__init__(f"{path}:{line}: {message}" if line else f"{path}: {message}")
        self.path = path
        self.line = line


class ConfigError(ReadycheckError):
    """An option or a configuration value makes no sense."""


class Severity(StrEnum):
    """How much harm the defect does in production."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info up to 4 for critical, so that severities compare."""
        return _SEVERITY_RANK[self.value]


_SEVERITY_RANK = {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}


class Confidence(StrEnum):
    """How sure a match is to be what its rule says."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Outcome(StrEnum):
    """The answer of one rule on one project."""

    PASS = "pass"
    FAIL = "fail"
    PARTIAL = "partial"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"
    ERROR = "error"
    WAIVED = "waived"
    ATTESTED = "attested"


class Role(StrEnum):
    """What a file is for. A role never drops a finding; it decides whether the finding counts against production."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"
    TOOLING = "tooling"
    TEST = "test"
    DOCUMENTATION = "documentation"
    EXAMPLE = "example"
    GENERATED = "generated"
    VENDORED = "vendored"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in the target: path relative to it with `/`, line and column 1-based; line 0 means the whole file."""

    path: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the chain that connects a finding to where its value comes from. `text` never holds a secret."""

    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """What a detector found: for a `forbid` rule a defect, for a `require` rule the proof.

    `values` fill the placeholders of the rule's message. `counts=False` keeps the match in the report without letting
    it decide the outcome (say why in `note`). `key` tells two matches of one rule in one file apart whatever their
    lines, and goes into the fingerprint. `role` overrides the role of the file.
    """

    location: Location
    values: Mapping[str, str] = field(default_factory=dict)
    chain: tuple[Step, ...] = ()
    confidence: Confidence = Confidence.HIGH
    connected_by: str = ""
    counts: bool = True
    note: str = ""
    key: str = ""
    role: Role | None = None
    target: str = "repo"


@dataclass(frozen=True, slots=True)
class Undecided:
    """A detector met something relevant that it cannot decide: the rule is unknown unless something else fails it."""

    reason: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A detector names what it looked at, so that a pass can say so ("3 compose services")."""

    text: str
    location: Location | None = None
    connected_by: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """A detector says that what the rule is about does not exist here: not applicable, with the reason."""

    reason: str


Observation = Match | Undecided | Subject | Absent


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule is broken."""

    path: str
    line: int
    column: int
    message: str
    confidence: Confidence
    role: Role
    target: str
    fingerprint: str
    counts: bool = True
    chain: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place that proves a pass, and what connects it to production."""

    path: str
    line: int
    message: str
    connected_by: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The answer of one rule, with its proof or its reason."""

    rule: str
    name: str
    title: str
    section: str
    severity: Severity
    outcome: Outcome
    reason: str
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class NotScanned:
    """A file or folder that was not (or not wholly) judged, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule that broke: our own bug, never silence."""

    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class SectionScore:
    """The score of one section; `value` is None when nothing in it was decided."""

    value: float | None
    weight: int
    passed: int
    failed: int
    decided: int
    applicable: int


@dataclass(frozen=True, slots=True)
class Score:
    """The whole score and what holds it down. `coverage` is decided weight over applicable weight, 0 to 1."""

    value: int
    uncapped: int
    grade: str
    level: str
    coverage: float
    capped_by: tuple[str, ...]
    sections: Mapping[str, SectionScore]
    scoring_version: int


@dataclass(frozen=True, slots=True)
class Tool:
    """Who judged: the catalogue is a hash of the rules in force."""

    name: str
    version: str
    catalogue: str


@dataclass(frozen=True, slots=True)
class Target:
    """What was judged."""

    path: str
    commit: str | None
    compose: tuple[str, ...] = ()
    endpoint: str | None = None
    files: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one scan: the only thing a renderer sees."""

    tool: Tool
    target: Target
    score: Score
    summary: Mapping[str, int]
    results: tuple[CheckResult, ...]
    not_scanned: tuple[NotScanned, ...]
    errors: tuple[RuleFailure, ...]
    created: str
    schema_version: int = SCHEMA_VERSION

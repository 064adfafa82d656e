"""The rule schema: one YAML file is one Rule, frozen and with no unknown key."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from readycheck.model import Confidence, Role, Severity

Section = Literal[
    "secrets", "auth", "tls", "web-security", "injection", "data", "containers", "observability", "backup", "deploy",
    "testing", "config", "resilience", "compliance", "docs",
]  # fmt: skip
SECTIONS: tuple[str, ...] = get_args(Section)

TargetName = Literal["repo", "compose", "engine", "endpoint"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Parameter = int | float | bool | str | list[str]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class When(_Frozen):
    """Conditions that must all hold, else the rule is not applicable and says which did not."""

    python_imports: list[str] = []
    js_imports: list[str] = []
    files: list[str] = []
    uses_service: list[str] = []
    framework: list[str] = []


class Fix(_Frozen):
    """What to do about a finding."""

    summary: Text
    effort: Literal["low", "medium", "high"]
    template: str = ""
    edit: Literal["", "safe", "unsafe"] = ""


class Detect(_Frozen):
    """What decides the rule on one target: a match of `forbid` is a finding, a match of `require` is the proof."""

    forbid: dict[str, Any] | None = None
    require: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> Detect:
        if (self.forbid is None) == (self.require is None):
            raise ValueError("exactly one of forbid and require is needed")
        return self

    @property
    def tree(self) -> dict[str, Any]:
        """The detector tree, whichever way it is judged."""
        return self.forbid if self.forbid is not None else self.require or {}


class Example(_Frozen):
    """A small project and the verdict it must get, with exact places (`path:line`)."""

    title: Text
    files: dict[str, str]
    fails_at: list[str] = []
    passes: bool = False
    evidence_at: list[str] = []
    not_applicable: bool = False
    unknown: bool = False
    fixed: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_verdict(self) -> Example:
        if sum((bool(self.fails_at), self.passes, self.not_applicable, self.unknown)) != 1:
            raise ValueError("an example has exactly one of fails_at, passes, not_applicable and unknown")
        return self


class Stated(_Frozen):
    """What a rule says, apart from the examples that prove it: all that judging needs."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,6}[0-9]{3}$")]
    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Text
    section: Section
    severity: Severity
    severity_reason: str = ""
    confidence: Confidence = Confidence.HIGH
    counts_in: list[Role] = [Role.PRODUCTION]
    when: When = When()
    detect: dict[TargetName, Detect] = Field(min_length=1)
    message: Text
    why: Text
    fix: Fix
    sources: list[str] = Field(min_length=1)
    parameters: dict[str, Parameter] = {}


class Rule(Stated):
    """One line of the checklist: what is demanded, how it is decided, why, how to fix it, and its own tests."""

    examples: list[Example] = Field(min_length=1)

    @model_validator(mode="after")
    def _proves_itself(self) -> Rule:
        if not any(e.fails_at for e in self.examples):
            raise ValueError("a rule needs at least one failing example")
        if sum(1 for e in self.examples if not e.fails_at) < 2:
            raise ValueError("a rule needs at least two examples that must stay silent")
        return self

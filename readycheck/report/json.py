"""The published result: every other format and every other program reads the report in this shape."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from readycheck.facts.lazily import lazy
from readycheck.model import SCHEMA_VERSION, Outcome, Report

FLOAT_DIGITS = 4

_OUTCOME_ORDER = {outcome.value: position for position, outcome in enumerate(Outcome)}
_ESCAPES = lazy(r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|\\ud[89a-f][0-9a-f]{2}")
_NAMES: dict[type, tuple[str, ...]] = {}  # the field names of each dataclass, looked up once
_BOUNDS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("Score", "value"): {"minimum": 0, "maximum": 100},
    ("Score", "uncapped"): {"minimum": 0, "maximum": 100},
    ("Score", "coverage"): {"minimum": 0, "maximum": 1},
    ("Finding", "line"): {"minimum": 0},
    ("Finding", "column"): {"minimum": 0},
    ("Evidence", "line"): {"minimum": 0},
    ("Step", "line"): {"minimum": 0},
}


def render_json(report: Report) -> str:
    """The report as JSON: plain ASCII (any terminal, pipe or file takes it), keys in a fixed order, one result a line.

    Only the standard encoder's fast path is used: a report with thousands of findings must not cost more than the scan.
    """
    parts = ",\n".join(f' "{key}": {_lines(value)}' for key, value in _top(report).items())
    return f"{{\n{parts}\n}}\n"


def _top(report: Report) -> dict[str, Any]:
    """The members of the report in the order in which a person reads them."""
    body = _shallow(report)
    summary = sorted(report.summary.items(), key=lambda item: (_OUTCOME_ORDER.get(item[0], len(Outcome)), item[0]))
    first = {"schema_version": body.pop("schema_version"), "created": body.pop("created")}
    return {**first, **body, "summary": dict(summary)}


def _lines(value: Any) -> str:
    """One value; a list gets a line for each item, so that two reports can be compared line by line."""
    if isinstance(value, tuple) and value:
        return "[\n  " + ",\n  ".join(_encode(item) for item in value) + "\n ]"
    return _encode(value)


def _encode(value: Any) -> str:
    text = json.dumps(value, default=_shallow)
    return _ESCAPES.sub(_sound, text) if "\\ud" in text else text


def _shallow(value: Any) -> dict[str, Any]:
    """One dataclass or mapping as a dict; the encoder comes back for what is inside."""
    if isinstance(value, Mapping):
        return dict(value)
    items = ((name, getattr(value, name)) for name in _names(type(value)))
    return {name: round(item, FLOAT_DIGITS) if type(item) is float else item for name, item in items}


def _names(kind: type) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(field.name for field in fields(kind))
    return _NAMES[kind]


def _sound(match: re.Match[str]) -> str:
    """A lone surrogate becomes visible text: strict parsers refuse it, and file names that are not UTF-8 bring them."""
    found = match.group()
    if len(found) != len("\\udcff"):
        return found
    return f"\\\\x{found[-2:]}" if found.startswith("\\udc") else f"\\{found}"


def report_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of that shape, derived from the model so that the two cannot drift apart."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(Report).json_schema(mode="serialization")
    for name, part in [("Report", schema), *schema["$defs"].items()]:
        for key, described in part.get("properties", {}).items():
            described.pop("title", None)
            described.pop("default", None)
            described.update(_BOUNDS.get((name, key), {}))
        if "properties" in part:
            part["required"] = list(part["properties"])
    schema["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    schema["properties"]["created"]["format"] = "date-time"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

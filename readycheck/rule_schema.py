"""The JSON Schema of rule files, with every detector kind and its parameters."""

from __future__ import annotations

from typing import Any

from readycheck.detectors.base import ANY_DETECTOR, kinds
from readycheck.rule import Rule

_TREE = {"$ref": "#/$defs/Detector"}


def rule_schema() -> dict[str, Any]:
    """What editors and validators need to know to check a rule file before readycheck does."""
    schema = Rule.model_json_schema()
    definitions: dict[str, Any] = schema["$defs"]
    variants = []
    for kind, module in kinds().items():
        described = _referring(module.PARAMS.model_json_schema())
        definitions.update(described.pop("$defs", {}))
        described["properties"] = {"kind": {"const": kind}, **described.get("properties", {})}
        described["required"] = ["kind", *described.get("required", ())]
        described["description"] = (module.__doc__ or "").strip()
        described["title"] = kind
        definitions[f"kind {kind}"] = described
        variants.append({"$ref": f"#/$defs/kind {kind}"})
    definitions["Detector"] = {"oneOf": variants}
    detect = definitions["Detect"]["properties"]
    for side in ("forbid", "require"):
        detect[side] = {"anyOf": [_TREE, {"type": "null"}], "default": None}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _referring(part: Any) -> Any:
    """A schema in which every detector inside a detector is a reference to all of them."""
    if isinstance(part, dict):
        if all(part.get(key) == value for key, value in ANY_DETECTOR.items()):
            return dict(_TREE)
        return {key: _referring(value) for key, value in part.items()}
    return [_referring(item) for item in part] if isinstance(part, list) else part

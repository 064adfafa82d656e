"""Expands `$NAME`, `${NAME}`, `${NAME:-default}` as a Dockerfile does, and says when it cannot."""

from __future__ import annotations

import re
from collections.abc import Mapping

from readycheck.facts.lazily import lazy

# A value that doubles itself line by line would fill the memory; no honest one comes near this.
MAX_LENGTH = 20_000
_REFERENCE = lazy(r"\\\$|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])([^{}]*))?\})")


def expand(text: str, variables: Mapping[str, str]) -> str | None:
    """The text with every reference replaced; None when a name has no value and no default, or it grows too long."""
    out: list[str] = []
    at, length = 0, 0
    for found in _REFERENCE.finditer(text):
        out.append(text[at : found.start()])
        at = found.end()
        if found.group() == "\\$":
            out.append("$")
            continue
        value = _value(found, variables)
        length += len(value or "")
        if value is None or length > MAX_LENGTH:
            return None
        out.append(value)
    rest = text[at:]
    return None if "${" in rest else "".join(out) + rest


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str | None:
    name = found.group(1) or found.group(2)
    operator, word = found.group(3) or "", found.group(4) or ""
    known = variables.get(name)
    present = known is not None and (known != "" or not operator.startswith(":"))
    if operator.endswith("+"):
        return word if present else ""
    if present:
        return known
    return expand(word, variables) if operator.endswith("-") else None

"""What an unquoted YAML scalar means: the YAML 1.2 core schema as Go's YAML reader understands it (yes is a string)."""

from __future__ import annotations

from readycheck.facts.lazily import lazy

_STARTS = frozenset("0123456789+-.~nNtTfF<")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))
_INFINITE = {
    ".inf": float("inf"), ".Inf": float("inf"), ".INF": float("inf"),
    "+.inf": float("inf"), "+.Inf": float("inf"), "+.INF": float("inf"),
    "-.inf": float("-inf"), "-.Inf": float("-inf"), "-.INF": float("-inf"),
    ".nan": float("nan"), ".NaN": float("nan"), ".NAN": float("nan"),
}  # fmt: skip
_INT = lazy(r"[-+]?(?:0x[0-9a-fA-F_]{1,64}|0o[0-7_]{1,64}|0b[01_]{1,72}|0[0-7_]{0,64}|[1-9][0-9_]{0,64})")
_FLOAT = lazy(r"[-+]?(?:\.[0-9_]{1,400}|[0-9][0-9_]{0,400}(?:\.[0-9_]{0,400})?)(?:[eE][-+]?[0-9]{1,9})?")
_DATE = lazy(r"\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]|[ \t]{1,9})\d{1,2}:\d{2}:\d{2}.{0,60})?")
_MAX_UINT64 = 2**64 - 1

Plain = str | int | float | bool | None


def plain_tag(text: str) -> str:
    """The short tag (`str int float bool null timestamp merge`) of an unquoted scalar."""
    if text and (text[0] not in _STARTS or len(text) > 512):
        return "str"
    if text in _NULLS:
        return "null"
    if text in _TRUE or text in _FALSE:
        return "bool"
    if text == "<<":
        return "merge"
    return _number_tag(text)


def _number_tag(text: str) -> str:
    if _INT.fullmatch(text):
        return "int" if _integer(text) is not None else "float"
    if text in _INFINITE or _FLOAT.fullmatch(text):
        return "float"
    if text[0].isdigit() and _DATE.fullmatch(text):
        return "timestamp"
    return "str"


def scalar_value(text: str, tag: str) -> Plain:
    """The Python value of a scalar with that short tag; what does not fit its tag stays text."""
    if tag == "null":
        return None
    if tag == "bool":
        return text in _TRUE if text in _TRUE or text in _FALSE else text
    if tag == "int":
        number = _integer(text)
        return text if number is None else number
    if tag == "float":
        return _floating(text)
    return text


def _integer(text: str) -> int | None:
    if not _INT.fullmatch(text):
        return None
    bare = text.replace("_", "")
    digits = bare.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1] not in "xob":
        digits = "0o" + digits[1:]
    try:
        number = int(digits, 0)
    except ValueError:
        return None
    return None if number > _MAX_UINT64 else -number if bare[0] == "-" else number


def _floating(text: str) -> float | str:
    if text in _INFINITE:
        return _INFINITE[text]
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return text

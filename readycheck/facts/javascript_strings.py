"""What of a JavaScript literal may leave extraction: secrets are dropped here, before a fact exists."""

from __future__ import annotations

import re
from math import log2

from readycheck.facts.javascript_words import names_a_credential, names_a_token
from readycheck.facts.lazily import lazy
from readycheck.facts.values import Const, Hidden, Opaque, Value, redact

_URL_PASSWORD = lazy(r"(://[^\s:@/]{0,100}:)\S{1,300}@")
_QUERY_SECRET = lazy(
    r"((?:password|passwd|pwd|secret|token|api_?key|access_?key|accountkey|sig)\s?[=:]\s?)[^\s&;,\"']{1,300}", re.I
)
_HEADER_SECRET = lazy(r"\b(Bearer|Basic|Token)\s+\S{4,500}")
_KEY_BLOCK = lazy(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY")
_DENSE = lazy(r"[A-Za-z0-9+/=_\-.$]{20,4000}")
_NAME_LIKE = lazy(r"[A-Za-z_:.@/\-]{1,60}")
_PATH_LIKE = lazy(r"(?:@|\.{0,2}/|[a-z]{2,10}:)|[\w\-]{1,60}(?:/[\w\-.]{1,60}){1,20}$")
_PASSWORD = lazy(r"pass|pwd|secret", re.IGNORECASE)
_ESCAPE = lazy(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r\n|.)", re.DOTALL)
_SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_WORDLIKE = lazy(r"[A-Za-z][\w./:*\-]{0,24}")
_STRING = lazy(r"'[^'\n]{0,300}'|\"[^\"\n]{0,300}\"|`[^`]{0,300}`")
CONDITION_LENGTH = 160
_MAX_CHAIN = 40
_LONGEST = 2_000
_DENSE_DIGITS = 3
_DENSE_ENTROPY = 3.5
_LAST_CODE_POINT = 0x10FFFF


def literal(text: str, label: str = "") -> Const | Hidden:
    """A string under a name (of a variable, key or argument): hidden when the name or its own shape says secret."""
    if text and names_a_credential(label) and not _is_only_a_name(text, label):
        return _hidden(text, "named")
    if _KEY_BLOCK.search(text) or _is_dense(text):
        return _hidden(text, "shape")
    return Const(masked(text)[:_LONGEST])


def masked(text: str) -> str:
    """The text without the passwords that URLs, connection strings and headers carry."""
    text = _URL_PASSWORD.sub(r"\1…@", text)
    return _HEADER_SECRET.sub(r"\1 …", _QUERY_SECRET.sub(r"\1…", text))


def unescape(text: str) -> str:
    """The text a literal stands for; an escape that means nothing stays what it is."""
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(match: re.Match[str]) -> str:
    body = match[1]
    if len(body) > 1 and body[0] in "ux":
        code = int(body[1:].strip("{}"), 16)
        return (
            chr(code) if code <= _LAST_CODE_POINT and not 0xD800 <= code <= 0xDFFF else "\ufffd"
        )  # the surrogates of UTF-16
    return _SIMPLE_ESCAPES.get(body, body)


def _hidden(text: str, trait: str) -> Hidden:
    # No digest: its key belongs to the stage that judges credentials, which reads the text itself.
    return Hidden(redact(text), len(text), "", frozenset({trait}))


def _is_only_a_name(text: str, label: str) -> bool:
    """`ACCESS_TOKEN = "access_token"` is the name of a storage key; a password label gets no such trust."""
    return not _PASSWORD.search(label) and _NAME_LIKE.fullmatch(text) is not None and names_a_token(text)


def _is_dense(text: str) -> bool:
    if not _DENSE.fullmatch(text) or _PATH_LIKE.match(text):
        return False
    digits = sum(char.isdigit() for char in text)
    return _DENSE_DIGITS <= digits < len(text) and _entropy(text) >= _DENSE_ENTROPY


def _entropy(text: str) -> float:
    counts = [text.count(char) for char in set(text)]
    return -sum(count / len(text) * log2(count / len(text)) for count in counts)


def condition_text(source: str) -> str:
    """A condition on one line, literals that are long or compared with a secret blanked."""
    text = " ".join(source.split())[: CONDITION_LENGTH * 2]
    secret = any(names_a_credential(word) for word in re.findall(r"[\w$]{1,60}", text))

    def shown(match: re.Match[str]) -> str:
        inner = match[0][1:-1]
        return match[0] if not secret and (not inner or _WORDLIKE.fullmatch(inner)) else "'…'"

    return masked(_STRING.sub(shown, text))[:CONDITION_LENGTH]


def number(text: str) -> Value:
    text = text.replace("_", "").rstrip("n")
    try:
        return Const(int(text, 0) if re.fullmatch(r"0[xXoObB]\w{1,40}|[1-9]\d{0,40}|0", text) else float(text[:60]))
    except ValueError:
        return Opaque("number")


def fold(operator: str, values: tuple[Value, ...]) -> Const | None:
    """`15 * 60 * 1000` as its number."""
    numbers = [value.value for value in values if isinstance(value, Const) and isinstance(value.value, int | float)]
    if len(numbers) != len(values) or len(numbers) > _MAX_CHAIN:
        return None
    total = float(numbers[0])
    for number in map(float, numbers[1:]):
        if operator == "/" and number == 0:
            return None
        total = {"+": total + number, "-": total - number, "*": total * number}.get(operator, total / (number or 1))
    return Const(int(total)) if total.is_integer() and abs(total) < 2**53 else Const(total)

"""Quoted literals under a secret's name, in any language that writes `name = "value"` or `name: "value"`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readycheck.facts.credentials_base import LONGEST_VALUE, WORDS, Candidate, Text, unescape
from readycheck.facts.lazily import lazy
from readycheck.facts.secret_names import name_class

# After a secret word: the rest of the name, what closes it (quote or bracket), a type, the operator, perhaps an
# environment read with its own operator, and the quote that opens the value.
_HIT = lazy(
    WORDS.replace(r"pass[_\-'\"\]=: ]", r"pass(?=[_\-'\"\]=: ])").replace(r"pass\b", r"pass(?![a-z])")
    + r"(?P<tail>[\w\-]{0,60})(?P<close>[\"'`\]]{0,3})[ \t]{0,16}[?!]?"
    r"(?P<op>:[ \t]{0,4}[\w.<>\[\]|? ]{1,40}?[ \t]{0,4}=(?![=>])|(?:string|const)[ \t]{0,4}=|={1,3}(?!>)|!={1,2}|"
    r":=|=>|:|\|\||\?\?|,|\()[ \t]{0,16}"
    r"(?:\r?\n[ \t]{0,80})?"
    r"(?P<read>(?:new[ \t]{1,4})?[\w.$\[\]\"'()]{1,80}[ \t]{0,4}(?:\|\||\?\?|\?:|\bor\b)[ \t]{0,4}(?:\n[ \t]{0,80})?)?"
    r"(?P<default>(?:default|fallback)[ \t]{0,2}[=:][ \t]{0,2})?(?P<fix>[@$a-z]{0,2})(?P<quote>[\"'`])"
)
_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$.")
_READS = lazy(
    r"(?:env\w{0,20}|(?<![a-z])(?:get|config|define|put|fetch|set|append|setdefault)|getordefault|[gs]etproperty|"
    r"setitem|"
    r"getstring|getsecret|getconfig)[\"'(\[ ]{1,3}$"
)
_SETS = lazy(r"(?:setenv|define|put|set|append|setproperty|setitem)[\"'( ]{1,3}$")
_ENV_READ = lazy(r"env")
_SETTERS = lazy(
    r"(?:^|[._])(?:set|with|use|using|add)?_?(?:root|admin|user|db)?_?(?:password|passwd|secret|token|apikey|"
    r"api_key|secretkey|secret_key|accesskey)$"
)
_SIGN = lazy(
    r"\b(?:jwt|jsonwebtoken|JWT)\.(?:sign|verify|encode|decode)"
    r"\((?:\{[^{}()\n]{0,200}\}|[^,(){}\n]{1,100}),[ \t]{0,4}[\"'`]([^\"'`\n$]{1,200})[\"'`](?=\s{0,8}[,)])"
)
# What else takes its key as a plain string: the digest of a message, cookies that are signed.
_KEYED = (
    (
        "createhmac",
        lazy(r"\bcreateHmac\(\s{0,9}[\"'`][\w-]{1,30}[\"'`]\s{0,9},\s{0,9}[\"'`]([^\"'`\n$]{1,200})[\"'`]\s{0,9}\)"),
        "hmac_secret",
        "key of a keyed digest",
    ),
    (
        "cookieparser",
        lazy(r"\bcookieParser\(\s{0,9}[\"'`]([^\"'`\n$]{1,200})[\"'`]\s{0,9}[,)]"),
        "cookie_secret",
        "key of signed cookies",
    ),
)
_LONGEST_NAME = 80
_VARIABLE = lazy(
    r"variable\s{1,4}\"?([\w\-]{1,100})\"?\s{0,4}\{[^{}]{0,600}?\bdefault\s{0,40}=\s{0,8}\"([^\"\n]{1,300})\""
)


def from_code(text: Text, context: str = "code") -> Iterator[Candidate]:
    """Assignments, properties, comparisons, setters and defaults of reads whose value is a quoted literal."""
    for found in text.matches(_HIT):
        operator, close = found.group("op"), found.group("close")
        start = _name_start(text.raw, found.start())
        name = text.raw[start : found.start("close")].strip("$.-")
        if not name_class(name).kind and not (operator == "(" and not close):
            continue
        candidate = _candidate(text, found, name, start, context)
        if candidate is not None and close[:1] != candidate.value[:1]:
            yield candidate


def from_signatures(text: Text) -> Iterator[Candidate]:
    """`jwt.sign(payload, "key")`, `createHmac("sha256", "key")`: a literal that signs or verifies something."""
    if "jwt" in text.low:
        for found in _SIGN.finditer(text.raw):
            yield Candidate(
                found.start(1), "jwt_secret", found.group(1), "key of token signatures", "argument", "argument"
            )
    for word, pattern, name, detector in _KEYED:
        if word in text.low:
            for found in pattern.finditer(text.raw):
                yield Candidate(found.start(1), name, found.group(1), detector, "argument", "argument")


def _name_start(raw: str, position: int) -> int:
    lowest = max(0, position - _LONGEST_NAME)
    while position > lowest and raw[position - 1] in _NAME_CHARS:
        position -= 1
    return position


def _candidate(text: Text, found: re.Match[str], name: str, start: int, context: str) -> Candidate | None:
    operator, close, offset = found.group("op"), found.group("close"), found.end()
    value = _value(text.raw, offset, found.group("quote"))
    if value is None or (found.group("fix") in ("f", "$", "rf", "fr") and "{" in value):
        return None
    if found.group("quote") == "`" and "${" in value:
        return None
    before = text.low[max(0, start - 40) : start]
    if operator == ",":
        if not close or not _READS.search(before):
            return None
        if _SETS.search(before) and ("setenv" in before or not _ENV_READ.search(before)):
            form, detector = "literal", ""
        else:
            form, detector, context = "fallback", "default of an environment read", "default"
    elif operator == "(":
        if close or not _SETTERS.search(name.lower()):
            return None
        form, detector, context = "argument", "", "argument"
    elif operator in ("||", "??") or found.group("read"):
        read = "env" in (found.group("read") or "") or "env" in before or "env" in name.lower()
        form, detector = "fallback", "default of an environment read" if read else "fallback of an expression"
        context = "default" if read else context
    elif operator.startswith(("==", "!=")):
        if before.rstrip().endswith("typeof"):
            return None
        form, detector = "literal", "comparison with a literal"
        if name_class(name).kind != "password" and len(value) < 8:
            return None
    else:
        form, detector = "literal", ""
    if _closes_html(text.raw, found.start("close"), close, start):
        return None
    return Candidate(offset, name, value, detector, form, context)


def _closes_html(raw: str, end: int, close: str, start: int) -> bool:
    """`type="password" name="x"` and `ok ? "PASS" : "FAIL"`: the name is the value of something else."""
    if not close or start == 0:
        return False
    opener = raw[start - 1]
    return opener in "\"'`" and raw[max(0, start - 20) : start - 1].rstrip()[-1:] in ("=", "?")


def _value(raw: str, offset: int, quote: str) -> str | None:
    end = offset
    limit = min(len(raw), offset + LONGEST_VALUE * 4)
    while True:
        end = raw.find(quote, end, limit)
        if end < 0:
            return None
        if raw[end - 1] != "\\" or raw[end - 2] == "\\":
            break
        end += 1
    value = raw[offset:end]
    return None if not value or "\n" in value else unescape(value)


def from_terraform(text: Text) -> Iterator[Candidate]:
    """`variable "db_password" { default = "..." }`."""
    if "variable" in text.low:
        for found in _VARIABLE.finditer(text.raw):
            if name_class(found.group(1)).kind:
                yield Candidate(
                    found.start(2), found.group(1), found.group(2), "default of a variable", "default", "default"
                )

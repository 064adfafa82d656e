"""Credentials whose own shape gives them away in any text: in URLs, headers, key blocks, SQL and fallbacks."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote

from readycheck.facts.credentials_base import Candidate, Text
from readycheck.facts.lazily import lazy
from readycheck.facts.secret_names import name_class

_URL = lazy(r"://([^\s:/@\"'<>`|,;\\]{0,100}):([^\s\"'<>`\\/]{1,300})@([\w.\-\[\]{}$:%<>]{1,200})")
_SCHEME = lazy(r"[A-Za-z][A-Za-z0-9+.\-]{0,40}$")
_HOST = lazy(r"\[[0-9A-Fa-f:.]{2,60}\]|\$?\{[^{}]{1,100}\}+|[\w.\-%]+")
_URL_TEMPLATE = lazy(
    r"^\$|^%[sdvq]|^\{|^%\(|^<|^\[|\$\{[^}:]{1,80}\}|\$\(|\{\{|^#\{|^:|^%\w{1,60}%$|\"\s{0,4}\+|\$\{[^}]{0,100}:[?]"
)
_DOC_USERS = frozenset("user username usr login name myuser youruser db_user dbuser uname u <user>".split())
_DOC_WORDS = frozenset(
    "password pass passwd pwd secret pw p mypassword dbpass db_password userpass token passw".split()
)

_HEADER = lazy(
    r"authorization[\"'\]\s]{0,4}[:=,]\s{0,4}(?:\w{0,3}[\"'`])?(bearer|basic|token|apikey|"
    r"splunk)\s{1,4}([^\s\"'`,;)\\]{6,2000})"
)
_PRIVATE_KEY = lazy(
    r"-----BEGIN ([A-Z0-9 ]{0,30})PRIVATE KEY(?: BLOCK)?-----((?:[\s\"'+,|>]|"
    r"\\[nr]){1,200})([A-Za-z0-9+/=:, \-.<…]{3,90})"
)
_KEY_HEADERS = lazy(r"(?:proc-type|dek-info|version|comment|charset)", re.IGNORECASE)
_KEY_BODY = lazy(r"[A-Za-z0-9+/=]{32}")
_KEY_DOTS = lazy(r"\.{3}|…|[xX]{4}|<|your", re.IGNORECASE)
_FALLBACK = lazy(r"\$\{([A-Za-z_]\w{0,100}):?[-=]([^{}\n\"'`]{1,300})\}")
_NESTED_FALLBACK = lazy(r"\$\{([A-Za-z_]\w{0,100}):?-[\"']([^{}\n\"'`]{1,300})[\"']\}")
_SPRING = lazy(r"\$\{([a-z][\w.\-]{0,100}):([^{}\s\"'`\-?+=][^{}\n\"'`]{0,300})\}", re.IGNORECASE)
_SQL = lazy(
    r"(?:\b(?:create|alter)\s{1,4}(?:user|role|login|server|"
    r"database)\b[^;'\n]{0,200}(?:'[^'\n]{0,80}'[^;'\n]{0,200}){0,3}?"
    r"|\bwith\s{1,8}(?:encrypted\s{1,8})?|\bencrypted\s{1,8}|\bset\s{1,8})"
    r"(?:\bpassword|\bidentified\s{1,8}(?:with\s{1,8}[\w']{1,60}\s{1,8})?by(?:\s{1,8}password)?)\s{0,8}(?:=|"
    r"for[^=\n]{1,80}=)?\s{0,8}"
    r"(?:password\()?'([^'\n]{1,200})'"
)
# What `_SQL` ends in, quickly found.
_SQL_TAIL = lazy(r"password\s{0,8}(?:=|for[^=\n]{1,80}=)?\s{0,8}(?:password\()?'")
_IDENTIFIED = lazy(
    r"\bidentified\s{1,8}(?:with\s{1,8}[\w']{1,60}\s{1,8})?by(?:\s{1,8}password)?\s{0,8}'([^'\n]{1,200})'"
)
_CONNECTION_WORDS = tuple(
    word + sign
    for word in ("password", "pwd", "passwd", "sharedaccesskey", "accountkey", "apikey", "api_key", "token", "secret")
    for sign in ("=", " =")
)
_CONNECTION = lazy(
    r"(?:[;?&]|(?<=[\w.\"']) )\s{0,2}((?:user)?password|pwd|passwd|sharedaccesskey|accountkey|api_?key|"
    r"access_?token|secret)"
    r"\s{0,2}=\s{0,2}([^;&\s\"'`<>,)\]]{1,300})(?=[;&\s\"'`<>)]|$)"
)

# What an address in HTML stands between; its `&` is written `&amp;`.
_ATTRIBUTE_END = lazy(r"[\s\"'<>]")

#: Literals for the gate, by group.
GROUPS = {"credentials: connections": _CONNECTION_WORDS}
# How far before a secret word the match of `_CONNECTION` starts: a sign, two blanks, then perhaps `user`, `shared`...
_SIGN_BEFORE = 16


def from_text(text: Text) -> Iterator[Candidate]:
    """Everything that is recognised without knowing the language of the file."""
    low = text.low
    if "://" in low and "@" in low:
        yield from _urls(text)
    if "authorization" in low:
        yield from _headers(text)
    if "private key" in low:
        yield from _private_keys(text)
    if "${" in low:
        yield from _fallbacks(text)
    if "identified" in low or ("password" in low and _SQL_TAIL.search(low)):
        yield from _sql(text)
    if text.has("credentials: connections", _CONNECTION_WORDS):
        yield from _connection_strings(text)


def _urls(text: Text) -> Iterator[Candidate]:
    raw = text.raw
    for found in _URL.finditer(raw):
        user, secret = found.group(1), found.group(2)
        scheme = _SCHEME.search(raw, max(0, found.start() - 40), found.start())
        host = _HOST.match(found.group(3))
        if scheme is None or host is None or len(secret) < 2 or _URL_TEMPLATE.search(secret) or ")://" in secret:
            continue
        secret = unquote(secret)
        verdict = "placeholder" if user.lower() in _DOC_USERS and secret.lower() in _DOC_WORDS else ""
        yield Candidate(
            found.start(2),
            "",
            secret,
            "password in a connection URL",
            "url",
            "url",
            unquote(user),
            host.group(0),
            verdict,
        )


def _headers(text: Text) -> Iterator[Candidate]:
    for found in _HEADER.finditer(text.low):
        scheme, value = found.group(1), text.raw[found.start(2) : found.end(2)]
        user = ""
        if "{" in value or "$" in value or value.startswith(("%", "+")):
            continue
        if scheme == "basic":
            user, _, value = decode(value).partition(":")
            if not value:
                continue
        yield Candidate(
            found.start(2), "Authorization", value, f"{scheme} credential in a header", "header", "header", user
        )


def decode(value: str) -> str:
    """The text inside base64, "" if it is no text."""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def _private_keys(text: Text) -> Iterator[Candidate]:
    for found in _PRIVATE_KEY.finditer(text.raw):
        body = found.group(3)
        if _KEY_HEADERS.match(body) or (_KEY_BODY.match(body) and len(set(body)) > 8):
            verdict = "secret"
        elif _KEY_DOTS.match(body):
            verdict = "placeholder"
        else:
            continue
        yield Candidate(found.start(), "", found.group(0), "private key", "private-key", "private-key", verdict=verdict)


def _fallbacks(text: Text) -> Iterator[Candidate]:
    patterns = (_FALLBACK, _NESTED_FALLBACK)
    for pattern in patterns:
        for found in pattern.finditer(text.raw):
            name, value = found.group(1), found.group(2)
            if name_class(name).kind:
                yield Candidate(found.start(2), name, value, "fallback of a variable", "fallback", "default")
    for found in _SPRING.finditer(text.raw):
        name, value = found.group(1), found.group(2)
        if name_class(name).kind:
            yield Candidate(found.start(2), name, value, "fallback of a variable", "fallback", "default")


def _sql(text: Text) -> Iterator[Candidate]:
    for pattern in (_SQL, _IDENTIFIED) if "identified" in text.low else (_SQL,):
        for found in pattern.finditer(text.low):
            value = text.raw[found.start(1) : found.end(1)]
            yield Candidate(found.start(1), "", value, "password in SQL", "literal", "sql")


def _connection_strings(text: Text) -> Iterator[Candidate]:
    for found in _connections(text):
        if not _in_connection(text, found):
            continue
        value = text.raw[found.start(2) : found.end(2)]
        name = text.raw[found.start(1) : found.end(1)]
        context = "config" if name_class(name).kind == "password" else "code"
        yield Candidate(found.start(2), name, value, "password in a connection string", "url", context)


def _connections(text: Text) -> Iterator[re.Match[str]]:
    """The matches of `_CONNECTION`: its word starts at most two blanks (and a `user`) after its sign."""
    low, end = text.low, 0
    for word in text.words:
        for start in range(max(end, word - _SIGN_BEFORE), word):
            if low[start] in ";?& " and (found := _CONNECTION.match(low, start)) is not None:
                yield found
                end = found.end()
                break


def _in_connection(text: Text, found: re.Match[str]) -> bool:
    """A `;` list needs a second pair beside it, a query needs a URL before it, a spaced list needs a host."""
    start = max(text.line_start(found.start()), found.start() - 300)
    before, sign = text.low[start : found.start(1)], text.low[found.start()]
    if sign in "?&":
        return "://" in before or "jdbc:" in before
    if sign == ";" and before.rstrip().endswith("&amp;"):
        return "://" in _ATTRIBUTE_END.split(before)[-1]
    if sign == ";":
        return (
            "=" in before[:-1] and before.rstrip().endswith(";") and " " not in before.rstrip("; ").rsplit("=", 1)[-1]
        )
    return ("host=" in before or "dbname=" in before or "user=" in before) and ("dbname" in before or "host" in before)

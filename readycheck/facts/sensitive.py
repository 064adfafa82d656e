"""Keeps secret values out of facts about settings and commands: what looks like one is replaced by `Hidden` or `…`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from readycheck.facts.lazily import lazy
from readycheck.facts.values import Hidden, digest, redact

MASK = "…"
_SECRET_WORDS = lazy(
    r"passw(?:or)?d|passwd|passphrase|pwd|secret|token|credential|"
    r"(?:api|access|private|auth|encryption|signing|master|shared|account|license)[_.\-]?key|(?:^|[_.\-])pass(?:$|[_.\-])",
    re.IGNORECASE,
)
# The last word says what the value is: `API_TOKEN_URL` holds a URL, `POSTGRES_PASSWORD_FILE` a path.
_HARMLESS_ENDINGS = lazy(
    r"(?:file|path|dir|url|uri|host|port|name|header|algorithm|issuer|audience|length|ttl|to_?live|age|lifetime|timeout|enabled|"
    r"expires?|expiry|expiration|expire_?(?:in_?)?(?:minutes|seconds|hours|days)|minutes|seconds|hours|days|id|ids|"
    r"type|endpoint|required|policy|hashers?|validators?|provider|backend|class|format|version|count|limit|budget)$",
    re.IGNORECASE,
)
_SWITCH_NAMES = lazy(r"(?:^|_)(?:allow_empty|no|random|use|enable|disable|generate|require|max|min)_", re.IGNORECASE)
_PLAIN_VALUES = frozenset({"", "true", "false", "yes", "no", "on", "off", "none", "null", "0", "1"})
_WHOLE_REFERENCE = lazy(r"\$(?:\w+|\{\w+(?::?[?+][^{}$]*|:?-)?\}|\([^()]*\))\Z")
_REFERENCE_DEFAULT = lazy(r"\$\{(\w{1,200}):?-([^{}$]+)\}")
_URL_USER = lazy(
    r"(\b[A-Za-z][A-Za-z0-9+.\-]{1,30}://[^\s:/@'\"]{0,200}:)([^\s/'\"]{1,1000}|(?!\d{1,5}/)[^\s'\"]{1,1000})(@)"
)
_ASSIGNED = lazy(r"(?<![\w.\-])(-{0,2}[A-Za-z_][\w.\-]{0,200})=(\"[^\"\n]*\"|'[^'\n]*'|[\"']?[^\s\"'&|;]+)")
_OPTION = lazy(r"(?<!\S)(--[A-Za-z][\w\-]{0,80})(\s{1,8})('[^'\n]{1,400}'|\"[^\"\n]{1,400}\"|[^\s\-&|;][^\s&|;]*)")
_HEADER = lazy(
    r"\b(X-[A-Za-z\-]{0,40}(?:token|key|secret|auth|password)|Authorization|Api-?Key)(:\s{0,4})"
    r"(?!(?:Bearer|Basic)\b|\$)([^\s'\"]{4,})",
    re.IGNORECASE,
)
_CURL_LOGIN = lazy(r"(?<!\S)((?:-u|--user)[ =]?['\"]?[\w.@\-]{1,60}:['\"]?)([^\s'\"]{3,})")
_LOGIN = lazy(r"([\w.@\-]{1,60}:)\S{3,}\Z")
_BEARER = lazy(r"\b(Bearer|Basic)(\s{1,4})([A-Za-z0-9+/=._\-]{8,})", re.IGNORECASE)
_PROVIDER = lazy(
    r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{30,}|github_pat_\w{30,}|glpat-[\w\-]{18,}|(?:sk|rk)_(?:live|test)_\w{10,}|"
    r"xox[abposr]-[\w\-]{10,}|AIza[\w\-]{30,}|sk-[\w\-]{20,}|eyJ[\w\-]{10,}\.eyJ[\w\-]{4,}(?:\.[\w\-]*)?|npm_\w{30,})"
)
_WEAK = frozenset(
    "admin password postgres root guest secret changeme changeit changethis test example user default minioadmin "
    "rabbitmq mysql mongo redis demo pass passw0rd letmein welcome 123456 12345678 1234 qwerty toor admin123 "
    "password123".split()
)
_PLACEHOLDER = lazy(
    r"change.?(?:me|this|it)|replace|your[_\- ]|<[^<>]{0,80}>|\bxxx|placeholder|example|dummy|todo|insert|\*{3}|\.{3}",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Whether a setting of this name holds a secret, by what its name says."""
    bare = name.lstrip("-")
    return bool(_SECRET_WORDS.search(bare)) and not _HARMLESS_ENDINGS.search(bare) and not _SWITCH_NAMES.search(bare)


def hide(secret: str, key: bytes = b"", *extra: str) -> Hidden:
    """The redacted stand-in of a secret, with what may be said of it."""
    traits = set(extra)
    lowered = secret.strip().lower()
    if lowered in _WEAK:
        traits.add("well-known")
    if _PLACEHOLDER.search(secret[:500]):
        traits.add("placeholder")
    if len(secret) < 8:
        traits.add("short")
    return Hidden(redact(secret), len(secret), digest(secret, key), frozenset(traits))


def conceal(name: str, value: str, key: bytes = b"") -> str | Hidden:
    """The value of a setting as it may be kept: as it is, with its passwords masked, or hidden altogether.

    A lookup (`$NAME`, `${NAME:?}`) is no secret. A secret that is the default of a lookup is hidden with the trait
    `default`, since it is what production gets when nobody sets the name.
    """
    if value.strip().lower() in _PLAIN_VALUES or _WHOLE_REFERENCE.match(value):
        return value
    if not is_secret_name(name):
        return scrub(value)
    default = _REFERENCE_DEFAULT.fullmatch(value)
    if default:
        return hide(default.group(2), key, "default")
    if _URL_USER.search(value):
        return scrub(value)
    return hide(value, key)


def scrub(text: str) -> str:
    """A command or URL with every part that looks like a secret masked; the rest, and its lines, stay as they are."""
    if "://" in text and "@" in text:
        text = _URL_USER.sub(_mask_password, text)
    if "=" in text:
        text = _ASSIGNED.sub(_mask_assigned, text)
    if "${" in text:
        text = _REFERENCE_DEFAULT.sub(_mask_default, text)
    if "--" in text:
        text = _OPTION.sub(_mask_option, text)
    if ":" in text:
        text = _HEADER.sub(rf"\1\2{MASK}", text)
        if "curl" in text:
            text = _CURL_LOGIN.sub(rf"\1{MASK}", text)
    return _PROVIDER.sub(lambda found: redact(found.group()), _BEARER.sub(rf"\1\2{MASK}", text))


def scrub_words(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a command with every secret masked, also one that follows its option as a word of its own."""
    out: list[str] = []
    option = ""
    for word in words:
        plain = not option or word.startswith(("-", "$")) or not word
        out.append(scrub(word) if plain else MASK)
        option = word if word.startswith("--") and "=" not in word and is_secret_name(word) else ""
    if "curl" in words:
        for at in range(1, len(words)):
            if words[at - 1] in {"-u", "--user"}:
                out[at] = _LOGIN.sub(rf"\1{MASK}", out[at])
    return tuple(out)


def mask_urls(text: str) -> str:
    """A sentence with passwords in URLs and keys of providers masked: the net below what rules say."""
    if "://" in text and "@" in text:
        text = _URL_USER.sub(_mask_password, text)
    return _PROVIDER.sub(lambda found: redact(found.group()), text)


def _mask_password(found: re.Match[str]) -> str:
    password = found.group(2)
    kept = password if _WHOLE_REFERENCE.match(password) else MASK
    default = _REFERENCE_DEFAULT.fullmatch(password)
    if default:
        kept = f"${{{default.group(1)}:-{MASK}}}"
    return found.group(1) + kept + found.group(3)


def _mask_assigned(found: re.Match[str]) -> str:
    name, value = found.group(1), found.group(2)
    bare = value.strip("\"'")
    plain = bare.lower() in _PLAIN_VALUES or bare.startswith(("$", "%", "{{", "type="))
    return found.group() if plain or "://" in bare or not is_secret_name(name) else f"{name}={MASK}"


def _mask_option(found: re.Match[str]) -> str:
    name, value = found.group(1), found.group(3)
    if not is_secret_name(name) or value.strip("\"'").startswith("$"):
        return found.group()
    return f"{name}{found.group(2)}{MASK}"


def _mask_default(found: re.Match[str]) -> str:
    if not is_secret_name(found.group(1)) or found.group(2).strip().lower() in _PLAIN_VALUES:
        return found.group()
    return f"${{{found.group(1)}:-{MASK}}}"

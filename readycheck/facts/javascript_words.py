"""What the words of a JavaScript name or key say: is this an authentication token, is this a credential?"""

from __future__ import annotations

import re
from itertools import pairwise

from readycheck.facts.lazily import lazy

_WORD = lazy(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_CHAIN = lazy(r"[\w$.?#\-:/@{}\[\]]{1,200}")

_TOKEN_WORDS = frozenset(
    {
        "jwt",
        "jwts",
        "token",
        "idtoken",
        "accesstoken",
        "refreshtoken",
        "authtoken",
        "bearer",
        "credential",
        "credentials",
    }
    | {"jsessionid", "phpsessid", "apikey", "password", "passwd", "authorization", "usertoken", "jwttoken"}
)
_AUTH_WORDS = frozenset(
    {"auth", "access", "refresh", "user", "login", "oauth", "oauth2", "oidc", "api", "admin", "account", "id"}
    | {"my", "app", "the", "new", "old", "current", "stored", "saved", "storage", "key", "local"}
)
# Words that make a token something else: a design or language token, a coin, a device to push to. A CSRF token is
# meant to be read by scripts.
_OTHER_SUBJECTS = frozenset(
    {"design", "css", "theme", "color", "colors", "syntax", "lexer", "parser", "tokenizer", "highlight", "embedding"}
    | {"symbol", "mint", "coin", "erc", "nft", "swap", "decimals", "wallet", "csrf", "xsrf", "csrftoken"}
    | {"captcha", "recaptcha", "turnstile", "push", "fcm", "apns", "device", "analytics", "tracking", "visitor"}
    | {"anonymous", "tour", "onboarding", "pagination", "cancel", "cancellation", "continuation", "i18n", "locale"}
)
# Words that make the last part of a name a property of a token, or a flag about it, and not the token.
_OTHER_WORDS = _OTHER_SUBJECTS | frozenset(
    {"count", "counts", "usage", "used", "limit", "limits", "max", "min", "total", "budget", "balance", "price"}
    | {
        "expires",
        "expire",
        "expiry",
        "expiration",
        "expired",
        "exp",
        "ttl",
        "timestamp",
        "at",
        "issued",
        "time",
        "date",
    }
    | {"seen", "dismissed", "shown", "hint", "tip", "warning", "alert", "notice", "modal", "visible", "reset", "email"}
    | {"type", "page", "next", "cursor", "sync", "address", "addresses", "label", "filter", "sort", "columns", "column"}
    | {"placeholder", "selected", "tab", "view", "draft", "length", "policy", "strength", "error", "changed", "prompt"}
    | {"has", "is", "needs", "valid", "enabled", "disabled", "hide", "show", "status", "mode", "version", "format"}
    | {"name", "names", "title", "description", "url", "uri", "path", "endpoint", "provider", "index", "list"}
)
_STATE_WORDS = frozenset({"storage", "data", "info", "store", "persist", "state"})
# A property that still holds the whole of what it is read from.
_WHOLE = frozenset({"value", "raw", "data", "current", "string", "str", "plain", "text"})
_WHOLE_AUTH = lazy(
    r"(?:app|my|user|redux|vuex|pinia)?[-_:.]?auth[-_:.]?(?:data|info|storage|store|state|tokens)?", re.IGNORECASE
)
_WHOLE_SESSION = lazy(
    r"(?:(?:user|auth|login|admin)[-_:.]?)?session|(?:auth|login|user)[-_:.]?session[-_:.]?id", re.IGNORECASE
)
_CREDENTIAL = lazy(
    r"pass(?:word|wd|phrase|code)s?$|^p(?:ass|wd|w)$|(?:^|[_-])(?:pass|pwd|pw)$|secrets?$|secret[_-]?key|"
    r"tokens?$|jwt$|api[_-]?keys?$|access[_-]?keys?(?:[_-]?id)?$|"
    r"private[_-]?keys?$|(?:signing|encryption|master|account|shared|license)[_-]?key$|credentials?$|"
    r"(?:^|[_-])salt$|authorization$|cookie[_-]?keys?$|dsn$|connection[_-]?string$|mnemonic$|seed[_-]?phrase$",
    re.IGNORECASE,
)


def words(text: str) -> tuple[str, ...]:
    """The lower-case words of a name in any case style."""
    return tuple(found.lower() for found in _WORD.findall(text[:300]))


def names_a_token(text: str) -> bool:
    """Whether a storage key, or the words of a stored value, mean something that authenticates a person.

    Decisions: a CSRF token is not one (scripts are meant to read it); `sessionId` alone is not one (analytics and chat
    sessions use that name far more often than servers hand their session id to a script), `session` as the whole
    name is (it commonly holds the access token); expiry times and flags about a token are not.
    """
    return any(_chain_names_a_token(chain) for chain in _CHAIN.findall(text[:1000]))


def names_a_credential(name: str) -> bool:
    """Whether a string under this name must be taken for a secret, so that its text is dropped."""
    return _CREDENTIAL.search(name.rsplit(".", 1)[-1].strip("\"'")[:200]) is not None


def _chain_names_a_token(chain: str) -> bool:
    segments = [part for part in re.split(r"[.?\[\]]+", chain) if words(part)]
    if not segments:
        return False
    while len(segments) > 1 and segments[-1] in _WHOLE:
        segments.pop()
    last = segments[-1]
    if _OTHER_SUBJECTS.intersection(words(chain)) or _OTHER_WORDS.intersection(words(last)):
        return False
    if _WHOLE_AUTH.fullmatch(last) or _WHOLE_SESSION.fullmatch(last):
        return True
    found = words(last)
    if _TOKEN_WORDS.intersection(found):
        return True
    pairs = set(pairwise(found))
    if ("api", "key") in pairs or ("session", "token") in pairs or ("client", "secret") in pairs:
        return True
    return "tokens" in found and all(word == "tokens" or word in _AUTH_WORDS | _STATE_WORDS for word in found)

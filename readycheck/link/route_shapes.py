"""The shape that every route is brought into, and the words that tell authentication."""

from __future__ import annotations

from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.python import Function
from readycheck.model import Location

PROTECTED = "protected"
OPEN = "open"
UNKNOWN = "unknown"

_WORD = lazy(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_ALONE = frozenset(
    "auth authenticate authenticated authentication authorization authorize authorized authorise "
    "authorised login jwt permission permissions admin role roles superuser staff principal identity "
    "oauth oauth2 bearer credentials protected protect guard logged signed scopes scope acl rbac passport "
    "keycloak loginrequired isadmin isauth ensureauth apikey".split()
)
_HOLDERS = frozenset(
    "current active verified logged require required session request authenticated my me get load fetch".split()
)
_CHECKS = frozenset(
    "verify check require required validate decode current get parse jwt access bearer has need needs ensure".split()
)
_SERVICES = frozenset(
    "service services repository repo manager dao crud store client db factory settings config schema "
    "model models page logger view url middleware limiter rate form csrf xsrf captcha".split()
)
_WEAK = frozenset("optional maybe try anonymous soft".split())


@dataclass(frozen=True, slots=True)
class Route:
    """One route: its path as far as prefixes are known, and whether something asks who is calling before it runs.

    `state` is PROTECTED, OPEN or UNKNOWN, `reason` says by what or why, `guard_at` is the place of the protection.
    """

    path: str
    methods: frozenset[str]
    location: Location
    framework: str
    handler: str
    state: str
    reason: str
    guard_at: Location
    function: Function | None = None
    connected_by: str = ""


def words_of(name: str) -> frozenset[str]:
    """The lower-case words of a name in any case style."""
    return frozenset(word.lower() for word in _WORD.findall(name[:200]))


def names_authentication(name: str) -> bool:
    """Whether a dependency, decorator, guard or middleware of this name asks who is calling."""
    words = words_of(name.rpartition(".")[2]) or words_of(name)
    if words & _WEAK or words & _SERVICES:
        return False
    if words & _ALONE or ({"api", "key"} <= words):
        return True
    if "user" in words and words & _HOLDERS:
        return True
    return "token" in words and bool(words & _CHECKS)


def joined(*parts: str) -> str:
    """Path segments put together with one slash between them."""
    return "/" + "/".join(p.strip("/") for p in parts if p.strip("/"))

"""The shape that every cookie is brought into, and which cookies carry a session."""

from __future__ import annotations

import re
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.model import Location, Step

_SESSION = lazy(
    r"(?:^|[^a-z])(?:auth|jwt|sid|sess|session|token|bearer|access|refresh|remember|login|credential)s?(?:$|[^a-z])|"
    r"session_?id|sessionid|(?:access|refresh|auth|id|api|jwt|user|session|bearer)_?token|connect\.sid", re.I
)  # fmt: skip
_HARMLESS = lazy(
    r"csrf|xsrf|theme|locale|lang|consent|analytics|visitor|flash|message|state|nonce|pkce|verifier|redirect|next|return|cart|utm|expires|expiry|method|hint|attempt|tab|provider",
    re.I,
)
_CAMEL = lazy(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie that carries a session. `missing` names each flag it lacks, `doubt` what is not known of it."""

    location: Location
    name: str
    how: str
    missing: tuple[str, ...]
    doubt: str = ""
    chain: tuple[Step, ...] = ()
    connected_by: str = ""


def carries_a_session(name: str) -> bool:
    """Whether a cookie of this name, or a value made by a thing of this name, authenticates somebody."""
    spaced = _CAMEL.sub("_", name)
    if spaced.lower() == "sessions":
        return False  # a list of them, to choose from
    return bool(_SESSION.search(spaced)) and not _HARMLESS.search(spaced)

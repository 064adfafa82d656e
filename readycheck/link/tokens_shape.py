"""One reading of a JSON Web Token, whichever library does it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from readycheck.model import Location, Step


@dataclass(frozen=True, slots=True)
class TokenRead:
    """`weakness` says what is wrong, "" if nothing is; `doubt` why that is not known. `unverified` marks a look inside
    without a check, which is fine before a check in the same function.
    """

    location: Location
    how: str
    weakness: str = ""
    doubt: str = ""
    counts: bool = True
    note: str = ""
    scope: str = ""
    unverified: bool = False
    chain: tuple[Step, ...] = ()

    def excused(self, note: str) -> TokenRead:
        """The same read where something around it makes it harmless."""
        return replace(self, counts=False, note=note)

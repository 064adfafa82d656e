"""One place that decides whether a certificate is checked."""

from __future__ import annotations

from dataclasses import dataclass

from readycheck.model import Location, Role, Step


@dataclass(frozen=True, slots=True)
class Verification:
    """`weakness` says how the check is switched off, "" if it is not; `doubt` why that is not known; `near` says that
    the other side is this machine itself. `role` is set where it is not that of the file.
    """

    location: Location
    how: str
    weakness: str = ""
    doubt: str = ""
    near: bool = False
    certain: bool = True
    chain: tuple[Step, ...] = ()
    role: Role | None = None

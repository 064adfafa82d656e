"""The shape that every rate limiter is brought into."""

from __future__ import annotations

from dataclasses import dataclass

from readycheck.model import Location, Step

MEMORY = "memory"
SHARED = "shared"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limiter. `location` is where it is mounted, `made` where it is made; `missing` says what keeps it from
    limiting anything, "" if nothing does; `narrow` says that it limits next to nothing. `storage` is where it counts
    and `storage_at` the place that says so.
    """

    library: str
    made: Location
    location: Location
    how: str
    missing: str
    storage: str
    storage_at: Location
    chain: tuple[Step, ...] = ()
    connected_by: str = ""
    narrow: str = ""

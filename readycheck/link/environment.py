"""Environment variables as production sets them: every source of a variable, and the one in force for a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from readycheck.model import Location, Role

# Sources from the strongest to the weakest, as the container runtime applies them.
PRECEDENCE = ("compose", "kubernetes", "command", "procfile", "dockerfile", "env file")


@dataclass(frozen=True, slots=True)
class EnvSetting:
    """One place that sets one variable. `value` is None when it is taken from the host or a secret store.

    `covers` is the folder whose code runs with it ("" for all of the project), `role` that of the place.
    """

    name: str
    value: str | None
    location: Location
    source: str
    covers: str = ""
    role: Role = Role.PRODUCTION
    service: str = ""


class Environment:
    """All settings of all variables; answers for the code of one file."""

    def __init__(self, settings: Iterable[EnvSetting]) -> None:
        self._by_name: dict[str, list[EnvSetting]] = {}
        for setting in settings:
            self._by_name.setdefault(setting.name, []).append(setting)
        for found in self._by_name.values():
            found.sort(key=lambda s: (PRECEDENCE.index(s.source), s.location))

    def names(self) -> frozenset[str]:
        """Every variable that some deployment sets."""
        return frozenset(self._by_name)

    def all(self, name: str) -> tuple[EnvSetting, ...]:
        """Every place that sets the variable, whatever its role, the strongest first."""
        return tuple(self._by_name.get(name, ()))

    def production(self, name: str, path: str = "") -> tuple[EnvSetting, ...]:
        """The settings in force in production for code in `path`: one for each service, the strongest source only."""
        found = [s for s in self._by_name.get(name, ()) if s.role is Role.PRODUCTION]
        if not found:
            return ()
        near = [s for s in found if s.covers and _covers(s.covers, path)]
        chosen = near or [s for s in found if not s.covers or not path]
        if not chosen:
            return ()
        strongest = min(PRECEDENCE.index(s.source) for s in chosen)
        return tuple(s for s in chosen if PRECEDENCE.index(s.source) == strongest)


def _covers(folder: str, path: str) -> bool:
    return folder in {".", ""} or path == folder or path.startswith(folder.rstrip("/") + "/")

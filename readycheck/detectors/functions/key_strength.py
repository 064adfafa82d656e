"""Keys that sign or encrypt, and what makes them guessable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.lazily import lazy
from readycheck.facts.secret_names import last_part, name_words
from readycheck.facts.values import Hidden
from readycheck.link.environment import EnvSetting
from readycheck.link.fragments import CALLS as FRAGMENT_CALLS
from readycheck.link.project import Project
from readycheck.link.secret_settings import REFUSALS, SecretSetting, length_checks, secret_settings, signs_or_encrypts
from readycheck.link.secrets import Sighting, match_of, sightings
from readycheck.model import Absent, Location, Observation, Role, Subject, Undecided

CALLS = REFUSALS | FRAGMENT_CALLS
_SHOWN = lazy(r"\.(?:[cm]?[jt]sx?|vue|svelte|html?)$")
PLACEHOLDERS = frozenset({"name", "reason"})
_REASONS = (
    ("placeholder", "it is a placeholder"),
    ("django-insecure", "Django made it for development"),
    ("known-default", "it is a word that attackers try first"),
    ("repeated", "it is one short piece over and over"),
    ("sequence", "it is a sequence"),
    ("digits-only", "it has only digits"),
    ("few-distinct", "it has fewer than five different characters"),
    ("dictionary", "it is made of words"),
    ("test-word", "it says of itself that it is for tests"),
    ("low-entropy", "it has little variety"),
)


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each weak key; what is not in the repository is undecided unless the code refuses short ones."""
    keys = [seen for seen in sightings(project) if _is_key(seen)]
    shared: dict[tuple[str, str], Sighting] = {}
    for seen in keys:
        reason = _weakness(project, seen, parameters) or _twin(seen, shared)
        set_by = _set_by(project, seen) if seen.credential.form in {"default", "fallback"} else None
        if set_by is not None:
            if set_by.value is None:
                yield Undecided(f"{_name(seen)} comes from outside the repository", set_by.location)
        elif reason:
            yield match_of(seen, {"name": _name(seen), "reason": reason}, "")
        else:
            yield Subject(f"{_name(seen)} is long and random", seen.location)
    settled = {_name(seen).lower() for seen in keys}
    read = [s for s in secret_settings(project) if signs_or_encrypts(s.name) and _counts(project, s.location.path)]
    yield from _from_outside(project, [s for s in read if s.name.lower() not in settled], parameters)
    if not keys and not read:
        yield Absent("no key that signs or encrypts is read or set in this project")


def _counts(project: Project, path: str) -> bool:
    return project.role(path) is Role.PRODUCTION


def _is_key(seen: Sighting) -> bool:
    credential = seen.credential
    if seen.role is not Role.PRODUCTION or credential.detector == "comparison with a literal":
        return False
    if credential.form not in {"literal", "default", "fallback", "argument"}:
        return False
    if credential.kind == "placeholder" and credential.form == "literal" and _SHOWN.search(seen.path):
        return False  # a page that shows how to set the variable
    # A build step gets by with a dummy, which does not outlive it.
    return signs_or_encrypts(last_part(credential.name)) and not (
        seen.excuse and credential.form in {"literal", "argument"}
    )


def _name(seen: Sighting) -> str:
    return last_part(seen.credential.name)


def _weakness(project: Project, seen: Sighting, parameters: Mapping[str, Any]) -> str:
    hidden = seen.credential.hidden
    for trait, reason in _REASONS:
        if trait in hidden.traits and not (trait == "low-entropy" and seen.credential.kind == "secret"):
            return reason
    least = _least(project, seen, parameters)
    return f"it has {hidden.length} characters, {least} are needed" if hidden.length < least else ""


def _least(project: Project, seen: Sighting, parameters: Mapping[str, Any]) -> int:
    django = _name(seen) == "SECRET_KEY" and seen.path.endswith(".py") and project.imports_python(["django"])
    return int(parameters["django_length" if django else "minimum_length"])


def _twin(seen: Sighting, shared: dict[tuple[str, str], Sighting]) -> str:
    hidden: Hidden = seen.credential.hidden
    first = shared.setdefault((seen.path, hidden.digest), seen)
    if name_words(_name(first)) != name_words(_name(seen)):
        return f"{_name(first)} in line {first.credential.line} is the same"
    return ""


def _set_by(project: Project, seen: Sighting) -> EnvSetting | None:
    """What a deployment sets the variable to, so that the default in the code is not in force."""
    if project.files[seen.path].compose is not None:
        return None
    found = project.environment.production(_name(seen).upper(), seen.path)
    return found[0] if found and found[0].location.path != seen.path else None


def _from_outside(
    project: Project, settings: list[SecretSetting], parameters: Mapping[str, Any]
) -> Iterator[Observation]:
    least = int(parameters["minimum_length"])
    checks: dict[str, list[tuple[int, Location]]] = {}
    for name, length, place in length_checks(project):
        checks.setdefault(name, []).append((length, place))
    told: set[str] = set()
    for setting in settings:
        name = setting.name.lower()
        found = sorted(checks.get(name, ()), key=lambda check: check[1].path != setting.location.path)
        if setting.least >= least:
            yield Subject(f"{setting.name} is refused below {setting.least} characters", setting.location)
        elif found and found[0][0] >= least:
            yield Subject(f"{setting.name} is refused below {found[0][0]} characters", found[0][1])
        elif name not in told:
            told.add(name)
            yield Undecided(f"the value of {setting.name} is not in the repository", setting.location)

"""Which cross-origin policies let every site read the answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.cors import CALLS as CORS_CALLS
from readycheck.link.cors import cors_policies
from readycheck.link.project import Project
from readycheck.model import Absent, Confidence, Match, Observation, Subject, Undecided

CALLS = CORS_CALLS
PLACEHOLDERS = frozenset({"how", "reason", "credentials"})


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each policy that is a wildcard, a subject for each that names its origins."""
    found = False
    for policy in cors_policies(project):
        found = True
        if policy.wildcard:
            values = {
                "how": policy.how,
                "reason": policy.wildcard,
                "credentials": ", with credentials" if policy.credentials else "",
            }
            confidence = Confidence.HIGH if policy.certain else Confidence.MEDIUM
            if policy.single:
                note = "on this one answer only, and without credentials"
                yield Match(
                    policy.location, values, policy.chain, Confidence.LOW, counts=False, note=note, key=policy.how
                )
                yield Subject("one answer is open to every site, without credentials", policy.location)
                continue
            yield Match(policy.location, values, policy.chain, confidence, key=policy.how)
        elif policy.doubt:
            yield Undecided(policy.doubt, policy.location)
        else:
            public = policy.how.endswith("for public files")
            text = policy.how if public else f"{policy.how} names its origins"
            yield Subject(text, policy.location, policy.connected_by)
    if not found:
        yield Absent("no cross-origin policy is set, so browsers allow none")

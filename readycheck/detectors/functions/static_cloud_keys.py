"""Static keys of AWS in what a deployment reads, where a role would do without any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.link.project import Project
from readycheck.link.secrets import match_of, sightings
from readycheck.model import Absent, Location, Observation, Role, Subject, Undecided

PLACEHOLDERS = frozenset({"what"})
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_PLACES = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_S3_BUCKET", "S3_BUCKET", "AWS_ROLE_ARN")
_LIBRARIES = ("boto3", "botocore", "aioboto3", "aiobotocore", "s3fs")
_JAVASCRIPT = (
    "aws-sdk",
    "@aws-sdk/client-s3",
    "@aws-sdk/client-ses",
    "@aws-sdk/client-sqs",
    "@aws-sdk/client-dynamodb",
)


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each key; one handed in from outside is undecided, a region without any key is the proof."""
    found = False
    lines: set[tuple[str, int]] = set()
    for seen in sightings(project):
        if "SEC014" in seen.rules:
            found = found or not seen.excuse
            lines.add((seen.path, seen.credential.line))
            yield match_of(seen, {"what": seen.what})
    for name in _KEYS:
        for setting in project.environment.all(name):
            place = (setting.location.path, setting.location.line)
            if setting.role is Role.PRODUCTION and place not in lines:
                found = True
                if setting.value is None or setting.value.startswith("$"):
                    yield Undecided(
                        f"{name} is handed in from outside: a static key, or a role that fills it", setting.location
                    )
                else:
                    text = "is none of AWS: a store of the same protocol" if setting.value else "is empty"
                    yield Subject(f"{name} {text}", setting.location)
    if not found:
        yield from _without(project)


def _without(project: Project) -> Iterator[Observation]:
    used = False
    for name in _PLACES:
        for setting in project.environment.all(name):
            if setting.role is Role.PRODUCTION:
                used = True
                yield Subject(f"{name} is set and no key beside it", setting.location)
    for path, facts in project.python.items():
        for statement in facts.imports:
            if statement.target.split(".")[0] in _LIBRARIES and project.role(path) is Role.PRODUCTION:
                used = True
                yield Subject("AWS is used, and no static key is set", Location(path, statement.line))
    if not used and project.imports_javascript(_JAVASCRIPT):
        used = True
        yield Subject("AWS is used, and no static key is set")
    if not used:
        yield Absent("this project does not use AWS")

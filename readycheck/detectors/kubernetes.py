"""kind: kubernetes. Fields of workloads and of their containers in plain manifests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import field_validator

from readycheck.detectors.conditions import Condition, answer
from readycheck.detectors.kubernetes_fields import FIELDS, is_of_workload, known_field, of_container, of_workload
from readycheck.facts.values import Value
from readycheck.facts.workloads import Workload
from readycheck.link.describe import describe
from readycheck.link.possible import Possible
from readycheck.link.project import Project
from readycheck.model import Absent, Location, Match, Observation, Role, Subject, Undecided


class KubernetesParams(Condition):
    """`field` is a field of the pod (`hostNetwork`) or of each container (`image`, `securityContext.privileged`,
    `env.DEBUG`); `workloads` narrows the kinds; `init` looks at init containers too.
    """

    field: str
    workloads: tuple[str, ...] = ()
    init: bool = False

    @field_validator("field")
    @classmethod
    def _is_known(cls, field: str) -> str:
        if not known_field(field):
            raise ValueError(f"not a field that can be asked for; there are {', '.join(FIELDS)}")
        return field


PARAMS = KubernetesParams
PLACEHOLDERS = frozenset({"workload", "container", "field", "value"})


def find(project: Project, params: KubernetesParams, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each workload or container that meets the condition, a subject for each that does not."""
    found = False
    for path, facts in project.files.items():
        if facts.kubernetes is None:
            continue
        production = project.role(path) is Role.PRODUCTION
        if facts.kubernetes.templated and production:
            found = True
            yield Undecided("a Helm template says nothing before it is rendered", Location(path))
        for workload in facts.kubernetes.workloads:
            if params.workloads and workload.kind not in params.workloads:
                continue
            for seen in _workload(params, path, workload):
                if production or isinstance(seen, Match):
                    found = True
                    yield seen
    if not found:
        yield Absent("no Kubernetes workload")


def _workload(params: KubernetesParams, path: str, workload: Workload) -> Iterator[Match | Subject | Undecided]:
    name = f"{workload.kind} {workload.name}".rstrip()
    if is_of_workload(params.field):
        value, line = of_workload(workload, params.field)
        yield _observe(params, Location(path, line), name, "", value)
        return
    for container in workload.containers:
        if container.init and not params.init:
            continue
        value, line = of_container(container, workload, params.field)
        yield _observe(params, Location(path, line), name, container.name, value)


def _observe(
    params: KubernetesParams, place: Location, workload: str, container: str, value: Value | None
) -> Match | Subject | Undecided:
    field, missing = params.field, params.condition == "missing"
    who = f"{workload}/{container}" if container else workload
    values = {"workload": workload, "container": container, "field": field, "value": ""}
    if value is None or missing:
        if (value is None) is missing:
            return Match(place, values, key=f"{who} {field}")
        return Subject(f"{who} {'sets no' if value is None else 'sets'} {field}", place)
    verdict = answer(params, (Possible(value),))
    if verdict.met is None:
        return Undecided(f"{field} of {who}: {verdict.reason}", place)
    shown = "a value" if field.startswith("env.") else describe(value)
    if verdict.met:
        return Match(place, {**values, "value": shown}, key=f"{who} {field}")
    return Subject(f"{who}: {field} = {shown}", place)

"""The fields of Kubernetes workloads and containers that rules may ask for, each as a value with its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from readycheck.facts.values import Const, Hidden, Items, Opaque, Value
from readycheck.facts.workloads import Container, EnvItem, Security, Workload

Found = tuple[Value | None, int]


def _texts(texts: Iterable[str]) -> Value | None:
    found = tuple(Const(text) for text in texts)
    return Items(found) if found else None


def _text(text: str) -> Value | None:
    return Const(text) if text else None


def _switch(known: bool | None) -> Value | None:
    return None if known is None else Const(known)


_OF_WORKLOAD: Mapping[str, Callable[[Workload], Found]] = {
    "replicas": lambda w: (None if w.replicas is None else Const(w.replicas), w.replicas_line or w.line),
    "hostNetwork": lambda w: (Const(w.host_network), w.line),
    "hostPID": lambda w: (Const(w.host_pid), w.line),
    "hostIPC": lambda w: (Const(w.host_ipc), w.line),
    "hostPath": lambda w: (_texts(path for path, _ in w.host_paths), w.host_paths[0][1] if w.host_paths else w.line),
    "serviceAccountName": lambda w: (_text(w.service_account), w.line),
    "namespace": lambda w: (_text(w.namespace), w.line),
}
_OF_CONTAINER: Mapping[str, Callable[[Container], Found]] = {
    "image": lambda c: (_text(c.image), c.image_line or c.line),
    "command": lambda c: (_text(" ".join((*c.command, *c.args))), c.command_line or c.line),
    "ports": lambda c: (_texts(port.port for port in c.ports), c.ports[0].line if c.ports else c.line),
}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_SECURITY: Mapping[str, Callable[[Security], Value | None]] = {
    "runAsUser": lambda s: _text(s.run_as_user),
    "runAsNonRoot": lambda s: _switch(s.run_as_non_root),
    "privileged": lambda s: _switch(s.privileged),
    "allowPrivilegeEscalation": lambda s: _switch(s.privilege_escalation),
    "readOnlyRootFilesystem": lambda s: _switch(s.read_only_root),
    "capabilities.add": lambda s: _texts(s.added),
    "capabilities.drop": lambda s: _texts(s.dropped),
}
# What a pod says for all of its containers that say nothing themselves.
_OF_POD = frozenset({"runAsUser", "runAsNonRoot"})
_NAMED = ("env", "limits", "requests")
FIELDS = (
    *_OF_WORKLOAD,
    *_OF_CONTAINER,
    *_PROBES,
    *(f"securityContext.{name}" for name in _SECURITY),
    *(f"{name}.…" for name in _NAMED),
)


def known_field(field: str) -> bool:
    """Whether rules can ask for this field."""
    owner, _, name = field.partition(".")
    return (field in FIELDS and "…" not in field) or (owner in _NAMED and bool(name))


def is_of_workload(field: str) -> bool:
    """Whether the pod has the field, not its containers."""
    return field in _OF_WORKLOAD


def of_workload(workload: Workload, field: str) -> Found:
    """The value of a field of the pod, None where it is not set, and its line."""
    return _OF_WORKLOAD[field](workload)


def of_container(container: Container, workload: Workload, field: str) -> Found:
    """The value of a field of a container, None where it is not set, and its line (that of the container then)."""
    if field in _OF_CONTAINER:
        return _OF_CONTAINER[field](container)
    if field in _PROBES:
        probe = container.probes.get(field.removesuffix("Probe"))
        return (None, container.line) if probe is None else (Const(probe.how), probe.line)
    owner, _, name = field.partition(".")
    if owner == "securityContext":
        return _security(container, workload, name)
    if owner == "env":
        item = next((item for item in container.env if item.name == name), None)
        return (None, container.line) if item is None else (_variable(item), item.line)
    table = container.limits if owner == "limits" else container.requests
    return _text(table.get(name, "")), container.limits_line or container.line


def _security(container: Container, workload: Workload, name: str) -> Found:
    key = name.partition(".")[0]
    value = _SECURITY[name](container.security)
    if value is None and name in _OF_POD:
        value = _SECURITY[name](workload.security)
        if value is not None:
            return value, workload.security.line_of(key)
    return value, (container.security.line_of(key) if value is not None else 0) or container.line


def _variable(item: EnvItem) -> Value:
    if isinstance(item.value, Hidden):
        return item.value
    if item.value is None:
        return Opaque(f"{item.name} comes from a secret, a config map or the pod")
    return Const(item.value)

"""Kubernetes workloads: what their pods run, with which environment, limits, probes and rights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from readycheck.facts.sensitive import conceal, scrub_words
from readycheck.facts.values import Hidden
from readycheck.facts.yaml_tree import Node, YamlMap, YamlScalar

# Where the pod template stands in each kind.
_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Rollout": ("spec", "template"),
    "Pod": (),
}


@dataclass(frozen=True, slots=True)
class EnvItem:
    """One environment variable. Exactly one of value and the sources is set; a source reads `name/key`."""

    name: str
    value: str | Hidden | None
    from_secret: str
    from_config: str
    from_field: str
    line: int


@dataclass(frozen=True, slots=True)
class EnvFrom:
    """A whole ConfigMap or Secret poured into the environment."""

    kind: str
    name: str
    prefix: str
    line: int


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A port a container declares; `host_port` is "" unless it is opened on the node."""

    port: str
    name: str
    host_port: str
    line: int


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe: `how` is http, tcp, exec or grpc."""

    how: str
    path: str
    port: str
    command: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Security:
    """A security context; None means that it does not say. `lines` has the line of each key that is set."""

    run_as_user: str = ""
    run_as_non_root: bool | None = None
    privileged: bool | None = None
    privilege_escalation: bool | None = None
    read_only_root: bool | None = None
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    line: int = 0
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, key: str) -> int:
        """The line of one setting, that of the whole context where it is not set."""
        return self.lines.get(key, self.line)


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a pod. `limits` and `requests` are as written, `line` is that of its first key."""

    name: str
    image: str
    image_line: int
    command: tuple[str, ...]
    args: tuple[str, ...]
    command_line: int
    env: tuple[EnvItem, ...]
    env_from: tuple[EnvFrom, ...]
    ports: tuple[ContainerPort, ...]
    probes: Mapping[str, Probe]
    limits: Mapping[str, str]
    requests: Mapping[str, str]
    security: Security
    line: int
    init: bool = False
    limits_line: int = 0


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment or its like. `replicas` is None where the manifest does not say."""

    kind: str
    name: str
    namespace: str
    line: int
    replicas: int | None
    replicas_line: int
    containers: tuple[Container, ...]
    security: Security = field(default_factory=Security)
    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False
    host_paths: tuple[tuple[str, int], ...] = ()
    service_account: str = ""


def read_workload(resource: YamlMap, key: bytes = b"") -> Workload | None:
    """The workload a resource is; None for any other kind."""
    kind = resource.text("kind")
    knative = kind == "Service" and resource.text("apiVersion").startswith("serving.knative.dev/")
    path = ("spec", "template") if knative else _TEMPLATES.get(kind)
    if path is None:
        return None
    template = resource.at(*path)
    pod = template.map("spec") if isinstance(template, YamlMap) else None
    spec, metadata = resource.map("spec"), resource.map("metadata")
    replicas = spec.get("replicas") if spec is not None else None
    count = replicas.value if isinstance(replicas, YamlScalar) else None
    where = resource.key("kind")
    return Workload(
        kind,
        metadata.text("name") if metadata else "",
        metadata.text("namespace") if metadata else "",
        where.line if where else resource.line,
        count if isinstance(count, int) and not isinstance(count, bool) else None,
        replicas.line if replicas is not None else 0,
        tuple(_containers(pod, key)) if pod else (),
        _security(pod) if pod else Security(),
        _flag(pod, "hostNetwork") is True,
        _flag(pod, "hostPID") is True,
        _flag(pod, "hostIPC") is True,
        tuple(_host_paths(pod)) if pod else (),
        pod.text("serviceAccountName") if pod else "",
    )


def _flag(node: YamlMap | None, name: str) -> bool | None:
    found = node.get(name) if node is not None else None
    value = found.value if isinstance(found, YamlScalar) else None
    return value if isinstance(value, bool) else None


def _maps(node: YamlMap, name: str) -> Iterator[YamlMap]:
    return (item for item in node.items(name) if isinstance(item, YamlMap))


def _texts(node: YamlMap, name: str) -> tuple[str, ...]:
    return tuple(item.text for item in node.items(name) if isinstance(item, YamlScalar))


def _host_paths(pod: YamlMap) -> Iterator[tuple[str, int]]:
    for volume in _maps(pod, "volumes"):
        found = volume.at("hostPath", "path")
        if isinstance(found, YamlScalar):
            yield found.text, found.line


def _containers(pod: YamlMap, key: bytes) -> Iterator[Container]:
    for section in ("initContainers", "containers"):
        for item in _maps(pod, section):
            yield _container(item, section == "initContainers", key)


def _container(item: YamlMap, init: bool, key: bytes) -> Container:
    image, command = item.key("image"), item.key("command") or item.key("args")
    resources = item.map("resources")
    return Container(
        item.text("name"),
        item.text("image"),
        image.line if image else 0,
        scrub_words(_texts(item, "command")),
        scrub_words(_texts(item, "args")),
        command.line if command else 0,
        tuple(_env(item, key)),
        tuple(_env_from(item)),
        tuple(_ports(item)),
        dict(_probes(item)),
        _amounts(resources, "limits"),
        _amounts(resources, "requests"),
        _security(item),
        item.line,
        init,
        where.line if resources is not None and (where := resources.key("limits")) else 0,
    )


def _env(item: YamlMap, key: bytes) -> Iterator[EnvItem]:
    for entry in _maps(item, "env"):
        name = entry.text("name")
        found = entry.get("value")
        value = conceal(name, found.text, key) if isinstance(found, YamlScalar) and found.tag != "null" else None
        yield EnvItem(
            name,
            value,
            _source(entry.at("valueFrom", "secretKeyRef")),
            _source(entry.at("valueFrom", "configMapKeyRef")),
            _field(entry.at("valueFrom", "fieldRef", "fieldPath")),
            found.line if isinstance(found, YamlScalar) else entry.line,
        )


def _source(node: Node | None) -> str:
    return f"{node.text('name')}/{node.text('key')}" if isinstance(node, YamlMap) else ""


def _field(node: Node | None) -> str:
    return node.text if isinstance(node, YamlScalar) else ""


def _env_from(item: YamlMap) -> Iterator[EnvFrom]:
    for entry in _maps(item, "envFrom"):
        for reference, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            found = entry.map(reference)
            if found is not None:
                yield EnvFrom(kind, found.text("name"), entry.text("prefix"), found.line)


def _ports(item: YamlMap) -> Iterator[ContainerPort]:
    for entry in _maps(item, "ports"):
        yield ContainerPort(entry.text("containerPort"), entry.text("name"), entry.text("hostPort"), entry.line)


def _probes(item: YamlMap) -> Iterator[tuple[str, Probe]]:
    for name in ("liveness", "readiness", "startup"):
        probe = item.map(f"{name}Probe")
        where = item.key(f"{name}Probe")
        if probe is None or where is None:
            continue
        for member, how in (("httpGet", "http"), ("tcpSocket", "tcp"), ("exec", "exec"), ("grpc", "grpc")):
            action = probe.map(member)
            if action is not None:
                command = scrub_words(_texts(action, "command"))
                yield name, Probe(how, action.text("path"), action.text("port"), command, where.line)
                break


def _amounts(resources: YamlMap | None, name: str) -> dict[str, str]:
    table = resources.map(name) if resources is not None else None
    return {key.text: value.text for key, value in (table.pairs if table else ()) if isinstance(value, YamlScalar)}


def _security(node: YamlMap) -> Security:
    found, where = node.map("securityContext"), node.key("securityContext")
    if found is None:
        return Security()
    capabilities = found.map("capabilities")
    return Security(
        found.text("runAsUser"),
        _flag(found, "runAsNonRoot"),
        _flag(found, "privileged"),
        _flag(found, "allowPrivilegeEscalation"),
        _flag(found, "readOnlyRootFilesystem"),
        _texts(capabilities, "add") if capabilities else (),
        _texts(capabilities, "drop") if capabilities else (),
        where.line if where else found.line,
        {key.text: key.line for key, _ in found.pairs},
    )

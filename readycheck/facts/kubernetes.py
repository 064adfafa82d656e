"""What Kubernetes manifests declare: workloads with their containers, config maps, secrets without their values.

Several documents in a file and `kind: List` are opened. A Helm template is no YAML before it is rendered: it is
recognised and said so, and nothing is guessed from it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from readycheck.facts.lazily import lazy
from readycheck.facts.sensitive import conceal, hide
from readycheck.facts.values import Hidden
from readycheck.facts.workloads import Workload, read_workload
from readycheck.facts.yaml_tree import Node, YamlMap, YamlProblem, YamlScalar, parse_yaml

_HELM = lazy(rb"\{\{-?\s{0,8}(?:\.(?:Values|Release|Chart|Capabilities)\b|include\s+\"|define\s+\"|template\s+\")")
_REFERENCE = lazy(r"\$\{[^{}]{1,200}\}\Z|\$\([^()]{1,200}\)\Z|\{\{.{1,200}\}\}\Z|<(?:path|ref):[^<>]{1,300}>\Z")
_DEPTH = 5


@dataclass(frozen=True, slots=True)
class ConfigItem:
    """One key of a ConfigMap; a value under a secret name is hidden, a whole file is kept."""

    name: str
    value: str | Hidden
    line: int


@dataclass(frozen=True, slots=True)
class ConfigMap:
    """A ConfigMap that stands in a file."""

    name: str
    namespace: str
    line: int
    items: tuple[ConfigItem, ...] = ()

    def get(self, name: str) -> ConfigItem | None:
        """The item of that key."""
        return next((item for item in self.items if item.name == name), None)


@dataclass(frozen=True, slots=True)
class SecretItem:
    """One key of a Secret. `value` is None when it is empty or filled in from outside (`${DB_PASSWORD}`)."""

    key: str
    encoded: bool
    line: int
    value: Hidden | None


@dataclass(frozen=True, slots=True)
class SecretManifest:
    """A Secret that stands in a file."""

    name: str
    namespace: str
    type: str
    line: int
    items: tuple[SecretItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """Any other resource, and for a Service or Ingress what matters of its spec."""

    kind: str
    name: str
    line: int
    api_version: str = ""
    traits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KubernetesFile:
    """Everything one manifest file declares. `templated` means a Helm template: nothing in it was judged."""

    workloads: tuple[Workload, ...] = ()
    config_maps: tuple[ConfigMap, ...] = ()
    secrets: tuple[SecretManifest, ...] = ()
    others: tuple[Resource, ...] = ()
    templated: bool = False
    problems: tuple[YamlProblem, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing of Kubernetes is in it."""
        return not (self.workloads or self.config_maps or self.secrets or self.others or self.templated)


def looks_like_kubernetes(data: bytes) -> bool:
    """A cheap first look: does the text name an API version and a kind?"""
    head = data[:1_000_000]
    return b"apiVersion" in head and b"kind" in head


def parse_kubernetes(data: bytes, key: bytes = b"") -> KubernetesFile:
    """The resources of a manifest file; documents that are no resources are passed over."""
    if _HELM.search(data[:2_000_000]):
        return KubernetesFile(templated=True, problems=(YamlProblem(0, "a Helm template is not plain YAML"),))
    parsed = parse_yaml(data)
    if parsed.problems and b"{{" in data and not parsed.documents:
        return KubernetesFile(templated=True, problems=(YamlProblem(0, "a template is not plain YAML"),))
    workloads: list[Workload] = []
    configs: list[ConfigMap] = []
    secrets: list[SecretManifest] = []
    others: list[Resource] = []
    for resource in _resources(parsed.documents, _DEPTH):
        kind = resource.text("kind")
        workload = read_workload(resource, key)
        if workload is not None:
            workloads.append(workload)
        elif kind == "ConfigMap":
            configs.append(_config_map(resource, key))
        elif kind == "Secret" and resource.text("apiVersion") == "v1":
            secrets.append(_secret(resource, key))
        else:
            others.append(_other(resource))
    return KubernetesFile(tuple(workloads), tuple(configs), tuple(secrets), tuple(others), False, parsed.problems)


def _resources(documents: tuple[Node, ...], depth: int) -> Iterator[YamlMap]:
    for document in documents:
        if not isinstance(document, YamlMap) or not document.text("apiVersion") or not document.text("kind"):
            continue
        if document.text("kind").endswith("List") and document.get("items") is not None:
            if depth:
                yield from _resources(document.items("items"), depth - 1)
            continue
        yield document


def _line(resource: YamlMap) -> int:
    found = resource.key("kind")
    return found.line if found else resource.line


def _meta(resource: YamlMap, name: str) -> str:
    metadata = resource.map("metadata")
    return metadata.text(name) if metadata else ""


def _config_map(resource: YamlMap, key: bytes) -> ConfigMap:
    data = resource.map("data")
    items = tuple(
        ConfigItem(name.text, conceal(name.text, value.text, key), name.line)
        for name, value in (data.pairs if data else ())
        if isinstance(value, YamlScalar)
    )
    return ConfigMap(_meta(resource, "name"), _meta(resource, "namespace"), _line(resource), items)


def _secret(resource: YamlMap, key: bytes) -> SecretManifest:
    items: list[SecretItem] = []
    for section, encoded in (("data", True), ("stringData", False)):
        table = resource.map(section)
        for name, value in table.pairs if table else ():
            if isinstance(value, YamlScalar):
                items.append(SecretItem(name.text, encoded, name.line, _secret_value(value, encoded, key)))
    return SecretManifest(
        _meta(resource, "name"), _meta(resource, "namespace"), resource.text("type"), _line(resource), tuple(items)
    )


def _secret_value(value: YamlScalar, encoded: bool, key: bytes) -> Hidden | None:
    text = value.text.strip()
    if not text or value.tag == "null" or _REFERENCE.match(text):
        return None
    if not encoded:
        return hide(text, key)
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode("utf-8", errors="replace")
    except (binascii.Error, ValueError):
        return hide(text, key, "not-base64")
    return hide(decoded.rstrip("\n"), key, "base64") if decoded.strip() else None


def _other(resource: YamlMap) -> Resource:
    kind = resource.text("kind")
    spec = resource.map("spec")
    traits: dict[str, str] = {}
    if kind == "Service" and spec is not None:
        traits["type"] = spec.text("type", "ClusterIP")
        ports = [port for port in spec.items("ports") if isinstance(port, YamlMap)]
        traits["ports"] = ",".join(port.text("port") for port in ports)
    elif kind == "Ingress" and spec is not None:
        traits["tls"] = "yes" if spec.items("tls") else "no"
    return Resource(kind, _meta(resource, "name"), _line(resource), resource.text("apiVersion"), traits)

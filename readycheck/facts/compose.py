"""One compose file as it is written: what it is called, what it includes, and its tree. Merging is `link`'s work."""

from __future__ import annotations

import re
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.yaml_tree import Node, YamlMap, YamlProblem, parse_yaml

# What else at the top of a file says that `services` means compose services and not, say, a workflow or a CI file.
_TOP_LEVEL = frozenset(
    ("version", "name", "services", "networks", "volumes", "secrets", "configs", "include", "models")
)
_SERVICE_HINTS = frozenset(
    ("image", "build", "command", "entrypoint", "environment", "env_file", "extends", "ports", "volumes", "depends_on",
     "profiles", "networks", "deploy", "healthcheck", "restart", "labels", "provider")
)  # fmt: skip

_OPENING = 2_000
_DEVELOPMENT = lazy(
    r"\bfor (?:the |your |our |use in )?(?:local )?(?:dev|development|debugging)\b|\bdevelopment (?:only|purposes)\b|"
    r"\bnot (?:meant |intended |suitable |ready |recommended |be used )?(?:for|in) (?:use in )?(?:a )?production\b",
    re.IGNORECASE,
)
_ALSO_PRODUCTION = lazy(r"\b(?:and|or|&|also) (?:for )?prod(?:uction)?\b|\bnot for (?:local )?dev", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ComposeFile:
    """A compose file: its documents, its `name` and `include` as written, and what is wrong with its YAML.

    `for_development` says that its opening comment calls it so.
    """

    documents: tuple[YamlMap, ...]
    name: str = ""
    includes: tuple[Node, ...] = ()
    problems: tuple[YamlProblem, ...] = ()
    for_development: bool = False

    @property
    def services(self) -> tuple[str, ...]:
        """The names of the services this file itself declares."""
        found = [document.map("services") for document in self.documents]
        return tuple(dict.fromkeys(key.text for services in found if services for key, _ in services.pairs))

    def service(self, name: str) -> YamlMap | None:
        """A service as written here, from the last document that has it."""
        for document in reversed(self.documents):
            services = document.map("services")
            service = services.map(name) if services else None
            if service is not None:
                return service
        return None


def parse_compose(data: bytes) -> ComposeFile:
    """Read one compose file. Never raises; documents that are no mapping are left out and said so."""
    parsed = parse_yaml(data)
    documents = tuple(node for node in parsed.documents if isinstance(node, YamlMap))
    odd = tuple(
        YamlProblem(node.line, "a compose file must be a mapping")
        for node in parsed.documents
        if not isinstance(node, YamlMap)
    )
    return ComposeFile(
        documents,
        next((document.text("name") for document in documents if document.text("name")), ""),
        tuple(item for document in documents for item in document.items("include")),
        parsed.problems + odd,
        _says_development(data),
    )


def _says_development(data: bytes) -> bool:
    """Whether a sentence of the opening comment says that the file is for developers and not that it is for both."""
    words: list[str] = []
    for line in data[:_OPENING].decode("utf-8", "replace").splitlines():
        text = line.strip()
        if text and not text.startswith("#") and text != "---":
            break
        words.append(text.strip("#* "))
    opening = re.sub(r"[*_`'\"]", "", " ".join(words))
    return any(
        _DEVELOPMENT.search(sentence) and not _ALSO_PRODUCTION.search(sentence)
        for sentence in re.split(r"[.!;](?:\s|$)", opening)
    )


def looks_like_compose(file: ComposeFile) -> bool:
    """Whether the content is a compose file, whatever its name: services that have the keys of services."""
    for document in file.documents:
        keys = {key.text for key, _ in document.pairs}
        if any(key not in _TOP_LEVEL and not key.startswith("x-") for key in keys):
            continue
        services = document.map("services")
        if services is None:
            if "include" in keys:
                return True
            continue
        bodies = [body for _, body in services.pairs if isinstance(body, YamlMap)]
        if any(key.text in _SERVICE_HINTS for body in bodies for key, _ in body.pairs):
            return True
    return False

"""Finds every string that looks like a credential in one file, judged and redacted; the text itself stays here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.credentials_base import WORDS, Candidate, Text, file_class, is_minified
from readycheck.facts.credentials_code import from_code, from_signatures, from_terraform
from readycheck.facts.credentials_docs import from_docs, from_notebook
from readycheck.facts.credentials_python import from_python
from readycheck.facts.credentials_shell import GROUPS as COMMAND_GROUPS
from readycheck.facts.credentials_shell import from_commands, from_shell
from readycheck.facts.credentials_structured import from_json, from_keys, from_xml, from_yaml
from readycheck.facts.credentials_text import GROUPS as TEXT_GROUPS
from readycheck.facts.credentials_text import from_text
from readycheck.facts.lazily import lazy
from readycheck.facts.secret_names import name_class
from readycheck.facts.secret_shape import Shape, classify
from readycheck.facts.values import Hidden, digest, redact
from readycheck.facts.vendor_secrets import from_vendors, vendor_groups, vendor_literals
from readycheck.model import Confidence

_REPORTED = frozenset({"secret", "weak", "fake", "placeholder"})
_TREE_WORD = lazy(WORDS + r"|auth")
_LOGIN = "login("
_EXAMPLE = lazy(r"\b[eE]xamples?\b\W")
_RANK = {"private-key": 0, "encoded": 1, "url": 2, "vendor": 3, "header": 4, "fallback": 5, "default": 6, "argument": 7}
_KIND_LABEL = {
    "password": "password literal",
    "secret": "secret literal",
    "token": "token literal",
    "key": "key literal",
}
_LONGEST_REPORT = 2000


@dataclass(frozen=True, slots=True)
class Credential:
    """One string in a place meant for a secret.

    `name` is the key, variable or parameter it stands under, with its path in files of keys; `form` is how it is
    given (literal, default, fallback, url, header, argument, vendor, private-key, encoded); `kind` is the verdict of
    `secret_shape` (secret, weak, fake, placeholder); `user` and `host` come from URLs and login pairs.
    """

    line: int
    column: int
    name: str
    detector: str
    form: str
    kind: str
    hidden: Hidden
    user: str
    host: str
    confidence: Confidence


def gate_literals() -> tuple[bytes, ...]:
    """Caseless literals of which at least one occurs in every file that `find_credentials` says something about."""
    names = ("pass", "pwd", "secret", "token", "key", "credential", "creds", "pw", "auth", "salt", "dsn")
    tools = (
        "mysql",
        "mariadb",
        "redis-cli",
        "docker login",
        "mongo",
        "rabbitmq",
        "curl",
        "identified",
        "wget",
        "http ",
        "securestring",
        "login(",
        "createhmac",
        "cookieparser",
    )
    words = (*names, *tools, "://", *vendor_literals())
    return tuple(
        sorted(word.encode() for word in set(words) if not any(other in word for other in names if other != word))
    )


def gate_groups() -> dict[str, tuple[bytes, ...]]:
    """Literals of single extractors by the name of their group, for the gate."""
    groups = {**vendor_groups(), **TEXT_GROUPS, **COMMAND_GROUPS}
    return {name: tuple(word.encode() for word in words) for name, words in groups.items()}


def wants_tree(text: str) -> bool:
    """Whether a Python file is worth parsing for its credentials."""
    return bool(_tree_lines(Text(text)))


def _tree_lines(text: Text) -> list[int]:
    """The lines of a Python module with a word that a secret may stand beside."""
    low = text.low
    places = [start for start in text.words if _TREE_WORD.match(low, start)]
    position = low.find(_LOGIN)
    while position >= 0:
        places.append(position)
        position = low.find(_LOGIN, position + 1)
    return sorted({text.place(offset)[0] for offset in places})


def find_credentials(
    path: str, text: str, key: bytes, tree: ast.Module | None = None, seen: frozenset[str] | None = None
) -> tuple[Credential, ...]:
    """Every candidate that is secret, weak, fake or a placeholder, in the order of the file; one per line and value.

    `seen` are the groups of `gate_groups` that occur in the text, so that what cannot be there is not looked for.
    """
    kind = file_class(path)
    if kind == "silent":
        return ()
    source = Text(text, seen)
    best: dict[tuple[int, str], tuple[int, Credential]] = {}
    for candidate in _candidates(kind, source, tree):
        shape = _shape(candidate, path)
        if shape is None:
            continue
        credential = _credential(candidate, shape, source, path, key)
        place = (credential.line, credential.hidden.digest)
        rank = _RANK.get(candidate.form, 9)
        if place not in best or rank < best[place][0]:
            best[place] = (rank, credential)
    found = (credential for _, credential in best.values())
    return tuple(sorted(found, key=lambda each: (each.line, each.column, each.name, each.detector)))


def _candidates(kind: str, text: Text, tree: ast.Module | None) -> Iterator[Candidate]:
    yield from from_text(text)
    yield from from_vendors(text)
    if kind == "minified" or (kind in ("code", "other", "markup", "json", "xml") and is_minified(text.raw)):
        return
    if kind == "python" and tree is not None:
        hits = _tree_lines(text)
        if hits:
            yield from from_python(text, tree, hits)
    elif kind in ("python", "code"):
        yield from from_code(text)
    elif kind == "markup":
        yield from (found._replace(context="comment") for found in from_code(text))
    elif kind == "yaml":
        yield from from_yaml(text)
    elif kind == "json":
        yield from from_json(text)
    elif kind == "keys":
        yield from from_keys(text)
    elif kind == "hcl":
        yield from from_code(text)
        yield from from_terraform(text)
        yield from from_keys(text)
    elif kind == "xml":
        yield from from_xml(text)
    elif kind == "docs":
        yield from from_docs(text)
    elif kind == "notebook":
        yield from from_notebook(text)
    elif kind == "shell" or text.raw.startswith("#!"):
        yield from from_shell(text)
    if kind in ("python", "code"):
        yield from from_signatures(text)
    if kind != "docs" or "`" in text.raw:
        yield from from_commands(text)


def _shape(candidate: Candidate, path: str) -> Shape | None:
    value = candidate.value.strip()
    if not value:
        return None
    context = candidate.context
    shape = classify(candidate.name, value, path=path, context="url" if candidate.verdict else context)
    if candidate.verdict:
        return Shape(
            candidate.verdict, shape.traits | ({"placeholder"} if candidate.verdict == "placeholder" else set())
        )
    if shape.kind not in _REPORTED or "template" in shape.traits:
        return None
    if context == "comment" and shape.kind != "secret":
        return None
    if candidate.detector == "comparison with a literal" and _guards(candidate.name, shape):
        return None
    return shape


def _guards(name: str, shape: Shape) -> bool:
    """`if SECRET_KEY == "changeme": raise` rejects a default instead of setting it."""
    return shape.kind == "placeholder" or (shape.kind != "secret" and name.rsplit(".", 1)[-1].isupper())


def _credential(candidate: Candidate, shape: Shape, text: Text, path: str, key: bytes) -> Credential:
    value = candidate.value.strip()[:_LONGEST_REPORT]
    line, column = text.place(min(candidate.offset, len(text.raw)))
    return Credential(
        line=line,
        column=column,
        name=candidate.name,
        detector=candidate.detector or _KIND_LABEL.get(name_class(candidate.name).kind, "secret literal"),
        form=candidate.form,
        kind=shape.kind,
        hidden=Hidden(redact(value), len(value), digest(value, key), shape.traits | _place_traits(text, candidate)),
        user=candidate.user,
        host=candidate.host,
        confidence=_confidence(candidate, shape),
    )


def _place_traits(text: Text, candidate: Candidate) -> frozenset[str]:
    """What the rest of the line says: `example: ...` gives an example, whatever its value looks like."""
    before = text.raw[max(text.line_start(candidate.offset), candidate.offset - 200) : candidate.offset]
    return frozenset({"example"}) if _EXAMPLE.search(before) else frozenset()


def _confidence(candidate: Candidate, shape: Shape) -> Confidence:
    if shape.kind == "fake":
        return Confidence.LOW
    if candidate.form in ("private-key", "url", "vendor", "encoded") or shape.kind == "secret":
        return Confidence.HIGH
    named = name_class(candidate.name)
    if named.kind == "password" or candidate.context in ("default", "env", "shell", "sql"):
        return Confidence.HIGH
    return Confidence.MEDIUM

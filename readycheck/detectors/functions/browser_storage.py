"""Which tokens scripts of a page can read: kept in localStorage, sessionStorage or a persisted store."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from readycheck.facts.javascript import StorageHelper, StorageUse, names_a_token
from readycheck.facts.values import Const
from readycheck.link.project import Project
from readycheck.link.wiring import in_production
from readycheck.model import Absent, Confidence, Location, Match, Observation, Role, Subject, Undecided

PLACEHOLDERS = frozenset({"verb", "what", "store"})
MAX_SUBJECTS = 20
_KEEPERS = frozenset(
    {"@nuxtjs/auth", "@nuxtjs/auth-next", "amazon-cognito-identity-js", "aws-amplify", "oidc-client", "oidc-client-ts",
     "@azure/msal-browser", "react-auth-kit"}
)  # fmt: skip
_SUFFIXES = ("", ".ts", ".tsx", ".js", ".jsx", ".mjs", "/index.ts", "/index.tsx", "/index.js", ".vue")
_VERBS = {"set": "kept in", "get": "read from"}


def find(project: Project, parameters: Mapping[str, Any]) -> Iterator[Observation]:
    """A match for each token set or read; what else is kept, and requests that send a cookie, are the subjects."""
    subjects: list[Subject] = []
    for path, facts in project.javascript.items():
        through = [(u, h) for u in facts.helper_calls if (h := _helper(project, path, u)) is not None]
        uses = [(u, u.store, u.action) for u in facts.storage] + [(u, h.store, h.action) for u, h in through]
        for use, store, action in uses:
            place = Location(path, use.line, use.column)
            what = _token(use, action)
            if what:
                values = {"verb": _VERBS[action], "what": what, "store": store}
                yield Match(place, values, key=f"{action} {what}", confidence=_confidence(use))
            elif action in _VERBS and use.key and in_production(project, path):
                subjects.append(Subject(f"{store} holds no token there", place))
        for option in facts.options:
            sends = option.inside != "cors" and option.value == Const(
                "include" if option.name == "credentials" else True
            )
            if option.name in {"credentials", "withCredentials"} and sends and in_production(project, path):
                place = Location(path, option.line, option.column)
                subjects.insert(0, Subject("requests send the session cookie", place))
    keepers = list(_keepers(project))
    yield from keepers
    yield from subjects[:MAX_SUBJECTS]
    if not subjects and not keepers:
        yield Absent("no script keeps anything in the browser's storage")


def _keepers(project: Project) -> Iterator[Undecided]:
    """Libraries that sign in for the application and keep the token themselves, where their options say."""
    for path, facts in project.files.items():
        if facts.node_manifest is not None and project.role(path) is Role.PRODUCTION:
            for dependency in facts.node_manifest.dependencies:
                if dependency.name in _KEEPERS and not dependency.group:
                    text = f"{dependency.name} keeps tokens in the browser's storage unless its options say otherwise"
                    yield Undecided(text, Location(path, dependency.line))


def _confidence(use: StorageUse) -> Confidence:
    return Confidence.HIGH if names_a_token(use.key) or use.store == "persist" else Confidence.MEDIUM


def _token(use: StorageUse, action: str) -> str:
    """What names the token: the key, the constant that holds the key, or what is stored; "" if nothing does."""
    if action not in _VERBS or (action == "set" and use.literal):
        return ""
    if names_a_token(use.key):
        return f'"{use.key}"'
    if not use.key and names_a_token(use.key_name):
        return use.key_name.rpartition("/")[2][:60]
    return "a token" if action == "set" and names_a_token(use.value_text) else ""


def _helper(project: Project, path: str, use: StorageUse) -> StorageHelper | None:
    """The storage helper of another file that a call such as `./lib/storage.remember(...)` means."""
    folder, _, tail = use.via.rpartition("/")
    parts = tail.split(".")
    for end in range(1, len(parts)):
        base = _resolved(path, f"{folder}/{'.'.join(parts[:end])}")
        for suffix in _SUFFIXES if base is not None else ():
            facts = project.javascript.get(f"{base}{suffix}")
            for helper in facts.helpers if facts else ():
                if helper.name == parts[-1] and helper.key_position == 0:
                    return helper
    return None


def _resolved(path: str, module: str) -> str | None:
    if module.startswith("."):
        return posixpath.normpath(posixpath.join(posixpath.dirname(path), module))
    if module.startswith(("@/", "~/", "src/")):
        root = path.partition("/src/")
        prefix = f"{root[0]}/src" if root[1] else "src"
        return f"{prefix}/{module.partition('/')[2]}"
    return None

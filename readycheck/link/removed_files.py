"""Secret files that a commit took out of the tree: which of them matter, and whether one held a credential."""

from __future__ import annotations

from readycheck.facts.file import FileFacts
from readycheck.link.roles import role_of
from readycheck.link.secret_files import is_env_file, is_key_store, is_login_file, is_private_key, is_state
from readycheck.link.secrets import public_by_design
from readycheck.model import Role

_ELSEWHERE = frozenset({Role.TEST, Role.EXAMPLE, Role.DOCUMENTATION, Role.VENDORED})


def is_secret_file(path: str) -> bool:
    """Whether a file of this name is there to hold secrets of the project itself."""
    named = is_env_file(path) or is_login_file(path) or is_private_key(path) or is_key_store(path) or is_state(path)
    return named and role_of(path) not in _ELSEWHERE


def holds_credential(facts: FileFacts) -> bool:
    """Whether somebody who reads the file in history learns a credential; placeholders and examples are none."""
    return any(
        credential.kind in {"secret", "weak"}
        and "example" not in credential.hidden.traits
        and not public_by_design(facts.path, credential)
        for credential in facts.credentials
    )

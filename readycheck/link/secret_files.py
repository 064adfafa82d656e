"""Files that exist to hold secrets, known by their names: env files, key stores, private keys, state of tools."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from readycheck.facts.lazily import lazy
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.roles import role_of
from readycheck.model import Role

_ENV = lazy(r"^(?:\.env(?:\.[\w.\-]+)?|\.envrc|[\w\-]+\.env|env\.(?:prod|production|staging|live))$", re.IGNORECASE)
_TEMPLATE = lazy(
    r"(?:^|[._-])(?:example|sample|template|tmpl|dist|tpl|defaults?|schema|test|testing|ci)(?:[._-]|$)", re.IGNORECASE
)
_ONLY_LOGINS = lazy(
    r"(?:^|/)(?:\.netrc|_netrc|\.pgpass|\.htpasswd|\.git-credentials|\.dockercfg|\.vault[-_]?pass(?:word)?|"
    r"config/master\.key)$",
    re.IGNORECASE,
)
_LOGIN = lazy(
    r"(?:^|/)(?:\.my\.cnf|\.s3cfg|\.boto|\.docker/config\.json|\.aws/credentials|\.kube/config|kubeconfig|secrets?\.(?:ya?ml|json|toml|ini)|credentials?\.(?:json|ya?ml|toml|csv)|"
    r"client_secrets?[\w.\-]{0,80}\.json|service[-_]?account[\w.\-]{0,60}\.json|firebase-adminsdk[\w.\-]{0,60}\.json)$",
    re.IGNORECASE,
)
_PRIVATE_KEY = lazy(
    r"(?:^|/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|[\w.\-]{0,60}(?:privkey|private[-_.]?key|server[-_.]key)\d{0,3}\.(?:pem|key|der)|"
    r"[\w.\-]{0,80}\.ppk|(?:[\w.\-]{1,60}/){0,8}(?:ssl|tls|certs?|pki|keys?|private)/[\w.\-]{1,60}(?:\.key|[-_.]key\.pem))$",
    re.IGNORECASE,
)
_KEY_STORE = lazy(r"\.(?:p12|pfx|jks|keystore|bcfks|p8|kdbx|ppk)$", re.IGNORECASE)
_STATE = lazy(r"(?:\.tfstate(?:\.backup)?|\.tfplan|(?:^|/)terraform\.tfvars)$", re.IGNORECASE)
_ARCHIVE = lazy(
    r"(?:^|/)[^/]{0,80}(?:secret|credential|backup|passwo?r?ds?|private|[-_.]env)[^/]{0,80}\.(?:zip|7z|rar|tar|tgz|tar\.(?:gz|bz2|xz)|gz)$",
    re.IGNORECASE,
)
_OUTSIDE = frozenset({Role.TEST, Role.VENDORED, Role.EXAMPLE, Role.DOCUMENTATION})


def is_env_file(path: str) -> bool:
    """Whether a path is that of an env file with values, no template and none of tests."""
    name = posixpath.basename(path)
    return bool(_ENV.match(name)) and not _TEMPLATE.search(name) and role_of(path) not in _OUTSIDE


def is_login_file(path: str) -> bool:
    """Whether a path is that of a file in which a tool keeps its logins."""
    return bool(_LOGIN.search(path)) and not _TEMPLATE.search(posixpath.basename(path))


def holds_only_logins(path: str) -> bool:
    """Whether the file can hold nothing but logins, whatever its format."""
    return bool(_ONLY_LOGINS.search(path))


def is_key_store(path: str) -> bool:
    """Whether a path is that of a binary container of private keys."""
    return bool(_KEY_STORE.search(path))


def is_private_key(path: str) -> bool:
    """Whether the name of a file promises a private key."""
    return bool(_PRIVATE_KEY.search(path)) and not path.endswith((".pub", ".pub.pem"))


def is_state(path: str) -> bool:
    """Whether a file is the state or plan of Terraform, which holds every secret that it made."""
    return bool(_STATE.search(path)) and not path.endswith("terraform.tfvars")


def is_telling_archive(path: str) -> bool:
    """Whether a file is an archive whose name says that secrets or a backup are in it."""
    return bool(_ARCHIVE.search(path))


@once
def tracked(project: Project) -> Iterator[str]:
    """Every path that git tracks, binary files too; outside git and before the first `git add` every file."""
    yield from sorted(project.listing.tracked or project.listing.paths)


def reads_env_files(project: Project) -> str:
    """Why one has to reckon with env files in this project, "" if nothing in it would read one."""
    for path, facts in project.files.items():
        if facts.env is not None and role_of(path) is not Role.TEST:
            return f"{path} is an env file"
    if project.imports_python(["dotenv", "decouple", "environs", "environ", "pydantic_settings"]):
        return "the code loads env files"
    if project.imports_javascript(["dotenv", "dotenv/config", "@nestjs/config", "next", "vite", "dotenv-expand"]):
        return "the code loads env files"
    for composition in project.deployment.compositions:
        if composition.role is not Role.TEST:
            return "compose reads .env"
    return ""

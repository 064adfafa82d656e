"""Which compose files are for laptops: they say so themselves, and something else deploys the same project."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from readycheck.facts.file import FileFacts
from readycheck.facts.lazily import lazy
from readycheck.link.commands import follow_script
from readycheck.link.compose_model import Service
from readycheck.link.launch import Launch
from readycheck.link.roles import role_of
from readycheck.link.services import DATABASES, repository, service_kinds
from readycheck.model import Role

# Stand-ins for mail servers and clouds: nobody runs them where customers are.
_STAND_INS = lazy(
    r"(?:^|/)(?:mailhog|mailpit|maildev|mailcatcher|smtp4dev|greenmail|papercut|inbucket|localstack(?:-pro)?|moto|"
    r"motoserver|azurite|fake-gcs-server|dynamodb-local|elasticmq(?:-native)?|stripe-mock|wiremock|mockserver|"
    r"firebase-(?:tools|emulators?)|pubsub-emulator|tinybird-local|s3mock|oauth2-mock-server|mock-oauth2-server)$"
)
# What a project on a laptop is given to talk to, and the pages to look at it with; a proxy is for something it serves.
_SERVERS = DATABASES | {"pgadmin", "adminer", "minio"}
_DEVELOPMENT_STAGE = lazy(r"(?:^|[-_.])(?:dev|devel|develop|development|local|debug)(?:$|[-_.])", re.IGNORECASE)
# Folders that hold how a project is deployed; the project is the folder they stand in.
_DEPLOYMENT_FOLDERS = frozenset(
    "deploy deployment deployments k8s kube kubernetes helm chart charts manifests kustomize infra infrastructure ops "
    "devops docker prod production iac gitops argocd copilot .do .platform .kamal".split()
)
_DESCRIPTION = lazy(
    r"(?:^|/)(?:fly(?:\.(?:prod|production|[\w-]*api|[\w-]*web))?\.toml|render\.ya?ml|heroku\.yml|railway\.(?:json|toml)|Chart\.yaml|"
    r"Dockerrun\.aws\.json|captain-definition|zappa_settings\.json|apprunner\.yaml|\.do/app\.ya?ml|"
    r"copilot/[\w-]{1,80}/manifest\.ya?ml|config/deploy\.ya?ml|[\w.-]{1,80}\.nomad(?:\.hcl)?)$"
)
# What App Engine reads is called like many other things: it counts where `gcloud` is told what to leave out.
_APP_ENGINE = lazy(r"(?:^|/)app\.ya?ml$")


@dataclass(frozen=True, slots=True)
class Started:
    """A service of a compose set with the folder its image is built from and what it starts."""

    service: Service
    folder: str
    launches: tuple[Launch, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A deployment that is not the compose set in question; `image` says that it runs the project's own image."""

    path: str
    folder: str
    image: bool


def other_deployments(
    files: Mapping[str, FileFacts], paths: frozenset[str], production_sets: Iterable[str]
) -> tuple[Elsewhere, ...]:
    """Everything that deploys a part of the project; `production_sets` are compose files that say they are for it."""
    found: list[Elsewhere] = []
    for path in sorted({*files, *paths}):
        if role_of(path) is not Role.PRODUCTION:
            continue
        facts = files.get(path)
        if posixpath.basename(path) == "Procfile" and facts is not None and facts.processes:
            found.append(Elsewhere(path, project_folder(path), False))
        elif _DESCRIPTION.search(path) or (facts is not None and _runs_pods(facts)) or _is_app_engine(path, paths):
            found.append(Elsewhere(path, project_folder(path), True))
    found += [Elsewhere(path, project_folder(path), True) for path in production_sets]
    return tuple(found)


def _runs_pods(facts: FileFacts) -> bool:
    return facts.kubernetes is not None and any(workload.containers for workload in facts.kubernetes.workloads)


def _is_app_engine(path: str, paths: frozenset[str]) -> bool:
    return _APP_ENGINE.search(path) is not None and posixpath.join(posixpath.dirname(path), ".gcloudignore") in paths


def project_folder(path: str) -> str:
    """The folder of the project that a deployment file is about: `api/deploy/k8s/web.yaml` is about `api`."""
    kept: list[str] = []
    for part in posixpath.dirname(path).split("/"):
        if part.lower() in _DEPLOYMENT_FOLDERS:
            break
        kept.append(part)
    folder = "/".join(kept)
    # Kamal keeps its file in `config`.
    return posixpath.dirname(folder) if re.search(r"(?:^|/)config/deploy\.ya?ml$", path) else folder


def rival(
    path: str, started: Iterable[Started], others: Iterable[Elsewhere], files: Mapping[str, FileFacts]
) -> tuple[str, Elsewhere] | None:
    """The sign that a compose file is for laptops and the deployment beside it; None where it is production's."""
    known = tuple(started)
    folders = {project_folder(path), *(one.folder for one in known if one.service.build is not None)}
    other = next((one for one in others if one.folder in folders and one.path != path), None)
    sign = next((sign for one in known for sign in _signs(one, files)), "") if other is not None else ""
    return (sign, other) if sign and other is not None else None


def only_servers(
    path: str, started: Iterable[Started], dockerfiles: Iterable[str], files: Mapping[str, FileFacts]
) -> tuple[str, str] | None:
    """The sign that a set runs nothing of the project but the servers it needs, and the Dockerfile it leaves out.

    `dockerfiles` are those that no compose file builds: the project's own image is run by something else.
    """
    known = tuple(started)
    if not known or any(one.service.build is not None or not one.service.image for one in known):
        return None
    folder = project_folder(path)
    left_out = next((d for d in dockerfiles if project_folder(d) == folder and role_of(d) is Role.PRODUCTION), "")
    if not left_out:
        return None
    sign = next((sign for one in known for sign in _signs(one, files)), "")
    if not sign and all(service_kinds(one.service) & _SERVERS for one in known):
        sign = "it runs only servers that the project needs"
    return (sign, left_out) if sign else None


def _signs(one: Started, files: Mapping[str, FileFacts]) -> Iterator[str]:
    name, service = one.service.name, one.service
    if service.image and _STAND_INS.search(repository(service.image)):
        yield f"{name} stands in for a server of production"
    if service.build is not None and _DEVELOPMENT_STAGE.search(service.build.target):
        yield f"{name} is built for development"
    launches = [inner for launch in one.launches for inner in _followed(launch, one.folder, files)]
    if any(launch.reload for launch in launches):
        yield f"{name} reloads its code"
    elif any(launch.production_ready is False for launch in launches) and _mounts_source(one):
        yield f"{name} runs a development server on the source that is mounted"


def _followed(launch: Launch, folder: str, files: Mapping[str, FileFacts]) -> tuple[Launch, ...]:
    facts = files.get(posixpath.join(folder, "package.json"))
    scripts = facts.node_manifest.scripts if facts is not None and facts.node_manifest is not None else {}
    return follow_script(launch, {name: script.text for name, script in scripts.items()})


def _mounts_source(one: Started) -> bool:
    """Whether the folder that the image is built from, or one in it, is mounted over what was built."""
    if one.service.build is None:
        return False
    for mount in one.service.mounts:
        source = posixpath.normpath(mount.source or ".")
        if mount.kind == "bind" and not source.startswith(("/", "~", "..")):
            folder = "" if source == "." else source
            if folder == one.folder or not one.folder or folder.startswith(f"{one.folder}/"):
                return True
    return False

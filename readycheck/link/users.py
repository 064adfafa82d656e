"""As whom an image we build runs, and whether its start script gives root up."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from readycheck.facts.image import BuiltImage
from readycheck.facts.lazily import lazy
from readycheck.link.deployment import Unit
from readycheck.link.project import Project
from readycheck.link.services import repository
from readycheck.model import Location

_DROPS = lazy(
    r"\b(?:gosu|su-exec|setpriv|runuser|s6-setuidgid|setuidgid|setuser|chpst|start-stop-daemon)\b|\bchroot --userspec|"
    r"\bsu\s+(?:-s?\s|-?\w+\s+-c|-\s)|\bsudo\s+-\w*u|\b(?:gunicorn|uwsgi)\b[^\n]{0,200}--(?:uid|user)[= ]"
)
_DROPPER = lazy(r"\b(?:install|add)\b[^&;|]{0,600}\b(?:gosu|su-exec|tini-su)\b|/gosu\b|/su-exec\b")
_ROOTLESS = lazy(r"unprivileged|rootless|nonroot|non-root")
_ROOTLESS_OWNERS = lazy(
    r"^(?:bitnami|chainguard|jupyter)/|^(?:grafana/\w+|prom/\w+|apache/airflow|apache/superset|elasticsearch/elasticsearch|"
    r"library/elasticsearch|elasticsearch|kibana/kibana|kibana|jenkins/jenkins|keycloak/keycloak|dpage/pgadmin4|sonarqube|"
    r"opensearchproject/\w[\w-]*|astronomer/[\w-]+|hashicorp/vault|lambda/\w+|ubi\d+/(?:python|nodejs|httpd|nginx|php|ruby)-\d+)$"
)
# Official images that start as root and whose start script then changes to the server's own user.
_STEPS_DOWN = frozenset(
    "postgres postgis/postgis pgvector/pgvector timescale/timescaledb mysql mariadb redis valkey/valkey mongo rabbitmq "
    "memcached cassandra couchdb influxdb neo4j zookeeper ghost solr clickhouse/clickhouse-server".split()
)
# Images with an owner's name that are known to leave root on.
_ROOT_OWNERS = lazy(
    r"^(?:tiangolo|nvidia|astral-sh|oven|dotnet|playwright|tensorflow|pytorch|denoland|phusion|vscode|devcontainers|"
    r"oryx|docker|hashicorp|google-cloud-cli|continuumio|mambaorg|mcr|nodesource|circleci|cimg|rust|golang)/"
)


@dataclass(frozen=True, slots=True)
class ImageUser:
    """`state` is `root`, `other` or `unknown`; `said` tells why."""

    state: str
    said: str
    location: Location


def is_root(user: str) -> bool:
    """Whether a user as Docker takes it (`user`, `uid`, either with `:group`) is root."""
    return user.partition(":")[0].strip() in {"root", "0"}


def image_user(project: Project, unit: Unit) -> ImageUser | None:
    """The user of a unit's own image; None when it builds none that can be read."""
    image = unit.image
    if image is None or not image.stages:
        return None
    found = image.user()
    if found is not None:
        user, line = found
        place = Location(unit.dockerfile, line)
        if "$" in user or not user:
            return ImageUser("unknown", "a variable names the user", place)
        if not is_root(user):
            return ImageUser("other", f"{unit.dockerfile} runs as {user}", place)
        reason = f"runs as root: USER {user} in {unit.dockerfile}"
    else:
        place = Location(unit.dockerfile, image.stages[0].line)
        base = image.base[0] if image.base is not None else ""
        if not base:
            return ImageUser("unknown", "an ARG decides the base image and with it the user", place)
        if _rootless(base):
            return ImageUser("other", f"{base} does not run as root", place)
        name = repository(base).removeprefix("docker/").removeprefix("library/")
        if name in _STEPS_DOWN and all(stage.last("ENTRYPOINT") is None for stage in image.stages):
            return ImageUser("other", f"the start script of {base} gives root up", place)
        if "/" in name and not _ROOT_OWNERS.match(name) and not _gives_up_root(project, unit, image):
            return ImageUser("unknown", f"{unit.dockerfile} has no USER, so {base} decides", place)
        reason = f"runs as root: {unit.dockerfile} has no USER"
    if _gives_up_root(project, unit, image):
        return ImageUser("other", f"the start script of {unit.dockerfile} gives root up", place)
    return ImageUser("root", reason, place)


def _rootless(base: str) -> bool:
    return (
        _ROOTLESS.search(base) is not None
        or _ROOTLESS_OWNERS.match(repository(base)) is not None
        or base.startswith("cgr.dev/")
    )


def _gives_up_root(project: Project, unit: Unit, image: BuiltImage) -> bool:
    """Whether the start command, or a script of this project that it runs, changes to another user."""
    start = image.start()
    words = start[0] if start is not None else ()
    texts = [words if isinstance(words, str) else " ".join(words)]
    service = unit.service
    if service is not None:
        texts += [service.entrypoint_text, service.command_text]
    named = {posixpath.basename(word.strip("\"';")) for text in texts for word in text.split() if len(word) > 1}
    if "init" in named and any("s6" in run.text for stage in image.stages for run in stage.all("RUN", "COPY", "ADD")):
        return True
    for stage in image.stages:
        for run in stage.all("RUN", "COPY"):
            texts += [document.text for document in run.heredocs]
            if run.keyword == "RUN" and image.entrypoint() is not None and _DROPPER.search(run.text):
                return True
    # A script may get another name on its way into the image.
    for copy in image.copies():
        if posixpath.basename(copy.destination) in named and len(copy.sources) == 1:
            named.add(posixpath.basename(copy.sources[0]))
    for path, facts in project.files.items():
        if facts.text and posixpath.basename(path) in named:
            texts.append(facts.text)
    return any(_DROPS.search(text) for text in texts)

"""Whether a program can be expected in an image: what its base ships and what its RUN lines add."""

from __future__ import annotations

import re
from dataclasses import dataclass

from readycheck.facts.image import BuiltImage
from readycheck.facts.lazily import lazy
from readycheck.facts.packages import installed

# What a package brings along, where the package is not called like the program.
_BRINGS = {
    "curl": {"curl", "curl-minimal"},
    "wget": {"wget", "wget2", "busybox", "busybox-extras"},
    "nc": {"netcat", "netcat-openbsd", "netcat-traditional", "nmap-ncat", "busybox", "busybox-extras", "ncat"},
    "pg_isready": {"postgresql-client", "postgresql", "libpq", "postgresql-contrib"},
    "psql": {"postgresql-client", "postgresql"},
    "mysqladmin": {"mysql-client", "default-mysql-client", "mariadb-client", "mysql"},
    "redis-cli": {"redis", "redis-tools", "redis-server"},
    "python": {"python3", "python", "python-is-python3"},
    "python3": {"python3", "python"},
    "node": {"nodejs", "node", "nodejs-current"},
    "npm": {"npm", "nodejs"},
    "bash": {"bash"},
    "pgrep": {"procps", "procps-ng"},
    "ps": {"procps", "procps-ng", "busybox"},
    "ss": {"iproute2"},
    "dig": {"dnsutils", "bind-tools", "bind9-dnsutils"},
    "tini": {"tini"},
    "dumb-init": {"dumb-init"},
    "gosu": {"gosu"},
    "su-exec": {"su-exec"},
    "grpc_health_probe": {"grpc_health_probe", "grpc-health-probe"},
}
_POSIX = frozenset(
    "sh test [ echo cat true false ls grep sed sleep head tail kill id env printf exit date mkdir".split()
)
_DEBIAN = lazy(r"debian|ubuntu|bookworm|bullseye|buster|trixie|jammy|noble|focal|slim|stretch")
_ALPINE = lazy(r"alpine")
# Official images whose plain tag is built on buildpack-deps, which holds curl and wget; `-slim` and `-alpine` do not.
_BUILDPACK = frozenset(
    {"python", "node", "ruby", "golang", "rust", "openjdk", "gcc", "perl", "erlang", "elixir", "pypy"}
)
_SHIPS = {
    "python": {"python", "python3", "pip"},
    "node": {"node", "npm", "npx", "yarn"},
    "postgres": {"pg_isready", "psql", "bash"},
    "mysql": {"mysqladmin", "mysql", "bash"},
    "mariadb": {"mysqladmin", "mariadb-admin", "healthcheck.sh", "mariadb", "bash"},
    "redis": {"redis-cli"},
    "valkey": {"valkey-cli"},
    "mongo": {"mongosh", "bash"},
    "rabbitmq": {"rabbitmq-diagnostics", "rabbitmqctl", "bash"},
    "nginx": {"nginx"},
    "elasticsearch": {"curl", "bash"},
    "uv": {"python", "python3", "uv"},
}
_OFFICIAL = lazy(r"(?:(?:(?:index\.)?docker\.io/)?(?:library/)?|public\.ecr\.aws/docker/library/)[^/]+")
_BARE = lazy(r"(?:^|/)(?:scratch|distroless)(?:$|[/:@])|gcr\.io/distroless|cgr\.dev/chainguard|-distroless")


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a program is there: True, False, or None when it cannot be told; `reason` says why."""

    there: bool | None
    reason: str


def program_in_image(program: str, image: str) -> Presence:
    """Whether an image off the shelf holds a program, as far as its name tells."""
    name = program.rsplit("/", 1)[-1]
    reference = image.lower().partition("@")[0]
    if not reference:
        return Presence(None, "the image is not known")
    if reference == "scratch" or _BARE.search(reference):
        return Presence(False, f"{image} holds no shell tools")
    path, _, tag = reference.rpartition(":") if ":" in reference.rsplit("/", 1)[-1] else (reference, "", "")
    base = path.rsplit("/", 1)[-1]
    official = bool(_OFFICIAL.fullmatch(path))
    if name in _POSIX:
        return Presence(True, f"{image} has a shell")
    if name in _SHIPS.get(base, ()):
        return Presence(True, f"{image} ships {name}")
    alpine = bool(_ALPINE.search(reference))
    if alpine and name in {"wget", "nc", "ps", "pgrep"}:
        return Presence(True, f"{name} is part of busybox in {image}")
    if not official:
        return Presence(None, f"what {image} holds is not known")
    if base in {"nginx", "httpd", "caddy", "traefik"}:
        return _web_server(name, base, alpine, image)
    if alpine and name in {"curl", "bash"}:
        return Presence(False, f"{image} does not ship {name}")
    slim = "slim" in tag or base in {"debian", "ubuntu"}
    if slim and name in {"curl", "wget", "nc", "pgrep", "ps"}:
        return Presence(False, f"{image} does not ship {name}")
    if base in _BUILDPACK and not slim and not alpine and "windows" not in tag:
        if name in {"curl", "wget", "bash"}:
            return Presence(True, f"{image} is built on buildpack-deps, which has {name}")
    if name == "bash" and (_DEBIAN.search(reference) or base in _BUILDPACK):
        return Presence(True, f"{image} is Debian, which has bash")
    if base in {"postgres", "redis", "mysql", "mongo"} and name in {"curl", "wget"}:
        return Presence(False, f"{image} does not ship {name}")
    return Presence(None, f"whether {image} holds {name} is not known")


def _web_server(name: str, base: str, alpine: bool, image: str) -> Presence:
    version = re.search(r":1\.(\d{1,3})(?!\d)", image)
    old = version is not None and int(version.group(1)) < 20
    if name == "curl" and base == "nginx" and not old and "alpine-slim" not in image:
        return Presence(True, f"{image} ships curl")
    if (name == "wget" or (name == "curl" and base == "httpd")) and not alpine:
        return Presence(False if base in {"httpd", "nginx"} else None, f"{image} does not ship {name}")
    return Presence(None, f"whether {image} holds {name} is not known")


def program_in_build(program: str, image: BuiltImage) -> Presence:
    """Whether an image we see being built holds a program: installed, copied in, or shipped by its base."""
    name = program.rsplit("/", 1)[-1]
    packages = installed(image)
    for package in packages:
        if package.name == name or package.name in _BRINGS.get(name, ()):
            return Presence(True, f"{package.name} is installed on line {package.line}")
        if package.name.startswith("postgresql") and name in {"psql", "pg_isready"}:
            return Presence(True, f"{package.name} is installed on line {package.line}")
    for copy in image.copies():
        if any(source.rstrip("/").rsplit("/", 1)[-1] == name for source in (*copy.sources, copy.destination)):
            return Presence(True, f"{name} is copied in on line {copy.line}")
    for stage in image.stages:
        for run in stage.all("RUN"):
            if re.search(rf"(?:/bin/|-o\s{{0,3}}\S{{0,200}}/){re.escape(name)}(?:\s|$|;|&)", run.text):
                return Presence(True, f"{name} is put in place on line {run.line}")
    base = image.base
    if not base:
        return Presence(None, "the build target does not exist")
    answer = program_in_image(program, base[0])
    unknown = next((package for package in packages if package.name.startswith("$")), None)
    if answer.there is False and unknown is not None:
        return Presence(None, f"what {unknown.name} installs on line {unknown.line} is not known")
    return answer

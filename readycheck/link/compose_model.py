"""What a set of compose files runs, once merged: the words that rules about containers are written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from readycheck.model import Location


@dataclass(frozen=True, slots=True)
class Problem:
    """Something Compose would refuse, or that could not be followed. The text never quotes a value.

    `lost` says that a part of the file is not judged because of it.
    """

    location: Location
    text: str
    lost: bool = False


@dataclass(frozen=True, slots=True)
class EnvVar:
    """One variable of a container. `value` is the effective text; None means it is passed through from the host.

    `defaulted` are the compose variables that took their default, with its text; `missing` those that had nothing;
    `required` those without which Compose refuses to start (`${X:?}`).
    """

    name: str
    value: str | None = field(repr=False)
    raw: str = field(repr=False)
    location: Location
    origin: str = "environment"
    defaulted: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    missing: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a container made reachable on the host; `published` "" means a free port chosen at start."""

    host_ip: str
    published: str
    target: str
    protocol: str
    location: Location
    raw: str


@dataclass(frozen=True, slots=True)
class Mount:
    """Something mounted into a container. `kind` is `bind`, `volume`, `tmpfs`, `npipe`, `image` or `cluster`.

    The source of a bind is relative to the project root unless it is absolute or starts with `~`.
    """

    kind: str
    source: str
    target: str
    read_only: bool
    propagation: str
    location: Location


@dataclass(frozen=True, slots=True)
class Health:
    """A healthcheck. `test` starts with `CMD`, `CMD-SHELL` or `NONE`; empty means that the image's own test runs.

    `test_location` is the line of the test itself.
    """

    test: tuple[str, ...]
    disabled: bool
    interval: str
    timeout: str
    retries: str
    start_period: str
    location: Location
    test_location: Location | None = None


@dataclass(frozen=True, slots=True)
class Build:
    """How an image is built. `context` is relative to the project root, `dockerfile` to the context."""

    context: str
    dockerfile: str
    target: str
    args: Mapping[str, EnvVar]
    location: Location
    inline: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Resources as written: `memory` such as `512m`, `cpus` such as `0.5`; "" where nothing is set."""

    memory: str = ""
    cpus: str = ""
    pids: str = ""
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class EnvFileUse:
    """An env file a service names: path relative to the project root, and whether it is among the project's files."""

    path: str
    required: bool
    exists: bool
    location: Location


@dataclass(frozen=True, slots=True)
class Grant:
    """A secret or config given to a service."""

    source: str
    target: str
    location: Location


@dataclass(frozen=True, slots=True)
class Logging:
    """The log driver of a service with its options."""

    driver: str
    options: Mapping[str, str]
    location: Location


@dataclass(frozen=True, slots=True)
class Resource:
    """A network, volume, secret or config of the project; `settings` holds its other keys as text."""

    name: str
    location: Location
    external: bool
    driver: str
    file: str
    environment: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that the compose files interpolate.

    `value` is None where nothing sets it, `source` the env file that does; `defaults` are the texts behind `:-`.
    """

    name: str
    value: str | None = field(repr=False)
    source: Location | None
    defaults: tuple[str, ...] = field(repr=False)
    required: bool
    locations: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One service as Compose would run it. `lines` says for every key of it where it was (last) set.

    `restart_policy` is the condition of `deploy.restart_policy` ("any" when it names none), "" without one.
    """

    name: str
    location: Location
    lines: Mapping[str, Location]
    image: str
    image_raw: str
    build: Build | None
    command: tuple[str, ...] | None
    command_text: str
    entrypoint: tuple[str, ...] | None
    entrypoint_text: str
    environment: Mapping[str, EnvVar]
    env_files: tuple[EnvFileUse, ...]
    ports: tuple[Port, ...]
    expose: tuple[str, ...]
    mounts: tuple[Mount, ...]
    healthcheck: Health | None
    restart: str
    limits: Limits
    reservations: Limits
    replicas: str
    user: str
    privileged: bool
    read_only: bool
    init: bool
    cap_add: tuple[str, ...]
    cap_drop: tuple[str, ...]
    security_opt: tuple[str, ...]
    network_mode: str
    pid: str
    ipc: str
    userns_mode: str
    uts: str
    devices: tuple[str, ...]
    networks: tuple[str, ...]
    depends_on: Mapping[str, str]
    profiles: tuple[str, ...]
    secrets: tuple[Grant, ...]
    configs: tuple[Grant, ...]
    labels: Mapping[str, str]
    logging: Logging | None
    ulimits: Mapping[str, str]
    tmpfs: tuple[str, ...]
    container_name: str
    hostname: str
    stop_grace_period: str
    working_dir: str
    image_defaulted: tuple[tuple[str, str], ...] = ()
    image_missing: tuple[str, ...] = ()
    restart_policy: str = ""

    def place(self, key: str) -> Location:
        """Where a key of the service is set; the service itself if it is not."""
        return self.lines.get(key, self.location)


@dataclass(frozen=True, slots=True)
class ComposeModel:
    """What a set of files amounts to. `services` are those that start without asking for a profile."""

    files: tuple[str, ...]
    name: str
    services: Mapping[str, Service]
    profiled: Mapping[str, Service]
    networks: Mapping[str, Resource]
    volumes: Mapping[str, Resource]
    secrets: Mapping[str, Resource]
    configs: Mapping[str, Resource]
    problems: tuple[Problem, ...]
    variables: Mapping[str, Variable]

    @property
    def every_service(self) -> Mapping[str, Service]:
        """The services with and without profiles."""
        return {**self.services, **self.profiled}

"""Which doors of a compose service are open to the machine's networks, and to whom."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.link.compose_model import Port
from readycheck.link.containers import Running
from readycheck.model import Location

# The ports of servers that are pages for administrators; "" in the kind's place means a server that is nothing else.
ADMIN_PORTS = {
    "grafana": ("3000",), "prometheus": ("9090",), "alertmanager": ("9093",), "kibana": ("5601",),
    "rabbitmq": ("15671", "15672"), "minio": ("9001", "9090", "9443"), "neo4j": ("7473", "7474"),
    "airflow": ("8080",), "traefik": ("8080",), "pgadmin": (), "adminer": (), "kafka": ("9021", "8080"),
}  # fmt: skip
# Servers of ADMIN_PORTS whose other ports are another matter (data, or the traffic they exist for).
_ONLY_ADMIN_PORTS = frozenset({"rabbitmq", "minio", "neo4j", "traefik", "airflow", "kafka"})
_DATABASE_PORTS = {
    "5432": "PostgreSQL", "6432": "PgBouncer", "3306": "MySQL", "6379": "Redis", "27017": "MongoDB",
    "1433": "SQL Server", "9042": "Cassandra", "11211": "Memcached", "5672": "AMQP",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opening:
    """One published port. `reach` is `all`, `loopback`, `private` or `unknown`; `port` is the one in the container."""

    port: str
    published: str
    reach: str
    location: Location
    shown: str


def openings(running: Running) -> Iterator[Opening]:
    """Every port of the service that the host opens; the host's network as a whole counts as all of them."""
    service = running.service
    if service.network_mode == "host":
        yield Opening("", "", "all", service.place("network_mode"), "the host's network")
    for port in service.ports:
        shown = ":".join(part for part in (port.host_ip, port.published, port.target) if part)
        yield Opening(port.target, port.published, reach(port), port.location, shown)


def reach(port: Port) -> str:
    """Who reaches a published port: `all`, the `loopback`, a `private` network, or `unknown`."""
    ip = port.host_ip.strip("[]")
    if not ip:
        # `${BIND}:5432:5432` with nothing in BIND: Compose sees an empty address, the server's .env decides.
        return (
            "unknown"
            if port.raw.startswith("${") and port.raw.count(":") > 1 and "}:" in port.raw and _two_left(port.raw)
            else "all"
        )
    if ip.lower() in {"localhost", "host.docker.internal"}:
        return "loopback"
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    if address.is_unspecified:
        return "all"
    if address.is_loopback:
        return "loopback"
    return "private" if address.is_private or address.is_link_local else "all"


def _two_left(raw: str) -> bool:
    """Whether an address, a port and a port are written: three parts outside braces."""
    depth, parts = 0, 1
    for char in raw:
        depth += (char == "{") - (char == "}")
        parts += char == ":" and depth == 0
    return parts > 2  # address, published, target


def admin_kind(running: Running, opening: Opening) -> str:
    """The administrator's page behind an opening, "" if there is none."""
    for kind in sorted(running.kinds & ADMIN_PORTS.keys()):
        ports = ADMIN_PORTS[kind]
        if not opening.port or opening.port in ports or kind not in _ONLY_ADMIN_PORTS:
            return _page_name(running, kind)
    command = f"{running.service.entrypoint_text} {running.service.command_text}"
    if opening.port == "5555" and "flower" in command:
        return "Flower"
    return ""


def _page_name(running: Running, kind: str) -> str:
    names = {
        "adminer": f"the page of {running.service.name}",
        "pgadmin": "pgAdmin",
        "rabbitmq": "RabbitMQ management",
        "minio": "the MinIO console",
    }
    return names.get(kind, kind.capitalize())


def database_port(opening: Opening) -> str:
    """The database or broker whose usual port this is, "" for any other."""
    return _DATABASE_PORTS.get(opening.port, "")

"""The short forms of Compose: what one line of text under `ports` or `volumes` means."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from readycheck.facts.lazily import lazy

_RANGE = lazy(r"(\d{1,5})(?:-(\d{1,5}))?")
_MAX_PORT = 65_535
# A longer range stays one entry: nobody gains from tens of thousands of them, and a hostile file could ask for many.
_MOST_SINGLE = 1_000
_PROTOCOLS = frozenset(("tcp", "udp", "sctp"))
_PROPAGATION = frozenset(("rprivate", "private", "rshared", "shared", "rslave", "slave"))
_SHORTEST_WITH_SOURCE = 3


class ShortFormError(ValueError):
    """A short form that Compose refuses. The text does not quote it."""


@dataclass(frozen=True, slots=True)
class PortSpec:
    """One port out of a short form."""

    host_ip: str
    published: str
    target: str
    protocol: str


@dataclass(frozen=True, slots=True)
class VolumeSpec:
    """A short form of a volume. `bind` says that the source is a path of the host."""

    source: str
    target: str
    read_only: bool
    bind: bool
    propagation: str


def parse_ports(spec: str) -> tuple[PortSpec, ...]:
    """`[host-ip:][published:]target[/protocol]`, each of them a port or a range; one entry for each container port."""
    pieces = spec.rsplit(":", 2)
    container = pieces[-1]
    published = pieces[-2] if len(pieces) > 1 else ""
    host_ip = _host_ip(pieces[0]) if len(pieces) > 2 else ""
    port, _, protocol = container.partition("/")
    protocol = protocol.lower() or "tcp"
    if protocol not in _PROTOCOLS:
        raise ShortFormError("a port with an unknown protocol")
    first, last = _range(port)
    if last - first > _MOST_SINGLE:
        return (PortSpec(host_ip, published, port, protocol),)
    if not published:
        return tuple(PortSpec(host_ip, "", str(number), protocol) for number in range(first, last + 1))
    host_first, host_last = _range(published)
    if host_last - host_first != last - first:
        if last != first:
            raise ShortFormError("port ranges of different length")
        return (PortSpec(host_ip, f"{host_first}-{host_last}", str(first), protocol),)
    return tuple(
        PortSpec(host_ip, str(host_first + step), str(first + step), protocol) for step in range(last - first + 1)
    )


def _host_ip(text: str) -> str:
    if not text:
        return ""
    address = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise ShortFormError("a port with an invalid IP address") from None
    if ":" in address and address == text:
        raise ShortFormError("a port with an IPv6 address that is not in brackets")
    return address


def _range(text: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ShortFormError("a port without a number" if not text else "a port that is no number or range")
    first = int(match.group(1))
    last = int(match.group(2) or first)
    if last < first or last > _MAX_PORT:
        raise ShortFormError("a port range that ends before it starts" if last < first else "a port above 65535")
    return first, last


def parse_volume(spec: str) -> VolumeSpec:
    """`[source:]target[:options]`, where a colon behind a single letter belongs to a Windows drive."""
    if not spec:
        raise ShortFormError("an empty volume")
    if len(spec) < _SHORTEST_WITH_SOURCE:
        return VolumeSpec("", spec, False, False, "")
    fields = _fields(spec)
    if not all(fields):
        raise ShortFormError("a volume with an empty section between colons")
    if len(fields) > 3:
        raise ShortFormError("a volume with too many colons")
    if len(fields) == 1:
        return VolumeSpec("", fields[0], False, False, "")
    read_only, propagation = False, ""
    for option in fields[2].split(",") if len(fields) > 2 else ():
        if option in ("ro", "rw"):
            read_only = option == "ro"
        elif option in _PROPAGATION:
            propagation = option
    return VolumeSpec(fields[0], fields[1], read_only, is_host_path(fields[0]), propagation)


def _fields(spec: str) -> list[str]:
    fields = [""]
    for character in spec:
        current = fields[-1]
        if character == ":" and not (len(current) == 1 and current.isalpha()):
            fields.append("")
        else:
            fields[-1] = current + character
    return fields


def is_host_path(source: str) -> bool:
    """Whether the source of a short form is a path rather than the name of a volume."""
    return source.startswith((".", "/", "~", "\\\\")) or (len(source) > 1 and source[1] == ":" and source[0].isalpha())

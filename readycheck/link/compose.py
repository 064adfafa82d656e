"""Compose files merged, interpolated and normalised as Compose itself does it: the model of what would run."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence

from readycheck.facts.compose import ComposeFile
from readycheck.facts.envfile import EnvFile
from readycheck.facts.lazily import lazy
from readycheck.link.compose_check import check
from readycheck.link.compose_load import Loader, take_from_host
from readycheck.link.compose_model import ComposeModel, Resource, Service, Variable
from readycheck.link.compose_scope import Scope
from readycheck.link.compose_service import make_service
from readycheck.link.compose_tree import Branch, Leaf, Tree, is_null, text_of, truthy
from readycheck.link.interpolate import Use, interpolate
from readycheck.model import Location

_NAME = lazy(r"[a-z0-9_-]")
# Nobody runs so many by hand; the rest of such a file is said not to be judged.
MAX_SERVICES = 1_000
_RESOURCE_KEYS = frozenset(("name", "external", "driver", "file", "environment"))


def merge_compose(
    files: Mapping[str, ComposeFile],
    env_files: Mapping[str, EnvFile],
    paths: Sequence[str],
    *,
    project_dir: str | None = None,
    environment: Mapping[str, str] | None = None,
    profiles: Iterable[str] = (),
    name: str = "",
) -> ComposeModel:
    """What `docker compose -f A -f B config` would make of the files at `paths`, in that order.

    `files` and `env_files` hold everything the project has, by its path relative to the project root; all paths of the
    result are relative to that root, too. `environment` stands for the shell that starts Compose; the `.env` file of
    the project folder is added below it. Never raises: what Compose would refuse becomes a problem of the model, and
    what can be read is read on.
    """
    base = posixpath.dirname(paths[0]) if project_dir is None and paths else (project_dir or "")
    base = "" if base == "." else base
    loader = Loader(files, env_files)
    scope = Scope(dict(environment or {}))
    dotenv = posixpath.join(base, ".env")
    if dotenv in env_files:
        scope = scope.with_file(dotenv, env_files[dotenv])
        for problem in env_files[dotenv].problems:
            loader.report(Location(dotenv, problem.line), problem.reason)
    project = name or _project_name(files, paths, base, scope)
    scope = Scope({**scope.values, "COMPOSE_PROJECT_NAME": project}, scope.sources)
    tree = take_from_host(loader.load(tuple(paths), base, scope), scope)
    active = {*profiles, *filter(None, (scope.lookup("COMPOSE_PROFILES") or "").split(","))}
    enabled, profiled = _services(tree, scope, loader, active)
    resources = {section: _resources(tree.get(section)) for section in ("networks", "volumes", "secrets", "configs")}
    check(tree, enabled, profiled, resources, loader.report)
    return ComposeModel(
        files=tuple(dict.fromkeys(loader.read)),
        name=project,
        services=enabled,
        profiled=profiled,
        problems=tuple(loader.problems),
        variables=_variables(loader.uses, scope),
        **resources,
    )


def _project_name(files: Mapping[str, ComposeFile], paths: Sequence[str], base: str, scope: Scope) -> str:
    named = [files[path].name for path in paths if path in files and files[path].name]
    written = interpolate(named[-1], scope.lookup).text if named else posixpath.basename(base)
    text = scope.lookup("COMPOSE_PROJECT_NAME") or written
    return "".join(_NAME.findall(text.lower())).lstrip("_-") or "project"


def _services(
    tree: Branch, scope: Scope, loader: Loader, active: set[str]
) -> tuple[dict[str, Service], dict[str, Service]]:
    enabled: dict[str, Service] = {}
    profiled: dict[str, Service] = {}
    services = tree.get("services")
    for name, node in services.items.items() if isinstance(services, Branch) else ():
        if len(enabled) + len(profiled) >= MAX_SERVICES:
            loader.lose(node.location, f"more than {MAX_SERVICES:,} services: the rest is not judged")
            break
        if not isinstance(node, Branch):
            loader.lose(node.location, f"service {name} is not a mapping")
            continue
        problems = len(loader.problems)
        service = make_service(name, node, scope, loader)
        if not service.profiles or "*" in active or active & set(service.profiles):
            enabled[name] = service
        else:
            # Compose reads the env files of the services it starts only, so theirs are no problem of this model.
            env_paths = {use.location for use in service.env_files}
            kept = [problem for problem in loader.problems[problems:] if problem.location not in env_paths]
            loader.problems[problems:] = kept
            profiled[name] = service
    return enabled, profiled


def _resources(section: Tree | None) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for key, node in section.items.items() if isinstance(section, Branch) else ():
        branch = node if isinstance(node, Branch) else Branch({}, node.location)
        external = branch.get("external")
        settings = {
            name: value.text
            for name, value in branch.items.items()
            if isinstance(value, Leaf) and name not in _RESOURCE_KEYS and not is_null(value)
        }
        found[key] = Resource(
            name=branch.text("name") or (external.text("name") if isinstance(external, Branch) else "") or key,
            location=branch.location,
            external=isinstance(external, Branch) or truthy(external),
            driver=branch.text("driver"),
            file=text_of(branch.get("file")),
            environment=branch.text("environment"),
            settings=settings,
        )
    return found


def _variables(uses: Iterable[tuple[Use, Location]], scope: Scope) -> dict[str, Variable]:
    grouped: dict[str, list[tuple[Use, Location]]] = {}
    for use, location in uses:
        grouped.setdefault(use.name, []).append((use, location))
    return {
        name: Variable(
            name=name,
            value=scope.lookup(name),
            source=scope.sources.get(name),
            defaults=tuple(dict.fromkeys(use.fallback for use, _ in group if use.operator.endswith("-"))),
            required=any(use.operator.endswith("?") for use, _ in group),
            locations=tuple(dict.fromkeys(location for _, location in group)),
        )
        for name, group in sorted(grouped.items())
    }

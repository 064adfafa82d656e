"""What production runs: compose sets merged, images, Kubernetes workloads, Procfiles, and the commands they start."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from readycheck.facts.file import FileFacts
from readycheck.facts.image import BuiltImage
from readycheck.facts.kubernetes import ConfigMap
from readycheck.facts.values import Hidden
from readycheck.facts.workloads import Container, Workload
from readycheck.link.commands import Launch, parse_command
from readycheck.link.compose import merge_compose
from readycheck.link.compose_model import ComposeModel, Service
from readycheck.link.compose_sets import ComposeSet, compose_sets, says_production
from readycheck.link.development_sets import Elsewhere, Started, only_servers, other_deployments, rival
from readycheck.link.environment import EnvSetting
from readycheck.link.roles import role_of
from readycheck.link.services import repository
from readycheck.model import Location, Role


@dataclass(frozen=True, slots=True)
class Composition:
    """One set of compose files judged as one, and what it amounts to."""

    chosen: ComposeSet
    model: ComposeModel

    @property
    def role(self) -> Role:
        """Whether this set is what production runs."""
        return self.chosen.role


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing a deployment starts: a compose service, a workload's container, an image alone, a Procfile line.

    `folder` is the build context, whose code the unit runs ("" for the whole project).
    """

    name: str
    source: str
    location: Location
    role: Role
    launches: tuple[Launch, ...]
    folder: str = ""
    service: Service | None = None
    container: Container | None = None
    image: BuiltImage | None = None
    dockerfile: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """All units and compositions of a project, production or not."""

    compositions: tuple[Composition, ...]
    units: tuple[Unit, ...]

    def production(self) -> tuple[Unit, ...]:
        """The units that production runs."""
        return tuple(u for u in self.units if u.role is Role.PRODUCTION)


def link_deployment(
    files: Mapping[str, FileFacts], explicit: tuple[str, ...], paths: frozenset[str] = frozenset()
) -> Deployment:
    """Everything the deployment files start.

    `explicit` are the compose files the user named, to be merged; `paths` are all files, those without facts too.
    """
    compose = {path: facts.compose for path, facts in files.items() if facts.compose is not None}
    env = {path: facts.env for path, facts in files.items() if facts.env is not None}
    compositions = tuple(
        Composition(chosen, merge_compose(compose, env, chosen.files)) for chosen in compose_sets(compose, explicit)
    )
    own = _own_images(files)
    handed_over: set[str] = set()
    if not explicit:
        compositions = tuple(_demoted(compositions, files, paths, own, handed_over))
    units: list[Unit] = []
    for composition in compositions:
        services = composition.model.every_service.values()
        units += [_service_unit(service, composition.role, files, own) for service in services]
    # An image that only a test set builds is still what production builds by itself.
    users = [
        u for u in units if u.role is Role.PRODUCTION or (u.role is not Role.TEST and u.dockerfile not in handed_over)
    ]
    used = {unit.dockerfile for unit in users}
    units += [unit for path in files if path not in used and (unit := _image_unit(path, files)) is not None]
    for path, facts in files.items():
        if facts.kubernetes is not None:
            units += _workload_units(path, facts.kubernetes.workloads)
        for process in facts.processes:
            place = Location(path, process.line)
            folder = posixpath.dirname(path) if path.endswith("Procfile") else ""
            units.append(Unit(process.name, "procfile", place, role_of(path), parse_command(process.command), folder))
    return Deployment(compositions, tuple(units))


def _demoted(
    compositions: tuple[Composition, ...],
    files: Mapping[str, FileFacts],
    paths: frozenset[str],
    own: Mapping[str, str],
    handed_over: set[str],
) -> Iterator[Composition]:
    """The compositions; one made for laptops is for development where something else deploys the same project.

    The Dockerfiles of those are handed over to what does deploy it, where that runs images.
    """
    speaking = [c.chosen.files[-1] for c in compositions if any(says_production(f) for f in c.chosen.files)]
    others = other_deployments(files, paths, speaking)
    every = [_service_unit(s, c.role, files, own) for c in compositions for s in c.model.every_service.values()]
    built = {unit.dockerfile for unit in every}
    left_out = [path for path, facts in files.items() if facts.dockerfile is not None and path not in built]
    for composition in compositions:
        first = composition.chosen.files[0]
        if composition.role is not Role.PRODUCTION or any(says_production(f) for f in composition.chosen.files):
            yield composition
            continue
        units = [_service_unit(s, Role.PRODUCTION, files, own) for s in composition.model.services.values()]
        started = [Started(u.service, u.folder, u.launches) for u in units if u.service is not None]
        if (found := rival(first, started, others, files)) is not None:
            sign, other = found
            handed_over |= {u.dockerfile for u in units if _is_run_by(other, u, files)}
            reason = f"{sign}, and {other.path} is what production starts"
        elif not any(u.dockerfile for u in units) and (bare := only_servers(first, started, left_out, files)):
            reason = f"{bare[0]}, and {bare[1]} builds what production starts"
        elif (said := files[first].compose) is not None and said.for_development:
            handed_over |= {u.dockerfile for u in units if _is_run_by(Elsewhere(first, "", True), u, files)}
            reason = "its opening comment says that it is for development"
        else:
            yield composition
            continue
        yield replace(composition, chosen=replace(composition.chosen, role=Role.DEVELOPMENT, reason=reason))


def _is_run_by(other: Elsewhere, unit: Unit, files: Mapping[str, FileFacts]) -> bool:
    """Whether another deployment probably runs the image of a unit: not where there is a Dockerfile for production."""
    folder = posixpath.dirname(unit.dockerfile)
    beside = (posixpath.basename(p).lower() for p in files if posixpath.dirname(p) == folder)
    return other.image and not any("dockerfile" in name and "prod" in name for name in beside)


def _own_images(files: Mapping[str, FileFacts]) -> dict[str, str]:
    """The Dockerfile behind an image name, for projects that publish what they build (`acme/api` is that of `api`)."""
    found: dict[str, str] = {}
    for path, facts in files.items():
        folder = posixpath.dirname(path)
        manifest = facts.python_manifest or facts.node_manifest
        dockerfile = posixpath.join(folder, "Dockerfile")
        if manifest is not None and manifest.name and dockerfile in files:
            found.setdefault(manifest.name.rpartition("/")[2].lower(), dockerfile)
    return found


def _service_unit(service: Service, role: Role, files: Mapping[str, FileFacts], own: Mapping[str, str]) -> Unit:
    folder, dockerfile, image = "", "", None
    published = own.get(repository(service.image).rpartition("/")[2]) if service.image else None
    if service.build is None and published is not None and (built := files[published].dockerfile) is not None:
        folder, dockerfile, image = posixpath.dirname(published), published, BuiltImage(built)
    if service.build is not None:
        folder = posixpath.normpath(service.build.context or ".")
        folder = "" if folder == "." else folder
        dockerfile = posixpath.normpath(posixpath.join(folder, service.build.dockerfile or "Dockerfile"))
        found = files.get(dockerfile)
        if found is not None and found.dockerfile is not None:
            arguments = {a.name: a.value for a in service.build.args.values() if a.value is not None}
            image = BuiltImage(found.dockerfile, service.build.target or None, arguments)
    command = service.command or service.command_text or None
    entrypoint = service.entrypoint or service.entrypoint_text or None
    launches = _followed(_launches(image, entrypoint, command), folder, files)
    return Unit(service.name, "compose", service.location, role, launches, folder, service, None, image, dockerfile)


Command = tuple[str, ...] | str


def _launches(image: BuiltImage | None, entrypoint: Command | None, command: Command | None) -> tuple[Launch, ...]:
    if command:
        return parse_command(command)
    if entrypoint:
        return parse_command(entrypoint)
    start = image.start() if image is not None else None
    return parse_command(start[0]) if start is not None else ()


def _followed(launches: tuple[Launch, ...], folder: str, files: Mapping[str, FileFacts]) -> tuple[Launch, ...]:
    """The launches, and behind a start script of the project what that script starts."""
    found = list(launches)
    for launch in launches:
        name = posixpath.basename(launch.script or launch.program)
        path = next((p for p in files if p.rpartition("/")[2] == name and files[p].text and _within(p, folder)), None)
        if path is not None and launch.server == "other" and not name.endswith((".conf", ".ini")):
            found += parse_command(files[path].text)
    return tuple(found)


def _within(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _image_unit(path: str, files: Mapping[str, FileFacts]) -> Unit | None:
    """A Dockerfile that no compose service builds is a deployment of its own."""
    facts = files[path]
    if facts.dockerfile is None or not facts.dockerfile.stages:
        return None
    image = BuiltImage(facts.dockerfile)
    folder = posixpath.dirname(path)
    # Dockerfiles kept in a folder of their own are built with the folder above as context.
    if posixpath.basename(folder).lower() in {
        "docker",
        "dockerfiles",
        "deploy",
        "deployment",
        "build",
        ".docker",
        "compose",
    }:
        folder = posixpath.dirname(folder)
    line = facts.dockerfile.stages[-1].line
    return Unit(
        path,
        "dockerfile",
        Location(path, line),
        role_of(path),
        _followed(_launches(image, None, None), folder, files),
        folder,
        None,
        None,
        image,
        path,
    )


def _workload_units(path: str, workloads: tuple[Workload, ...]) -> Iterator[Unit]:
    for workload in workloads:
        for container in workload.containers:
            command: tuple[str, ...] = (*container.command, *container.args)
            launches = parse_command(command) if command else ()
            place = Location(path, container.line)
            name = f"{workload.name}/{container.name}"
            yield Unit(name, "kubernetes", place, role_of(path), launches, container=container)


def env_settings(files: Mapping[str, FileFacts], deployment: Deployment) -> Iterator[EnvSetting]:
    """Every place that sets an environment variable for something that is deployed, and tracked env files."""
    maps = _config_maps(files)
    for unit in deployment.units:
        if unit.service is not None:
            for variable in unit.service.environment.values():
                value = None if variable.missing and not variable.value else variable.value
                yield EnvSetting(variable.name, value, variable.location, "compose", unit.folder, unit.role, unit.name)
            for name, place in _announced(files, unit.service):
                yield EnvSetting(name, None, place, "compose", unit.folder, unit.role, unit.name)
        if unit.container is not None:
            yield from _pod_settings(unit, unit.container, maps)
        for launch in unit.launches:
            # A branch of a start script sets what holds for that branch alone.
            for name, text in launch.environment.items() if not launch.conditional else ():
                yield EnvSetting(name, text, unit.location, "command", unit.folder, unit.role, unit.name)
        if unit.image is not None:
            for setting in unit.image.env().values():
                place = Location(unit.dockerfile, setting.line)
                value = None if isinstance(setting.value, Hidden) else setting.value
                yield EnvSetting(setting.name, value, place, "dockerfile", unit.folder, unit.role, unit.name)
    for path, facts in files.items():
        if facts.env is not None and role_of(path) is Role.PRODUCTION:
            folder = posixpath.dirname(path)
            for entry in facts.env.entries:
                if not entry.inherited:
                    yield EnvSetting(entry.name, entry.value, Location(path, entry.line), "env file", folder)


def _announced(files: Mapping[str, FileFacts], service: Service) -> Iterator[tuple[str, Location]]:
    """The variables of an env file that is not in the repository, as the template beside it names them."""
    for use in service.env_files:
        for path in () if use.exists else (f"{use.path}.{word}" for word in ("example", "sample", "template", "dist")):
            facts = files.get(path)
            for entry in facts.env.entries if facts is not None and facts.env is not None else ():
                if entry.name not in service.environment:
                    yield entry.name, use.location


ConfigMaps = Mapping[str, tuple[str, ConfigMap]]


def _config_maps(files: Mapping[str, FileFacts]) -> ConfigMaps:
    """The ConfigMaps of the project by name, each with the file it stands in; the one nearest to production wins."""
    found: dict[str, tuple[str, ConfigMap]] = {}
    for path, facts in files.items():
        for config in facts.kubernetes.config_maps if facts.kubernetes is not None else ():
            if config.name not in found or role_of(path) is Role.PRODUCTION:
                found[config.name] = (path, config)
    return found


def _pod_settings(unit: Unit, container: Container, maps: ConfigMaps) -> Iterator[EnvSetting]:
    """What the environment of a pod's container holds: its own variables, and ConfigMaps poured in or picked from."""
    for item in container.env:
        place, value = Location(unit.location.path, item.line), item.value
        name, _, key = item.from_config.partition("/")
        picked = maps[name][1].get(key) if name in maps else None
        if picked is not None:
            place, value = Location(maps[name][0], picked.line), picked.value
        text = None if isinstance(value, Hidden) else value
        yield EnvSetting(item.name, text, place, "kubernetes", "", unit.role, unit.name)
    own = {item.name for item in container.env}
    for poured in container.env_from:
        path, config = maps.get(poured.name, ("", None))
        for entry in config.items if config is not None and poured.kind == "ConfigMap" else ():
            if poured.prefix + entry.name not in own:
                value = None if isinstance(entry.value, Hidden) else entry.value
                place = Location(path, entry.line)
                yield EnvSetting(poured.prefix + entry.name, value, place, "kubernetes", "", unit.role, unit.name)

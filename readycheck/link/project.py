"""The linked model: everything rules may ask of a project, each answer computed once."""

from __future__ import annotations

import fnmatch
import functools
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from readycheck.facts.file import FileFacts
from readycheck.facts.javascript import JavascriptFacts
from readycheck.facts.python import PythonFacts
from readycheck.link.apps import App, Mount, find_apps, find_mounts
from readycheck.link.compose_model import Service
from readycheck.link.deployment import Composition, Deployment, Unit, env_settings, link_deployment
from readycheck.link.environment import Environment
from readycheck.link.ignores import DockerIgnore, GitIgnores
from readycheck.link.modules import ModuleIndex
from readycheck.link.resolve import Resolver
from readycheck.link.roles import role_of
from readycheck.link.services import service_kinds
from readycheck.model import Location, Role

_JS_FRAMEWORKS = {
    "express": "express",
    "@nestjs/core": "nestjs",
    "@nestjs/common": "nestjs",
    "fastify": "fastify",
    "koa": "koa",
    "next": "next",
    "hono": "hono",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What is known of the tree as a whole. `tracked` is None outside git, where every file counts as shipped.

    `removed` are files that only history holds, with the commit that removed them; `held` says of those that were
    read whether a credential was in them.
    """

    paths: frozenset[str]
    tracked: frozenset[str] | None = None
    ignored_tracked: tuple[str, ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    executable: frozenset[str] = frozenset()
    held: Mapping[str, bool] = field(default_factory=dict)


class Project:
    """The files of one target, joined: roles, resolution, deployment and reachability are asked here alone."""

    def __init__(self, files: Mapping[str, FileFacts], listing: Listing, compose: tuple[str, ...] = ()) -> None:
        self.files = files
        self.listing = listing
        self.deployment: Deployment = link_deployment(files, compose, listing.paths)
        self.environment = Environment(env_settings(files, self.deployment))
        self.python: Mapping[str, PythonFacts] = {p: f.python for p, f in files.items() if f.python is not None}
        self.javascript: Mapping[str, JavascriptFacts] = {
            p: f.javascript for p, f in files.items() if f.javascript is not None
        }
        self.modules = ModuleIndex(self.python)
        self.resolver = Resolver(self.python, self.modules, self.environment)
        # What `once` remembers: for each function of a project what it found.
        self.answers: dict[Callable[..., Any], Any] = {}
        self._roles: dict[str, Role] = {}

    def has_target(self, target: str) -> bool:
        """Whether this kind of target was looked at. Compose files are part of the repository."""
        return target in {"repo", "compose"}

    def role(self, path: str) -> Role:
        """The role of a file; a compose file has that of the set it is judged in."""
        known = self._roles.get(path)
        if known is None:
            named = role_of(path)
            taken = named is Role.EXAMPLE and path in self._taken_whole
            known = self._compose_roles.get(path) or (Role.PRODUCTION if taken else named)
            self._roles[path] = known
        return known

    @functools.cached_property
    def _taken_whole(self) -> frozenset[str]:
        """The modules from which production code takes everything: part of it, even if they are named like examples."""
        return frozenset(
            found
            for path, facts in self.python.items()
            if role_of(path) is Role.PRODUCTION
            for statement in facts.imports
            if statement.local == "*" and (found := self.modules.find(statement.target.removesuffix(".*"), path))
        )

    @functools.cached_property
    def _compose_roles(self) -> Mapping[str, Role]:
        roles: dict[str, Role] = {}
        for composition in self.deployment.compositions:
            for path in composition.model.files:
                # What tests build on is not theirs alone.
                if roles.get(path) in {None, Role.TEST} or composition.role is Role.PRODUCTION:
                    roles[path] = composition.role
        return roles

    def in_role(self, *roles: Role) -> Iterator[tuple[str, FileFacts]]:
        """The files of these roles with their facts."""
        return ((path, facts) for path, facts in self.files.items() if self.role(path) in roles)

    @functools.cached_property
    def apps(self) -> tuple[App, ...]:
        """The application objects in production code."""
        return tuple(app for app in find_apps(self.python) if self.role(app.location.path) is Role.PRODUCTION)

    @functools.cached_property
    def mounts(self) -> tuple[Mount, ...]:
        """What is mounted on applications, in the order of the source, whatever the role of the file."""
        return tuple(find_mounts(self.python, self.resolver))

    @functools.cached_property
    def frameworks(self) -> frozenset[str]:
        """The web frameworks of production code, Python and JavaScript."""
        found = {app.framework for app in self.apps}
        for path, facts in self.javascript.items():
            if self.role(path) is Role.PRODUCTION:
                found |= {_JS_FRAMEWORKS[i.module] for i in facts.imports if i.module in _JS_FRAMEWORKS}
        return frozenset(found)

    @functools.cached_property
    def entries(self) -> Mapping[str, Location]:
        """The modules production starts, with the place that starts them.

        Without a deployment that says so these are the modules with an app; without an app, every production module.
        """
        found: dict[str, Location] = {}
        for unit in self.deployment.production():
            for launch in unit.launches:
                path = self._module_of(launch.module, launch.script, unit.folder)
                if path is not None:
                    found.setdefault(path, unit.location)
        found = found or {app.location.path: app.location for app in self.apps}
        return found or {path: Location(path) for path in self.python if self.role(path) is Role.PRODUCTION}

    def _module_of(self, module: str, script: str, folder: str) -> str | None:
        if module:
            return self.modules.find(module, posixpath.join(folder, "x"))
        if script.endswith(".py"):
            direct = posixpath.normpath(posixpath.join(folder, script))
            if direct in self.python:
                return direct
            # The image may hold a folder's content under another name: the only file called so is the one.
            ending = "/" + script.removeprefix("./").lstrip("/")
            named = [p for p in self.python if p.endswith(ending) and p.startswith(f"{folder}/" if folder else "")]
            if len(named) == 1:
                return named[0]
            return self.modules.find(script.rpartition("/")[2].removesuffix(".py"), posixpath.join(folder, "x"))
        return None

    @functools.cached_property
    def reached(self) -> Mapping[str, str]:
        """Every Python module production reaches along imports, with the module that imports it."""
        if "django" in self.frameworks:
            # Django finds apps, middleware and commands by name, so all of its production modules can be reached.
            everything = [p for p in self.python if self.role(p) is Role.PRODUCTION]
            return self.modules.reachable([*self.entries, *everything])
        return self.modules.reachable(self.entries)

    def connection(self, path: str) -> str:
        """How production reaches a Python module, "" if it does not."""
        if path not in self.reached:
            return ""
        chain = [path]
        while self.reached[chain[-1]] and len(chain) < 12:
            chain.append(self.reached[chain[-1]])
        start = self.entries.get(chain[-1])
        origin = f"{start.path}:{start.line} starts " if start and start.path != chain[-1] else ""
        return origin + " → ".join(reversed(chain))

    def services(self, production: bool = True) -> Iterator[tuple[Composition, Service]]:
        """The compose services, those of production or all of them, each with the composition it is part of."""
        for composition in self.deployment.compositions:
            if not production or composition.role is Role.PRODUCTION:
                for service in composition.model.every_service.values():
                    yield composition, service

    def unit(self, service: Service) -> Unit | None:
        """The unit of a compose service, with its image and commands."""
        return self._units.get(id(service))

    @functools.cached_property
    def _units(self) -> Mapping[int, Unit]:
        return {id(u.service): u for u in reversed(self.deployment.units) if u.service is not None}

    @functools.cached_property
    def _service_kinds(self) -> frozenset[str]:
        found: set[str] = set()
        for _, service in self.services(production=False):
            found |= service_kinds(service)
        schemes = {
            "postgresql": "postgres",
            "postgis": "postgres",
            "psql": "postgres",
            "pgsql": "postgres",
            "rediss": "redis",
            "amqps": "amqp",
            "mysql2": "mysql",
        }
        for path, facts in self.files.items():
            if facts.dsns and self.role(path) in {Role.PRODUCTION, Role.EXAMPLE}:
                found |= {schemes.get(d.scheme, d.scheme) for d in facts.dsns}
        return frozenset(found)

    def uses_service(self, names: Iterable[str]) -> bool:
        """Whether one of these services (postgres, redis, grafana, ...) is run or connected to."""
        return bool(self._service_kinds & set(names))

    @functools.cached_property
    def _python_roots(self) -> frozenset[str]:
        found: set[str] = set()
        for path, facts in self.python.items():
            if self.role(path) in {Role.PRODUCTION, Role.TOOLING}:
                for statement in facts.imports:
                    parts = statement.target.split(".")
                    found |= {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
        return frozenset(found)

    def imports_python(self, names: Iterable[str]) -> bool:
        """Whether production code imports one of these modules."""
        return not self._python_roots.isdisjoint(names)

    def imports_javascript(self, names: Iterable[str]) -> bool:
        """Whether a JavaScript or TypeScript module imports one of these packages."""
        wanted = set(names)
        return any(i.module in wanted for f in self.javascript.values() for i in f.imports)

    def has_file(self, globs: Iterable[str]) -> bool:
        """Whether a file matches one of the globs (`**` is not needed: `*` crosses folders)."""
        return any(fnmatch.fnmatch(path, glob) for glob in globs for path in self.files)

    @functools.cached_property
    def gitignores(self) -> GitIgnores:
        """The .gitignore files of the tree."""
        found = {p: f.text.encode() for p, f in self.files.items() if p.rpartition("/")[2] == ".gitignore"}
        return GitIgnores(found)

    def dockerignore(self, folder: str, dockerfile: str = "") -> DockerIgnore | None:
        """The ignore file of a build context; one named after its Dockerfile goes first."""
        for path in (f"{dockerfile}.dockerignore", posixpath.join(folder, ".dockerignore")):
            if path in self.files:
                return DockerIgnore(self.files[path].text.encode(), path)
        return None

    def is_tracked(self, path: str) -> bool:
        """Whether a file is part of what is shipped: tracked by git, or simply there where git tracks nothing (yet)."""
        return path in (self.listing.tracked or self.listing.paths)

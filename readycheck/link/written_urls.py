"""The connection strings that stand in a project's files, in force or not, by the place they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.dsn import Dsn, find_dsns
from readycheck.facts.file import FileFacts
from readycheck.facts.lazily import lazy
from readycheck.link.compose_model import EnvVar, Service
from readycheck.link.project import Project
from readycheck.model import Location, Role

_CODE = lazy(r"\.(?:pyi?|[cm]?[jt]sx?|vue|svelte|go|rb|java|kt|php|cs|rs)$")
# Data, markup and scan reports mention URLs of others; continuous integration starts databases for its own tests.
_NOT_SETTINGS = lazy(
    r"\.(?:xml|csv|tsv|html?|svg|log|sql|sarif|lock|ipynb|css|patch|diff|j2|jinja2?)$|(?:^|/)(?:\.github|\.gitlab-ci\.yml|"
    r"\.circleci|\.travis\.yml|azure-pipelines)"
)
_SILENT = frozenset({Role.TEST, Role.DOCUMENTATION, Role.VENDORED, Role.GENERATED})
# What a URL passes through in code that only looks at it or compares it.
_NOT_A_VALUE = frozenset(
    "replace startswith endswith removeprefix split sub match compile startsWith print pattern regex help "
    "description".split()
)
_STRONG = frozenset({"compose", "kubernetes", "procfile", "command"})


@dataclass(frozen=True, slots=True)
class Written:
    """One connection string. `role` overrides that of the file; `key` is the name it stands under."""

    dsn: Dsn
    location: Location
    role: Role | None = None
    source: str = "file"

    @property
    def parameters(self) -> dict[str, str]:
        """The query by lowered names."""
        return {name.lower(): value for name, value in self.dsn.parameters}


def written_urls(project: Project) -> dict[tuple[str, int], Written]:
    """Every connection string by path and line: as compose makes it, else as it stands in its file."""
    found: dict[tuple[str, int], Written] = {}
    composed: set[str] = set()
    for composition in project.deployment.compositions:
        composed.update(composition.model.files)
    for production in (True, False):
        for composition, service in project.services(production=False):
            if (composition.role is Role.PRODUCTION) is production:
                for written in _of_service(service, composition.role):
                    found.setdefault((written.location.path, written.location.line), written)
    for path, facts in project.files.items():
        if path in composed or project.role(path) in _SILENT or _NOT_SETTINGS.search(path):
            continue
        built = _only_built_with(facts)
        for dsn in facts.dsns:
            place = (path, dsn.line)
            if place not in found and dsn.line not in built and _is_value(path, dsn):
                found[place] = Written(dsn, Location(path, dsn.line, dsn.column))
    return found


def _only_built_with(facts: FileFacts) -> frozenset[int]:
    """The lines of a Dockerfile that hold for the build alone: `RUN DATABASE_URL=postgres://none manage.py ...`."""
    stages = facts.dockerfile.stages if facts.dockerfile is not None else ()
    runs = [i for stage in stages for i in stage.instructions if i.keyword == "RUN"]
    return frozenset(line for run in runs for line in range(run.line, run.end_line + 1))


def _of_service(service: Service, role: Role) -> Iterator[Written]:
    for variable in service.environment.values():
        dsn = _of_variable(variable)
        if dsn is not None:
            yield Written(dsn, variable.location, role, "compose")
    for text in (service.command_text, " ".join(service.command or ())):
        for dsn in find_dsns("", text)[:1]:
            yield Written(dsn, service.place("command"), role, "compose")


def _of_variable(variable: EnvVar) -> Dsn | None:
    """The URL a variable holds; where the host is left to the server, as it is written."""
    found = find_dsns("", variable.value) if variable.value and "://" in variable.value else ()
    if found and not found[0].host.strip(":"):
        return next(iter(find_dsns("", variable.raw)), found[0])
    return _named(found[0], variable.name) if found else None


def _named(dsn: Dsn, name: str) -> Dsn:
    return Dsn(
        dsn.line, dsn.column, dsn.scheme, dsn.driver, dsn.host, dsn.database, dsn.parameters, name, dsn.commented
    )


def _is_value(path: str, dsn: Dsn) -> bool:
    """Whether a URL is a setting, and not a prefix that code compares with or prose that mentions one."""
    if dsn.commented or not (dsn.host.strip(":/") or dsn.database.strip("/")):
        return False
    if path.endswith(".json") and not (dsn.quoted and dsn.key):
        return False
    if not _CODE.search(path):
        return True
    return dsn.quoted and bool(dsn.key) and dsn.key.rpartition(".")[2] not in _NOT_A_VALUE


def in_force(project: Project, written: Written) -> bool:
    """Whether production takes this value: a default is not in force where a deployment sets the variable."""
    path, key = written.location.path, written.dsn.key.rpartition(".")[2]
    if not key or written.source == "compose":
        return True
    place = (path, written.location.line)
    setters = [
        s
        for name in dict.fromkeys((key, key.upper()))
        for s in project.environment.all(name)
        if s.role is Role.PRODUCTION
    ]
    if any((s.location.path, s.location.line) == place for s in setters):
        own = next(s for s in setters if (s.location.path, s.location.line) == place)
        return own.source in _STRONG or not any(s.source in _STRONG for s in setters)
    if path.endswith((".py", ".ts", ".js", ".mjs", ".cjs")):
        return not any(project.environment.production(name, path) for name in (key, key.upper()))
    return True

"""Whether what production starts can start: modules, scripts, files that images copy, and servers they need."""

from __future__ import annotations

import fnmatch
import posixpath
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from readycheck.facts.image import Copy, stage_copies
from readycheck.facts.lazily import lazy
from readycheck.facts.packages import installed
from readycheck.link.deployment import Unit
from readycheck.link.project import Project
from readycheck.link.services import repository
from readycheck.link.starts import Start
from readycheck.model import Location, Role, Step

FINE, BROKEN, UNKNOWN = "fine", "broken", "unknown"
# What a build makes: absent from a checkout, present where the image is built.
_MADE = lazy(
    r"(?:^|/)(?:dist|build|out|target|\.next|\.output|public|wheels?|wheelhouse|node_modules|coverage|bin|obj|release|"
    r"artifacts?|_build|site|generated|\.venv|venv|vendor)(?:/|$)|\.(?:whl|jar|war|tar|tgz|gz|zip|deb|rpm|exe|so|bin)$",
    re.IGNORECASE,
)
_SERVERS = {
    "uvicorn": ("uvicorn", "uvicorn-worker"),
    "gunicorn": ("gunicorn",),
    "hypercorn": ("hypercorn",),
    "daphne": ("daphne",),
    "waitress": ("waitress",),
    "granian": ("granian",),
    "celery": ("celery",),
}
# Packages that bring a server along.
_BRINGS = {
    "uvicorn": {"fastapi": {"standard", "all"}, "fastapi-cli": {"standard"}, "channels": set()},
    "daphne": {"channels": {"daphne"}},
}
_PLAIN_BASES = lazy(r"(?:^|/)(?:python|pypy|debian|ubuntu|alpine|uv|bookworm|slim)$")
_VERSION = lazy(r"3\.(\d{1,2})")
_FETCHES = lazy(r"\b(?:git\s+clone|curl|wget|npx|npm\s+create|django-admin\s+startproject|unzip|tar\s+-?x)")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold for the start, and whether it does."""

    state: str
    text: str
    location: Location
    chain: tuple[Step, ...] = ()


def check_start(project: Project, start: Start) -> Iterator[Check]:
    """The module, script or server that one start command names."""
    launch, unit = start.launch, start.unit
    if launch.module and launch.server != "other":
        yield from _module(project, start)
    elif launch.script.endswith(".py") and launch.server in {"python", "django-runserver"}:
        yield _script(project, start)
    if launch.server in _SERVERS and unit.image is not None:
        yield from _declared(project, start)


def _module(project: Project, start: Start) -> Iterator[Check]:
    module, unit = start.launch.module, start.unit
    found = project.modules.find(module, posixpath.join(unit.folder, "x"))
    if found is not None and _inside(found, unit.folder):
        yield from _attribute(project, start, found)
        return
    package = module.partition(".")[0]
    ours = [p for p in project.python if _is_package(p, package) and _inside(p, unit.folder)]
    if ours and "." in module:
        yield Check(BROKEN, f"it names {module}, which does not exist", start.location)
    elif found is None and unit.image is not None and unit.source != "kubernetes" and _lonely(project, start, package):
        yield Check(BROKEN, f"it names {module}, which is neither in the repository nor installed", start.location)


def _is_package(path: str, package: str) -> bool:
    return path.startswith(f"{package}/") or f"/{package}/" in path


def _inside(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _lonely(project: Project, start: Start, package: str) -> bool:
    """Whether no package that the image installs and nothing it fetches could hold a module of this name."""
    image = start.unit.image
    if image is None or not any(_inside(p, start.unit.folder) for p in project.python) or _fetches(start.unit):
        return False
    names = _declared_names(project, start.unit)
    return package.replace("_", "-").lower() not in names and start.launch.server != "python"


def _attribute(project: Project, start: Start, path: str) -> Iterator[Check]:
    facts, attribute = project.python[path], start.launch.attribute
    text = f"{start.launch.server} starts {start.launch.module}, which exists"
    if facts.problem or not attribute:
        yield Check(FINE, text, start.location)
        return
    known = {b.name.partition(".")[0] for b in facts.bindings if not b.scope} | {i.local for i in facts.imports}
    known |= {f.name for f in facts.functions if not f.scope} | {c.name for c in facts.classes if not c.scope}
    if attribute in known or "*" in known or "__getattr__" in known:
        yield Check(FINE, text, start.location)
    else:
        chain = (Step(path, 1, f"nothing in this module is called {attribute}"),)
        yield Check(
            BROKEN, f"it names {start.launch.module}:{attribute}, and {path} has no {attribute}", start.location, chain
        )


def _script(project: Project, start: Start) -> Check:
    script, folder = start.launch.script, start.unit.folder
    name = posixpath.basename(script)
    candidates = [p for p in project.listing.paths if p.rpartition("/")[2] == name and _inside(p, folder)]
    if candidates:
        return Check(FINE, f"{start.launch.program or 'python'} runs {script}, which exists", start.location)
    elsewhere = script.startswith("/") or "$" in script or start.unit.image is None or _fetches(start.unit)
    if elsewhere or not any(_inside(p, folder) for p in project.python):
        return Check(UNKNOWN, f"{script} is not part of the repository", start.location)
    return Check(BROKEN, f"it runs {script}, which does not exist", start.location)


def _fetches(unit: Unit) -> bool:
    """Whether the image gets code from elsewhere while it is built."""
    stages = unit.image.used_stages() if unit.image is not None else ()
    return any(_FETCHES.search(run.text) for stage in stages for run in stage.all("RUN"))


def _declared(project: Project, start: Start) -> Iterator[Check]:
    """Whether the server of a start command is among what the image installs."""
    server, unit = start.launch.server, start.unit
    base = unit.image.base if unit.image is not None else None
    if base is None or not _PLAIN_BASES.search(repository(base[0])) or start.launch.through[:1] == ("npx",):
        return
    manifests = [p for p, f in project.files.items() if f.python_manifest is not None and _near(p, unit.folder)]
    if not manifests or any(p.rpartition("/")[2] in {"environment.yml", "Pipfile.lock"} for p in project.listing.paths):
        return
    names = _declared_names(project, unit)
    if any(name in names for name in _SERVERS[server]) or _brought(project, unit, server):
        yield Check(FINE, f"{server} is a declared dependency", start.location)
    elif _complete(project, unit, names):
        yield Check(BROKEN, f"it starts {server}, which no requirements file of the image declares", start.location)


def _near(path: str, folder: str) -> bool:
    home = posixpath.dirname(path)
    return _inside(path, folder) or folder == home or folder.startswith(f"{home}/") or not home


def _declared_names(project: Project, unit: Unit) -> frozenset[str]:
    """The Python packages that the manifests near a unit and the RUN lines of its image name."""
    names: set[str] = set()
    for path, facts in project.files.items():
        if facts.python_manifest is not None and _near(path, unit.folder):
            names |= {dependency.name for dependency in facts.python_manifest.dependencies}
            names.add(facts.python_manifest.name)
    if unit.image is not None:
        names |= {package.name.lower().replace("_", "-") for package in installed(unit.image)}
        for stage in unit.image.used_stages():
            for run in stage.all("RUN"):
                names |= {word for word in _SERVERS if re.search(rf"\b{word}\b", run.text)}
    return frozenset(names)


def _brought(project: Project, unit: Unit, server: str) -> bool:
    for path, facts in project.files.items():
        if facts.python_manifest is None or not _near(path, unit.folder):
            continue
        for dependency in facts.python_manifest.dependencies:
            extras = _BRINGS.get(server, {}).get(dependency.name)
            if extras is not None and (not extras or extras & set(dependency.extras)):
                return True
    return False


def _complete(project: Project, unit: Unit, names: frozenset[str]) -> bool:
    """Whether the manifests were read whole: no include is missing, no name is a variable or a path."""
    assert unit.image is not None
    packages = installed(unit.image)
    if any(
        p.manager == "pip" and (p.name.startswith(("$", ".", "/", "git+", "http")) or "$" in p.file) for p in packages
    ):
        return False
    for path, facts in project.files.items():
        if facts.python_manifest is not None and _near(path, unit.folder):
            folder = posixpath.dirname(path)
            for include in facts.python_manifest.includes:
                if posixpath.normpath(posixpath.join(folder, include.text)) not in project.listing.paths:
                    return False
    return bool(names) and any(p.manager in {"pip", "poetry", "uv", "pipenv"} for p in packages)


def check_copies(project: Project, unit: Unit) -> Iterator[Check]:
    """Whether the files that an image copies out of its build context are there."""
    if unit.image is None:
        return
    for stage in unit.image.used_stages():
        for copy in stage_copies(stage):
            if not copy.from_stage:
                yield from _copied(project, unit, copy)


def _copied(project: Project, unit: Unit, copy: Copy) -> Iterator[Check]:
    place = Location(unit.dockerfile, copy.line)
    # Without compose the context is not written down: any folder above the Dockerfile may be it.
    above = posixpath.dirname(unit.dockerfile).split("/") if not unit.service else []
    contexts = [unit.folder, *("/".join(above[:depth]) for depth in range(len(above), -1, -1) if not unit.service)]
    states = [_source(project, unit, source, contexts) for source in copy.sources]
    # A pattern that matches nothing is fine as long as another source of the same line is there.
    missing = [s for s, state in zip(copy.sources, states, strict=True) if state == BROKEN and not _is_glob(s)]
    if states and all(state == BROKEN for state in states):
        missing = list(copy.sources)
    if missing:
        yield Check(BROKEN, f"{copy.keyword} {missing[0]}: no such file in the build context", place)
    elif UNKNOWN in states:
        source = copy.sources[states.index(UNKNOWN)]
        yield Check(UNKNOWN, f"{copy.keyword} {source}: made or fetched before the image is built", place)
    elif states:
        yield Check(FINE, f"{copy.keyword} takes files that exist", place)


def _is_glob(source: str) -> bool:
    return any(char in source for char in "*?[")


def _source(project: Project, unit: Unit, source: str, contexts: list[str]) -> str:
    if "$" in source or "://" in source or source.startswith("git@"):
        return FINE if "://" in source else UNKNOWN
    wanted = posixpath.normpath(source.lstrip("/")) if source.strip("/") else "."
    if wanted == ".":
        return FINE
    for context in contexts:
        full = posixpath.normpath(posixpath.join(context, wanted))
        if full.startswith(".."):
            return UNKNOWN
        if _exists(project.listing.paths, full, _is_glob(wanted)):
            return FINE
    full = posixpath.normpath(posixpath.join(unit.folder, wanted))
    made = _MADE.search(wanted) or project.gitignores.ignored(full) or project.gitignores.ignored(full, is_dir=True)
    return UNKNOWN if made else BROKEN


def _exists(paths: frozenset[str], full: str, glob: bool) -> bool:
    if not glob:
        return full in paths or any(path.startswith(f"{full}/") for path in paths)
    depth = full.count("/") + 1
    return any(fnmatch.fnmatchcase("/".join(path.split("/")[:depth]), full) for path in paths)


def check_syntax(project: Project) -> Iterator[Check]:
    """Modules that production reaches and that do not parse: broken, unless they may want a newer Python than ours."""
    pinned = _pinned(project)
    for path in project.reached:
        facts = project.python.get(path)
        if facts is None or not facts.problem.startswith("does not parse") or project.role(path) is not Role.PRODUCTION:
            continue
        found = re.search(r"line (\d{1,7})", facts.problem)
        place = Location(path, int(found[1]) if found else 1)
        if pinned is not None and pinned <= sys.version_info[1]:
            yield Check(BROKEN, f"production imports {path}, which {facts.problem}", place)
        else:
            yield Check(UNKNOWN, f"{path} {facts.problem}, and production may run a newer Python than this one", place)


def _pinned(project: Project) -> int | None:
    """The newest minor version of Python 3 that an image of production pins, None if none does."""
    found: list[int] = []
    for unit in project.deployment.production():
        base = unit.image.base if unit.image is not None else None
        if base is not None and repository(base[0]).endswith("python"):
            version = _VERSION.search(base[0].rpartition(":")[2])
            found.append(int(version[1]) if version else 99)
    return max(found, default=None)


def npm_script_missing(scripts: Mapping[str, object], start: Start) -> bool:
    """Whether an npm script is started that package.json does not have."""
    return bool(scripts) and start.launch.server == "npm" and start.launch.script not in scripts

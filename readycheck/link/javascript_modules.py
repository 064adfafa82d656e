"""Modules and names of protection in a Node server that nothing imports, or that are imported and left unused."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from readycheck.facts.javascript import JavascriptFacts
from readycheck.link.control_modules import Wire
from readycheck.link.project import Project
from readycheck.link.wiring import in_production
from readycheck.model import Location, Step

_SERVERS = frozenset({"express", "koa", "fastify", "restify.createServer"})
_MODULE = re.compile(
    r"^(?:[\w-]{0,30}[._-])?(?:rate-?limit(?:er|ers|ing|s)?|limiters?|throttl(?:e|er|ing)|csrf|csrf-?protection|"
    r"security-?headers|security-?middleware|helmet|sanitiz(?:e|er|ation)|brute-?force|auth-?(?:middleware|guard)|"
    r"(?:require|is|ensure)-?auth(?:enticated|orized)?)(?:[._-]?middleware)?$",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"^[a-z]\w{0,40}(?:Limiter|RateLimit|Throttle|Csrf|CSRF|SecurityHeaders)$|^(?:limiter|rateLimit(?:er)?|throttle|helmet)$|"
    r"^(?:csrf\w{0,20}|authMiddleware|authGuard|requireAuth|ensureAuth\w{0,12}|isAuthenticated|isAuthorized|securityHeaders)$"
)
_EXTENSION = re.compile(r"\.[cm]?[jt]sx?$")
# What finds modules by their place in a folder instead of by name.
_LOADERS = frozenset("@fastify/autoload consign include-all require-all require-directory fast-glob glob".split())


def unwired_modules(project: Project) -> Iterator[Wire]:
    """Every protective module of a server that nothing imports, and every import of one that does nothing."""
    servers = {
        _package(project, path): Step(path, call.line, "should be mounted on this app")
        for path, facts in reversed(list(project.javascript.items()))
        for call in facts.calls
        if call.call.name in _SERVERS and in_production(project, path)
    }
    if not servers:
        return
    imports = [i for facts in project.javascript.values() for i in facts.imports]
    named = {_EXTENSION.sub("", posixpath.basename(i.module.rstrip("/"))) for i in imports}
    used = {name for i in imports if i.used_lines for name in (i.local, i.imported)}
    loads = any(i.module in _LOADERS or "readdir" in i.imported.lower() for i in imports)
    for path, facts in project.javascript.items():
        app = servers.get(_package(project, path))
        if app is None or not in_production(project, path) or facts.problem:
            continue
        if not loads and _nobody_imports(path, facts, named):
            yield Wire(path, Location(path, 1), "is imported by no module", "", (app,))
        yield from _unused(path, facts, used, app)


def _package(project: Project, path: str) -> str:
    """The folder of the nearest package.json."""
    folder = posixpath.dirname(path)
    while folder and posixpath.join(folder, "package.json") not in project.listing.paths:
        folder = posixpath.dirname(folder)
    return folder


def _nobody_imports(path: str, facts: JavascriptFacts, named: set[str]) -> bool:
    stem = _EXTENSION.sub("", posixpath.basename(path))
    makes_server = any(call.call.name in _SERVERS for call in facts.calls)
    return bool(_MODULE.match(stem)) and bool(facts.exports) and stem not in named and not makes_server


def _unused(path: str, facts: JavascriptFacts, used: set[str], app: Step) -> Iterator[Wire]:
    """Imports of the project's own controls without a use here or anywhere else."""
    exported = {e.local or e.name for e in facts.exports}
    for one in facts.imports:
        own = one.module.startswith((".", "@/", "~/", "src/"))
        if own and _NAME.match(one.local) and not one.used_lines and not {one.local, one.imported} & (used | exported):
            yield Wire(one.local, Location(path, one.line), "is imported and never used", "", (app,))

"""Every cross-origin policy of a project in one shape, whichever framework or proxy states it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from readycheck.facts.lazily import lazy
from readycheck.facts.values import Const
from readycheck.link.cors_policy import CorsPolicy, is_star, known
from readycheck.link.cors_python import (
    HEADER_HELPERS,
    django_policies,
    flask_policies,
    policies_by_hand,
    policies_of_own_classes,
    starlette_policies,
)
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.resolve import Possible
from readycheck.model import Location, Role

__all__ = ["CALLS", "CorsPolicy", "cors_policies", "is_star"]

# Last segments of call names that extraction must record for this module.
CALLS = HEADER_HELPERS | set(
    "CORSMiddleware CORS cross_origin add_middleware Middleware init_app allow_origins=".split()
)

_NGINX = lazy(
    r"^[ \t]*(?:add_header|more_set_headers|proxy_set_header)[ \t]+"
    r"[\"']?Access-Control-Allow-Origin[\"']?:?[ \t]+[\"']?([^\s\"';]+)",
    re.M | re.I,
)
_NGINX_CREDENTIALS = lazy(
    r"^[ \t]*add_header[ \t]+[\"']?Access-Control-Allow-Credentials[\"']?[ \t]+[\"']?true", re.M | re.I
)
_STATIC_LOCATION = lazy(
    r"location[^{]*(?:woff|ttf|eot|otf|svg|\bfonts?\b|\.css|\.js\b|static|assets)[^{]*\{[^{}]*\Z", re.I
)

_FOLDER = lazy(r"^[ \t]{0,40}(?:root|alias)[ \t]", re.M)
_ASKS = lazy(r"_pass[ \t]|try_files[^;\n]{0,200}@|\}")


@once
def cors_policies(project: Project) -> Iterator[CorsPolicy]:
    """All policies of all files, in no role order: the role of a place is the caller's to weigh."""
    yield from starlette_policies(project)
    yield from flask_policies(project)
    yield from django_policies(project)
    yield from policies_by_hand(project)
    yield from policies_of_own_classes(project)
    yield from _javascript(project)
    yield from _nginx(project)
    yield from _labels(project)


def _javascript(project: Project) -> Iterator[CorsPolicy]:
    for path, facts in project.javascript.items():
        for setup in facts.cors:
            place = Location(path, setup.line, setup.column)
            reason = "the request's own origin is always accepted" if setup.reflects else ""
            value = setup.origins
            if not reason and value is not None and (is_star(value) or value == Const(True)):
                reason = "origin is *" if is_star(value) else "origin: true accepts every origin"
            how = setup.how
            if reason and not setup.reflects and (setup.shared or _serves_files(project, path, setup.source)):
                reason, how = "", f"{how} for public files"  # they are served to every site on purpose
            doubt = (
                "" if reason or (value is not None and known(value)) else f"the origins of {setup.how} are not known"
            )
            origins = (Possible(value),) if value is not None else ()
            yield CorsPolicy(place, setup.framework, how, origins, reason, doubt, True, setup.credentials)


def _serves_files(project: Project, path: str, source: str) -> bool:
    """Whether a path is that of a folder or file that Next.js serves as it lies in `public`."""
    fixed = re.split(r"[:(*]", source, maxsplit=1)[0].strip("/")
    if not fixed or fixed == "api":
        return False
    served = posixpath.join(posixpath.dirname(path), "public", fixed)
    return any(one == served or one.startswith(f"{served}/") for one in project.listing.paths)


def _nginx(project: Project) -> Iterator[CorsPolicy]:
    for path, facts in project.files.items():
        if not facts.text or "Access-Control-Allow-Origin" not in facts.text:
            continue
        credentials = bool(_NGINX_CREDENTIALS.search(facts.text))
        for match in _NGINX.finditer(facts.text):
            value = match[1]
            static = bool(_STATIC_LOCATION.search(facts.text, max(0, match.start() - 600), match.start()))
            static = static or _only_files(facts.text, match.start())
            reason = (
                "the header is *"
                if value == "*"
                else "the request's own Origin is sent back"
                if value == "$http_origin"
                else ""
            )
            how = "add_header"
            if static and value == "*":
                # Fonts and other public assets are served to every site on purpose.
                reason, how = "", "add_header for public files"
            line = facts.text.count("\n", 0, match.start()) + 1
            yield CorsPolicy(Location(path, line), "nginx", how, (), reason, "", True, credentials)


def _only_files(text: str, at: int) -> bool:
    """Whether a place of an nginx file stands in a location that hands out the files of a folder and asks no server."""
    start, end = text.rfind("{", 0, at), text.find("}", at)
    head = text[text.rfind("\n", 0, max(start, 0)) + 1 : max(start, 0)]
    block = text[start:end]
    own = head.lstrip().startswith("location") and end > start and not _ASKS.search(block)
    return own and _FOLDER.search(block) is not None


def _labels(project: Project) -> Iterator[CorsPolicy]:
    for composition, service in project.services(production=False):
        if composition.role is Role.TEST:
            continue
        for name, value in service.labels.items():
            if name.lower().endswith(("accesscontrolalloworiginlist", "accesscontrolalloworigin")):
                reason = "the proxy answers with *" if value.strip() == "*" else ""
                yield CorsPolicy(service.place("labels"), "traefik", name, (), reason, "", True, None)

"""Every cross-origin policy of a project in one shape, whichever framework or proxy states it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.values import Argument, Call, Choice, Const, Items, Name, Table, Value
from readycheck.link.apps import Mount
from readycheck.link.names import names_in
from readycheck.link.project import Project
from readycheck.link.resolve import Possible, truth
from readycheck.model import Location, Role, Step

# Last segments of call names that extraction must record for this module.
CALLS = frozenset({"CORSMiddleware", "CORS", "cross_origin", "add_middleware", "Middleware", "init_app"})

_STARLETTE = "starlette.middleware.cors.CORSMiddleware"
_NGINX = re.compile(
    r"^[ \t]*(?:add_header|more_set_headers|proxy_set_header)[ \t]+"
    r"[\"']?Access-Control-Allow-Origin[\"']?:?[ \t]+[\"']?([^\s\"';]+)",
    re.M | re.I,
)
_NGINX_CREDENTIALS = re.compile(
    r"^[ \t]*add_header[ \t]+[\"']?Access-Control-Allow-Credentials[\"']?[ \t]+[\"']?true", re.M | re.I
)
_STATIC_LOCATION = re.compile(
    r"location[^{]*(?:woff|ttf|eot|otf|svg|\bfonts?\b|\.css|\.js\b|static|assets)[^{]*\{[^{}]*\Z", re.I
)
_ANY_REGEX = re.compile(r"^\^?\(?(?:https?|https\?)?(?::(?:\\?/){2})?\(?\.[*+]\)?\??\)?\$?$")


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """One policy. `origins` are the values it can have in production; `wildcard` says why any site may read, "" if not.

    `doubt` is why that cannot be told; `conditional` says that it is not known whether production mounts the policy at
    all. `methods` and `headers` are the arguments for those lists, if given.
    """

    location: Location
    framework: str
    how: str
    origins: tuple[Possible, ...]
    wildcard: str
    doubt: str
    certain: bool
    credentials: bool | None
    chain: tuple[Step, ...] = ()
    methods: Argument | None = None
    headers: Argument | None = None
    scope: str = ""
    connected_by: str = ""
    conditional: bool = False


def cors_policies(project: Project) -> Iterator[CorsPolicy]:
    """All policies of all files, in no role order: the role of a place is the caller's to weigh."""
    yield from _starlette(project)
    yield from _flask(project)
    yield from _django(project)
    yield from _headers_by_hand(project)
    yield from _javascript(project)
    yield from _nginx(project)
    yield from _labels(project)


def is_star(value: Value) -> bool:
    """Whether a resolved origins value contains the star."""
    match value:
        case Const(value=str() as text):
            return "*" in [part.strip() for part in text.strip("[]").replace('"', "").replace("'", "").split(",")]
        case Items(items=items):
            return any(is_star(item) or (isinstance(item, Const) and item.value == ".*") for item in items)
        case Choice(options=options):
            return any(is_star(option) for option in options)
    return False


def _known(value: Value) -> bool:
    match value:
        case Const():
            return True
        case Items(items=items):
            return all(_known(item) for item in items)
    return False


def _judged(
    project: Project, value: Value, path: str, scope: str
) -> tuple[tuple[Possible, ...], str, str, bool, tuple[Step, ...]]:
    """What an origins expression amounts to: (possible values, why it is a wildcard, why in doubt, certain, chain)."""
    possible = project.resolver.possible(value, path, scope)
    for found in possible:
        if is_star(found.value):
            return possible, "the list of origins contains *", "", found.certain, found.steps
    unknown = next((p for p in possible if not _known(p.value)), None)
    doubt = (
        ""
        if unknown is None
        else getattr(unknown.value, "text", "") or "the origins come from code that is not followed"
    )
    return possible, "", doubt, True, possible[0].steps if possible else ()


def _flag(project: Project, argument: Argument | None, path: str, scope: str) -> bool | None:
    if argument is None:
        return False
    answers = {truth(p.value) for p in project.resolver.possible(argument.value, path, scope)}
    return True if True in answers else None if None in answers else False


def _starlette(project: Project) -> Iterator[CorsPolicy]:
    for mount in project.mounts:
        if mount.cls != _STARLETTE:
            continue
        path, scope = mount.location.path, mount.scope
        runs = project.resolver.holds(mount.guards, path, scope)
        if runs is False:
            continue
        unsure = runs is None and not _asks_for_origins(mount)
        credentials = _flag(project, mount.argument("allow_credentials"), path, scope)
        methods, headers = mount.argument("allow_methods"), mount.argument("allow_headers")
        wire = project.connection(path)
        regex = mount.argument("allow_origin_regex")
        if regex is not None:
            found = project.resolver.possible(regex.value, path, scope)
            loose = next(
                (p for p in found if isinstance(p.value, Const) and _ANY_REGEX.match(str(p.value.value))), None
            )
            reason = "the origin pattern matches every origin" if loose else ""
            place = Location(path, regex.line)
            yield CorsPolicy(
                place,
                "starlette",
                "allow_origin_regex",
                found,
                reason,
                "",
                True,
                credentials,
                loose.steps if loose else (),
                methods,
                headers,
                scope,
                wire,
                unsure,
            )
        origins = mount.argument("allow_origins")
        if origins is not None:
            possible, reason, doubt, certain, chain = _judged(project, origins.value, path, scope)
            place = Location(path, origins.line)
            yield CorsPolicy(
                place,
                "starlette",
                "allow_origins",
                possible,
                reason,
                doubt,
                certain,
                credentials,
                chain,
                methods,
                headers,
                scope,
                wire,
                unsure,
            )
        elif regex is None:
            yield CorsPolicy(
                mount.location,
                "starlette",
                "CORSMiddleware",
                (),
                "",
                "",
                True,
                credentials,
                (),
                methods,
                headers,
                scope,
                wire,
                unsure,
            )


def _asks_for_origins(mount: Mount) -> bool:
    """Whether the condition around a policy only asks if there are origins: `if settings.CORS_ORIGINS:`."""
    origins = mount.argument("allow_origins")
    tested = {g.test.dotted for g in mount.guards if isinstance(g.test, Name) and g.holds}
    return origins is not None and len(tested) == len(mount.guards) and tested <= set(names_in(origins.value))


def _flask(project: Project) -> Iterator[CorsPolicy]:
    for path, facts in project.python.items():
        for call in facts.calls:
            if call.call.name not in {"flask_cors.CORS", "flask_cors.cross_origin", "flask_cors.extension.CORS"}:
                continue
            if call.call.name.endswith("CORS") and not call.call.args:
                continue  # `cors = CORS()`: what it does is said at init_app
            yield _flask_policy(project, path, call.call, Location(path, call.line, call.column), call.scope)
    for mount in project.mounts:
        if mount.how == "init_app" and mount.cls in {"flask_cors.CORS", "flask_cors.extension.CORS"}:
            made = Call("flask_cors.CORS", (Argument(None, Const(None), 0), *mount.arguments))
            yield _flask_policy(project, mount.location.path, made, mount.location, mount.scope)


def _flask_policy(project: Project, path: str, call: Call, place: Location, scope: str) -> CorsPolicy:
    credentials = _flag(project, call.argument("supports_credentials"), path, scope)
    origins = call.argument("origins", 2 if call.name.endswith("CORS") else None) or call.argument("origin")
    resources = call.argument("resources")
    value: Value = origins.value if origins else Const("*")
    line = origins.line if origins else place.line
    if origins is None and resources is not None:
        value, line = _resource_origins(resources), resources.line
    possible, reason, doubt, certain, chain = _judged(project, value, path, scope)
    if reason and origins is None and resources is None:
        reason = "flask-cors lets in every origin when none is named"
    return CorsPolicy(
        Location(path, line),
        "flask",
        "flask-cors",
        possible,
        reason,
        doubt,
        certain,
        credentials,
        chain,
        call.argument("methods"),
        call.argument("allow_headers"),
        scope,
    )


def _resource_origins(resources: Argument) -> Value:
    if not isinstance(resources.value, Table):
        return Const("*") if isinstance(resources.value, Const) else resources.value
    found: list[Value] = []
    for _, options in resources.value.pairs:
        found.append((options.get("origins") if isinstance(options, Table) else None) or Const("*"))
    return Items(tuple(found))


def _django(project: Project) -> Iterator[CorsPolicy]:
    for path, facts in project.python.items():
        names = {b.name for b in facts.bindings if not b.scope}
        credentials = _setting(project, path, "CORS_ALLOW_CREDENTIALS") if "CORS_ALLOW_CREDENTIALS" in names else False
        for binding in facts.bindings:
            if binding.scope or project.resolver.holds(binding.guards, path) is False:
                continue
            place = Location(path, binding.line)
            if binding.name in {"CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL"}:
                possible = project.resolver.possible(binding.value, path)
                on = next((p for p in possible if truth(p.value)), None)
                unknown = next((p for p in possible if truth(p.value) is None), None)
                doubt = (
                    "" if on or not unknown else getattr(unknown.value, "text", "") or f"{binding.name} is not known"
                )
                yield CorsPolicy(
                    place,
                    "django",
                    binding.name,
                    possible,
                    f"{binding.name} is on" if on else "",
                    doubt,
                    on.certain if on else True,
                    credentials,
                    on.steps if on else (),
                )
            elif binding.name in {"CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST"}:
                possible, reason, doubt, certain, chain = _judged(project, binding.value, path, "")
                yield CorsPolicy(place, "django", binding.name, possible, reason, doubt, certain, credentials, chain)
            elif binding.name in {"CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST"} and isinstance(
                binding.value, Items
            ):
                texts = [i.value for i in binding.value.items if isinstance(i, Const)]
                loose = any(_ANY_REGEX.match(str(text)) for text in texts)
                yield CorsPolicy(
                    place,
                    "django",
                    binding.name,
                    (),
                    "an origin pattern matches every origin" if loose else "",
                    "",
                    True,
                    credentials,
                )


def _setting(project: Project, path: str, name: str) -> bool | None:
    answers = {truth(p.value) for p in project.resolver.possible(Name(name), path)}
    return True if True in answers else None if None in answers else False


def _headers_by_hand(project: Project) -> Iterator[CorsPolicy]:
    for path, facts in project.python.items():
        by_hand = [b for b in facts.bindings if b.name.lower().endswith("[access-control-allow-origin]")]
        for binding in by_hand:
            possible, reason, _, certain, chain = _judged(project, binding.value, path, binding.scope)
            echoed = _echoes(binding.value)
            reason = reason or ("the request's own Origin header is sent back" if echoed else "")
            credentials = any(b.name.lower().endswith("[access-control-allow-credentials]") for b in facts.bindings)
            yield CorsPolicy(
                Location(path, binding.line),
                "header",
                "header",
                possible,
                reason,
                "",
                certain,
                credentials,
                chain,
                None,
                None,
                binding.scope,
            )


def _echoes(value: Value) -> bool:
    """Whether a value is read from the request's Origin header, with no check around it."""
    if isinstance(value, Call):
        last = value.name.rpartition(".")[2]
        first = value.args[0].value if value.args else None
        return (
            last in {"get", "[]"} and isinstance(first, Const) and str(first.value).lower() in {"origin", "http_origin"}
        )
    return isinstance(value, Choice) and any(_echoes(option) for option in value.options)


def _javascript(project: Project) -> Iterator[CorsPolicy]:
    for path, facts in project.javascript.items():
        for setup in facts.cors:
            place = Location(path, setup.line, setup.column)
            reason = "the request's own origin is always accepted" if setup.reflects else ""
            value = setup.origins
            if not reason and value is not None and (is_star(value) or value == Const(True)):
                reason = "origin is *" if is_star(value) else "origin: true accepts every origin"
            doubt = (
                "" if reason or (value is not None and _known(value)) else f"the origins of {setup.how} are not known"
            )
            origins = (Possible(value),) if value is not None else ()
            yield CorsPolicy(place, setup.framework, setup.how, origins, reason, doubt, True, setup.credentials)


def _nginx(project: Project) -> Iterator[CorsPolicy]:
    for path, facts in project.files.items():
        if not facts.text or "Access-Control-Allow-Origin" not in facts.text:
            continue
        credentials = bool(_NGINX_CREDENTIALS.search(facts.text))
        for match in _NGINX.finditer(facts.text):
            value = match[1]
            static = bool(_STATIC_LOCATION.search(facts.text, max(0, match.start() - 600), match.start()))
            reason = (
                "the header is *"
                if value == "*"
                else "the request's own Origin is sent back"
                if value == "$http_origin"
                else ""
            )
            if static and value == "*":
                reason = ""  # fonts and other public assets are served to every site on purpose
            line = facts.text.count("\n", 0, match.start()) + 1
            yield CorsPolicy(Location(path, line), "nginx", "add_header", (), reason, "", True, credentials)


def _labels(project: Project) -> Iterator[CorsPolicy]:
    for composition, service in project.services(production=False):
        if composition.role is Role.TEST:
            continue
        for name, value in service.labels.items():
            if name.lower().endswith(("accesscontrolalloworiginlist", "accesscontrolalloworigin")):
                reason = "the proxy answers with *" if value.strip() == "*" else ""
                yield CorsPolicy(service.place("labels"), "traefik", name, (), reason, "", True, None)

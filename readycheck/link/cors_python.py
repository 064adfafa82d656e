"""Cross-origin policies of Python applications: Starlette, Flask, Django, and headers set by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readycheck.facts.lazily import lazy
from readycheck.facts.python import Binding, Guard
from readycheck.facts.values import Argument, Call, Choice, Const, Items, Name, Table, Value
from readycheck.link.apps import Mount
from readycheck.link.cors_policy import CorsPolicy, flag, judged
from readycheck.link.names import names_in
from readycheck.link.project import Project
from readycheck.link.resolve import truth
from readycheck.model import Location, Role

# What people call a function of their own that sets these headers; extraction must record its calls.
HEADER_HELPERS = frozenset(
    "add_cors_headers set_cors_headers add_cors set_cors apply_cors apply_cors_headers cors_headers cors".split()
)
_SWITCH = lazy(r"cors|cross_?origin|debug|(?:^|_)dev(?:_|el|$)", re.IGNORECASE)
_CORS_CLASS = re.compile(r"cors", re.IGNORECASE)
_STARLETTE = "starlette.middleware.cors.CORSMiddleware"
_ANY_REGEX = lazy(r"^\^?\(?(?:https?|https\?)?(?::(?:\\?/){2})?\(?\.[*+]\)?\??\)?\$?$")

# A function of such a name sets headers for more than its own answer.
_FOR_ALL = lazy(r"cors|header|middleware|hook|after|before|process|wrap|preflight|options|respon", re.IGNORECASE)


def starlette_policies(project: Project) -> Iterator[CorsPolicy]:
    """CORSMiddleware as it is mounted."""
    for mount in project.mounts:
        if mount.cls != _STARLETTE:
            continue
        path, scope = mount.location.path, mount.scope
        runs = project.resolver.holds(mount.guards, path, scope)
        if runs is False:
            continue
        unsure = runs is None and not _asks_for_origins(mount)
        credentials = flag(project, mount.argument("allow_credentials"), path, scope)
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
            possible, reason, doubt, certain, chain = judged(project, origins.value, path, scope)
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


def policies_of_own_classes(project: Project) -> Iterator[CorsPolicy]:
    """Origins handed to something of the project's own, whose rules for them are not followed."""
    for path, facts in project.python.items():
        for call in facts.calls:
            name = call.call.name.rpartition(".")[2]
            origins = call.call.argument("allow_origins")
            if origins is None or not _CORS_CLASS.search(name) or name in {"CORSMiddleware", "CORS"}:
                continue
            possible, reason, doubt, certain, chain = judged(project, origins.value, path, call.scope)
            credentials = flag(project, call.call.argument("allow_credentials"), path, call.scope)
            doubt = f"{name} is given every origin, and what it does with them is not followed" if reason else doubt
            place = Location(path, origins.line)
            yield CorsPolicy(place, name, name, possible, "", doubt, certain, credentials, chain, scope=call.scope)


def _asks_for_origins(mount: Mount) -> bool:
    """Whether the condition around a policy only asks if there are origins: `if settings.CORS_ORIGINS:`."""
    origins = mount.argument("allow_origins")
    tested = {g.test.dotted for g in mount.guards if isinstance(g.test, Name) and g.holds}
    return origins is not None and len(tested) == len(mount.guards) and tested <= set(names_in(origins.value))


def flask_policies(project: Project) -> Iterator[CorsPolicy]:
    """flask-cors, as a call, a decorator or mounted later."""
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
    credentials = flag(project, call.argument("supports_credentials"), path, scope)
    origins = call.argument("origins", 2 if call.name.endswith("CORS") else None) or call.argument("origin")
    resources = call.argument("resources")
    value: Value = origins.value if origins else Const("*")
    line = origins.line if origins else place.line
    if origins is None and resources is not None:
        value, line = _resource_origins(resources), resources.line
    possible, reason, doubt, certain, chain = judged(project, value, path, scope)
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


def django_policies(project: Project) -> Iterator[CorsPolicy]:
    """django-cors-headers, by its settings."""
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
                possible, reason, doubt, certain, chain = judged(project, binding.value, path, "")
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


def policies_by_hand(project: Project) -> Iterator[CorsPolicy]:
    """Headers that Python code sets itself."""
    for path, facts in project.python.items():
        yield from _tables(path, facts.bindings)
        by_hand = [b for b in facts.bindings if b.name.lower().endswith("[access-control-allow-origin]")]
        for binding in by_hand:
            switch = _switch(project, path, binding)
            if switch is None:
                continue
            possible, reason, _, certain, chain = judged(project, binding.value, path, binding.scope)
            echoed = _echoes(binding.value)
            reason = reason or ("the request's own Origin header is sent back" if echoed else "")
            doubt = f"whether {switch} is on in production, which sends the header, is not known" if switch else ""
            credentials = any(b.name.lower().endswith("[access-control-allow-credentials]") for b in facts.bindings)
            yield CorsPolicy(
                Location(path, binding.line),
                "header",
                "header",
                possible,
                "" if doubt else reason,
                doubt if reason else "",
                certain,
                credentials,
                chain,
                None,
                None,
                binding.scope,
                single=not credentials and not echoed and _answers_once(project, path, binding.scope),
            )


def _answers_once(project: Project, path: str, scope: str) -> bool:
    """Whether the function is a view, so that the header opens this one answer and no other."""
    if not scope or "." in scope or _FOR_ALL.search(scope):
        return False
    made = next((f for f in project.python[path].functions if f.name == scope and not f.scope), None)
    return made is not None and bool(made.parameters) and made.parameters[0].name == "request"


def _tables(path: str, bindings: tuple[Binding, ...]) -> Iterator[CorsPolicy]:
    """Headers for answers, kept as a table under a name of their own; in a function it may be those of a request."""
    for binding in bindings:
        if not isinstance(binding.value, Table) or (binding.scope and "cors" not in binding.name.lower()):
            continue
        headers = {str(key.value).lower(): value for key, value in binding.value.pairs if isinstance(key, Const)}
        origin = headers.get("access-control-allow-origin")
        if isinstance(origin, Const):
            place = Location(path, binding.line)
            credentials = str(getattr(headers.get("access-control-allow-credentials"), "value", "")).lower() == "true"
            star = origin.value == "*"
            reason = "the header is *" if star and credentials else ""
            # One table is for a few answers, and those of an open interface may be meant for every site.
            doubt = f"{binding.name} is for every origin: whether what it is sent with is public is not known"
            yield CorsPolicy(
                place, "header", binding.name, (), reason, doubt if star and not reason else "", True, credentials
            )


def _switch(project: Project, path: str, header: Binding) -> str | None:
    """What decides whether a header is sent at all: "" where nothing does, None where it is off in production."""
    ways = [_way(project, path, header.scope, header.guards)]
    helper = header.scope.rpartition(".")[2]
    if helper in HEADER_HELPERS:
        calls = [(p, c) for p, f in project.python.items() for c in f.calls if c.call.name.endswith(helper)]
        asked = [_way(project, p, c.scope, c.guards) for p, c in calls if project.role(p) is Role.PRODUCTION]
        on = [way for way in asked if way is not None]
        ways.append(None if asked and not on else next((w for w in on if not w), on[0] if on else ""))
    return None if None in ways else next((way for way in ways if way), "")


def _way(project: Project, path: str, scope: str, guards: tuple[Guard, ...]) -> str | None:
    """The switch for cross-origin requests, or for development, that the conditions ask for and nobody knows."""
    runs = project.resolver.holds(guards, path, scope)
    if runs is not None:
        return "" if runs else None
    return next((n for g in guards for n in names_in(g.test) if _SWITCH.search(n.rpartition(".")[2])), "")


def _echoes(value: Value) -> bool:
    """Whether a value is read from the request's Origin header, with no check around it."""
    if isinstance(value, Call):
        last = value.name.rpartition(".")[2]
        first = value.args[0].value if value.args else None
        return (
            last in {"get", "[]"} and isinstance(first, Const) and str(first.value).lower() in {"origin", "http_origin"}
        )
    return isinstance(value, Choice) and any(_echoes(option) for option in value.options)

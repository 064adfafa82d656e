"""Every cookie that carries a session, in one shape, whichever framework sets it."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.lazily import lazy
from readycheck.facts.python import Binding, PythonCall
from readycheck.facts.values import Argument, Call, Const, Name, Opaque, Table, Value
from readycheck.link.cookie_shapes import Cookie, carries_a_session
from readycheck.link.describe import describe
from readycheck.link.javascript_cookies import javascript_cookies
from readycheck.link.names import names_in
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.resolve import truth
from readycheck.link.wiring import in_production
from readycheck.model import Location, Step

# Last segments of call names that extraction must record for this module.
CALLS = frozenset(
    "set_cookie set_signed_cookie update from_mapping cookie express-session cookie-session js-cookie "
    "js:set js:session".split()
)
_OUTSIDE = ("set by no deployment in the repository", "comes from outside the repository")
_NOT_DEBUG = lazy(r"= not (?:\w{1,60}\.){0,4}DEBUG\b")
_DJANGO_SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
_SETTINGS = (
    ("SESSION_COOKIE_SECURE", "Secure"),
    ("SESSION_COOKIE_HTTPONLY", "HttpOnly"),
    ("SESSION_COOKIE_SAMESITE", "SameSite"),
)
_STARLETTE_SESSION = "starlette.middleware.sessions.SessionMiddleware"
_FLASK_LOGIN = ("flask.session", "flask_login", "flask_security", "flask_session")


@once
def session_cookies(project: Project) -> Iterator[Cookie]:
    """All cookies of all files; the role of a place is the caller's to weigh."""
    for path, facts in project.python.items():
        for call in facts.calls:
            if call.call.name.rpartition(".")[2] in {"set_cookie", "set_signed_cookie"}:
                cookie = _set_cookie(project, path, call)
                if cookie is not None:
                    yield cookie
    yield from _starlette_sessions(project)
    yield from _flask_sessions(project)
    yield from _django_sessions(project)
    yield from javascript_cookies(project)


def _set_cookie(project: Project, path: str, call: PythonCall) -> Cookie | None:
    name = call.call.argument("key", 0) or call.call.argument("name")
    value = call.call.argument("value", 1)
    if name is None or value is None or (isinstance(value.value, Const) and not value.value.value):
        return None  # an empty value takes the cookie away
    found = next(iter(project.resolver.possible(name.value, path, call.scope)), None)
    text = str(found.value.value) if found is not None and isinstance(found.value, Const) else ""
    told = text or " ".join(names_in(name.value))
    if not (
        carries_a_session(told)
        or (not text and carries_a_session(" ".join(n.rpartition(".")[2] for n in names_in(value.value))))
    ):
        return None
    place = Location(path, call.line, call.column)
    missing, doubts, chain = _flags(project, path, call)
    return Cookie(place, text or "session", "set_cookie", missing, doubts, chain, project.connection(path))


def _flags(project: Project, path: str, call: PythonCall) -> tuple[tuple[str, ...], str, tuple[Step, ...]]:
    """Which of the three flags a set_cookie call lacks, what is not known, and where the answer comes from."""
    spread = any(a.name == "**" for a in call.call.args)
    missing: list[str] = []
    doubt = ""
    chain: tuple[Step, ...] = ()
    for flag, label in (("httponly", "HttpOnly"), ("secure", "Secure"), ("samesite", "SameSite")):
        argument = call.call.argument(flag)
        if argument is None:
            lax = flag == "samesite" and _defaults_to_lax(project, path)
            if spread:
                doubt = f"its flags come from code that is not followed ({label})"
            elif not lax:
                missing.append(label)
            continue
        answer, steps = _answer(project, argument, path, call.scope)
        if answer is False:
            missing.append(label if flag != "samesite" else "a strict SameSite")
            chain += steps
        elif answer is None:
            doubt = f"whether {label} is on is not known"
    return tuple(missing), doubt, chain


def _defaults_to_lax(project: Project, path: str) -> bool:
    """Starlette's cookies are lax unless told otherwise; those of Flask and Django have no SameSite."""
    targets = {i.target.partition(".")[0] for i in project.python[path].imports}
    return bool(targets & {"fastapi", "starlette"})


def _answer(project: Project, argument: Argument, path: str, scope: str) -> tuple[bool | None, tuple[Step, ...]]:
    """Whether a flag is on in production: off counts only where it is known; what the request decides is on."""
    answers: set[bool | None] = set()
    steps: tuple[Step, ...] = ()
    if any("request" in name or name.endswith(("is_secure", "scheme")) for name in names_in(argument.value)):
        return True, ()
    for found in project.resolver.possible(argument.value, path, scope):
        if isinstance(found.value, Opaque) and found.value.text.endswith(_OUTSIDE):
            answers.add(True)
            continue
        text = str(found.value.value).lower() if isinstance(found.value, Const) else ""
        answer = False if text == "none" else truth(found.value)
        said = (f"= {describe(argument.value)}", *(step.text for step in found.steps))
        if answer is False and any(_NOT_DEBUG.search(text) for text in said):
            answer = True  # only debug mode turns it off, and INJ005 tells of debug mode
        if answer is False:
            steps = found.steps
        answers.add(answer)
    set_off = any(" set by " in step.text for step in steps)
    if False in answers and (set_off or answers == {False}):
        return False, steps
    # On in one branch and off in the other: which one production takes is not known.
    return (None if answers & {None, False} else True), ()


def _starlette_sessions(project: Project) -> Iterator[Cookie]:
    for mount in project.mounts:
        if mount.cls != _STARLETTE_SESSION:
            continue
        missing: list[str] = []
        doubt = ""
        chain: tuple[Step, ...] = ()
        place = mount.location
        only = mount.argument("https_only")
        answer, steps = _answer(project, only, place.path, mount.scope) if only is not None else (False, ())
        if answer is False:
            missing, chain = ["Secure (https_only)"], steps
            place = Location(place.path, only.line) if only is not None else place
        elif answer is None:
            doubt = "whether https_only is on is not known"
        yield Cookie(
            place, "session", "SessionMiddleware", tuple(missing), doubt, chain, project.connection(place.path)
        )


def _flask_sessions(project: Project) -> Iterator[Cookie]:
    uses = any(
        i.target.startswith(_FLASK_LOGIN)
        for path, facts in project.python.items()
        if in_production(project, path)
        for i in facts.imports
    )
    app = next((a for a in project.apps if a.framework == "flask"), None)
    if uses and app is not None:
        yield _by_settings(project, "Flask's session", app.location, on=("SESSION_COOKIE_HTTPONLY",))


def _django_sessions(project: Project) -> Iterator[Cookie]:
    for mount in project.mounts:
        if mount.cls == _DJANGO_SESSION and in_production(project, mount.location.path):
            on = ("SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE")
            yield _by_settings(project, "Django's session", mount.location, on)
            return


def _by_settings(project: Project, how: str, place: Location, on: tuple[str, ...]) -> Cookie:
    """The session cookie of a framework that takes its flags from settings; those of `on` are set by default."""
    missing: list[str] = []
    doubt = ""
    chain: tuple[Step, ...] = ()
    for name, label in _SETTINGS:
        answer, where, steps = _setting(project, name)
        if where is None:
            missing += [] if name in on else [label]
        elif answer is None:
            doubt = f"whether {name} is on is not known"
        elif answer is False:
            missing.append(label)
            chain += steps
            place = where
        elif not missing:
            place = where
    return Cookie(place, "session", how, tuple(missing), doubt, chain)


def _setting(project: Project, name: str) -> tuple[bool | None, Location | None, tuple[Step, ...]]:
    """What a setting is in production and where: on in one production settings file or class is on."""
    found: list[tuple[bool | None, Location, tuple[Step, ...]]] = []
    for path, facts in project.python.items():
        if not in_production(project, path):
            continue
        for binding in facts.bindings:
            if (binding.name == name or binding.name.endswith((f"[{name}]", f".{name}"))) and not _for_development(
                binding
            ):
                if project.resolver.holds(binding.guards, path, binding.scope) is not False:
                    found.append(_judged(project, binding.value, path, binding.scope, binding.line))
        for call in facts.calls:
            argument = call.call.argument(name) if call.call.name.endswith(("config.update", "from_mapping")) else None
            if argument is not None:
                found.append(_judged(project, argument.value, path, call.scope, argument.line))
            for given in call.call.args if call.call.name.endswith(("config.update", "from_mapping")) else ():
                inner = given.value.get(name) if isinstance(given.value, Table) else None
                if inner is not None:
                    found.append(_judged(project, inner, path, call.scope, call.line))
    for answer in (True, None, False):
        for one in found:
            if one[0] is answer:
                return one
    return None, None, ()


def _for_development(binding: Binding) -> bool:
    return any(word in binding.scope.lower() for word in ("dev", "test", "local"))


def _judged(
    project: Project, value: Value, path: str, scope: str, line: int
) -> tuple[bool | None, Location, tuple[Step, ...]]:
    place = Location(path, line)
    if isinstance(value, Name | Call | Const) or not isinstance(value, Opaque):
        answer, steps = _answer(project, Argument(None, value, line), path, scope)
        return answer, place, steps
    return None, place, ()

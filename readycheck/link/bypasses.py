"""Switches of authentication and helpers of developers, judged by what production sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.lazily import lazy
from readycheck.facts.python import Function, PythonCall, Switch
from readycheck.facts.values import Call, Const, Name, Opaque, Value
from readycheck.link.javascript_env import possible_in_javascript
from readycheck.link.names import names_in
from readycheck.link.once import once
from readycheck.link.project import Project
from readycheck.link.resolve import Possible, truth
from readycheck.link.route_shapes import PROTECTED, Route, names_authentication
from readycheck.link.routes import routes
from readycheck.link.wiring import in_production
from readycheck.model import Location, Role, Step

# Last segments of call names that extraction must record for this module.
CALLS = frozenset({"HTTPException", "abort", "Http404", "PermissionDenied", "NotFound", "include_router"})
_HELPER = lazy(
    r"(?:^|[/_-])(?:dev|debug|test|fake|mock|demo|local)[-_]?(?:login|auth|token|signin|session|user[-_]?login|jwt)(?:$|[/_-])|"
    r"(?:^|[/_-])(?:login|token|auth)[-_](?:dev|debug|test|fake|mock)(?:$|[/_-])|(?:^|[/_-])backdoor|(?:auth|login)[-_]?bypass|bypass[-_]?(?:auth|login)"
)
_OFF = lazy(
    r"(?:disable|skip|bypass|no|without|ignore)_?(?:auth\w{0,60}|token_?check|jwt)$|(?:skip|bypass|no|without)_?login$|auth\w{0,60}_?(?:bypass|disabled|off|skipped)$|allow_?(?:anonymous|unauthenticated)(?:_?(?:access|login|auth\w{0,60}|users?|requests?))?$|dev_?(?:login|auth)\w*$|(?:fake|mock)_?(?:auth|user|login)\w{0,60}$",
    re.I,
)
_ON = lazy(
    r"(?:require|enable|enforce|use|with)_?(?:auth|authentication|authorization|login|api_?key_?auth)$|auth(?:entication|orization)?_?(?:required|enabled|enforced|on)$",
    re.I,
)
_SUBJECT = lazy(
    r"(?:^|_)(?:oauth\d?|ldap|saml|sso|social|proxy|remote|basic|google|github|azure|smtp|redis|db|mail)(?:_|$)", re.I
)
_OUTSIDE = ("set by no deployment in the repository", "comes from outside the repository")


@dataclass(frozen=True, slots=True)
class Bypass:
    """One way around authentication. `open_because` says why production has it open, "" if it has not; `doubt` why that
    is not known; `proofs` are the places of the deployment that close it.
    """

    what: str
    location: Location
    open_because: str
    doubt: str = ""
    chain: tuple[Step, ...] = ()
    proofs: tuple[Step, ...] = ()


@once
def bypasses(project: Project) -> Iterator[Bypass]:
    """Every switch and every developers' route of production code."""
    for path, facts in project.python.items():
        if in_production(project, path):
            for switch in facts.switches:
                yield from _switch(project, path, switch)
    for path, scripts in project.javascript.items():
        if in_production(project, path):
            for read in scripts.env_reads:
                if _OFF.search(read.name) and not _SUBJECT.search(read.name):
                    yield _script_switch(project, path, read.name, read.default, read.line)
    for route in routes(project):
        if route.state is PROTECTED:
            continue  # `/login/test-token` tells a signed-in user that the token is good
        if _HELPER.search(route.path.lower()) or _HELPER.search(route.handler.lower()):
            yield _route(project, route)


def _switch(project: Project, path: str, switch: Switch) -> Iterator[Bypass]:
    for name in dict.fromkeys(_flags(switch.test)):
        if name.startswith(("self.", "cls.")):
            continue  # of an object: what it was given is not known, and a settings class checks itself
        last = re.split(r"[.\[]", name)[-1].strip("]")
        off = bool(_OFF.search(last))
        if _SUBJECT.search(last) or not (off or _ON.search(last)):
            continue
        value: Value = _read(switch.test, last) or Name(name)
        possible = project.resolver.possible(value, path, switch.scope)
        yield _judged(last, Location(path, switch.line), (*possible, *_elsewhere(project, possible)), off)


def _elsewhere(project: Project, possible: tuple[Possible, ...]) -> Iterator[Possible]:
    """What the other deployments set: Kubernetes beside compose."""
    known = {(s.path, s.line) for p in possible for s in p.steps}
    for name in {s.text.partition(" set by ")[0] for p in possible for s in p.steps if " set by " in s.text}:
        for setting in project.environment.all(name):
            place = (setting.location.path, setting.location.line)
            if setting.role is Role.PRODUCTION and setting.source in {"compose", "kubernetes"} and place not in known:
                if setting.value is not None:
                    yield Possible(Const(setting.value), (Step(*place, f"{name} set by {setting.source}"),), False)


def _flags(test: Value) -> Iterator[str]:
    yield from names_in(test)
    if (text := _variable(test)) is not None:
        yield text


def _variable(value: Value) -> str | None:
    """The variable that an environment read anywhere in a test names."""
    if (
        isinstance(value, Call)
        and value.args
        and isinstance(value.args[0].value, Const)
        and isinstance(value.args[0].value.value, str)
    ):
        if value.name.endswith(("getenv", "environ.get", "[]")):
            return value.args[0].value.value
    inner = [
        getattr(value, "left", None),
        getattr(value, "receiver", None),
        *getattr(value, "parts", ()),
        *getattr(value, "options", ()),
    ]
    return next((found for part in inner if part is not None and (found := _variable(part)) is not None), None)


def _read(value: Value, name: str) -> Value | None:
    if isinstance(value, Call) and value.args and value.args[0].value == Const(name):
        return value
    inner = [
        getattr(value, "left", None),
        getattr(value, "receiver", None),
        *getattr(value, "parts", ()),
        *getattr(value, "options", ()),
    ]
    return next((found for part in inner if part is not None and (found := _read(part, name)) is not None), None)


def _judged(name: str, place: Location, possible: tuple[Possible, ...], off: bool) -> Bypass:
    """A switch that turns checks off must be off in production, and one that turns them on must be on."""
    wrong = next((p for p in possible if truth(p.value) is off), None)
    if wrong is not None:
        state = "on" if off else "off"
        default = any(s.text.endswith("the default holds") or not s.line for s in wrong.steps) or not _set_outside(
            wrong
        )
        how = "by default" if default else "in the deployment"
        return Bypass(f"the switch {name}", place, f"it is {state} {how}", "", wrong.steps)
    unknown = next((p for p in possible if truth(p.value) is None), None)
    if unknown is not None:
        text = getattr(unknown.value, "text", "")
        if isinstance(unknown.value, Opaque) and text.endswith(_OUTSIDE) and off:
            return Bypass(f"the switch {name}", place, "")
        return Bypass(
            f"the switch {name}",
            place,
            "",
            text if isinstance(unknown.value, Opaque) and text else f"what {name} is in production is not known",
        )
    proofs = tuple(s for p in possible for s in p.steps if s.line and " set by " in s.text)
    return Bypass(f"the switch {name}", place, "", "", (), proofs)


def _set_outside(found: Possible) -> bool:
    return any(" set by " in s.text for s in found.steps)


def _script_switch(project: Project, path: str, name: str, default: Value | None, line: int) -> Bypass:
    place = Location(path, line)
    settings = project.environment.production(name, path)
    on = next((s for s in settings if s.value is not None and truth(Const(s.value))), None)
    if on is not None:
        step = Step(on.location.path, on.location.line, f"{name} set by {on.source}")
        return Bypass(f"the switch {name}", place, "it is on in the deployment", "", (step,))
    defaults = list(possible_in_javascript(project, default, path)) if default is not None and not settings else []
    if any(isinstance(p.value, Const) and truth(p.value) for p in defaults):
        return Bypass(f"the switch {name}", place, "it is on by default")
    proofs = tuple(Step(s.location.path, s.location.line, f"{name} set by {s.source}") for s in settings)
    return Bypass(f"the switch {name}", place, "", "", (), proofs)


def _route(project: Project, route: Route) -> Bypass:
    what = f"the route {route.path}"
    function = route.function
    if function is None:
        doubt = "" if route.framework == "fastapi" else f"whether {what} exists in production is not known"
        return Bypass(what, route.location, "", doubt or "its handler is not followed")
    path = route.location.path
    if any(names_authentication(p.annotation.partition("[")[0]) for p in function.parameters):
        return Bypass(what, route.location, "", f"{function.name} may ask who is calling")
    outer = project.resolver.holds(function.guards, path, function.scope)
    if function.guards and outer is False:
        return Bypass(what, route.location, "")
    closing = list(_closings(project, path, function))
    states = [project.resolver.holds(c.guards, path, c.scope) for c in closing]
    if True in states:
        shut = closing[states.index(True)]
        return Bypass(what, Location(path, shut.line), "", "", (), _steps(project, path, shut))
    if None in states or (function.guards and outer is None):
        return Bypass(what, route.location, "", f"whether {what} is shut in production is not known")
    if function.guards:
        return Bypass(what, route.location, "the condition around it holds in production")
    if not closing:
        return Bypass(what, route.location, "nothing shuts it there")
    first = next(iter(names_in(closing[0].guards[-1].test)), "its condition")
    because = f"the condition that should shut it ({first}) does not hold in production"
    return Bypass(what, route.location, because, "", _steps(project, path, closing[0]))


def _closings(project: Project, path: str, function: Function) -> Iterator[PythonCall]:
    """The refusals in a handler that stand under a condition: `if production: raise HTTPException(404)`."""
    scope = f"{function.scope}.{function.name}" if function.scope else function.name
    for call in project.python[path].calls:
        last = call.call.name.rpartition(".")[2]
        own = call.guards[len(function.guards) :]
        if call.scope == scope and last in CALLS and own and _about_environment(own[-1].test):
            yield call


def _about_environment(test: Value) -> bool:
    told = " ".join([*names_in(test), _variable(test) or ""])
    return bool(re.search(r"env|debug|prod|dev|stage|mode|test|allow|enable|local|settings|config", told, re.I))


def _steps(project: Project, path: str, call: PythonCall) -> tuple[Step, ...]:
    steps: list[Step] = []
    for guard in call.guards:
        for part in (getattr(guard.test, "left", None), guard.test):
            if part is not None and not steps:
                steps += [s for p in project.resolver.possible(part, path, call.scope) for s in p.steps]
    return tuple(steps[:6])

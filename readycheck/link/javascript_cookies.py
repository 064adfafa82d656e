"""Session cookies that scripts set: Express, express-session, cookie-session, and cookies of the browser itself."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.javascript import JavascriptFacts, JsCall
from readycheck.facts.values import Call, Const, Name, Opaque, Table, Value
from readycheck.link.cookie_shapes import Cookie, carries_a_session
from readycheck.link.javascript_env import possible_in_javascript
from readycheck.link.names import names_in
from readycheck.link.project import Project
from readycheck.model import Location

_FLAGS = (("httpOnly", "HttpOnly"), ("secure", "Secure"), ("sameSite", "SameSite"))
# Koa's cookies are HttpOnly, and Secure wherever the request came by https.
_KOA = frozenset({"ctx.cookies.set", "context.cookies.set"})
_SESSIONS = {"express-session": "express-session", "cookie-session": "cookie-session"}


def javascript_cookies(project: Project) -> Iterator[Cookie]:
    """Every call that sets a cookie which carries a session."""
    for path, facts in project.javascript.items():
        for call in facts.calls:
            name = call.call.name
            if name in _SESSIONS:
                yield _session(project, path, facts, call)
            elif name.rpartition(".")[2] == "cookie" and name.partition(".")[0] in {"res", "response", "reply", "resp"}:
                yield from _cookie(project, path, facts, call)
            elif name in _KOA:
                yield from _cookie(project, path, facts, call, kept=("httpOnly", "secure"))
            elif (
                name == "js-cookie.set" and call.call.args and carries_a_session(_text(facts, call.call.args[0].value))
            ):
                place = Location(path, call.line, call.column)
                missing = ("HttpOnly (a cookie that a script sets cannot have it)",)
                yield Cookie(place, _text(facts, call.call.args[0].value)[:60], "js-cookie", missing)


def _cookie(
    project: Project, path: str, facts: JavascriptFacts, call: JsCall, kept: tuple[str, ...] = ()
) -> Iterator[Cookie]:
    """A cookie that a call sets. `kept` are the flags that are on unless the options say otherwise."""
    given = [a.value for a in call.call.args]
    if len(given) < 2:
        return
    name = _text(facts, given[0])
    cleared = given[1] in (Const(""), Const(None))
    known = isinstance(given[0], Const)
    if cleared or not (carries_a_session(name) or (not known and carries_a_session(" ".join(names_in(given[1]))))):
        return
    place = Location(path, call.line, call.column)
    options = _table(facts, given[2]) if len(given) > 2 else Table(())
    if options is None:
        yield Cookie(place, name[:60], call.call.name, (), "its flags come from code that is not followed")
        return
    asked = tuple(flag for flag in _FLAGS if flag[0] not in kept or options.get(flag[0]) is not None)
    missing, doubt = _missing(project, path, options, asked)
    yield Cookie(place, name[:60], call.call.name, missing, doubt)


def _session(project: Project, path: str, facts: JavascriptFacts, call: JsCall) -> Cookie:
    place = Location(path, call.line, call.column)
    options = _table(facts, call.call.args[0].value) if call.call.args else Table(())
    inner = options.get("cookie") if options is not None and call.call.name == "express-session" else options
    table = _table(facts, inner) if inner is not None else Table(()) if options is not None else None
    if table is None:
        return Cookie(place, "session", call.call.name, (), "its flags come from code that is not followed")
    # Both are HttpOnly unless told otherwise.
    missing, doubt = _missing(project, path, table, _FLAGS[1:] if table.get("httpOnly") is None else _FLAGS)
    return Cookie(place, "session", call.call.name, missing, doubt)


def _missing(
    project: Project, path: str, options: Table, flags: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, ...], str]:
    missing, doubt = [], ""
    spread = any(key is None for key, _ in options.pairs)
    for flag, label in flags:
        value = options.get(flag)
        if value is None:
            if spread:
                doubt = f"whether {label} is on is not known"
            else:
                missing.append(label)
            continue
        for found in possible_in_javascript(project, value, path):
            if found.value in (Const(False), Const(None), Const("false"), Const("none"), Const("None")):
                missing.append(label if found.value != Const("none") else "a strict SameSite")
            elif isinstance(found.value, Name) or (
                isinstance(found.value, Opaque) and "comparison" not in found.value.text
            ):
                doubt = doubt or f"whether {label} is on is not known"
    return tuple(dict.fromkeys(missing)), doubt


def _table(facts: JavascriptFacts, value: Value) -> Table | None:
    """The options as they are written, or under the name of a constant of the same file."""
    if isinstance(value, Table):
        return value
    if isinstance(value, Name):
        bound = [b.value for b in facts.bindings if b.name == value.dotted]
        return bound[-1] if bound and isinstance(bound[-1], Table) else None
    return None


def _text(facts: JavascriptFacts, value: Value) -> str:
    if isinstance(value, Const):
        return str(value.value)
    if isinstance(value, Name):
        bound = next((b.value for b in facts.bindings if b.name == value.dotted), None)
        return str(bound.value) if isinstance(bound, Const) else value.dotted
    return " ".join(names_in(value)) if isinstance(value, Call) else ""

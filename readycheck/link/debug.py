"""Every switch of debug mode in code, with what it is in production: frameworks' flags, Django's DEBUG, loggers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from readycheck.facts.python import Guard, PythonCall
from readycheck.facts.values import Argument, Call, Compare, Const, Name, Opaque, Value
from readycheck.link.apps import CALLS as APP_CALLS
from readycheck.link.modes import handed_elsewhere
from readycheck.link.possible import truth
from readycheck.link.project import Project
from readycheck.link.starts import Start, starts_nothing
from readycheck.model import Location, Role, Step

# Last segments of call names that extraction must record for this module.
CALLS = APP_CALLS | {"Application", "run", "run_server", "from_object", "basicConfig", "setLevel"}
ON, OFF, UNKNOWN = "on", "off", "unknown"
_RUNNERS = ("debug", "reload", "auto_reload", "use_reloader", "use_debugger")
_APPLICATIONS = frozenset({"aiohttp.web.Application", "tornado.web.Application"})
# What a factory makes is the app that runs.
_MADE_ONCE = ("FastAPI", "Starlette", *_APPLICATIONS)
_VERBOSE = frozenset({"DEBUG", "TRACE", "NOTSET"})


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch. `tier` is a reason why it weighs less than debug mode in production, "" if it does not."""

    what: str
    state: str
    location: Location
    reason: str = ""
    chain: tuple[Step, ...] = ()
    tier: str = ""
    certain: bool = True


def debug_switches(project: Project, starts: tuple[Start, ...]) -> Iterator[Switch]:
    """Every switch of debug mode in the production code of a project."""
    yield from _django(project)
    started = _started(project, starts)
    for path, facts in project.python.items():
        if project.role(path) is not Role.PRODUCTION and path not in started:
            continue
        for call in facts.calls:
            yield from _of_call(project, path, call, started)
        for binding in facts.bindings:
            if binding.name.endswith((".debug", ".config[DEBUG]", ".config.DEBUG")) and _is_app(binding.name):
                place = Location(path, binding.line)
                yield _judged(project, binding.name, binding.value, place, binding.scope)


def _started(project: Project, starts: tuple[Start, ...]) -> frozenset[str]:
    """The modules that production runs as programs, whose `if __name__ == "__main__"` holds."""
    scripts = {s.launch.script.rpartition("/")[2] for s in starts if s.launch.script.endswith(".py")}
    modules = {s.launch.module.rpartition(".")[2] for s in starts if s.launch.server == "python"}
    return frozenset(
        path
        for path in project.entries
        if path.rpartition("/")[2] in scripts
        or path.rpartition("/")[2].removesuffix(".py") in modules
        or path.endswith("__main__.py")
    )


def _is_app(name: str) -> bool:
    return name.partition(".")[0].lower().endswith(("app", "application", "api", "server"))


def _of_call(project: Project, path: str, call: PythonCall, started: frozenset[str]) -> Iterator[Switch]:
    name = call.call.name
    last = name.rpartition(".")[2]
    if last in {"FastAPI", "Starlette", "Litestar"} or name in _APPLICATIONS:
        argument = call.call.argument("debug")
        if argument is not None and _alive(project, path, call, started) is not False:
            yield _judged(project, f"{last}(debug=…)", argument.value, Location(path, argument.line), call.scope)
    elif last in {"run", "run_server"} and "." in name:
        yield from _of_run(project, path, call, started)
    elif last == "from_object" and ".config" in name:
        yield from _of_object(project, path, call)
    elif name == "logging.basicConfig" or (last == "setLevel" and _root_logger(call.call)):
        level = call.call.argument("level", 0 if last == "setLevel" else None)
        if level is not None:
            yield from _of_level(project, path, call, level)


def _of_run(project: Project, path: str, call: PythonCall, started: frozenset[str]) -> Iterator[Switch]:
    """`app.run(debug=True)`, `uvicorn.run(..., reload=True)`, and Flask's own server without either."""
    flags = [a for a in call.call.args if a.name in _RUNNERS]
    flask = call.call.name != "uvicorn.run" and _is_flask(project, path, call)
    if not flags and not flask:
        return
    alive = _alive(project, path, call, started)
    if alive is False:
        return
    what = call.call.name if call.call.name == "uvicorn.run" else f"{call.call.name}(…)"
    tier = "" if alive else "inside a function that production may not call"
    for flag in flags:
        place = Location(path, flag.line)
        found = _judged(project, f"{what} with {flag.name}", flag.value, place, call.scope)
        if _by_hand(call) and path not in started and found.state == ON:
            found = Switch(found.what, UNKNOWN, place, "nothing in the repository says how production starts")
        yield Switch(found.what, found.state, place, found.reason, found.chain, tier, found.certain)
    if flask and path in started:
        yield Switch(
            f"{what} is Flask's development server", ON, Location(path, call.line), "it is what production starts"
        )


def _alive(project: Project, path: str, call: PythonCall, started: frozenset[str]) -> bool | None:
    """Whether production runs this call; None when it stands in a function that may or may not be called."""
    if _by_hand(call):
        return path in started or (starts_nothing(project) and None)
    if project.resolver.holds(_other_guards(call.guards), path, call.scope) is False:
        return False
    return True if not call.scope or path in started or call.call.name.endswith(_MADE_ONCE) else None


def _by_hand(call: PythonCall) -> bool:
    return any(_is_main(guard.test) and guard.holds for guard in call.guards)


def _other_guards(guards: tuple[Guard, ...]) -> tuple[Guard, ...]:
    return tuple(guard for guard in guards if not _is_main(guard.test))


def _is_main(test: Value) -> bool:
    return isinstance(test, Compare) and test.left == Name("__name__") and test.right == Const("__main__")


def _is_flask(project: Project, path: str, call: PythonCall) -> bool:
    owner = call.call.name.rpartition(".")[0]
    made = {getattr(p.value, "name", "") for p in project.resolver.possible(Name(owner), path, call.scope)}
    return bool(made & {"flask.Flask", "flask_socketio.SocketIO", "quart.Quart"})


def _of_object(project: Project, path: str, call: PythonCall) -> Iterator[Switch]:
    """`app.config.from_object(ProductionConfig)`: the DEBUG of that class."""
    given = call.call.args[0].value if call.call.args else None
    for found in project.resolver.possible(given, path, call.scope) if given is not None else ():
        dotted = getattr(found.value, "dotted", "") or (
            str(found.value.value) if isinstance(found.value, Const) else ""
        )
        dotted = getattr(given, "dotted", "") or dotted.replace(":", ".")
        if not dotted:
            continue
        switch = _judged(
            project, f"DEBUG of {dotted.rpartition('.')[2]}", Name(f"{dotted}.DEBUG"), Location(path, call.line)
        )
        if switch.state != UNKNOWN:
            first = next((s for s in switch.chain if s.line), None)
            place = Location(first.path, first.line) if first else switch.location
            yield Switch(switch.what, switch.state, place, switch.reason, switch.chain, "", switch.certain)


def _root_logger(call: Call) -> bool:
    owner = call.receiver
    root = isinstance(owner, Call) and owner.name == "logging.getLogger" and not owner.args
    return root or call.name in {"logging.root.setLevel", "root_logger.setLevel"}


def _of_level(project: Project, path: str, call: PythonCall, level: Argument) -> Iterator[Switch]:
    if project.resolver.holds(_other_guards(call.guards), path, call.scope) is False or _by_hand(call):
        return
    for found in project.resolver.possible(level.value, path, call.scope):
        text = found.value.value if isinstance(found.value, Const) else getattr(found.value, "dotted", "")
        word = str(text).rpartition(".")[2].upper()
        place = Location(path, level.line)
        if word in _VERBOSE or text == 10:
            yield Switch(
                "the root logger", ON, place, "its level is DEBUG", found.steps, "verbose logs, not debug mode"
            )
        elif isinstance(found.value, Const) or str(text).startswith("logging."):
            yield Switch("the root logger", OFF, place, f"its level is {word}", found.steps)


def _judged(project: Project, what: str, value: Value, place: Location, scope: str = "") -> Switch:
    """What a flag is in production: on if one of its values is, unknown if one is and none is on."""
    possible = project.resolver.possible(value, place.path, scope)
    on = [p for p in possible if truth(p.value) is True and not isinstance(p.value, Call)]
    # A parser of the project returns both answers; a deployment that says one of them is believed.
    said = [p for p in on if any(" set by " in s.text and "no deployment" not in s.text for s in p.steps)]
    if said or (on and len(on) == len(possible)):
        found = (said or on)[0]
        default = next((s for s in found.steps if "default holds" in s.text), None)
        elsewhere = handed_elsewhere(project, default.text.partition(" ")[0], default.path) if default else ""
        if elsewhere:
            return Switch(what, UNKNOWN, place, elsewhere, found.steps)
        return Switch(what, ON, place, _because(found.steps, "on"), found.steps, "", found.certain)
    if on:
        return Switch(what, UNKNOWN, place, "it comes from code that can say both", on[0].steps)
    for found in possible:
        if truth(found.value) is None:
            text = found.value.text if isinstance(found.value, Opaque) else "it comes from code that is not followed"
            return Switch(what, UNKNOWN, place, text, found.steps)
    steps = possible[0].steps if possible else ()
    return Switch(what, OFF, place, _because(steps, "off"), steps)


def _because(steps: tuple[Step, ...], state: str) -> str:
    last = steps[-1].text if steps else ""
    return last if "set by" in last or "default holds" in last else f"it is {state} in the code"


def _django(project: Project) -> Iterator[Switch]:
    """DEBUG of the settings module that production loads."""
    for path, steps in django_settings(project):
        found = _judged(project, "Django's DEBUG", Name("DEBUG"), Location(path))
        bound = next((s for s in found.chain if s.line and s.text.startswith("DEBUG =")), None)
        if bound is None:
            # Django's own default is off.
            continue
        place = Location(bound.path, bound.line)
        yield Switch(found.what, found.state, place, found.reason, (*steps, *found.chain), "", found.certain)


def django_settings(project: Project) -> Iterator[tuple[str, tuple[Step, ...]]]:
    """The settings modules that production loads: as a deployment says, else as wsgi or asgi does, else all of them."""
    named: list[tuple[str, Step]] = []
    for setting in project.environment.production("DJANGO_SETTINGS_MODULE"):
        place = setting.location
        named.append(
            (setting.value or "", Step(place.path, place.line, "DJANGO_SETTINGS_MODULE set by " + setting.source))
        )
    if not named:
        named = list(_defaults(project, ("wsgi.py", "asgi.py"))) or list(_defaults(project, ("manage.py",)))
    found = {project.modules.find(name, "manage.py"): step for name, step in named if name}
    chosen = [(path, (step,)) for path, step in found.items() if path is not None]
    yield from chosen
    if not chosen:
        for app in project.apps:
            if app.framework == "django":
                yield app.location.path, ()


def _defaults(project: Project, files: tuple[str, ...]) -> Iterator[tuple[str, Step]]:
    for path, facts in project.python.items():
        for read in facts.env_reads if path.rpartition("/")[2] in files else ():
            if read.name == "DJANGO_SETTINGS_MODULE" and isinstance(read.default, Const):
                yield str(read.default.value), Step(path, read.line, "this settings module is the default")

"""Applications and what is mounted on them: the app objects of each framework, middleware in order, with wires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from readycheck.facts.python import Guard, PythonCall, PythonFacts
from readycheck.facts.values import Argument, Const, Items, Name, Value
from readycheck.link.resolve import Resolver
from readycheck.model import Location

# Last segments of call names that extraction must record for this module.
CALLS = frozenset(
    "FastAPI Starlette Flask Quart Litestar Sanic Application add_middleware Middleware init_app include_router "
    "register_blueprint mount middleware add_exception_handler exception_handler APIRouter Blueprint".split()
)
_APPS = {
    "fastapi.FastAPI": "fastapi",
    "fastapi.applications.FastAPI": "fastapi",
    "starlette.applications.Starlette": "starlette",
    "flask.Flask": "flask",
    "quart.Quart": "quart",
    "litestar.Litestar": "litestar",
    "sanic.Sanic": "sanic",
}
# FastAPI re-exports Starlette's middleware; rules speak of the original.
_CANONICAL = (("fastapi.middleware.", "starlette.middleware."), ("fastapi.responses.", "starlette.responses."))


@dataclass(frozen=True, slots=True)
class App:
    """An application object: where it is made, by which framework, and what it is called there."""

    framework: str
    name: str
    location: Location
    scope: str
    arguments: tuple[Argument, ...]
    production: bool = True


@dataclass(frozen=True, slots=True)
class Mount:
    """One middleware or extension on an app. `cls` is its canonical dotted name; `how` says by which call."""

    cls: str
    arguments: tuple[Argument, ...]
    location: Location
    scope: str
    guards: tuple[Guard, ...]
    how: str
    app: str

    def argument(self, name: str) -> Argument | None:
        """The keyword argument of this name."""
        return next((a for a in self.arguments if a.name == name), None)


def canonical(dotted: str) -> str:
    """A dotted name with re-exports replaced by the original."""
    for alias, original in _CANONICAL:
        if dotted.startswith(alias):
            return original + dotted.removeprefix(alias)
    return dotted


def find_apps(modules: Mapping[str, PythonFacts]) -> Iterator[App]:
    """Every application object; Django's is its settings module with INSTALLED_APPS or ROOT_URLCONF."""
    for path, facts in modules.items():
        for call in facts.calls:
            framework = _APPS.get(call.call.name)
            if framework:
                place = Location(path, call.line, call.column)
                yield App(framework, call.assigned_to, place, call.scope, call.call.args)
        for made in facts.classes:
            framework = next((_APPS[base] for base in made.bases if base in _APPS), None)
            if framework:
                yield App(framework, made.name, Location(path, made.line), made.scope, ())
        for binding in facts.bindings:
            if not binding.scope and binding.name in {"ROOT_URLCONF", "INSTALLED_APPS"} and not binding.augments:
                yield App("django", "settings", Location(path, binding.line), "", ())
                break


def find_mounts(modules: Mapping[str, PythonFacts], resolver: Resolver) -> Iterator[Mount]:
    """Everything mounted on an app, in the order of the source."""
    for path, facts in modules.items():
        for call in facts.calls:
            yield from _mounted(path, call, resolver)
        for function in facts.functions:
            for decorator, line in zip(function.decorators, function.decorator_lines, strict=True):
                name = getattr(decorator, "name", "")
                if name.endswith(".middleware"):
                    app = name.rpartition(".")[0]
                    yield Mount(function.name, (), Location(path, line), function.scope, (), "decorator", app)
        for binding in facts.bindings:
            if binding.name in {"MIDDLEWARE", "MIDDLEWARE_CLASSES"} and not binding.scope:
                possible = resolver.possible(binding.value, path) if isinstance(binding.value, Name) else ()
                for value in [p.value for p in possible] or [binding.value]:
                    yield from _django(path, value, binding.line, binding.guards)


def _mounted(path: str, call: PythonCall, resolver: Resolver) -> Iterator[Mount]:
    name, args = call.call.name, call.call.args
    place = Location(path, call.line, call.column)
    last = name.rpartition(".")[2]
    first = args[0].value if args and args[0].name is None else None
    if last == "add_middleware":
        cls = call.call.argument("middleware_class", 0)
        if cls and isinstance(cls.value, Name):
            rest = tuple(a for a in args if a is not cls)
            yield Mount(
                _original(cls.value.dotted, path, resolver),
                rest,
                place,
                call.scope,
                call.guards,
                "add_middleware",
                name.rpartition(".")[0],
            )
    elif last == "Middleware" and isinstance(first, Name):
        yield Mount(canonical(first.dotted), args[1:], place, call.scope, call.guards, "Middleware", "")
    elif last == "init_app":
        owner = name.rpartition(".")[0]
        for found in resolver.possible(Name(owner), path, call.scope):
            made = getattr(found.value, "name", "") or getattr(found.value, "dotted", owner)
            made_with = getattr(found.value, "args", ())
            yield Mount(
                canonical(made), (*args[1:], *made_with), place, call.scope, call.guards, "init_app", _text(first)
            )
    elif last in {"add_exception_handler", "include_router", "register_blueprint", "mount"}:
        what = args[1].value if last in {"add_exception_handler", "mount"} and len(args) > 1 else first
        yield Mount(_text(what), args, place, call.scope, call.guards, last, name.rpartition(".")[0])


def _original(dotted: str, path: str, resolver: Resolver) -> str:
    """The class behind a name; our own subclass of a known middleware counts as its base."""
    own = resolver.find_class(dotted, path)
    if own is not None and own[1].bases and own[1].bases[0].endswith("Middleware") and "Base" not in own[1].bases[0]:
        return canonical(own[1].bases[0])
    return canonical(dotted)


def _django(path: str, value: Value, line: int, guards: tuple[Guard, ...]) -> Iterator[Mount]:
    if isinstance(value, Items):
        for item in value.items:
            if isinstance(item, Const) and isinstance(item.value, str):
                yield Mount(item.value, (), Location(path, line), "", guards, "MIDDLEWARE", "settings")


def _text(value: Value | None) -> str:
    match value:
        case Name(dotted=dotted):
            return dotted
        case Const(value=str() as text):
            return text
    return getattr(value, "name", "")

"""What is kept of a Python module: imports, bindings, calls, environment reads, functions and classes."""

from __future__ import annotations

from dataclasses import dataclass

from readycheck.facts.values import Call, Value


@dataclass(frozen=True, slots=True)
class Import:
    """`local` is what the module calls it, `target` its absolute dotted name; `*` for a star import."""

    local: str
    target: str
    line: int
    used_lines: tuple[int, ...] = ()
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition under which a statement runs; `holds` is False in its else branch."""

    test: Value
    line: int
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Binding:
    """`name = value` in a scope ("" for the module, else the dotted class or function); `augments`: += and append."""

    scope: str
    name: str
    value: Value
    line: int
    annotation: str = ""
    augments: bool = False
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class PythonCall:
    """A call that some rule is interested in, and where it stands."""

    call: Call
    line: int
    column: int
    scope: str
    guards: tuple[Guard, ...] = ()
    assigned_to: str = ""


@dataclass(frozen=True, slots=True)
class EnvRead:
    """A read of one environment variable, and what the code uses when it is not set (None: it fails or is None)."""

    name: str
    default: Value | None
    line: int
    required: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function: its annotation as text and its default."""

    name: str
    annotation: str
    default: Value | None
    line: int


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method. `decorators` are calls or names; `returns` are the values it returns, each under the
    conditions at its place in `return_guards`; `mentions`, of a decorated one, the names and short texts of its body
    that speak of who is calling.
    """

    scope: str
    name: str
    line: int
    end_line: int
    decorators: tuple[Value, ...]
    decorator_lines: tuple[int, ...]
    parameters: tuple[Parameter, ...]
    returns: tuple[Value, ...]
    is_async: bool
    guards: tuple[Guard, ...] = ()
    mentions: tuple[str, ...] = ()
    return_guards: tuple[tuple[Guard, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Class:
    """A class and the dotted names of its bases."""

    scope: str
    name: str
    bases: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Switch:
    """An `if` inside a function whose test names a switch of authentication or of development helpers."""

    scope: str
    test: Value
    line: int
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class ModeTest:
    """A condition that asks which environment this is: it compares something with a word such as "production"."""

    scope: str
    test: Value
    line: int


@dataclass(frozen=True, slots=True)
class SettingRead:
    """An attribute read from an object that is called settings or config: `app.config.settings.DEBUG`."""

    dotted: str
    line: int
    scope: str


@dataclass(frozen=True, slots=True)
class PythonFacts:
    """What one module says. `problem` is why it could not be parsed, "" if it was."""

    module: str
    imports: tuple[Import, ...] = ()
    bindings: tuple[Binding, ...] = ()
    calls: tuple[PythonCall, ...] = ()
    env_reads: tuple[EnvRead, ...] = ()
    functions: tuple[Function, ...] = ()
    classes: tuple[Class, ...] = ()
    problem: str = ""
    switches: tuple[Switch, ...] = ()
    mode_tests: tuple[ModeTest, ...] = ()
    setting_reads: tuple[SettingRead, ...] = ()


# What reads one environment variable: python-decouple, environs, django-environ, starlette and the standard library.
ENV_READERS = frozenset(
    {"os.getenv", "os.environ.get", "environ.get", "os.environ.setdefault", "decouple.config", "environs.env", "getenv"}
)
_ENV_OBJECT_METHODS = frozenset(
    "str bool int float list json dict url db db_url cache cache_url tuple path email_url search_url bytes "
    "read_env".split()
)
_ENV_OBJECTS = frozenset({"env", "environ.Env", "environs.Env", "config", "decouple.config", "starlette.config.Config"})


def names_environment_read(dotted: str) -> bool:
    """Whether a function of this dotted name reads one environment variable."""
    if dotted in ENV_READERS or dotted in _ENV_OBJECTS:
        return True
    owner, _, method = dotted.rpartition(".")
    return method in _ENV_OBJECT_METHODS and owner in _ENV_OBJECTS


def reads_environment(call: Call) -> bool:
    """Whether a call is a read of one environment variable."""
    return names_environment_read(call.name)

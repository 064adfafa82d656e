"""Recognises the servers and runners that a start command names, and reads the flags that matter in production."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from readycheck.facts.lazily import lazy
from readycheck.link.launch import Launch

_TARGET = lazy(r"([A-Za-z_][\w.]*)(?::([A-Za-z_][\w.]*)(?:\(.*\))?)?\Z")
_TRUTHY = frozenset({"1", "true", "yes", "on"})
# Flags that stand alone; every other flag of these servers takes a value.
_SWITCHES = frozenset(
    "--reload --factory --proxy-headers --no-proxy-headers --access-log --no-access-log --use-colors --no-use- "
    "colors --date-header --no-date-header --server-header --no-server-header --no-reload --version --help "
    "--preload --daemon -D --reuse-port --check-config --print-config --capture-output --disable-redirect- "
    "access-to-syslog --statsd-tags --no-sendfile --sendfile --spew --debug --no-debug -d -h -q --quiet "
    "--verbose --access-logs --no-ws --ws-off --with-threads --without-threads --no-dev --master -M --die-on- "
    "term --vacuum --enable-threads --lazy-apps --beat -B -E --without-gossip --without-mingle --without- "
    "heartbeat --purge --events --single-interpreter --need-app --http-keepalive --noreload --nothreading "
    "--insecure --noinput --no-input --expose-tracebacks --live-reload -p4".split()
)


@dataclass(frozen=True, slots=True)
class Flags:
    """Options and positional words of a command."""

    options: Mapping[str, str] = field(default_factory=dict)
    positional: tuple[str, ...] = ()

    def has(self, *names: str) -> bool:
        """Whether one of the flags is given."""
        return any(name in self.options for name in names)

    def get(self, *names: str) -> str:
        """The value of the first of the flags that is given."""
        return next((self.options[name] for name in names if name in self.options), "")


def read_flags(words: Sequence[str], switches: frozenset[str] = _SWITCHES) -> Flags:
    """Options with their values and what is left, for commands whose switches are known."""
    options: dict[str, str] = {}
    positional: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            positional.extend(words[at:])
            break
        if not word.startswith("-") or word == "-":
            positional.append(word)
            continue
        name, equals, value = word.partition("=")
        if (
            not equals
            and not word.startswith("--")
            and len(word) > 2
            and word[:2] in {"-w", "-b", "-k", "-t", "-A", "-p"}
        ):
            name, value, equals = word[:2], word[2:], "="
        if not equals and name not in switches and at < len(words) and not words[at].startswith("--"):
            value = words[at]
            at += 1
        options[name] = value
    return Flags(options, tuple(positional))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _target(text: str) -> tuple[str, str]:
    found = _TARGET.match(text)
    return (found.group(1), found.group(2) or "") if found else ("", "")


def _truthy(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() in _TRUTHY


def _wsgi(server: str, default: str) -> Callable[[Sequence[str], Mapping[str, str]], Launch]:
    def read(words: Sequence[str], environment: Mapping[str, str]) -> Launch:
        flags = read_flags(words)
        candidates = [word for word in flags.positional if _TARGET.match(word)]
        named = [word for word in candidates if ":" in word] or candidates
        module, attribute = _target(named[0]) if named else ("", "")
        if module and not attribute:
            attribute = default
        reload = flags.has("--reload", "--live-reload")
        debug = flags.get("--log-level", "-l").lower() in {"debug", "trace"} or flags.has(
            "--debug", "--expose-tracebacks"
        )
        workers = _number(flags.get("--workers", "-w", "-p") if server != "daphne" else "")
        if server == "uvicorn" and "-p" in flags.options and "--workers" not in flags.options:
            workers = None
        return Launch(
            server,
            module,
            attribute,
            reload=reload,
            debug=debug,
            workers=workers,
            environment=environment,
            production_ready=not reload,
            raw_flags=tuple(words),
        )

    return read


def _uwsgi(words: Sequence[str], environment: Mapping[str, str]) -> Launch:
    flags = read_flags(words)
    module, attribute = _target(flags.get("--module", "-w", "--wsgi"))
    script = flags.get("--wsgi-file", "--file", "--ini", "--yaml") or next(
        (word for word in flags.positional if word.endswith((".ini", ".yaml", ".xml"))), ""
    )
    workers = _number(flags.get("--processes", "-p", "--workers"))
    reload = flags.has("--py-autoreload", "--python-autoreload")
    attribute = attribute or flags.get("--callable") or ("application" if module else "")
    return Launch("uwsgi", module, attribute, script, "", reload, False, workers, environment, not reload, tuple(words))


def _celery(words: Sequence[str], environment: Mapping[str, str]) -> Launch:
    flags = read_flags(words)
    module, attribute = _target(flags.get("-A", "--app"))
    task = next((word for word in flags.positional if word in {"worker", "beat", "flower", "multi", "events"}), "")
    debug = flags.get("--loglevel", "-l", "--log-level").lower() == "debug"
    workers = _number(flags.get("--concurrency", "-c"))
    return Launch(
        "celery", module, attribute, "", task, False, debug, workers, environment, True if task else None, tuple(words)
    )


def _flask(words: Sequence[str], environment: Mapping[str, str]) -> Launch:
    flags = read_flags(words, _SWITCHES | {"--with-threads"})
    task = flags.positional[0] if flags.positional else ""
    app = flags.get("--app", "-A") or environment.get("FLASK_APP", "")
    script = app.partition(":")[0] if "/" in app or app.partition(":")[0].endswith(".py") else ""
    module, attribute = _target(app) if not script else ("", app.partition(":")[2])
    debug = flags.has("--debug") or _truthy(environment, "FLASK_DEBUG") or environment.get("FLASK_ENV") == "development"
    reload = flags.has("--reload") or (debug and not flags.has("--no-reload"))
    if task != "run":
        return Launch("other", module, attribute, script, task, environment=environment, raw_flags=tuple(words))
    return Launch("flask", module, attribute, script, task, reload, debug, None, environment, False, tuple(words))


def _fastapi(words: Sequence[str], environment: Mapping[str, str]) -> Launch:
    task = words[0] if words else ""
    flags = read_flags(words[1:])
    target = flags.get("--entrypoint", "-e") or (flags.positional[0] if flags.positional else "")
    script = target if target.endswith(".py") or "/" in target else ""
    module, attribute = _target(target) if not script else ("", "")
    reload = flags.has("--reload") or (task == "dev" and not flags.has("--no-reload"))
    return Launch(
        "fastapi",
        module,
        attribute or flags.get("--app"),
        script,
        task,
        reload,
        task == "dev",
        _number(flags.get("--workers")),
        environment,
        task != "dev" and not reload,
        tuple(words),
    )


def _worker(server: str) -> Callable[[Sequence[str], Mapping[str, str]], Launch]:
    def read(words: Sequence[str], environment: Mapping[str, str]) -> Launch:
        flags = read_flags(words)
        module, attribute = _target(flags.positional[0]) if flags.positional and server != "rq" else ("", "")
        if server == "arq" and module and not attribute:
            module, _, attribute = module.rpartition(".")
        reload = flags.has("--watch")
        return Launch(
            server,
            module,
            attribute,
            task="worker",
            reload=reload,
            environment=environment,
            production_ready=not reload,
            raw_flags=tuple(words),
        )

    return read


def _manage(words: Sequence[str], environment: Mapping[str, str]) -> Launch:
    """`manage.py` or `django-admin` followed by its command."""
    script = words[0] if words and words[0].endswith(".py") else ""
    rest = words[1:]
    flags = read_flags(rest)
    task = flags.positional[0] if flags.positional else ""
    settings = flags.get("--settings")
    env = {**environment, "DJANGO_SETTINGS_MODULE": settings} if settings else environment
    if task in {"runserver", "runserver_plus", "testserver"}:
        reload = not flags.has("--noreload")
        return Launch("django-runserver", "", "", script, task, reload, True, None, env, False, tuple(rest))
    return Launch("python", "", "", script, task, environment=env, raw_flags=tuple(rest))


def read_python(words: Sequence[str], environment: Mapping[str, str]) -> Launch | None:
    """What follows `python`: a module, a script or code. None when it is an interpreter without a program."""
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] not in {"-m", "-c", "-"}:
        at += 2 if words[at] in {"-W", "-X"} else 1
    if at >= len(words):
        return None
    if words[at] == "-m" and at + 1 < len(words):
        module, rest = words[at + 1], words[at + 2 :]
        reader = SERVERS.get(module)
        if reader is not None:
            return reader(rest, environment)
        if module == "django":
            return _manage(("django-admin", *rest), environment)
        task = rest[0] if rest and not rest[0].startswith("-") else ""
        ready = False if module in {"http.server", "SimpleHTTPServer", "pdb", "debugpy"} else None
        return Launch(
            "python", module, "", "", task, False, module in {"pdb", "debugpy"}, None, environment, ready, tuple(rest)
        )
    if words[at] == "-c":
        return Launch("python", environment=environment, raw_flags=())
    script = words[at]
    if script.rsplit("/", 1)[-1] == "manage.py":
        return _manage(words[at:], environment)
    rest = tuple(words[at + 1 :])
    return Launch(
        "python",
        script=script,
        reload="--reload" in rest,
        debug="--debug" in rest,
        environment=environment,
        production_ready=False if "--reload" in rest or "--debug" in rest else None,
        raw_flags=rest,
    )


SERVERS: Mapping[str, Callable[[Sequence[str], Mapping[str, str]], Launch]] = {
    "uvicorn": _wsgi("uvicorn", "app"),
    "gunicorn": _wsgi("gunicorn", "application"),
    "gunicorn.app.wsgiapp": _wsgi("gunicorn", "application"),
    "hypercorn": _wsgi("hypercorn", "app"),
    "daphne": _wsgi("daphne", "application"),
    "granian": _wsgi("granian", "app"),
    "waitress-serve": _wsgi("waitress", "app"),
    "waitress": _wsgi("waitress", "app"),
    "uwsgi": _uwsgi,
    "celery": _celery,
    "flask": _flask,
    "fastapi": _fastapi,
    "dramatiq": _worker("dramatiq"),
    "arq": _worker("arq"),
    "rq": _worker("rq"),
    "django-admin": lambda words, environment: _manage(("django-admin", *words), environment),
    "manage.py": lambda words, environment: _manage(("manage.py", *words), environment),
}

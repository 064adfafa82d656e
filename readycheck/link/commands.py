"""Understands start commands: peels wrappers off, follows `sh -c` and `&&`, and names what production really runs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from readycheck.facts.docker_variables import expand
from readycheck.facts.lazily import lazy
from readycheck.facts.sensitive import MASK, conceal, scrub_words
from readycheck.facts.shellwords import SimpleCommand, split_commands, without_heredocs
from readycheck.facts.values import Hidden
from readycheck.link.launch import Launch
from readycheck.link.node_servers import is_node_program, read_node
from readycheck.link.servers import SERVERS, read_python

__all__ = ["Launch", "follow_script", "parse_command"]

MAX_DEPTH = 8
_ASSIGNMENT = lazy(r"([A-Za-z_]\w{0,100})=(.*)", re.DOTALL)
_PYTHON = lazy(r"(?:python|pypy)[\d.]*(?:\.exe)?")
_PROGRAM = lazy(r"[\w./@+:\\-]{1,300}")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh"})
_QUIET = frozenset(
    "cd echo set export source . mkdir chmod chown sleep true false test [ [[ wait exit trap printf cat rm cp mv ln "
    "touch ls unset shift read return umask ulimit alias pwd date id whoami nc nslookup dig eval local declare "
    "readonly kill pg_isready curl wget grep sed awk tr cut head tail tee find xargs break continue :".split()
)
# Wrapper -> how many words it takes for itself besides its options, and which of its options take a value.
_WRAPPERS: Mapping[str, tuple[int, frozenset[str]]] = {
    "exec": (0, frozenset({"-a"})),
    "command": (0, frozenset()),
    "nohup": (0, frozenset()),
    "time": (0, frozenset()),
    "nice": (0, frozenset({"-n"})),
    "ionice": (0, frozenset({"-c", "-n"})),
    "setsid": (0, frozenset()),
    "stdbuf": (0, frozenset()),
    "env": (0, frozenset({"-u", "-C"})),
    "cross-env": (0, frozenset()),
    "cross-env-shell": (0, frozenset()),
    "dumb-init": (0, frozenset({"--rewrite", "-r"})),
    "tini": (0, frozenset({"-p", "-e"})),
    "catatonit": (0, frozenset()),
    "with-contenv": (0, frozenset()),
    "gosu": (1, frozenset()),
    "su-exec": (1, frozenset()),
    "chpst": (0, frozenset({"-u", "-e"})),
    "s6-setuidgid": (1, frozenset()),
    "setpriv": (0, frozenset()),
    "sudo": (0, frozenset({"-u", "-g"})),
    "runuser": (0, frozenset({"-u", "-g"})),
    "timeout": (1, frozenset({"-k", "-s"})),
    "npx": (0, frozenset({"-p", "--package"})),
    "bunx": (0, frozenset()),
    "dockerize": (0, frozenset({"-wait", "-timeout", "-template", "-stdout", "-stderr", "-wait-retry-interval"})),
    "ddtrace-run": (0, frozenset()),
    "opentelemetry-instrument": (0, frozenset({"--traces_exporter", "--metrics_exporter", "--service_name"})),
    "dotenvx": (0, frozenset({"-f"})),
    "xvfb-run": (0, frozenset({"-s"})),
    "watchmedo": (0, frozenset({"-d", "--directory", "-p", "--pattern", "--patterns"})),
    "wait-for-it": (0, frozenset({"-t", "-h", "-p"})),
}
# `poetry run X`: the manager, then one of these words, then its options, then the command.
_RUNNERS: Mapping[str, frozenset[str]] = {
    "poetry": frozenset({"run"}),
    "uv": frozenset({"run"}),
    "pipenv": frozenset({"run"}),
    "pdm": frozenset({"run"}),
    "rye": frozenset({"run"}),
    "hatch": frozenset({"run"}),
    "pixi": frozenset({"run"}),
    "conda": frozenset({"run"}),
    "micromamba": frozenset({"run"}),
    "bundle": frozenset({"exec"}),
    "doppler": frozenset({"run"}),
    "infisical": frozenset({"run"}),
    "op": frozenset({"run"}),
    "dotenv": frozenset({"run"}),
    "newrelic-admin": frozenset({"run-program"}),
    "coverage": frozenset({"run"}),
    "npm": frozenset({"exec"}),
    "pnpm": frozenset({"exec", "dlx"}),
    "yarn": frozenset({"exec", "dlx"}),
    "watchmedo": frozenset({"auto-restart"}),
    "dotenvx": frozenset({"run"}),
}
_RUNNER_VALUES = frozenset(
    "-n --name -p --prefix --python --with --extra --group --package --project --directory -C --env-file -f --from "
    "--config -c --only-group --no-group -d -e --env --projectId --pattern --patterns --index".split()
)
_WAIT_SCRIPT = lazy(r"wait[-_]?for")


@dataclass(frozen=True, slots=True)
class _Scene:
    """What stands around a command: what is set, what the command line itself sets, and the wrappers so far."""

    known: Mapping[str, str]
    own: Mapping[str, str]
    through: tuple[str, ...]
    depth: int

    def around(self, launch: Launch, program: str) -> Launch:
        """A launch found inside, with what stands around it."""
        environment = {**self.own, **launch.environment}
        return replace(launch, environment=environment, through=(*self.through, program, *launch.through))


def parse_command(
    command: Sequence[str] | str, environment: Mapping[str, str] | None = None, _depth: int = 0
) -> tuple[Launch, ...]:
    """Every program a command starts, in order. Words are run as they are, text goes through a shell first.

    `environment` is what is known to be set (it fills `$NAME` and `FLASK_APP`); what the command itself sets is added.
    """
    known = dict(environment or {})
    if _depth > MAX_DEPTH:
        return ()
    if not isinstance(command, str):
        return tuple(_cleaned(launch) for launch in _launches(tuple(command), known, {}, (), _depth))
    found: list[Launch] = []
    own: dict[str, str] = {}
    for simple in split_commands(without_heredocs(command)):
        words = simple.texts
        exported = words[1:] if words[0] in {"export", "declare", "readonly"} else words
        pairs = [_ASSIGNMENT.fullmatch(word) for word in exported]
        if all(pair is not None for pair in pairs) and pairs:
            own.update((pair.group(1), _filled(pair.group(2), {**known, **own})) for pair in pairs if pair)
            continue
        launches = _launches(words, {**known, **own}, own, (), _depth)
        found.extend(_cleaned(_marked(launch, simple)) for launch in launches)
    return tuple(found)


def follow_script(launch: Launch, scripts: Mapping[str, str]) -> tuple[Launch, ...]:
    """What an npm script runs in the end; the launch itself when the script is not among those given."""
    text = scripts.get(launch.script) if launch.server == "npm" else None
    seen = {launch.script}
    found: list[Launch] = []
    waiting = list(parse_command(text, launch.environment)) if text else []
    while waiting:
        inner = waiting.pop(0)
        text = scripts.get(inner.script) if inner.server == "npm" else None
        if text is not None and inner.script not in seen and len(seen) < MAX_DEPTH:
            seen.add(inner.script)
            waiting = [*parse_command(text, inner.environment), *waiting]
            continue
        found.append(replace(inner, through=(f"npm run {launch.script}", *inner.through)))
    return tuple(found) or (launch,)


def _cleaned(launch: Launch) -> Launch:
    """The launch without secrets: scripts set passwords, and command lines carry tokens."""
    kept = {name: conceal(name, value) for name, value in launch.environment.items()}
    environment = {name: MASK if isinstance(value, Hidden) else value for name, value in kept.items()}
    return replace(launch, environment=environment, raw_flags=scrub_words(launch.raw_flags))


def _marked(launch: Launch, simple: SimpleCommand) -> Launch:
    conditional = simple.depth > 0 or simple.before == "||" or launch.conditional
    return replace(launch, conditional=conditional)


def _filled(word: str, known: Mapping[str, str]) -> str:
    if "$" not in word:
        return word
    found = expand(word, known)
    return word if found is None else found


def _launches(
    words: tuple[str, ...], known: dict[str, str], own: dict[str, str], through: tuple[str, ...], depth: int
) -> tuple[Launch, ...]:
    own = dict(own)
    words = tuple(part for word in words for part in _spread(word, known))
    for _ in range(MAX_DEPTH):
        while words and (pair := _ASSIGNMENT.fullmatch(words[0])):
            own[pair.group(1)] = pair.group(2)
            words = words[1:]
        if not words:
            return ()
        program = words[0].replace("\\", "/").rsplit("/", 1)[-1]
        rest = _peel(program, words)
        if rest is None:
            break
        through, words = (*through, program), rest
    if not words:
        return ()
    scene = _Scene({**known, **own}, own, through, depth)
    program = words[0].replace("\\", "/").rsplit("/", 1)[-1]
    if program in _SHELLS or program == "su":
        return _shell(program, words, scene)
    launch = _recognise(program, words, scene.known)
    if launch is not None:
        # A reader may add to the environment (`--settings`), and only that and what the command sets is the launch's.
        added = {name: value for name, value in launch.environment.items() if known.get(name) != value}
        return (replace(launch, environment={**own, **added}, program=program, through=through),)
    if program in _QUIET or words[0].startswith(("$", "-", "`", ">", "<")) or is_node_program(program):
        return ()
    return _unknown(program, words, scene)


def _spread(word: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """A word with its variables filled in: a variable that is a whole word may hold several."""
    filled = _filled(word, known)
    return tuple(filled.split()) if filled != word and word.startswith("$") else (filled,)


def _peel(program: str, words: tuple[str, ...]) -> tuple[str, ...] | None:
    """The command inside a wrapper, None when the first word wraps nothing."""
    verbs = _RUNNERS.get(program)
    if verbs is not None:
        at = next((index for index, word in enumerate(words[1:], 1) if not word.startswith("-")), 0)
        if at and words[at] in verbs:
            return _after_options(words[at + 1 :], _RUNNER_VALUES)
        if program not in _WRAPPERS:
            return None
    if _WAIT_SCRIPT.match(program) and "--" in words:
        return words[words.index("--") + 1 :]
    wrapper = _WRAPPERS.get(program)
    if wrapper is None:
        return None
    taken, values = wrapper
    inner = _after_options(words[1:], values)
    if program in {"wait-for-it", "dockerize"} or (taken and inner[:1] == ("--",)):
        inner = inner[1:] if inner[:1] == ("--",) else inner
    inner = inner[taken:]
    return inner[1:] if inner[:1] == ("--",) else inner


def _after_options(words: tuple[str, ...], values: frozenset[str]) -> tuple[str, ...]:
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "--":
        at += 2 if words[at] in values else 1
    return words[at + 1 :] if at < len(words) and words[at] == "--" else words[at:]


def _recognise(program: str, words: tuple[str, ...], known: Mapping[str, str]) -> Launch | None:
    if _PYTHON.fullmatch(program):
        return read_python(words[1:], known)
    if program == "manage.py":
        return SERVERS["manage.py"](words[1:], known)
    reader = SERVERS.get(program)
    if reader is not None:
        return reader(words[1:], known)
    if is_node_program(program):
        return read_node(program, words[1:], known)
    if program.endswith(".py"):
        return read_python(words, known)
    if program.endswith((".js", ".mjs", ".cjs")):
        # Images whose entry point is node itself name only the script.
        return read_node("node", words, known)
    return None


def _shell(program: str, words: tuple[str, ...], scene: _Scene) -> tuple[Launch, ...]:
    at = 1
    while at < len(words) and words[at].startswith("-"):
        if re.fullmatch(r"-[a-z]*c", words[at]) and at + 1 < len(words):
            inner = parse_command(words[at + 1], scene.known, scene.depth + 1)
            return tuple(scene.around(launch, program) for launch in inner)
        at += 2 if words[at] in {"-o", "-eo", "-euo", "-euxo", "-exo"} else 1
    if program == "su" or at >= len(words):
        return ()
    inside = replace(scene, through=(*scene.through, program))
    return _unknown(words[at].rsplit("/", 1)[-1], words[at:], inside)


def _unknown(program: str, words: tuple[str, ...], scene: _Scene) -> tuple[Launch, ...]:
    """A program of the project: a script, which may start what follows it (`entrypoint.sh gunicorn app:app`)."""
    if not _PROGRAM.fullmatch(words[0]):
        return ()
    own = Launch(
        "other",
        script=words[0],
        task=words[1] if len(words) > 1 and "." not in program and words[1].isalpha() else "",
        environment=scene.own,
        raw_flags=words[1:],
        program=program,
        through=scene.through,
    )
    wraps = "entrypoint" in program or program.endswith(".sh") or "/" in words[0]
    if wraps and len(words) > 1 and not words[1].startswith("-"):
        inner = parse_command(words[1:], scene.known, scene.depth + 1)
        # What follows is a command when it is a known program or another script, and an argument otherwise.
        commands = [launch for launch in inner if launch.server != "other" or _is_script(launch.script)]
        return (own, *(scene.around(launch, program) for launch in commands))
    return (own,)


def _is_script(word: str) -> bool:
    return word.endswith(".sh") or (word.startswith(("/", "./", "bin/")) and "." not in word.rsplit("/", 1)[-1])

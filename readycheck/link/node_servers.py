"""Recognises what `node`, `npm` and the JavaScript tool chains start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from readycheck.facts.lazily import lazy
from readycheck.link.launch import Launch

MANAGERS = frozenset({"npm", "yarn", "pnpm", "bun"})
RUNTIMES = frozenset({"node", "nodejs", "ts-node", "tsx", "deno", "pm2-runtime", "pm2"})
_WATCHERS = frozenset({"nodemon", "ts-node-dev", "tsnd", "node-dev", "supervisor"})
# Tool -> the subcommands that start a development server; "" stands for none given.
_DEV_TOOLS: Mapping[str, frozenset[str]] = {
    "next": frozenset({"", "dev"}),
    "nuxt": frozenset({"", "dev"}),
    "nuxi": frozenset({"dev"}),
    "vite": frozenset({"", "dev", "serve"}),
    "astro": frozenset({"dev"}),
    "remix": frozenset({"dev"}),
    "gatsby": frozenset({"develop"}),
    "react-scripts": frozenset({"start"}),
    "craco": frozenset({"start"}),
    "ng": frozenset({"serve", "s"}),
    "vue-cli-service": frozenset({"serve"}),
    "webpack": frozenset({"serve"}),
    "webpack-dev-server": frozenset({""}),
    "parcel": frozenset({"", "serve"}),
    "svelte-kit": frozenset({"dev"}),
    "expo": frozenset({"start"}),
    "nest": frozenset(),
    "wrangler": frozenset({"dev"}),
}
_PRODUCTION = frozenset({("next", "start"), ("nuxt", "start"), ("nest", "start"), ("remix-serve", "")})
_DEV_SCRIPT = lazy(r"(?:^|[:_\-])(?:dev|develop|development|watch|hot|serve|debug|local)(?:$|[:_\-])")
_TAKES_VALUE = frozenset(
    {
        "-r",
        "--require",
        "--import",
        "--loader",
        "--env-file",
        "-P",
        "--project",
        "--prefix",
        "--filter",
        "-F",
        "--workspace",
        "-C",
        "--cwd",
    }
)
_NOT_SCRIPTS = frozenset({"install", "ci", "i", "add", "exec", "build", "cache", "config", "prune", "rebuild"})


def is_node_program(program: str) -> bool:
    """Whether this module can read the command of that program."""
    return program in MANAGERS | RUNTIMES | _WATCHERS or program in _DEV_TOOLS or program == "remix-serve"


def read_node(program: str, words: Sequence[str], environment: Mapping[str, str]) -> Launch | None:
    """The launch of a JavaScript program; None when it only installs or builds."""
    if program in MANAGERS:
        return _read_manager(program, words, environment)
    positional = _positional(words)
    if program in _DEV_TOOLS or program == "remix-serve":
        return _read_tool(program, positional[0] if positional else "", words, environment)
    watching = program in _WATCHERS or "--watch" in words or (program == "tsx" and positional[:1] == ["watch"])
    debug = any(word.startswith("--inspect") for word in words)
    scripts = [word for word in positional if word not in {"watch", "run", "start"}]
    ready = False if watching else None if debug or not scripts else True
    if program in {"ts-node"} and ready:
        ready = None
    script = scripts[0] if scripts else ""
    return Launch("node", "", "", script, "", watching, debug, None, environment, ready, tuple(words), program)


def _positional(words: Sequence[str]) -> list[str]:
    found: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = word in _TAKES_VALUE
        else:
            found.append(word)
    return found


def _read_manager(program: str, words: Sequence[str], environment: Mapping[str, str]) -> Launch | None:
    positional = _positional(words)
    if not positional:
        return None
    verb = positional[0]
    if verb in {"run", "run-script"} and len(positional) > 1:
        verb = positional[1]
    elif verb in _NOT_SCRIPTS or (program == "npm" and verb not in {"start", "test", "stop", "restart"}):
        return None
    if program == "bun" and verb.endswith((".ts", ".js", ".tsx", ".mjs")):
        watching = "--watch" in words or "--hot" in words
        ready = False if watching else None
        return Launch("node", "", "", verb, "", watching, False, None, environment, ready, tuple(words), program)
    if verb == "workspace" and len(positional) > 2:
        verb = positional[2] if positional[2] != "run" else positional[-1]
    dev = bool(_DEV_SCRIPT.search(verb))
    ready = False if dev else None
    return Launch("npm", "", "", verb, "", dev, False, None, environment, ready, tuple(words), program)


def _read_tool(program: str, verb: str, words: Sequence[str], environment: Mapping[str, str]) -> Launch | None:
    watching = "--watch" in words or "-w" in words or verb in _DEV_TOOLS.get(program, ())
    if verb in {"build", "generate", "export", "lint", "test", "telemetry"}:
        return None
    debug = any(word.startswith("--debug") for word in words)
    ready = False if watching or debug else True if (program, verb) in _PRODUCTION else None
    return Launch("node", "", "", "", verb, watching, debug, None, environment, ready, tuple(words), program)

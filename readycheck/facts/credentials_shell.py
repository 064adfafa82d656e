"""Credentials in commands: variables, options, and the known tools that take a password on the command line."""

from __future__ import annotations

from collections.abc import Iterator

from readycheck.facts.credentials_base import LONGEST_VALUE, WORDS, Candidate, Text
from readycheck.facts.lazily import lazy
from readycheck.facts.secret_names import name_class

_HIT = lazy(
    WORDS.replace(r"pass[_\-'\"\]=: ]", r"pass(?=[_\-'\"\]=: ])").replace(r"pass\b", r"pass(?![a-z])")
    + r"(?P<tail>\w{0,60}(?:-\w{1,20}){0,4})(?P<op>"
    r"[ \t]{0,8}[:?]=[ \t]{0,8}|=(?![=~])|[ \t]{1,8}=[ \t]{1,8}|[ \t]{1,4})(?P<at>-?)(?=\S)"
)
_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$:")
_WORD = lazy(r"\"((?:[^\"\\\n]|\\.){1,1000})\"|'([^'\n]{1,1000})'|((?:\\.|[^\s\"'`;&|<>()\\]){1,1000})")
_COMMANDS = (
    (
        lazy(
            r"\b(?:mysql|mysqladmin|mysqldump|mariadb|mariadb-dump)\b[^\n|;]{0,300}?[ \t]"
            r"-p([^\s\"'`;|&$-][^\s\"'`;|&]{0,200}|\"[^\"$\n]{1,200}\"|'[^'\n]{1,200}')"
        ),
        1,
        "mysql -p",
    ),
    (lazy(r"\bsshpass[ \t]{1,4}-p[ \t]{0,4}([^\s]{1,200})"), 1, "sshpass -p"),
    (lazy(r"\bredis-cli\b[^\n|;]{0,200}?[ \t]-a[ \t]{1,4}([^\s]{1,200})"), 1, "redis-cli -a"),
    (lazy(r"\bdocker[ \t]{1,4}login\b[^\n|;]{0,300}?[ \t]-p[ \t]{1,4}([^\s]{1,200})"), 1, "docker login -p"),
    (
        lazy(
            r"\b(?:mongo|mongosh|mongodump|mongorestore|rabbitmqadmin)\b[^\n|;]{0,300}?[ \t]-p[ \t]{1,4}([^\s]{1,200})"
        ),
        1,
        "command option -p",
    ),
    (
        lazy(r"\brabbitmqctl[ \t]{1,4}(?:add_user|change_password)[ \t]{1,4}[^\s]{1,100}[ \t]{1,4}([^\s]{1,200})"),
        1,
        "rabbitmqctl",
    ),
    (lazy(r"(?<!\w)--requirepass[ \t]{1,4}([^\s]{1,200})"), 1, "redis --requirepass"),
)
# `-p` publishes a port where a container is started: `docker run --name mongo -p 27017:27017 mongo`.
_PORTS = lazy(r"(?:\d{1,3}(?:\.\d{1,3}){3}:)?\d{2,5}(?:-\d{2,5})?:\d{2,5}(?:-\d{2,5})?(?:/(?:tcp|udp))?(?!\w)")
_COMMAND_WORDS = ("mysql", "mariadb", "sshpass", "redis-cli", "docker login", "mongo", "rabbitmq", "requirepass")
_CURL = lazy(
    r"\b(?:curl|http|https|wget)\b[^\n]{0,600}?[ \t](?:-u|--user|-a|"
    r"--auth)[ \t=]{1,4}([\"']?)([^\s:\"'$]{1,100}):([^\s\"'`]{1,200})\1"
)
_LOGIN_TOOLS = ("curl", "wget", "http ")
_LOGIN_OPTIONS = (" -u", " --user", " -a", " --auth")
#: Literals for the gate, by group.
GROUPS = {
    "credentials: commands": _COMMAND_WORDS,
    "credentials: login tools": _LOGIN_TOOLS,
    "credentials: login options": _LOGIN_OPTIONS,
}
_PLAIN = lazy(r"convertto-securestring[ \t]{1,4}(?:-string[ \t]{1,4})?[\"']([^\"'\n$]{1,200})[\"']")


def from_commands(text: Text) -> Iterator[Candidate]:
    """Known commands with a password among their arguments; holds for any file that quotes command lines."""
    low, raw = text.low, text.raw
    if text.has("credentials: commands", _COMMAND_WORDS):
        for pattern, group, detector in _COMMANDS:
            for found in pattern.finditer(raw):
                value = found.group(group).strip("\"'")
                if not value.startswith(("-", "$", "%", "{", "<(")) and not _PORTS.match(value):
                    yield Candidate(found.start(group), "", value, f"password given to {detector}", "argument", "shell")
    options = text.has("credentials: login options", _LOGIN_OPTIONS)
    if options and text.has("credentials: login tools", _LOGIN_TOOLS):
        for found in _CURL.finditer(raw):
            user, value = found.group(2), found.group(3)
            if not value.startswith(("$", "%", "{")):
                yield Candidate(found.start(3), "", value, "login given to curl", "argument", "shell", user)
    if "convertto-securestring" in low:
        for found in _PLAIN.finditer(low):
            value = raw[found.start(1) : found.end(1)]
            yield Candidate(found.start(1), "", value, "plain text made a SecureString", "literal", "shell")


def from_shell(text: Text) -> Iterator[Candidate]:
    """Variables (`export X=`, `ENV X`, `ARG X=`, `PGPASSWORD=x psql`) and options (`--password x`)."""
    consumed = 0
    for found in text.matches(_HIT):
        start = found.start()
        if start < consumed:
            continue
        lowest = max(0, start - 80)
        while start > lowest and text.raw[start - 1] in _NAME_CHARS:
            start -= 1
        name = text.raw[start : found.end("tail")]
        option = name.startswith("--")
        lead = text.raw[text.line_start(start) : start]
        if lead[-1:] in ("&", "?") and lead[-2:] != "&&":
            continue
        if lead.lstrip().startswith(("#", "//", "REM ", "rem ")) or not name_class(name.lstrip("-$")).kind:
            continue
        value = _value(text, found.end("op"))
        if value is None or not _assigns(name, found.group("op"), lead, option):
            continue
        offset, word = value
        consumed = offset + len(word)
        yield Candidate(
            offset,
            name.lstrip("-$").rsplit(":", 1)[-1],
            word,
            "command option" if option else "",
            "argument" if option else "literal",
            "shell" if option else "env",
        )


def _assigns(name: str, operator: str, lead: str, option: bool) -> bool:
    if option:
        return not operator.startswith(" ") or operator.strip() == ""
    if operator.strip() in ("=", ":=", "?="):
        spaced = operator != "="
        return not spaced or name.startswith("$") or lead.strip() in ("", "set", "override")
    return lead.strip().upper() == "ENV"


def _value(text: Text, offset: int) -> tuple[int, str] | None:
    found = _WORD.match(text.raw, offset, min(len(text.raw), offset + LONGEST_VALUE))
    if found is None:
        return None
    group = next(number for number in (1, 2, 3) if found.group(number) is not None)
    value = found.group(group)
    if group != 2 and value.startswith(("$", "-", "%", "!", "@")) and not value.startswith("${"):
        return None
    return found.start(group), value

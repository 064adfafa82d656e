"""Credentials in files of keys and values: YAML, JSON, TOML, INI, .env, .properties, XML, quoted and bare."""

from __future__ import annotations

import re
from collections.abc import Iterator

from readycheck.facts.credentials_base import LONGEST_VALUE, WORDS, Candidate, Text, unescape
from readycheck.facts.credentials_code import from_code
from readycheck.facts.credentials_text import decode
from readycheck.facts.lazily import lazy
from readycheck.facts.secret_names import last_part, name_class

_HIT = lazy(
    WORDS.replace(r"pass[_\-'\"\]=: ]", r"pass(?=[_\-'\"\]=: ])").replace(r"pass\b", r"pass(?![a-z])")
    + r"(?P<tail>[\w.\-]{0,60})(?P<close>[\"'\]]{0,2})[ \t]{0,40}(?P<op>=>|:=|\?=|\+=|[:=])(?!=)"
)
_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$")
_YAML_LEAD = lazy(r"^[ \t]*(?:-[ \t]+)*[\"']?$|[{,][ \t]*[\"']?$")
_KEYS_LEAD = lazy(r"^[ \t]*(?:export[ \t]+|set[ \t]+|setx[ \t]+)?[\"']?$")
_ENTRY_LEAD = lazy(
    r"^[ \t]*(?:-[ \t]+)?[\"']?$|(?:^|[\s\"'`;&|(])(?:-e[ \t]+|--env[ \t]+|--build-arg[ \t]+|--set[ \t]+|-D|--)?[\"']?$"
)
_BARE_END = lazy(r"[ \t]+#")
_YAML_TAG = lazy(r"^(?:&[\w\-]{1,60}|!!(?:str|binary))[ \t]+")
_PAIR = lazy(
    r"\b(?:name|key)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?([\w.\-:]{1,100})[\"']?,?(?:[ \t]{1,80}|"
    r"\r?\n[ \t]{0,80}(?:-[ \t])?)[\"']?(?:default_?)?value[\"']?"
    r"[ \t]{0,4}[:=][ \t]{0,4}([^\n]{1,600})"
)
_ELEMENT = lazy(r"<([A-Za-z][\w.:\-]{0,80})>([^<>\n]{1,500})</")
_KEY = lazy(r"^[ \t]*(?:-[ \t]+)?[\"']?([\w.\-/$]{1,100})[\"']?[ \t]*:(?:[ \t\r]|$|\{)")
_SECRET_DATA = lazy(
    r"^(data|stringdata):[ \t\r]*\n((?:(?:[ \t]+[^\n]*|[ \t]*#[^\n]*|[ \t\r]*)(?:\n|$)){1,500})", re.MULTILINE
)
_SECRET_ENTRY = lazy(
    r"^[ \t]+[\"']?([\w.\-]{1,200})[\"']?:[ \t]*[\"']?([A-Za-z0-9+/=]{4,20000})[\"']?[ \t\r]*$", re.MULTILINE
)
_CONFIG_OPS = frozenset({"=", ":"})
_NOT_PARENTS = frozenset(
    "labels annotations matchlabels selector properties required translations messages secretkeyref configmapkeyref "
    "secretref permissions outputs inputs with_items scopes columns".split()
)


def from_yaml(text: Text) -> Iterator[Candidate]:
    """Mapping entries under a secret's name, `NAME=value` list items, `name:`/`value:` pairs, Kubernetes Secrets."""
    encoded = list(_kubernetes(text)) if "kind" in text.low and "secret" in text.low else []
    taken = {candidate.offset for candidate in encoded}
    yield from (candidate for candidate in encoded if candidate.value)
    yield from (candidate for candidate in _yaml_entries(text) if candidate.offset not in taken)


def _yaml_entries(text: Text) -> Iterator[Candidate]:
    for found in text.matches(_HIT):
        start = _name_start(text.raw, found.start())
        line = text.line_start(start)
        lead, operator = text.raw[line:start], found.group("op")
        if lead.lstrip().startswith("#"):
            yield from _commented(text, found, start, lead)
        elif (
            operator == ":"
            and _YAML_LEAD.search(lead)
            and text.raw[found.end() : found.end() + 1] in (" ", "\t", "'", '"')
        ):
            yield from _entry(text, found, start, _yaml_value(text, found.end(), "{" in lead), "config")
        elif operator == "=" and not found.group("close") and _ENTRY_LEAD.search(lead):
            yield from _entry(text, found, start, _inline_value(text, found.end(), lead), "env")
    yield from _pairs(text)


def from_keys(text: Text) -> Iterator[Candidate]:
    """`KEY=value` and `key: value` lines of .env, INI, TOML and .properties files."""
    for found in text.matches(_HIT):
        start = _name_start(text.raw, found.start())
        lead = text.raw[text.line_start(start) : start]
        if lead.lstrip()[:1] in ("#", ";") or lead.lstrip()[:2] == "//":
            yield from _commented(text, found, start, lead)
        elif _KEYS_LEAD.match(lead):
            yield from _entry(text, found, start, _yaml_value(text, found.end(), False), "config")
        elif found.group("op") in _CONFIG_OPS and re.search(r"[{,\[][ \t]*[\"']?$", lead):
            yield from _entry(text, found, start, _yaml_value(text, found.end(), True), "config")


def from_json(text: Text) -> Iterator[Candidate]:
    """Members under a secret's name, numbers too, and `"name"`/`"value"` pairs."""
    for found in text.matches(_HIT):
        if found.group("close")[:1] != '"' or found.group("op") != ":":
            continue
        start = _name_start(text.raw, found.start())
        value = _yaml_value(text, found.end(), True)
        if value is not None and (text.raw[value[0] - 1] == '"' or value[1].isdigit()):
            yield from _entry(text, found, start, value, "config")
    yield from _pairs(text)


def from_xml(text: Text) -> Iterator[Candidate]:
    """Elements and attributes, `key`/`value` pairs of attributes too; what is commented out is not in force."""
    live = Text(_without_comments(text.raw))
    for found in _ELEMENT.finditer(live.raw):
        if name_class(found.group(1)).kind:
            yield Candidate(found.start(2), found.group(1), found.group(2), "", "literal", "config")
    yield from _pairs(live)
    yield from from_code(live, "config")


def _without_comments(raw: str) -> str:
    pieces: list[str] = []
    position = 0
    while (start := raw.find("<!--", position)) >= 0:
        end = raw.find("-->", start)
        end = len(raw) if end < 0 else end
        pieces += (raw[position:start], re.sub(r"[^\n]", " ", raw[start:end]))
        position = end
    return "".join(pieces) + raw[position:]


def _name_start(raw: str, position: int) -> int:
    lowest = max(0, position - 80)
    while position > lowest and raw[position - 1] in _NAME_CHARS:
        position -= 1
    return position


def _entry(
    text: Text, found: re.Match[str], start: int, value: tuple[int, str] | None, context: str
) -> Iterator[Candidate]:
    name = text.raw[start : found.start("close")].lstrip("-$")
    if value is None or not value[1] or not name_class(name).kind:
        return
    path = name
    if found.group("op") == ":":
        parents = _parents(text, start)
        if parents and parents[-1].lower() in _NOT_PARENTS:
            return
        path = ".".join((*parents, name))
        if parents and parents[-1].lower() in ("environment", "env", "environments", "env_vars", "variables"):
            context = "env"
    yield Candidate(value[0], path, value[1], "", "literal", context)


def _commented(text: Text, found: re.Match[str], start: int, lead: str) -> Iterator[Candidate]:
    """A setting that is commented out is no weak password any more, but a real secret in it has leaked all the same."""
    if not lead.lstrip(" \t#;/-"):
        for candidate in _entry(text, found, start, _yaml_value(text, found.end(), False), "comment"):
            yield candidate._replace(name=candidate.name.rsplit(".", 1)[-1], context="comment")


def _parents(text: Text, offset: int) -> tuple[str, ...]:
    """The keys above a line by indentation, outermost first, at most eight."""
    start = text.line_start(offset)
    line = text.raw[start:offset]
    indent = len(line) - len(line.lstrip(" -\t\"'{"))
    found: list[str] = []
    for _ in range(400):
        if start == 0 or indent == 0 or len(found) == 8:
            break
        end = start - 1
        start = text.line_start(end)
        line = text.raw[start : min(end, start + 300)]
        depth = len(line) - len(line.lstrip(" -\t\"'"))
        key = _KEY.match(line) if depth < indent else None
        if key:
            found.append(key.group(1))
            indent = depth
    return tuple(reversed(found))


def _yaml_value(text: Text, offset: int, flow: bool) -> tuple[int, str] | None:
    end = min(text.line_end(offset), offset + LONGEST_VALUE)
    line = text.raw[offset:end]
    stripped = line.lstrip(" \t")
    offset += len(line) - len(stripped)
    tag = _YAML_TAG.match(stripped)
    if tag:
        offset, stripped = offset + tag.end(), stripped[tag.end() :]
    if stripped[:3] in ('"""', "'''"):
        offset, stripped = offset + 2, stripped[2:].replace('"""', '"')
    if stripped[:1] in ("'", '"'):
        closing = re.match(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^']|'')*)'", stripped)
        if closing is None:
            return None
        value = closing.group(1) if closing.group(1) is not None else closing.group(2)
        return offset + 1, unescape(value)
    if stripped[:1] in ("|", ">", "*", "[", "#", "&") or (stripped[:1] == "{" and not stripped.startswith("{{")):
        return None
    cut = _BARE_END.search(stripped)
    value = stripped[: cut.start()] if cut else stripped
    if flow:
        value = re.split(r"[,}\]]", value, maxsplit=1)[0]
    return offset, value.strip().rstrip("\r")


def _inline_value(text: Text, offset: int, lead: str) -> tuple[int, str] | None:
    """The value of `NAME=value` inside a line: up to the closing quote of the line or the next blank."""
    rest = text.raw[offset : min(text.line_end(offset), offset + LONGEST_VALUE)]
    whole = lead.lstrip(" \t-")
    if rest[:1] in ("'", '"'):
        end = rest.find(rest[0], 1)
        return (offset + 1, rest[1:end]) if end > 0 else None
    if whole in ("'", '"'):
        return offset, rest.split(whole, 1)[0]
    return offset, re.split(r"[\s;|&<>\"'`]|\\$", rest, maxsplit=1)[0]


def _pairs(text: Text) -> Iterator[Candidate]:
    if "value" not in text.low:
        return
    for found in _PAIR.finditer(text.low):
        name = text.raw[found.start(1) : found.end(1)]
        if name_class(name).kind:
            value = _yaml_value(text, found.start(2), text.raw[found.start(2)] not in "\"'")
            if value is not None and value[1]:
                yield Candidate(value[0], name, value[1].rstrip(",} />"), "", "literal", "env")


def _kubernetes(text: Text) -> Iterator[Candidate]:
    """base64 under `data:` of a Kubernetes Secret."""
    start = 0
    for document in re.split(r"(?m)^---", text.raw):
        if re.search(r"(?m)^kind:[ \t]*[\"']?Secret\b", document):
            for block in _SECRET_DATA.finditer(document.lower()):
                if block.group(1) != "data":
                    continue
                for entry in _SECRET_ENTRY.finditer(document, block.start(2), block.end(2)):
                    yield from _encoded(entry, start)
        start += len(document) + 3


def _encoded(entry: re.Match[str], start: int) -> Iterator[Candidate]:
    name, plain = entry.group(1), decode(entry.group(2)).strip()
    offset = start + entry.start(2)
    detector = "base64 in a Kubernetes Secret"
    if "PRIVATE KEY-----" in plain or (last_part(name) == "dockerconfigjson" and '"auth"' in plain):
        yield Candidate(offset, name, plain, detector, "encoded", "config", verdict="secret")
        return
    url = re.search(r"://([^\s:/@]{0,100}):([^\s@/]{1,200})@([\w.\-]{1,100})", plain)
    if url:
        yield Candidate(offset, name, url.group(2), detector, "encoded", "url", url.group(1), url.group(3))
    elif name_class(name).kind:
        yield Candidate(offset, name, plain, detector, "encoded", "env")
    else:
        yield Candidate(offset, name, "", detector, "encoded", "env")

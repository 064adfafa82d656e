"""From the events of PyYAML to the trees of `yaml_tree`: the only file that imports PyYAML to read.

Events rather than PyYAML's own nodes, so that depth, size and aliases stay under control without recursion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from readycheck.facts import yaml_tree as tree
from readycheck.facts.yaml_tree import Node, YamlList, YamlMap, YamlProblem, YamlScalar


class _PureParser(Reader, Scanner, Parser):
    """PyYAML's parser without its composer and constructor."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


class _StopError(Exception):
    """The document is beyond a limit and is given up."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.problem = YamlProblem(line, reason)


@dataclass(slots=True)
class _Frame:
    """A mapping or sequence that is still open. `size` and `depth` count what aliases bring, too."""

    is_map: bool
    line: int
    column: int
    anchor: str | None
    tag: str
    children: list[Node] = field(default_factory=list)
    size: int = 1
    depth: int = 1


class _Builder:
    """Turns the events of one stream into documents."""

    def __init__(self) -> None:
        self.documents: list[Node] = []
        self.problems: list[YamlProblem] = []
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        self._nodes = 0
        self._expanded = 0

    def feed(self, event: Any) -> None:
        """Take the next event."""
        if isinstance(event, yaml.ScalarEvent):
            self._count(event)
            line, column = _place(event)
            tag = tree.short_tag(event.tag, event.value, event.implicit[0])
            style = "" if event.style in (None, ":") else event.style
            self._close(YamlScalar(event.value, tag, line, column, style), event.anchor, 1, 1)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._count(event)
            self._open(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            frame = self._frames.pop()
            node = self._mapping(frame) if frame.is_map else self._sequence(frame)
            self._close(node, frame.anchor, frame.size, frame.depth)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors.clear()
            self._expanded = 0

    def _count(self, event: Any) -> None:
        self._nodes += 1
        if self._nodes > tree.MAX_NODES:
            raise _StopError(event.start_mark.line + 1, f"more than {tree.MAX_NODES} values")

    def _open(self, event: Any) -> None:
        line, column = _place(event)
        if len(self._frames) >= tree.MAX_DEPTH:
            raise _StopError(line, f"nested deeper than {tree.MAX_DEPTH} levels")
        tag = event.tag if event.tag and not event.tag.startswith("tag:yaml.org,2002:") else ""
        is_map = isinstance(event, yaml.MappingStartEvent)
        self._frames.append(_Frame(is_map, line, column, event.anchor, tag))

    def _close(self, node: Node, anchor: str | None, size: int, depth: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = (node, size, depth)
        if not self._frames:
            self.documents.append(node)
            return
        frame = self._frames[-1]
        frame.children.append(node)
        frame.size += size
        frame.depth = max(frame.depth, depth + 1)

    def _alias(self, event: Any) -> None:
        line, column = _place(event)
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            reason = f"alias *{event.anchor[:60]} names no complete anchor"
        elif self._expanded + anchored[1] > tree.MAX_EXPANDED:
            reason = f"aliases expand to more than {tree.MAX_EXPANDED} values"
        elif len(self._frames) + anchored[2] > tree.MAX_DEPTH:
            reason = f"nested deeper than {tree.MAX_DEPTH} levels through aliases"
        else:
            self._expanded += anchored[1]
            self._close(anchored[0], None, *anchored[1:])
            return
        self._problem(line, reason)
        self._close(YamlScalar("", "null", line, column), None, 1, 1)

    def _problem(self, line: int, reason: str) -> None:
        problem = YamlProblem(line, reason)
        if len(self.problems) < tree.MAX_PROBLEMS and problem not in self.problems:
            self.problems.append(problem)

    def _sequence(self, frame: _Frame) -> YamlList:
        return YamlList(tuple(frame.children), frame.line, frame.column, frame.tag)

    def _mapping(self, frame: _Frame) -> YamlMap:
        found: dict[str, tuple[YamlScalar, Node]] = {}
        merged: list[tuple[YamlScalar, Node]] = []
        for key, value in zip(frame.children[::2], frame.children[1::2], strict=False):
            if not isinstance(key, YamlScalar):
                self._problem(key.line, "a key that is no text")
                continue
            if key.tag == "merge":
                merged.extend(self._merged(value, key.line))
                continue
            if key.text in found:
                self._problem(key.line, f"key {_shown(key.text)} is already set on line {found[key.text][0].line}")
            found[key.text] = (key, value)
        for key, value in merged:  # what is written out wins over what is merged, the first merged one over later ones
            found.setdefault(key.text, (key, value))
        return YamlMap(tuple(found.values()), frame.line, frame.column, frame.tag)

    def _merged(self, value: Node, line: int) -> Iterator[tuple[YamlScalar, Node]]:
        sources = value.items if isinstance(value, YamlList) else (value,)
        for source in sources:
            if isinstance(source, YamlMap):
                yield from source.pairs
            else:
                self._problem(line, "a merge key << that merges no mapping")


def _place(event: Any) -> tuple[int, int]:
    """The 1-based line and column of an event."""
    return event.start_mark.line + 1, event.start_mark.column + 1


def _shown(key: str) -> str:
    return repr(key if len(key) <= 60 else key[:60] + "…")


def build(data: bytes) -> tuple[list[Node], list[YamlProblem]]:
    """Every complete document of the stream and what was wrong with it."""
    text, problems = _decode(data)
    builder = _Builder()
    try:
        parser = _parser(text)
        while (event := parser.get_event()) is not None:
            builder.feed(event)
    except _StopError as stop:
        problems.append(stop.problem)
    except yaml.MarkedYAMLError as error:
        problems.append(_explain(error))
    except yaml.YAMLError as error:
        problems.append(YamlProblem(0, f"not YAML: {str(getattr(error, 'reason', 'does not parse'))[:120]}"))
    except (ValueError, OverflowError):  # an escape such as "\Uffffffff" in the pure reader
        problems.append(YamlProblem(0, "not YAML: a character that does not exist"))
    return builder.documents, builder.problems + problems


def _parser(text: str) -> Any:
    """The fast parser; the slow one, which gives the same events, where PyYAML was built without libyaml."""
    if not yaml.__with_libyaml__:
        return _PureParser(text)
    from yaml._yaml import CParser

    return CParser(text)


def _decode(data: bytes) -> tuple[str, list[YamlProblem]]:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return data.decode("latin-1"), [YamlProblem(line, "not UTF-8; read as Latin-1")]


def _explain(error: yaml.MarkedYAMLError) -> YamlProblem:
    """The place and the parser's own words, which never quote a value."""
    mark = error.problem_mark or error.context_mark
    return YamlProblem(mark.line + 1 if mark else 0, f"not YAML: {str(error.problem or 'does not parse')[:120]}")

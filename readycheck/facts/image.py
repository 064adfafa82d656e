"""What the image of a Dockerfile stage ends up with: user, command, health check, environment, ports, copied files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from readycheck.facts.docker_variables import expand
from readycheck.facts.dockerfile import Dockerfile, Instruction, Setting, Stage
from readycheck.facts.values import Hidden


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """The health check in force. `disabled` is `HEALTHCHECK NONE`; `command` is words in exec form, else shell text."""

    disabled: bool
    command: tuple[str, ...] | str
    line: int
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Copy:
    """One `COPY` or `ADD`. `from_stage` is the raw `--from`, "" for the build context."""

    keyword: str
    sources: tuple[str, ...]
    destination: str
    from_stage: str
    line: int
    stage: int
    flags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Port:
    """One `EXPOSE`d port as written, with variables replaced where known."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """The image that building one stage gives; everything a stage is built FROM counts."""

    dockerfile: Dockerfile
    target: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stage and those it is built from, nearest first; empty when the target does not exist."""
        return self.dockerfile.ancestry(self.target)

    @property
    def base(self) -> tuple[str, int] | None:
        """The outside image everything starts from ("" if unresolved), and the line that names it."""
        stages = self.stages
        if not stages:
            return None
        root = stages[-1]
        known = {name: setting.value for name, setting in self.dockerfile.arguments.items()}
        values = {name: value for name, value in known.items() if isinstance(value, str)}
        values.update({name: value for name, value in self.build_args.items() if name in known})
        return expand(root.image_raw, values) or "", root.line

    def last(self, keyword: str) -> Instruction | None:
        """The instruction of that kind that is in force."""
        for stage in self.stages:
            found = stage.last(keyword)
            if found is not None:
                return found
        return None

    def user(self) -> tuple[str, int] | None:
        """The user the container starts as; None when the base image decides."""
        found = self.last("USER")
        if found is None:
            return None
        return self.expanded(found.text.strip().strip("\"'")), found.line

    def workdir(self) -> str:
        """Where the command starts, as far as the stages say."""
        local = self._evaluate()[1]
        path = ""
        for stage in reversed(self.stages):
            for instruction in stage.all("WORKDIR"):
                step = _filled(instruction.text.strip().strip("\"'"), local)
                path = step if step.startswith("/") or not path else f"{path.rstrip('/')}/{step}"
        return path

    def entrypoint(self) -> Instruction | None:
        """The ENTRYPOINT in force."""
        return self.last("ENTRYPOINT")

    def cmd(self) -> Instruction | None:
        """The CMD in force: an ENTRYPOINT set later than an inherited CMD drops it, as Docker does."""
        for stage in self.stages:
            found = stage.last("CMD")
            if found is not None:
                return found
            if stage.last("ENTRYPOINT") is not None:
                return None
        return None

    def start(self) -> tuple[tuple[str, ...] | str, int] | None:
        """What runs when nobody overrides it: ENTRYPOINT followed by CMD. A shell-form ENTRYPOINT ignores CMD."""
        entry, command = self.entrypoint(), self.cmd()
        if entry is None or not entry.text:
            return (command.command, command.line) if command is not None else None
        if not entry.exec_form or command is None:
            return entry.command, entry.line
        tail = command.arguments if command.exec_form else ("/bin/sh", "-c", command.text)
        return entry.arguments + tail, command.line

    def healthcheck(self) -> Healthcheck | None:
        """The HEALTHCHECK in force."""
        found = self.last("HEALTHCHECK")
        if found is None or not found.arguments:
            return None
        kind = found.arguments[0].upper()
        if kind == "NONE":
            return Healthcheck(True, (), found.line)
        command = found.arguments[1:] if found.exec_form else found.text[len(found.arguments[0]) :].strip()
        return Healthcheck(False, command, found.line, found.flags)

    def env(self) -> Mapping[str, Setting]:
        """The environment of the image, later settings and nearer stages winning, known names replaced."""
        return self._evaluate()[0]

    def exposes(self) -> tuple[Port, ...]:
        """Every port that EXPOSE names."""
        local = self._evaluate()[1]
        return tuple(
            Port(_filled(word, local), instruction.line)
            for stage in reversed(self.stages)
            for instruction in stage.all("EXPOSE")
            for word in instruction.arguments
        )

    def copies(self) -> tuple[Copy, ...]:
        """Every COPY and ADD of the stages the image is built from, known names replaced."""
        local = self._evaluate()[1]
        found = []
        for copy in (copy for stage in reversed(self.stages) for copy in stage_copies(stage)):
            sources = tuple(_filled(source, local) for source in copy.sources)
            found.append(replace(copy, sources=sources, destination=_filled(copy.destination, local)))
        return tuple(found)

    def used_stages(self) -> tuple[Stage, ...]:
        """Every stage that has to be built for this image: by FROM, by `COPY --from` and by `RUN --mount=from=`."""
        waiting, seen = list(self.stages), dict[int, Stage]()
        while waiting:
            stage = waiting.pop()
            if stage.index in seen:
                continue
            seen[stage.index] = stage
            names = [(stage.image, False)]
            names += [(copy.from_stage, True) for copy in stage_copies(stage) if copy.from_stage]
            for run in stage.all("RUN"):
                options = run.flags.get("mount", "").replace(" ", ",").split(",")
                names += [(option[5:], True) for option in options if option.startswith("from=")]
            for name, numbered in names:
                found = self.dockerfile.earlier(name, stage.index)
                if found is None and numbered and name.isascii() and name.isdigit() and int(name[:6]) < stage.index:
                    found = self.dockerfile.stages[int(name[:6])]
                if found is not None:
                    waiting.append(found)
        return tuple(seen[index] for index in sorted(seen))

    def expanded(self, text: str) -> str:
        """Text with the environment and arguments of the image replaced, unchanged where something is unknown."""
        return _filled(text, self._evaluate()[1]) if "$" in text else text

    def _evaluate(self) -> tuple[dict[str, Setting], dict[str, str]]:
        values: dict[str, Setting] = {}
        local: dict[str, str] = {}
        for stage in reversed(self.stages):
            # An ARG lives in its stage alone; an ENV is inherited and beats an ARG of the same name.
            local = {name: known.value for name, known in values.items() if isinstance(known.value, str)}
            for instruction in stage.all("ARG", "ENV"):
                fresh: dict[str, str] = {}
                for setting in instruction.settings:
                    value = self._valued(setting, instruction.keyword, local)
                    if instruction.keyword == "ENV":
                        values[setting.name] = Setting(setting.name, value, setting.line)
                    elif setting.name in values:
                        continue
                    if isinstance(value, str):
                        fresh[setting.name] = value
                local.update(fresh)
        return values, local

    def _valued(self, setting: Setting, keyword: str, local: Mapping[str, str]) -> str | Hidden | None:
        if keyword == "ARG":
            if setting.name in self.build_args:
                return self.build_args[setting.name]
            if setting.value is None:
                outer = self.dockerfile.arguments.get(setting.name)
                return outer.value if outer is not None else None
        if not isinstance(setting.value, str) or "$" not in setting.value:
            return setting.value
        found = expand(setting.value, local)
        return setting.value if found is None else found


def _filled(text: str, local: Mapping[str, str]) -> str:
    found = expand(text, local) if "$" in text else None
    return text if found is None else found


def stage_copies(stage: Stage) -> Iterator[Copy]:
    """The COPY and ADD instructions of one stage."""
    for instruction in stage.all("COPY", "ADD"):
        words = instruction.arguments
        if len(words) < 2:
            continue
        sources = tuple(word for word in words[:-1] if not word.startswith("<<"))
        yield Copy(
            instruction.keyword,
            sources,
            words[-1],
            instruction.flags.get("from", ""),
            instruction.line,
            stage.index,
            instruction.flags,
        )

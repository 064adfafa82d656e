"""The measured numbers as Markdown, judged against the targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MEDIUM_MEGABYTES = 5.0  # below this a corpus says more about start-up than about speed
HEADER = """# Speed

Written by `python benchmarks/speed.py`: all tools in one session on the same files (tracked files of each checkout,
committed anew), in alternating order; medians. Absolute times drift with the machine, the ratios are what counts.
readycheck runs its whole catalogue with the linked model and writes JSON, cold and without cache.
"""


@dataclass(frozen=True, slots=True)
class Target:
    """One promise: what was measured, what is asked first, and the goal."""

    name: str
    measured: float | None
    first: float
    goal: float | None
    unit: str = "x"

    def row(self) -> str:
        goal = "" if self.goal is None else f"{self.goal:g} {self.unit}"
        return f"| {self.name} | {self._shown()} | {self.first:g} {self.unit} | {goal} | {self._word()} |"

    def _shown(self) -> str:
        return "not measured" if self.measured is None else f"{self.measured:.3g} {self.unit}"

    def _word(self) -> str:
        if self.measured is None:
            return ""
        if self.measured > self.first:
            return "**missed**"
        return "goal" if self.goal is not None and self.measured <= self.goal else "met"


def render(data: Mapping[str, Any]) -> str:
    """The whole document."""
    machine, peers = data["machine"], data["peers"]
    lines = [
        HEADER,
        f"{machine['cores']} cores, {machine['system']}, Python {machine['python']}, {data['rounds']} rounds. "
        + "Peers: " + ", ".join(f"{name} {version}" for name, version in peers.items()) + ".",
        "",
        *costs(data),
        "## Targets",
        "",
        "| | measured | first | goal | |",
        "|---|---|---|---|---|",
        *(target.row() for target in targets(data)),
        "",
    ]  # fmt: skip
    if data["problems"]:
        lines += ["## Problems", "", *(f"- {problem}" for problem in data["problems"]), ""]
    return "\n".join(lines)


def costs(data: Mapping[str, Any]) -> Iterator[str]:
    """One table a corpus; `x` is how many times as long as readycheck a tool takes."""
    for corpus in data["corpora"]:
        name = corpus["name"]
        yield f"## {name} @ {corpus['commit'][:8]}: {corpus['files']:,} files, {corpus['megabytes']:g} MB"
        yield ""
        yield "| tool | wall s (fastest - slowest) | cpu s | peak MiB | x | runs |"
        yield "|---|---|---|---|---|---|"
        ours = wall(data, name, "readycheck")
        for tool, cost in sorted(data["costs"].get(name, {}).items(), key=lambda item: item[1]["wall"]):
            peak = data["peak_mib"].get(name, {}).get(tool)
            times = f"{cost['wall'] / ours:.2f}" if ours else ""
            yield (
                f"| {tool} | {cost['wall']:.3f} ({cost['fastest']:.3f} - {cost['slowest']:.3f}) | {cost['cpu']:.3f} "
                f"| {'' if peak is None else f'{peak:.0f}'} | {times} | {cost['runs']} |"
            )
        yield ""


def targets(data: Mapping[str, Any]) -> Iterator[Target]:
    """Every promise, measured where this session measured it."""
    corpora: Sequence[Mapping[str, Any]] = data["corpora"]
    large = corpora[-1]
    name = large["name"]
    ours = wall(data, name, "readycheck")
    yield Target("large vs gitleaks", ratio(ours, wall(data, name, "gitleaks")), 1.0, 0.3)
    yield Target("large vs kingfisher", ratio(ours, wall(data, name, "kingfisher")), 2.5, 1.0)
    yield Target("large vs semgrep (11 rules)", ratio(ours, wall(data, name, "semgrep")), 0.30, 0.10)
    bandit, secrets = wall(data, name, "bandit"), wall(data, name, "detect-secrets")
    both = bandit + secrets if bandit is not None and secrets is not None else None
    yield Target("large vs bandit + detect-secrets together", ratio(ours, both), 0.025, 0.01)
    medium = [corpus for corpus in corpora[:-1] if corpus["megabytes"] >= MEDIUM_MEGABYTES]
    for corpus in medium:
        part = ratio(wall(data, corpus["name"], "readycheck"), wall(data, corpus["name"], "gitleaks"))
        yield Target(f"{corpus['name']} vs gitleaks", part, 1.0, 0.5)
    yield Target("unchanged re-scan of large vs the floor", ratio(wall(data, "rescan", "cached"),
                                                                  wall(data, "rescan", "floor")), 4, 1.5)  # fmt: skip
    for corpus in medium:
        yield Target(
            f"time per MB, large vs {corpus['name']}", ratio(per_mb(data, large), per_mb(data, corpus)), 1.0, None
        )
    peaks = [by_tool.get("readycheck") for by_tool in data["peak_mib"].values()]
    known = [peak for peak in peaks if peak is not None]
    yield Target("peak memory, all processes", max(known) if known else None, 300, 128, "MiB")
    for option, first, goal in (("--version", 60, 25), ("--help", 200, 110)):
        seconds = wall(data, "startup", option)
        yield Target(f"`readycheck {option}`", None if seconds is None else seconds * 1000, first, goal, "ms")


def wall(data: Mapping[str, Any], corpus: str, tool: str) -> float | None:
    """The median wall time, or None where it was not measured."""
    cost = data["costs"].get(corpus, {}).get(tool)
    return None if cost is None else float(cost["wall"])


def per_mb(data: Mapping[str, Any], corpus: Mapping[str, Any]) -> float | None:
    seconds = wall(data, corpus["name"], "readycheck")
    return None if seconds is None else seconds / float(corpus["megabytes"])


def ratio(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole

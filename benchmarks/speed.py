"""How fast is readycheck beside its peers, measured side by side in one session on the same files.

    python benchmarks/speed.py --venv FOLDER [--rounds 5] CHECKOUT...

The peers are installed into FOLDER. Every checkout is copied (tracked files only, committed anew) so that all tools see
the same tree; then the tools run in alternating order. Ratios of medians count, absolute times drift with the machine.
Writes benchmarks/speed.md and benchmarks/speed.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import speed_table
from measure import Cost, peak_memory, run
from peers import Tool, environment, install, readycheck_command, tools, versions

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Corpus:
    """One tree to scan: a clean copy of the tracked files of a checkout."""

    name: str
    path: Path
    commit: str
    files: int
    size: int


@dataclass(slots=True)
class Session:
    """Everything that one run of the benchmark holds."""

    env: Mapping[str, str]
    work: Path
    rounds: int
    slow_rounds: int
    costs: dict[str, dict[str, list[Cost]]] = field(default_factory=dict)
    memory: dict[str, dict[str, float | None]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def compare(self, corpus: Corpus, chosen: Sequence[Tool]) -> None:
        """Each tool once for its memory (which also warms the page cache), then all in alternating order."""
        costs = self.costs.setdefault(corpus.name, {})
        for tool in chosen:
            say(f"{corpus.name}: memory of {tool.name}")
            out = self.work / f"{tool.name}.out"
            peak = peak_memory(tool.command(out), cwd=corpus.path, env=self.env)
            self.memory.setdefault(corpus.name, {})[tool.name] = peak
        for number in range(self.rounds):
            for tool in chosen if number % 2 == 0 else list(reversed(chosen)):
                if tool.name in SLOW and number >= self.slow_rounds:
                    continue
                say(f"{corpus.name}: round {number + 1} of {self.rounds}, {tool.name}")
                cost = self.once(corpus, tool)
                if cost is not None:
                    costs.setdefault(tool.name, []).append(cost)

    def once(self, corpus: Corpus, tool: Tool) -> Cost | None:
        """One timed run; a run that failed is a problem to report and never a number."""
        out = self.work / f"{tool.name}.out"
        out.unlink(missing_ok=True)
        cost = run(tool.command(out), cwd=corpus.path, env=self.env)
        wrote = tool.name == "floor" or (out.exists() and out.stat().st_size > 0)
        if cost.code in tool.good and wrote:
            return cost
        last = cost.message.splitlines()[-1] if cost.message else "no message"
        problem = f"{tool.name} on {corpus.name}: exit {cost.code}{'' if wrote else ', no output'}: {last[:200]}"
        if problem not in self.problems:
            self.problems.append(problem)
            say(problem)
        return None


SLOW = frozenset({"bandit", "detect-secrets"})


def main() -> int:
    arguments = parse()
    peers_folder = arguments.venv.resolve()
    install(peers_folder)
    found = versions(peers_folder)
    say("peers: " + ", ".join(f"{name} {version}" for name, version in found.items()))
    if arguments.setup_only:
        return 0
    ours = readycheck_command()
    available = tools(peers_folder, ours)
    chosen = [tool for name, tool in available.items() if not arguments.tools or name in arguments.tools]
    with tempfile.TemporaryDirectory(prefix="speed-") as folder:
        work = Path(folder)
        cache = work / "cache"
        cache.mkdir()
        session = Session(environment(peers_folder, cache), work, arguments.rounds, arguments.slow_rounds)
        corpora = sorted((copy(path, work) for path in arguments.corpus), key=lambda corpus: corpus.size)
        for corpus in corpora:
            session.compare(corpus, chosen)
        if "readycheck" in {tool.name for tool in chosen}:
            rescan(session, corpora[-1], ours, available["floor"])
            startup(session, ours)
    data = result(session, corpora, found)
    arguments.output.with_suffix(".json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    table = speed_table.render(data)
    arguments.output.with_suffix(".md").write_text(table, encoding="utf-8")
    sys.stdout.write(table)
    return 1 if session.problems else 0


def rescan(session: Session, corpus: Corpus, ours: list[str], floor: Tool) -> None:
    """An unchanged tree scanned again with the cache, beside the floor; the first scan fills the cache."""
    cached = Tool("cached", lambda out: [*ours, "scan", ".", "--format", "json", "--output", str(out)], (0, 1))
    session.once(corpus, cached)
    costs = session.costs.setdefault("rescan", {"cached": [], "floor": []})
    for number in range(max(session.rounds, 5)):
        for tool in (cached, floor) if number % 2 == 0 else (floor, cached):
            cost = session.once(corpus, tool)
            if cost is not None:
                costs[tool.name].append(cost)


def startup(session: Session, ours: list[str]) -> None:
    """How long a person waits for --version and --help, beside an empty Python."""
    commands: dict[str, Callable[[], list[str]]] = {
        "--version": lambda: [*ours, "--version"],
        "--help": lambda: [*ours, "--help"],
        "python": lambda: [sys.executable, "-S", "-E", "-c", ""],
    }
    costs = session.costs.setdefault("startup", {name: [] for name in commands})
    for _ in range(max(session.rounds, 11)):
        for name, command in commands.items():
            cost = run(command(), cwd=session.work, env=session.env)
            if cost.code == 0:
                costs[name].append(cost)
            elif f"{name} exits {cost.code}" not in session.problems:
                session.problems.append(f"{name} exits {cost.code}")


def copy(source: Path, work: Path) -> Corpus:
    """The tracked files of a checkout as a repository with one commit: no history, no build leftovers."""
    source = source.resolve()
    target = work / "corpora" / source.name
    listed = git(source, "ls-files", "-z").split("\0")
    files, size = 0, 0
    for name in filter(None, listed):
        origin, place = source / name, target / name
        if origin.is_symlink() or not origin.is_file():
            continue  # links may leave the tree, submodules are no files
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(origin, place)
        files, size = files + 1, size + place.stat().st_size
    git(target, "init", "--quiet")
    git(target, "add", "--all", "--force")
    git(target, "-c", "user.name=b", "-c", "user.email=b@example.invalid", "commit", "--quiet", "--message", "copy")
    return Corpus(source.name, target, git(source, "rev-parse", "HEAD").strip(), files, size)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True, text=True, errors="surrogateescape")
    return done.stdout


def result(session: Session, corpora: Sequence[Corpus], peers: Mapping[str, str]) -> dict[str, object]:
    """All numbers, ready for JSON."""
    return {
        "machine": {
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
        },
        "rounds": session.rounds,
        "peers": dict(peers),
        "corpora": [
            {"name": c.name, "commit": c.commit, "files": c.files, "megabytes": round(c.size / 1e6, 2)} for c in corpora
        ],
        "costs": {
            corpus: {name: summary(costs) for name, costs in by_tool.items() if costs}
            for corpus, by_tool in session.costs.items()
        },
        "peak_mib": {
            corpus: {name: None if peak is None else round(peak, 1) for name, peak in by_tool.items()}
            for corpus, by_tool in session.memory.items()
        },
        "problems": session.problems,
    }


def summary(costs: Sequence[Cost]) -> dict[str, float | int]:
    walls = [cost.wall for cost in costs]
    return {
        "runs": len(costs),
        "wall": round(statistics.median(walls), 4),
        "fastest": round(min(walls), 4),
        "slowest": round(max(walls), 4),
        "cpu": round(statistics.median(cost.cpu for cost in costs), 4),
    }


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure readycheck beside its peers.")
    parser.add_argument("--venv", type=Path, required=True, help="folder of the virtual environment for the peers")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slow-rounds", type=int, default=1, help="rounds of bandit and detect-secrets")
    parser.add_argument("--tools", nargs="*", default=[], help="only these tools")
    parser.add_argument("--output", type=Path, default=HERE / "speed", help="where to write, without the ending")
    parser.add_argument("--setup-only", action="store_true", help="install the peers and stop")
    parser.add_argument("corpus", type=Path, nargs="*", help="checkouts to scan; the biggest is judged as large")
    arguments = parser.parse_args()
    if not arguments.corpus and not arguments.setup_only:
        parser.error("name at least one checkout")
    return arguments


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

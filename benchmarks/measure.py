"""Runs one command and says what it cost: wall time, processor time of all its processes, and their peak memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 1800.0
SAMPLE_EVERY = 0.01
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Cost:
    """One run. `code` is None when the time limit ended it."""

    wall: float
    cpu: float
    code: int | None
    message: str = ""


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float = TIMEOUT) -> Cost:
    """One timed run with nothing else going on; `wait4` counts the process and all children that it waited for."""
    with open(os.devnull, "wb") as nothing, subprocess.Popen(
        command, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=nothing, stderr=subprocess.PIPE
    ) as process:  # fmt: skip
        start = time.perf_counter()
        reader = _Tail(process)
        watchdog = threading.Timer(timeout, process.kill)
        watchdog.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        late = not watchdog.is_alive()
        watchdog.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        reader.join()
    code = None if late and process.returncode < 0 else process.returncode
    return Cost(wall, usage.ru_utime + usage.ru_stime, code, reader.text())


def peak_memory(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float = TIMEOUT) -> float | None:
    """The peak of all processes together in MiB, in a run of its own: sampling would disturb the clock.

    Memory that forked workers share is counted once (proportional set size). None where the system has no /proc.
    """
    if not (_PROC / "self" / "smaps_rollup").exists():
        return None
    with subprocess.Popen(
        command, cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:  # fmt: skip
        peak, end = 0.0, time.monotonic() + timeout
        while process.poll() is None and time.monotonic() < end:
            peak = max(peak, sum(_memory(pid) for pid in _family(process.pid)))
            time.sleep(SAMPLE_EVERY)
        process.kill()
    return peak


class _Tail:
    """Drains the error stream while the command runs, keeping its end for the message of a failed run."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._kept = b""
        self._process = process
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        if self._process.stderr is not None:
            for line in self._process.stderr:
                self._kept = (self._kept + line)[-2000:]

    def join(self) -> None:
        self._thread.join(timeout=5)

    def text(self) -> str:
        return self._kept.decode("utf-8", "replace").strip()


def _family(pid: int) -> list[int]:
    """The process and all that descend from it; a child hangs under the thread that forked it."""
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        try:
            for task in (_PROC / str(current) / "task").iterdir():
                waiting.extend(int(child) for child in (task / "children").read_text().split())
        except OSError:
            continue  # it ended between two looks
    return found


def _memory(pid: int) -> float:
    try:
        for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass  # it ended between two looks
    return 0.0

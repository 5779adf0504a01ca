"""Runs one command and measures it with everything that it starts.

A profiler is more than one process: a shell that wraps the program, an interpreter and a
compressor behind pipes. All of their processor time counts, also of those that outlive the
command, so this process adopts orphans and waits for them. The program itself is measured by
measure.c, which stands directly above it.
"""

import ctypes
import os
import resource
import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
ORPHAN_LIMIT_SECONDS = 60


class RunFailed(Exception):
    """A command did not do what it should; the text says which and shows the end of its output."""


@dataclass
class Usage:
    """What a command and all of its descendants took."""

    wall_seconds: float
    cpu_seconds: float
    peak_kib: int
    status: int


@dataclass
class ProgramUsage:
    """What the measured program alone took, as measure.c writes it."""

    wall_seconds: float
    cpu_seconds: float
    peak_kib: int

    @staticmethod
    def read(path: Path) -> "ProgramUsage":
        wall, user, system, peak = (int(field) for field in path.read_text().split())
        return ProgramUsage(wall / 1e9, (user + system) / 1e6, peak)


def adopt_orphans() -> None:
    """Makes processes that lose their parent ours, so that their time can be counted."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def run(argv, *, env, folder: Path, log: Path, limit_seconds: float, client=None) -> Usage:
    """Runs argv in folder with its output in log, and waits for all that it started.

    client, if given, is called with the folder once the command runs, and returns the processor
    seconds that it used itself, which are not the command's.
    """
    before = _cpu_of_children()
    start = time.monotonic()
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [str(word) for word in argv],
            env=env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    with _supervised(process, limit_seconds):
        client_seconds = client(folder) if client else 0.0
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    _wait_for_orphans()
    return Usage(
        wall, _cpu_of_children() - before - client_seconds, usage.ru_maxrss, process.returncode
    )


def run_client(argv, *, folder: Path, limit_seconds: float = 600) -> tuple[str, float]:
    """Runs a helper command beside a measured one; returns its output and its processor seconds."""
    with open(folder / "client.out", "w+b") as output:
        process = subprocess.Popen(
            [str(word) for word in argv],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        with _supervised(process, limit_seconds):
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode != 0:
        raise RunFailed(f"{argv[0]} ended with {process.returncode}: {text[-300:]}")
    return text, usage.ru_utime + usage.ru_stime


def tail(path: Path, length: int = 600) -> str:
    """The end of a log, for an error message."""
    return path.read_bytes()[-length:].decode(errors="replace") if path.exists() else ""


@contextmanager
def _supervised(process, limit_seconds: float):
    """Kills the process and its group when the time is over, or when an error or an interrupt
    ends the block early."""
    alarm = threading.Timer(limit_seconds, _kill_group, [process.pid])
    alarm.start()
    try:
        yield
    except BaseException:
        _kill_group(process.pid)
        raise
    finally:
        alarm.cancel()


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _wait_for_orphans() -> None:
    deadline = time.monotonic() + ORPHAN_LIMIT_SECONDS
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            if time.monotonic() > deadline:
                raise RunFailed("processes of the last command are still running")
            time.sleep(0.005)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass

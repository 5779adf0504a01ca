"""A pytest plugin: limits on the memory of tests, judged from the trace of the test run.

    @pytest.mark.limit_memory("24 MB")      most bytes live at one moment, of what the test allocated
    @pytest.mark.limit_leaks("1 MB")        bytes that one stack allocated in the test and left live
    @pytest.mark.limit_allocations(1000)    allocations made by the test

If a test has such a marker, the plugin restarts pytest with the recorder before any test runs. `--memtrace`
restarts it before the tests are collected, which workers of pytest-xdist require. `--no-memtrace` ignores
the markers. A test is its own function, including the threads that run meanwhile; fixtures do not count.
Only blocks of malloc and its family count. CPython cuts objects of up to 512 bytes from arenas of its own,
and these objects do not count.
"""

import atexit
import gc
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import Tuple

import pytest

import memtrace
from memtrace.__main__ import find, find_recorder

MARKERS = {
    "limit_memory": "limit_memory(size): most bytes that the test has live at one moment",
    "limit_leaks": "limit_leaks(size, filter_fn=None): most bytes that one stack leaves live",
    "limit_allocations": "limit_allocations(count): most allocations that the test makes",
}
# What pytest-memray judges, too.
SHARED_MARKERS = ("limit_memory", "limit_leaks")

# Names the folder of the traces in a pytest that was started with the recorder, and in its children.
TRACES_VARIABLE = "MEMTRACE_PYTEST_TRACES"

UNITS = {unit: 1024 ** power for power, unit in enumerate(("B", "KB", "MB", "GB", "TB"))}
SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?I?B)?\s*", re.IGNORECASE)


def parse_size(text):
    """Bytes of `24 MB`, `1.5GiB` or a number: a KB is 1,024 bytes, as everywhere in memtrace."""
    match = SIZE.fullmatch(str(text))
    if not match:
        raise ValueError(f"{text!r} is no size; write 24 MB, 512 KB or a number of bytes")
    return float(match.group(1)) * UNITS[(match.group(2) or "B").upper().replace("I", "")]


def words(size):
    """A size as people write it."""
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            break
        size /= 1024
    else:
        unit = "GiB"
    return f"{size:.0f} B" if unit == "B" else f"{size:.3g} {unit}"


@dataclass(frozen=True)
class StackFrame:
    """A frame of a stack, for the filter of limit_leaks."""

    function: str
    filename: str
    lineno: int


@dataclass(frozen=True)
class Stack:
    """A stack that left memory live; the innermost frame first."""

    frames: Tuple[StackFrame, ...]


def pytest_addoption(parser):
    group = parser.getgroup("memtrace", "memory of tests")
    group.addoption("--memtrace", action="store_true", help="Restart pytest with the recorder at once, as xdist requires.")
    group.addoption("--no-memtrace", action="store_true", help="Ignore the memory limits of tests.")


def pytest_configure(config):
    for line in MARKERS.values():
        config.addinivalue_line("markers", line)
    if config.option.no_memtrace:
        return
    config.pluginmanager.register(Judge(config), "memtrace-judge")
    if config.option.memtrace and not is_worker(config):
        record_or_fail(config)


def pytest_unconfigure(config):
    """The process that began the run takes the traces away when it ends."""
    folder = os.environ.get(TRACES_VARIABLE, "")
    if os.path.basename(folder).startswith(folder_prefix()):
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def is_worker(config):
    """Whether this is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def folder_prefix():
    return f"memtrace-pytest-{os.getpid()}-"


def record_or_fail(config):
    """Restarts pytest with the recorder. Returns if the recorder is loaded already."""
    if memtrace.is_recording():
        return
    if TRACES_VARIABLE in os.environ:
        raise pytest.UsageError("memtrace: pytest was restarted, but the recorder was not loaded; limits cannot be checked")
    recorder = find_recorder()
    if recorder is None:
        raise pytest.UsageError(
            "memtrace: cannot find libmemtrace.so, which memory limits need; install memtrace, set MEMTRACE_HOME,"
            " or ignore the limits with --no-memtrace"
        )
    folder = tempfile.mkdtemp(prefix=folder_prefix())
    environment = dict(os.environ)
    environment[TRACES_VARIABLE] = folder
    environment["MEMTRACE_OUTPUT"] = os.path.join(folder.replace("%", "%%"), "%p.bin")
    others = environment.get("LD_PRELOAD")
    environment["LD_PRELOAD"] = recorder + (":" + others if others else "")
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        capture.stop_global_capturing()
    sys.stdout.flush()
    sys.stderr.flush()
    with open("/proc/self/cmdline", "rb") as file:
        arguments = file.read().split(b"\0")[1:-1]
    os.execve(sys.executable, [sys.executable.encode(), *arguments], environment)


class Judge:
    """Marks where tests begin and end, and asks the analyzer about those that have limits."""

    def __init__(self, config):
        self.config = config
        self.number = 0
        self.verdicts = {}
        plugins = config.pluginmanager
        self.yields = any(plugins.hasplugin(name) for name in ("memray", "pytest_memray"))

    def pytest_report_header(self):
        if self.yields:
            return (
                "memtrace: limit_memory and limit_leaks are judged by pytest-memray;"
                " -p no:memray leaves them to memtrace"
            )
        return None

    def limits(self, item):
        """The item's markers that are judged here, the nearest of each name."""
        for name in MARKERS:
            marker = item.get_closest_marker(name)
            if marker is not None and not (self.yields and name in SHARED_MARKERS):
                yield Limit(item, marker)

    def pytest_collection_finish(self, session):
        limits = [limit for item in session.items for limit in self.limits(item)]
        if limits and not self.config.option.collectonly and not is_worker(self.config):
            record_or_fail(self.config)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem):
        limits = list(self.limits(pyfuncitem))
        if not limits:
            yield
            return
        self.number += 1
        name = f"memtrace-pytest {self.number}"
        with memtrace.block(name):
            outcome = yield
            if any(limit.name == "limit_leaks" for limit in limits):
                gc.collect()
        if outcome.excinfo is not None:
            return
        try:
            verdicts = list(Window(name).broken(limits))
        except Unjudged as cause:
            verdicts = [(f"memtrace cannot judge the limits of this test: {cause}", "")]
        self.verdicts[pyfuncitem.nodeid] = verdicts

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item, call):
        outcome = yield
        report = outcome.get_result()
        if report.when != "call" or not report.passed:
            return
        for sentence, evidence in self.verdicts.pop(item.nodeid, ()):
            report.outcome = "failed"
            report.longrepr = f"{report.longrepr}\n{sentence}" if report.longrepr else sentence
            if evidence:
                report.sections.append(("memtrace", evidence))


class Limit:
    """A marker that was understood."""

    def __init__(self, item, marker):
        self.name = marker.name
        unknown = set(marker.kwargs) - ({"filter_fn"} if marker.name == "limit_leaks" else set())
        if len(marker.args) != 1 or unknown:
            raise pytest.UsageError(f"memtrace: {item.nodeid}: the marker is {MARKERS[marker.name]}")
        self.counts = marker.kwargs.get("filter_fn")
        try:
            self.most = int(marker.args[0]) if self.name == "limit_allocations" else parse_size(marker.args[0])
        except ValueError as cause:
            raise pytest.UsageError(f"memtrace: {item.nodeid}: {self.name}: {cause}")


class Unjudged(Exception):
    """Why a test could not be judged."""


class Window:
    """What this process did between two marks, as its own trace has it."""

    def __init__(self, name):
        self.moments = ["--from", name, "--to", f"{name} end"]

    def ask(self, command, *options):
        """What the analyzer says; it is not recorded itself."""
        folder = os.environ.get(TRACES_VARIABLE)
        if folder is None or not memtrace.is_recording():
            raise Unjudged("it was not recorded; start pytest with --memtrace")
        asked = [find("memtrace-analyze"), command, *self.moments, *options, f"{folder}/{os.getpid()}.bin"]
        environment = dict(os.environ, MEMTRACE_ONLY="nothing")
        answer = subprocess.run(asked, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if answer.returncode != 0:
            raise Unjudged(answer.stderr.decode(errors="replace").strip())
        return answer.stdout.decode(errors="replace")

    def stacks(self, *options):
        return self.ask("top", "--limit", "5", "--width", "100", *options)

    def broken(self, limits):
        """A sentence and its evidence for each limit that does not hold."""
        totals = json.loads(self.ask("summary", "--json"))["totals"]
        if totals["lostEvents"]:
            raise Unjudged(f"{totals['lostEvents']:,} events were lost")
        for limit in limits:
            if limit.name == "limit_memory" and totals["peakBytes"] > limit.most:
                yield (
                    f"Test was limited to {words(limit.most)} but had {words(totals['peakBytes'])} live at once",
                    self.stacks("--by", "peak"),
                )
            elif limit.name == "limit_allocations" and totals["allocations"] > limit.most:
                yield (
                    f"Test was limited to {limit.most:,} allocations but made {totals['allocations']:,}",
                    self.stacks("--by", "allocations"),
                )
            elif limit.name == "limit_leaks":
                yield from self.broken_leaks(limit)

    def broken_leaks(self, limit):
        retained = ("--by", "live", "--show", "retained")
        stacks = json.loads(self.ask("top", "--json", "--limit", "0", *retained))["stacks"]
        if limit.counts is not None:
            stacks = [stack for stack in stacks if limit.counts(stack_of(stack))]
        worst = max((stack["liveBytes"] for stack in stacks), default=0)
        if worst > limit.most:
            yield (
                f"Test was limited to {words(limit.most)} left live by one stack but one left {words(worst)}",
                self.stacks(*retained),
            )


def stack_of(stack):
    return Stack(tuple(
        StackFrame(f.get("function") or "???", f.get("file") or "???", f.get("line") or 0) for f in stack["frames"]
    ))

"""The tools compared: how each runs a program, where its trace is, and how its report is made."""

import json
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from .workloads import Workload

LIBRARIES = Path(f"/usr/lib/{platform.machine()}-linux-gnu")
FEW_ROWS = ("sqlite3", "perl", "clang++")


class Tool:
    """A way to run a program. The base class runs it natively."""

    name = "native"
    few_rows = False  # far slower than the others: run once, on FEW_ROWS only
    allocations_pattern = ""  # finds in the report how many allocations the tool has seen

    def missing(self) -> str:
        """What is not installed, or nothing."""
        return ""

    def fits(self, workload: Workload) -> bool:
        return workload.name in FEW_ROWS if self.few_rows else True

    def command(self, program: list, folder: Path) -> list:
        """The command line that runs `program`, which is measure with its arguments."""
        return program

    def environment(self, workload_env: dict, folder: Path) -> dict:
        return {**os.environ, **workload_env}

    def traces(self, folder: Path) -> list[Path]:
        return []

    def report(self, traces: list[Path], workload: Workload) -> list:
        """The command line that prints the tool's report, or nothing."""
        return []

    def details(self, traces: list[Path]) -> dict:
        """Facts about the trace beyond the figures that all tools have; not timed."""
        return {}

    def allocations(self, report: str) -> int | None:
        if not self.allocations_pattern:
            return None
        found = re.search(self.allocations_pattern, report)
        return int(re.sub(r"[,_' ]", "", found.group(1))) if found else 0


class PreloadTool(Tool):
    """A tool that is a library in LD_PRELOAD. It goes in front of what the workload preloads."""

    library = Path()

    def missing(self) -> str:
        return "" if self.library.exists() else str(self.library)

    def settings(self, folder: Path) -> dict:
        return {}

    def environment(self, workload_env: dict, folder: Path) -> dict:
        preload = [str(self.library)]
        if "LD_PRELOAD" in workload_env:
            preload.append(workload_env["LD_PRELOAD"])
        return {
            **os.environ,
            **workload_env,
            "LD_PRELOAD": ":".join(preload),
            **self.settings(folder),
        }


class Memtrace(PreloadTool):
    name = "memtrace"
    allocations_pattern = r"(?im)^\s*allocations:?\s+([\d,]+)"

    def __init__(self, build: Path):
        self.library = build / "libmemtrace.so"
        self.analyzer = build / "memtrace-analyze"

    def missing(self) -> str:
        lacking = [str(path) for path in (self.library, self.analyzer) if not path.exists()]
        return ", ".join(lacking)

    def settings(self, folder: Path) -> dict:
        return {"MEMTRACE_OUTPUT": str(folder / "trace.bin")}

    def traces(self, folder: Path) -> list[Path]:
        return sorted(folder.glob("trace*.bin"))

    def report(self, traces: list[Path], workload: Workload) -> list:
        return [self.analyzer, "summary", traces[0]]

    def details(self, traces: list[Path]) -> dict:
        info = self._json("info", traces[0])
        file = info["file"]
        return {
            "stackNodes": file["stackNodes"],
            "events": file["chunkEvents"] + file["recoveredEvents"],
            "peakBlocks": self._json("summary", traces[0])["totals"]["peakAllocations"],
            **info["counters"],
        }

    def _json(self, report: str, trace: Path) -> dict:
        command = [self.analyzer, report, "--json", trace]
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


class Heaptrack(Tool):
    name = "heaptrack"
    allocations_pattern = r"calls to allocation functions: (\d+)"

    def missing(self) -> str:
        return "" if shutil.which("heaptrack") else "heaptrack"

    def command(self, program: list, folder: Path) -> list:
        return ["heaptrack", "-o", folder / "trace", *program]

    def traces(self, folder: Path) -> list[Path]:
        return sorted(folder.glob("trace.*"))

    def report(self, traces: list[Path], workload: Workload) -> list:
        return ["heaptrack_print", traces[0]]


class Memray(Tool):
    """Python rows only; with native stacks, the only mode that answers the same question."""

    name = "memray"

    def __init__(self, python: Path):
        self.memray = python.with_name("memray")

    def missing(self) -> str:
        return "" if self.memray.exists() else "memray"

    def fits(self, workload: Workload) -> bool:
        return workload.is_python

    def command(self, program: list, folder: Path) -> list:
        # measure RESULT STDOUT python script … becomes measure RESULT STDOUT python -m memray …
        measure, (python, *script) = program[:3], program[3:]
        return [
            *measure,
            python,
            "-m",
            "memray",
            "run",
            "--native",
            "-q",
            "-o",
            folder / "trace.memray",
            *script,
        ]

    def traces(self, folder: Path) -> list[Path]:
        return sorted(folder.glob("trace.memray"))

    def report(self, traces: list[Path], workload: Workload) -> list:
        return [self.memray, "stats", traces[0]]


class Gperftools(PreloadTool):
    """tcmalloc's heap profiler: every allocation, summed per stack in the process."""

    name = "gperftools"
    library = LIBRARIES / "libtcmalloc.so.4"
    few_rows = True

    def settings(self, folder: Path) -> dict:
        return {
            "HEAPPROFILE": str(folder / "heap"),
            "HEAP_PROFILE_ALLOCATION_INTERVAL": "0",
            "HEAP_PROFILE_INUSE_INTERVAL": "0",
        }

    def traces(self, folder: Path) -> list[Path]:
        return sorted(folder.glob("heap.*.heap"))

    def report(self, traces: list[Path], workload: Workload) -> list:
        return [
            "google-pprof",
            "--text",
            "--lines",
            shutil.which(str(workload.argv[0])),
            traces[-1],
        ]


class Jemalloc(PreloadTool):
    """jemalloc's heap profiler, told to sample every allocation, which it is not made for: a few
    microseconds each. It keeps live blocks per stack only."""

    name = "jemalloc"
    library = LIBRARIES / "libjemalloc.so.2"
    few_rows = True

    def settings(self, folder: Path) -> dict:
        return {
            "MALLOC_CONF": "prof:true,prof_final:true,prof_accum:true,lg_prof_sample:0,"
            f"prof_prefix:{folder / 'heap'}"
        }

    def traces(self, folder: Path) -> list[Path]:
        return sorted(folder.glob("heap.*.heap"))


class Dhat(Tool):
    """valgrind's DHAT: a simulated processor, one thread at a time. The program that is measured
    is valgrind itself."""

    name = "dhat"
    few_rows = True

    def missing(self) -> str:
        return "" if shutil.which("valgrind") else "valgrind"

    def command(self, program: list, folder: Path) -> list:
        measure, client = program[:3], program[3:]
        return [*measure, "valgrind", "--tool=dhat", f"--dhat-out-file={folder}/dhat.json", *client]

    def traces(self, folder: Path) -> list[Path]:
        return sorted(folder.glob("dhat.json"))


def all_tools(build: Path, python: Path) -> list[Tool]:
    return [Tool(), Memtrace(build), Heaptrack(), Memray(python), Gperftools(), Jemalloc(), Dhat()]

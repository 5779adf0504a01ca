"""Takes one sample: a workload under a tool, once, from start to report."""

import hashlib
import os
import re
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .process import ProgramUsage, RunFailed, run, tail
from .tools import Tool
from .workloads import Workload


@dataclass
class Sample:
    """Figures of one run. Recording: until the command ended. Per run, if the workload repeats."""

    wall_seconds: float
    cpu_seconds: float  # of all processes
    program_wall_seconds: float
    program_peak_kib: int
    trace_bytes: int = 0
    throughput: float | None = None  # operations per second, as the program itself counts them
    report_wall_seconds: float = 0.0
    report_cpu_seconds: float = 0.0
    report_peak_kib: int = 0
    allocations: int | None = None  # as the report says
    details: dict = field(default_factory=dict)  # as Tool.details

    def as_json(self) -> dict:
        return asdict(self)


class Sampler:
    """Runs workloads in fresh folders, and checks that profiling changed nothing they printed."""

    def __init__(self, measure: Path, scratch: Path, limit_seconds: float):
        self.measure = measure
        self.scratch = scratch
        self.limit_seconds = limit_seconds
        self.native_outputs: dict[str, str] = {}

    def take(self, workload: Workload, tool: Tool) -> Sample:
        """Runs the workload under the tool. Throws RunFailed when either does not do its work."""
        runs = [
            self._run_once(workload, tool, last=turn == workload.repeat - 1)
            for turn in range(workload.repeat)
        ]
        sample = runs[-1]
        for name in ("wall_seconds", "cpu_seconds", "program_wall_seconds"):
            setattr(sample, name, sum(getattr(one, name) for one in runs) / len(runs))
        return sample

    def _run_once(self, workload: Workload, tool: Tool, last: bool) -> Sample:
        folder = self.scratch / f"{workload.name}-{tool.name}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            sample = self._record(workload, tool, folder)
            if last:
                self._read(workload, tool, folder, sample)
            return sample
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _record(self, workload: Workload, tool: Tool, folder: Path) -> Sample:
        program = [self.measure, folder / "usage", folder / "stdout", *workload.argv]
        usage = run(
            tool.command(program, folder),
            folder=folder,
            log=folder / "log",
            env=tool.environment(workload.env, folder),
            client=workload.client,
            limit_seconds=self.limit_seconds,
        )
        if usage.status != 0:
            raise RunFailed(f"exit code {usage.status}: {tail(folder / 'log')}")
        self._check_output(workload, tool, folder)
        program_usage = ProgramUsage.read(folder / "usage")
        return Sample(
            usage.wall_seconds,
            usage.cpu_seconds,
            program_usage.wall_seconds,
            program_usage.peak_kib,
            throughput=_throughput(folder),
        )

    def _check_output(self, workload: Workload, tool: Tool, folder: Path) -> None:
        if not workload.same_output:
            return
        digest = hashlib.sha256((folder / "stdout").read_bytes()).hexdigest()
        if digest != self.native_outputs.setdefault(workload.name, digest):
            raise RunFailed("the program's output differs from its native run")

    def _read(self, workload: Workload, tool: Tool, folder: Path, sample: Sample) -> None:
        traces = tool.traces(folder)
        sample.trace_bytes = sum(_bytes_on_disk(trace) for trace in traces)
        if tool.name != "native" and not traces:
            raise RunFailed(f"no trace: {tail(folder / 'log')}")
        command = tool.report(traces, workload) if traces else []
        if not command:
            return
        report = folder / "report"
        usage = run(
            command,
            folder=folder,
            log=report,
            env=dict(os.environ),
            limit_seconds=self.limit_seconds,
        )
        if usage.status != 0:
            raise RunFailed(f"report, exit code {usage.status}: {tail(report)}")
        sample.report_wall_seconds = usage.wall_seconds
        sample.report_cpu_seconds = usage.cpu_seconds
        sample.report_peak_kib = usage.peak_kib
        sample.allocations = tool.allocations(report.read_text(errors="replace"))
        sample.details = tool.details(traces)
        if sample.details.get("lostEvents"):
            raise RunFailed(f"{sample.details['lostEvents']} events lost")


def _bytes_on_disk(path: Path) -> int:
    """A file's length, or what it occupies if it has holes."""
    status = path.stat()
    return min(status.st_size, status.st_blocks * 512)


def _throughput(folder: Path) -> float | None:
    for name in ("throughput", "stdout"):
        path = folder / name
        if path.exists():
            found = re.search(rb"^throughput (\d+) per second$", path.read_bytes(), re.MULTILINE)
            if found:
                return float(found.group(1))
    return None

"""Turns samples into medians, and medians into the ratios by which memtrace is judged."""

from dataclasses import dataclass, field
from statistics import geometric_mean, median

from .samples import Sample
from .workloads import Workload

US, PEER = "memtrace", "heaptrack"
NOISE_SECONDS = 0.02  # an added time below this is not told from noise; it is no base for a ratio


@dataclass
class Medians:
    """Medians over the rounds of one workload under one tool."""

    wall_seconds: float
    wall_spread: float  # (largest - smallest) / median
    cpu_seconds: float
    peak_kib: float
    trace_bytes: float
    report_wall_seconds: float
    report_cpu_seconds: float
    report_peak_kib: float
    throughput: float | None
    allocations: int | None
    details: dict

    @staticmethod
    def of(samples: list[Sample]) -> "Medians":
        def middle(name: str) -> float:
            return median(getattr(sample, name) for sample in samples)

        walls = [sample.wall_seconds for sample in samples]
        rates = [sample.throughput for sample in samples if sample.throughput is not None]
        return Medians(
            wall_seconds=median(walls),
            wall_spread=(max(walls) - min(walls)) / median(walls),
            cpu_seconds=middle("cpu_seconds"),
            peak_kib=middle("program_peak_kib"),
            trace_bytes=middle("trace_bytes"),
            report_wall_seconds=middle("report_wall_seconds"),
            report_cpu_seconds=middle("report_cpu_seconds"),
            report_peak_kib=middle("report_peak_kib"),
            throughput=median(rates) if rates else None,
            allocations=samples[-1].allocations,
            details=samples[-1].details,
        )

    @property
    def cpu_in_all(self) -> float:
        return self.cpu_seconds + self.report_cpu_seconds

    @property
    def wall_in_all(self) -> float:
        return self.wall_seconds + self.report_wall_seconds


@dataclass
class Row:
    """One workload under all tools."""

    workload: Workload
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def medians(self, tool: str) -> Medians | None:
        return Medians.of(self.samples[tool]) if self.samples.get(tool) else None

    def added_wall_ratio(self, peer: str = PEER) -> float | None:
        """Wall time that memtrace adds to native, over what the peer adds."""
        return self._added_ratio(lambda medians: medians.wall_seconds, peer)

    def added_cpu_ratio(self) -> float | None:
        """The same for the processor time of recording: it bears a busy machine better."""
        return self._added_ratio(lambda medians: medians.cpu_seconds, PEER)

    def _added_ratio(self, value, peer: str) -> float | None:
        native, ours, theirs = self.medians("native"), self.medians(US), self.medians(peer)
        if not (native and ours and theirs):
            return None
        theirs_added = value(theirs) - value(native)
        if theirs_added < NOISE_SECONDS:
            return None
        return (value(ours) - value(native)) / theirs_added

    def ratio(self, value, peer: str = PEER) -> float | None:
        """value(memtrace's medians) / value(the peer's), if both are there."""
        ours, theirs = self.medians(US), self.medians(peer)
        if not (ours and theirs) or value(ours) is None or not value(theirs):
            return None
        return value(ours) / value(theirs)

    def native_throughput_ratio(self) -> float | None:
        """Native throughput over the peer's: what a recorder would reach that costs nothing."""
        native, theirs = self.medians("native"), self.medians(PEER)
        if not (native and theirs and native.throughput and theirs.throughput):
            return None
        return native.throughput / theirs.throughput

    def memory_over_allowance(self) -> float | None:
        """Resident memory that memtrace adds to the program, over what it may add: 16 MiB, 32 bytes
        for a stack node, 64 KiB for a thread."""
        native, ours = self.medians("native"), self.medians(US)
        if not (native and ours and "stackNodes" in ours.details):
            return None
        nodes_bytes = 32 * ours.details["stackNodes"]
        threads_bytes = (self.workload.threads + 1) * 64 * 1024
        allowance_bytes = (16 << 20) + nodes_bytes + threads_bytes
        return (ours.peak_kib - native.peak_kib) * 1024 / allowance_bytes

    def report_memory_over_allowance(self) -> float | None:
        """Peak of the report's process, over what it may take: 200 MiB, 48 bytes for each block
        that was live at once, 64 for each stack node."""
        ours = self.medians(US)
        if not (ours and "peakBlocks" in ours.details):
            return None
        allowance_bytes = (200 << 20) + 48 * ours.details["peakBlocks"]
        allowance_bytes += 64 * ours.details["stackNodes"]
        return ours.report_peak_kib * 1024 / allowance_bytes

    def same_allocations(self) -> bool | None:
        """Whether memtrace has seen what the peer has, give or take 1 % and a few at start-up."""
        ours, theirs = self.medians(US), self.medians(PEER)
        if not (ours and theirs) or ours.allocations is None or theirs.allocations is None:
            return None
        return abs(ours.allocations - theirs.allocations) <= 200 + theirs.allocations / 100


@dataclass
class Target:
    """One figure to reach: its worst row and its mean, beside the limit."""

    text: str
    limit: float
    at_most: bool
    values: dict[str, float]  # by workload
    unit: str = "×"

    @property
    def worst(self) -> str:
        pick = max if self.at_most else min
        return pick(self.values, key=self.values.get)

    @property
    def mean(self) -> float | None:
        values = list(self.values.values())
        return geometric_mean(values) if min(values) > 0 else None

    @property
    def reached(self) -> bool:
        worst = self.values[self.worst]
        return worst <= self.limit if self.at_most else worst >= self.limit


def targets(rows: list[Row]) -> list[Target]:
    """The figures to reach, for those rows that were run; what was not run is left out."""
    single = [row for row in rows if row.workload.kind in ("program", "own")]
    threaded = [row for row in rows if row.workload.kind == "threads"]
    working = [row for row in rows if row.workload.kind != "start"]
    steady = [row for row in threaded if row.workload.steady]
    rate = _by_name(threaded, lambda row: row.ratio(lambda m: m.throughput))
    starts = _start_milliseconds(rows)
    found = [
        Target(
            "added wall time / heaptrack's, one thread",
            0.25,
            True,
            _by_name(single, lambda row: row.added_wall_ratio()),
        ),
        Target("throughput / heaptrack's, threads", 6, False, rate),
        Target(
            "throughput / heaptrack's, threads with steady stacks",
            10,
            False,
            {
                row.workload.name: rate[row.workload.name]
                for row in steady
                if row.workload.name in rate
            },
        ),
        Target("throughput of two private threads / of one", 1.3, False, _scaling(rows)),
        Target(
            "processor time, recording and report / heaptrack's",
            0.33,
            True,
            _by_name(working, lambda row: row.ratio(lambda m: m.cpu_in_all)),
        ),
        Target(
            "time to the report, from the start / heaptrack's",
            1,
            True,
            _by_name(working, lambda row: row.ratio(lambda m: m.wall_in_all)),
        ),
        Target(
            "time of the report / heaptrack_print's",
            1,
            True,
            _by_name(working, lambda row: row.ratio(lambda m: m.report_wall_seconds)),
        ),
        Target(
            "memory of the report / 200 MiB + 48 B a live block + 64 B a stack node",
            1,
            True,
            _by_name(working, lambda row: row.report_memory_over_allowance()),
        ),
        Target("trace bytes, sum / heaptrack's", 1, True, _trace_sum(working)),
        Target(
            "added wall time / memray --native's, Python",
            0.25,
            True,
            _by_name(single, lambda row: row.added_wall_ratio("memray")),
        ),
        Target(
            "memory added / 16 MiB + 32 B a stack node + 64 KiB a thread",
            1,
            True,
            _by_name(rows, lambda row: row.memory_over_allowance()),
        ),
        Target("added to a program that does nothing", 10, True, _only(starts, "true"), " ms"),
        Target(
            "added to a child that allocates once",
            1,
            True,
            _only(starts, "short-children"),
            " ms",
        ),
    ]
    return [target for target in found if target.values]


def _by_name(rows: list[Row], value) -> dict[str, float]:
    values = {row.workload.name: value(row) for row in rows}
    return {name: value for name, value in values.items() if value is not None}


def _scaling(rows: list[Row]) -> dict[str, float]:
    ours = {row.workload.name: row.medians(US) for row in rows}
    pairs = [("private-1", "private-2"), ("private-1-changing", "private-2-changing")]
    return {
        two: ours[two].throughput / ours[one].throughput
        for one, two in pairs
        if ours.get(one) and ours.get(two)
    }


def _trace_sum(rows: list[Row]) -> dict[str, float]:
    both = [(row.medians(US), row.medians(PEER)) for row in rows]
    both = [(ours, theirs) for ours, theirs in both if ours and theirs]
    theirs_bytes = sum(theirs.trace_bytes for _, theirs in both)
    if not theirs_bytes:
        return {}
    return {f"{len(both)} rows": sum(ours.trace_bytes for ours, _ in both) / theirs_bytes}


def _only(values: dict[str, float], name: str) -> dict[str, float]:
    return {name: values[name]} if name in values else {}


def _start_milliseconds(rows: list[Row]) -> dict[str, float]:
    values = {}
    for row in rows:
        native, ours = row.medians("native"), row.medians(US)
        if row.workload.kind == "start" and native and ours:
            added = (ours.wall_seconds - native.wall_seconds) * 1000
            values[row.workload.name] = added / row.workload.processes
    return values

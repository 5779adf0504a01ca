"""Prints results as Markdown, so that a run's output can stand in docs/Performance.md as it is."""

from .results import PEER, US, Row, Target, targets

MISSING = "–"


def print_results(rows: list[Row]) -> None:
    """The tables: figures to reach, ratios by workload, all medians, and the reports."""
    reached = targets(rows)
    if reached:
        _print_targets(reached)
    if any(row.samples.get(US) and row.samples.get(PEER) for row in rows):
        _print_ratios(rows)
    _print_medians(rows)
    _print_reports(rows)
    _print_failures(rows)


def _print_targets(found: list[Target]) -> None:
    lines = []
    for target in found:
        sign = "≤" if target.at_most else "≥"
        lines.append(
            [
                target.text,
                f"{sign} {target.limit:g}{target.unit}",
                f"{_digits(target.values[target.worst])}{target.unit} ({target.worst})",
                f"{_digits(target.mean)}{target.unit}" if target.mean else MISSING,
                "yes" if target.reached else "no",
            ]
        )
    _print_table(
        "Figures to reach",
        ["figure", "limit", "worst row", "geometric mean", "reached"],
        lines,
        text_columns=1,
    )


def _print_ratios(rows: list[Row]) -> None:
    lines = []
    for row in rows:
        lines.append(
            [
                row.workload.name,
                _digits(row.added_wall_ratio()),
                _digits(row.added_cpu_ratio()),
                _digits(row.ratio(lambda m: m.throughput)),
                _digits(row.native_throughput_ratio()),
                _digits(row.ratio(lambda m: m.cpu_in_all)),
                _digits(row.ratio(lambda m: m.wall_in_all)),
                _digits(row.ratio(lambda m: m.trace_bytes)),
                {True: "same", False: "DIFFER", None: MISSING}[row.same_allocations()],
            ]
        )
    _print_table(
        f"{US} / {PEER}",
        [
            "workload",
            "added wall",
            "added CPU",
            "throughput",
            "native's",
            "CPU in all",
            "run + report",
            "trace",
            "allocations",
        ],
        lines,
        text_columns=1,
    )


def _print_medians(rows: list[Row]) -> None:
    lines = []
    for row in rows:
        native = row.medians("native")
        for tool in row.samples:
            medians = row.medians(tool)
            times = medians.wall_seconds / native.wall_seconds if native else None
            added_kib = medians.peak_kib - native.peak_kib if native else None
            lines.append(
                [
                    row.workload.name,
                    tool,
                    _seconds(medians.wall_seconds),
                    MISSING if medians is native or tool == "native" else _digits(times),
                    f"{medians.wall_spread:.0%}",
                    _seconds(medians.cpu_seconds),
                    _rate(medians.throughput),
                    f"{medians.peak_kib / 1024:.1f}",
                    MISSING
                    if tool == "native" or added_kib is None
                    else f"{added_kib / 1024:+.1f}",
                    _bytes(medians.trace_bytes),
                    _seconds(medians.report_wall_seconds),
                    _seconds(medians.report_cpu_seconds),
                ]
            )
    _print_table(
        "Medians",
        [
            "workload",
            "tool",
            "wall s",
            "× native",
            "spread",
            "CPU s",
            "ops/s",
            "peak MiB",
            "added MiB",
            "trace",
            "report s",
            "report CPU s",
        ],
        lines,
        text_columns=2,
    )


def _print_reports(rows: list[Row]) -> None:
    """What each tool's report of its own trace takes, beside memtrace's."""
    lines = []
    for row in rows:
        ours = row.medians(US)
        for tool in row.samples:
            medians = row.medians(tool)
            if not medians.report_wall_seconds:
                continue
            events = medians.details.get("events")
            lines.append(
                [
                    row.workload.name,
                    tool,
                    _seconds(medians.report_wall_seconds),
                    MISSING
                    if tool == US or not ours
                    else _digits(ours.report_wall_seconds / medians.report_wall_seconds),
                    _seconds(medians.report_cpu_seconds),
                    _rate(events),
                    _rate(events and events / medians.report_wall_seconds),
                    f"{medians.report_peak_kib / 1024:.1f}",
                ]
            )
    if lines:
        header = [
            "workload",
            "tool",
            "wall s",
            "memtrace / it",
            "CPU s",
            "events",
            "events/s",
            "peak MiB",
        ]
        _print_table("Reports", header, lines, text_columns=2)


def _print_failures(rows: list[Row]) -> None:
    failures = [
        (row.workload.name, tool, why) for row in rows for tool, why in row.failures.items()
    ]
    if failures:
        print("### Runs that failed\n")
        for workload, tool, why in failures:
            print(f"- {workload}, {tool}: {' '.join(why.split())}")
        print()


def _print_table(title: str, header: list[str], lines: list[list[str]], text_columns: int) -> None:
    widths = [max(len(line[column]) for line in [header, *lines]) for column in range(len(header))]

    def text(line: list[str]) -> str:
        cells = [
            cell.ljust(width) if column < text_columns else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        return "| " + " | ".join(cells) + " |"

    rule = [
        "-" * width if column < text_columns else "-" * (width - 1) + ":"
        for column, width in enumerate(widths)
    ]
    print(f"### {title}\n")
    for line in [header, rule, *lines]:
        print(text(line))
    print()


def _digits(value: float | None) -> str:
    if value is None:
        return MISSING
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{decimals}f}"


def _seconds(value: float) -> str:
    return f"{value:.4f}" if 0 < value < 0.1 else f"{value:.2f}" if value else MISSING


def _rate(value: float | None) -> str:
    if value is None:
        return MISSING
    for unit, scale in (("M", 1e6), ("k", 1e3)):
        if value >= scale:
            return f"{value / scale:.1f} {unit}"
    return f"{value:.0f}"


def _bytes(value: float) -> str:
    if not value:
        return MISSING
    for unit, scale in (("MB", 1e6), ("kB", 1e3)):
        if value >= scale:
            return f"{value / scale:.2f} {unit}"
    return f"{value:.0f} B"

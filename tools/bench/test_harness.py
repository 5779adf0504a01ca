#!/usr/bin/env python3
"""Tests of the benchmark's harness: what it measures is checked against programs whose use of
time and memory is known. Run: python3 tools/bench/test_harness.py"""

import os
import sys
import tempfile
import unittest
from pathlib import Path

BENCH = Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH))
sys.dont_write_bytecode = True

from harness import process, results, setup  # noqa: E402
from harness.inputs import Inputs  # noqa: E402
from harness.samples import Sample, Sampler  # noqa: E402
from harness.tools import Heaptrack, Memtrace, Tool  # noqa: E402
from harness.workloads import Workload  # noqa: E402

BURN = "import time\nwhile time.process_time() < 0.3: pass"
HOLD = "block = bytearray(100 << 20)"


class ProcessTests(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        process.adopt_orphans()

    def run_command(self, *argv, **options):
        options = {"limit_seconds": 20, **options}
        return process.run(
            argv, env=dict(os.environ), folder=self.folder, log=self.folder / "log", **options
        )

    def test_an_orphans_processor_time_counts(self):
        usage = self.run_command("sh", "-c", f"{sys.executable} -c '{BURN}' & exit 3")
        self.assertEqual(usage.status, 3)
        self.assertLess(usage.wall_seconds, 0.2)
        self.assertGreaterEqual(usage.cpu_seconds, 0.29)

    def test_a_clients_processor_time_does_not_count(self):
        def client(folder):
            return process.run_client([sys.executable, "-c", BURN], folder=folder)[1]

        usage = self.run_command("sleep", "0.6", client=client)
        self.assertLess(usage.cpu_seconds, 0.1)

    def test_a_command_that_does_not_end_is_killed(self):
        usage = self.run_command("sh", "-c", "sleep 30 & sleep 30", limit_seconds=0.2)
        self.assertEqual(usage.status, -9)
        self.assertLess(usage.wall_seconds, 5)

    def test_measure_sees_the_program_below_a_wrapper_and_passes_its_exit_code(self):
        measure = setup.build_programs(BENCH, self.folder / "bin")
        program = f"{HOLD}\nprint('done')\nraise SystemExit(7)"
        words = [measure, self.folder / "usage", self.folder / "out", sys.executable, "-c", program]
        usage = self.run_command("sh", "-c", '"$@"; exit $?', "sh", *words)
        self.assertEqual(usage.status, 7)
        self.assertEqual((self.folder / "out").read_text(), "done\n")
        seen = process.ProgramUsage.read(self.folder / "usage")
        self.assertGreater(seen.peak_kib, 100 << 10)
        self.assertLess(seen.peak_kib, 140 << 10)
        self.assertLessEqual(seen.wall_seconds, usage.wall_seconds)

    def test_a_program_whose_output_changes_fails(self):
        measure = setup.build_programs(BENCH, self.folder / "bin")
        sampler = Sampler(measure, self.folder / "scratch", 20)
        changing = Workload("changing", ["sh", "-c", "cat /proc/sys/kernel/random/uuid"], "program")
        sampler.take(changing, Tool())
        with self.assertRaises(process.RunFailed):
            sampler.take(changing, Tool())


class ResultsTests(unittest.TestCase):
    @staticmethod
    def row(name, kind, walls, rates=(None, None, None), trace=(0, 10, 20)):
        row = results.Row(Workload(name, ["x"], kind, steady=True))
        for tool, wall, rate, size in zip(
            ("native", "memtrace", "heaptrack"), walls, rates, trace, strict=True
        ):
            row.samples[tool] = [
                Sample(wall + off, wall, wall, 1000, trace_bytes=size, throughput=rate)
                for off in (-0.001, 0, 5)  # the median must not see the outlier
            ]
        return row

    def test_added_wall_is_the_ratio_of_differences_of_medians(self):
        row = self.row("a", "program", (1.0, 1.5, 3.0))
        self.assertAlmostEqual(row.added_wall_ratio(), 0.25)

    def test_no_ratio_over_noise(self):
        self.assertIsNone(self.row("a", "program", (1.0, 1.5, 1.01)).added_wall_ratio())

    def test_a_target_is_judged_by_its_worst_row(self):
        rows = [
            self.row("good", "threads", (1, 2, 30), (100.0, 80.0, 4.0), trace=(0, 10, 50)),
            self.row("bad", "threads", (1, 2, 9), (100.0, 36.0, 4.0), trace=(0, 70, 50)),
        ]
        found = {target.text: target for target in results.targets(rows)}
        rate = found["throughput / heaptrack's, threads"]
        self.assertEqual((rate.worst, rate.reached), ("bad", True))
        self.assertEqual(rows[1].native_throughput_ratio(), 25)
        steady = found["throughput / heaptrack's, threads with steady stacks"]
        self.assertFalse(steady.reached)
        trace = found["trace bytes, sum / heaptrack's"]
        self.assertEqual(list(trace.values.values()), [0.8])

    def test_allocations_are_found_in_the_reports(self):
        text = "total runtime: 1s\ncalls to allocation functions: 2000002 (81145/s)\n"
        self.assertEqual(Heaptrack().allocations(text), 2_000_002)
        self.assertEqual(Memtrace(Path()).allocations("  Allocations  1,234,567   x"), 1_234_567)


class InputsTests(unittest.TestCase):
    def test_the_same_bytes_every_time(self):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
            for kind in ("json_records", "xml", "table", "sql", "smt"):
                first, second = (getattr(Inputs(Path(each)), kind)(5) for each in (one, two))
                self.assertEqual(first.read_bytes(), second.read_bytes())
                self.assertGreater(first.stat().st_size, 100)


if __name__ == "__main__":
    unittest.main()

"""Compares reports on random programs with what the programs logged themselves.

compare_answers.py RECORDER ANALYZER PROGRAM FIRST-SEED LAST-SEED

Peaks are compared within the bound of the recorder's order where a program has blocks below it, and
temporaries within a share of them; everything else is compared exactly. One line for each difference, then "N passed,
N failed"."""

import json
import os
import re
import subprocess
import sys

from known_answers import Answers

SITE = re.compile(r"^site_(\d|resize)$")
ALL_SITES = ("--function", "site_*")
# What a thread allocates at most without a turn of its own.
BOUND_BYTES = 16 << 10
# Part of the temporaries that may be taken for others where threads free each other's blocks.
TEMPORARIES = 0.05


class Comparison:
    def __init__(self, recorder, analyzer, program):
        self.recorder, self.analyzer, self.program = recorder, analyzer, program
        self.passed = self.failed = 0
        self.exact_peaks = self.worst_off = 0

    def check(self, what, is_right, seen, expected):
        if is_right:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED seed {self.seed}: {what}: {seen}, expected {expected}", flush=True)

    def report(self, *arguments):
        command = [self.analyzer, *arguments, "--json", self.trace]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)

    def run(self, seed):
        self.seed, self.trace, log = seed, f"exchange.{seed}.bin", f"exchange.{seed}.log"
        environment = dict(os.environ, LD_PRELOAD=self.recorder, MEMTRACE_OUTPUT=self.trace)
        status = subprocess.run([self.program, str(seed), log], env=environment).returncode
        self.check("exit status", status == 0, status, 0)
        failed = self.failed
        self.compare(Answers(log))
        if self.failed == failed:
            os.remove(self.trace)
            os.remove(log)

    def compare(self, answers):
        whole = self.report("summary")["totals"]
        for name in ("unknownFrees", "supersededBlocks", "lostEvents"):
            self.check(name, whole[name] == 0, whole[name], 0)
        mine = self.report("summary", *ALL_SITES)["totals"]
        for name, expected in (("allocations", answers.allocations),
                               ("allocatedBytes", answers.bytes)):
            self.check(name, mine[name] == expected, mine[name], expected)
        self.compare_left(answers)
        self.slack = 0
        if answers.smallest < BOUND_BYTES:
            self.slack = BOUND_BYTES * answers.threads_at_once
        self.compare_peak("peak of the blocks", mine, answers.peak(), 0)
        others = whole["allocatedBytes"] - mine["allocatedBytes"]
        self.compare_peak("peak of the heap", whole, answers.peak(), others)
        site = self.seed % 6
        alone = self.report("summary", "--function", f"site_{site}")["totals"]
        self.compare_peak(f"peak of site_{site}", alone, answers.peak(site), 0)
        self.compare_temporaries(mine, answers)
        self.compare_phases(answers)

    def compare_left(self, answers):
        left = by_site(self.report("leaks", *ALL_SITES)["stacks"], "leaked")
        self.check("blocks left, by site", left == answers.left(), left, answers.left())

    def compare_peak(self, what, totals, bounds, others):
        """`others`: bytes of blocks that are not in the log."""
        least, most = bounds[0], bounds[1] + others
        seen = totals["peakBytes"]
        self.check(what, least - self.slack <= seen <= most + self.slack, seen, (least, most))
        off = max(seen - most, least - seen)
        self.exact_peaks += off <= 0
        self.worst_off = max(self.worst_off, off)

    def compare_temporaries(self, totals, answers):
        least, most = answers.temporaries()
        least, most = least * (1 - TEMPORARIES), most * (1 + TEMPORARIES)
        seen = totals["temporaryAllocations"]
        self.check("temporaries", least <= seen <= most, seen, (least, most))

    def compare_phases(self, answers):
        numbers = [number for number, _, _ in answers.marks]
        for first, second in zip(numbers, numbers[1:]):
            window = ("--from", f"phase {first}", "--to", f"phase {second}")
            stacks = self.report("top", "--by", "allocations", "--limit", "1000", *window,
                                 *ALL_SITES)["stacks"]
            seen, expected = by_site(stacks, "phase"), answers.between(first, second)
            self.check(f"allocated from phase {first} to {second}", seen == expected, seen,
                       expected)


MEMBERS = {"leaked": ("leakedAllocations", "leakedBytes"),
           "phase": ("allocations", "allocatedBytes")}


def by_site(stacks, kind):
    """Blocks and bytes of stacks, by the site that is on them."""
    blocks, size = MEMBERS[kind]
    sums = {}
    for stack in stacks:
        names = [SITE.match(frame["function"] or "") for frame in stack["frames"]]
        site = next(match.group(1) for match in names if match)
        number = 6 if site == "resize" else int(site)
        old = sums.get(number, (0, 0))
        sums[number] = (old[0] + stack[blocks], old[1] + stack[size])
    return {site: sums[site] for site in sums if sums[site] != (0, 0)}


def main():
    recorder, analyzer, program, first, last = sys.argv[1:6]
    comparison = Comparison(recorder, analyzer, program)
    for seed in range(int(first), int(last) + 1):
        comparison.run(seed)
    print(f"{comparison.exact_peaks} peaks were exact, the farthest was {comparison.worst_off} bytes off")
    print(f"{comparison.passed} passed, {comparison.failed} failed")
    return comparison.failed > 0


if __name__ == "__main__":
    sys.exit(main())

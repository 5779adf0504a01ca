"""Compares reports on the processes of a run with what exact_counter.so counted in them.

exact_counter.py ANALYZER RUN own           how many blocks and bytes the recorder's own start adds to
                                            a counter: of a RUN of one process
exact_counter.py ANALYZER RUN BLOCKS BYTES NAME
                                            one line of a table; the differences before it

RUN is a directory with traces in t/ and the counters' files in c/. Exit status 1 where what is exact
differs (totals, live blocks, and what each thread allocated), or a peak is farther off than the
report says."""

import glob
import json
import os
import struct
import subprocess
import sys
from collections import Counter

FIGURES = struct.Struct("<11Q")
THREAD = struct.Struct("<5Q")
NAMES = ("pid", "allocations", "frees", "allocatedBytes", "liveAllocations", "liveBytes",
         "peakAllocations", "peakBytes", "temporaryAllocations", "unknownFrees", "threads")
EXACT = ("allocations", "frees", "allocatedBytes", "liveAllocations", "liveBytes", "unknownFrees")
# What the recorder's own start adds to; all of it lives as long as the process.
BLOCKS = ("allocations", "liveAllocations", "peakAllocations")
BYTES = ("allocatedBytes", "liveBytes", "peakBytes")


def counted(directory):
    """By process: its figures, and (tid, allocations, bytes) of each thread that allocated."""
    found = {}
    for path in glob.glob(os.path.join(directory, "*")):
        with open(path, "rb") as file:
            content = file.read()
        figures = dict(zip(NAMES, FIGURES.unpack_from(content)))
        threads = [THREAD.unpack_from(content, FIGURES.size + i * THREAD.size)
                   for i in range(figures["threads"])]
        figures["threads"] = [thread[:3] for thread in threads if thread[1] > 0]
        found[figures["pid"]] = figures
    return found


def report(analyzer, command, path):
    result = subprocess.run([analyzer, command, "--json", path], capture_output=True)
    return json.loads(result.stdout)


def reported(analyzer, directory):
    """By process: the figures of its trace. What a process was before an exec is left out: it has
    traces of its own, while the counter counts anew."""
    found = {}
    for path in glob.glob(os.path.join(directory, "*.bin")):
        summary = report(analyzer, "summary", path)
        process = summary["process"]
        if process["end"]["reason"] == "exec":
            continue
        figures = dict(summary["totals"], name=process["program"], origin=process["origin"])
        figures["threads"] = [
            (thread["tid"], thread["allocations"], thread["allocatedBytes"])
            for thread in report(analyzer, "threads", path)["threads"] if thread["allocations"] > 0]
        found[process["pid"]] = figures
    return found


def without_own(exact, blocks, size, pid):
    """The counter's figures less the recorder's own blocks."""
    exact = dict(exact)
    for name in BLOCKS:
        exact[name] -= blocks
    for name in BYTES:
        exact[name] -= size
    exact["threads"] = [
        (tid, made - blocks, made_bytes - size) if tid == pid else (tid, made, made_bytes)
        for tid, made, made_bytes in exact["threads"]]
    return exact


def compare(ours, theirs, blocks, size):
    """What differs, as lines; the farthest peak; sums of the exact figures."""
    differing, worst = [], 0.0
    sums = Counter()
    for pid, seen in sorted(ours.items()):
        if pid not in theirs:
            differing.append(f"{seen['name']} {pid} has no counter")
            continue
        exact = theirs[pid]
        if seen["origin"] != "fork":
            exact = without_own(exact, blocks, size, pid)
        for name in NAMES[1:10]:
            sums[name] += exact[name]
        sums["seenTemporaries"] += seen["temporaryAllocations"]
        sums["threads"] += len(exact["threads"])
        for name in EXACT:
            if seen[name] != exact[name]:
                differing.append(f"{seen['name']} {pid}: {name} {seen[name]}, counted {exact[name]}")
        apart = Counter(seen["threads"]) - Counter(exact["threads"])
        if apart:
            differing.append(f"{seen['name']} {pid}: threads {dict(apart)} of {exact['threads']}")
        if exact["peakBytes"] > 0:
            off = seen["peakBytes"] - exact["peakBytes"]
            worst = max(worst, off / exact["peakBytes"], key=abs)
            if abs(off) > seen["peakErrorBytes"]:
                differing.append(f"{seen['name']} {pid}: its peak is off by {off}, "
                                 f"and may be by {seen['peakErrorBytes']}")
    return differing, worst, sums


def main():
    analyzer, run = sys.argv[1:3]
    ours = reported(analyzer, os.path.join(run, "t"))
    theirs = counted(os.path.join(run, "c"))
    if sys.argv[3] == "own":
        ((pid, seen),) = ours.items()
        print(theirs[pid]["allocations"] - seen["allocations"],
              theirs[pid]["allocatedBytes"] - seen["allocatedBytes"])
        return 0
    differing, worst, sums = compare(ours, theirs, int(sys.argv[3]), int(sys.argv[4]))
    for line in differing:
        print(line)
    print("| {} | {} | {:,} | {:,} | {} | {:,} | {:+.3f} % | {:,} | {:,} |".format(
        sys.argv[5], len(ours), sums["threads"], sums["allocations"],
        "equal" if not differing else "**differ**", sums["peakBytes"], 100 * worst,
        sums["temporaryAllocations"], sums["seenTemporaries"]))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())

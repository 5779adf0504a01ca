"""Has the traced program `counting` end, at a random moment, and compares its trace with its counts.

usage: die.py LAUNCHER ANALYZER WAY REASON STATUS THREADS SEED COMMAND …

COMMAND runs `counting`; its arguments are added. WAY is how the program ends; with the way `kill`
this script kills it. REASON and STATUS are what the report is to say of that. Exits with 0 if the
trace holds every call that the program knows to be complete, and of each thread at most the one
more that was under way.
"""

import json
import mmap
import os
import random
import signal
import struct
import subprocess
import sys
import time

COUNTS, TRACE = "counts", "ended.bin"
THREAD = struct.Struct("5Q")


def wait_for_start(launched):
    """The program's pid, from the file it maps, once it is about to start its threads."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and launched.poll() is None:
        if os.path.exists(COUNTS) and os.path.getsize(COUNTS) > 8:
            with open(COUNTS, "rb") as file:
                pid = struct.unpack("I", file.read(4))[0]
            if pid != 0:
                return pid
        time.sleep(0.001)
    sys.exit("the program did not start")


def counts_of_threads(count):
    """tid → (allocating, allocated, freeing, freed)."""
    with open(COUNTS, "rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    rows = [THREAD.unpack_from(content, 8 + i * THREAD.size) for i in range(count)]
    return {row[0]: row[1:] for row in rows if row[0] != 0}


def bytes_of(blocks):
    """The sizes of a thread's first blocks in sum."""
    rounds, rest = divmod(blocks, 1000)
    return rounds * 500500 + rest * (rest + 1) // 2


def differences(seen, allocating, allocated, freeing, freed):
    """What the report says of a thread and the program does not."""
    live = bytes_of(seen["allocations"]) - bytes_of(seen["frees"])
    if not allocated <= seen["allocations"] <= allocating:
        yield f"{seen['allocations']} allocations, not {allocated} to {allocating}"
    if not freed <= seen["frees"] <= freeing:
        yield f"{seen['frees']} frees, not {freed} to {freeing}"
    if seen["allocatedBytes"] != bytes_of(seen["allocations"]):
        yield f"{seen['allocatedBytes']} bytes allocated, not {bytes_of(seen['allocations'])}"
    if seen["leakedBytes"] != live:
        yield f"{seen['leakedBytes']} bytes live, not {live}"


def main():
    launcher, analyzer, way, reason, status, threads, seed, *command = sys.argv[1:]
    for name in (COUNTS, TRACE):
        if os.path.exists(name):
            os.unlink(name)
    # Mostly early, when rings are new and threads start; sometimes after many flushes.
    random.seed(int(seed))
    delay = random.random() ** 3 * 0.4
    launched = subprocess.Popen(
        [launcher, "run", "-q", "-o", TRACE, "--"]
        + command
        + [COUNTS, threads, way, str(int(delay * 1e6))])
    pid = wait_for_start(launched)
    if way == "kill":
        time.sleep(delay)
        os.kill(pid, signal.SIGKILL)
    launched.wait()

    read = subprocess.run([analyzer, "info", "--json", TRACE], stdout=subprocess.PIPE)
    if read.returncode != 0:
        sys.exit(f"the analyzer ended with {read.returncode}")
    report = json.loads(read.stdout)
    wrong = []
    end = report["process"]["end"]
    if (end["reason"], json.dumps(end["status"])) != (reason, status):
        wrong.append(f"it ended by {end}")
    if report["counters"]["lostEvents"] != 0:
        wrong.append(f"{report['counters']['lostEvents']} events lost")
    recorded = {thread["tid"]: thread for thread in report["threads"]}
    calls = 0
    for tid, counted in counts_of_threads(int(threads)).items():
        calls += counted[1] + counted[3]
        if tid in recorded:
            wrong += [f"thread {tid}: {text}" for text in differences(recorded[tid], *counted)]
        elif counted[1] != 0:
            wrong.append(f"thread {tid} is missing, with {counted[1]} allocations")
    print(f"ended after {delay:.4f} s and {calls} calls")
    if calls == 0 and delay > 0.1:
        wrong.append("nothing was allocated")
    if wrong:
        sys.exit("\n".join(wrong))


main()

"""Compares the times of a trace with what the program's own clock said.

compare_times.py ANALYZER TRACE LOG

The program is Tests/Programs/clocked.c. Prints the interval that the trace states, and how far the
worst and the median event were earlier than their call, in microseconds. Fails if an event has a
time after its call's end, or one that is earlier than its call by more than the interval."""

import json
import struct
import subprocess
import sys

UNIT_NS = 1024  # of a trace's times
# Where struct mt_file_header has start_monotonic_ns.
START_OFFSET = 64


def logged(path):
    """By tid: the calls of a thread, (allocates, before, after)."""
    with open(path, "rb") as file:
        data = file.read()
    threads, at = {}, 0
    while at < len(data):
        tid, count = struct.unpack_from("QQ", data, at)
        at += 16
        threads[tid] = [struct.unpack_from("QQQ", data, at + 24 * i) for i in range(count)]
        at += 24 * count
    return threads


def report(analyzer, *arguments):
    result = subprocess.run([analyzer, *arguments], check=True, capture_output=True)
    return json.loads(result.stdout)


def recorded(analyzer, trace, info):
    """By tid: the events of a thread's blocks, (allocates, time)."""
    tids = {thread["id"]: thread["tid"] for thread in info["threads"]}
    threads = {}
    for event in report(analyzer, "events", "--json", trace)["events"]:
        if event["function"] == "make":
            threads.setdefault(tids[event["thread"]], []).append(
                (event["event"] == "allocate", event["timeNanoseconds"]))
    return threads


def main():
    analyzer, trace, log = sys.argv[1:4]
    with open(trace, "rb") as file:
        start, = struct.unpack_from("Q", file.read(4096), START_OFFSET)
    info = report(analyzer, "info", "--json", trace)
    interval = info["order"]["timeNanoseconds"]
    events, wrong, early = recorded(analyzer, trace, info), 0, []
    for tid, calls in logged(log).items():
        kinds = [allocates == 1 for allocates, _, _ in calls]
        if kinds != [allocates for allocates, _ in events.get(tid, [])]:
            print(f"FAILED thread {tid}: its events are not its calls")
            return 1
        for (_, before, after), (_, time) in zip(calls, events[tid]):
            early.append(before - start - time)
            if not before - interval - UNIT_NS <= start + time <= after:
                wrong += 1
                print(f"FAILED thread {tid}: {start + time - before} ns after its call's start, "
                      f"{start + time - after} ns after its end") if wrong <= 5 else None
    early.sort()
    print(f"stated {interval / 1e3:.0f}, worst {early[-1] / 1e3:.0f}, "
          f"median {early[len(early) // 2] / 1e3:.0f} of {len(early)}; "
          f"over 1 ms: {sum(time > 1_000_000 for time in early)}")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())

"""Runs `chaos` with a seed, alone and traced, and compares the two; then its traces with its counts.

usage: chaos.py RECORDER ANALYZER PROGRAM ALLOCATOR SEED

The environment's MEMTRACE_ variables hold for the traced run. Exits with 0 if the program does the
same in both, every trace is whole, and each has every call that its process made of the allocator,
recorded or counted as lost.
"""

import glob
import json
import os
import shutil
import struct
import subprocess
import sys

COUNTS, FOLDER = "counts", "traces"
PROCESS = struct.Struct("5q")


def run(preload, *command):
    """What the program printed, and how it ended; its counts and traces are new ones."""
    for path in [COUNTS] + glob.glob(FOLDER + "/*") + glob.glob(FOLDER + "/.*"):
        if os.path.exists(path):
            os.unlink(path)
    environment = dict(
        os.environ, LD_PRELOAD=preload, MEMTRACE_OUTPUT=os.path.abspath(FOLDER) + "/t.bin")
    done = subprocess.run(
        [*command, COUNTS],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=240, check=False)
    return done.stdout.decode(), done.returncode


def counted_processes():
    """(pid, is forked) → calls (allocations, releases, uncertain) of each such image, in order."""
    with open(COUNTS, "rb") as file:
        content = file.read()
    found = {}
    for slot in range(1, struct.unpack_from("q", content)[0] + 1):
        pid, forked, *calls = PROCESS.unpack_from(content, 8 + slot * PROCESS.size)
        found.setdefault((pid, bool(forked)), []).append(calls)
    return found


def reported_processes(analyzer):
    """The same keys → totals of each such trace; what was wrong with traces comes first."""
    paths = sorted(glob.glob(FOLDER + "/*.bin"))
    done = subprocess.run(
        [analyzer, "summary", "--json", *paths], capture_output=True, check=False)
    if done.returncode not in (os.EX_OK, os.EX_DATAERR) or not done.stdout:
        sys.exit(f"the report failed with {done.returncode}: {done.stderr.decode()}")
    report = json.loads(done.stdout)
    if report.get("unreadable"):
        sys.exit(f"unreadable: {report['unreadable']}")
    entries = report["processes"] if "processes" in report else [dict(report, **report["trace"])]
    found = {}
    for entry in sorted(entries, key=lambda entry: entry["process"]["startUnixNanoseconds"]):
        process = entry["process"]
        if entry["damaged"] or process["end"]["reason"] in ("running", "recordingStopped"):
            info = subprocess.run([analyzer, "info", entry["path"]], capture_output=True, check=False)
            sys.exit(f"{entry['path']}: {process['end']}, damaged: {entry['damaged']}\n"
                     f"{info.stdout.decode()}")
        key = process["pid"], process["origin"] == "fork"
        found.setdefault(key, []).append(entry["totals"])
    return found


def of_the_start(analyzer):
    """The recorder's own calls (allocations, releases) while an image starts, which are in no trace:
    what a leaf counts and does not find there."""
    (((allocations, releases, _),),) = counted_processes().values()
    (((totals,),)) = reported_processes(analyzer).values()
    return allocations - totals["allocations"], releases - totals["frees"]


def differences(counted, reported, at_start):
    """What reports say of the processes and these do not."""
    for key in reported.keys() - counted.keys():
        yield f"process {key}: was never there"
    for key, images in counted.items():
        pid, forked = key
        traces = reported.get(key, [])
        if forked and not traces:  # a handler had interrupted a hook
            continue
        if len(traces) != len(images):
            yield f"process {pid}: {len(traces)} traces of {len(images)} images"
            continue
        for (allocations, releases, uncertain), totals in zip(images, traces):
            lost = totals["lostEvents"]
            own_allocations, own_releases = (0, 0) if forked else at_start
            for name, made in (("allocations", allocations - own_allocations),
                               ("frees", releases - own_releases)):
                if not made - lost - uncertain <= totals[name] <= made + uncertain:
                    yield (f"process {pid}, forked: {forked}: {totals[name]} {name}, not {made}, "
                           f"{lost} lost, {uncertain} uncertain")
            if lost != 0 and os.environ.get("MEMTRACE_ON_FULL") != "drop":
                yield f"process {pid}: {lost} lost events"


def compare():
    recorder, analyzer, program, allocator, seed = sys.argv[1:]
    os.makedirs(FOLDER, exist_ok=True)
    alone = run(allocator, program, seed)
    run(f"{recorder}:{allocator}", program, "leaf", "0")
    at_start = of_the_start(analyzer)
    traced = run(f"{recorder}:{allocator}", program, seed)
    if alone != traced:
        sys.exit(f"alone: {alone}\ntraced: {traced}")
    counted, reported = counted_processes(), reported_processes(analyzer)
    wrong = list(differences(counted, reported, at_start))
    if os.environ.get("CHAOS_VERBOSE"):
        print(len(counted), "processes,", len(reported), "traced:", alone[0].strip())
    if wrong:
        sys.exit("\n".join([alone[0], *wrong]))


def main():
    try:
        compare()
    except SystemExit:
        shutil.copytree(FOLDER, f"failed.{os.getpid()}")  # the next run uses the folder
        raise


main()

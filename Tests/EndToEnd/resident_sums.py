"""Compares the account of a process with what the kernel says of it at the same moment.

    resident_sums.py RECORDER ANALYZER NAME [VARIABLE=VALUE ...] -- COMMAND ...

Runs the command with the recorder, waits until it says "ready" and is quiet, stops it, adds up
/proc/PID/smaps_rollup, kills it, and asks the analyzer for the last account. Prints one line:
the name, resident bytes by the kernel and by the account, and by how much they differ in percent.
NAME.json is the account, NAME.out what the command printed.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time

# From "ready" on nothing changes, and accounts are taken: after one of a large process for half a percent
# of a processor there is none for so long.
EVERY_MS = 100
QUIET_SECONDS = float(os.environ.get("QUIET_SECONDS", "1"))
READY_SECONDS = 60


def resident_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        return int(re.search(r"^Rss:\s+(\d+) kB", rollup.read(), re.M).group(1)) * 1024


def main():
    recorder, analyzer, name = sys.argv[1:4]
    split = sys.argv.index("--")
    environment = dict(os.environ, MEMTRACE_ACCOUNT_EVERY_MS=str(EVERY_MS))
    environment.update(pair.split("=", 1) for pair in sys.argv[4:split])
    preload = environment.pop("PRELOAD", "")
    environment["LD_PRELOAD"] = recorder + (":" + preload if preload else "")
    environment["MEMTRACE_OUTPUT"] = trace = os.path.abspath(name + ".bin")
    with open(name + ".out", "wb") as output:
        process = subprocess.Popen(
            sys.argv[split + 1 :], stdout=output, stderr=subprocess.STDOUT, env=environment
        )
    end = time.monotonic() + READY_SECONDS
    word = environment.get("READY", "ready").encode()
    while word not in open(name + ".out", "rb").read():
        if time.monotonic() > end or process.poll() is not None:
            process.kill()
            sys.exit(f"{name}: it was never ready")
        time.sleep(0.02)
    time.sleep(QUIET_SECONDS)
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.05)
    kernel = resident_bytes(process.pid)
    process.kill()
    process.wait()
    found = subprocess.run(
        [analyzer, "account", "--json", "--limit", "0", trace],
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    with open(name + ".json", "wb") as file:
        file.write(found)
    account = json.loads(found)["account"]
    ours = sum(part["bytes"] for part in account["parts"])
    if ours != account["residentBytes"] or "pages" not in account:
        sys.exit(f"{name}: the terms do not add up, or there are no pages")
    print(name, kernel, ours, f"{(ours - kernel) / kernel * 100:+.2f}")


main()

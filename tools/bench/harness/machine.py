"""Describes the machine and the versions that a result depends on."""

import os
import platform
import shutil
import subprocess
import time
from pathlib import Path

PACKAGES = [
    "heaptrack",
    "google-perftools",
    "libjemalloc2",
    "valgrind",
    "libc6",
    "jq",
    "libxml2-utils",
    "sqlite3",
    "lua5.4",
    "perl",
    "gawk",
    "z3",
    "python3",
    "redis-server",
]


def describe(root: Path, python: Path) -> dict:
    """Facts for the head of a report and for the JSON file."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "revision": _output(["git", "-C", str(root), "describe", "--always", "--dirty"]),
        "processor": _processor(),
        "processors": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "system": _system(),
        "kernel": platform.release(),
        "load_average": round(os.getloadavg()[0], 2),
        "versions": {
            **_package_versions(),
            "memray": _memray_version(python),
            "clang++": _output(["clang++", "--version"]).split("\n")[0],
        },
    }


def print_description(facts: dict) -> None:
    """The head of a report, in Markdown."""
    print(
        f"{facts['date']}, revision {facts['revision']}. {facts['processors']} × "
        f"{facts['processor']}, {facts['memory_gib']} GiB, {facts['system']}, "
        f"Linux {facts['kernel']}, load {facts['load_average']} at the start.\n"
    )
    versions = [f"{name} {version}" for name, version in facts["versions"].items() if version]
    print("Versions: " + ", ".join(versions) + ".\n")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "CPU part")):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def _package_versions() -> dict:
    if not shutil.which("dpkg-query"):
        return {}
    lines = _output(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES]).split("\n")
    return dict(line.split(" ", 1) for line in lines if " " in line)


def _memray_version(python: Path) -> str:
    return _output([str(python), "-c", "import memray; print(memray.__version__)"])


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
        )
    except OSError:
        return ""
    return done.stdout.decode(errors="replace").strip()

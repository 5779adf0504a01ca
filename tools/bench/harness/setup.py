"""Gets ready what a run needs: Debian packages, memray in an environment of its own, programs."""

import glob
import os
import shutil
import subprocess
import sys
from pathlib import Path

PEER_PACKAGES = {
    "heaptrack": "heaptrack",
    "valgrind": "valgrind",
    "google-pprof": "google-perftools",
    "/usr/lib/*/libtcmalloc.so.4": "libgoogle-perftools4",
    "/usr/lib/*/libjemalloc.so.2": "libjemalloc2",
    "zstd": "zstd",
    "gcc": "gcc",
    "g++": "g++",
    "/usr/bin/python3": "python3",
    "/usr/lib/python3*/ensurepip": "python3-venv",
}
C_FLAGS = ["-O2", "-g", "-Wall", "-Wextra", "-Werror", "-pthread"]


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def is_there(program: str) -> bool:
    """Whether a program is in PATH, or a path pattern matches a file."""
    return bool(glob.glob(program)) if program.startswith("/") else bool(shutil.which(program))


def install_packages(programs: dict) -> None:
    """Installs the Debian packages of the programs that are missing. What cannot be installed is
    reported and its rows are left out."""
    packages = sorted({package for program, package in programs.items() if not is_there(program)})
    if not packages:
        return
    if not shutil.which("apt-get"):
        say(f"missing, and there is no apt-get to install them: {' '.join(packages)}")
        return
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    say(f"installing {' '.join(packages)}")
    command = [*prefix, "apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        say("could not: " + done.stdout.decode(errors="replace").strip().split("\n")[-1])


def python_environment(folder: Path, with_memray: bool) -> Path:
    """The interpreter of the Python rows: Debian's, in an environment that can hold memray."""
    python = folder / "bin" / "python3"
    if not python.exists():
        subprocess.run(["/usr/bin/python3", "-m", "venv", folder], check=True)
    if with_memray and not (folder / "bin" / "memray").exists():
        say("installing memray")
        done = subprocess.run([python, "-m", "pip", "install", "-q", "memray"], check=False)
        if done.returncode != 0:
            say("could not install memray; its rows are left out")
    return python


def build_programs(bench: Path, binaries: Path) -> Path:
    """Compiles what is newer than its binary; returns the path of measure."""
    binaries.mkdir(parents=True, exist_ok=True)
    header = bench / "workloads" / "common.h"
    for source in sorted((bench / "workloads").glob("*.c")):
        _compile(["gcc", "-std=gnu11", *C_FLAGS], source, binaries / source.stem, header)
    requests = bench / "workloads" / "requests.cpp"
    _compile(["g++", "-std=c++17", *C_FLAGS], requests, binaries / "requests", header)
    measure = bench / "harness" / "measure.c"
    _compile(["gcc", "-std=gnu11", "-static", *C_FLAGS], measure, binaries / "measure", header)
    return binaries / "measure"


def build_memtrace(root: Path) -> None:
    """Brings the library and the analyzer up to date, optimised."""
    for product in ("memtrace", "memtrace-analyze"):
        subprocess.run(
            [root / "tools" / "build", "--product", product], check=True, stdout=sys.stderr
        )


def _compile(compiler: list, source: Path, binary: Path, header: Path) -> None:
    newest = max(source.stat().st_mtime, header.stat().st_mtime)
    if not binary.exists() or binary.stat().st_mtime < newest:
        subprocess.run([*compiler, source, "-o", binary], check=True)

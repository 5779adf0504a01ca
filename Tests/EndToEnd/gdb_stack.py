"""Runs inside gdb: the backtrace of the first large malloc, as one JSON line.

Started by gdb_stacks with the program loaded and its environment set. Stops the program in the
allocator below the recorder, writes every frame above the recorder's own to the file named by the
environment variable GDB_STACK, and lets the program run to its end. Where a frame's function begins is
what readelf reads in the unwind tables, where these say it.
"""

import bisect
import functools
import json
import os
import re
import subprocess

import gdb

LARGE = 1_000_000

# An executable that is not position independent: Debian's python3 is one.
ET_EXEC = 2

# The allocator's functions, and where they find the size asked for (x86-64).
SIZES = {"__libc_malloc": "$rdi", "__libc_calloc": "$rdi * $rsi", "__libc_realloc": "$rsi"}


def mapping_starts():
    """The lowest address of every mapped file."""
    starts = {}
    for line in gdb.execute("info proc mappings", to_string=True).splitlines():
        words = line.split()
        if len(words) >= 5 and words[0].startswith("0x") and words[-1].startswith("/"):
            starts.setdefault(words[-1], int(words[0], 16))
    return starts


def load_base(path, starts):
    """What the addresses of a file's code have on top of those in its ELF headers."""
    with open(path, "rb") as file:
        kind = int.from_bytes(file.read(18)[16:], "little")
    return 0 if kind == ET_EXEC else starts[path]


def module_of(address, starts):
    """The file mapped at an address: the one with the highest start at or below it."""
    return max((p for p in starts if starts[p] <= address), key=lambda p: starts[p], default=None)


@functools.lru_cache(maxsize=None)
def ranges_of(path):
    """The code that a file's unwind tables describe, by its start."""
    frames = subprocess.run(["readelf", "--debug-dump=frames", path], capture_output=True, text=True).stdout
    pairs = re.findall(r" FDE .* pc=([0-9a-f]+)\.\.([0-9a-f]+)", frames)
    return sorted((int(start, 16), int(end, 16)) for start, end in pairs)


def start_of(path, offset):
    """Where the function begins that has code at an offset; the offset if that is not known."""
    ranges = ranges_of(path)
    place = bisect.bisect_right(ranges, (offset, float("inf"))) - 1
    return ranges[place][0] if place >= 0 and offset < ranges[place][1] else offset


@functools.lru_cache(maxsize=None)
def entry_of(path):
    """Where a file's header says that the program begins."""
    header = subprocess.run(["readelf", "-h", path], capture_output=True, text=True).stdout
    return int(re.search(r"Entry point address: +(0x[0-9a-f]+)", header).group(1), 16)


def names_of(frame, address, path, start):
    """What gdb may call a frame: by debug information and by symbol table."""
    symbol = gdb.execute(f"info symbol {address}", to_string=True)
    names = {frame.name(), symbol.split()[0] if " in section " in symbol else None}
    if path and start == entry_of(path):
        names.add("_start")
    return sorted(name for name in names if name)


def backtrace():
    starts = mapping_starts()
    frames = []
    frame = gdb.newest_frame()
    while frame is not None:
        # Inlined calls are lines of a stack, not frames of it.
        if frame.type() != gdb.INLINE_FRAME:
            # A return address may be the next function's first; the call stands before it.
            address = frame.pc() - (1 if frames else 0)
            path = module_of(address, starts)
            start = start_of(path, address - load_base(path, starts)) if path else None
            frames.append(
                {
                    "functions": names_of(frame, address, path, start),
                    "module": gdb.solib_name(address) or path,
                    "start": start,
                }
            )
        frame = frame.older()
    return frames


def is_recorder(frame):
    return "libmemtrace" in (frame["module"] or "")


def main():
    for setting in ("pagination off", "confirm off", "breakpoint pending on",
                    "backtrace past-main on", "backtrace past-entry on"):
        gdb.execute("set " + setting)
    # By now libc is there: the allocator's functions can be found.
    gdb.Breakpoint("__libc_start_main")
    gdb.execute("run")
    for function, size in SIZES.items():
        gdb.Breakpoint(function).condition = f"{size} >= {LARGE}"
    gdb.execute("continue")
    stopped_in = gdb.newest_frame().name()
    size = next(SIZES[name] for name in SIZES if stopped_in.endswith(name))
    size = int(gdb.parse_and_eval(size))
    frames = backtrace()
    gdb.execute("delete")
    gdb.execute("continue")
    while frames and not is_recorder(frames[0]):
        frames.pop(0)
    while frames and is_recorder(frames[0]):
        frames.pop(0)
    with open(os.environ["GDB_STACK"], "w") as output:
        json.dump({"size": size, "frames": frames}, output)


main()

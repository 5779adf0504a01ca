#!/usr/bin/env python3
"""strangers_live.py ANALYZER TRACE: what a killed program left, changed by somebody else.

TRACE has its live file beside it. Fields of the live file's header and of its first ring stand at the
edges of their ranges, words in its stagings and rings are made up, and the file is cut, is no file, or
is what a trace's header has no business to name. The same region stands in the trace itself, where
`memtrace run` puts it. Each is judged as strangers.py does; the last line is the number of runs and of
failures.
"""
import glob
import os
import shutil
import struct
import sys

from strangers import COMMANDS, crc32c, wrongs

FOLDER = "stranger"
MOST = 2**64 - 1
# Of struct mt_live_header and struct mt_ring_header: place and size of each field that leads anywhere.
LIVE_FIELDS = [
    (0, 8), (8, 4), (12, 4), (16, 8), (24, 8), (32, 8), (40, 8), (48, 8), (56, 8), (64, 8), (72, 8),
    (80, 8), (88, 8), (96, 4), (100, 4), (104, 8), (112, 4), (116, 4), (120, 4), (128, 8), (144, 8),
    (152, 8), (160, 4), (168, 8), (176, 4), (180, 4), (216, 8), (224, 8), (384, 8)]
RING_FIELDS = [(0, 8), (8, 8), (64, 8), (72, 4), (76, 4), (80, 4), (88, 8)]
# Words as a recorder writes them, with all that can be in them.
WORDS = [0, MOST, 7 << 60 | 5, 8 << 60 | 2**32 - 1, 9 << 60 | 16, 10 << 60 | 1, 11 << 60 | 2**60 - 1,
         12 << 60 | 2**60 - 1, 13 << 60 | 2**32 - 1, 1 << 60 | 99]
HEADER_BYTES = 488
LIVE_NAME, LIVE_NAME_BYTES = 200, 256


def put(data, place, value, size=8):
    value = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
    return data[:place] + value + data[place + size :]


def sealed(trace):
    """The trace with the checksums that a recorder would have given its header."""
    second = struct.unpack_from("<I", trace, 176)[0]
    trace = put(trace, 16, 0, 4)
    trace = put(trace, 16, crc32c(trace[:152]), 4)
    trace = put(trace, 180, 0, 4)
    return put(trace, 180, crc32c(trace[176 : 176 + second]), 4)


def edges(size, length):
    values = {0, 1, length + 1, 1 << 31, 1 << 63, MOST, (1 << 64) - length}
    return sorted(value for value in values if value < 1 << 8 * size)


def merged(trace, live, place=None, length=None):
    """The region in the trace itself, by default where and as long as it is."""
    start = (len(trace) + 4095) // 4096 * 4096
    data = trace + bytes(start - len(trace)) + live
    data = put(data, 80, start if place is None else place)
    data = put(put(data, 156, 0, 4), 160, len(live) if length is None else length)
    return sealed(data[:LIVE_NAME] + bytes(LIVE_NAME_BYTES) + data[LIVE_NAME + LIVE_NAME_BYTES :])


def filled(live, start, words):
    return live[:start] + struct.pack(f"<{len(words)}Q", *words) + live[start + 8 * len(words) :]


def cases(trace, live):
    """(name, trace, live file: bytes, or a function that makes what stands in its place)."""
    stagings, rings = struct.unpack_from("<2Q", live, 16), struct.unpack_from("<Q", live, 32)[0]
    for place, size in LIVE_FIELDS:
        for value in edges(size, len(live)):
            yield f"live header at {place}: {value:#x}", trace, put(live, place, value, size)
    for place, size in RING_FIELDS:
        for value in edges(size, len(live)):
            yield f"ring header at {place}: {value:#x}", trace, put(live, rings + place, value, size)
    for head, tail in (0, MOST), (MOST, 0), (2**63 + 10, 2**63), (MOST, MOST - 5), (5, 2**40):
        yield f"a ring from {tail:#x} to {head:#x}", trace, put(
            put(live, rings, head), rings + 64, tail)
    for word in WORDS:
        staged = put(put(filled(live, stagings[0], [word] * 2048), 48, 1 << 20), 56, 2048)
        yield f"a staging of {word:#x}", trace, staged
        ring = put(put(filled(live, rings + 128, [word] * 2000), rings, 2000), rings + 64, 0)
        yield f"a ring of {word:#x}", trace, ring
    yield "stagings and rings in the header", trace, put(put(put(live, 16, 0), 24, 0), 32, 0)
    for stride in 0, 8, 128:
        many = put(put(put(live, 12, 2**32 - 1, 4), 40, stride), 112, 0, 4)
        yield f"2^32 - 1 rings of {stride} bytes", trace, many
    for length in 0, 1, 100, 639, 640, 4096, 5000, rings + 64, rings + 129, len(live) - 1:
        yield f"cut to {length} bytes", trace, live[:length]

    yield "a pipe", trace, os.mkfifo
    yield "a folder", trace, os.mkdir
    for to in "/dev/zero", "/dev/full", "/proc/kcore", "/etc/passwd", "stranger.bin", "nowhere":
        yield f"a link to {to}", trace, lambda path, to=to: os.symlink(to, path)
    yield "a link to itself", trace, lambda path: os.symlink(os.path.basename(path), path)

    def endless(path):
        with open(path, "wb") as file:
            file.write(live)
            file.truncate(1 << 42)

    yield "4 TB of holes", trace, endless
    for name in (b"/etc/passwd", b"../../../etc/passwd", b".x/../../y.live", b"stranger.bin", b".", b"..",
                 b"", b"." + b"A" * 255, b".\x1b[2J.live", b".\xff\xfe.live", b".x\n.live"):
        header = trace[:LIVE_NAME] + name.ljust(LIVE_NAME_BYTES, b"\0")
        yield f"the name {name[:20]}", sealed(header + trace[LIVE_NAME + LIVE_NAME_BYTES :]), live

    yield "merged", merged(trace, live), live
    for place in 0, 8, 4095, 4096, 2**63, MOST, MOST - 4095, len(trace) + (1 << 40):
        for length in None, 0, MOST:
            yield f"merged at {place:#x}, {length}", merged(trace, live, place, length), live
    for length in 0, 1, 639, 640, 2**63, MOST, len(live) + 1:
        yield f"merged, {length:#x} bytes", merged(trace, live, None, length), live


def main():
    analyzer, source = sys.argv[1:3]
    (beside,) = glob.glob(f".{os.path.basename(source)}.*.live", root_dir=os.path.dirname(source) or ".")
    with open(source, "rb") as file:
        trace = file.read()
    with open(os.path.join(os.path.dirname(source), beside), "rb") as file:
        live = file.read()
    assert trace[LIVE_NAME:HEADER_BYTES].startswith(beside.encode() + b"\0")
    runs = failures = 0
    for number, (name, changed, other) in enumerate(cases(trace, live)):
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.mkdir(FOLDER)
        size = len(changed) + (len(other) if isinstance(other, bytes) else 0)
        with open(f"{FOLDER}/stranger.bin", "wb") as file:
            file.write(changed)
        if callable(other):
            other(f"{FOLDER}/{beside}")
        else:
            with open(f"{FOLDER}/{beside}", "wb") as file:
                file.write(other)
        runs += 1
        command = COMMANDS[number % len(COMMANDS)]
        if wrong := wrongs(analyzer, command, f"{FOLDER}/stranger.bin", size):
            failures += 1
            print(f"{name}: {' '.join(command)}: {', '.join(wrong)}")
    print(f"{runs} runs, {failures} failures")


main()

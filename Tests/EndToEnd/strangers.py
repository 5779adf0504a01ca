#!/usr/bin/env python3
"""strangers.py ANALYZER TRACE: traces that no recorder wrote, made of one that a recorder did.

Each has sound checksums: damage reaches the decoders behind them. Each is read by several commands,
which must end by themselves, with an exit status of their own, within the memory that
docs/Reliability.md promises for a file of its size. Prints a line for each that does not; the last
line is the number of runs and of failures.
"""
import ctypes
import os
import struct
import subprocess
import sys

ZSTD = ctypes.CDLL("libzstd.so.1")
SPAN = [ctypes.c_char_p, ctypes.c_size_t]
for function, arguments in (ZSTD.ZSTD_compress, [*SPAN, *SPAN, ctypes.c_int]), (
        ZSTD.ZSTD_decompress, [*SPAN, *SPAN]):
    function.restype, function.argtypes = ctypes.c_size_t, arguments

RECORDS, STACKS, EVENTS, RAW, LIVE, SYMBOLS, CHECKPOINT, INDEX, CODE_MAP = range(1, 10)
CHUNK_MAGIC = 0x4B43544D
COMMANDS = [
    ["summary"], ["info", "--json"], ["leaks"], ["timeline", "--json"], ["growth"], ["threads"],
    ["events", "--limit", "20"], ["top", "--json", "--from", "10%", "--to", "90%"], ["histogram"],
]
EDGES = [0, 1, 2**32 - 1, 2**48, 2**63 - 1, 2**63, 2**64 - 1]
MEGABYTE = 1 << 20
SECONDS = 60

CRC_TABLE = []
for number in range(256):
    for _ in range(8):
        number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
    CRC_TABLE.append(number)


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = CRC_TABLE[(value ^ byte) & 255] ^ value >> 8
    return value ^ 0xFFFFFFFF


def compress(data):
    room = ctypes.create_string_buffer(len(data) + len(data) // 100 + 1024)
    length = ZSTD.ZSTD_compress(room, len(room), data, len(data), 3)
    return room.raw[:length]


def decompress(data, length):
    room = ctypes.create_string_buffer(length + 1)
    assert ZSTD.ZSTD_decompress(room, length + 1, data, len(data)) == length
    return room.raw[:length]


def chunk(kind, payload, packed=True):
    stored = compress(payload) if packed else bytes(payload)
    header = struct.pack(
        "<IHBBIIQQ", CHUNK_MAGIC, kind, int(packed), 0, 0, crc32c(stored), len(stored), len(payload))
    header = header[:8] + struct.pack("<I", crc32c(header)) + header[12:]
    return header + stored + b"\0" * (-len(stored) % 8)


class Trace:
    """A closed trace: its header, and the payloads of its chunks."""

    def __init__(self, data):
        self.start = struct.unpack_from("<I", data, 12)[0]
        self.header = bytearray(data[: self.start])
        self.chunks = []
        place = self.start
        while place + 32 <= len(data):
            magic, kind, packed, _, _, _, stored, length = struct.unpack_from("<IHBBIIQQ", data, place)
            if magic != CHUNK_MAGIC:
                break
            body = data[place + 32 : place + 32 + stored]
            self.chunks.append((kind, decompress(body, length) if packed else bytes(body)))
            place += 32 + stored + -stored % 8

    def copy(self):
        other = Trace.__new__(Trace)
        other.start, other.header, other.chunks = self.start, bytearray(self.header), list(self.chunks)
        return other

    def encoded(self, more=b""):
        data = self.header + b"".join(chunk(kind, body, False) for kind, body in self.chunks) + more
        struct.pack_into("<Q", data, 168, len(data))  # where the last chunk ends
        struct.pack_into("<I", data, 16, 0)
        struct.pack_into("<I", data, 16, crc32c(data[:152]))
        return bytes(data)

    def records(self):
        """(chunk, offset, type, length of the content) of each record."""
        for number, (kind, body) in enumerate(self.chunks):
            place = 0
            while kind == RECORDS and place + 8 <= len(body):
                record, _, length = struct.unpack_from("<HHI", body, place)
                yield number, place, record, length
                place += 8 + length + -length % 8

    def patched(self, number, place, value, size):
        other = self.copy()
        kind, body = other.chunks[number]
        body = bytearray(body)
        body[place : place + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        other.chunks[number] = (kind, bytes(body))
        return other.encoded()


def bombs(trace):
    """(name, file): small ones that unpack to very much."""
    def of(*chunks):
        return trace.encoded(b"".join(chunks))

    zeros = bytes(64 * MEGABYTE - 4096)
    for kind in range(1, 12):
        if kind != LIVE:
            yield f"64 MB of zeros as a chunk of type {kind}", of(chunk(kind, zeros))
    # A batch that says how many events it has, all of them allocations of one site.
    events = 60 * MEGABYTE
    header = struct.pack(
        "<QQQ16I", 2, 0, 0, 1, 1, events, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 88, 32)
    lane = struct.pack("<8I", 1, 0, events, 0, 0, 0, 0, 0)
    yield "a batch of 60 million releases", of(
        chunk(EVENTS, (header + lane + bytes([3]) * events)[: 64 * MEGABYTE]))
    # What readers keep, in chunks that are no larger than a recorder's.
    memory = struct.pack("<HHIQQQ", 12, 0, 24, 5, 6, 7)
    unknown = struct.pack("<HHI", 99, 0, 0)
    counters = struct.pack("<HHI", 13, 0, 0)
    for name, record in ("samples", memory), ("unknown records", unknown), ("counters", counters):
        packed = chunk(RECORDS, record * (MEGABYTE // len(record)))
        yield f"200 chunks of {name}", of(*[packed] * 200)
    nodes = 43690
    stacks = struct.pack("<4I", nodes, nodes, nodes, 0) + struct.pack("<Q", 0x401000) * nodes
    yield "200 chunks of stacks", of(*[chunk(STACKS, stacks + b"\2" * nodes * 2)] * 200)
    # The longest names, and very many of them.
    strings = struct.pack("<8I", 0, 0, 0, MEGABYTE, 0, 0, 0, 0) + bytes(4 * MEGABYTE)
    yield "16 chunks of a million empty names", of(*[chunk(SYMBOLS, strings)] * 16)
    yield "a map of code that is all one letter", of(*[chunk(CODE_MAP, b"1 1 x\n" * 600_000)] * 30)
    words = struct.pack("<3Q", 10 << 60 | 1, 0, 131000) + struct.pack("<Q", 6 << 60) * 131000
    yield "200 chunks of raw words", of(*[chunk(RAW, words)] * 200)


def edges(trace):
    """(name, file): one field of one record, batch or header at the edge of its range."""
    seen = set()
    for number, place, record, length in trace.records():
        if record in seen or length < 8 or record in (1, 2, 3, 4, 5, 6):
            continue
        seen.add(record)
        for field in range(0, min(length, 128) - 7, 8):
            for value in EDGES:
                yield f"record {record} at {field}: {value:#x}", trace.patched(
                    number, place + 8 + field, value, 8)
    for number, (kind, body) in enumerate(trace.chunks):
        if kind != EVENTS:
            continue
        for field in range(0, 24, 8):
            for value in EDGES:
                yield f"batch at {field}: {value:#x}", trace.patched(number, field, value, 8)
    for field in (80, 88, 96, 104, 160, 168):
        for value in EDGES:
            other = trace.copy()
            struct.pack_into("<Q", other.header, field, value)
            yield f"file header at {field}: {value:#x}", other.encoded()


def run(command):
    """Exit status (negative: a signal), or None after SECONDS; most resident memory in bytes; output."""
    read, write = os.pipe()
    process = subprocess.Popen(
        ["timeout", "-s", "KILL", str(SECONDS), *command], stdout=write, stderr=write,
        env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
    os.close(write)
    # Of a long output the start: what is forked off this process later counts its size as its own.
    output = b""
    while more := os.read(read, 1 << 16):
        output = (output + more)[: 1 << 18]
    os.close(read)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024, output


def wrongs(analyzer, command, file, size):
    """What is wrong about how a command reads a file, which has `size` bytes with all that is its."""
    status, memory, output = run([analyzer, command[0], file, *command[1:]])
    wrong = []
    if status not in (0, 1, 2, 65):
        wrong.append(f"exit status {status}")
    if status == 65 and "--json" not in command and b"at byte " not in b" ".join(output.split()):
        wrong.append("no place named")
    if memory > 256 * size + 256 * MEGABYTE:
        wrong.append(f"{memory >> 20} MB")
    return wrong


def make_bombs(source):
    with open(source, "rb") as file:
        trace = Trace(file.read())
    for number, (name, data) in enumerate(bombs(trace)):
        with open(f"bomb{number}.bin", "wb") as file:
            file.write(data)
        print(name)


def main():
    if sys.argv[1] == "--bombs":
        make_bombs(sys.argv[2])
        return
    analyzer, source = sys.argv[1:3]
    with open(source, "rb") as file:
        trace = Trace(file.read())
    runs = failures = 0

    def check(name, data, commands):
        nonlocal runs, failures
        with open("stranger.bin", "wb") as file:
            file.write(data)
        for command in commands:
            runs += 1
            if wrong := wrongs(analyzer, command, "stranger.bin", len(data)):
                failures += 1
                print(f"{name}, {len(data)} bytes, {' '.join(command)}: {', '.join(wrong)}")

    # A process that is forked off a large one has been as large: bombs are made by another.
    names = subprocess.run(
        [sys.executable, __file__, "--bombs", source], stdout=subprocess.PIPE, text=True, check=True)
    for number, name in enumerate(names.stdout.splitlines()):
        with open(f"bomb{number}.bin", "rb") as file:
            check(name, file.read(), COMMANDS[:2])
    for place, (name, data) in enumerate(edges(trace)):
        check(name, data, [COMMANDS[place % len(COMMANDS)]])
    print(f"{runs} runs, {failures} failures")


if __name__ == "__main__":
    main()

"""Keeps objects of many kinds, each made on a line of its own. With an argument it writes to the file
of that name what tracemalloc says of these lines: {line: [bytes, blocks]}. Ends without giving
anything back."""

import json
import os
import sys
import threading
import tracemalloc

COUNT = 3000
kept = [None] * 64
sys.setswitchinterval(0.0001)


class Slots:
    __slots__ = ("first", "second")


class Members:
    def __init__(self, number):
        self.number = number
        self.text = str(number) * 4  # in the interpreter's own call


def objects():
    return [Slots() for _ in range(COUNT)]


def texts():
    return [str(number + 1000) for number in range(COUNT)]


def grown():
    whole = []
    for number in range(COUNT):
        whole.append(b"x" * (number % 700 + 34))  # on both sides of 512 bytes
    return whole


def resized():
    buffers = [bytearray(40) for _ in range(COUNT)]
    for number, buffer in enumerate(buffers):
        buffer.extend(bytes(number % 900))  # from an arena to malloc
    for buffer in buffers[::2]:
        del buffer[8:]
    return buffers


def sets():
    return [{number, number + 1, number + 2} for number in range(COUNT)]


def released():
    whole = [Slots() for _ in range(COUNT)]
    del whole[::2]
    return whole


def in_thread(place):
    kept[place] = [Members(number) for number in range(COUNT)]


def handed_over():
    """Blocks that another thread frees."""
    whole = [str(number + 100000) for number in range(COUNT)]
    thread = threading.Thread(target=whole.clear)
    thread.start()
    thread.join()


def work():
    kept[0] = objects()
    kept[1] = texts()
    kept[2] = grown()
    kept[3] = resized()
    kept[4] = sets()
    kept[5] = released()
    threads = [threading.Thread(target=in_thread, args=(place,)) for place in range(6, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handed_over()


if len(sys.argv) > 1:
    tracemalloc.start()
work()
if len(sys.argv) > 1:
    lines = {
        trace.traceback[0].lineno: [trace.size, trace.count]
        for trace in tracemalloc.take_snapshot().statistics("lineno")
        if trace.traceback[0].filename == __file__
    }
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(lines, file)
print(sum(map(len, filter(None, kept))), flush=True)
os._exit(3)

"""The Python program whose trace is kept for the records of version 2 that known.c has no use for:
what a process calls itself, a child that could not be traced, lines of interpreted code, order.
"""

import ctypes
import subprocess
import sys
import threading


def keep(count):
    return [bytearray(1000) for _ in range(count)]


def call_itself(title):
    """Writes over the memory of the arguments, as servers do."""
    with open("/proc/self/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    start, end = int(fields[45]), int(fields[46])
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, title, min(len(title), end - start - 1))


KEPT = keep(20)
subprocess.call(["./till"])
call_itself(b"desk: open")
other = threading.Thread(target=keep, args=(5,))
other.start()
other.join()
sys.exit(3)

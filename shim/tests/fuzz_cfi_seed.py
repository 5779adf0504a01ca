#!/usr/bin/env python3
"""fuzz_cfi_seed.py ELF-FILE OUTPUT: an input for fuzz_cfi from a small library's unwind tables."""
import struct
import sys

PT_LOAD, PT_GNU_EH_FRAME = 1, 0x6474E550

data = open(sys.argv[1], "rb").read()
offset, size, count = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
headers = [struct.unpack_from("<IIQQQQ", data, offset + i * size) for i in range(count)]
header = next(h[3] for h in headers if h[0] == PT_GNU_EH_FRAME)
segment = next(h for h in headers if h[0] == PT_LOAD and h[3] <= header < h[3] + h[5])
image = data[segment[2] : segment[2] + segment[5]]
at = header - segment[3]
first = struct.unpack_from("<i", image, at + 12)[0]
with open(sys.argv[2], "wb") as out:
    out.write(struct.pack("<QII", 0x10000 + at + first + 8, at, 0) + image)

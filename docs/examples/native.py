"""A native function that does not free what it was given."""

import ctypes

strdup = ctypes.CDLL(None).strdup
strdup.argtypes = [ctypes.c_char_p]
strdup.restype = ctypes.c_void_p


def register(name):
    strdup(name.encode())


for number in range(2000):
    register("a name that is registered, number %d" % number)

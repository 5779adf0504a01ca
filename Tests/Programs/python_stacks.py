"""Allocates blocks of sizes of its own on Python stacks of many kinds, and writes to the file named
by its argument what the interpreter itself says of each stack: [[function, file, line] …], the
innermost first, and how many bytes were allocated there."""

import asyncio
import ctypes
import functools
import json
import re
import sys
import threading

malloc = ctypes.CDLL(None).malloc
malloc.restype = ctypes.c_void_p
malloc.argtypes = [ctypes.c_size_t]
LARGE = 1_000_000
expected = {}
lock = threading.Lock()
allocated = 0


def name_of(code):
    return getattr(code, "co_qualname", code.co_name)


def note():
    global allocated
    with lock:
        allocated += 1
        size = LARGE + allocated
    malloc(size)
    frame = sys._getframe(0)
    stack = []
    while frame is not None:
        stack.append([name_of(frame.f_code), frame.f_code.co_filename, frame.f_lineno])
        frame = frame.f_back
    stack[0][2] = MALLOC_LINE
    key = json.dumps(stack)
    with lock:
        expected[key] = expected.get(key, 0) + size


with open(__file__, encoding="utf-8") as source:
    lines = [line.strip() for line in source]
MALLOC_LINE = lines.index("malloc(size)") + 1


def recurse(depth):
    if depth == 0:
        note()
    else:
        recurse(depth - 1)


class Members:
    def method(self, function):
        return function()

    @classmethod
    def of_class(cls):
        note()

    @property
    def attribute(self):
        note()

    def __getattr__(self, name):
        note()

    def __len__(self):
        note()
        return 3

    def __enter__(self):
        note()

    def __exit__(self, *error):
        note()

    def __del__(self):
        note()


def decorate(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)

    return wrapper


@decorate
def decorated():
    note()


def generator(count):
    for number in range(count):
        note()
        yield number


def delegating():
    yield from generator(2)


async def awaited(count):
    await asyncio.sleep(0)
    note()
    if count:
        await awaited(count - 1)


async def numbers():
    for number in range(2):
        note()
        yield number


async def tasks():
    await asyncio.gather(awaited(2), awaited(1))
    async for _ in numbers():
        note()


def größe():
    note()


def raising():
    try:
        return 1 / 0
    except ZeroDivisionError:
        note()
    finally:
        note()


class Body:
    note()
    made = [note() for _ in range(3)]


for depth in (0, 1, 5, 50, 300):
    recurse(depth)
members = Members()
members.method(note)
members.method(lambda: note())
Members.of_class()
members.attribute
members.missing
len(members)
with members:
    note()
del members
decorated()
list(generator(3))
list(delegating())
sum(number for number in generator(2))
sorted([3, 1, 2], key=lambda number: note() or number)
list(map(lambda number: note(), range(3)))
functools.reduce(lambda left, right: note(), [1, 2, 3])
re.sub("a", lambda match: note() or "b", "aaa")
größe()
raising()
asyncio.run(tasks())

# Code that is made anew, often where other code was.
exec(compile("def made():\n  note()\n\n\nmade()\n", "<generated>", "exec"))
for count in range(20):
    exec(compile("\n" * count + "note()", "<again>", "exec"))
eval("note()")

threads = [threading.Thread(target=recurse, args=(7,)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

with open(sys.argv[1], "w") as file:
    json.dump([[json.loads(stack), size] for stack, size in expected.items()], file)

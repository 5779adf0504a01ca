"""What a Python program can say to memtrace while it is being recorded.

    import memtrace

    memtrace.mark("cache loaded")
    with memtrace.block("import of prices"):
        ...

Without the recorder every call does nothing, so calls may stay in what is shipped.
`python3 -m memtrace` records programs and reads traces.
"""

import ctypes
import functools
import inspect

__all__ = ["block", "is_recording", "mark"]
__version__ = "0.1.0"


def _find_mark():
    """The recorder's function, if it was preloaded."""
    try:
        function = ctypes.CDLL(None).memtrace_mark
    except (AttributeError, OSError):
        return None
    function.argtypes = [ctypes.c_char_p]
    function.restype = None
    return function


_mark = _find_mark()


def is_recording():
    """Whether libmemtrace.so was loaded with this process."""
    return _mark is not None


def mark(label):
    """Records a moment with a name, for `--from`, `--to`, `--at` and the timeline.

    What the calling thread allocates before the call lies before the mark, the rest behind it. At
    most 255 bytes of UTF-8 are kept.
    """
    if _mark is not None:
        _mark(str(label).encode("utf-8", "replace").replace(b"\0", b" "))


class block:
    """Marks `name` at the start of a block of code and `name end` at its end, errors included.

        with memtrace.block("import of prices"): ...
        async with memtrace.block("session"): ...

        @memtrace.block("request")
        def handle(request): ...

    It decorates functions, coroutine functions and generators; each call is a block. `memtrace-analyze
    --from NAME --to 'NAME end'` then shows that block alone, and what other threads and tasks did meanwhile.
    """

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        mark(self.name)
        return self

    def __exit__(self, *error):
        mark(f"{self.name} end")

    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, *error):
        self.__exit__(*error)

    def __call__(self, function):
        if inspect.iscoroutinefunction(function):
            async def within(*arguments, **named):
                with self:
                    return await function(*arguments, **named)
        elif inspect.isasyncgenfunction(function):
            async def within(*arguments, **named):
                with self:
                    async for item in function(*arguments, **named):
                        yield item
        elif inspect.isgeneratorfunction(function):
            def within(*arguments, **named):
                with self:
                    return (yield from function(*arguments, **named))
        else:
            def within(*arguments, **named):
                with self:
                    return function(*arguments, **named)
        return functools.wraps(function)(within)

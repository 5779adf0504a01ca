"""What a Python program can say to memtrace while it is being recorded.

    import memtrace

    memtrace.mark("cache loaded")
    with memtrace.block("import of prices"):
        ...

Without the recorder every call does nothing, so calls may stay in what is shipped.
`python3 -m memtrace` records programs and reads traces.
"""

import contextlib
import ctypes

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


@contextlib.contextmanager
def block(name):
    """Marks `name` at the start of a block of code and `name end` at its end, errors included.

    `memtrace-analyze --from NAME --to 'NAME end'` then shows that block alone.
    """
    mark(name)
    try:
        yield
    finally:
        mark(f"{name} end")

"""What a Python program can say to memtrace while it is being recorded.

    import memtrace

    with memtrace.phase("import of prices"):
        ...
    memtrace.snapshot("imported")
    memtrace.mark("cache loaded")

Without the recorder every call does nothing, so calls may stay in what is shipped.
`python3 -m memtrace` records programs and reads traces.
"""

import atexit
import ctypes
import functools
import inspect
import sys

__all__ = [
    "Stats", "block", "is_recording", "mark", "pause", "phase", "resume", "snapshot", "stats",
    "stop", "threshold",
]
__version__ = "0.1.0"


class Stats(ctypes.Structure):
    """Figures of a moment: bytes, but for the counts. 0: not known.

    Those of the heap are known with MEMTRACE_COUNT_HEAP=1 (memtrace run --count-heap) alone.
    """

    _fields_ = [
        (name, ctypes.c_uint64)
        for name in (
            "resident_bytes", "virtual_bytes", "allocations", "lost_events", "system_bytes",
            "system_available_bytes", "cgroup_bytes", "cgroup_limit_bytes", "heap_bytes",
            "heap_blocks", "heap_peak_bytes",
        )
    ]


#: `Stats.cgroup_limit_bytes` where no limit is set.
NO_LIMIT = 2**64 - 1


class _Crossing(ctypes.Structure):
    """`struct memtrace_crossing`."""

    _fields_ = [
        ("label", ctypes.c_char_p),
        ("measured_bytes", ctypes.c_uint64),
        ("limit_bytes", ctypes.c_uint64),
        ("resident_bytes", ctypes.c_uint64),
    ]


_CrossingFunction = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Crossing), ctypes.c_void_p)


class _Table(ctypes.Structure):
    """`struct memtrace_table` of memtrace.h, as far as this module knows it."""

    _fields_ = [
        ("bytes", ctypes.c_size_t),
        ("mark", ctypes.CFUNCTYPE(None, ctypes.c_char_p)),
        ("snapshot", ctypes.CFUNCTYPE(None, ctypes.c_char_p)),
        ("phase_begin", ctypes.CFUNCTYPE(None, ctypes.c_char_p)),
        ("phase_end", ctypes.CFUNCTYPE(None)),
        ("phase_open", ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_char_p)),
        ("phase_close", ctypes.CFUNCTYPE(None, ctypes.c_uint64)),
        ("pause", ctypes.CFUNCTYPE(None)),
        ("resume", ctypes.CFUNCTYPE(None)),
        ("stop", ctypes.CFUNCTYPE(None)),
        ("stats", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Stats), ctypes.c_size_t)),
        ("threshold_add", ctypes.CFUNCTYPE(
            ctypes.c_uint64, ctypes.c_char_p, ctypes.c_char_p, _CrossingFunction, ctypes.c_void_p)),
        ("threshold_remove", ctypes.CFUNCTYPE(None, ctypes.c_uint64)),
    ]


def _find_table():
    """The recorder's functions, if it was preloaded."""
    try:
        functions = ctypes.CDLL(None).memtrace_functions
    except (AttributeError, OSError):
        return None
    functions.restype = ctypes.POINTER(_Table)
    table = functions().contents
    return table if table.bytes >= ctypes.sizeof(_Table) else None


_table = _find_table()


def _text(label):
    return str(label).encode("utf-8", "replace").replace(b"\0", b" ")


def is_recording():
    """Whether libmemtrace.so was loaded with this process."""
    return _table is not None


def mark(label):
    """Records a moment with a name, for `--from`, `--to`, `--at` and the timeline.

    What the calling thread allocates before the call lies before the mark, the rest behind it. At
    most 255 bytes of UTF-8 are kept.
    """
    if _table is not None:
        _table.mark(_text(label))


def snapshot(label):
    """Records a moment with the memory that is resident then; `memtrace-analyze snapshots` lists them."""
    if _table is not None:
        _table.snapshot(_text(label))


def pause():
    """From here to `resume` allocations are not recorded, by whichever thread; frees are."""
    if _table is not None:
        _table.pause()


def resume():
    """Ends a pause."""
    if _table is not None:
        _table.resume()


def stop():
    """Closes the trace for good."""
    if _table is not None:
        _table.stop()


def stats():
    """The figures of the moment as `Stats`; None without the recorder."""
    if _table is None:
        return None
    result = Stats()
    _table.stats(ctypes.byref(result), ctypes.sizeof(result))
    return result


class Crossing:
    """What was seen when a threshold was reached: `label`, `measured_bytes`, `limit_bytes`, `resident_bytes`."""

    def __init__(self, seen):
        self.label = seen.label.decode("utf-8", "replace")
        self.measured_bytes = seen.measured_bytes
        self.limit_bytes = seen.limit_bytes
        self.resident_bytes = seen.resident_bytes


class threshold:
    """Calls `function(crossing)` whenever memory has reached a value, until it is removed.

        warning = memtrace.threshold("500M", "warning", lambda crossing: cache.clear())
        with memtrace.threshold("heap:1G", "large", report): ...

    Values are "500M" of resident memory, "heap:1G" of live blocks (with memtrace run --count-heap),
    shares such as "resident:40%", and "oom:90%" of the nearest limit that ends the process. `function` is
    called on a thread of its own. Each time is a snapshot called `label` in the trace; without a function
    it is that alone. `is_watched` is False without the recorder, and for what it cannot watch.
    """

    def __init__(self, value, label="threshold", function=None):
        self._number = 0
        if _table is None:
            return

        def call(seen, unused):
            function(Crossing(seen.contents))

        self._call = _CrossingFunction(call) if function else _CrossingFunction()
        self._number = _table.threshold_add(_text(value), _text(label), self._call, None)
        if self._number:
            atexit.register(self.remove)  # before the interpreter is gone

    @property
    def is_watched(self):
        return self._number != 0

    def remove(self):
        """Ends it. When this returns the function is not running, unless this was called from it."""
        number, self._number = self._number, 0
        if number:
            # The function may be waiting for the interpreter, which ctypes gives up meanwhile.
            _table.threshold_remove(number)
            atexit.unregister(self.remove)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.remove()


class _Decorator:
    """A context manager of either kind that decorates functions; each call is entered anew."""

    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, *error):
        self.__exit__(*error)

    def _anew(self, is_suspended):
        """What one call enters; `is_suspended`: others may run before it ends."""
        raise NotImplementedError

    def __call__(self, function):
        if inspect.iscoroutinefunction(function):
            async def within(*arguments, **named):
                with self._anew(True):
                    return await function(*arguments, **named)
        elif inspect.isasyncgenfunction(function):
            async def within(*arguments, **named):
                with self._anew(True):
                    async for item in function(*arguments, **named):
                        yield item
        elif inspect.isgeneratorfunction(function):
            def within(*arguments, **named):
                with self._anew(True):
                    return (yield from function(*arguments, **named))
        else:
            def within(*arguments, **named):
                with self._anew(False):
                    return function(*arguments, **named)
        return functools.wraps(function)(within)


class block(_Decorator):
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

    def _anew(self, is_suspended):
        return self

    def __enter__(self):
        mark(self.name)
        return self

    def __exit__(self, *error):
        mark(f"{self.name} end")


class phase(_Decorator):
    """A phase of the program, for `memtrace-analyze phases`: what it cost, by name.

        with memtrace.phase("load"): ...
        async with memtrace.phase("session"): ...

        @memtrace.phase("request")
        async def handle(request): ...

    Phases of a thread nest, and count what that thread allocates. One that others may interrupt is
    free-standing: `async with`, a coroutine or a generator that is decorated, and any phase that is entered
    while an asyncio loop runs. It counts what all threads allocate meanwhile. One object is for one `with`
    at a time.
    """

    def __init__(self, name):
        self.name = name
        self._number = 0

    def _anew(self, is_suspended):
        return _FreePhase(self.name) if is_suspended else phase(self.name)

    def _open(self):
        if _table is not None:
            self._number = _table.phase_open(_text(self.name))
        return self

    def __enter__(self):
        if _runs_event_loop():
            return self._open()
        if _table is not None:
            _table.phase_begin(_text(self.name))
        return self

    async def __aenter__(self):
        return self._open()

    def __exit__(self, *error):
        if _table is None:
            return
        if self._number:
            _table.phase_close(self._number)
        else:
            _table.phase_end()


class _FreePhase(phase):
    """Free-standing wherever it is entered."""

    def __enter__(self):
        return self._open()


def _runs_event_loop():
    """Whether the calling thread is in a coroutine: other tasks may run before a block of it ends."""
    events = sys.modules.get("asyncio.events")
    return events is not None and events._get_running_loop() is not None

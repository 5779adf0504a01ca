"""The workloads: what each runs, and which figures it has to show."""

from dataclasses import dataclass, field
from pathlib import Path

from .inputs import Inputs
from .redis import RedisClient


@dataclass
class Workload:
    """One row of the benchmark."""

    name: str
    argv: list
    kind: str  # "program": real, one thread; "own": ours, one thread; "threads"; "server"; "start"
    env: dict = field(default_factory=dict)
    threads: int = 1
    steady: bool = False  # allocates from few call chains, as request loops do
    repeat: int = 1  # times the command runs for one sample
    processes: int = 1  # that the command starts, where they are what counts
    client: object = None  # drives a server; see RedisClient
    needs: str = ""  # a program that must be there
    package: str = ""  # the Debian package that has it
    same_output: bool = True  # the output is the same every time, profiled or not

    @property
    def is_python(self) -> bool:
        return self.name.startswith("python")


@dataclass
class Places:
    """Folders of one run."""

    sources: Path  # tools/bench/workloads
    binaries: Path  # our own programs, built
    inputs: Inputs
    python: Path  # interpreter of the Python rows


JQ_FILTER = (
    "group_by(.group) | map({group: .[0].group, count: length, total: (map(.value) | add),"
    ' words: ([.[].text | split(" ")[]] | unique | length)})'
)


def catalogue(places: Places, quick: bool) -> list[Workload]:
    """All workloads, sized so that a native run takes 1 to 3 s, or 0.2 to 0.5 s when quick.

    Those in which threads allocate without pause take a third of that: under a profiler with a
    global lock they become forty times slower.
    """

    def size(full: int, small: int) -> int:
        return small if quick else full

    return [
        *_start(places, size),
        *_programs(places, size),
        *_servers(size),
        *_own(places, size),
        *_threads(places, size),
    ]


def _start(places: Places, size) -> list[Workload]:
    children = [places.binaries / "short_children", size(1_000, 200)]
    return [
        Workload("true", ["/usr/bin/true"], "start", repeat=20),
        Workload("short-children", children, "start", same_output=False, processes=children[1]),
    ]


def _programs(places: Places, size) -> list[Workload]:
    sources, inputs = places.sources, places.inputs
    table = inputs.table(size(150_000, 30_000))
    return [
        Workload(
            "jq",
            ["jq", "-c", JQ_FILTER, inputs.json_records(size(40_000, 8_000))],
            "program",
            needs="jq",
            package="jq",
        ),
        Workload(
            "xmllint",
            ["xmllint", "--noout", inputs.xml(size(200_000, 40_000))],
            "program",
            needs="xmllint",
            package="libxml2-utils",
        ),
        Workload(
            "sqlite3",
            ["sqlite3", ":memory:", f".read {inputs.sql(size(150_000, 40_000))}"],
            "program",
            needs="sqlite3",
            package="sqlite3",
        ),
        Workload(
            "lua",
            ["lua5.4", sources / "trees.lua", size(120, 30)],
            "program",
            needs="lua5.4",
            package="lua5.4",
        ),
        Workload(
            "perl", ["perl", sources / "records.pl", table], "program", needs="perl", package="perl"
        ),
        Workload(
            "gawk",
            ["gawk", "-f", sources / "records.awk", table],
            "program",
            needs="gawk",
            package="gawk",
        ),
        Workload("z3", ["z3", inputs.smt(size(240, 60))], "program", needs="z3", package="z3"),
        Workload(
            "python",
            [places.python, sources / "records.py", inputs.json_records(size(40_000, 8_000)), 1],
            "program",
            env={"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"},
        ),
        Workload(
            "clang++",
            [
                "clang++",
                "-std=c++17",
                f"-O{size(1, 0)}",
                "-DSHAPES=4",
                "-c",
                sources / "compile_me.cpp",
                "-o",
                "/dev/null",
            ],
            "program",
            needs="clang++",
            package="clang",
        ),
    ]


def _servers(size) -> list[Workload]:
    # Debian's redis-server is linked with jemalloc. libc.so.6 in front of it in the search order
    # makes its malloc glibc's, natively and under every tool.
    client = RedisClient(requests=size(100_000, 40_000))
    return [
        Workload(
            "redis",
            client.server_argv(),
            "server",
            env={"LD_PRELOAD": "libc.so.6"},
            steady=True,
            client=client,
            needs="redis-server",
            package="redis-server",
            same_output=False,
        )
    ]


def _own(places: Places, size) -> list[Workload]:
    def own(name: str, *argv) -> Workload:
        return Workload(name, [places.binaries / argv[0], *argv[1:]], "own", same_output=False)

    pairs = size(20_000_000, 4_000_000)
    return [
        *(own(f"deep-{frames}", "deep", frames, pairs) for frames in (5, 20, 60, 200)),
        own("stacks-400k", "stacks", 400_000, size(10_000_000, 2_000_000)),
        own("live-20M" if size(1, 0) else "live-2M", "live", size(20_000_000, 2_000_000)),
        own("requests-1", "requests", 1, size(400_000, 100_000)),
        own("private-1", "private", 1, pairs, "steady"),
        own("private-1-changing", "private", 1, pairs, "changing"),
    ]


def _threads(places: Places, size) -> list[Workload]:
    def threaded(name: str, threads: int, *argv, steady: bool = True) -> Workload:
        return Workload(
            name,
            [places.binaries / argv[0], *argv[1:]],
            "threads",
            threads=threads,
            steady=steady,
            same_output=False,
        )

    pairs = size(20_000_000, 4_000_000)
    return [
        *(threaded(f"private-{n}", n, "private", n, pairs, "steady") for n in (2, 4, 16)),
        threaded("private-2-changing", 2, "private", 2, pairs, "changing", steady=False),
        threaded("passing-2", 2, "passing", 2, pairs // 2),
        threaded("passing-4", 4, "passing", 4, pairs // 2),
        threaded("larson-2", 2, "larson", 2, pairs),
        threaded("requests-2", 2, "requests", 2, size(400_000, 100_000)),
        threaded("short-threads", 4, "short_threads", size(20_000, 4_000), steady=False),
    ]

"""Records Python programs, and hands everything else to memtrace-analyze.

    python3 -m memtrace run script.py ARGUMENT ...
    python3 -m memtrace run -o shop.bin --report -m shop --port 8000
    python3 -m memtrace run -c 'import json'
    python3 -m memtrace report shop.bin
    python3 -m memtrace flamegraph shop.bin -o shop.svg
    python3 -m memtrace leaks shop.bin --limit 5

run        records a script, a module (-m) or a command (-c) with this interpreter. Options before it are
           those of `memtrace run`: -o FILE, --report, --depth N, -q, ...
report     is `memtrace-analyze summary`.

All other commands (leaks, growth, flamegraph, ...) are those of memtrace-analyze. The programs are
looked for in MEMTRACE_HOME (an installation, or a checkout that was built), in the checkout that this
package lies in, and in PATH.
"""

import os
import shutil
import sys

USAGE_ERROR = 2
UNUSABLE = 125  # as the launcher says it

# Options of `memtrace run` that take a value, in one argument or in the next.
OPTIONS_WITH_VALUE = {
    "-o", "--output", "--depth", "--only", "--order", "--on-full", "--writer", "--unwinder",
}


def folders():
    """Where the programs may be, the most wanted first."""
    home = os.environ.get("MEMTRACE_HOME")
    if home:
        yield from (os.path.join(home, "bin"), os.path.join(home, ".build", "release"))
    here = os.path.dirname(os.path.realpath(__file__))
    yield os.path.join(here, "bin")
    checkout = os.path.dirname(os.path.dirname(os.path.dirname(here)))
    yield os.path.join(checkout, ".build", "release")


def find(*names):
    """The path of a program by any of its names; ends this one if there is none."""
    for folder in folders():
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    sys.stderr.write(
        f"memtrace: cannot find {names[0]}; install memtrace (tools/install), build the checkout"
        " (tools/build), or set MEMTRACE_HOME\n"
    )
    sys.exit(UNUSABLE)


def find_recorder():
    """The path of libmemtrace.so, or None."""
    library = os.environ.get("MEMTRACE_LIBRARY")
    if library:
        return library
    for folder in [*folders(), os.path.dirname(os.path.realpath(shutil.which("memtrace") or "/"))]:
        for path in (os.path.join(folder, "libmemtrace.so"), os.path.join(folder, "..", "lib", "libmemtrace.so")):
            if os.path.isfile(path):
                return os.path.realpath(path)
    return None


def become(path, arguments):
    sys.stdout.flush()
    os.execv(path, [path, *arguments])


def split_run(arguments):
    """Splits what stands behind `run` into options of the launcher and what Python is to run."""
    options = []
    rest = list(arguments)
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c", "-"):
        option = rest.pop(0)
        if option == "--":
            break
        options.append(option)
        if option in OPTIONS_WITH_VALUE and rest:
            options.append(rest.pop(0))
    return options, rest


def run(arguments):
    options, program = split_run(arguments)
    if "-h" in options or "--help" in options:
        print(__doc__.strip())
        sys.exit(0)
    if not program or (program[0] in ("-m", "-c") and len(program) == 1):
        sys.stderr.write("memtrace: run what? A script, -m MODULE or -c COMMAND; see --help\n")
        sys.exit(USAGE_ERROR)
    become(find("memtrace-launcher", "memtrace"), ["run", *options, "--", sys.executable, *program])


def main():
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        sys.exit(0 if arguments else USAGE_ERROR)
    command, *rest = arguments
    if command == "run":
        run(rest)
    become(find("memtrace-analyze"), ["summary" if command == "report" else command, *rest])


if __name__ == "__main__":
    main()

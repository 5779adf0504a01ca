#!/usr/bin/env python3
"""test_cfi.py LOOKUP ELF-FILE: compares every rule that cfi.c gives for a file with readelf's.

Each row of readelf's interpreted frame tables is asked for at its first and its last address. Rows
that no rule can say must be `complex` or one of the forms that solve an expression.
"""
import re
import subprocess
import sys


def rows(path):
    """(first, last, is_signal, {column: text}) of each row of each description."""
    command = ["readelf", "--wide", "--debug-dump=frames-interp", path]
    # Its exit code also speaks of debug files it cannot find: the number of rows is what counts.
    text = subprocess.run(command, capture_output=True, text=True).stdout
    signal_commons, section = set(), ""
    columns, pending, end, is_signal = [], None, 0, False
    for line in text.splitlines():
        if line.startswith("Contents of the"):
            section = line
        elif match := re.match(r'([0-9a-f]+) \S+ \S+ CIE "(\w*)"', line):
            columns = []
            if "S" in match[2]:
                signal_commons.add((section, int(match[1], 16)))
        elif match := re.search(r"FDE cie=([0-9a-f]+) pc=([0-9a-f]+)\.\.([0-9a-f]+)", line):
            if pending:
                yield (pending[0], end - 1, is_signal, pending[1])
            pending, columns = None, ["(of the next line)"]
            end = int(match[3], 16)
            is_signal = (section, int(match[1], 16)) in signal_commons
        elif re.match(r"\s+LOC\s", line):
            columns = line.split() if columns else []
        elif columns and re.match(r"[0-9a-f]{16} ", line):
            words = re.sub(r" \(\w+\)", "", line).split()  # "r10 (r10)" is one word
            if pending and int(words[0], 16) > pending[0]:
                yield (pending[0], int(words[0], 16) - 1, is_signal, pending[1])
            pending = (int(words[0], 16), dict(zip(columns[1:], words[1:])))
    if pending:
        yield (pending[0], end - 1, is_signal, pending[1])


def expected(is_signal, row):
    """The rule in cfi_lookup's words, or a pattern of those that would do."""
    cfa, bp, ra = row["CFA"], row.get("rbp", "u"), row["ra"]
    if is_signal:
        return "signal"
    if ra == "u":
        return "end"
    if cfa == "exp":
        return r"complex|cfa=rsp\+\d+ rbp=u|cfa=\[rbp[-+]\d+\] rbp=\[rbp[-+]\d+\]"
    simple_bp = bp == "u" or bp == "s" or re.fullmatch(r"c-\d+", bp)
    if not re.fullmatch(r"r[sb]p\+\d+", cfa) or not simple_bp or ra != "c-8":
        return "complex"
    if "rsp" in row and row["rsp"] not in ("u", "s"):
        return "complex"
    return re.escape(f"cfa={cfa} rbp={'u' if bp == 's' else bp}")


def main():
    lookup, path = sys.argv[1:]
    questions = []
    for first, last, is_signal, row in rows(path):
        rule = expected(is_signal, row)
        questions.append((first, rule))
        if last > first:
            questions.append((last, rule))
    asked = "".join(f"{address:x}\n" for address, _ in questions)
    answers = subprocess.run([lookup, path], input=asked, capture_output=True, text=True, check=True)
    lines = answers.stdout.splitlines()
    wrong = 0
    for (address, rule), line in zip(questions, lines, strict=True):
        said = line.split(" ", 1)[1]
        if not re.fullmatch(rule, said):
            wrong += 1
            if wrong <= 10:
                print(f"{path} {address:x}: readelf {rule}, cfi.c {said}")
    if len(questions) < 10:
        print(f"{path}: only {len(questions)} rows")
    print(f"{path}: {len(questions)} rules, {wrong} differ")
    return 1 if wrong or len(questions) < 10 else 0


sys.exit(main())

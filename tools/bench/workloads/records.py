"""Parses JSON records, rewrites them with regular expressions, and writes them again.

Usage: python3 records.py RECORDS.json ROUNDS
"""

import json
import re
import sys

NUMBER = re.compile(r"\d+")
WORD = re.compile(r"([a-z]+)-([a-z]+)")


def rewrite(record):
    text = WORD.sub(lambda match: match.group(2) + "_" + match.group(1), record["text"])
    return {
        **record,
        "text": text,
        "numbers": [int(number) for number in NUMBER.findall(record["code"])],
        "words": sorted(set(text.split())),
    }


def main(path, rounds):
    with open(path, encoding="utf-8") as file:
        document = file.read()
    size_bytes = 0
    for _ in range(rounds):
        records = json.loads(document)
        size_bytes += len(json.dumps([rewrite(record) for record in records]))
    print(len(records), size_bytes)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

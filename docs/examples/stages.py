"""Trains a model on chunks of rows, in phases. Cleaning keeps what it has cleaned; `stages.py fixed` does not."""

import random
import sys

import memtrace

CHUNKS, ROWS = 8, 20000
is_fixed = sys.argv[1:] == ["fixed"]
cleaned = []


@memtrace.phase("load")
def load():
    return bytes(random.randrange(256) for _ in range(ROWS)) * 50


@memtrace.phase("clean")
def clean(rows):
    kept = rows.replace(b"\0", b"")
    if not is_fixed:
        cleaned.append(kept)  # "for later"
    return kept


@memtrace.phase("fit")
def fit(model, rows):
    for value in rows[::1000]:
        model[value] += 1
    return model


@memtrace.phase("train")
def train():
    model = [0] * 256
    for _ in range(CHUNKS):
        model = fit(model, clean(load()))
    return model


train()
memtrace.snapshot("trained")

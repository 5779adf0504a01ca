"""Trains a model on a table that is read in chunks, and keeps an account of each stage.

usage: train.py TABLE.csv
"""

import sys

import memtrace
import numpy
import pandas

PARTS = []


def clean(chunk):
    """Rows with a price; the parts are wanted for the statistics at the end."""
    rows = chunk[chunk.price > 0]
    PARTS.append(rows)
    return rows


def features(rows):
    table = pandas.DataFrame({"size": rows["size"], "rooms": rows["rooms"]})
    table["bias"] = 1.0
    return table.to_numpy()


def fit(weights, inputs, prices):
    for _ in range(20):
        error = inputs @ weights - prices
        weights = weights - 1e-5 * inputs.T @ error / len(prices)
    return weights


@memtrace.phase("train")
def train(path):
    weights = numpy.zeros(3)
    for number, chunk in enumerate(pandas.read_csv(path, chunksize=20_000)):
        with memtrace.phase("clean"):
            rows = clean(chunk)
        with memtrace.phase("features"):
            inputs = features(rows)
        with memtrace.phase("fit"):
            weights = fit(weights, inputs, rows["price"].to_numpy())
        del chunk, rows, inputs
        memtrace.snapshot(f"chunk {number}")
    return weights


def make_table(path, rows=400_000):
    random = numpy.random.default_rng(1)
    size, rooms = random.integers(20, 200, rows), random.integers(1, 8, rows)
    price = size * 3.0 + rooms * 10.0
    price[random.random(rows) < 0.1] = 0
    pandas.DataFrame({"size": size, "rooms": rooms, "price": price}).to_csv(path, index=False)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make_table(sys.argv[2])
    else:
        memtrace.snapshot("before")
        print("weights:", numpy.round(train(sys.argv[1]), 3))
        memtrace.snapshot("after")

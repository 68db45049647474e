#!/usr/bin/env python3
"""Mean total variation between two coded tables over all columns, pairs and triples of columns.

    judge.py REAL SIZES [MADE | --floor SEED | --ceiling SEED]

Total variation of a marginal: half the sum over its cells of the absolute difference of shares. --floor judges the real
table resampled with replacement, --ceiling the real table with each column shuffled by itself. Prints one line of JSON.
"""
import itertools
import json
import sys

import numpy as np


def read(path, names):
    with open(path) as file:
        header = file.readline().strip().split(",")
    table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.int64, ndmin=2)
    return [table[:, header.index(name)] for name in names]


def shares(columns, sizes):
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    cells = 1
    for column, size in zip(columns, sizes):
        codes = codes * size + column
        cells *= size
    return np.bincount(codes, minlength=cells) / len(codes)


def variation(real, made, sizes, ways):
    found = []
    for chosen in itertools.combinations(range(len(sizes)), ways):
        own = [sizes[i] for i in chosen]
        a, b = (shares([table[i] for i in chosen], own) for table in (real, made))
        found.append(0.5 * np.abs(a - b).sum())
    return float(np.mean(found))


def main():
    with open(sys.argv[2]) as file:
        sizes = json.load(file)
    names, sizes = list(sizes), list(sizes.values())
    real = read(sys.argv[1], names)
    if sys.argv[3] in ("--floor", "--ceiling"):
        draw = np.random.default_rng(int(sys.argv[4]))
        rows = len(real[0])
        if sys.argv[3] == "--floor":
            chosen = draw.integers(0, rows, rows)
            made = [column[chosen] for column in real]
        else:
            made = [draw.permutation(column) for column in real]
    else:
        made = read(sys.argv[3], names)
        for name, column, size in zip(names, made, sizes):
            if column.min() < 0 or column.max() >= size:
                sys.exit(f"{name}: a value outside the domain")
    print(json.dumps({f"tv{ways}": variation(real, made, sizes, ways) for ways in (1, 2, 3)}))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Shuffles the rows of CSV files and cuts them in two: FOLDER/train.csv and FOLDER/unseen.csv.

    split.py --seed N --target COL FOLDER FILE...

Prints the number of rows in each half. Files may end in .gz; all have the same header.
"""
import argparse
import csv
import gzip
import pathlib
import random
import sys


def read(path):
    """The header and the rows of a file."""
    try:
        opened = gzip.open(path, "rt", newline="") if str(path).endswith(".gz") else open(path, newline="")
        with opened as file:
            reader = csv.reader(file)
            header = next(reader, [])
            rows = [row for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as reason:
        sys.exit(f"{path}: cannot be read: {reason}")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            sys.exit(f"{path}: row {number} has {len(row)} cells under {len(header)} names")
    return header, rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("files", nargs="+")
    asked = parser.parse_args()
    header, rows = read(asked.files[0])
    for path in asked.files[1:]:
        other, more = read(path)
        if other != header:
            sys.exit(f"{path}: another header than {asked.files[0]}")
        rows.extend(more)
    if asked.target not in header:
        sys.exit(f"{asked.files[0]}: no column {asked.target}; it has {', '.join(header)}")
    random.Random(asked.seed).shuffle(rows)
    half = len(rows) // 2
    for name, part in (("train", rows[:half]), ("unseen", rows[half : 2 * half])):
        with open(asked.folder / f"{name}.csv", "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(part)
    print(half)


if __name__ == "__main__":
    main()

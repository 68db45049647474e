#!/usr/bin/env python3
"""Adult as the AIM paper codes it: training and test rows together, 48,842 rows, 14 columns.

    domain.py FOLDER OUT        writes OUT/codes.csv, OUT/sizes.json and OUT/public.toml

column                                   states
age                                85    whole years from 17 to 101
workclass, occupation, native_country  9, 15, 42    their 8, 14 and 41 values in the order of the alphabet, and missing
fnlwgt                            100    bins of equal width from 12,285 to 1,490,400
education_num                      16    1 to 16 (education says the same and is left out)
marital_status, relationship, race, sex, income   7, 6, 5, 2, 2   their values in the order of the alphabet
capital_gain                      100    bins of equal width from 0 to 99,999
capital_loss                      100    bins of equal width from 0 to 4,356
hours_per_week                     99    1 to 99

Bin i of n from low to high holds low + i (high - low) / n <= x < low + (i + 1) (high - low) / n; the last one holds high
as well. All bounds are public: they come from the survey's description, not from the rows that are fitted.

Every generator gets the codes, as whole numbers from 0, and the sizes: public.toml tells Plenish, sizes.json the others.
"""
import csv
import gzip
import json
import pathlib
import sys

# In the order of the paper.
COLUMNS = [
    "age",
    "workclass",
    "fnlwgt",
    "education_num",
    "marital_status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital_gain",
    "capital_loss",
    "hours_per_week",
    "native_country",
    "income",
]
SIZES = [85, 9, 100, 16, 7, 15, 6, 5, 2, 100, 100, 99, 42, 2]
WHOLE = {"age": 17, "education_num": 1, "hours_per_week": 1}
BINNED = {"fnlwgt": (12_285, 1_490_400), "capital_gain": (0, 99_999), "capital_loss": (0, 4_356)}
WITH_MISSING = {"workclass", "occupation", "native_country"}


def read(folder):
    rows = []
    for name in ("adult_train.csv.gz", "adult_test.csv.gz"):
        with gzip.open(pathlib.Path(folder) / name, "rt", newline="") as file:
            rows.extend(csv.DictReader(file))
    return rows


def coded(rows):
    """A list of codes for each column; fails when a value lies outside the domain."""
    out = []
    for column, size in zip(COLUMNS, SIZES):
        cells = [row[column] for row in rows]
        if column in WHOLE:
            codes = [int(float(cell)) - WHOLE[column] for cell in cells]
        elif column in BINNED:
            low, high = BINNED[column]
            codes = [min(size - 1, int((float(cell) - low) * size / (high - low))) for cell in cells]
        else:
            values = sorted({cell for cell in cells if cell})
            place = {value: code for code, value in enumerate(values)}
            if column in WITH_MISSING:
                place[""] = len(values)
            codes = [place[cell] for cell in cells]
        if not all(0 <= code < size for code in codes):
            sys.exit(f"{column}: a code outside 0 to {size - 1}")
        out.append(codes)
    return out


def main():
    folder, out = sys.argv[1], pathlib.Path(sys.argv[2])
    columns = coded(read(folder))
    with open(out / "codes.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(zip(*columns))
    (out / "sizes.json").write_text(json.dumps(dict(zip(COLUMNS, SIZES))))
    sections = [
        f'[columns.{column}]\ntype = "integer"\nmin = 0\nmax = {size - 1}\nbins = {size}\nmissing = false\n'
        for column, size in zip(COLUMNS, SIZES)
    ]
    (out / "public.toml").write_text("\n".join(sections))
    print(len(columns[0]))


if __name__ == "__main__":
    main()

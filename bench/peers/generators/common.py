"""What the scripts of all peers share: arguments, reading, timing, the answer."""
import argparse
import json
import time
from importlib import metadata

import pandas as pd

MISSING = "(missing)"


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--method", required=True)
    parser.add_argument("--train", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--result", required=True)
    parser.add_argument("--target", required=True)
    parser.add_argument("--task", required=True, choices=["class", "reg"])
    parser.add_argument("--seed", type=int, required=True)
    return parser.parse_args()


def read(asked):
    """The training table, its target as text if it names classes."""
    frame = pd.read_csv(asked.train, low_memory=False)
    for name in frame:
        if frame[name].dtype == bool or (name == asked.target and asked.task == "class"):
            frame[name] = frame[name].astype(str)
    return frame


def text_columns(frame):
    return [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]


def with_category_for_missing(frame):
    """The table for tools that take no missing text: it gets a category, which `run` undoes."""
    frame = frame.copy()
    for name in text_columns(frame):
        frame[name] = frame[name].astype(object).where(frame[name].notna(), MISSING).astype(str)
    return frame


def without_missing_numbers(frame):
    """Ends with an answer for tools that take no missing numbers either."""
    numbers = [name for name in frame if name not in text_columns(frame) and frame[name].isna().any()]
    if numbers:
        raise SystemExit(f"takes no missing numbers: {', '.join(numbers)}")


def run(asked, packages, fit, sample):
    """Times `fit(frame)` and `sample(model, rows)`, and writes the rows and the answer."""
    frame = read(asked)
    start = time.perf_counter()
    model = fit(frame)
    fitted = time.perf_counter()
    rows = sample(model, len(frame))
    sampled = time.perf_counter()
    rows = rows[list(frame)]
    rows.replace(MISSING, None).to_csv(asked.output, index=False)
    answer = {
        "fit_seconds": fitted - start,
        "sample_seconds": sampled - fitted,
        "versions": {name: metadata.version(name) for name in packages},
    }
    with open(asked.result, "w") as file:
        json.dump(answer, file)

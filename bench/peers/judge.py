#!/usr/bin/env python3
"""Scores a synthetic table with public metric code: SDMetrics, XGBoost, scikit-learn.

    judge.py --train A.csv --unseen B.csv --synthetic S.csv --target COL [--task class|reg] --json OUT
    judge.py --train A.csv --unseen B.csv --target COL [--task class|reg] --json OUT

A is what the generator learned from, B as many real rows that it never saw. Without --synthetic the
unseen rows take its place: what real rows score, the most that a generator can honestly reach.

  c2st_train, c2st_unseen  two-sample test with boosted trees, 3-fold: 2 (1 - AUC), at most 1; 1 = cannot be told apart
  shape_error, trend_error 100 (1 - score) of SDMetrics' Column Shapes and Column Pair Trends, against A
  mle                      boosted trees learned from S, tested on B: ROC AUC (mean over classes), or RMSE
  nearer                   share of synthetic rows nearer to a row of A than to any of B; 0.5 = no memory of A
  copies, copies_unseen    % of synthetic rows equal to a row of A, and of B
"""
import argparse
import json
import sys
import warnings

import numpy as np
import pandas as pd
import sdmetrics
import sklearn
import xgboost
from sdmetrics.reports.single_table import QualityReport
from sklearn.metrics import roc_auc_score, root_mean_squared_error
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import NearestNeighbors
from xgboost import XGBClassifier, XGBRegressor

MISSING = "(missing)"
# Rows whose neighbours are looked for: 3,000 tell a share to within 0.009.
NEAREST_SAMPLE = 3000


class Tables:
    """Tables with the columns and types of the first; missing text is a category."""

    def __init__(self, frames, target, task):
        first = frames["train"]
        is_class = task == "class"
        self.numbers = [
            c
            for c in first
            if pd.api.types.is_numeric_dtype(first[c]) and first[c].dtype != bool and not (is_class and c == target)
        ]
        self.texts = [c for c in first if c not in self.numbers]
        self.frames = {name: self.align(name, frame, list(first)) for name, frame in frames.items()}

    def align(self, name, frame, columns):
        absent = [c for c in columns if c not in frame]
        if absent:
            sys.exit(f"{name} lacks the columns {', '.join(absent)}")
        frame = frame[columns].reset_index(drop=True)
        out = {}
        for c in columns:
            cells = frame[c]
            if c in self.numbers:
                out[c] = pd.to_numeric(cells, errors="coerce").astype(float)
            else:
                if pd.api.types.is_numeric_dtype(cells) and cells.dtype != bool:
                    cells = cells.map(lambda v: None if pd.isna(v) else f"{v:g}")
                out[c] = cells.astype(object).where(cells.notna(), MISSING).astype(str)
        return pd.DataFrame(out)

    def __getitem__(self, name):
        return self.frames[name]

    def wide(self, frames, leave_out=()):
        """Matrices of numbers and one column a category, the same columns for all `frames`."""
        numbers = [c for c in self.numbers if c not in leave_out]
        texts = [c for c in self.texts if c not in leave_out]
        together = pd.concat(frames, ignore_index=True)
        parts = [together[numbers].to_numpy(np.float32)]
        if texts:
            parts.append(pd.get_dummies(together[texts], dtype=np.float32).to_numpy())
        ends = np.cumsum([len(f) for f in frames])
        return np.split(np.hstack(parts), ends[:-1])


def shapes_and_trends(tables, real, synthetic):
    kinds = {c: {"sdtype": "numerical" if c in tables.numbers else "categorical"} for c in tables[real]}
    report = QualityReport()
    report.generate(tables[real], tables[synthetic], {"columns": kinds}, verbose=False)
    scores = dict(report.get_properties().set_index("Property")["Score"])
    return 100 * (1 - scores["Column Shapes"]), 100 * (1 - scores["Column Pair Trends"])


def c2st(tables, real, synthetic):
    rows = min(len(tables[real]), len(tables[synthetic]))
    a, b = tables.wide([tables[name].sample(rows, random_state=0) for name in (real, synthetic)])
    x, y = np.vstack([a, b]), np.repeat([0, 1], rows)
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    model = XGBClassifier(eval_metric="logloss", random_state=0)
    p = cross_val_predict(model, x, y, cv=folds, method="predict_proba")[:, 1]
    return min(1.0, 2 * (1 - roc_auc_score(y, p)))


def mle(tables, learn_from, test_on, target, task):
    """Of eight settings the one that is best on a ninth of the rows learned from."""
    learn, test = tables[learn_from], tables[test_on]
    if task == "class":
        classes = sorted(set(learn[target]))
        test = test[test[target].isin(classes)]
        if len(classes) < 2:
            return None
        codes = {name: code for code, name in enumerate(classes)}
        y, wanted = learn[target].map(codes).to_numpy(), test[target].map(codes).to_numpy()
    else:
        learn, test = learn[learn[target].notna()], test[test[target].notna()]
        y, wanted = learn[target].to_numpy(), test[target].to_numpy()
    x, x_test = tables.wide([learn, test], leave_out=(target,))
    held = np.random.default_rng(0).random(len(x)) < 1 / 9

    def score(model, x, y):
        if task == "reg":
            return -root_mean_squared_error(y, model.predict(x))
        p = model.predict_proba(x)
        if p.shape[1] == 2:
            return roc_auc_score(y, p[:, 1])
        areas = [roc_auc_score(y == k, p[:, k]) for k in range(p.shape[1]) if 0 < (y == k).sum() < len(y)]
        return float(np.mean(areas))

    best = None
    for depth in (5, 10):
        for trees in (50, 100):
            for weight in (1, 10):
                kind = XGBClassifier if task == "class" else XGBRegressor
                model = kind(n_estimators=trees, max_depth=depth, min_child_weight=weight, random_state=0)
                model.fit(x[~held], y[~held])
                found = score(model, x[held], y[held])
                if best is None or found > best[0]:
                    best = (found, model)
    return abs(score(best[1], x_test, wanted))


def nearer(tables, synthetic):
    """Manhattan distance; numbers in units of their range, a differing category counts 1."""
    train, unseen = tables["train"], tables["unseen"]
    rows = min(len(train), len(unseen))
    asked = tables[synthetic].sample(min(NEAREST_SAMPLE, len(tables[synthetic])), random_state=0)
    frames = [train.sample(rows, random_state=0), unseen.sample(rows, random_state=0), asked]
    matrices = tables.wide(frames)
    width = len(tables.numbers)
    low = train[tables.numbers].min().to_numpy()
    span = train[tables.numbers].max().to_numpy() - low
    span[~(span > 0)] = 1
    for m in matrices:
        m[:, :width] = np.nan_to_num((m[:, :width] - low) / span, nan=-1)
        m[:, width:] /= 2

    def distances(among):
        search = NearestNeighbors(n_neighbors=1, algorithm="brute", metric="manhattan").fit(among)
        return search.kneighbors(matrices[2])[0].ravel()

    a, b = distances(matrices[0]), distances(matrices[1])
    same = np.abs(a - b) <= 1e-9
    return float(np.mean(np.where(same, 0.5, a < b)))


def copies(tables, real, synthetic):
    known = set(pd.util.hash_pandas_object(tables[real], index=False))
    return 100 * float(pd.util.hash_pandas_object(tables[synthetic], index=False).isin(known).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", required=True)
    parser.add_argument("--unseen", required=True)
    parser.add_argument("--synthetic")
    parser.add_argument("--target", required=True)
    parser.add_argument("--task", default="class", choices=["class", "reg"])
    parser.add_argument("--json", required=True)
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    paths = {"train": asked.train, "unseen": asked.unseen}
    if asked.synthetic:
        paths["synthetic"] = asked.synthetic
    tables = Tables({n: pd.read_csv(p, low_memory=False) for n, p in paths.items()}, asked.target, asked.task)
    judged = "synthetic" if asked.synthetic else "unseen"
    result = {"rows": len(tables[judged])}
    result["c2st_train"] = c2st(tables, "train", judged)
    if asked.synthetic:
        result["c2st_unseen"] = c2st(tables, "unseen", judged)
        result["nearer"] = nearer(tables, judged)
        result["copies_unseen"] = copies(tables, "unseen", judged)
    result["shape_error"], result["trend_error"] = shapes_and_trends(tables, "train", judged)
    result["mle"] = mle(tables, "synthetic" if asked.synthetic else "train", "unseen", asked.target, asked.task)
    result["copies"] = copies(tables, "train", judged)
    result["versions"] = {m.__name__: m.__version__ for m in (sdmetrics, xgboost, sklearn)}
    with open(asked.json, "w") as file:
        json.dump(result, file, indent=1)


if __name__ == "__main__":
    main()

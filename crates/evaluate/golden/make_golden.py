#!/usr/bin/env python3
"""Writes the golden files of this folder: what SDMetrics 0.32.0, scikit-learn 1.9.1 and fairlearn
0.15.0 say about small made-up data. Run it in this folder, with these versions installed.

    python make_golden.py

The output depends on nothing but the versions; tests read it and must agree.
"""
import json
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")

TYPES = {
    "age": "integer", "income": "real", "ratio": "real", "fine": "real", "fixed": "integer",
    "sparse": "integer", "flag": "boolean", "job": "text", "city": "text", "day": "date", "at": "timestamp",
}
SDTYPES = {
    "integer": "numerical", "real": "numerical", "boolean": "boolean", "text": "categorical",
    "date": "datetime", "timestamp": "datetime",
}


def make(rows, seed):
    """A table with related columns, missing values and a constant."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, rows)
    income = np.round(age * 310.5 + rng.normal(0, 3000, rows), 2)
    job = np.array(["clerk", "farmer", "smith", "miller"])[np.clip(age // 20 - 1 + rng.integers(0, 2, rows), 0, 3)].astype(object)
    city = np.where(rng.random(rows) < 0.7, job, "village").astype(object)
    city[rng.random(rows) < 0.15] = None
    flag = (income > 16000).astype(object)
    flag[rng.random(rows) < 0.1] = None
    ratio = np.round(rng.gamma(2, 1, rows), 4)
    ratio[rng.random(rows) < 0.2] = np.nan
    sparse = age.astype(float) * 2
    sparse[rng.random(rows) < 0.4] = np.nan
    day = (9000 + age * 30 + rng.integers(-200, 200, rows)).astype(float)
    at = 1_600_000_000_000_000 + age.astype(float) * 86_400_000_000 + rng.integers(0, 10**11, rows)
    at[rng.random(rows) < 0.1] = np.nan
    return pd.DataFrame({
        "age": age, "income": income, "ratio": ratio, "fine": np.round(rng.integers(0, 40, rows) * 3e-15, 16),
        "fixed": np.full(rows, 7), "sparse": sparse, "flag": flag, "job": job, "city": city, "day": day, "at": at,
    })


def cases(real):
    """Synthetic tables: near ones, and ones with every kind of fault."""
    rng = np.random.default_rng(99)
    yield "fresh draw", make(140, 2)
    yield "the real rows", real.copy()
    yield "shuffled columns", pd.DataFrame({c: real[c].to_numpy()[rng.permutation(len(real))] for c in real})
    gone = make(150, 3)
    for c in ("ratio", "flag", "city", "at", "sparse"):
        gone[c] = gone[c].ffill().bfill()
    yield "missing values gone", gone
    holes = make(90, 4)
    for c in ("age", "income", "job", "day"):
        holes[c] = holes[c].astype(object).where(rng.random(90) > 0.3, None)
    yield "more missing values", holes
    new = make(120, 5)
    new.loc[::7, "job"] = "astronaut"
    new.loc[::11, "city"] = "moon"
    new.loc[::5, "age"] = 900
    new["income"] = new["income"] + 1000
    yield "new values", new
    flat = make(100, 6)
    flat["income"] = 1.5
    flat["flag"] = True
    flat["ratio"] = np.nan
    flat["city"] = None
    flat["fixed"] = rng.integers(0, 3, 100)
    yield "constant and empty columns", flat


def frame(table):
    """The table as SDMetrics wants it."""
    out = table.copy()
    out["day"] = pd.to_datetime(table["day"].astype(float), unit="D")
    out["at"] = pd.to_datetime(pd.array(table["at"].astype(float)).astype("Int64"), unit="us")
    for c in ("age", "income", "ratio", "fine", "fixed", "sparse"):
        out[c] = pd.to_numeric(out[c])
    return out


def plain(series, kind):
    """Cells for JSON; missing ones are null."""
    convert = {"integer": int, "real": float, "boolean": bool, "text": str, "date": int, "timestamp": int}[kind]
    return [None if pd.isna(v) else convert(v) for v in series]


def number(value):
    return None if pd.isna(value) else float(value)


def sdmetrics_cases():
    from sdmetrics.reports.single_table import QualityReport

    metadata = {"columns": {c: {"sdtype": SDTYPES[t]} for c, t in TYPES.items()}}
    real = make(160, 1)
    out = {"types": TYPES, "real": {c: plain(real[c], t) for c, t in TYPES.items()}, "cases": []}
    for name, synthetic in cases(real):
        report = QualityReport()
        report.generate(frame(real), frame(synthetic), metadata, verbose=False)
        properties = report.get_properties().set_index("Property")["Score"]
        shapes, pairs = report.get_details("Column Shapes"), report.get_details("Column Pair Trends")
        # A pair that does not meet the threshold has no score.
        out["cases"].append({
            "name": name,
            "synthetic": {c: plain(synthetic[c], t) for c, t in TYPES.items()},
            "shapes": number(properties["Column Shapes"]),
            "pairs": number(properties["Column Pair Trends"]),
            "columns": [number(v) for v in shapes["Score"]],
            "column_pairs": [number(v) for v in pairs["Score"]],
        })
    return out


def metric_cases():
    from fairlearn.metrics import selection_rate, true_positive_rate
    from scipy.stats import rankdata
    from sklearn.metrics import (accuracy_score, brier_score_loss, log_loss, r2_score, roc_auc_score,
                                 root_mean_squared_error)

    rng = np.random.default_rng(5)
    n = 120
    y = rng.random(n) < 0.3
    p = np.round(np.clip(rng.beta(2, 4, n) + 0.2 * y, 0, 1), 2)
    p[:3] = [0.0, 1.0, 0.0]
    y[:3] = [True, False, False]
    w = np.round(rng.random(n) * 3, 2)
    binary = {"labels": y.tolist(), "probabilities": p.tolist(), "weights": w.tolist()}
    for name, sw in (("plain", None), ("weighted", w)):
        binary[name] = {
            "roc_auc": roc_auc_score(y, p, sample_weight=sw),
            "log_loss": log_loss(y, p, sample_weight=sw),
            "brier": brier_score_loss(y, p, sample_weight=sw),
            "accuracy": accuracy_score(y, p >= 0.4, sample_weight=sw),
            "selection_rate": float(selection_rate(y, p >= 0.4, sample_weight=sw)),
            "recall": float(true_positive_rate(y, p >= 0.4, sample_weight=sw)),
        }
    # Neither library has this one: the definition, written with array operations.
    bins = np.minimum(((rankdata(p) - 0.5) / n * 15).astype(int), 14)
    binary["calibration_error"] = float(sum(abs((p - y)[bins == b].sum()) for b in range(15)) / n)

    labels = rng.integers(0, 3, n)
    proba = rng.dirichlet([1, 1, 1], n) * 0.6 + np.eye(3)[labels] * 0.4
    proba[0] = [1, 0, 0]
    labels[0] = 1
    several = {
        "labels": labels.tolist(), "probabilities": proba.ravel().tolist(), "weights": w.tolist(),
        "roc_auc": roc_auc_score(labels, proba, multi_class="ovr", average="macro"),
        "roc_auc_weighted": roc_auc_score(labels, proba, multi_class="ovr", average="macro", sample_weight=w),
        "log_loss": log_loss(labels, proba), "log_loss_weighted": log_loss(labels, proba, sample_weight=w),
        "brier": brier_score_loss(labels, proba), "brier_weighted": brier_score_loss(labels, proba, sample_weight=w),
    }

    t = np.round(rng.normal(0, 10, n), 3)
    q = np.round(t + rng.normal(0, 4, n), 3)
    regression = {
        "targets": t.tolist(), "predictions": q.tolist(), "weights": w.tolist(),
        "rmse": root_mean_squared_error(t, q), "rmse_weighted": root_mean_squared_error(t, q, sample_weight=w),
        "r2": r2_score(t, q), "r2_weighted": r2_score(t, q, sample_weight=w),
    }
    return {"binary": binary, "several": several, "regression": regression}


def logistic_cases():
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    out = []
    rng = np.random.default_rng(8)
    for classes, l2, weighted in ((2, 1.0, False), (2, 0.05, True), (3, 1.0, False), (4, 0.2, True)):
        n = 130
        x = np.column_stack([rng.normal(50, 12, n), rng.integers(0, 2, n), rng.gamma(2, 1000, n), np.full(n, 3.0)])
        x = np.round(x, 3)
        score = (x[:, 0] - 50) / 12 + x[:, 1] + rng.logistic(0, 1, n)
        y = np.digitize(score, np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1]))
        w = np.round(rng.random(n) * 2, 2) if weighted else None
        z = StandardScaler().fit(x, sample_weight=w).transform(x)
        model = LogisticRegression(C=1 / l2, tol=1e-12, max_iter=100_000, solver="lbfgs").fit(z, y, sample_weight=w)
        p = model.predict_proba(z)
        out.append({
            "classes": classes, "l2": l2, "columns": 4, "values": x.ravel().tolist(), "target": y.tolist(),
            "weights": None if w is None else w.tolist(),
            "probabilities": (p[:, 1] if classes == 2 else p.ravel()).tolist(),
        })
    return out


def write(name, value):
    with open(name, "w") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    import fairlearn
    import sdmetrics
    import sklearn

    versions = (sdmetrics.__version__, sklearn.__version__, fairlearn.__version__)
    if versions != ("0.32.0", "1.9.1", "0.15.0"):
        raise SystemExit(f"make_golden: other versions would give other definitions: {versions}")
    write("sdmetrics.json", sdmetrics_cases())
    write("metrics.json", metric_cases())
    write("logistic.json", logistic_cases())

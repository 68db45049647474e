#!/usr/bin/env python3
"""Plenish's learners beside LightGBM and scikit-learn on the same splits: one table.

    pip install -r bench/learners.requirements.txt
    bench/learners.py                            Adult, Magic and German credit
    bench/learners.py --datasets magic --splits 10

Each table is split at random, two thirds to learn from; everybody gets the same splits and has the
defaults of its makers. Seconds are processor time from a table in memory to a fitted model and to
predictions, binning and coding included, on --threads threads; the median over the splits. The area
under the ROC curve is the mean. Reading files and starting Python are left out.
"""
import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ADULT = ROOT / "examples/adult/data"
DATASETS = {
    "adult": ([ADULT / "adult_train.csv.gz", ADULT / "adult_test.csv.gz"], "income", 5),
    "magic": ([ROOT / "bench/data/magic.csv.gz"], "class", 5),
    "german_credit": ([ROOT / "examples/german_credit/data/german_credit.csv.gz"], "credit_risk", 30),
}
OURS = {"boosted": "Plenish boosted trees", "forest": "Plenish forest", "logistic": "Plenish logistic"}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", default=",".join(DATASETS), help="which tables, with commas")
    parser.add_argument("--splits", type=int, help="splits of each table (5; 30 of German credit)")
    parser.add_argument("--threads", type=int, default=1, help="threads of each learner (1)")
    return parser.parse_args()


def peers(threads):
    """Name, makers' model, and how it wants categories: 'category', 'ordinal' or 'one-hot'."""
    import lightgbm
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    yield "LightGBM", lambda: lightgbm.LGBMClassifier(n_jobs=threads, verbose=-1), "category"
    yield (
        "scikit-learn HistGradientBoosting",
        lambda: HistGradientBoostingClassifier(categorical_features="from_dtype", early_stopping=False),
        "category",
    )
    yield "scikit-learn RandomForest", lambda: RandomForestClassifier(n_jobs=threads, random_state=1), "ordinal"
    yield (
        "scikit-learn RandomForest, leaves of 3",
        lambda: RandomForestClassifier(n_jobs=threads, random_state=1, min_samples_leaf=3),
        "ordinal",
    )
    yield "scikit-learn LogisticRegression", lambda: LogisticRegression(max_iter=10_000), "one-hot"


def coded(frame, form):
    """A function from rows (a boolean a row) to the features of both parts, as a model wants them."""
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    texts = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name])]
    if form == "category":
        frame = frame.astype({name: "category" for name in texts})
        return lambda rows: (frame[rows], frame[~rows])

    def both(rows):
        if form == "ordinal":
            coder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        else:
            coder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        transform = ColumnTransformer([("texts", coder, texts)], remainder="passthrough")
        if form == "one-hot":
            transform = make_pipeline(transform, StandardScaler())
        return transform.fit_transform(frame[rows]), transform.transform(frame[~rows])

    return both


def theirs(name, make, form, frame, label, splits):
    from sklearn.metrics import roc_auc_score

    code = coded(frame, form)
    for number, rows in enumerate(splits):
        start = time.process_time()
        train, test = code(rows)
        model = make().fit(train, label[rows])
        middle = time.process_time()
        p = model.predict_proba(test)[:, 1]
        done = time.process_time()
        auc = roc_auc_score(label[~rows], p)
        yield {"learner": name, "split": number, "auc": auc, "fit": middle - start, "predict": done - middle}


def ours(program, frame, target, splits, threads):
    with tempfile.TemporaryDirectory() as folder:
        table, parts = pathlib.Path(folder, "table.csv"), pathlib.Path(folder, "parts")
        frame.to_csv(table, index=False)
        parts.write_text("".join("".join("01"[int(r)] for r in rows) + "\n" for rows in splits))
        out = subprocess.run(
            [program, table, target, parts, *OURS],
            check=True,
            capture_output=True,
            text=True,
            env=dict(os.environ, RAYON_NUM_THREADS=str(threads)),
        ).stdout
    for line in out.splitlines():
        result = json.loads(line)
        yield dict(result, learner=OURS[result["learner"]])


def built():
    """The program that runs Plenish's learners."""
    command = ["cargo", "build", "--release", "-p", "plenish-learn", "--example", "learners"]
    subprocess.run([*command, "--quiet"], check=True, cwd=ROOT)
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    return pathlib.Path(target, "release/examples/learners")


def main():
    asked = parsed()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(asked.threads)
    import numpy as np
    import pandas as pd

    program = built()
    print(f"{'table':15}{'learner':40}{'ROC AUC':>9}{'fit CPU s':>11}{'predict CPU s':>15}")
    for name in asked.datasets.split(","):
        files, target, usual = DATASETS[name]
        frame = pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
        label = (frame[target] == frame[target].value_counts().index[-1]).to_numpy().astype(int)
        count = asked.splits or usual
        splits = [np.random.default_rng(i).random(len(frame)) < 2 / 3 for i in range(count)]
        results = list(ours(program, frame, target, splits, asked.threads))
        features = frame.drop(columns=target)
        for peer, make, form in peers(asked.threads):
            results += theirs(peer, make, form, features, label, splits)
        for learner in dict.fromkeys(r["learner"] for r in results):
            of = [r for r in results if r["learner"] == learner]
            auc = np.mean([r["auc"] for r in of])
            fit, predict = (np.median([r[key] for r in of]) for key in ("fit", "predict"))
            print(f"{name:15}{learner:40}{auc:9.4f}{fit:11.3f}{predict:15.3f}", flush=True)


if __name__ == "__main__":
    main()

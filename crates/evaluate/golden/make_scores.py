#!/usr/bin/env python3
"""Writes scores.json and fairness.json of this folder: what scikit-learn 1.9.1 and fairlearn 0.15.0
say about small made-up predictions. Run it in this folder, with these versions installed.

    python make_scores.py

The output depends on nothing but the versions; tests read it and must agree.
"""
import json
import warnings

import numpy as np

warnings.filterwarnings("ignore")

ROWS = 300
THRESHOLD = 0.4


def predictions(seed):
    """Labels, probabilities with many ties, weights with zeros."""
    rng = np.random.default_rng(seed)
    y = rng.random(ROWS) < 0.35
    p = np.round(np.clip(rng.beta(2, 3, ROWS) + 0.2 * y, 0, 1), 2)
    p[:3] = [0.0, 1.0, 0.0]
    y[:3] = [True, False, False]
    w = np.round(rng.gamma(1.5, 1, ROWS), 2)
    w[::17] = 0
    return y, p, w


def platt(y, p, w):
    """Platt's targets as weighted rows of both classes, and no penalty: his likelihood exactly."""
    from sklearn.linear_model import LogisticRegression

    w = np.ones(ROWS) if w is None else w
    positives, negatives = w[y].sum(), w[~y].sum()
    target = np.where(y, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    x = np.concatenate([p, p])[:, None]
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-14, max_iter=1000)
    model.fit(x, np.repeat([1, 0], ROWS), sample_weight=np.concatenate([w * target, w * (1 - target)]))
    return {"slope": float(model.coef_[0, 0]), "intercept": float(model.intercept_[0])}


def scores():
    from sklearn.calibration import calibration_curve
    from sklearn.isotonic import IsotonicRegression
    from sklearn.metrics import (average_precision_score, balanced_accuracy_score, brier_score_loss, f1_score, log_loss,
                                 matthews_corrcoef, precision_score, recall_score, roc_auc_score)

    y, p, w = predictions(21)
    at = [-0.5, 0.0, 0.015, 0.3, 0.333, 0.5, 0.777, 1.0, 2.0]
    out = {"labels": y.tolist(), "probabilities": p.tolist(), "weights": w.tolist(), "threshold": THRESHOLD, "at": at}
    for name, sw in (("plain", None), ("weighted", w)):
        positive = p >= THRESHOLD
        isotonic = IsotonicRegression(out_of_bounds="clip").fit(p, y.astype(float), sample_weight=sw)
        out[name] = {
            "roc_auc": roc_auc_score(y, p, sample_weight=sw),
            "average_precision": average_precision_score(y, p, sample_weight=sw),
            "log_loss": log_loss(y, p, sample_weight=sw),
            "brier": brier_score_loss(y, p, sample_weight=sw),
            "precision": precision_score(y, positive, sample_weight=sw),
            "recall": recall_score(y, positive, sample_weight=sw),
            "specificity": recall_score(~y, ~positive, sample_weight=sw),
            "f1": f1_score(y, positive, sample_weight=sw),
            "balanced_accuracy": balanced_accuracy_score(y, positive, sample_weight=sw),
            "matthews": matthews_corrcoef(y, positive, sample_weight=sw),
            "isotonic": isotonic.predict(at).tolist(),
            "platt": platt(y, p, sw),
        }
    # Quantile bins are comparable without ties and weights, where all bins have the same number of rows.
    rng = np.random.default_rng(4)
    q = rng.permutation(np.round((np.arange(ROWS) + 0.5) / ROWS, 4))
    z = rng.random(ROWS) < q ** 1.5
    observed, predicted = calibration_curve(z, q, n_bins=10, strategy="quantile")
    out["curve"] = {"labels": z.tolist(), "probabilities": q.tolist(), "observed": observed.tolist(),
                    "predicted": predicted.tolist()}
    # Neither library has this one: the definition, written with array operations.
    bins = np.argsort(np.argsort(q)) // 30
    squared = sum(
        len(z[bins == b]) / ROWS
        * ((q[bins == b].mean() - z[bins == b].mean()) ** 2 - z[bins == b].var(ddof=1) / len(z[bins == b]))
        for b in range(10)
    )
    out["curve"]["debiased_squared"] = float(squared)
    return out


def fairness():
    from fairlearn.metrics import (MetricFrame, demographic_parity_difference, demographic_parity_ratio,
                                   equal_opportunity_difference, equal_opportunity_ratio, equalized_odds_difference,
                                   equalized_odds_ratio, false_positive_rate, selection_rate, true_positive_rate)
    from sklearn.metrics import accuracy_score, brier_score_loss, precision_score, roc_auc_score

    y, p, w = predictions(33)
    rng = np.random.default_rng(34)
    sex = np.where(rng.random(ROWS) < 0.4, "f", "m")
    race = np.array(["a", "b", "c", "(missing)"])[rng.choice(4, ROWS, p=[0.5, 0.3, 0.12, 0.08])]
    p = np.round(np.clip(p + 0.1 * (sex == "m") * (race != "b"), 0, 1), 2)
    both = np.array([f"{s} & {r}" for s, r in zip(sex, race)])
    positive = p >= THRESHOLD
    out = {"labels": y.tolist(), "probabilities": p.tolist(), "weights": w.tolist(), "threshold": THRESHOLD,
           "sex": sex.tolist(), "race": [None if r == "(missing)" else r for r in race], "families": {}}
    by_label = {"selection_rate": selection_rate, "recall": true_positive_rate,
                "false_positive_rate": false_positive_rate, "precision": precision_score, "accuracy": accuracy_score}
    by_score = {"roc_auc": roc_auc_score, "brier": brier_score_loss}
    gaps = {"demographic_parity_difference": demographic_parity_difference,
            "demographic_parity_ratio": demographic_parity_ratio,
            "equalized_odds_difference": equalized_odds_difference, "equalized_odds_ratio": equalized_odds_ratio,
            "equal_opportunity_difference": equal_opportunity_difference,
            "equal_opportunity_ratio": equal_opportunity_ratio}
    for name, groups in (("sex", sex), ("race", race), ("sex & race", both)):
        for weighting, sw in (("plain", None), ("weighted", w)):
            frames = []
            for metrics, predicted in ((by_label, positive), (by_score, p)):
                params = None if sw is None else {m: {"sample_weight": sw} for m in metrics}
                frames.append(MetricFrame(metrics=metrics, y_true=y, y_pred=predicted, sensitive_features=groups,
                                          sample_params=params))
            values = {group: {m: float(f.by_group[m][group]) for f in frames for m in f.by_group.columns}
                      for group in np.unique(groups)}
            labelled, scored = frames
            out["families"].setdefault(name, {})[weighting] = {
                "groups": values,
                "gaps": {
                    **{g: float(f(y, positive, sensitive_features=groups, sample_weight=sw)) for g, f in gaps.items()},
                    "predictive_parity_difference": float(labelled.difference()["precision"]),
                    "predictive_parity_ratio": float(labelled.ratio()["precision"]),
                    "accuracy_difference": float(labelled.difference()["accuracy"]),
                    "worst_group_accuracy": float(labelled.group_min()["accuracy"]),
                    "worst_group_roc_auc": float(scored.group_min()["roc_auc"]),
                },
            }
    return out


def write(name, value):
    with open(name, "w") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    import fairlearn
    import sklearn

    versions = (sklearn.__version__, fairlearn.__version__)
    if versions != ("1.9.1", "0.15.0"):
        raise SystemExit(f"make_scores: other versions would give other definitions: {versions}")
    write("scores.json", scores())
    write("fairness.json", fairness())

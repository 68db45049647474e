"""Writes associations.json: what numpy and SciPy give for the associations of plenish-profile.

Run in this folder, with numpy and SciPy: python make_golden.py
"""

import json

import numpy as np
from scipy import stats
from scipy.stats.contingency import association, crosstab

rng = np.random.default_rng(20)


def cramers_v(a, b):
    """Bergsma (2013), from SciPy's chi-square."""
    counts = crosstab(a, b).count
    n, (r, c) = counts.sum(), counts.shape
    phi2 = stats.chi2_contingency(counts, correction=False).statistic / n
    # SciPy's own V, which has no bias correction, fixes the meaning of phi2.
    assert abs(association(counts, "cramer") - np.sqrt(phi2 / (min(r, c) - 1))) < 1e-12
    phi2 = max(0.0, phi2 - (r - 1) * (c - 1) / (n - 1))
    r, c = r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)
    return float(np.sqrt(phi2 / (min(r, c) - 1)))


def correlation_ratio(groups, numbers):
    """Kelley's epsilon squared of the ranks, its square root."""
    ranks = stats.rankdata(numbers)
    total = ((ranks - ranks.mean()) ** 2).sum()
    within = sum(((ranks[groups == g] - ranks[groups == g].mean()) ** 2).sum() for g in np.unique(groups))
    n, k = len(ranks), len(np.unique(groups))
    # Ranks between the groups are what Kruskal and Wallis test.
    h = stats.kruskal(*(numbers[groups == g] for g in np.unique(groups))).statistic
    assert abs(h / (n - 1) - (1 - within / total)) < 1e-12
    return float(np.sqrt(max(0.0, 1 - (within / (n - k)) / (total / (n - 1)))))


def cases(count, make):
    return [make(i) for i in range(count)]


def categories(i):
    n = [400, 60, 300, 25][i]
    a = rng.integers(0, [2, 5, 9, 4][i], n)
    b = np.where(rng.random(n) < [0.5, 0.2, 0.0, 0.9][i], a % 4, rng.integers(0, 6, n))
    return {"a": a.tolist(), "b": b.tolist(), "value": cramers_v(a, b)}


def mixed(i):
    n = [400, 60, 300, 25][i]
    a = rng.integers(0, [2, 5, 9, 4][i], n)
    b = np.minimum(rng.poisson(3 + [1.0, 0.5, 0.0, 4.0][i] * a), 19)
    return {"a": a.tolist(), "b": b.tolist(), "value": correlation_ratio(a, b)}


def numbers(i):
    n = [400, 60, 300, 25][i]
    a = rng.poisson(4, n) - 3
    b = np.round(np.clip([0.5, -1.0, 0.0, 2.0][i] * a + rng.normal(0, 2, n), -9, 9))
    return {"a": a.tolist(), "b": b.tolist(), "value": float(stats.spearmanr(a, b).statistic)}


def untied(i):
    n = 1000
    a = rng.normal(0, 1, n)
    b = np.round(np.exp([0.3, -1.0, 0.0, 3.0][i] * a + rng.normal(0, 1, n)), 9)
    a = np.round(a, 9)
    return {"a": a.tolist(), "b": b.tolist(), "value": float(stats.spearmanr(a, b).statistic)}


golden = {
    "cramers_v": cases(4, categories),
    "correlation_ratio": cases(4, mixed),
    "spearman": cases(4, numbers),
    "spearman_untied": cases(4, untied),
}
with open("associations.json", "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")

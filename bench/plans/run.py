#!/usr/bin/env python3
"""What plans bring on real tables: rare classes, women and men of Adult, failing slices. One table of figures each.

    bench/plans/run.py                             everything, 3 seeds, with target/release/plenish
    bench/plans/run.py --only rare --seeds 10 --rows 0

Needs Python and a built `plenish`, nothing else. Every run is a study of its own (`plenish run`) on a split made from the
seed; what is printed is what the study found.

rare      1 % positives in the rows to learn from and in the locked test: Adult (above 50K), Magic (hadrons), flights that
          arrive more than an hour late, told from what is known before they leave. Average precision: of the folds (real
          rows, the best that costs no generator, the chosen arm), then on the locked test (real rows, real and synthetic).
fairness  Adult, [balance] over sex (`--goal`: "best-group", or "rate" 0.2 for women and men, chosen by equalised odds or by
          selection rates), every arm also with the thresholds by group that `--thresholds` names: the arms with their
          equalised odds difference, ROC AUC, calibration error, accuracy and disparate impact (the smaller selection rate
          over the larger). Every seed is another split of all rows, two thirds to learn from.
slices    Adult, [plan] rounds = 3: loss of the slices before and after, on rows kept aside and on the locked test.
"""

import argparse
import csv
import gzip
import json
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ADULT = ROOT / "examples/adult/data"
BEFORE_DEPARTURE = ["day", "sched_dep_time", "sched_arr_time", "carrier", "origin", "dest", "distance", "hour"]
RARE_SHARE = 0.01
LOCKED = 0.4


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plenish", default=str(ROOT / "target/release/plenish"), help="the program")
    parser.add_argument("--only", default="rare,fairness,slices", help="which tables of figures, with commas")
    parser.add_argument("--datasets", default="adult,magic,flights", help="of rare classes, with commas")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--rows", type=int, default=0, help="rows to learn from at most; 0 for all (0)")
    parser.add_argument("--repeats", type=int, default=2, help="repeats of the folds (2)")
    parser.add_argument("--goal", default="best-group", choices=list(GOALS), help="of fairness (best-group)")
    parser.add_argument(
        "--thresholds",
        default="equalized-odds,disparate-impact 0.82",
        help="by group, of fairness, with commas; empty for none (equalized-odds,disparate-impact 0.82)",
    )
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--json", help="also writes the figures to this file")
    return parser.parse_args()


def read(path):
    with gzip.open(path, "rt", newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def table(name):
    """Rows, target, its rare value."""
    if name == "adult":
        return read(ADULT / "adult_train.csv.gz") + read(ADULT / "adult_test.csv.gz"), "income", ">50K"
    if name == "magic":
        return read(ROOT / "bench/data/magic.csv.gz"), "class", "h"
    rows = []
    for row in read(ROOT / "bench/data/flights.csv.gz"):
        if row["arr_delay"]:
            known = {column: row[column] for column in BEFORE_DEPARTURE}
            rows.append({**known, "late": "yes" if float(row["arr_delay"]) > 60 else "no"})
    return rows, "late", "yes"


def with_rare(rows, target, rare, draw):
    """All common rows and so many rare ones that they are one in a hundred."""
    common = [row for row in rows if row[target] != rare]
    rares = [row for row in rows if row[target] == rare]
    count = min(len(rares), round(len(common) * RARE_SHARE / (1 - RARE_SHARE)))
    kept = common + draw.sample(rares, count)
    draw.shuffle(kept)
    return kept


def split(rows, draw, most):
    rows = rows[:]
    draw.shuffle(rows)
    cut = round(len(rows) * (1 - LOCKED))
    train, test = rows[:cut], rows[cut:]
    return (train[:most], test[: round(most * LOCKED / (1 - LOCKED))]) if most else (train, test)


def run(plenish, study, train, test, seed):
    """The answer of one study, with the seconds it took; none if it failed."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write(folder / "train.csv", train)
        write(folder / "test.csv", test)
        (folder / "study.toml").write_text(study)
        began = time.monotonic()
        command = [plenish, "run", "study.toml", "--seed", str(seed), "--json", "--quiet"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode not in (0, 3):
            print(f"seed {seed}: {done.stderr.strip()}", file=sys.stderr)
            return None
        return {**json.loads(done.stdout), "seconds": time.monotonic() - began}


def study(target, options, sections, protected=()):
    return f"""purpose = "augment"
target = "{target}"
protected = {json.dumps(list(protected))}

[data]
train = "train.csv"
test = "test.csv"

[generator]
preset = "{options.preset}"

{sections}
"""


def metric(arm, name):
    found = [m["value"] for m in arm["metrics"] if m["name"] == name]
    value = found[0] if found else None
    return value["value"] if isinstance(value, dict) else value


def arm_of(arms, name):
    return next((arm for arm in arms if arm["name"] == name), None)


# Two-sided 95 % of Student's t by degrees of freedom, from 1.
STUDENT = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


def spread(values):
    """The mean over seeds and its 95 % interval, as text; seeds share a table, so that it tells of splits, not of tables."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return f"{mean:+.4f}"
    student = STUDENT[min(len(values) - 2, len(STUDENT) - 1)]
    half = student * statistics.stdev(values) / len(values) ** 0.5
    return f"{mean:+.4f} ({mean - half:+.4f} to {mean + half:+.4f})"


FREE = ("class weights", "oversampling", "SMOTE-NC", "reweighing")


def rare(options):
    out = []
    for name in options.datasets.split(","):
        rows, target, value = table(name)
        for seed in range(options.first, options.first + options.seeds):
            draw = random.Random(seed)
            train, test = split(rows, draw, options.rows)
            train, test = (with_rare(part, target, value, draw) for part in (train, test))
            sections = f"""[plan]
gaps = ["rare"]
rare_share = 0.1

[experiment]
metric = "average_precision"
folds = 5
repeats = {options.repeats}
ratios = [0.25, 1.0]
weights = [0.3, 1.0]
learners = ["boosted"]
baselines = ["class-weights", "oversampling", "smote"]
"""
            answer = run(options.plenish, study(target, options, sections), train, test, seed)
            if answer is None:
                continue
            folds = {arm["name"]: metric(arm, "average_precision") for arm in answer["folds"]["arms"]}
            chosen = arm_of(answer["folds"]["arms"], answer["folds"]["best"])
            gain = next(m for m in chosen["against_real"] if m["name"] == "average_precision")
            locked = {arm["name"]: metric(arm, "average_precision") for arm in answer["arms"]}
            out.append(
                {
                    "table": name,
                    "seed": seed,
                    "rare": sum(row[target] == value for row in train),
                    "rows": len(train),
                    "real": folds["real"],
                    "free": max(folds[free] for free in FREE if free in folds),
                    "both": folds[chosen["name"]],
                    "chosen": chosen["name"],
                    "gain": [gain["value"], gain["low"], gain["high"]],
                    "locked real": locked["real"],
                    "locked both": locked["real + synthetic"],
                    "verdict": answer["verdict"],
                    "seconds": answer["seconds"],
                }
            )
            print_rare(out[-1:], heading=len(out) == 1)
    for name in options.datasets.split(","):
        own = [row for row in out if row["table"] == name]
        if own:
            mean = lambda key: statistics.fmean(row[key] for row in own)
            verdicts = sorted({row["verdict"] for row in own})
            told = ", ".join(f"{sum(row['verdict'] == v for row in own)} {v}" for v in verdicts)
            keys = ("real", "free", "both", "locked real", "locked both")
            figures = ", ".join(f"{key} {mean(key):.4f}" for key in keys)
            print(f"{name}, mean of {len(own)}: {figures}; {told}")
            above = sum(row["gain"][1] > 0 for row in own)
            print(f"{name}: above real alone by the folds' interval in {above}; mean over seeds, with 95 % of Student's t:")
            for what, one, other in (
                ("folds, chosen - real", "both", "real"),
                ("folds, chosen - best free", "both", "free"),
                ("locked test, both - real", "locked both", "locked real"),
            ):
                print(f"    {what:28} {spread([row[one] - row[other] for row in own])}")
    return out


def print_rare(rows, heading):
    if heading:
        print("\nRare class, average precision (folds: real, best free, chosen, its gain; locked test: real, both)")
        print("table    seed  rare/rows     real    free    both    gain (95 %)                real    both   verdict     s")
    for row in rows:
        gain = "{:+.4f} ({:+.4f} to {:+.4f})".format(*row["gain"])
        print(
            f"{row['table']:8} {row['seed']:4} {row['rare']:5}/{row['rows']:<7} {row['real']:.4f}  {row['free']:.4f}  "
            f"{row['both']:.4f}  {gain}  {row['locked real']:.4f}  {row['locked both']:.4f} {row['verdict']:11} "
            f"{row['seconds']:.0f}",
            flush=True,
        )


# What [balance] aims at, and the metric by which the folds choose how far to go.
GOALS = {
    "best-group": ('goal = "best-group"', "equalized_odds_difference"),
    "rate": ('goal = "rate"\nrate = 0.2', "equalized_odds_difference"),
    "rate-impact": ('goal = "rate"\nrate = 0.2', "demographic_parity_difference"),
}


FAIRNESS = ("equalized_odds_difference", "roc_auc", "calibration_error", "accuracy", "demographic_parity_ratio")


def fairness(options):
    out = []
    every = read(ADULT / "adult_train.csv.gz") + read(ADULT / "adult_test.csv.gz")
    goal, metric_name = GOALS[options.goal]
    thresholds = [text for text in options.thresholds.split(",") if text]
    sections = f"""[balance]
{goal}

[experiment]
metric = "{metric_name}"
repeats = {options.repeats}
ratios = [0.125, 0.25, 0.5, 1.0]
learners = ["boosted"]
baselines = ["reweighing"]
group_thresholds = {json.dumps(thresholds)}
"""
    for seed in range(options.first, options.first + options.seeds):
        draw = random.Random(seed)
        rows = every[:]
        draw.shuffle(rows)
        cut = round(len(rows) * 2 / 3)
        train, test = rows[: min(cut, options.rows or cut)], rows[cut:]
        answer = run(options.plenish, study("income", options, sections, ["sex"]), train, test, seed)
        if answer is None:
            continue
        if not out:
            print("\nAdult by sex: equalised odds difference, ROC AUC, calibration error, accuracy, disparate impact")
        for where, arms in (("folds", answer["folds"]["arms"]), ("locked test", answer["arms"])):
            for place, arm in enumerate(arms):
                figures = [metric(arm, name) for name in FAIRNESS]
                shown = "  ".join("   -  " if figure is None else f"{figure:.4f}" for figure in figures)
                print(f"seed {seed}  {where:11}  {arm['name']:58} {shown}")
                out.append({"seed": seed, "where": where, "arm": arm["name"], "place": place, "figures": figures})
        print(f"seed {seed}  best {answer['folds']['best']}; verdict {answer['verdict']}, {answer['seconds']:.0f} s", flush=True)
    print_fairness(out)
    return out


def print_fairness(out):
    """Means over seeds with their intervals, arm by arm, which stand in the same order for every seed though their ratios
    differ: ratios are parts of the plan's rows."""
    names = ("equalised odds difference", "ROC AUC", "calibration error", "accuracy", "disparate impact")
    by_arm = {}
    for row in out:
        by_arm.setdefault((row["where"], row["place"]), []).append(row)
    for (where, _), rows in by_arm.items():
        print(f"{where}, {rows[0]['arm']}: mean of {len(rows)}")
        for name, values in zip(names, zip(*(row["figures"] for row in rows))):
            if None not in values:
                print(f"    {name:28} {spread(values)}")


def slices(options):
    out = []
    train, test = read(ADULT / "adult_train.csv.gz"), read(ADULT / "adult_test.csv.gz")
    sections = f"""[plan]
rounds = 3

[experiment]
repeats = {options.repeats}
learners = ["boosted"]
baselines = []
"""
    for seed in range(options.first, options.first + options.seeds):
        draw = random.Random(seed)
        rows = draw.sample(train, min(options.rows or len(train), len(train)))
        answer = run(options.plenish, study("income", options, sections, ["sex"]), rows, test, seed)
        if answer is None:
            continue
        plan = answer["plan"]
        if not out:
            print("\nFailing slices of Adult, rounds = 3: mean loss of the slice on rows kept aside, then on the locked test")
        for trial in plan["trials"]:
            print(
                f"seed {seed}  round {trial['round']}  {'kept' if trial['kept'] else 'not '}  {trial['before']:.4f} -> "
                f"{trial['after']:.4f} (± {trial['error']:.4f}), all rows {trial['overall']:+.5f}, {trial['rows']} rows  "
                f"{trial['where']}"
            )
        for line in answer["asked"] or []:
            change = line["change"]
            print(
                f"seed {seed}  locked test    {line['before']:.4f} -> {line['after']:.4f} (change {change['low']:+.4f} to "
                f"{change['high']:+.4f}), {line['rows']} rows  {line['value']}"
            )
        aucs = {arm["name"]: metric(arm, "roc_auc") for arm in answer["arms"]}
        told = ", ".join(f"{name} {value:.4f}" for name, value in aucs.items())
        print(f"seed {seed}  ROC AUC {told}; verdict {answer['verdict']}, {answer['seconds']:.0f} s", flush=True)
        out.append({"seed": seed, "trials": plan["trials"], "asked": answer["asked"], "auc": aucs, "verdict": answer["verdict"]})
    return out


def main():
    options = parsed()
    kinds = {"rare": rare, "fairness": fairness, "slices": slices}
    figures = {name: kinds[name](options) for name in options.only.split(",")}
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""MST and AIM of Plenish beside other people's, on Adult as the AIM paper codes it (domain.py). One table of figures.

    bench/private/run.py                                      Plenish at epsilon 0.1, 1 and 10, references at 1
    bench/private/run.py --runs 1 --epsilons 1 --only plenish

Everybody gets the same codes and the same sizes, delta 1e-9, one core, and makes as many rows as there are. Errors are mean
total variations over all columns (TV1), pairs (TV2) and triples (TV3) between the rows made and the real ones (judge.py);
the median of the runs is shown. Seconds are processor seconds of whole processes: reading, fitting, making rows,
writing; memory is their peak. `floor` is the real table resampled, `ceiling` independent columns.

Environments are made with the versions in requirements/, by pip with its own settings; a reference that does not
install, fails or takes too long is a line in the table that says so. With --many N, Plenish also makes N rows.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
from processes import Environments, Failed, run, say  # noqa: E402

DELTA = "1e-9"
# Name: (environment, script, method).
REFERENCES = {
    "dpmm MST": ("dpmm", "dpmm_models.py", "mst"),
    "dpmm AIM": ("dpmm", "dpmm_models.py", "aim"),
    "smartnoise-synth MST": ("smartnoise", "smartnoise_models.py", "mst"),
    "smartnoise-synth AIM": ("smartnoise", "smartnoise_models.py", "aim"),
    "mbi": ("mbi", "mbi_mechanisms.py", "mst"),
}
# As measured elsewhere with mbi 2.0.0 and the mechanisms of its repository: epsilon, TV2, TV3.
GOALS = {("MST", "0.1"): (0.1446, 0.244), ("MST", "1"): (0.0541, 0.117), ("MST", "10"): (0.0411, 0.100), ("AIM", "1"): (0.0393, 0.089)}
MOST_ABOVE = 1.10
MOST_SECONDS = {"MST": 4.5, "AIM": 31.0}
MOST_MEGABYTES = 200


def measured(command, limit, log):
    """Runs a process on one core; its processor seconds and peak megabytes."""
    _, seconds, memory = run(command, limit, log, one_core=True)
    return seconds, memory


def plenish(program, method, epsilon, folder, many):
    """One fit with a ledger of its own, and as many rows as there are."""
    log, out = folder / "log", {}
    with tempfile.TemporaryDirectory(dir=folder) as own:
        own = pathlib.Path(own)
        ledger = ["--ledger", own / "ledger"]
        measured([program, "ledger", "limit", "adult", "--epsilon", epsilon, "--delta", DELTA, *ledger], 60, log)
        fit = [program, "fit", folder / "codes.csv", "-o", own / "model", "--engine", method.lower(), "--quiet"]
        fit += ["--epsilon", epsilon, "--delta", DELTA, "--schema", folder / "public.toml", "--data-set", "adult", *ledger]
        out["fit_seconds"], out["fit_mb"] = measured(fit, 3600, log)
        make = [program, "generate", own / "model", "--quiet"]
        rows = sum(1 for _ in open(folder / "codes.csv")) - 1
        out["rows_seconds"], out["rows_mb"] = measured([*make, "-n", str(rows), "-o", folder / "made.csv"], 600, log)
        if many:
            target = own / "many.parquet"
            out["many_seconds"], out["many_mb"] = measured([*make, "-n", str(many), "-o", target], 600, log)
    out["seconds"] = out["fit_seconds"] + out["rows_seconds"]
    out["mb"] = max(out["fit_mb"], out["rows_mb"])
    return out


def reference(environments, name, epsilon, folder, limit):
    environment, script, method = REFERENCES[name]
    python = environments.python(environment)
    command = [python, HERE / "references" / script, "--method", method, "--epsilon", epsilon, "--delta", DELTA]
    command += ["--codes", folder / "codes.csv", "--sizes", folder / "sizes.json", "--output", folder / "made.csv"]
    seconds, memory = measured(command, limit, folder / "log")
    return {"seconds": seconds, "mb": memory}


def judged(environments, folder, *made):
    command = [environments.python("judge"), HERE / "judge.py", folder / "codes.csv", folder / "sizes.json", *made]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout)


def row(result):
    """A line of the table: medians."""
    cells = [result["name"], result.get("epsilon", "")]
    if "failed" in result:
        return [*cells, result["failed"], *[""] * 6]
    runs = result["runs"]
    middle = lambda key: statistics.median(run[key] for run in runs) if key in runs[0] else None
    shown = lambda key, digits: "" if middle(key) is None else f"{middle(key):,.{digits}f}"
    return [
        *cells,
        str(len(runs)),
        shown("seconds", 2),
        shown("mb", 0),
        shown("tv1", 4),
        shown("tv2", 4),
        shown("tv3", 4),
        goal(result, middle),
    ]


def goal(result, middle):
    """Whether the goals hold that the figures were measured for."""
    name = result["name"].split()
    if name[0] != "Plenish" or not result["runs"]:
        return ""
    method, missed = name[1], []
    if (method, result["epsilon"]) in GOALS:
        for key, most in zip(("tv2", "tv3"), GOALS[(method, result["epsilon"])]):
            if middle(key) > MOST_ABOVE * most:
                missed.append(f"{key.upper()} above {MOST_ABOVE * most:.4f}")
    if middle("fit_seconds") > MOST_SECONDS[method]:
        missed.append(f"fit above {MOST_SECONDS[method]} s")
    if middle("mb") > MOST_MEGABYTES:
        missed.append(f"above {MOST_MEGABYTES} MB")
    return ", ".join(missed) or "held"


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="fits of Plenish at each epsilon (5)")
    parser.add_argument("--reference-runs", type=int, default=1, help="fits of each reference at each epsilon (1)")
    parser.add_argument("--epsilons", default="0.1,1,10", help="of Plenish, with commas")
    parser.add_argument("--reference-epsilons", default="1", help="of the references, with commas")
    parser.add_argument("--only", help=f"of plenish, {', '.join(REFERENCES)}; commas between")
    parser.add_argument("--many", type=int, default=0, metavar="N", help="Plenish also makes N rows")
    parser.add_argument("--time-limit", type=float, default=1800, metavar="S", help="seconds a fit of a reference may take (1800)")
    parser.add_argument("--install-limit", type=float, default=900, metavar="S", help="seconds an installation may take (900)")
    parser.add_argument("--plenish", type=pathlib.Path, help="the program [built from this folder]")
    parser.add_argument("--environments", type=pathlib.Path, default=HERE / ".environments", metavar="FOLDER")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "results.json", help="the figures as JSON")
    asked = parser.parse_args()
    asked.names = asked.only.split(",") if asked.only else ["plenish", *REFERENCES]
    unknown = [name for name in asked.names if name != "plenish" and name not in REFERENCES]
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}")
    if not asked.plenish:
        say("building plenish")
        subprocess.run(["cargo", "build", "--release"], cwd=ROOT, check=True)
        asked.plenish = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/plenish"
    asked.plenish = asked.plenish.absolute()
    return asked


def main():
    asked = parsed()
    asked.environments = asked.environments.absolute()
    asked.environments.mkdir(parents=True, exist_ok=True)
    environments = Environments(asked.environments, HERE / "requirements", asked.install_limit)
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    results = []

    def keep(result):
        # Written after every line: what is done stays if the rest is stopped.
        results.append(result)
        beside = asked.output.with_suffix(".part")
        beside.write_text(json.dumps({"date": date, "results": results}, indent=1) + "\n")
        beside.replace(asked.output)
        say("| " + " | ".join(row(result)) + " |")

    def add(name, epsilon, runs, fit, folder):
        result = {"name": name, "epsilon": epsilon, "runs": []}
        for _ in range(runs):
            (folder / "log").write_text("")
            (folder / "made.csv").unlink(missing_ok=True)
            try:
                figures = fit()
                result["runs"].append(figures | judged(environments, folder, folder / "made.csv"))
                shown = ", ".join(f"{key} {value:.4g}" for key, value in result["runs"][-1].items())
                say(f"{name}, epsilon {epsilon}: {shown}")
            except Failed as reason:
                result["failed"] = str(reason)
                say(f"{name}: {reason}")
                break
        keep(result)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        data = ROOT / "examples/adult/data"
        subprocess.run([sys.executable, HERE / "domain.py", data, folder], check=True, stdout=subprocess.DEVNULL)
        for name in ("floor", "ceiling"):
            runs = [judged(environments, folder, f"--{name}", str(seed)) for seed in range(asked.runs)]
            keep({"name": name, "runs": runs})
        for method in ("MST", "AIM") if "plenish" in asked.names else ():
            for epsilon in asked.epsilons.split(","):
                fit = lambda: plenish(asked.plenish, method, epsilon, folder, asked.many)
                add(f"Plenish {method}", epsilon, asked.runs, fit, folder)
        for name in asked.names:
            if name in REFERENCES:
                for epsilon in asked.reference_epsilons.split(","):
                    fit = lambda: reference(environments, name, epsilon, folder, asked.time_limit)
                    add(name, epsilon, asked.reference_runs, fit, folder)
    heading = ["", "epsilon", "runs", "CPU s", "peak MB", "TV1", "TV2", "TV3", "goals"]
    lines = [heading, ["---"] * len(heading), *map(row, results)]
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))
    print(f"\n{date}, {platform.system()} {platform.machine()}, Python {platform.python_version()}, one core")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Plenish beside other people's generators: the same halves, the same judge, one table.

    bench/peers/run.py                                   Adult, Magic and German credit, everything that installs
    bench/peers/run.py --data loans.csv --target bad     any other table
    bench/peers/run.py --datasets magic --only chain,cart,arfpy --time-limit 600

Each table is shuffled and cut in two; a generator learns from one half, makes as many rows, and is
judged against both (judge.py). Every generator runs in a process and a Python environment of its
own: one that cannot be installed, fails or takes too long is a line in the table that says so.

The environments are made with the versions in requirements/, by pip with its own settings: on Linux
its usual source brings a PyTorch with CUDA libraries (5 GB); where pip is set up with a source of
PyTorch's builds for the processor, it takes those. Nothing but Python and cargo is needed.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))
from processes import Environments, Failed, run, say  # noqa: E402

EXAMPLES = ROOT / "examples"
DATASETS = {
    "adult": (
        [EXAMPLES / "adult/data/adult_train.csv.gz", EXAMPLES / "adult/data/adult_test.csv.gz"],
        "income",
        "class",
    ),
    "magic": ([ROOT / "bench/data/magic.csv.gz"], "class", "class"),
    "german_credit": ([EXAMPLES / "german_credit/data/german_credit.csv.gz"], "credit_risk", "class"),
}
# Name in the table: (arguments of `plenish fit`) or (environment, script, method).
PLENISH = {
    "chain fast": ["--preset", "fast"],
    "chain": ["--preset", "balanced"],
    "chain max": ["--preset", "max"],
    "cart": ["--engine", "cart"],
    "copula": ["--engine", "copula"],
    "smote": ["--engine", "smote"],
    "bootstrap": ["--engine", "bootstrap"],
    "independent": ["--engine", "independent"],
}
PEERS = {
    "py-synthpop CART": ("synthpop", "synthpop_cart.py", "cart"),
    "arfpy": ("arfpy", "arfpy_forest.py", "arf"),
    "SDV GaussianCopula": ("sdv", "sdv_models.py", "copula"),
    "SDV TVAE": ("sdv", "sdv_models.py", "tvae"),
    "SDV CTGAN": ("sdv", "sdv_models.py", "ctgan"),
    "mostlyai-engine": ("mostlyai", "mostlyai_engine.py", "argn"),
}


def machine():
    model = ""
    if pathlib.Path("/proc/cpuinfo").exists():
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gb": round(memory / 2**30, 1),
        "python": platform.python_version(),
    }


def plenish(asked):
    """The program, built unless one was named, and the version it says it is."""
    if asked.plenish:
        program = asked.plenish
    else:
        say("building plenish")
        subprocess.run(["cargo", "build", "--release"], cwd=ROOT, check=True)
        program = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/plenish"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return program, {"plenish": said.stdout.strip().split()[-1], "commit": commit.stdout.strip()}


def with_plenish(program, options, train, target, asked, folder, out):
    model = folder / "model.plenish"
    log, answer = folder / "log", {}
    everywhere = ["--threads", asked.threads]
    fit = [program, "fit", train, "--target", target, *options, "--seed", asked.seed, "-o", model, *everywhere, "--json"]
    seconds, _, memory = run(fit, asked.time_limit, log, asked.threads)
    answer["fit_seconds"], answer["peak_mb"] = seconds, memory
    generate = [program, "generate", model, "--seed", asked.seed, "-o", out, *everywhere, "--json"]
    seconds, _, memory = run(generate, asked.time_limit - seconds, log, asked.threads)
    answer["sample_seconds"], answer["peak_mb"] = seconds, max(memory, answer["peak_mb"])
    return answer


def with_peer(peer, environments, train, target, task, asked, folder, out):
    environment, script, method = peer
    python, result = environments.python(environment), folder / "result.json"
    command = [python, HERE / "generators" / script, "--method", method, "--train", train, "--output", out]
    command += ["--result", result, "--target", target, "--task", task, "--seed", asked.seed]
    _, _, memory = run(command, asked.time_limit, folder / "log", asked.threads)
    if not (result.exists() and out.exists()):
        raise Failed("ended without an answer")
    return json.loads(result.read_text()) | {"peak_mb": memory}


def judge(environments, train, unseen, made, target, task, asked, folder):
    python, result = environments.python("judge"), folder / "judged.json"
    command = [python, HERE / "judge.py", "--train", train, "--unseen", unseen, "--target", target, "--task", task]
    command += ["--json", result] + (["--synthetic", made] if made else [])
    run(command, 4 * asked.time_limit, folder / "log", asked.threads)
    return json.loads(result.read_text())


COLUMNS = [
    ("c2st_train", "c2st, train", 3),
    ("c2st_unseen", "c2st, unseen", 3),
    ("shape_error", "shape error %", 2),
    ("trend_error", "trend error %", 2),
    ("mle", "mle", 4),
    ("nearer", "nearer", 3),
    ("copies", "copies %", 2),
    ("copies_unseen", "of unseen %", 2),
    ("fit_seconds", "fit s", 1),
    ("sample_seconds", "sample s", 1),
    ("peak_mb", "peak MB", 0),
]


def table(results):
    """All results as one Markdown table."""
    lines = [["data", "generator", *(title for _, title, _ in COLUMNS)]]
    for result in results:
        if "failed" in result:
            cells = [result["failed"], *[""] * (len(COLUMNS) - 1)]
        else:
            numbers = [(result.get(key), digits) for key, _, digits in COLUMNS]
            cells = ["" if n is None else f"{n:,.{digits}f}" for n, digits in numbers]
        lines.append([result["data"], result["generator"], *cells])
    rule = ["---", "---", *["---:"] * len(COLUMNS)]
    return "\n".join("| " + " | ".join(line) + " |" for line in [lines[0], rule, *lines[1:]])


def parsed():
    cores = os.cpu_count() or 1
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--datasets", default=",".join(DATASETS), help="of adult, magic, german_credit; commas between")
    parser.add_argument("--data", help="a CSV file (also .gz) instead")
    parser.add_argument("--target", help="the column of --data that a model is to predict")
    parser.add_argument("--task", default="class", choices=["class", "reg"], help="whether it names classes or is a number")
    parser.add_argument("--only", help="run these generators alone, as the table calls them; commas between")
    parser.add_argument("--time-limit", type=float, default=1800, metavar="S", help="seconds a generator may take [1800]")
    parser.add_argument("--threads", type=int, default=cores, metavar="N", help=f"threads of each process [{cores}]")
    parser.add_argument("--seed", type=int, default=1, help="of the split and of the generators [1]")
    parser.add_argument("--plenish", type=pathlib.Path, help="the program to run [built from this folder]")
    parser.add_argument("--environments", type=pathlib.Path, default=HERE / ".environments", metavar="FOLDER")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "results.json", help="the figures as JSON")
    asked = parser.parse_args()
    if asked.data:
        if not asked.target:
            parser.error("--data needs --target")
        asked.tables = {pathlib.Path(asked.data).name: ([asked.data], asked.target, asked.task)}
    else:
        unknown = [d for d in asked.datasets.split(",") if d not in DATASETS]
        if unknown:
            parser.error(f"no data set {', '.join(unknown)}; there are {', '.join(DATASETS)}")
        asked.tables = {d: DATASETS[d] for d in asked.datasets.split(",")}
    names = [*PLENISH, *PEERS]
    asked.names = asked.only.split(",") if asked.only else names
    unknown = [n for n in asked.names if n not in names]
    if unknown:
        parser.error(f"no generator {', '.join(unknown)}; there are {', '.join(names)}")
    return asked


def main():
    asked = parsed()
    asked.environments = asked.environments.absolute()
    asked.environments.mkdir(parents=True, exist_ok=True)
    environments = Environments(asked.environments, HERE / "requirements", 3600)
    try:
        environments.python("judge")
    except Failed as reason:
        sys.exit(f"without the judge there is nothing to say: {reason}; see {asked.environments / 'judge.log'}")
    program, versions = plenish(asked)
    report = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": versions,
        "seed": asked.seed,
        "threads": asked.threads,
        "time_limit": asked.time_limit,
        "results": [],
    }

    def add(result):
        report["results"].append(result)
        # Written after every line: what is done stays if the rest is stopped.
        beside = asked.output.with_suffix(".part")
        beside.write_text(json.dumps(report, indent=1) + "\n")
        beside.replace(asked.output)

    for data, (paths, target, task) in asked.tables.items():
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            # In a process of its own: what this one holds would count as memory of those it starts.
            split = [sys.executable, HERE / "split.py", "--seed", str(asked.seed), "--target", target, folder, *paths]
            done = subprocess.run(split, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(done.stderr.strip())
            rows, train, unseen = int(done.stdout), folder / "train.csv", folder / "unseen.csv"
            say(f"{data}: {rows} rows to learn from, {rows} unseen")
            for name in ["(real, unseen)", *asked.names]:
                out = folder / "made.csv"
                for left in (out, folder / "result.json", folder / "judged.json"):
                    left.unlink(missing_ok=True)
                (folder / "log").write_text("")
                result = {"data": data, "generator": name, "task": task}
                used = {}
                try:
                    if name in PLENISH:
                        result |= with_plenish(program, PLENISH[name], train, target, asked, folder, out)
                    elif name in PEERS:
                        result |= with_peer(PEERS[name], environments, train, target, task, asked, folder, out)
                    used = result.pop("versions", {})
                    made = out if name in asked.names else None
                    result |= judge(environments, train, unseen, made, target, task, asked, folder)
                except Failed as reason:
                    result["failed"] = str(reason)
                say(f"  {name}: {result.get('failed', 'done')}")
                report["versions"] |= result.pop("versions", {})
                if used:
                    result["versions"] = used
                add(result)
    print(table(report["results"]))
    versions = dict(report["versions"])
    for result in report["results"]:
        # A peer's own package comes first in its list.
        versions |= dict(list(result.get("versions", {}).items())[:1])
    shown = ", ".join(f"{name} {version}" for name, version in versions.items())
    print(f"\n{report['date'][:10]}, seed {asked.seed}, {asked.threads} threads, {report['machine']['processor']}; {shown}")


if __name__ == "__main__":
    main()

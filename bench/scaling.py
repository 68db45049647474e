#!/usr/bin/env python3
"""Time and memory of `plenish fit --preset fast` against rows and columns, drawn as docs/pictures/scaling.svg.

    bench/scaling.py PLENISH [--rows 10000,100000,1000000] [--columns 5,20,80] [--out docs/pictures/scaling.svg]

The tables are drawn from models of the Adult census that ships with the repository: 15 columns, and for wider tables
further draws beside them. Needs Python 3.8 or newer and nothing else; run it from the repository's root on a machine
that does nothing else. Prints a line for each fit and writes the figures beside the picture as JSON.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ADULT = "examples/adult/data/adult_train.csv.gz"


def run(command):
    """Seconds of wall time, of processor time, and peak megabytes of a command."""
    start = time.monotonic()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))} failed")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def table(plenish, model, folder, rows, columns):
    """A CSV file of that size: draws of the model side by side."""
    parts, left, block = [], columns, 0
    while left > 0:
        path = folder / f"part{block}.csv"
        subprocess.run([plenish, "generate", model, "-n", str(rows), "--seed", str(block + 1), "-o", path, "-q"], check=True)
        parts.append((path.open(), min(left, 15), block))
        left -= 15
        block += 1
    out = folder / f"table_{rows}_{columns}.csv"
    with out.open("w") as sink:
        for number in range(rows + 1):
            cells = []
            for source, take, index in parts:
                row = source.readline().rstrip("\n").split(",")[:take]
                cells.extend(f"{name}_{index}" for name in row) if number == 0 else cells.extend(row)
            sink.write(",".join(cells) + "\n")
    for source, _, _ in parts:
        source.close()
        os.remove(source.name)
    return out


def panel(points, label, left, unit):
    """One log-log chart: points are (size, seconds)."""
    from math import log10

    width, height, top = 300, 220, 40
    xs, ys = [log10(x) for x, _ in points], [log10(y) for _, y in points]
    low, high = int(min(ys) // 1), int(-(-max(ys) // 1))
    high = max(high, low + 1)
    x0, x1 = min(xs), max(xs)
    px = lambda x: left + 50 + (x - x0) / ((x1 - x0) or 1) * (width - 70)
    py = lambda y: top + (high - y) / (high - low) * (height - 60)
    out = [f'<text x="{left + 50}" y="22" font-size="14" font-weight="600">{label}</text>']
    for tick in range(low, high + 1):
        shown = f"{10.0 ** tick:g}"
        out.append(f'<line x1="{left + 50}" x2="{left + width - 20}" y1="{py(tick):.1f}" y2="{py(tick):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{left + 44}" y="{py(tick) + 4:.1f}" text-anchor="end">{shown} s</text>')
    line = " ".join(f"{px(x):.1f},{py(y):.1f}" for x, y in zip(xs, ys))
    out.append(f'<polyline points="{line}" fill="none" stroke="#1f6f8b" stroke-width="2"/>')
    # What doubling in step with the size would look like, from the first point.
    ideal = ys[0] + (x1 - x0)
    cut = min(ideal, high)
    out.append(
        f'<line x1="{px(x0):.1f}" y1="{py(ys[0]):.1f}" x2="{px(x0 + cut - ys[0]):.1f}" y2="{py(cut):.1f}" stroke="#999" stroke-dasharray="4 3"/>'
    )
    for (size, seconds), x, y in zip(points, xs, ys):
        out.append(f'<circle cx="{px(x):.1f}" cy="{py(y):.1f}" r="3.5" fill="#1f6f8b"/>')
        # The first label would stand on the axis.
        shift = 22 if size == points[0][0] else 0
        out.append(f'<text x="{px(x) + shift:.1f}" y="{py(y) - 9:.1f}" text-anchor="middle">{seconds:.3g} s</text>')
        out.append(f'<text x="{px(x):.1f}" y="{top + height - 40}" text-anchor="middle">{size:,}</text>')
    out.append(f'<text x="{left + 160}" y="{top + height - 20}" text-anchor="middle" fill="#555">{unit}</text>')
    return out


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("plenish")
    options.add_argument("--rows", default="10000,100000,1000000")
    options.add_argument("--columns", default="5,20,80")
    options.add_argument("--out", default="docs/pictures/scaling.svg")
    chosen = options.parse_args()
    sizes = [(int(r), 20) for r in chosen.rows.split(",")] + [(100_000, int(c)) for c in chosen.columns.split(",")]
    figures = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = folder / "adult.model"
        subprocess.run([chosen.plenish, "fit", ADULT, "--target", "income", "-o", model, "-q"], check=True)
        for rows, columns in dict.fromkeys(sizes):
            path = table(chosen.plenish, model, folder, rows, columns)
            wall, cpu, memory = run([chosen.plenish, "fit", path, "--preset", "fast", "-o", folder / "fitted", "-q"])
            figures[f"{rows}x{columns}"] = {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "peak_mb": round(memory)}
            print(f"{rows:>9,} rows x {columns:>2} columns: {wall:7.2f} s, {cpu:7.2f} CPU-s, {memory:6.0f} MB", flush=True)
            path.unlink()
    draw(figures, chosen.rows.split(","), chosen.columns.split(","), pathlib.Path(chosen.out))


def draw(figures, rows, columns, out):
    """Writes the picture and the figures beside it."""
    of = lambda rows, columns: figures[f"{rows}x{columns}"]["wall_s"]
    body = panel([(int(r), of(int(r), 20)) for r in rows], "20 columns", 0, "rows")
    body += panel([(int(c), of(100_000, int(c))) for c in columns], "100,000 rows", 320, "columns")
    style = 'font-family="system-ui, sans-serif" font-size="11" fill="#222"'
    out.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 270" role="img" aria-label="Seconds to fit, preset fast, '
        f'against rows and columns"><rect width="640" height="270" fill="#fff"/><g {style}>{"".join(body)}</g></svg>\n'
    )
    out.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()

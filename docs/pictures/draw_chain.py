"""Draws the pictures of docs/chain.md: python3 docs/pictures/draw_chain.py

Needs nothing but the standard library. Shares, states and curves are those of the census rows in
examples/adult; where a picture shows invented figures, the page says so.
"""

import csv
import gzip
import math
import random
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ADULT = HERE.parent.parent / "examples" / "adult" / "data" / "adult_train.csv.gz"

INK, SOFT, LINE = "#1f2933", "#64707d", "#c3cad2"
BLUE, ORANGE, GREEN = "#2563a8", "#d9690d", "#2f7d4f"
PALE_BLUE, PALE_ORANGE, PALE = "#dbe8f6", "#fbe6d3", "#f3f5f7"

# The order that `plenish fit --condition-on income,sex` tells for Adult.
ORDER = [
    "income", "sex", "race", "relationship", "marital_status", "workclass", "occupation", "education",
    "education_num", "native_country", "age", "capital_loss", "hours_per_week", "capital_gain", "fnlwgt",
]  # fmt: skip
ORDERED = {"education_num", "age", "capital_loss", "hours_per_week", "capital_gain", "fnlwgt"}


class Picture:
    """SVG text, element by element, on a white ground."""

    def __init__(self, width, height, title):
        self.width, self.height = width, height
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" font-family="Helvetica, Arial, DejaVu Sans, sans-serif" role="img">',
            f"<title>{escaped(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        ]

    def box(self, x, y, w, h, fill=PALE, stroke=LINE, r=4, width=1):
        self.parts.append(
            f'<rect x="{n(x)}" y="{n(y)}" width="{n(w)}" height="{n(h)}" rx="{r}" fill="{fill}" '
            f'stroke="{stroke}" stroke-width="{width}"/>'
        )

    def line(self, points, stroke=LINE, width=1.2, dash=None, fill="none"):
        path = " ".join(f"{n(x)},{n(y)}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<polyline points="{path}" fill="{fill}" stroke="{stroke}" stroke-width="{width}"{dashed} '
            'stroke-linejoin="round"/>'
        )

    def path(self, d, stroke=LINE, width=1.2):
        self.parts.append(f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{width}"/>')

    def dot(self, x, y, r=1.8, fill=BLUE, opacity=0.6):
        self.parts.append(f'<circle cx="{n(x)}" cy="{n(y)}" r="{r}" fill="{fill}" fill-opacity="{opacity}"/>')

    def text(self, x, y, words, size=13, fill=INK, anchor="start", bold=False, turned=False):
        weight = ' font-weight="600"' if bold else ""
        turn = f' transform="rotate(-90 {n(x)} {n(y)})"' if turned else ""
        self.parts.append(
            f'<text x="{n(x)}" y="{n(y)}" font-size="{size}" fill="{fill}" text-anchor="{anchor}"{weight}{turn}>'
            f"{escaped(words)}</text>"
        )

    def save(self, name):
        (HERE / name).write_text("\n".join([*self.parts, "</svg>", ""]), encoding="utf-8")


def n(value):
    return f"{value:.1f}".removesuffix(".0")


def escaped(words):
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def joined(counts, own=5):
    """Values with enough rows alone, runs of rarer neighbours together: lists of values, in order."""
    states, run, rows = [], [], 0
    for value, count in sorted(counts.items()):
        if count >= own:
            if run:
                states.append(run)
            states.append([value])
            run, rows = [], 0
        else:
            run.append(value)
            rows += count
            if rows >= 2 * own:
                states.append(run)
                run, rows = [], 0
    return states + [run] if run else states


def draw_chain(rows):
    """The columns in the order of the chain, each with its states and what it sees."""
    step, top, left, strip = 33, 84, 250, 500
    p = Picture(960, top + step * len(ORDER) + 50, "The columns of Adult in the order of the chain")
    p.text(24, 30, "The chain of a census table", 17, bold=True)
    p.text(24, 50, "From top to bottom: each column is learned, and drawn, given all columns above it.", 13, SOFT)
    p.text(left, 74, "its states, as wide as their share of rows", 12, SOFT)
    p.text(left + strip + 70, 74, "states", 12, SOFT, "end")
    names = ORDER
    middle = {name: top + step * i + step / 2 for i, name in enumerate(names)}
    shown = "age"
    for name in names[: names.index(shown)]:
        y, to = middle[name], middle[shown]
        reach = 34 + 0.16 * (to - y)
        p.path(f"M118,{n(y)} C{n(118 - reach)},{n(y)} {n(118 - reach)},{n(to)} 114,{n(to)}", "#f0b483", 1.3)
    p.line([(109, middle[shown] - 4), (116, middle[shown]), (109, middle[shown] + 4)], ORANGE, 1.6)
    for i, name in enumerate(names):
        y = top + step * i
        head = name in ("income", "sex")
        fill = PALE_ORANGE if name == shown else PALE_BLUE if head else PALE
        p.box(118, y + 4, 122, step - 8, fill)
        p.text(126, y + step / 2 + 4.5, name, 13, bold=name == shown)
        cells = [row[name] for row in rows]
        if name == "fnlwgt":
            shares = [1 / 256] * 256
        elif name in ORDERED:
            counts = Counter(float(c) for c in cells)
            shares = [sum(counts[v] for v in state) / len(cells) for state in joined(counts)]
        else:
            counts = Counter(cells)
            missing = [counts.pop(k) / len(cells) for k in ("", "?") if k in counts]
            rare = sum(c for c in counts.values() if c < 5)
            shares = missing + [c / len(cells) for _, c in counts.most_common() if c >= 5 or c == rare]
        x = left
        for index, share in enumerate(shares):
            dark = index % 2 == 0
            p.parts.append(
                f'<rect x="{x:.2f}" y="{n(y + 8)}" width="{share * strip:.2f}" height="{step - 16}" '
                f'fill="{"#6f9fd0" if dark else "#b9d2ec"}"/>'
            )
            x += share * strip
        p.text(left + strip + 70, y + step / 2 + 4.5, str(len(shares)), 13, anchor="end")
    p.text(left + strip + 92, middle["income"] + 4.5, "the head of", 12, BLUE)
    p.text(left + strip + 92, middle["sex"] + 4.5, "the chain", 12, BLUE)
    y = top + step * len(names) + 26
    p.text(118, y, "age is learned from the ten columns above it", 12.5, ORANGE)
    p.text(left + strip + 70, y, "few states first, many last", 12.5, SOFT, "end")
    p.save("chain.svg")


def halves(states, counts):
    """Where a run of states is cut: as close to half of its rows as can be."""
    total, mass, best = sum(counts), 0, None
    for cut in range(1, len(states)):
        mass += counts[cut - 1]
        uneven = abs(2 * mass - total)
        if best is None or uneven < best[0]:
            best = (uneven, cut)
    return best[1]


def depth(mass, state):
    """How many decisions lead to a state."""
    start, end, steps = 0, len(mass), 0
    while end - start > 1:
        cut = start + halves(range(start, end), mass[start:end])
        start, end = (start, cut) if state < cut else (cut, end)
        steps += 1
    return steps


def draw_code_tree(rows):
    """The code tree of age: its first levels, and one path down to a state."""
    counts = Counter(int(float(row["age"])) for row in rows)
    states = joined(counts)
    mass = [sum(counts[v] for v in s) for s in states]
    wanted = next(i for i, s in enumerate(states) if 39 in s)
    width, gap, top = 960, 78, 96
    p = Picture(width, 580, "The code tree of the column age")
    p.text(24, 30, "The code tree of age", 17, bold=True)
    words = f"{len(states)} states, {len(states) - 1} decisions, each near half of the rows that reach it;"
    p.text(24, 50, words, 13, SOFT)
    steps = sum(m * depth(mass, i) for i, m in enumerate(mass)) / sum(mass)
    p.text(24, 67, f"to draw a row's state takes {steps:.1f} of them on average.", 13, SOFT)

    def label(start, end):
        low, high = states[start][0], states[end - 1][-1]
        return f"{low} to {high}" if high > low else str(low)

    def node(x, y, start, end, on):
        leaf = end - start == 1
        fill, edge = (PALE_ORANGE, ORANGE) if on else (PALE_BLUE, "#9dbbdc")
        p.box(x - 38, y - 17, 76, 34, fill, edge, 17 if not leaf else 4, 1.8 if on else 1)
        p.text(x, y + 4.5, label(start, end), 13, anchor="middle", bold=on)

    def edge(x, y, to_x, to_y, share, on):
        p.line([(x, y + 17), (to_x, to_y - 17)], ORANGE if on else "#9dbbdc", 2.6 if on else 1.3)
        if share is not None:
            mx, my, left = (x + to_x) / 2, (y + to_y) / 2, to_x < x
            side = "end" if left else "start"
            p.text(mx + (-9 if left else 9), my - 4, f"{share:.2f}", 12, ORANGE if on else SOFT, side)

    product = 1.0
    # The first three levels whole, then the path alone with what it leaves on the other side.
    shifts = [228, 114, 57]

    def draw(x, y, level, start, end):
        nonlocal product
        on = start <= wanted < end
        if end - start > 1 and (level < 3 or on):
            cut = start + halves(states[start:end], mass[start:end])
            for sign, a, b in ((-1, start, cut), (1, cut, end)):
                to_x, to_y = x + sign * (shifts[level] if level < 3 else 62), y + gap
                share, goes = sum(mass[a:b]) / sum(mass[start:end]), a <= wanted < b
                product *= share if goes else 1
                edge(x, y, to_x, to_y, share if goes or level == 0 else None, goes)
                draw(to_x, to_y, level + 1, a, b)
        node(x, y, start, end, on)
        if end - start > 1 and not on and level >= 3:
            p.text(x, y + 33, "…", 15, SOFT, "middle")

    draw(470, top + 22, 0, 0, len(states))
    p.text(24, 470, "A row of age 39", 13.5, ORANGE, bold=True)
    for i, words in enumerate((
        "trains only the decisions on its path.",
        "Their shares multiply to the share of",
        f"its state: {product:.3f}. Trees move each",
        "decision by the columns before it.",
    )):
        p.text(24, 490 + 18 * i, words, 13)
    p.text(700, 470, "With missing cells", 13.5, BLUE, bold=True)
    for i, words in enumerate((
        "one more decision stands above the",
        "root: missing or not. In residual coding",
        "heavy values (nothing owed, say) have",
        "one there as well.",
    )):
        p.text(700, 490 + 18 * i, words, 13)
    p.save("code_tree.svg")


def draw_trees():
    """One boosted tree with vector leaves, and where each level of the code tree stops. Invented figures."""
    p = Picture(960, 520, "A boosted tree with a value for each decision in each leaf")
    p.text(24, 30, "One tree of a round", 17, bold=True)
    words = "It splits rows by the columns before; each leaf moves the decisions of the code tree of age."
    p.text(24, 50, f"{words} Invented figures.", 13, SOFT)
    leaves = [(95, "A"), (240, "B"), (385, "C"), (530, "D")]
    splits = [(312, 92, "relationship = Own-child"), (168, 158, "education_num < 10"), (458, 158, "marital = Widowed")]
    for (x, y), (tx, ty), word in (
        ((312, 92), (168, 158), "yes"), ((312, 92), (458, 158), "no"),
        ((168, 158), (95, 226), "yes"), ((168, 158), (240, 226), "no"),
        ((458, 158), (385, 226), "yes"), ((458, 158), (530, 226), "no"),
    ):  # fmt: skip
        p.line([(x, y + 15), (tx, ty - 15)], "#9dbbdc", 1.5)
        p.text((x + tx) / 2 + (-14 if tx < x else 14), (y + ty) / 2 - 1, word, 12, SOFT, "end" if tx < x else "start")
    for x, y, words in splits:
        p.box(x - 92, y - 16, 184, 32, PALE_BLUE, "#9dbbdc", 16)
        p.text(x, y + 4.5, words, 13, anchor="middle")
    decisions = ["≤ 37 | > 37", "≤ 27 | > 27", "≤ 47 | > 47", "≤ 22 | > 22", "≤ 32 | > 32", "…"]
    values = [
        [-0.61, -0.44, -0.05, -0.38, -0.09], [-0.52, -0.29, -0.02, -0.21, 0.04],
        [0.58, 0.10, 0.46, 0.01, 0.03], [0.12, 0.22, -0.07, 0.15, 0.06],
    ]  # fmt: skip
    y0, row = 250, 30
    for (x, name), column in zip(leaves, values):
        p.box(x - 52, 214, 104, 32 + row * len(decisions), "#ffffff", "#9dbbdc", 4, 1.3)
        p.text(x, 232, f"leaf {name}", 13, anchor="middle", bold=True)
        p.line([(x + 24, y0), (x + 24, y0 + row * 5 - 8)], LINE, 1)
        for i, value in enumerate([*column, None]):
            y = y0 + row * i
            if value is None:
                p.text(x, y + 14, "…", 14, SOFT, "middle")
                continue
            length, zero = 24 * abs(value) / 0.65, x + 24
            fill = "#eaa56a" if value > 0 else "#8fb5de"
            p.box(zero if value > 0 else zero - length, y + 3, length, 15, fill, "none", 1)
            p.text(x - 8, y + 15, f"{value:+.2f}".replace("-", "−"), 12.5, anchor="end")
    p.text(24, 466, "bars to the right make the older side likelier, bars to the left the younger one", 12.5, SOFT)
    p.text(24, 485, "(added to the log odds; decisions with few rows in a leaf hardly move)", 12.5, SOFT)
    for i, words in enumerate(decisions):
        p.text(600, y0 + row * i + 15, words, 12.5, BLUE)
    # How many rounds each level goes on learning.
    p.text(700, 92, "Rounds of each level", 15, bold=True)
    p.text(700, 112, "of the code tree", 15, bold=True)
    p.text(700, 134, "A level stops when the rows kept", 12.5, SOFT)
    p.text(700, 151, "aside no longer become likelier.", 12.5, SOFT)
    rounds = [151, 128, 97, 74, 41, 22, 9]
    for level, count in enumerate(rounds):
        y = 174 + 30 * level
        p.text(736, y + 15, str(level), 12.5, SOFT, "end")
        p.box(744, y + 2, count, 18, "#6f9fd0" if level else ORANGE, "none", 2)
        p.text(750 + count, y + 16, str(count), 12.5)
    p.text(700, 404, "level 0: the decision at the median,", 12.5, SOFT)
    p.text(700, 421, "learned from all rows; fine decisions", 12.5, SOFT)
    p.text(700, 438, "stop before they learn noise.", 12.5, SOFT)
    p.save("trees.svg")


def draw_residual():
    """Bill against the bill before: bins of the value, and bins of what differs. Invented figures."""
    chance = random.Random(4)
    bills = []
    for _ in range(420):
        before = math.exp(chance.gauss(3.3, 0.75))
        kind = chance.random()
        now = 0 if kind < 0.06 else before if kind < 0.2 else before + chance.gauss(0, 2.2 + 0.02 * before)
        if before < 98 and 0 <= now < 98:
            bills.append((before, now))
    p = Picture(960, 516, "Bins of a value and bins of its difference from a prediction")
    p.text(24, 30, "Residual coding", 17, bold=True)
    p.text(24, 50, "The bill of this month is close to the bill of the month before; invented figures.", 13, SOFT)
    size, top = 350, 90

    def axes(x0, title, label):
        p.text(x0, top - 10, title, 13.5, bold=True)
        p.box(x0, top, size, size, "#ffffff", LINE, 0)
        p.text(x0 + size / 2, top + size + 34, "bill last month", 12.5, SOFT, "middle")
        p.text(x0 - 34, top + size / 2, label, 12.5, SOFT, "middle", turned=True)
        for value in (0, 50, 100):
            p.text(x0 + size * value / 100, top + size + 17, str(value), 11.5, SOFT, "middle")

    x0 = 80
    axes(x0, "states of the bill itself", "bill this month")
    values = sorted(now for _, now in bills if now > 0)
    cuts = [values[len(values) * i // 10] for i in range(1, 10)]
    for i, (low, high) in enumerate(zip([0, *cuts], [*cuts, 100])):
        if i % 2 == 0:
            p.box(x0, top + size * (1 - high / 100), size, size * (high - low) / 100, "#e8f0f9", "none", 0)
    for before, now in bills:
        p.dot(x0 + size * before / 100, top + size * (1 - now / 100))
    for value in (0, 50, 100):
        p.text(x0 - 6, top + size * (1 - value / 100) + 4, str(value), 11.5, SOFT, "end")

    x1, reach = 560, 12
    axes(x1, "states of bill − prediction", "bill this month − prediction")

    def at(difference):
        return top + size * (0.5 - difference / (2 * reach))

    rest = sorted(now - before for before, now in bills if now > 0 and now != before)
    cuts = [rest[len(rest) * i // 10] for i in range(1, 10)]
    for i, (low, high) in enumerate(zip([-reach, *cuts], [*cuts, reach])):
        if i % 2 == 0:
            p.box(x1, at(min(high, reach)), size, at(max(low, -reach)) - at(min(high, reach)), "#e8f0f9", "none", 0)
    for before, now in bills:
        if now > 0 and now != before and abs(now - before) < reach:
            p.dot(x1 + size * before / 100, at(now - before))
    p.line([(x1, at(0)), (x1 + size, at(0))], ORANGE, 2.4)
    for value in (-reach, 0, reach):
        p.text(x1 - 6, at(value) + 4, str(value).replace("-", "−"), 11.5, SOFT, "end")
    for before, now in bills:
        if now == before:
            p.dot(x1 + size * before / 100, at(0), 2, ORANGE, 0.8)
        if now == 0:
            p.dot(x0 + size * before / 100, top + size, 2.2, GREEN, 0.9)
    p.text(x0, top + size + 54, "one of ten states leaves the bill far more open", 12.5, SOFT)
    p.text(x1, top + size + 54, "with a state of their own: the difference 0", 12.5, ORANGE)
    p.text(x1 + 268, top + size + 54, "and the bill 0", 12.5, GREEN)
    p.save("residual.svg")


def through(points):
    """A monotone cubic through points of rising x (Fritsch and Butland): x, share, slope."""
    x, f = [], []
    for at, share in points:
        if x and at <= x[-1]:
            f[-1] = max(share, f[-1])
        else:
            x.append(at)
            f.append(max(share, f[-1] if f else 0.0))
    f[0], f[-1] = 0.0, 1.0
    secant = [(f[i + 1] - f[i]) / (x[i + 1] - x[i]) for i in range(len(x) - 1)]
    slope = [secant[0]] + [0.0] * (len(x) - 2) + [secant[-1]]
    for i in range(1, len(x) - 1):
        a, b = secant[i - 1], secant[i]
        if a > 0 and b > 0:
            before, after = x[i] - x[i - 1], x[i + 1] - x[i]
            w0, w1 = 2 * after + before, after + 2 * before
            slope[i] = (w0 + w1) / (w0 / a + w1 / b)
    return x, f, slope


def share_below(curve, value):
    x, f, slope = curve
    if value <= x[0] or value >= x[-1]:
        return 0.0 if value <= x[0] else 1.0
    i = max(k for k in range(len(x) - 1) if x[k] <= value)
    h = x[i + 1] - x[i]
    t = (value - x[i]) / h
    return (
        f[i] * (2 * t**3 - 3 * t**2 + 1) + h * slope[i] * (t**3 - 2 * t**2 + t)
        + f[i + 1] * (3 * t**2 - 2 * t**3) + h * slope[i + 1] * (t**3 - t**2)
    )  # fmt: skip


def smooth(values, resolution, shifts=4):
    """The average of monotone cubics through shifted sets of quantiles, as codec/smooth.rs has it."""
    values, rows = sorted(values), len(values)
    low, high = values[4], values[-5]

    def at(p):
        place = min(max(p * rows - 0.5, 0), rows - 1)
        first = min(int(place), rows - 2)
        return min(max(values[first] + (values[first + 1] - values[first]) * (place - first), low), high)

    curves = []
    for shift in range(shifts):
        ps = [(i + shift / shifts) / resolution for i in range(resolution) if i + shift > 0]
        tail = 0.5 / resolution
        while tail * rows > 12:
            ps += [tail, 1 - tail]
            tail /= 2
        curves.append(through([(low, 0.0), *((at(p), p) for p in sorted(ps)), (high, 1.0)]))
    x = sorted({at for curve in curves for at in curve[0]})
    return through([(at, sum(share_below(c, at) for c in curves) / shifts) for at in x])


def chosen_resolution(values, folds=4):
    """The number of quantiles that makes values left out most likely."""
    width, extent = max(values) * 1e-6, max(values) - min(values)
    best = None
    for resolution in (4, 8, 16, 32):
        if resolution * 6 > len(values):
            break
        score = 0.0
        for fold in range(folds):
            curve = smooth([v for i, v in enumerate(values) if i % folds != fold], resolution)
            for value in values[fold::folds]:
                mass = share_below(curve, value + width / 2) - share_below(curve, value - width / 2)
                score += math.log(0.999 * mass + 0.001 * width / extent)
        if best is None or score > best[0] + 1:
            best = (score, resolution)
    return best[1]


def draw_marginals(rows):
    """The steps of a sample against the smooth curve, and values that keep a mass of their own."""
    p = Picture(960, 460, "A smooth distribution function, and values with a mass of their own")
    p.text(24, 30, "Inside the states", 17, bold=True)
    words = "What rows not yet seen will look like, rather than where the training rows happen to lie."
    p.text(24, 50, words, 13, SOFT)
    weights = [float(row["fnlwgt"]) / 1000 for row in rows[:150]]
    resolution = chosen_resolution(weights)
    x0, top, w, h, most = 70, 96, 390, 280, 550
    p.text(x0, top - 12, "values that hardly repeat follow a smooth curve", 13.5, bold=True)
    p.box(x0, top, w, h, "#ffffff", LINE, 0)
    to = lambda value, share: (x0 + w * value / most, top + h * (1 - share))  # noqa: E731
    steps, ordered = [to(0, 0)], sorted(weights)
    for i, value in enumerate(ordered):
        steps += [to(value, i / len(ordered)), to(value, (i + 1) / len(ordered))]
    p.line(steps, "#8d99a6", 1.4)
    curve = smooth(weights, resolution)
    p.line([to(v, share_below(curve, v)) for v in range(0, most + 1, 2)], ORANGE, 2.6)
    for share in (0, 0.5, 1):
        p.text(x0 - 8, top + h * (1 - share) + 4, f"{share:g}", 11.5, SOFT, "end")
    for value in (0, 100, 200, 300, 400, 500):
        p.text(to(value, 0)[0], top + h + 18, str(value), 11.5, SOFT, "middle")
    p.text(x0 + w / 2, top + h + 38, "census weight of 150 rows, in thousands", 12.5, SOFT, "middle")
    p.line([(x0 + 218, top + 222), (x0 + 246, top + 222)], "#8d99a6", 1.6)
    p.text(x0 + 254, top + 226, "share of the rows", 12.5)
    p.line([(x0 + 218, top + 244), (x0 + 246, top + 244)], ORANGE, 2.6)
    p.text(x0 + 254, top + 248, "the smooth curve", 12.5)

    x1, w1 = 530, 390
    hours = Counter(int(float(row["hours_per_week"])) for row in rows)
    p.text(x1, top - 12, "values that repeat keep a mass of their own", 13.5, bold=True)
    p.box(x1, top, w1, h, "#ffffff", LINE, 0)
    tallest = 0.5
    for value in range(1, 81):
        share = hours[value] / len(rows)
        height = h * share / tallest
        heavy = value % 5 == 0 and share > 0.01
        x = x1 + w1 * (value - 0.5) / 81
        p.box(x, top + h - height, w1 / 81 - 1, height, ORANGE if heavy else "#6f9fd0", "none", 0)
    x = x1 + w1 * 40 / 81
    share = hours[40] / len(rows)
    p.text(x + 12, top + h - h * share / tallest + 10, f"40 hours: {share:.1%}", 12.5, ORANGE)
    for value in (0, 20, 40, 60, 80):
        p.text(x1 + w1 * value / 81, top + h + 18, str(value), 11.5, SOFT, "middle")
    for share in (0, 0.25, 0.5):
        p.text(x1 - 8, top + h * (1 - share / tallest) + 4, f"{share:.0%}", 11.5, SOFT, "end")
    p.text(x1 + w1 / 2, top + h + 38, "hours a week, all 32,561 rows", 12.5, SOFT, "middle")
    p.save("marginals.svg")


def main():
    with gzip.open(ADULT, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    draw_chain(rows)
    draw_code_tree(rows)
    draw_trees()
    draw_residual()
    draw_marginals(rows)


if __name__ == "__main__":
    main()

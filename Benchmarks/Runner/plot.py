"""Plots as SVG, both axes logarithmic. Nothing but Python is needed."""

import math
from html import escape

from measure import nanoseconds

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 90, 190, 50, 55
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555")


def plot(title, across, series):
    """`series`: by name, the points (x, nanoseconds)."""
    xs = sorted({x for points in series.values() for x, _ in points})
    ys = [y for points in series.values() for _, y in points]
    lowest, highest = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))
    highest = max(highest, lowest + 1)
    first, last = math.log10(xs[0]), math.log10(xs[-1])

    def place(x, y):
        return (
            LEFT + (math.log10(x) - first) / ((last - first) or 1) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - (math.log10(y) - lowest) / (highest - lowest) * (HEIGHT - TOP - BOTTOM),
        )

    def text(x, y, words, anchor="middle", more=""):
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(words)}</text>'

    right = WIDTH - RIGHT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(WIDTH / 2, 24, title, more='font-size="15"'),
        text((LEFT + right) / 2, HEIGHT - 12, across),
    ]
    # Where few powers of ten are shown, 2 and 5 are told too.
    steps = (1, 2, 5) if highest - lowest < 3 else (1,)
    ticks = [step * 10.0**power for power in range(lowest, highest) for step in steps] + [10.0**highest]
    for tick in ticks:
        _, y = place(xs[0], tick)
        lines.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#ddd"/>')
        lines.append(text(LEFT - 8, y + 4, nanoseconds(tick), "end"))
    for x in xs:
        at, _ = place(x, ys[0])
        lines.append(f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        lines.append(text(at, HEIGHT - BOTTOM + 18, f"{x:,}"))
    free = [0.0]
    ends = sorted((place(*points[-1])[1], name) for name, points in series.items())
    labels = {}
    for y, name in ends:
        # Names stand beside the ends of their lines, and not on each other.
        free.append(max(y, free[-1] + 15))
        labels[name] = free[-1]
    for colour, (name, points) in zip(COLOURS, series.items()):
        placed = [place(*point) for point in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in placed]
        lines.append(text(right + 8, labels[name] + 4, name, "start", f'fill="{colour}"'))
    return "\n".join([*lines, "</svg>"]) + "\n"

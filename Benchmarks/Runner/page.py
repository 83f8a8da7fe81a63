"""Documentation/Performance.md: the table between two markers, and the plots beside it."""

import datetime
import os
import platform
import re
from pathlib import Path

from commands import ROOT
from plot import plot
from table import table

PAGE = ROOT / "Documentation/Performance.md"
BEGIN, END = "<!-- scripts/bench --page writes what follows -->", "<!-- as far as here -->"


def write(measurements):
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{machine()}\n\n{table(measurements)}\n{END}{after}")
    for name, picture in plots(measurements).items():
        (PAGE.parent / f"performance-{name}.svg").write_text(picture)


def machine():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    load = os.getloadavg()[0]
    today = datetime.datetime.now(datetime.timezone.utc).date()
    clock = "; of one thread and of whole processes CPU time" if "BENCH_CPU_TIME" in os.environ else ""
    return f"Measured on {today}: {os.cpu_count()} cores of {model}, load {load:.1f} at the end{clock}."


def plots(measurements):
    """By name; those whose measurements are there."""
    clock = "CPU time of one thread, wall time of more" if "BENCH_CPU_TIME" in os.environ else "wall time"
    plans = {
        "objects": ("Cost against the number of objects on a token", "objects", objects),
        "threads": (f"A P-256 signature on SoftHSM, {clock}", "threads", threads),
    }
    made = {}
    for name, (title, across, series) in plans.items():
        found = {line: sorted(points) for line, points in series(measurements).items() if len(points) > 1}
        if found:
            made[name] = plot(title, across, found)
    return made


def number(text):
    return int(re.search(r"([\d,]+) (object|thread)", text)[1].replace(",", ""))


def objects(measurements):
    series = {}

    def add(line, size, time):
        series.setdefault(line, []).append((size, time))

    for measurement in measurements:
        name = measurement.name
        if name == "open it again":
            for contestant in measurement.contestants:
                add("open again: Swift", number(contestant), measurement.median(contestant))
        elif name.startswith(("open", "list")):
            for contestant in measurement.contestants:
                what = f"open: {contestant}" if name.startswith("open") else contestant
                add(what, number(name), measurement.median(contestant))
    return series


def threads(measurements):
    series = {}
    for measurement in measurements:
        if measurement.name.startswith("sign, P-256"):
            for contestant in measurement.contestants:
                series.setdefault(contestant, []).append((number(measurement.name), measurement.median(contestant)))
    return series

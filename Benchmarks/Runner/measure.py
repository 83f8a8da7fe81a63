"""Contestants by turns, and what came out."""

import shutil
import statistics
import sys
from dataclasses import dataclass, field

from commands import Failure


@dataclass
class Measurement:
    """Contestants that do the same thing. They are run by turns, so that what else the machine does falls on all."""

    name: str
    group: str
    contestants: dict
    rows: list = field(default_factory=list)
    rounds: int = 15
    results: dict = field(default_factory=dict)

    def __post_init__(self):
        """What is not installed here is left out, and what would be compared with it."""
        here = {name: command for name, command in self.contestants.items() if shutil.which(command.arguments[0])}
        for name in self.contestants.keys() - here.keys():
            print(f"{self.name}: {name} is not installed", file=sys.stderr)
        self.contestants = here
        self.rows = [row for row in self.rows if {row.ours, row.against or row.ours} <= here.keys()]

    def run(self, quick):
        rounds = min(self.rounds, 3) if quick else self.rounds
        self.results = {name: [] for name in self.contestants}
        names = list(self.contestants)
        # Of whole processes the first finds cold files.
        for name, command in self.contestants.items():
            if command.reads == "time" and not command.once:
                command.measure()
        for turn in range(rounds):
            # Another one first each time.
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                if not (self.contestants[name].once and self.results[name]):
                    self.results[name].append(self.measure(name))
        print(f"{self.name}: " + ", ".join(f"{name} {self.text(name)}" for name in names), file=sys.stderr)

    def measure(self, name):
        """Once more where it fails: other programs do at times, and a run is long."""
        try:
            return self.contestants[name].measure()
        except Failure as failure:
            print(f"{self.name}: once more after: {failure}", file=sys.stderr)
            return self.contestants[name].measure()

    def median(self, name):
        return statistics.median(self.results[name])

    def minimum(self, name):
        return min(self.results[name])

    def text(self, name):
        """A contestant's median, and its minimum."""
        command = self.contestants[name]
        values = self.results[name]
        if command.reads == "time" and self.median(name) >= command.limit * 1e9:
            return f"> {command.limit:.0f} s"
        unit = {"allocations": plain, "KiB": kibibytes}.get(command.reads, nanoseconds)
        if len(values) < 2 or command.reads == "allocations":
            return unit(self.median(name))
        return f"{unit(self.median(name))} ({unit(self.minimum(name))})"


def plain(value):
    return f"{value:.3g}"


def kibibytes(value):
    return f"{value / 1024:.1f} MiB"


def nanoseconds(value):
    for size, unit in (1e9, "s"), (1e6, "ms"), (1e3, "µs"):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} ns"


@dataclass
class Row:
    """What is promised of a measurement; without a goal, what is shown of it. `kind` says what is compared:

    time         ours / theirs, at most `goal`
    rate         theirs / ours, which is the throughput's ratio, at least `goal`
    cost         ours - theirs in nanoseconds, at most `goal`; its ratio is that of ours to the contestant `unit`
    allocations  ours, at most `goal`
    """

    ours: str
    against: str
    kind: str
    goal: float | None
    unit: str = ""

    def value(self, measurement, of=Measurement.median):
        """By the contestants' medians, or by their minima."""
        ours = of(measurement, self.ours)
        if self.kind == "allocations":
            return ours
        theirs = of(measurement, self.against)
        return {"time": ours / theirs, "rate": theirs / ours, "cost": ours - theirs}[self.kind]

    def ratio(self, measurement, of=Measurement.median):
        """What is compared with other runs: no time, for machines differ."""
        if self.kind == "cost":
            return of(measurement, self.ours) / of(measurement, self.unit)
        return self.value(measurement, of)

    def met(self, measurement):
        if self.goal is None:
            return "–"
        value = self.value(measurement)
        return "yes" if (value >= self.goal if self.kind == "rate" else value <= self.goal) else "**no**"

    def value_text(self, measurement):
        text = {"cost": nanoseconds, "allocations": plain}.get(self.kind, lambda value: f"{value:.2f} ×")
        median, minimum = (text(self.value(measurement, of)) for of in (Measurement.median, Measurement.minimum))
        return median if self.kind == "allocations" else f"{median} ({minimum})"

    def goal_text(self):
        if self.goal is None:
            return "–"
        if self.kind == "cost":
            return f"≤ {nanoseconds(self.goal)}"
        unit = "" if self.kind == "allocations" else " ×"
        return f"{'≥' if self.kind == 'rate' else '≤'} {self.goal:g}{unit}"

    def identity(self, measurement):
        return f"{measurement.name}: {self.ours}" + (f", {self.against}" if self.against else "")

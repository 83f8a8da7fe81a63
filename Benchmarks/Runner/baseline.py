"""The ratios of a run that was good, and what is worse now."""

import json
import os
import sys
from pathlib import Path

from commands import Failure
from measure import Measurement

# Another file is for tests.
FILE = Path(os.environ.get("BENCH_BASELINE", Path(__file__).resolve().parents[1] / "baseline.json"))
TOLERANCE = 1.15
CLOCK = "CPU time" if "BENCH_CPU_TIME" in os.environ else "wall time"


def best(row, measurement):
    """By the medians or by the minima, for other work moves either."""
    now = [row.ratio(measurement, of) for of in (Measurement.median, Measurement.minimum)]
    return max(now) if row.kind == "rate" else min(now)


def record(measurements):
    """Rows that were not measured now keep what they had."""
    now = {row.identity(at): round(best(row, at), 3) for at in measurements for row in at.rows}
    FILE.write_text(json.dumps(recorded() | now | {"clock": CLOCK}, indent=2, sort_keys=True) + "\n")


def recorded():
    """The ratios, which were measured by the clock that is asked for now."""
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    clock = known.pop("clock", CLOCK)
    if clock != CLOCK:
        raise Failure(f"what is recorded is {clock}, and this is {CLOCK}: --cpu-time is for both or for neither")
    return known


def regressions(measurement):
    """What is worse than recorded, in words."""
    known, found = recorded(), []
    for row in measurement.rows:
        before = known.get(row.identity(measurement))
        if before is None:
            print(f"not recorded: {row.identity(measurement)}", file=sys.stderr)
            continue
        now = best(row, measurement)
        if before > now * TOLERANCE if row.kind == "rate" else now > before * TOLERANCE:
            found.append(f"{row.identity(measurement)}: {now:.3g}, recorded {before:.3g}")
    return found

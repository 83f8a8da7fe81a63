"""The ratios of a run that was good, and what is worse now."""

import json
import os
from pathlib import Path

from measure import Measurement

# Another file is for tests.
FILE = Path(os.environ.get("BENCH_BASELINE", Path(__file__).resolve().parents[1] / "baseline.json"))
TOLERANCE = 1.15


def ratios(measurements):
    return {
        row.identity(measurement): round(row.ratio(measurement), 3)
        for measurement in measurements
        for row in measurement.rows
    }


def record(measurements):
    """Rows that were not measured now keep what they had."""
    FILE.write_text(json.dumps(recorded() | ratios(measurements), indent=2, sort_keys=True) + "\n")


def recorded():
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def regressions(measurement):
    """What is worse than recorded, in words: by the medians and by the minima, for other work moves either."""
    known, found = recorded(), []
    for row in measurement.rows:
        before = known.get(row.identity(measurement))
        if before is None:
            continue
        now = [row.ratio(measurement, of) for of in (Measurement.median, Measurement.minimum)]
        best = max(now) if row.kind == "rate" else min(now)
        if before > best * TOLERANCE if row.kind == "rate" else best > before * TOLERANCE:
            found.append(f"{row.identity(measurement)}: {best:.3g}, recorded {before:.3g}")
    return found

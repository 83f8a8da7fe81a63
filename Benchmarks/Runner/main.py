"""scripts/bench: measures, prints the table, and compares it. Its options are told there."""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

import baseline
import page
import rows
import tokens
from commands import Failure
from table import table


class Tokens:
    """Tokens are made when they are asked for."""

    def __init__(self, folder):
        self.folder = folder
        self.made = {}

    def __call__(self, size):
        if size not in self.made:
            self.made[size] = tokens.nothing(self.folder) if size == "nothing" else tokens.softhsm(self.folder, size)
        return self.made[size]


def parse():
    parser = argparse.ArgumentParser(prog="scripts/bench", add_help=False)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(rows.GROUPS))
    for option in "check", "record", "page":
        parser.add_argument(f"--{option}", action="store_true")
    return parser.parse_args()


def measure(options, folder):
    """Each measurement when it is done, with what is worse than recorded: what is so twice."""
    made = Tokens(Path(folder))
    for group in options.only.split(","):
        for measurement in rows.GROUPS[group](made, options.quick):
            measurement.run(options.quick)
            worse = baseline.regressions(measurement) if options.check else []
            if worse:
                measurement.run(options.quick)
                worse = baseline.regressions(measurement)
            yield measurement, worse


def main():
    options = parse()
    unknown = set(options.only.split(",")) - set(rows.GROUPS)
    if unknown:
        print(f"bench: --only takes {', '.join(rows.GROUPS)}, not {', '.join(sorted(unknown))}", file=sys.stderr)
        sys.exit(64)
    if options.page and (options.quick or options.only != ",".join(rows.GROUPS)):
        print("bench: --page shows a whole run: neither --quick nor --only", file=sys.stderr)
        sys.exit(64)
    if options.record and options.quick and "BENCH_BASELINE" not in os.environ:
        print("bench: --record keeps a whole measurement: not --quick", file=sys.stderr)
        sys.exit(64)
    # A clock that is not the recorded one's is told before all is measured.
    known = baseline.recorded() if options.check or options.record else {}
    if options.check and not known:
        raise Failure("nothing is recorded to compare with: --record does that")
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="tokencsp-bench.", dir=memory) as folder:
        done = list(measure(options, folder))
    measurements = [measurement for measurement, _ in done]
    print(table(measurements))
    if options.record:
        baseline.record(measurements)
    if options.page:
        page.write(measurements)
    worse = [line for _, lines in done for line in lines]
    for line in worse:
        print(f"bench: worse by more than 15 %: {line}", file=sys.stderr)
    return 1 if worse else 0


# The folder with the tokens goes also then.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
try:
    sys.exit(main())
except Failure as failure:
    print(f"bench: {failure}", file=sys.stderr)
    sys.exit(1)

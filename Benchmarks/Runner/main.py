"""scripts/bench: measures, prints the table, and compares it. Its options are told there."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

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
    return parser.parse_args()


def main():
    options = parse()
    unknown = set(options.only.split(",")) - set(rows.GROUPS)
    if unknown:
        print(f"bench: --only takes {', '.join(rows.GROUPS)}, not {', '.join(sorted(unknown))}", file=sys.stderr)
        sys.exit(64)
    with tempfile.TemporaryDirectory(prefix="tokencsp-bench.", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        done = []
        made = Tokens(Path(folder))
        for group in options.only.split(","):
            for measurement in rows.GROUPS[group](made, options.quick):
                measurement.run(options.quick)
                done.append(measurement)
        print(table(done))


try:
    main()
except Failure as failure:
    print(f"bench: {failure}", file=sys.stderr)
    sys.exit(1)

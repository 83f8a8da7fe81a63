"""What can be run: a program on a token, and what is read from it."""

import os
import resource
import subprocess
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("BENCH_BUILD", ROOT / ".build-bench"))
PROGRAMS = BUILD / "programs"
SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


class Failure(Exception):
    """A program that did not do what it should."""


@dataclass(frozen=True)
class Token:
    """A token, and the environment in which it is everybody's."""

    module: str
    label: str
    pin: str
    environment: dict = field(hash=False)

    def with_environment(self, **more):
        return replace(self, environment=self.environment | more)


@dataclass(frozen=True)
class Command:
    """One contestant. `reads` says what its result is: the `number` it prints, in nanoseconds; `KiB` it prints; the
    `time` of the whole process; or the `allocations` that one more operation takes."""

    arguments: tuple
    token: Token
    reads: str = "number"
    # Run before and after, and not measured.
    before: "Command | None" = None
    after: "Command | None" = None
    # A program that takes seconds is run once; one that takes longer than `limit` is stopped, and took at least that.
    once: bool = False
    limit: float = 300

    def run(self, extra=(), **more):
        environment = os.environ | self.token.environment | more
        arguments = [str(argument) for argument in (*self.arguments, *extra)]
        try:
            done = subprocess.run(
                arguments, env=environment, timeout=self.limit, capture_output=True, text=True, stdin=subprocess.DEVNULL
            )
        except subprocess.TimeoutExpired:
            return None
        if done.returncode:
            raise Failure(
                f"{' '.join(arguments).replace(self.token.pin, 'PIN')}: {done.returncode} {done.stderr.strip()}"
            )
        return done

    def measure(self):
        """One result; nanoseconds, KiB, or a number of allocations."""
        if self.before:
            self.before.run()
        try:
            return self._measured()
        finally:
            if self.after:
                self.after.run()

    def _measured(self):
        if self.reads == "allocations":
            few, many = 1000, 3000
            counts = [self._allocations(count) for count in (few, many)]
            return (counts[1] - counts[0]) / (many - few)
        start = processes_ns()
        done = self.run()
        taken = processes_ns() - start
        if done is None and self.reads == "time":
            return self.limit * 1e9
        if done is None:
            raise Failure(f"{self.arguments[0]}: not done after {self.limit} s")
        return float(taken if self.reads == "time" else done.stdout)

    def _allocations(self, count):
        done = self.run([count], LD_PRELOAD=str(PROGRAMS / "allocations.so"))
        return int(done.stderr.split()[-1])


def processes_ns():
    """Wall time; where BENCH_CPU_TIME is set the CPU time of all that were run, as the programs do."""
    if "BENCH_CPU_TIME" not in os.environ:
        return time.perf_counter_ns()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return round((used.ru_utime + used.ru_stime) * 1e9)


def raw(token, *arguments, login=True, **more):
    return Command((PROGRAMS / "raw", token.module, token.label, token.pin if login else "", *arguments), token, **more)


def swift(token, *arguments, **more):
    return Command((PROGRAMS / "SwiftBench", *arguments), token, **more)


def abi(token, *arguments, **more):
    return Command((PROGRAMS / "abi", *arguments), token, **more)


def crypto(token, *arguments):
    return Command((PROGRAMS / "crypto", *arguments), token)


def process(token, *arguments, **more):
    """Any program, of which the whole process is timed."""
    return Command(arguments, token, reads="time", **more)

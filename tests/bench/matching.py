"""Matching 100,000 lines of statements with 100,000 open items, beside a nested loop over a tenth of them."""

import resource
import subprocess
import sys
from collections.abc import Sequence
from random import Random

import msgspec
from msgspec import Struct

from domain.matching import OpenEntry, OpenItem, match
from tests.bench.ground import Ground
from tests.bench.measurement import Measurement, Turn, Work, beside, compared, say, timed, told
from tests.noisy_payments import Terms, invented

PAYMENTS = 100_000
NAIVE_PAYMENTS = 10_000
TURNS = 3
LIMIT_MIB = 1_024
MATCHING, MEMORY = "matching", "matching_memory"


class Run(Struct, frozen=True):
    """What one process matched, how long that took, and its largest resident set."""

    entries: int
    seconds: float
    peak_mib: float


def matching(_ground: Ground) -> Measurement:
    """Measure entries a second, noise included, each turn in a process of its own."""
    few = _invented(NAIVE_PAYMENTS)
    turns = []
    for _ in range(TURNS):
        run = _run()
        say(f"{MATCHING}: {run.entries:,} entries in {run.seconds:.1f} s, {run.peak_mib:,.0f} MiB")
        turns.append(told(MATCHING, Turn(Work(run.entries, run.seconds), timed(lambda: _naive(*few)))))
    return beside(MATCHING, turns, unit="entries/s", baseline=f"a nested loop over {NAIVE_PAYMENTS:,} by as many")


def matching_memory(_ground: Ground) -> Measurement:
    """Measure the largest resident set of a process that invents the payments and matches them."""
    return compared(MEMORY, _run().peak_mib, unit="MiB", baseline="limit", baseline_value=LIMIT_MIB)


def naive(entries: Sequence[OpenEntry], items: Sequence[OpenItem]) -> int:
    """Look through all items for each entry, as one writes it first: amount, account, and a reference in the text."""
    open_items = list(items)
    found = 0
    for entry in entries:
        text = f"{entry.end_to_end_id} {entry.remittance}".casefold()
        for place, item in enumerate(open_items):
            if (
                entry.amount_minor == item.amount_minor
                and entry.currency == item.currency
                and entry.account == item.account
                and any(reference.casefold() in text for reference in item.references)
            ):
                del open_items[place]
                found += 1
                break
    return found


def _naive(entries: Sequence[OpenEntry], items: Sequence[OpenItem]) -> int:
    """Return how many entries were looked at."""
    naive(entries, items)
    return len(entries)


def _invented(count: int) -> tuple[list[OpenEntry], list[OpenItem]]:
    payments = invented(Random(1), Terms(count=count, buyers=max(2, count // 20)))  # noqa: S311 - the same every run
    return payments.entries, payments.items


def _run() -> Run:
    ran = subprocess.run([sys.executable, "-m", "tests.bench.matching"], capture_output=True, check=True)
    return msgspec.json.decode(ran.stdout, type=Run)


def main() -> None:
    """Match once and tell how it went, as JSON."""
    entries, items = _invented(PAYMENTS)
    work = timed(lambda: len(entries) if match(entries, items).matched else 0)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    print(msgspec.json.encode(Run(work.done, work.seconds, peak_mib)).decode())


if __name__ == "__main__":
    main()

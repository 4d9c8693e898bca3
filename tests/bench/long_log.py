"""The long log: simulated trades of many years, played and folded by a process whose memory is watched."""

import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import msgspec
import structlog

from api.composition import connected
from api.simulator import DAYS, opening, play, simulate
from tests.bench.ground import BOOK, Ground
from tests.bench.measurement import say

ENDS_AT = datetime(2026, 11, 1, tzinfo=UTC)
SEED = 7
TRADES_PER_PERIOD = 3_000
"""A longer log is more periods of DAYS of one and the same marketplace, not a busier one."""
EVENTS_PER_TRADE = 34
PLAY_SECONDS_MAX = 1_800


class LongLog(msgspec.Struct, frozen=True):
    """A log that was played and folded, and how much memory its process took at most."""

    dsn: str
    events: int
    memory_peak_mib: float


@cache
def long_log(ground: Ground) -> LongLog:
    """Return the long log, made when it is first asked for, in a process of its own."""
    say(f"playing and folding {ground.events:,} events")
    command = (sys.executable, "-m", "tests.bench.long_log", ground.new_database(), str(ground.events))
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=PLAY_SECONDS_MAX)
    return msgspec.json.decode(run.stdout, type=LongLog)


def main(dsn: str, events: int) -> LongLog:
    """Play about so many events into an empty database, and fold them."""
    trades = max(1, round(events / EVENTS_PER_TRADE))
    days = max(DAYS, DAYS * trades // TRADES_PER_PERIOD)
    with connected(dsn) as house:
        book = house.book(BOOK)
        play(opening(BOOK, seed=SEED, ends_at=ENDS_AT, days=days), book.writer)
        play(simulate(trades=trades, seed=SEED, ends_at=ENDS_AT, days=days), book.writer)
        size = book.runner.catch_up()
    return LongLog(dsn, size, memory_peak_mib())


def memory_peak_mib() -> float:
    """Return how much memory this process had at most, as Linux counts it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (peak_kib,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak_kib) / 1024


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    sys.stdout.write(msgspec.json.encode(main(sys.argv[1], int(sys.argv[2]))).decode())

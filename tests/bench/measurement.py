"""A measurement is a figure beside a baseline that was taken in the same run, turn by turn."""

import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import NamedTuple

import msgspec


class Measurement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    What `make bench` prints: one JSON line each.

    interval: in which the ratio lies, where it was taken pair by pair. p50_ms, p99_ms: so long did half of what was
    measured, and all but a hundredth of it, take at most.
    """

    name: str
    value: float
    unit: str
    baseline: str
    baseline_value: float
    ratio: float
    interval: tuple[float, float] | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None


class Work(NamedTuple):
    """How much was done in which time."""

    done: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.done / self.seconds


class Turn(NamedTuple):
    """One turn of what is measured and one of its baseline, straight after each other."""

    measured: Work
    baseline: Work


def timed(work: Callable[[], int]) -> Work:
    """Do some work that returns how much it was."""
    started = perf_counter()
    done = work()
    return Work(done, perf_counter() - started)


def told(name: str, turn: Turn) -> Turn:
    """Show a turn to whoever waits."""
    say(f"{name}: {turn.measured.rate:,.0f}/s beside {turn.baseline.rate:,.0f}/s")
    return turn


def beside(name: str, turns: list[Turn], *, unit: str, baseline: str) -> Measurement:
    """Return the median rates over the turns, and the ratio of the two."""
    value = median(turn.measured.rate for turn in turns)
    baseline_value = median(turn.baseline.rate for turn in turns)
    return compared(name, value, unit=unit, baseline=baseline, baseline_value=baseline_value)


def compared(name: str, value: float, *, unit: str, baseline: str, baseline_value: float) -> Measurement:
    """Return a figure beside its baseline."""
    return Measurement(
        name=name,
        value=round(value, 1),
        unit=unit,
        baseline=baseline,
        baseline_value=round(baseline_value, 1),
        ratio=round(value / baseline_value, 3),
    )


def say(text: str) -> None:
    """Tell people something; programs read standard output."""
    print(text, file=sys.stderr, flush=True)

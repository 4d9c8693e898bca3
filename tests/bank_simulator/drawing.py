"""Which payment meets which noise: drawn by the rates of tests/bank_noise.py, each kind at least once if wanted."""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from tests.bank_noise import EXACT, FEE_FROM_MINOR, NOISES, SHORT_AT_LEAST_MINOR, SHORT_BPS, Noise, Side

ALL_BPS = 10_000

Payment = TypeVar("Payment")


def drawn(
    random: Random,
    payments: Sequence[Payment],
    side: Side,
    *,
    is_fit: Callable[[Payment, Noise], bool],
    each_once: bool,
) -> list[Noise]:
    """Return the noise of each payment; one that doesn't fit it is none."""
    kinds = [noise for noise in NOISES if noise.side in {side, "either"}]
    noises = [_one(random, kinds) for _ in payments]
    noises = [noise if is_fit(payment, noise) else EXACT for payment, noise in zip(payments, noises, strict=True)]
    for kind in kinds if each_once else ():
        if kind not in noises:
            _force(random, kind, noises, [n for n, payment in enumerate(payments) if is_fit(payment, kind)])
    return noises


def _one(random: Random, kinds: Sequence[Noise]) -> Noise:
    left = random.randrange(ALL_BPS)
    for noise in kinds:
        left -= noise.rate_bps
        if left < 0:
            return noise
    return EXACT


def _force(random: Random, kind: Noise, noises: list[Noise], fit: Sequence[int]) -> None:
    free = [number for number in fit if noises[number] is EXACT]
    if free:
        noises[random.choice(free)] = kind


def is_large_enough(amount_minor: int, noise: Noise) -> bool:
    """Return whether an amount is one that a noise happens to, by the bounds of the table."""
    match noise.kind:
        case "skimmed_fee":
            return amount_minor >= FEE_FROM_MINOR
        case "short_payment":
            return amount_minor * SHORT_BPS[0] >= SHORT_AT_LEAST_MINOR * ALL_BPS
        case "split_credit":
            return amount_minor > 1
        case _:
            return True

"""Laws of money: rounding, splitting, reading and writing."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.money import MINOR_MAX, Money, divide, exponent_of, from_major, round_major, share_so_far, split, to_major
from tests.strategies import currencies, money

numerators = st.integers(-(10**30), 10**30)
denominators = st.integers(1, 10**18)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any)


@given(numerators, denominators)
def test_rounding_is_pythons_own_half_to_even(numerator: int, denominator: int) -> None:
    assert divide(numerator, denominator) == round(Fraction(numerator, denominator))


@given(st.integers(-1_000, 1_000), st.integers(1, 1_000))
def test_halves_are_rounded_to_even(whole: int, denominator: int) -> None:
    assert divide((2 * whole + 1) * denominator, 2 * denominator) % 2 == 0


@given(numerators, denominators)
def test_rounding_favours_no_sign(numerator: int, denominator: int) -> None:
    assert divide(-numerator, denominator) == -divide(numerator, denominator)


@given(st.integers(-MINOR_MAX, MINOR_MAX), weights)
def test_splitting_loses_nothing_and_no_part_is_a_whole_unit_off(amount_minor: int, parts: list[int]) -> None:
    pieces = split(amount_minor, parts)
    assert sum(pieces) == amount_minor
    for piece, weight in zip(pieces, parts, strict=True):
        assert abs(piece - Fraction(amount_minor * weight, sum(parts))) < 1


@given(st.integers(0, MINOR_MAX), weights)
def test_splitting_gives_nothing_to_no_weight_and_nothing_below_zero(amount_minor: int, parts: list[int]) -> None:
    pieces = split(amount_minor, parts)
    assert all(piece >= 0 for piece in pieces)
    assert all(piece == 0 for piece, weight in zip(pieces, parts, strict=True) if not weight)


@given(st.integers(0, MINOR_MAX), st.lists(st.integers(1, 10**9), min_size=1, max_size=20))
def test_steps_of_any_size_take_a_part_whole(part_minor: int, sizes: list[int]) -> None:
    done = [sum(sizes[:count]) for count in range(len(sizes) + 1)]
    so_far = [share_so_far(part_minor, done=reached, whole=done[-1]) for reached in done]
    steps = [after - before for before, after in pairwise(so_far)]
    assert sum(steps) == part_minor
    assert all(step >= 0 for step in steps)
    for reached, taken in zip(done, so_far, strict=True):
        assert abs(taken - Fraction(part_minor * reached, done[-1])) <= Fraction(1, 2)


@given(money())
def test_what_is_written_in_major_units_is_read_back(amount: Money) -> None:
    assert from_major(to_major(amount.minor, amount.currency), amount.currency) == amount


@given(money())
def test_rounding_what_needs_none_changes_nothing(amount: Money) -> None:
    major = Fraction(amount.minor, 10 ** exponent_of(amount.currency))
    assert round_major(major, amount.currency) == amount


@given(st.fractions(-(10**11), 10**11), currencies())
def test_rounding_is_never_more_than_half_a_minor_unit_off(amount: Fraction, currency: str) -> None:
    exact = amount * 10 ** exponent_of(currency)
    assert abs(round_major(amount, currency).minor - exact) <= Fraction(1, 2)

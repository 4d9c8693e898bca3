"""Money: the one rounding, reading and writing of major units, splitting."""

from fractions import Fraction

import pytest

from domain.money import (
    MINOR_MAX,
    AmountOutOfRange,
    AmountTooFine,
    AmountUnreadable,
    CurrencyUnknown,
    Money,
    divide,
    exponent_of,
    from_major,
    positive,
    ranged,
    read_decimal,
    round_major,
    share,
    share_so_far,
    split,
    to_major,
)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (1, 2, 0),
        (3, 2, 2),
        (5, 2, 2),
        (7, 2, 4),
        (-1, 2, 0),
        (-3, 2, -2),
        (-5, 2, -2),
        (-7, 2, -4),
        (249, 100, 2),
        (251, 100, 3),
        (-249, 100, -2),
        (-251, 100, -3),
        (4, 3, 1),
        (5, 3, 2),
        (-4, 3, -1),
        (-5, 3, -2),
        (0, 7, 0),
        (14, 7, 2),
    ],
)
def test_a_half_is_rounded_to_the_even_neighbour_on_both_sides_of_zero(
    numerator: int, denominator: int, rounded: int
) -> None:
    assert divide(numerator, denominator) == rounded


@pytest.mark.parametrize(("currency", "exponent"), [("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4), ("INR", 2)])
def test_a_currency_has_the_decimals_of_iso_4217(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent


@pytest.mark.parametrize(
    "currency", ["XAU", "XXX", "XTS", "usd", "US", "840", "", "USD ", "\uff35\uff33\uff24", "BTC", "DEM"]
)
def test_what_has_no_minor_unit_is_no_currency(currency: str) -> None:
    with pytest.raises(CurrencyUnknown) as refused:
        exponent_of(currency)
    assert refused.value.currency == currency


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.30", "USD", 1_230),
        ("12.3", "USD", 1_230),
        ("12", "USD", 1_200),
        ("+12", "USD", 1_200),
        ("-0.05", "USD", -5),
        ("-0", "USD", 0),
        ("0007", "USD", 700),
        ("1.000", "USD", 100),
        ("1.000000000000000000", "JPY", 1),
        ("1500", "JPY", 1_500),
        ("1.234", "BHD", 1_234),
        ("90071992547409.91", "USD", MINOR_MAX),
        ("-90071992547409.91", "USD", -MINOR_MAX),
    ],
)
def test_major_units_are_read_exactly(text: str, currency: str, minor: int) -> None:
    assert from_major(text, currency) == Money(currency, minor)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1_230, "USD", "12.30 USD"),
        (-5, "USD", "-0.05 USD"),
        (0, "USD", "0.00 USD"),
        (1_500, "JPY", "1500 JPY"),
        (-1, "JPY", "-1 JPY"),
        (7, "BHD", "0.007 BHD"),
        (-MINOR_MAX, "USD", "-90071992547409.91 USD"),
    ],
)
def test_money_is_written_with_all_decimals_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert str(Money(currency, minor)) == text


UNREADABLE = [
    "",
    " ",
    " 1",
    "1 ",
    "1\n",
    "1e3",
    "1E-2",
    "1_000",
    "1,000",
    "1,5",
    ".5",
    "1.",
    ".",
    "-",
    "++1",
    "+-1",
    "1.2.3",
    "0x1f",
    "NaN",
    "inf",
    "1/2",
    "(5)",
    "$5",
    "\u22125",
    "\u0661\u0662",
    "\uff11\uff12",
    "²",
    "9" * 19,
    "1." + "0" * 19,
    "9" * 100_000,
]


@pytest.mark.parametrize("text", UNREADABLE, ids=lambda text: ascii(text[:20]))
def test_what_is_no_plain_decimal_is_unreadable(text: str) -> None:
    with pytest.raises(AmountUnreadable) as refused:
        from_major(text, "USD")
    assert refused.value.amount == text


def test_a_decimal_is_read_without_a_float_in_between() -> None:
    assert read_decimal("0.1") + read_decimal("0.2") == read_decimal("0.3") == Fraction(3, 10)


@pytest.mark.parametrize(
    ("text", "currency", "decimals"), [("1.001", "USD", 2), ("1.5", "JPY", 0), ("0.0001", "BHD", 3)]
)
def test_more_decimals_than_the_currency_has_are_refused_not_rounded(text: str, currency: str, decimals: int) -> None:
    with pytest.raises(AmountTooFine) as refused:
        from_major(text, currency)
    assert (refused.value.amount, refused.value.currency, refused.value.decimals_max) == (text, currency, decimals)


@pytest.mark.parametrize("text", ["90071992547409.92", "-90071992547409.92", "9" * 18])
def test_an_amount_beyond_what_json_keeps_exactly_is_refused(text: str) -> None:
    with pytest.raises(AmountOutOfRange):
        from_major(text, "USD")


@pytest.mark.parametrize(
    ("text", "currency", "first"),
    [
        ("1e3", "usd", CurrencyUnknown),
        ("9" * 19 + ".001", "USD", AmountUnreadable),
        ("9" * 18 + ".001", "USD", AmountTooFine),
    ],
)
def test_reading_checks_currency_then_text_then_decimals_then_range(
    text: str, currency: str, first: type[Exception]
) -> None:
    with pytest.raises(first):
        from_major(text, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        (Fraction("1.005"), "USD", 100),
        (Fraction("1.015"), "USD", 102),
        (Fraction("-1.005"), "USD", -100),
        (Fraction("-1.015"), "USD", -102),
        (Fraction(5, 2), "JPY", 2),
        (Fraction("0.0005"), "BHD", 0),
        (Fraction("0.0015"), "BHD", 2),
        (Fraction(1, 3), "USD", 33),
    ],
)
def test_major_units_are_rounded_to_the_minor_unit(amount: Fraction, currency: str, minor: int) -> None:
    assert round_major(amount, currency) == Money(currency, minor)


def test_rounding_checks_currency_then_range() -> None:
    with pytest.raises(CurrencyUnknown):
        round_major(Fraction(10**30), "XAU")
    with pytest.raises(AmountOutOfRange):
        round_major(Fraction(10**30), "USD")


def test_to_major_pads_what_is_smaller_than_one_unit() -> None:
    assert (to_major(5, "USD"), to_major(-5, "BHD"), to_major(5, "JPY")) == ("0.05", "-0.005", "5")


@pytest.mark.parametrize(
    ("amount_minor", "rate_bps", "part_minor"),
    [(10_000, 250, 250), (20, 250, 0), (60, 250, 2), (100, 250, 2), (1, 0, 0)],
)
def test_a_share_is_rounded_once(amount_minor: int, rate_bps: int, part_minor: int) -> None:
    assert share(amount_minor, rate_bps=rate_bps) == part_minor


def test_shares_so_far_reach_the_whole_part_at_the_end() -> None:
    assert [share_so_far(10, done=done, whole=3) for done in range(4)] == [0, 3, 7, 10]


def test_nothing_of_nothing_is_nothing() -> None:
    assert share_so_far(0, done=0, whole=0) == 0


@pytest.mark.parametrize(
    ("amount_minor", "weights", "parts"),
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (-100, (1, 1, 1), (-33, -33, -34)),
        (5, (0, 1), (0, 5)),
        (1, (1, 1), (1, 0)),
        (10, (1, 2, 3), (2, 3, 5)),
        (0, (1, 2), (0, 0)),
    ],
)
def test_what_is_left_over_goes_to_the_largest_remainders_earlier_parts_first(
    amount_minor: int, weights: tuple[int, ...], parts: tuple[int, ...]
) -> None:
    assert split(amount_minor, weights) == parts


@pytest.mark.parametrize("amount_minor", [0, -1, MINOR_MAX + 1])
def test_what_must_be_positive_is_at_least_one_minor_unit_and_in_range(amount_minor: int) -> None:
    with pytest.raises(AmountOutOfRange) as refused:
        positive(amount_minor)
    assert refused.value.amount_minor == amount_minor


@pytest.mark.parametrize("amount_minor", [-MINOR_MAX, 0, MINOR_MAX])
def test_the_range_includes_its_ends(amount_minor: int) -> None:
    assert ranged(amount_minor) == amount_minor


@pytest.mark.parametrize("amount_minor", [-MINOR_MAX - 1, MINOR_MAX + 1])
def test_beyond_the_range_on_either_side_is_refused(amount_minor: int) -> None:
    with pytest.raises(AmountOutOfRange):
        ranged(amount_minor)

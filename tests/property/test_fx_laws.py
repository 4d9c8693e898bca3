"""Laws of foreign exchange: whatever is converted, taken back and revalued, position and gains explain each other."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.commands import Command, RecordConversion, RecordRates, RevalueExposure, ReverseConversion
from domain.conversion import Deal
from domain.errors import LedgerError
from domain.exposure import Exposure
from domain.hold_workings import workings_of
from domain.money import Money, exponent_of
from domain.posting_rules import post
from domain.workings import Stood
from tests.given import AT, BOOK, World, on, opened

FUNCTIONAL = "USD"
FOREIGN = ("EUR", "INR", "JPY", "KWD")
CURRENCIES = (FUNCTIONAL, *FOREIGN)
BASE = "EUR"
QUOTED = {"USD": (8, 13), "INR": (700, 1_100), "JPY": (900, 1_800), "KWD": (2, 4)}
"""Between what a rate may be, in tenths."""


class Step(NamedTuple):
    """A day's rates, and what is said by them."""

    rates: dict[str, str]
    command: Command


def rates() -> st.SearchStrategy[dict[str, str]]:
    def text(least: int, most: int) -> st.SearchStrategy[str]:
        return st.integers(least * 1_000, most * 1_000).map(lambda n: f"{n // 10_000}.{n % 10_000:04d}")

    return st.fixed_dictionaries({currency: text(*between) for currency, between in QUOTED.items()})


def value(minor: int, of: str, into: str, by: dict[str, str]) -> int:
    """Return an amount's value, naively: Python rounds a fraction half to even."""
    quoted = {currency: Fraction(rate) for currency, rate in by.items()} | {BASE: Fraction(1)}
    major: Fraction = Fraction(minor, 10 ** exponent_of(of)) * quoted[into] / quoted[of]
    return round(major * Fraction(10) ** exponent_of(into))


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    """Draw some days, with a conversion at a bank's or a recorded rate, a reversal or a revaluation on each."""
    told: list[Step] = []
    for number in range(1, draw(st.integers(1, 12)) + 1):
        by = draw(rates())
        kind = draw(st.sampled_from(("bank", "bank", "bank", "recorded", "reverse", "revalue")))
        if kind == "reverse":
            command: Command = ReverseConversion(conversion=f"FX-{draw(st.integers(1, number))}", reason="wrong")
        elif kind == "revalue":
            command = RevalueExposure(currency=draw(st.sampled_from(FOREIGN)))
        else:
            command = draw(conversion(number, by, recorded=kind == "recorded"))
        told.append(Step(by, command))
    return told


@st.composite
def conversion(draw: st.DrawFn, number: int, by: dict[str, str], *, recorded: bool) -> RecordConversion:
    one, other = draw(st.permutations(CURRENCIES))[:2]
    sold_minor = draw(st.integers(1, 3_000_000))
    given_minor = value(sold_minor, one, other, by)
    bought_minor = max(1, given_minor)
    deal = Deal(source="ECB")
    if not recorded:
        skim = draw(st.integers(-50, 50))
        quoted = Fraction(given_minor, 1) * (1_000 + skim) / 1_000
        unit = Fraction(sold_minor, 10 ** exponent_of(one)) * 10 ** exponent_of(other)
        ten_thousandths = max(1, round(quoted / unit * 10**8)) if unit else 1
        rate = f"{ten_thousandths // 10**8}.{ten_thousandths % 10**8:08d}"
        bought_minor = max(1, round(unit * Fraction(rate)))
        deal = Deal(source="bank:hdfc", rate=rate, of=one)
    return RecordConversion(
        conversion=f"FX-{number}",
        sold=Money(one, sold_minor),
        sold_from="bank:operator:hdfc",
        bought=Money(other, bought_minor),
        bought_to="bank:operator:hdfc",
        deal=deal,
    )


class Model:
    """What is open and carried, by currency, and what was gained, kept with a dictionary and fractions."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.carried: Counter[str] = Counter()
        self.bank: Counter[str] = Counter()
        self.gained = 0
        self.done: dict[str, tuple[tuple[str, int, int], ...]] = {}

    def say(self, command: Command, by: dict[str, str]) -> None:
        match command:
            case RecordConversion(conversion=key, sold=sold, bought=bought):
                legs = tuple(
                    (money.currency, sign * money.minor, sign * value(money.minor, money.currency, FUNCTIONAL, by))
                    for money, sign in ((sold, -1), (bought, 1))
                )
                self.done[key] = legs
                self._move(legs)
            case ReverseConversion(conversion=key):
                self._move(tuple((currency, -minor, -worth) for currency, minor, worth in self.done.pop(key)))
            case RevalueExposure(currency=currency):
                worth = value(self.open[currency], currency, FUNCTIONAL, by)
                self.gained += worth - self.carried[currency]
                self.carried[currency] = worth
            case _:
                raise TypeError(type(command))

    def _move(self, legs: tuple[tuple[str, int, int], ...]) -> None:
        self.gained += sum(worth for _, _, worth in legs)
        for currency, minor, worth in legs:
            self.bank[currency] += minor
            if currency != FUNCTIONAL:
                self._open(currency, minor, worth)

    def _open(self, currency: str, minor: int, worth: int) -> None:
        was, carried = self.open[currency], self.carried[currency]
        closing = min(abs(minor), abs(was)) if (minor < 0) != (was < 0) else 0
        of_worth = round(Fraction(worth * closing, abs(minor)))
        of_carried = round(Fraction(carried * closing, abs(was))) if was else 0
        self.gained += -of_worth - of_carried
        self.open[currency] = was + minor
        self.carried[currency] = carried - of_carried + worth - of_worth


def played(told: list[Step]) -> Iterator[tuple[World, Model]]:
    """Yield a book in memory and the model after each step."""
    world, model = World(), Model()
    for happened in on(BOOK, opened()):
        world.happen(happened)
    for number, step in enumerate(told):
        at = AT + timedelta(days=number)
        world.say(RecordRates(source="ECB", day=at.date(), base=BASE, rates=step.rates), at=at)
        try:
            world.say(step.command, at=at)
        except LedgerError:
            continue
        model.say(step.command, step.rates)
        yield world, model


def exposures(world: World) -> dict[str, Exposure]:
    found = {currency: world.load(f"exposure:{currency}").aggregate for currency in FOREIGN}
    return {currency: each for currency, each in found.items() if isinstance(each, Exposure)}


@given(steps())
@settings(max_examples=400)
def test_positions_and_gains_agree_with_a_naive_model_and_with_each_other(told: list[Step]) -> None:
    for world, model in played(told):
        found = exposures(world)
        for currency, each in found.items():
            assert (each.open_minor, each.carried_minor) == (model.open[currency], model.carried[currency])
            assert world.balances["fx:position", currency] == -each.open_minor
            assert each.open_minor or not each.carried_minor, "value without an amount"
        assert world.balances["fx:position", FUNCTIONAL] == sum(each.carried_minor for each in found.values())
        assert world.balances["fx:gain-loss", FUNCTIONAL] == -model.gained
        for currency in CURRENCIES:
            assert world.balances["bank:operator:hdfc", currency] == model.bank[currency]


@given(steps())
def test_no_conversion_unbalances_any_currency_and_gains_stand_in_the_functional_one(told: list[Step]) -> None:
    for world, _ in played(told):
        sums: Counter[str] = Counter()
        for (account, currency), minor in world.balances.items():
            sums[currency] += minor
            assert account != "fx:gain-loss" or currency == FUNCTIONAL or not minor
        assert not any(sums.values())


@given(steps())
def test_what_explains_a_posting_sums_to_it(told: list[Step]) -> None:
    for world, _ in played(told):
        for step, _ in world.steps[-4:]:
            entry = post(step.reference, step.event)
            if entry is None:
                continue
            worked: Counter[tuple[str, str]] = Counter()
            for working in workings_of(step.reference, step.event, entry, Stood()):
                worked[working.account, working.currency] += working.amount_minor
                assert working.how
            assert {key: minor for key, minor in worked.items() if minor} == {
                (posting.account, posting.currency): posting.amount_minor for posting in entry.postings
            }


@given(steps())
def test_no_float_stands_in_any_event(told: list[Step]) -> None:
    for world, _ in played(told):
        for step, _ in world.steps[-4:]:
            assert not list(floats(msgspec.json.decode(msgspec.json.encode(step.event))))


@given(steps())
def test_taking_back_everything_leaves_no_position_and_only_what_was_gained(told: list[Step]) -> None:
    """Revaluations and closings in between aside, every amount comes back to where it was."""
    *_, last = [None, *played(told)]
    if last is None:
        return
    world, model = last
    at = AT + timedelta(days=len(told))
    for key in reversed(model.done.copy()):
        world.say(ReverseConversion(conversion=key, reason="wrong"), at=at)
    for currency, each in exposures(world).items():
        assert (each.open_minor, each.carried_minor) == (0, 0)
        assert world.balances["bank:operator:hdfc", currency] == 0
    assert world.balances["bank:operator:hdfc", FUNCTIONAL] == 0
    assert world.balances["fx:position", FUNCTIONAL] == 0
    assert world.balances["fx:gain-loss", FUNCTIONAL] == 0


def floats(value: Any) -> Iterator[float]:
    match value:
        case float():
            yield value
        case dict():
            for each in value.values():
                yield from floats(each)
        case list():
            for each in value:
                yield from floats(each)
        case _:
            return

"""Foreign exchange in a simulated marketplace: rates of each week, some corrected, and the operator's conversions."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from api.simulation import world
from api.simulation.payout_desk import PayoutDesk
from api.simulation.stage import Stage, Story
from api.simulation.world import FINANCE
from domain import commands
from domain.conversion import Deal
from domain.money import Money, exponent_of, round_major

SOURCE, BASE = "ECB", "EUR"
DAYS_BACK = 10
FRIDAY = 4
FIRST_RATES = {"USD": 10_870, "INR": 923_900, "GBP": 8_587, "JPY": 1_630_400, "KWD": 3_337}
"""Invented, in ten thousandths for one euro, about what the markets of the world are in dollars."""
_SCALE = 10_000
_MOVED = (-80, 80)
"""Assumed: of ten thousandths of a rate, how it goes in a week."""
_WRONG_WEEK = 6
_MARGIN = 25
"""Assumed: what the bank takes, in ten thousandths of a dollar for one euro."""


class Wish(NamedTuple):
    """What the operator wants to have exchanged, at which percent of the time; recorded: at the rate of the source."""

    percent: int
    sold: str
    bought: str
    bought_units: int
    is_recorded: bool = False


WISHES = (
    Wish(20, "USD", "EUR", 400),
    Wish(41, "USD", "EUR", 200, is_recorded=True),
    Wish(57, "EUR", "USD", 250),
    Wish(71, "USD", "INR", 9_000, is_recorded=True),
    Wish(86, "USD", "EUR", 150),
)
"""Invented; there is enough for them in what was taken over."""
REVERSED = 4
"""The number of the conversion that was recorded wrongly."""
REVALUED = (48, 91)
"""Percent of the time."""


class Exchange:
    """Records the week's rates, and exchanges money of the operator's own at its bank's rate or a recorded one."""

    def __init__(self, stage: Stage, payouts: PayoutDesk) -> None:
        self._stage = stage
        self._payouts = payouts
        self._rates = dict(FIRST_RATES)

    def publish(self) -> Story:
        """Record rates every Friday; in one week one of them is wrong, and is corrected after the weekend."""
        friday = self._stage.starts_at + timedelta(days=(FRIDAY - self._stage.starts_at.weekday()) % 7)
        yield self._stage.until(friday.replace(hour=15))
        week = 0
        while True:
            week += 1
            self._rates = {
                currency: rate + rate * self._stage.aside.whole(_MOVED) // _SCALE
                for currency, rate in self._rates.items()
            }
            day = self._stage.at.date()
            right = {currency: _text(rate) for currency, rate in self._rates.items()}
            wrong = {"JPY": _text(self._rates["JPY"] // 10)} if week == _WRONG_WEEK else {}
            recorded = commands.RecordRates(source=SOURCE, day=day, base=BASE, rates=right | wrong)
            self._stage.say(recorded, FINANCE)
            if wrong:
                yield self._stage.at + timedelta(days=3)
                self._correct(day, {"JPY": right["JPY"]})
                yield self._stage.at + timedelta(days=4)
            else:
                yield self._stage.at + timedelta(days=7)

    def convert(self) -> Story:
        """Exchange what is wished for; one of the exchanges is taken back."""
        for number, wish in enumerate(WISHES, start=1):
            yield self._stage.share(wish.percent)
            conversion = f"FX-{number}"
            refused = self._convert(conversion, wish)
            if number == REVERSED and not refused:
                yield self._stage.at + timedelta(days=1)
                reverse = commands.ReverseConversion(conversion=conversion, reason="recorded-twice")
                self._stage.say(reverse, FINANCE)

    def revalue(self) -> Story:
        """Carry what is open in euros at the rates of the day."""
        for percent in REVALUED:
            yield self._stage.share(percent)
            self._stage.say(commands.RevalueExposure(currency=BASE, days_back=DAYS_BACK), FINANCE)

    def _correct(self, day: date, rates: dict[str, str]) -> None:
        correct = commands.CorrectRates(source=SOURCE, day=day, rates=rates, reason="misprint")
        self._stage.say(correct, FINANCE)

    def _convert(self, conversion: str, wish: Wish) -> bool:
        """Exchange money; return whether that is refused, or the account hasn't so much."""
        about = Money(wish.bought, wish.bought_units * 10 ** exponent_of(wish.bought))
        if wish.is_recorded:
            deal = Deal(source=SOURCE)
            sold = self._value(about, wish.sold)
            bought = self._value(sold, wish.bought)
        else:
            margin = _MARGIN if wish.bought == BASE else -_MARGIN
            at_bank = self._rates | {"USD": self._rates["USD"] + margin}
            deal = Deal(source="bank:main", rate=_text(at_bank["USD"]), of=BASE)
            sold = _value(about, wish.sold, at_bank)
            bought = about if wish.bought == BASE else _value(sold, wish.bought, at_bank)
        if sold.minor > self._payouts.free_minor(world.OWN_ACCOUNT, sold.currency, kept=False):
            return True
        convert = commands.RecordConversion(
            conversion=conversion,
            sold=sold,
            sold_from=world.OWN_ACCOUNT,
            bought=bought,
            bought_to=world.OWN_ACCOUNT,
            deal=deal,
            days_back=DAYS_BACK,
        )
        return bool(self._stage.say(convert, FINANCE))

    def _value(self, money: Money, into: str) -> Money:
        """Return an amount at the rates as they were published."""
        return _value(money, into, self._rates)


def _value(money: Money, into: str, rates: Mapping[str, int]) -> Money:
    """Return an amount in another currency, by rates for one euro."""
    units = Fraction(money.minor, 10 ** exponent_of(money.currency))
    return round_major(units * rates.get(into, _SCALE) / rates.get(money.currency, _SCALE), into)


def _text(rate: int) -> str:
    """Return ten thousandths as a plain decimal."""
    return f"{rate // _SCALE}.{rate % _SCALE:04d}"

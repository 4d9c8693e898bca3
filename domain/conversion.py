"""
A conversion is money of one currency given for money of another, as a bank or a provider did it.

Both amounts are facts. The event names the rate of the deal, the reference rate of its day with source and date, what
that would have given, and two gains in the functional currency: the margin, by which the deal is better or worse than
the reference; and the exchange difference, by which what it closes is worth more than it was carried at. Both are
posted to `fx:gain-loss`. Source: shared design, section 3; shared reference, section 9.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import ClassVar, Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.accounts import check_control, control_of
from domain.aggregate import Aggregate, Event, begun
from domain.errors import Malformed, Refused
from domain.exchange_rate import RatesUsed
from domain.exposure import ExposureChanged
from domain.money import AmountUnreadable, Money, exponent_of, positive, ranged, read_decimal, round_major
from domain.references import KEY, key

BANK_SOURCE = "bank:"
"""How the source of a rate begins that a bank gave for one deal, and no rates are recorded of."""

TOLERANCE_MINOR = 1
"""How far an amount may be from what the deal's rate gives: banks round, and not all of them half to even."""

Side = Literal["sold", "bought"]

CLIENTS, OPERATORS = ("bank:safeguarded", "clearing"), ("bank:operator",)
RESULT = ("income:service-fee", "expense:commission", "expense:payment-fees", "expense:bank-charges")
"""What was earned or spent in a foreign currency, and is told in another from then on."""

CONVERTIBLE = (*CLIENTS, *OPERATORS, *RESULT)


class Deal(Struct, frozen=True, kw_only=True, gc=False):
    """
    At which rate money was converted.

    source: `bank:<name>` for a rate that a bank gave, or the source of recorded rates; of: the currency of which one
    unit costs `rate` units of the other one, exact decimal text; both empty where the rate is the recorded one.
    """

    source: str
    rate: str = ""
    of: str = ""

    @property
    def is_given(self) -> bool:
        """Return whether a bank gave the rate."""
        return self.source.startswith(BANK_SOURCE)


class Leg(Struct, frozen=True, kw_only=True, gc=False):
    """One side of a conversion: what left an account, or arrived there, in minor units above zero."""

    side: Side
    account: str
    currency: str
    amount_minor: int


class ConversionRecorded(Event, frozen=True, kw_only=True):
    """
    Money was converted.

    legs: what was sold, then what was bought. currency: the functional one, of the values and gains.
    would_have_bought: minor units of the currency bought, what the reference rate gives for what was sold. values: of
    both amounts at the reference. margin = bought value - sold value; difference: gained on what the conversion closed.
    dealt_by: the recorded rates of the deal where no bank gave one.
    """

    legs: tuple[Leg, Leg]
    deal: Deal
    dealt_by: RatesUsed | None
    benchmark: RatesUsed
    currency: str
    would_have_bought_minor: int
    sold_value_minor: int
    bought_value_minor: int
    margin_minor: int
    difference_minor: int


class ConversionReversed(Event, frozen=True, kw_only=True):
    """
    A conversion is taken back because it was recorded wrongly: what was bought goes, what was sold comes back.

    margin: the opposite of what it was; difference: gained on what the reversal closed, at the conversion's own values.
    """

    legs: tuple[Leg, Leg]
    currency: str
    margin_minor: int
    difference_minor: int
    reason: str
    reversed_by: str


ConversionEvent = ConversionRecorded | ConversionReversed


@dataclass(eq=False, kw_only=True)
class ConversionMalformed(Malformed):
    """A conversion that can't be meant: of one currency into itself, or at a rate that nobody can read."""

    code: ClassVar[str] = "conversion.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class ConversionSidesDiffer(Refused):
    """Money crosses between buyers, the operator and its results by sweeps and advances, never by a conversion."""

    code: ClassVar[str] = "conversion.sides_differ"
    sold_from: str
    bought_to: str


@dataclass(eq=False, kw_only=True)
class DealRateDiffers(Refused):
    """The rate doesn't give the amounts: they, or the rate, are wrong."""

    code: ClassVar[str] = "conversion.rate_differs"
    currency: str
    stated_minor: int
    by_rate_minor: int


@dataclass(eq=False, kw_only=True)
class ConversionAlreadyRecorded(Refused):
    """A conversion's key is used once."""

    code: ClassVar[str] = "conversion.already_recorded"
    conversion: str


@dataclass(eq=False, kw_only=True)
class ConversionIsReversed(Refused):
    """A conversion is taken back once."""

    code: ClassVar[str] = "conversion.is_reversed"
    conversion: str


class Exchange(Struct, frozen=True, kw_only=True, gc=False):
    """What is to be exchanged, of which account, at which rate: checked for all that it says by itself."""

    sold: Leg
    bought: Leg
    deal: Deal

    @property
    def currencies(self) -> tuple[str, str]:
        """Return the currency sold and the one bought."""
        return self.sold.currency, self.bought.currency

    def check_rate(self, dealt_by: RatesUsed | None) -> None:
        """
        Check that the rate of the deal gives the amounts. dealt_by: the recorded rates, where no bank gave one.

        Raises, in this order: AmountOutOfRange, DealRateDiffers.
        """
        one, other = (self.sold, self.bought) if self.deal.of != self.bought.currency else (self.bought, self.sold)
        rate = dealt_by.between(one.currency, other.currency) if dealt_by else read_decimal(self.deal.rate)
        amount = Fraction(one.amount_minor, 10 ** exponent_of(one.currency))
        by_rate_minor = round_major(amount * rate, other.currency).minor
        if abs(other.amount_minor - by_rate_minor) > TOLERANCE_MINOR:
            raise DealRateDiffers(currency=other.currency, stated_minor=other.amount_minor, by_rate_minor=by_rate_minor)


class Valued(Struct, frozen=True, kw_only=True, gc=False):
    """An exchange at the reference rates of its day, in the functional currency, and what they would have given."""

    benchmark: RatesUsed
    currency: str
    would_have_bought_minor: int
    sold_value_minor: int
    bought_value_minor: int


class Conversion(Aggregate, frozen=True, kw_only=True):
    """One conversion as it was recorded, and whether it was taken back."""

    legs: tuple[Leg, Leg]
    currency: str
    sold_value_minor: int
    bought_value_minor: int
    margin_minor: int
    is_reversed: bool = False

    def reverse(self, changes: Iterable[ExposureChanged], *, reason: str, actor: str) -> ConversionReversed:
        """Take it back, see `check_reversible`. changes: what that does to the exposures."""
        sold, bought = self.legs
        return ConversionReversed(
            legs=(replace(bought, side="sold"), replace(sold, side="bought")),
            currency=self.currency,
            margin_minor=-self.margin_minor,
            difference_minor=sum(change.gain_minor for change in changes),
            reason=reason,
            reversed_by=actor,
        )

    def check_reversible(self, *, reason: str) -> None:
        """
        Check that it may be taken back. The reason is a code.

        Raises, in this order: ReferenceMalformed, ConversionIsReversed.
        """
        key(reason, field="reason")
        if self.is_reversed:
            raise ConversionIsReversed(conversion=self.reference)


def exchange(*, sold: Money, sold_from: str, bought: Money, bought_to: str, deal: Deal) -> Exchange:
    """
    Return what is to be exchanged.

    Raises, in this order: AmountOutOfRange, CurrencyUnknown, AccountUnknown, AccountUnfit, ConversionMalformed,
    ConversionSidesDiffer.
    """
    for money in (sold, bought):
        positive(money.minor)
    for money in (sold, bought):
        exponent_of(money.currency)
    for account in (sold_from, bought_to):
        control_of(account)
    for account in (sold_from, bought_to):
        check_control(account, CONVERTIBLE)
    if sold.currency == bought.currency:
        raise ConversionMalformed(field="bought", problem="of the currency that is sold")
    _check_deal(deal, (sold.currency, bought.currency), is_result=control_of(sold_from).name in RESULT)
    if _side(sold_from) != _side(bought_to):
        raise ConversionSidesDiffer(sold_from=sold_from, bought_to=bought_to)
    return Exchange(
        sold=Leg(side="sold", account=sold_from, currency=sold.currency, amount_minor=sold.minor),
        bought=Leg(side="bought", account=bought_to, currency=bought.currency, amount_minor=bought.minor),
        deal=deal,
    )


def valued(exchanged: Exchange, benchmark: RatesUsed, *, currency: str) -> Valued:
    """
    Return an exchange at reference rates. currency: the functional one.

    Raises: AmountOutOfRange.
    """
    sold, bought = exchanged.sold, exchanged.bought
    return Valued(
        benchmark=benchmark,
        currency=currency,
        would_have_bought_minor=benchmark.value_of(sold.amount_minor, of=sold.currency, into=bought.currency),
        sold_value_minor=benchmark.value_of(sold.amount_minor, of=sold.currency, into=currency),
        bought_value_minor=benchmark.value_of(bought.amount_minor, of=bought.currency, into=currency),
    )


def recorded(
    exchanged: Exchange, at: Valued, changes: Iterable[ExposureChanged], *, dealt_by: RatesUsed | None
) -> ConversionRecorded:
    """
    Return that money was converted. changes: what that does to the exposures.

    Raises: AmountOutOfRange.
    """
    return ConversionRecorded(
        legs=(exchanged.sold, exchanged.bought),
        deal=exchanged.deal,
        dealt_by=dealt_by,
        benchmark=at.benchmark,
        currency=at.currency,
        would_have_bought_minor=at.would_have_bought_minor,
        sold_value_minor=at.sold_value_minor,
        bought_value_minor=at.bought_value_minor,
        margin_minor=at.bought_value_minor - at.sold_value_minor,
        difference_minor=ranged(sum(change.gain_minor for change in changes)),
    )


def evolve(conversion: Conversion | None, event: ConversionEvent, reference: str, _at: datetime) -> Conversion:
    """Apply an event of a conversion."""
    match event:
        case ConversionRecorded():
            return Conversion(
                reference=reference,
                legs=event.legs,
                currency=event.currency,
                sold_value_minor=event.sold_value_minor,
                bought_value_minor=event.bought_value_minor,
                margin_minor=event.margin_minor,
            )
        case ConversionReversed():
            return replace(begun(conversion), is_reversed=True)


def _check_deal(deal: Deal, currencies: tuple[str, str], *, is_result: bool) -> None:
    if not KEY.fullmatch(deal.source.removeprefix(BANK_SOURCE)):
        raise ConversionMalformed(field="deal.source", problem="neither bank: and a name, nor a source of rates")
    if not deal.is_given:
        if deal.rate or deal.of:
            raise ConversionMalformed(field="deal.rate", problem="a recorded rate isn't said again")
        return
    if is_result:
        raise ConversionMalformed(field="deal.source", problem="results are translated at recorded rates")
    if deal.of not in currencies:
        raise ConversionMalformed(field="deal.of", problem="neither the currency sold nor the one bought")
    try:
        rate = read_decimal(deal.rate)
    except AmountUnreadable:
        rate = Fraction(0)
    if rate <= 0:
        raise ConversionMalformed(field="deal.rate", problem="not a plain decimal above zero")


def _side(account: str) -> str:
    """Return whose money an account is, or which result."""
    control = control_of(account).name
    if control in CLIENTS:
        return "clients"
    return control

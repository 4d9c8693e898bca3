"""
A simulated world is who trades on an invented marketplace, in what, under which rules, and how often trouble comes.

Sources of the proportions: `DataCo` and `Retail` are counts over the two real order files of the shared data (5,743
orders; 19,960 invoices with goods); `reference` is the shared reference; `assumed` has no source and is an order of
magnitude.
"""

import math
import random
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from domain.order import PaymentTrigger
from domain.rulebook import Rules, TransportMode

BUYERS = 400
EXPORTERS = 60
"""Assumed. Few parties trade much, see `Dice.party`."""

FINANCE, SECOND_FINANCE = "finance:FIN-1", "finance:FIN-2"
OPERATOR, SECOND_OPERATOR = "operator:OPS-1", "operator:OPS-2"
INSPECTION_CLOCK = "clock:inspection"


class Market(NamedTuple):
    """A currency of trade: what one dollar is in its minor units, roughly, and where a second person must look."""

    currency: str
    minor_per_dollar: int
    four_eyes_from_minor: int


MARKETS: Sequence[tuple[Market, float]] = (
    (Market("USD", 100, 1_000_000), 0.58),
    (Market("EUR", 92, 1_000_000), 0.15),
    (Market("INR", 8_500, 80_000_000), 0.11),
    (Market("GBP", 79, 800_000), 0.08),
    (Market("JPY", 150, 1_500_000), 0.04),
    (Market("KWD", 307, 3_000_000), 0.04),
)
"""
Reference 1.4: USD is advised, EUR, GBP and JPY are taken; INR at home; KWD for its three decimals. Shares assumed.
"""

RULEBOOK = "standard/1"
RULES = Rules(
    service_fee_bps=250,
    service_fee_tax_bps=1_800,
    four_eyes_from_minor={market.currency: market.four_eyes_from_minor for market, _ in MARKETS},
)
"""
This marketplace's own choice, for demonstration: its windows are the defaults, its fee and thresholds are invented.
"""

ORDER_DOLLARS_MEDIAN = 4_000
"""Assumed: between parcels and containers; one order in four then needs four eyes."""
ORDER_DOLLARS_MIN = 50
ORDER_VALUE_SIGMA = 1.23
"""Retail: the standard deviation of the logarithm of an invoice's value."""
ORDER_LINES = (1, 12)
"""Retail: 43 % of the invoices have at most 12 lines; those of business orders are assumed to be fewer."""
LARGE_ORDERS = 0.008
"""Retail: 0.8 % of the invoices have more than 250 lines."""
LARGE_ORDER_LINES = (251, 600)
"""Retail: half of those have at most 400, the longest 1,114."""

MODES: Sequence[tuple[TransportMode, float]] = (
    ("sea", 0.35), ("express", 0.25), ("air", 0.20), ("land", 0.12), ("post", 0.08),
)  # fmt: skip
"""Assumed."""
TRANSIT_DAYS: dict[TransportMode, tuple[int, int]] = {
    "express": (3, 7), "air": (5, 10), "land": (7, 20), "sea": (20, 40), "post": (10, 30),
}  # fmt: skip
"""Assumed; inside the inspection windows of the reference, section 1.2."""
LATE_DELIVERIES = 0.56
"""DataCo: 56.1 % of the orders arrive later than scheduled..."""
LATE_DELIVERY_DAYS = (1, 4)
"""... by one to four days."""
LEAD_DAYS = (10, 45)
"""Assumed: from the order to its ship-by date."""
EARLY_DISPATCH_DAYS = (0, 6)
"""Assumed: most exporters ship within the last week."""
LATE_DISPATCHES = 0.18
"""Assumed."""
LATE_DISPATCH_DAYS = (1, 12)
"""Assumed."""
PART_SHIPMENTS = 0.10
"""Assumed."""
DISPATCH_PARTS = (2, 3)
UNRECORDED_DELIVERIES = 0.03
"""Assumed: the carrier never tells; the buyer's word, or silence, stands for it."""


class Payment(NamedTuple):
    """How an order is paid: shares in percent with what makes each due. One share is the whole, without steps."""

    shares: tuple[int, ...]
    triggers: tuple[PaymentTrigger, ...]


PAYMENTS: Sequence[tuple[Payment, float]] = (
    (Payment((100,), ("acceptance",)), 0.45),
    (Payment((30, 70), ("acceptance", "dispatch")), 0.30),
    (Payment((30, 70), ("acceptance", "delivery")), 0.10),
    (Payment((70, 30), ("acceptance", "delivery")), 0.15),
)
"""Reference 1.2: an initial payment and a balance, the deposit typically 30 %. Shares assumed."""

PAID_BY_CARD = 0.39
"""DataCo: 38.7 % of the orders are paid by debit; the rest here is telegraphic transfer."""
TRANSFER_DAYS = (3, 7)
"""Reference 1.4: a transfer takes three to seven working days."""
CARD_HOURS = (1, 48)
"""Assumed."""
PAID_IN_PARTS = 0.08
"""Assumed: a step comes in two or three payments."""
PAYMENT_PARTS = (2, 3)
SHORT_TRANSFERS = 0.06
"""Assumed. Reference 7, point 14: a correspondent bank skims a fee..."""
BANK_FEE_DOLLARS = (10, 55)
"""... of 10 to 55 dollars (point 16)."""
SHORT_MADE_UP = 0.7
"""Assumed: the buyer sends the missing rest."""
OVERPAYMENTS = 0.02
"""Assumed."""
PAID_TWICE = 0.25
"""Assumed: of the overpayments, the whole step once more..."""
OVERPAID_DOLLARS = (1, 100)
"""... and otherwise so much too much."""
UNPAID_BALANCES = 0.05
"""Assumed: the balance doesn't come when it is due..."""
BALANCE_PAID_LATE = 0.6
"""... but after the receipt, assumed."""
WRONG_CURRENCY = 0.003
"""Assumed; refused."""

NEVER_ACCEPTED = 0.02
"""Assumed."""
NEVER_PAID = 0.08
"""Assumed; DataCo's 34 % pending are consumers who leave at the till."""
CANCELLED_UNPAID = 0.6
"""Assumed: of those never accepted or paid; the rest stays as it is."""
CANCELLED_PAID = 0.02
"""DataCo: 2.0 % CANCELED."""
PAID_AFTER_CANCELLATION = 0.1
"""Assumed: a transfer that was on its way; refused."""
CANCELLED_TOO_LATE = 0.01
"""Assumed; refused."""

FROZEN = 0.025
"""DataCo: 2.5 % SUSPECTED_FRAUD."""
FREEZE_ENDS: Sequence[tuple[str, float]] = (("cleared", 0.6), ("cancelled", 0.25), ("stays", 0.15))
"""Assumed."""
FROZEN_BEFORE_APPROVAL = 0.04
"""Assumed: a warning while a release waits for its second person."""

SILENT_BUYERS = 0.3
"""Assumed."""
LAPSED_TOO_EARLY = 0.02
"""Assumed: somebody tries before the window has ended; refused."""
REFUNDED_BEFORE_RECEIPT = 0.06
REFUNDED_AFTER_RECEIPT = 0.13
"""Together Retail's 3,836 credit notes on 19,960 invoices."""
REFUND_PERCENT = (2, 40)
"""Assumed."""
REFUNDED_WHOLLY = 0.25
"""Assumed: of the refunds."""
REFUND_TOO_LARGE = 0.01
"""Assumed: of the refunds, one asks for more than was paid; refused."""
CHARGED_BACK = 0.02
"""Assumed, of what is paid by card: twice where card schemes begin to watch (0.9 %, unverified), to have some."""
CHARGED_BACK_BEFORE_RECEIPT = 0.4
"""Assumed: of the chargebacks."""

LEFT_WAITING = 0.03
"""Assumed: nobody has decided the proposal yet."""
RELEASES_REJECTED = 0.06
REFUNDS_REJECTED = 0.2
"""Assumed: of what a second person looks at."""
SELF_APPROVALS = 0.3
"""Assumed: who proposed tries to approve as well; forbidden."""
APPROVED_TWICE = 0.02
"""Assumed: two people press the button; the second finds nothing that waits."""

DISPATCHED_TWICE = 0.01
"""Assumed; refused."""
DELIVERED_TWICE = 0.005
"""Assumed: the carrier's message comes again under another id; refused."""
SENT_TWICE = 0.002
"""Assumed, of all commands: an answer was lost, so the caller sends the same command id again."""
CLOSED_EARLY = 0.2
"""Assumed: of the trades that never complete, somebody tries to close the hold; refused."""
PAID_AFTER_CLOSING = 0.004
"""Assumed; refused."""

T = TypeVar("T")


class Dice:
    """
    Chance, drawn from one given source.

    Only `random()` is used of it: of all methods, Python promises the same numbers for a seed in later versions for
    that one alone.
    """

    def __init__(self, rng: random.Random) -> None:
        self._roll = rng.random

    def chance(self, probability: float) -> bool:
        """Return whether something of this probability happens."""
        return self._roll() < probability

    def whole(self, bounds: tuple[int, int]) -> int:
        """Return a whole number between two bounds, both included, all alike."""
        low, high = bounds
        return low + int(self._roll() * (high - low + 1))

    def pick(self, options: Sequence[tuple[T, float]]) -> T:
        """Return one of several options by their weights, which sum to 1."""
        left = self._roll()
        for option, weight in options:
            left -= weight
            if left < 0:
                return option
        return options[-1][0]

    def party(self, count: int) -> int:
        """
        Return the number of a party, from 1 to `count`, the small ones often.

        A tenth of the parties then trades 46 % of the orders; in Retail it is 43 %.
        """
        return 1 + int(count * self._roll() ** 3)

    def spread(self, median: float, *, sigma: float) -> float:
        """Return a positive number around a median, its logarithm normally distributed (Box and Muller)."""
        normal = math.sqrt(-2 * math.log(1 - self._roll())) * math.cos(2 * math.pi * self._roll())
        return median * math.exp(sigma * normal)

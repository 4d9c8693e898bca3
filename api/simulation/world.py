"""
A simulated world is who trades on an invented marketplace, in what, by which transport, under which rules.

Sources of the proportions here and in `odds`: `DataCo` and `Retail` are counts over the two real order files of the
shared data (5,743 orders; 19,960 invoices with goods); `reference` is the shared reference; `assumed` has no source and
is an order of magnitude.
"""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from domain.order import PaymentTrigger
from domain.rules import Rules, TransportMode

BUYERS = 400
EXPORTERS = 60
"""Assumed. Few parties trade much, see `Dice.party`."""
NEWCOMERS = 0.12
"""Assumed: of the orders, those to an exporter who never sold here before, and won't again."""
MEDIATORS = tuple(f"MED-{number}" for number in range(1, 7))
INSPECTOR = "INS-1"
"""Reference 1.3: a third-party inspection is a named kind of evidence."""

FINANCE, SECOND_FINANCE = "finance:FIN-1", "finance:FIN-2"
OPERATOR, SECOND_OPERATOR = "operator:OPS-1", "operator:OPS-2"

COLLECTION, CARDS = "bank:safeguarded:collection", "clearing:card"
"""Where buyers' money arrives."""
OWN_ACCOUNT = "bank:operator:main"
"""The operator's own money: what it earned is swept there, and partners are paid from it."""
PAYMENT_FEES, SUSPENSE = "expense:payment-fees", "suspense:unknown"
CARD_FEE_BPS = 140
"""Assumed: what the provider of cards keeps."""

EXPORTER_COUNTRIES: Sequence[tuple[str, float]] = (("IN", 0.7), ("VN", 0.1), ("BD", 0.08), ("TR", 0.07), ("CN", 0.05))
"""Reference 1.1: the programme is for Indian exporters; the rest assumed."""
BUYER_COUNTRIES: Sequence[tuple[str, float]] = (
    ("US", 0.3), ("DE", 0.12), ("GB", 0.12), ("AE", 0.1), ("IN", 0.1), ("JP", 0.06), ("FR", 0.08), ("KW", 0.05),
    ("KE", 0.07),
)  # fmt: skip
"""Assumed."""


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

BY_CURRENCY: dict[str, Market] = {market.currency: market for market, _ in MARKETS}

WATCHLIST = "UNSC"
"""Reference 3.5: the Security Council's list is the one that Indian parties are screened against."""

RULEBOOK = "standard/1"
RULES = Rules(
    service_fee_bps=250,
    service_fee_tax_bps=1_800,
    four_eyes_from_minor={market.currency: market.four_eyes_from_minor for market, _ in MARKETS},
    late_remedy="coupon",
    late_coupon_minor={market.currency: 100 * market.minor_per_dollar for market, _ in MARKETS},
    guarantee_minor={market.currency: 2_500 * market.minor_per_dollar for market, _ in MARKETS},
    registered_parties_only=True,
    screening_lists=(WATCHLIST,),
    retention_days=30,
)
"""
This marketplace's own choice, for demonstration: its windows are the defaults, its fee, thresholds and guarantee are
invented. Reference 1.3: a coupon of up to 100 dollars for late delivery.
"""

LATER_RULEBOOK = "standard/2"
LATER_RULES = replace(
    RULES,
    automatic_escalation_day=8,
    four_eyes_from_minor={market.currency: market.four_eyes_from_minor // 2 for market, _ in MARKETS},
    acceptance_days=7,
    payment_days=10,
    late_remedy="damages",
    late_damages_bps_per_day=50,
    late_damages_bps_max=500,
    time_zone="Asia/Kolkata",
    holidays_of="IN",
)
"""Reference 9: the second version escalates on day 8. The rest of what changes is invented."""

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
LEAD_DAYS = (10, 45)
"""Assumed: from the order to its ship-by date."""
ARRIVALS_PROMISED = 0.3
"""Assumed: of the orders, those with a day of arrival, which allows for the longest transit."""


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

TRANSFER_DAYS = (3, 7)
"""Reference 1.4: a transfer takes three to seven working days."""
CARD_HOURS = (1, 48)
"""Assumed."""

PORT = "INNSA1"
"""Assumed: where exports leave the country."""
CUSTOMS_VALUE_MINOR = 45_000_000
"""Assumed, in INR: every bill is worth 4.5 lakh, which an exporter may declare itself."""


OWN_KEPT_DOLLARS = 1_500
"""Assumed: what the operator always keeps of each currency, for exchanges."""


def own_kept_minor(currency: str) -> int:
    """Return what the operator keeps of a currency on its own account."""
    return OWN_KEPT_DOLLARS * BY_CURRENCY[currency].minor_per_dollar


def bill_of(order: str) -> str:
    """Return the key of the shipping bill under which an order's goods leave."""
    return f"SB-{order}"


def remittance_of(order: str) -> str:
    """Return the key of the remittance that comes for an order's goods."""
    return f"IRM-{order}"

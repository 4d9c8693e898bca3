"""What banks do to payments on their way into a statement, how often, and what has to come of it: docs/noise.md."""

from typing import Literal

from msgspec import Struct

Expected = Literal[
    "matched",
    "matched with fee",
    "matched and duplicate",
    "matched and return",
    "matched merged",
    "matched split",
    "suggested amount",
    "suggested",
    "missing_in_bank",
    "missing_in_ledger",
]
"""What the matcher makes of it, in the words of docs/matching.md."""

Side = Literal["collection", "payout", "either"]
"""What the noise happens to: money of buyers coming in, payouts leaving, or both."""


class Noise(Struct, frozen=True, kw_only=True):
    """
    One thing that happens to payments.

    rate_bps: of all payments of that side, in hundredths of a per cent; identifiable: whether what the bank tells
    still leaves one answer only, so that a rule has to find it.
    """

    kind: str
    side: Side
    rate_bps: int
    identifiable: bool
    by: str
    expected: Expected


FEE_MINOR = (1_500, 3_500)
"""From and to: what a correspondent bank keeps of a payment on its way."""

FEE_FROM_MINOR = 100_000
"""Of smaller payments no fee is skimmed: it would be more than a twentieth of them, which nobody takes for a fee."""

SHORT_BPS = (500, 3_000)
"""From and to: how much less a buyer pays, of the amount."""

SHORT_AT_LEAST_MINOR = 10_000
"""Less than that isn't told from a fee."""

LATE_DAYS = (3, 9)
"""From and to: how many days after it was expected a payment is booked."""

RETURN_DAYS = (1, 5)
"""From and to: how many days after its debit a payout comes back."""

MERGED = (2, 4)
"""From and to: how many orders one credit pays."""

NOISES = (
    Noise(
        kind="skimmed_fee",
        side="collection",
        rate_bps=300,
        identifiable=True,
        by="reference and tolerance",
        expected="matched with fee",
    ),
    Noise(
        kind="late_booking",
        side="either",
        rate_bps=200,
        identifiable=True,
        by="end-to-end id or reference",
        expected="matched",
    ),
    Noise(
        kind="short_payment",
        side="collection",
        rate_bps=150,
        identifiable=False,
        by="reference",
        expected="suggested amount",
    ),
    Noise(
        kind="return", side="payout", rate_bps=150, identifiable=True, by="end-to-end id", expected="matched and return"
    ),
    Noise(
        kind="duplicate_booking",
        side="either",
        rate_bps=100,
        identifiable=True,
        by="end-to-end id or reference",
        expected="matched and duplicate",
    ),
    Noise(
        kind="merged_credit",
        side="collection",
        rate_bps=100,
        identifiable=True,
        by="all references in the text",
        expected="matched merged",
    ),
    Noise(
        kind="split_credit",
        side="collection",
        rate_bps=100,
        identifiable=True,
        by="the reference in every part",
        expected="matched split",
    ),
    Noise(
        kind="mistyped_reference",
        side="collection",
        rate_bps=100,
        identifiable=False,
        by="amount and name",
        expected="suggested",
    ),
    Noise(
        kind="missing_reference",
        side="collection",
        rate_bps=100,
        identifiable=False,
        by="amount, date and name",
        expected="suggested",
    ),
    Noise(
        kind="missing_in_bank", side="either", rate_bps=50, identifiable=False, by="nothing", expected="missing_in_bank"
    ),
    Noise(
        kind="unknown_credit",
        side="collection",
        rate_bps=50,
        identifiable=False,
        by="nothing",
        expected="missing_in_ledger",
    ),
)

EXACT = Noise(
    kind="exact",
    side="either",
    rate_bps=10_000 - sum(noise.rate_bps for noise in NOISES),
    identifiable=True,
    by="end-to-end id or reference",
    expected="matched",
)
"""What happens to all others: nothing."""

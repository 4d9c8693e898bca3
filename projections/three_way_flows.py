"""Flows are what the platform says that moved: the amounts in the events of orders, payees and payouts."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from domain.accounts import control_of
from domain.aggregate import Event
from domain.hold import HoldChargedBack, HoldPaymentReceived, HoldRecovered, HoldRefunded, HoldReleased
from domain.payee_account import PayeeRepaid
from domain.payout import IN_TRANSIT
from domain.payout_events import PayoutInstructed, PayoutPart, PayoutRejected, PayoutReturned, PayoutReturnUndone
from domain.takeover import HoldTakenOver
from projections.bank_side import AT_BANK

FlowKind = Literal[
    "received",
    "elsewhere",
    "charged-back",
    "repaid",
    "released",
    "recovered",
    "refunded",
    "paid-out",
    "paid-back",
]
"""
A buyer's payment; one that stands where no bank sees it, as in suspense; what a bank took back; what a payee paid
back; a release, gross; what was taken back of one; a refund; what a bank was told to pay, and what came back of it.
"""
CROSSING: frozenset[FlowKind] = frozenset({"received", "charged-back", "repaid", "paid-out", "paid-back"})
"""What comes in or goes out; the rest moves between those to whom it is owed."""

TOPICS = (
    *("hold.payment_received", "hold.taken_over", "hold.charged_back", "hold.released", "hold.recovered"),
    *("hold.refunded", "payee.repaid", "payout.instructed", "payout.rejected", "payout.returned"),
    "payout.return_undone",
)
CLEARING = "clearing"
PERIMETER = (*AT_BANK, CLEARING, IN_TRANSIT)
"""Where money is at a bank, will be, or leaves it: what comes in or goes out crosses this."""


class Moved(Struct, frozen=True, gc=False):
    """What one event moved, in minor units: above zero where it comes in."""

    kind: FlowKind
    currency: str
    amount_minor: int


def flow_of(event: Event) -> Moved | None:
    """Return what an event of TOPICS moved, if anything."""
    match event:
        case HoldPaymentReceived():
            return Moved(_received(event.account), event.currency, event.amount_minor)
        case HoldTakenOver():
            return Moved(_received(event.account), event.currency, event.held_minor) if event.held_minor else None
        case HoldChargedBack():
            kind: FlowKind = "charged-back" if _is_within(event.account) else "elsewhere"
            return Moved(kind, event.currency, -event.taken_minor)
        case PayeeRepaid():
            return Moved("repaid", event.currency, event.amount_minor)
        case HoldReleased():
            return Moved("released", event.currency, event.gross_minor)
        case HoldRecovered():
            return Moved("recovered", event.currency, event.gross_minor)
        case HoldRefunded():
            return Moved("refunded", event.currency, event.amount_minor)
        case PayoutInstructed() | PayoutReturnUndone():
            return Moved("paid-out", event.currency, -_paid(event.parts))
        case PayoutRejected() | PayoutReturned():
            return Moved("paid-back", event.currency, _paid(event.parts))
        case _:
            return None


def _received(account: str) -> FlowKind:
    return "received" if _is_within(account) else "elsewhere"


def _paid(parts: Iterable[PayoutPart]) -> int:
    """Return what of a payout goes out: what the operator moves between its own accounts stays."""
    return sum(part.amount_minor for part in parts if not _is_within(part.account))


def _is_within(account: str) -> bool:
    return control_of(account).name in PERIMETER

"""What happens to a payout: planned, approved, instructed, answered by the bank, debited, returned; and reissued."""

from datetime import date
from typing import Literal

from msgspec import Struct

from domain.aggregate import Event
from domain.references import PayoutId

PayoutKind = Literal["payee", "sweep", "remittance"]
"""To a payee; of the operator's fees to its own account; of taxes to the authority."""


class PayoutPart(Struct, frozen=True, gc=False):
    """What a payout takes from one account, in minor units; below zero what the payee owes there and is kept back."""

    account: str
    amount_minor: int


class PayoutPlanned(Event, frozen=True, kw_only=True):
    """
    Somebody wants money to be paid.

    party: the payee, or the authority where it is registered. parts: sum to the amount. first_item, last_item: the
    items of the payee account that it takes, 0 for other kinds. approvals: how many people beside the planner must
    agree; with none the rulebook agrees. available_minor: what there was to take, for other kinds than a payee's.
    reissues: the rejected or returned payout in whose stead it is.
    """

    kind: PayoutKind
    party: str = ""
    currency: str
    amount_minor: int
    parts: tuple[PayoutPart, ...]
    first_item: int = 0
    last_item: int = 0
    pays_from: str
    pays_to: str = ""
    pay_on: date
    approvals: int
    available_minor: int = 0
    reissues: str = ""
    planned_by: str


class PayoutApproved(Event, frozen=True, kw_only=True):
    """Another person agreed; `missing` more have to."""

    approved_by: str
    missing: int


class PayoutCancelled(Event, frozen=True, kw_only=True):
    """The payout won't be made; what it had taken may be paid by another."""

    reason: str
    cancelled_by: str


class PayoutInstructed(Event, frozen=True, kw_only=True):
    """
    The bank was told to pay.

    file: the message that tells it; creditor: what stands for the bank details that it names, empty for the operator's
    own accounts.
    """

    file: str
    creditor: str
    currency: str
    amount_minor: int
    parts: tuple[PayoutPart, ...]
    instructed_by: str


class PayoutAccepted(Event, frozen=True, kw_only=True):
    """The bank said that it will pay. `answer`: the code of its status, as ACSP."""

    answer: str


class PayoutRejected(Event, frozen=True, kw_only=True):
    """The bank said that it won't pay. `reason`: its code, as AC04."""

    reason: str
    currency: str
    amount_minor: int
    parts: tuple[PayoutPart, ...]


class PayoutDebited(Event, frozen=True, kw_only=True):
    """A line of the bank's statement shows the payout, or some of it, gone. The line posts."""

    bank_entry: str
    amount_minor: int
    booked_on: date


class PayoutDebitUndone(Event, frozen=True, kw_only=True):
    """The line of the statement wasn't this payout."""

    bank_entry: str
    amount_minor: int


class PayoutReturned(Event, frozen=True, kw_only=True):
    """A line of the bank's statement shows the payout back. `reason`: the bank's code, as AC01; empty if unsaid."""

    bank_entry: str
    reason: str
    booked_on: date
    currency: str
    amount_minor: int
    parts: tuple[PayoutPart, ...]


class PayoutReturnUndone(Event, frozen=True, kw_only=True):
    """The line of the statement wasn't this payout's return."""

    bank_entry: str
    currency: str
    amount_minor: int
    parts: tuple[PayoutPart, ...]


class PayoutReissued(Event, frozen=True, kw_only=True):
    """Another payout is made in this one's stead."""

    payout: PayoutId


PayoutEvent = (
    PayoutPlanned
    | PayoutApproved
    | PayoutCancelled
    | PayoutInstructed
    | PayoutAccepted
    | PayoutRejected
    | PayoutDebited
    | PayoutDebitUndone
    | PayoutReturned
    | PayoutReturnUndone
    | PayoutReissued
)

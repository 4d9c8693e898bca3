"""Why the ledger says no to something about a payout."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from domain.errors import Forbidden, Refused

PayoutStatus = Literal["planned", "approved", "cancelled", "instructed", "accepted", "rejected", "debited", "returned"]


@dataclass(eq=False, kw_only=True)
class PayoutAlreadyPlanned(Refused):
    """A payout's key is used once: it is what the bank knows it by."""

    code: ClassVar[str] = "payout.already_planned"
    payout: str


@dataclass(eq=False, kw_only=True)
class PayoutNotInState(Refused):
    """The payout isn't at a step that this follows."""

    code: ClassVar[str] = "payout.not_in_state"
    payout: str
    status: PayoutStatus
    needed: tuple[PayoutStatus, ...]


@dataclass(eq=False, kw_only=True)
class PayoutApproverKnown(Forbidden):
    """Four eyes: an approver is another person than the planner and than those who approved before."""

    code: ClassVar[str] = "payout.approver_known"
    payout: str
    actor: str


@dataclass(eq=False, kw_only=True)
class PayoutBelowMinimum(Refused):
    """Less is available than the rulebook's smallest payout, or nothing, or the payee owes: it is carried forward."""

    code: ClassVar[str] = "payout.below_minimum"
    rule: ClassVar[str] = "payout_minimum_minor"
    payee: str
    available_minor: int
    minimum_minor: int


@dataclass(eq=False, kw_only=True)
class PayoutOffSchedule(Refused):
    """The rulebook pays on other days."""

    code: ClassVar[str] = "payout.off_schedule"
    rule: ClassVar[str] = "payout_schedule"
    pay_on: date
    next_on: date


@dataclass(eq=False, kw_only=True)
class PayoutUnfunded(Refused):
    """The payee is owed less now than was planned to be paid: cancel the payout and plan another."""

    code: ClassVar[str] = "payout.unfunded"
    payout: str
    requested_minor: int
    owed_minor: int


@dataclass(eq=False, kw_only=True)
class PayoutExceedsAvailable(Refused):
    """More would be swept or remitted than stands there for it."""

    code: ClassVar[str] = "payout.exceeds_available"
    payout: str
    requested_minor: int
    available_minor: int


@dataclass(eq=False, kw_only=True)
class PayoutDebitExceeded(Refused):
    """More would be debited than the payout is of: what is beyond is the bank's charge or a mistake."""

    code: ClassVar[str] = "payout.debit_exceeded"
    payout: str
    requested_minor: int
    left_minor: int


@dataclass(eq=False, kw_only=True)
class PayoutPartlyDebited(Refused):
    """A statement shows some of it gone, so the bank can't have rejected it: undo that match first."""

    code: ClassVar[str] = "payout.partly_debited"
    payout: str
    debited_minor: int


@dataclass(eq=False, kw_only=True)
class PayoutAlreadyReissued(Refused):
    """Another payout was made in this one's stead already."""

    code: ClassVar[str] = "payout.already_reissued"
    payout: str
    reissued_as: str


@dataclass(eq=False, kw_only=True)
class PayoutOfAnother(Refused):
    """A payout is reissued to the party, and in the currency, that it was of."""

    code: ClassVar[str] = "payout.of_another"
    payout: str
    party: str
    currency: str


@dataclass(eq=False, kw_only=True)
class PayoutReturnDiffers(Refused):
    """A payout comes back whole: what the bank kept of it is its charge."""

    code: ClassVar[str] = "payout.return_differs"
    payout: str
    amount_minor: int
    returned_minor: int


@dataclass(eq=False, kw_only=True)
class PayoutNotMatched(Refused):
    """This line of a statement isn't matched with the payout so."""

    code: ClassVar[str] = "payout.not_matched"
    payout: str
    bank_entry: str

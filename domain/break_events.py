"""What happens to a break: raised, told otherwise, given to somebody, commented, written off, explained."""

from datetime import date
from typing import Literal

from msgspec import Struct

from domain.aggregate import Event
from domain.commitment import Commitment

BreakKind = Literal[
    "amount",
    "date",
    "ambiguous",
    "missing_in_bank",
    "missing_in_ledger",
    "duplicate",
    "fee",
    "fx",
    "refund_out_of_period",
    "wrong_account",
    "unbalanced_statement",
    "gap",
]
How = Literal["match", "booking", "write-off"]


class Candidate(Struct, frozen=True, kw_only=True, gc=False):
    """
    What the subject may be: the references of items or entries; score: 0 to 1,000; difference_minor: what would be left
    over, in minor units of the break's currency.
    """

    items: tuple[str, ...]
    score: int
    reason: str
    difference_minor: int = 0


class BreakRaised(Event, frozen=True, kw_only=True):
    """
    Bank and ledger differ.

    number: how often about this subject, from 1; amount_minor: what differs, with the sign that it has at the bank;
    of_minor: of an open item, the whole posting, else 0; bank_account: by its key, empty where none is known; since:
    the day from which it ages; reason: a sentence without personal data.
    """

    number: int
    subject: str
    kind: BreakKind
    currency: str
    amount_minor: int
    of_minor: int = 0
    bank_account: str
    since: date
    candidates: tuple[Candidate, ...]
    reason: str


class BreakReclassified(Event, frozen=True, kw_only=True):
    """The difference is another one than was thought, or of another amount."""

    kind: BreakKind
    amount_minor: int
    candidates: tuple[Candidate, ...]
    reason: str


class BreakAssigned(Event, frozen=True, kw_only=True):
    """Somebody is to explain it: a person's key."""

    owner: str
    assigned_by: str


class BreakCommented(Event, frozen=True, kw_only=True):
    """Somebody wrote something about it; `comment` stands for the text."""

    number: int
    comment: Commitment
    commented_by: str


class BreakWriteOffProposed(Event, frozen=True, kw_only=True):
    """Somebody wants the difference to be given up, at the operator's expense. `reason`: a code."""

    number: int
    currency: str
    amount_minor: int
    reason: str
    proposed_by: str


class BreakWriteOffApproved(Event, frozen=True, kw_only=True):
    """A second person agreed. What is posted stands in the events that follow."""

    number: int
    currency: str
    amount_minor: int
    approved_by: str


class BreakWriteOffRejected(Event, frozen=True, kw_only=True):
    """A second person disagreed. `reason`: a code."""

    number: int
    rejected_by: str
    reason: str


class BreakResolved(Event, frozen=True, kw_only=True):
    """The difference is explained. `by`: the match, the proposal, or what else settled the subject."""

    how: How
    by: str


BreakEvent = (
    BreakRaised
    | BreakReclassified
    | BreakAssigned
    | BreakCommented
    | BreakWriteOffProposed
    | BreakWriteOffApproved
    | BreakWriteOffRejected
    | BreakResolved
)

"""
A break is a difference between the bank and the ledger that somebody has to look at, until it is explained.

It is about one subject: a bank entry, an open item, a payout, a statement or a line of a settlement. It has an owner,
an age, comments, and it closes only by a match, a booking, or a write-off that a second person approved. A subject that
differs again later opens the same break again, with its next number.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.aggregate import begun
from domain.break_events import (
    BreakAssigned,
    BreakCommented,
    BreakEvent,
    BreakKind,
    BreakRaised,
    BreakReclassified,
    BreakResolved,
    BreakWriteOffApproved,
    BreakWriteOffProposed,
    BreakWriteOffRejected,
    Candidate,
    How,
)
from domain.commitment import check_commitment
from domain.errors import Malformed, Refused
from domain.money import exponent_of, ranged
from domain.proposal import NOTHING, Proposal, Proposals, with_done, with_proposed
from domain.references import KEY, key, key_of, kind_of

SUBJECTS = ("bank_entry", "open_item", "payout", "statement", "settlement_line")
CANDIDATES_MAX = 5
ITEMS_MAX = 20
SCORE_MAX = 1_000
REASON_MAX = 300
_KEY_MAX = 64
_HASHED = 32


class Found(Struct, frozen=True, kw_only=True, gc=False):
    """A difference as it was found; see BreakRaised."""

    subject: str
    kind: BreakKind
    currency: str
    amount_minor: int
    of_minor: int = 0
    bank_account: str = ""
    since: date
    candidates: tuple[Candidate, ...] = ()
    reason: str


@dataclass(eq=False, kw_only=True)
class BreakMalformed(Malformed):
    """What is said of a difference can't be meant."""

    code: ClassVar[str] = "break.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class BreakUnchanged(Refused):
    """The differences are known, and nothing about them changed."""

    code: ClassVar[str] = "break.unchanged"
    found: int


@dataclass(eq=False, kw_only=True)
class BreakNotGivenUp(Refused):
    """A payout isn't written off: its bank pays, rejects or returns it."""

    code: ClassVar[str] = "break.not_given_up"
    subject: str


@dataclass(eq=False, kw_only=True)
class BreakClosed(Refused):
    """The difference is explained: nothing more is said about it."""

    code: ClassVar[str] = "break.closed"
    break_key: str


@dataclass(eq=False, kw_only=True)
class BreakWriteOffPending(Refused):
    """A write-off waits for a second person: approve or reject it first."""

    code: ClassVar[str] = "break.write_off_pending"
    break_key: str
    number: int


class Break(Proposals, frozen=True, kw_only=True):
    """
    A difference as it stands; its proposals are to write off. See BreakRaised.

    raised: how often; how: by what it closed, empty while it is open.
    """

    subject: str
    kind: BreakKind
    currency: str
    amount_minor: int
    of_minor: int
    candidates: tuple[Candidate, ...]
    reason: str
    raised: int
    how: How | Literal[""] = ""
    owner: str = ""
    comments: int = 0

    @property
    def is_open(self) -> bool:
        """Return whether nobody has explained it yet."""
        return not self.how

    def assign(self, owner: str, *, actor: str) -> BreakAssigned:
        """
        Let somebody explain it. The owner is a person's key.

        Raises, in this order: ReferenceMalformed, BreakClosed.
        """
        key(owner, field="owner")
        self._need_open()
        return BreakAssigned(owner=owner, assigned_by=actor)

    def comment(self, comment: str, *, actor: str) -> BreakCommented:
        """
        Say something about it, closed or not.

        Raises: CommitmentMalformed.
        """
        return BreakCommented(
            number=self.comments + 1, comment=check_commitment(comment, "comment"), commented_by=actor
        )

    def propose_write_off(self, *, reason: str, actor: str) -> BreakWriteOffProposed:
        """
        Propose to give the whole difference up. The reason is a code.

        Raises, in this order: ReferenceMalformed, BreakClosed, BreakNotGivenUp, BreakWriteOffPending.
        """
        key(reason, field="reason")
        self._need_open()
        if kind_of(self.subject) == "payout":
            raise BreakNotGivenUp(subject=self.subject)
        if self.pending:
            raise BreakWriteOffPending(break_key=key_of(self.reference), number=self.pending[0].number)
        return BreakWriteOffProposed(
            number=self.next_number,
            currency=self.currency,
            amount_minor=self.amount_minor,
            reason=reason,
            proposed_by=actor,
        )

    def approve_write_off(self, number: int, *, actor: str) -> BreakWriteOffApproved:
        """
        Agree to a write-off as a second person, whatever its amount.

        Raises, in this order: ProposalNotFound, ApproverIsProposer. Source: shared design, section 7.
        """
        self.check_approvable(number, actor=actor)
        amount_minor = self.get(number).amount_minor
        return BreakWriteOffApproved(
            number=number, currency=self.currency, amount_minor=amount_minor, approved_by=actor
        )

    def reject_write_off(self, number: int, *, reason: str, actor: str) -> BreakWriteOffRejected:
        """
        Refuse a write-off as a second person. The reason is a code.

        Raises, in this order: ReferenceMalformed, ProposalNotFound, ApproverIsProposer.
        """
        key(reason, field="reason")
        self.check_approvable(number, actor=actor)
        return BreakWriteOffRejected(number=number, rejected_by=actor, reason=reason)

    def _need_open(self) -> None:
        if not self.is_open:
            raise BreakClosed(break_key=key_of(self.reference))


def break_id(subject: str) -> str:
    """
    Return the reference of the break about a subject: `break:bank_entry.` and its key, or where that is no key, or too
    long for one, half of its SHA-256.
    """
    about = key_of(subject)
    named = f"{kind_of(subject)}.{about}"
    if not KEY.fullmatch(about) or len(named) > _KEY_MAX:
        named = f"{kind_of(subject)}.{hashlib.sha256(subject.encode()).hexdigest()[:_HASHED]}"
    return f"break:{named}"


def check_found(found: Found) -> None:
    """
    Check what is said of a difference.

    Raises, in this order: BreakMalformed (subject, candidates, reason), CurrencyUnknown, AmountOutOfRange.
    """
    if kind_of(found.subject) not in SUBJECTS:
        raise BreakMalformed(field="subject", problem=f"not one of {', '.join(SUBJECTS)}")
    if len(found.candidates) > CANDIDATES_MAX or not all(map(_is_candidate, found.candidates)):
        raise BreakMalformed(field="candidates", problem=f"not up to {CANDIDATES_MAX}, scored 0 to {SCORE_MAX}")
    if not _is_sentence(found.reason):
        raise BreakMalformed(field="reason", problem=f"not up to {REASON_MAX} printable characters")
    exponent_of(found.currency)
    for amount_minor in (found.amount_minor, found.of_minor):
        ranged(amount_minor)


def raise_or_reclassify(before: Break | None, found: Found) -> BreakRaised | BreakReclassified | None:
    """Say that bank and ledger differ, or that they differ otherwise; nothing where that is known."""
    if before is None or not before.is_open:
        return BreakRaised(
            number=before.raised + 1 if before else 1,
            subject=found.subject,
            kind=found.kind,
            currency=found.currency,
            amount_minor=found.amount_minor,
            of_minor=found.of_minor,
            bank_account=found.bank_account,
            since=found.since,
            candidates=found.candidates,
            reason=found.reason,
        )
    known = (before.kind, before.amount_minor, before.candidates, before.reason)
    if known == (found.kind, found.amount_minor, found.candidates, found.reason):
        return None
    return BreakReclassified(
        kind=found.kind, amount_minor=found.amount_minor, candidates=found.candidates, reason=found.reason
    )


def evolve(before: Break | None, event: BreakEvent, reference: str, _at: datetime) -> Break:
    """Apply an event of a break."""
    match event:
        case BreakRaised():
            return _raised(before, event, reference)
        case BreakReclassified():
            return replace(
                begun(before),
                kind=event.kind,
                amount_minor=event.amount_minor,
                candidates=event.candidates,
                reason=event.reason,
            )
        case BreakAssigned():
            return replace(begun(before), owner=event.owner)
        case BreakCommented():
            return replace(begun(before), comments=event.number)
        case BreakWriteOffProposed():
            proposal = Proposal(
                number=event.number,
                amount_minor=event.amount_minor,
                breakdown=NOTHING,
                proposed_by=event.proposed_by,
            )
            return with_proposed(begun(before), proposal)
        case BreakWriteOffApproved() | BreakWriteOffRejected():
            return with_done(begun(before), event.number)
        case BreakResolved():
            return replace(begun(before), how=event.how, pending=())


def _raised(before: Break | None, event: BreakRaised, reference: str) -> Break:
    return Break(
        reference=reference,
        subject=event.subject,
        kind=event.kind,
        currency=event.currency,
        amount_minor=event.amount_minor,
        of_minor=event.of_minor,
        candidates=event.candidates,
        reason=event.reason,
        raised=event.number,
        comments=before.comments if before else 0,
        proposed=before.proposed if before else 0,
    )


def _is_candidate(candidate: Candidate) -> bool:
    few = 1 <= len(candidate.items) <= ITEMS_MAX
    return few and 0 <= candidate.score <= SCORE_MAX and _is_sentence(candidate.reason)


def _is_sentence(text: str) -> bool:
    return len(text) <= REASON_MAX and text.isprintable()

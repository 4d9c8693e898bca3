"""
A payout is money on its way from a bank account of the operator's to a payee, another account of its own, or an
authority: planned, approved, instructed in a file, debited by the bank; and what may come back.

A payout to a payee takes everything that the party may be paid in its currency: the items of its payee account up to a
number, once and for ever. What the bank rejects or returns is credited as an item of its own, which a later payout
takes. The key is the end-to-end id that goes to the bank.

Source: shared design, sections 2 and 3; shared reference, section 9 "Payout".
"""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec.structs import replace

from domain.accounts import check_control
from domain.aggregate import Aggregate, begun
from domain.commitment import check_commitment
from domain.money import positive
from domain.payout_events import (
    PayoutAccepted,
    PayoutApproved,
    PayoutCancelled,
    PayoutDebited,
    PayoutDebitUndone,
    PayoutEvent,
    PayoutInstructed,
    PayoutKind,
    PayoutPart,
    PayoutPlanned,
    PayoutReissued,
    PayoutRejected,
    PayoutReturned,
    PayoutReturnUndone,
)
from domain.payout_refusals import (
    PayoutAlreadyPlanned,
    PayoutAlreadyReissued,
    PayoutApproverKnown,
    PayoutDebitExceeded,
    PayoutNotInState,
    PayoutNotMatched,
    PayoutOfAnother,
    PayoutPartlyDebited,
    PayoutReturnDiffers,
    PayoutStatus,
)
from domain.references import PayoutId, ReferenceMalformed, key
from domain.side import is_same_person

END_TO_END_MAX = 35
"""Characters of an end-to-end id. Source: ISO 20022, Max35Text."""

MESSAGE_ID_MAX = 30
"""Characters of a message id: as many, less what tells the batches of a message apart."""

PAID_FROM = ("bank:safeguarded", "bank:operator")
IN_TRANSIT = "payout:in-transit"
OWN_TRANSFERS = "clearing:own-transfers"
"""Where swept money stands between the statements of the two accounts."""

REMITTED = ("tax:withheld", "tax:gst-output", "tax:gst-reverse")
"""What is owed to an authority."""


class Payout(Aggregate, frozen=True, kw_only=True):
    """
    A payout as it stands.

    approved_by: the people who agreed; is_accepted: whether the bank said that it will pay; debits: in minor units, by
    the line of a statement that shows them; returned_by: the line that shows it back; reissued_as: the payout made in
    its stead. `debited` is never final: what was paid may come back.
    """

    kind: PayoutKind
    party: str
    currency: str
    amount_minor: int
    parts: tuple[PayoutPart, ...]
    pays_from: str
    pays_to: str
    pay_on: date
    approvals: int
    planned_by: str
    status: PayoutStatus
    approved_by: tuple[str, ...] = ()
    file: str = ""
    is_accepted: bool = False
    debits: Mapping[str, int] = {}
    returned_by: str = ""
    reissued_as: str = ""

    @property
    def debited_minor(self) -> int:
        """Return how much of it the bank's statements show gone."""
        return sum(self.debits.values())

    def approve(self, *, actor: str) -> PayoutApproved:
        """
        Agree as another person.

        Raises, in this order: PayoutNotInState, PayoutApproverKnown. Source: shared design, section 7.
        """
        self._need("planned")
        if any(is_same_person(actor, known) for known in (self.planned_by, *self.approved_by)):
            raise PayoutApproverKnown(payout=self.reference, actor=actor)
        return PayoutApproved(approved_by=actor, missing=self.approvals - len(self.approved_by) - 1)

    def cancel(self, *, reason: str, actor: str) -> PayoutCancelled:
        """
        Give the payout up before the bank is told. The reason is a code.

        Raises, in this order: ReferenceMalformed, PayoutNotInState.
        """
        key(reason, field="reason")
        self._need("planned", "approved")
        return PayoutCancelled(reason=reason, cancelled_by=actor)

    def instruct(self, *, file: str, creditor: str, actor: str) -> PayoutInstructed:
        """
        Tell the bank, in a file. creditor: what stands for the bank details that it names, empty for own accounts.

        Raises, in this order: CommitmentMalformed, PayoutNotInState.
        """
        if creditor or self.kind == "payee":
            check_commitment(creditor, "creditor")
        self._need("approved")
        return PayoutInstructed(
            file=file,
            creditor=creditor,
            currency=self.currency,
            amount_minor=self.amount_minor,
            parts=self.parts,
            instructed_by=actor,
        )

    def accept(self, *, answer: str) -> PayoutAccepted:
        """
        Record that the bank will pay.

        Raises, in this order: ReferenceMalformed, PayoutNotInState.
        """
        key(answer, field="answer")
        self._need("instructed")
        return PayoutAccepted(answer=answer)

    def reject(self, *, reason: str) -> PayoutRejected:
        """
        Record that the bank won't pay, also where it had said that it would. The reason is the bank's code.

        Raises, in this order: ReferenceMalformed, PayoutNotInState, PayoutPartlyDebited.
        """
        key(reason, field="reason")
        self._need("instructed", "accepted")
        if self.debits:
            raise PayoutPartlyDebited(payout=self.reference, debited_minor=self.debited_minor)
        return PayoutRejected(reason=reason, currency=self.currency, amount_minor=self.amount_minor, parts=self.parts)

    def debit(self, amount_minor: int, *, bank_entry: str, booked_on: date) -> PayoutDebited:
        """
        Record that a statement shows it gone, or some of it.

        Raises, in this order: AmountOutOfRange, PayoutNotInState, PayoutDebitExceeded.
        """
        positive(amount_minor)
        self._need("instructed", "accepted")
        left_minor = self.amount_minor - self.debited_minor
        if amount_minor > left_minor:
            raise PayoutDebitExceeded(payout=self.reference, requested_minor=amount_minor, left_minor=left_minor)
        return PayoutDebited(bank_entry=bank_entry, amount_minor=amount_minor, booked_on=booked_on)

    def undo_debit(self, *, bank_entry: str) -> PayoutDebitUndone:
        """
        Take back that a statement shows it gone.

        Raises, in this order: PayoutNotMatched, PayoutNotInState.
        """
        amount_minor = self.debits.get(bank_entry)
        if amount_minor is None:
            raise PayoutNotMatched(payout=self.reference, bank_entry=bank_entry)
        self._need("instructed", "accepted", "debited")
        return PayoutDebitUndone(bank_entry=bank_entry, amount_minor=amount_minor)

    def come_back(self, amount_minor: int, *, bank_entry: str, reason: str, booked_on: date) -> PayoutReturned:
        """
        Record that a statement shows it back. The reason is the bank's code, empty if it gives none.

        Raises, in this order: ReferenceMalformed, PayoutNotInState, PayoutReturnDiffers.
        """
        if reason:
            key(reason, field="reason")
        self._need("debited")
        if amount_minor != self.amount_minor:
            raise PayoutReturnDiffers(
                payout=self.reference, amount_minor=self.amount_minor, returned_minor=amount_minor
            )
        return PayoutReturned(
            bank_entry=bank_entry,
            reason=reason,
            booked_on=booked_on,
            currency=self.currency,
            amount_minor=self.amount_minor,
            parts=self.parts,
        )

    def undo_return(self, *, bank_entry: str) -> PayoutReturnUndone:
        """
        Take back that a statement shows it back.

        Raises: PayoutNotMatched.
        """
        if not bank_entry or self.returned_by != bank_entry:
            raise PayoutNotMatched(payout=self.reference, bank_entry=bank_entry)
        return PayoutReturnUndone(
            bank_entry=bank_entry, currency=self.currency, amount_minor=self.amount_minor, parts=self.parts
        )

    def reissue(self, *, payout: PayoutId, party: str, currency: str) -> PayoutReissued:
        """
        Let another payout, to a party in a currency, be made in this one's stead.

        Raises, in this order: PayoutOfAnother, PayoutNotInState, PayoutAlreadyReissued.
        """
        if (self.party, self.currency) != (party, currency):
            raise PayoutOfAnother(payout=self.reference, party=self.party, currency=self.currency)
        self._need("rejected", "returned")
        if self.reissued_as:
            raise PayoutAlreadyReissued(payout=self.reference, reissued_as=self.reissued_as)
        return PayoutReissued(payout=payout)

    def _need(self, *needed: PayoutStatus) -> None:
        if self.status not in needed:
            raise PayoutNotInState(payout=self.reference, status=self.status, needed=needed)


def check_key(name: str, *, field: str = "payout", length_max: int = END_TO_END_MAX) -> str:
    """
    Return the key of a payout, or of a file, unchanged: every bank must be able to take it, so it has no underscore.

    Raises: ReferenceMalformed.
    """
    if len(key(name, field=field)) > length_max or "_" in name:
        raise ReferenceMalformed(field=field, value=name)
    return name


def check_paid_from(account: str) -> None:
    """
    Check that money may be paid from an account.

    Raises, in this order: AccountUnknown, AccountUnfit.
    """
    check_control(account, PAID_FROM)


def planned(existing: Payout | None, plan: PayoutPlanned) -> PayoutPlanned:
    """
    Return a plan, unless its key was used.

    Raises: PayoutAlreadyPlanned.
    """
    if existing:
        raise PayoutAlreadyPlanned(payout=existing.reference)
    return plan


def evolve(payout: Payout | None, event: PayoutEvent, reference: str, _at: datetime) -> Payout:  # noqa: C901 - one case an event
    """Apply an event of a payout."""
    match event:
        case PayoutPlanned():
            return _planned(event, reference)
        case PayoutApproved():
            before = begun(payout)
            status: PayoutStatus = "planned" if event.missing else "approved"
            return replace(before, status=status, approved_by=(*before.approved_by, event.approved_by))
        case PayoutCancelled():
            return replace(begun(payout), status="cancelled")
        case PayoutInstructed():
            return replace(begun(payout), status="instructed", file=event.file)
        case PayoutAccepted():
            return replace(begun(payout), status="accepted", is_accepted=True)
        case PayoutRejected():
            return replace(begun(payout), status="rejected")
        case PayoutDebited():
            return _debited(begun(payout), event)
        case PayoutDebitUndone():
            before = begun(payout)
            debits = {entry: minor for entry, minor in before.debits.items() if entry != event.bank_entry}
            return replace(before, status="accepted" if before.is_accepted else "instructed", debits=debits)
        case PayoutReturned():
            return replace(begun(payout), status="returned", returned_by=event.bank_entry)
        case PayoutReturnUndone():
            return replace(begun(payout), status="debited", returned_by="")
        case PayoutReissued():
            return replace(begun(payout), reissued_as=event.payout)


def _planned(event: PayoutPlanned, reference: str) -> Payout:
    return Payout(
        reference=reference,
        kind=event.kind,
        party=event.party,
        currency=event.currency,
        amount_minor=event.amount_minor,
        parts=event.parts,
        pays_from=event.pays_from,
        pays_to=event.pays_to,
        pay_on=event.pay_on,
        approvals=event.approvals,
        planned_by=event.planned_by,
        status="planned" if event.approvals else "approved",
    )


def _debited(payout: Payout, event: PayoutDebited) -> Payout:
    debits = {**payout.debits, event.bank_entry: payout.debits.get(event.bank_entry, 0) + event.amount_minor}
    gone = sum(debits.values()) == payout.amount_minor
    return replace(payout, status="debited" if gone else payout.status, debits=debits)

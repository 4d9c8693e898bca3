"""A payee account is what one party may be paid in one currency; below zero it is what the party owes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from msgspec.structs import replace

from domain.accounts import check_control
from domain.aggregate import Aggregate, Event, begun
from domain.errors import Refused
from domain.money import positive
from domain.references import GuaranteeId, PayoutId, key, key_of, kind_of

PayeeControl = Literal["payable:exporter", "payable:partner", "refundable:buyer"]
"""The control accounts whose parts make up a payee account."""

REPAID_ON = ("clearing", "bank:safeguarded")
"""Where a party's own money may arrive."""


class PayeeCredited(Event, frozen=True, kw_only=True):
    """The party is owed more, because of `source`, on its part of the control account `account`."""

    amount_minor: int
    source: str
    account: PayeeControl


class PayeeDebited(Event, frozen=True, kw_only=True):
    """The party is owed less, because of `source`, on its part of `account`; it may come to owe money itself."""

    amount_minor: int
    source: str
    account: PayeeControl


class PayeeRepaid(Event, frozen=True, kw_only=True):
    """The party paid back money that it owed on its part of `owed_on`."""

    amount_minor: int
    currency: str
    owed_on: PayeeControl
    account: str
    """Where the money is: a clearing or safeguarded bank account."""
    reference: str = ""
    """What the provider or bank calls the payment, where the caller said it."""


class PayeeUnclaimed(Event, frozen=True, kw_only=True):
    """Money of the party that couldn't be paid, however often it was tried, was set aside for it."""

    amount_minor: int
    currency: str
    account: PayeeControl
    reason: str


class PayeeReclaimed(Event, frozen=True, kw_only=True):
    """The party turned up: money set aside for it may be paid again."""

    amount_minor: int
    currency: str
    account: PayeeControl
    reason: str


class PayeeCovered(Event, frozen=True, kw_only=True):
    """The operator put its own money where the party's is owed, by the guarantee of an order; it owes as before."""

    amount_minor: int
    guarantee: GuaranteeId


class PayeeUncovered(Event, frozen=True, kw_only=True):
    """The operator took its own money back, or gave it up for the party, by the guarantee of an order."""

    amount_minor: int
    guarantee: GuaranteeId


class PayeeReserved(Event, frozen=True, kw_only=True):
    """
    Everything that the party may be paid was set apart for a payout: its items up to a number, once and for ever.

    amounts_minor: by control account, what there is; below zero what the party owes there, which is kept back.
    """

    payout: PayoutId
    amounts_minor: dict[PayeeControl, int]
    last_item: int


class PayeeReservationReleased(Event, frozen=True, kw_only=True):
    """The payout won't be made: what was set apart for it is an item again, as one sum."""

    payout: PayoutId
    amounts_minor: dict[PayeeControl, int]


class PayeePaidOut(Event, frozen=True, kw_only=True):
    """The bank was told to pay what was set apart: the party is owed it no more."""

    payout: PayoutId
    amounts_minor: dict[PayeeControl, int]


PayeeEvent = (
    PayeeCredited
    | PayeeDebited
    | PayeeRepaid
    | PayeeUnclaimed
    | PayeeReclaimed
    | PayeeCovered
    | PayeeUncovered
    | PayeeReserved
    | PayeeReservationReleased
    | PayeePaidOut
)


@dataclass(eq=False, kw_only=True)
class PayeeDebtExceeded(Refused):
    """More would be paid back, advanced or written off than the party owes: what is beyond belongs in suspense."""

    code: ClassVar[str] = "payee.debt_exceeded"
    payee: str
    requested_minor: int
    owed_minor: int


@dataclass(eq=False, kw_only=True)
class PayeeExceeded(Refused):
    """More would be taken from the party's part of an account than it may be paid from there."""

    code: ClassVar[str] = "payee.exceeded"
    payee: str
    account: PayeeControl
    requested_minor: int
    payable_minor: int


@dataclass(eq=False, kw_only=True)
class UnclaimedExceeded(Refused):
    """More would be reclaimed than was set aside from the party's part of that account."""

    code: ClassVar[str] = "payee.unclaimed_exceeded"
    payee: str
    account: PayeeControl
    requested_minor: int
    unclaimed_minor: int


@dataclass(eq=False, kw_only=True)
class CoverNeeded(Refused):
    """The operator's own money stands in for what the party still owes, and buyers' money can't take its place."""

    code: ClassVar[str] = "payee.cover_needed"
    payee: str
    requested_minor: int
    free_minor: int


class PayeeAccount(Aggregate, frozen=True, kw_only=True):
    """
    What one party may be paid in one currency, by the part it has in it: as an exporter, a partner or a buyer.

    by_account: its part of each control account, credits above zero; unclaimed_by_account: what was set aside from
    each; covered_minor: what the operator's own money stands in for, of what the party owes as an exporter;
    reserved_by_account: what is set apart for payouts that the bank wasn't told of yet. All in minor units. items: how
    often the party came to be owed more or less, counted from 1; items up to `taken` are in a payout.
    """

    party: str
    currency: str
    by_account: Mapping[PayeeControl, int] = {}
    unclaimed_by_account: Mapping[PayeeControl, int] = {}
    covered_minor: int = 0
    reserved_by_account: Mapping[PayeeControl, int] = {}
    items: int = 0
    taken: int = 0

    @property
    def balance_minor(self) -> int:
        """Return what the party may be paid in all; below zero it owes it."""
        return sum(self.by_account.values())

    def minor_on(self, account: PayeeControl) -> int:
        """Return the party's part of one control account; below zero it owes it."""
        return self.by_account.get(account, 0)

    @property
    def available_minor(self) -> int:
        """Return what the party may be paid and no payout takes yet; below zero it is carried forward."""
        return self.balance_minor - sum(self.reserved_by_account.values())

    def payable_on(self, account: PayeeControl) -> int:
        """Return what the party may be paid from one control account: no more than all its parts come to."""
        on_account_minor = self.minor_on(account) - self.reserved_by_account.get(account, 0)
        return max(0, min(on_account_minor, self.available_minor))

    def owed_on(self, account: PayeeControl) -> int:
        """Return what the party owes on one control account: no more than all its parts come to."""
        return max(0, -max(self.minor_on(account), self.balance_minor))

    def reserve(self, *, payout: PayoutId) -> PayeeReserved:
        """Set everything apart that is available, with every item that no payout took."""
        amounts_minor: dict[PayeeControl, int] = {
            account: minor - self.reserved_by_account.get(account, 0) for account, minor in self.by_account.items()
        }
        there = {account: minor for account, minor in amounts_minor.items() if minor}
        return PayeeReserved(payout=payout, amounts_minor=there, last_item=self.items)

    def repay(self, amount_minor: int, *, owed_on: PayeeControl, account: str, reference: str = "") -> PayeeRepaid:
        """
        Record that the party paid back what it owed.

        Raises, in this order: AmountOutOfRange, AccountUnknown, AccountUnfit, ReferenceMalformed, PayeeDebtExceeded.
        """
        positive(amount_minor)
        check_control(account, REPAID_ON)
        if reference:
            key(reference, field="reference")
        self.check_owes(amount_minor, on=owed_on)
        return PayeeRepaid(
            amount_minor=amount_minor, currency=self.currency, owed_on=owed_on, account=account, reference=reference
        )

    def declare_unclaimed(self, amount_minor: int, *, account: PayeeControl, reason: str) -> PayeeUnclaimed:
        """
        Set money aside that nobody can be paid. The reason is a code.

        Raises, in this order: AmountOutOfRange, ReferenceMalformed, PayeeExceeded.
        """
        positive(amount_minor)
        key(reason, field="reason")
        payable_minor = self.payable_on(account)
        if amount_minor > payable_minor:
            raise PayeeExceeded(
                payee=self.reference, account=account, requested_minor=amount_minor, payable_minor=payable_minor
            )
        return PayeeUnclaimed(amount_minor=amount_minor, currency=self.currency, account=account, reason=reason)

    def reclaim(self, amount_minor: int, *, account: PayeeControl, reason: str) -> PayeeReclaimed:
        """
        Make money payable again that was set aside. The reason is a code.

        Raises, in this order: AmountOutOfRange, ReferenceMalformed, UnclaimedExceeded.
        """
        positive(amount_minor)
        key(reason, field="reason")
        unclaimed_minor = self.unclaimed_by_account.get(account, 0)
        if amount_minor > unclaimed_minor:
            raise UnclaimedExceeded(
                payee=self.reference, account=account, requested_minor=amount_minor, unclaimed_minor=unclaimed_minor
            )
        return PayeeReclaimed(amount_minor=amount_minor, currency=self.currency, account=account, reason=reason)

    def cover(self, amount_minor: int, *, guarantee: GuaranteeId) -> PayeeCovered:
        """
        Stand in for what the party owes as an exporter and nothing stands in for yet.

        Raises: PayeeDebtExceeded.
        """
        self._need_owed(amount_minor, self.owed_on("payable:exporter") - self.covered_minor)
        return PayeeCovered(amount_minor=amount_minor, guarantee=guarantee)

    def uncover(self, amount_minor: int, *, guarantee: GuaranteeId) -> PayeeUncovered:
        """
        Take the operator's own money back, as far as the party owes less than it stands in for.

        Raises: CoverNeeded.
        """
        free_minor = max(0, self.covered_minor - self.owed_on("payable:exporter"))
        if amount_minor > free_minor:
            raise CoverNeeded(payee=self.reference, requested_minor=amount_minor, free_minor=free_minor)
        return PayeeUncovered(amount_minor=amount_minor, guarantee=guarantee)

    def check_owes(self, amount_minor: int, *, on: PayeeControl) -> None:
        """
        Check that the party owes an amount.

        Raises: PayeeDebtExceeded.
        """
        self._need_owed(amount_minor, self.owed_on(on))

    def _need_owed(self, amount_minor: int, owed_minor: int) -> None:
        if amount_minor > owed_minor:
            raise PayeeDebtExceeded(payee=self.reference, requested_minor=amount_minor, owed_minor=max(0, owed_minor))


def evolve(payee: PayeeAccount | None, event: PayeeEvent, reference: str, _at: datetime) -> PayeeAccount:  # noqa: C901 - one case an event
    """Apply an event of a payee account; the first one opens it."""
    match event:
        case PayeeCredited():
            return _item(payee or _empty(reference), event.account, event.amount_minor)
        case PayeeDebited():
            return _item(payee or _empty(reference), event.account, -event.amount_minor)
        case PayeeRepaid():
            return _item(begun(payee), event.owed_on, event.amount_minor)
        case PayeeUnclaimed():
            return _set_aside(begun(payee), event.account, event.amount_minor)
        case PayeeReclaimed():
            return _set_aside(begun(payee), event.account, -event.amount_minor)
        case PayeeCovered():
            return replace(begun(payee), covered_minor=begun(payee).covered_minor + event.amount_minor)
        case PayeeUncovered():
            return replace(begun(payee), covered_minor=begun(payee).covered_minor - event.amount_minor)
        case PayeeReserved():
            return replace(_reserved(begun(payee), event.amounts_minor), taken=event.last_item)
        case PayeeReservationReleased():
            before = _reserved(begun(payee), _opposite(event.amounts_minor))
            return replace(before, items=before.items + 1)
        case PayeePaidOut():
            return _paid_out(begun(payee), event.amounts_minor)


def _empty(reference: str) -> PayeeAccount:
    party, _, currency = key_of(reference).rpartition("/")
    return PayeeAccount(reference=reference, party=party, currency=currency)


def credited_with_account(fields: dict[str, Any]) -> dict[str, Any]:
    """Read a first-version credit: a refund was owed to the party as a buyer, everything else as an exporter."""
    return {**fields, "account": "refundable:buyer" if kind_of(fields["source"]) == "refund" else "payable:exporter"}


def debited_with_account(fields: dict[str, Any]) -> dict[str, Any]:
    """
    Read a first-version debit as one of the exporter.

    A chargeback out of what a buyer was refunded was written alike and is read so too: the party's balance is right
    all the same, only its parts are not.
    """
    return {**fields, "account": "payable:exporter"}


def _item(payee: PayeeAccount, account: PayeeControl, amount_minor: int) -> PayeeAccount:
    return replace(payee, by_account=_plus(payee.by_account, account, amount_minor), items=payee.items + 1)


def _set_aside(payee: PayeeAccount, account: PayeeControl, amount_minor: int) -> PayeeAccount:
    unclaimed = _plus(payee.unclaimed_by_account, account, amount_minor)
    return replace(_item(payee, account, -amount_minor), unclaimed_by_account=unclaimed)


def _reserved(payee: PayeeAccount, amounts_minor: Mapping[PayeeControl, int]) -> PayeeAccount:
    reserved = dict(payee.reserved_by_account)
    for account, amount_minor in amounts_minor.items():
        reserved = _plus(reserved, account, amount_minor)
    return replace(payee, reserved_by_account={account: minor for account, minor in reserved.items() if minor})


def _paid_out(payee: PayeeAccount, amounts_minor: Mapping[PayeeControl, int]) -> PayeeAccount:
    owed: Mapping[PayeeControl, int] = payee.by_account
    for account, amount_minor in amounts_minor.items():
        owed = _plus(owed, account, -amount_minor)
    return replace(_reserved(payee, _opposite(amounts_minor)), by_account=owed)


def _opposite(amounts_minor: Mapping[PayeeControl, int]) -> dict[PayeeControl, int]:
    return {account: -minor for account, minor in amounts_minor.items()}


def _plus(amounts: Mapping[PayeeControl, int], account: PayeeControl, amount_minor: int) -> dict[PayeeControl, int]:
    return {**amounts, account: amounts.get(account, 0) + amount_minor}

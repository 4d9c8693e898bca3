"""A hold is the money of one order while it is under assurance: received from the buyer, kept, and paid out of."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from domain.aggregate import Aggregate, Event
from domain.errors import Malformed, Refused
from domain.money import Money, positive, ranged, split
from domain.proposal import Breakdown
from domain.references import ACCOUNT, DisputeId, RefundId, ReleaseId, key


class HoldOpened(Event, frozen=True, kw_only=True):
    """An order was accepted, and its buyer's money may now be held."""

    buyer: str
    exporter: str
    currency: str
    steps: int


class HoldPaymentReceived(Event, frozen=True, kw_only=True):
    """Money arrived from the buyer for a payment step; more or less than agreed, it is kept as what it is."""

    step: int
    amount_minor: int
    currency: str
    account: str
    """Where the money is: a clearing, safeguarded bank or suspense account."""
    reference: str = ""
    """What the provider or bank calls the payment, where the caller said it."""


class HoldDisputed(Event, frozen=True, kw_only=True):
    """Held money was set aside, because a claim is about it."""

    dispute: DisputeId
    amount_minor: int
    currency: str


class HoldUndisputed(Event, frozen=True, kw_only=True):
    """
    Money set aside is ordinary held money again.

    conceded_minor: how much of what is held now goes back to the buyer because of the dispute, so that the exporter
    will never be owed it; the refund follows.
    """

    dispute: DisputeId
    amount_minor: int
    conceded_minor: int
    currency: str


class HoldFrozen(Event, frozen=True, kw_only=True):
    """Held money may not move until it is unfrozen."""

    amount_minor: int
    currency: str
    reason: str


class HoldUnfrozen(Event, frozen=True, kw_only=True):
    """Frozen money is ordinary held money again."""

    amount_minor: int
    currency: str
    reason: str


class HoldReleased(Event, frozen=True, kw_only=True):
    """Held money became the exporter's, less the service fee and the tax on it."""

    release: ReleaseId
    exporter: str
    currency: str
    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int


class HoldRecovered(Event, frozen=True, kw_only=True):
    """Released money was taken back for a refund: from the exporter, and the fee and tax in proportion."""

    refund: RefundId
    exporter: str
    currency: str
    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int


class HoldRefunded(Event, frozen=True, kw_only=True):
    """Held money became the buyer's again."""

    refund: RefundId
    buyer: str
    currency: str
    amount_minor: int


class HoldChargedBack(Event, frozen=True, kw_only=True):
    """
    The buyer's bank took money back: from what is set aside for the buyer's own claims, then from the hold while it has
    any, then from what the exporter got, then from what was refunded to the buyer already; what goes beyond all that,
    from the exporter.
    """

    exporter: str
    buyer: str
    currency: str
    account: str
    held_minor: int
    frozen_minor: int
    exporter_minor: int
    buyer_minor: int
    disputed_minor: int

    @property
    def taken_minor(self) -> int:
        """Return all that the bank took."""
        return self.disputed_minor + self.held_minor + self.frozen_minor + self.exporter_minor + self.buyer_minor


def charged_back_without_dispute(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a chargeback of schema version 1, when no money was set aside for claims, as version 2."""
    return {**fields, "disputed_minor": 0}


class HoldClosed(Event, frozen=True, kw_only=True):
    """Nothing is held any more and nothing will be."""


HoldEvent = (
    HoldOpened
    | HoldPaymentReceived
    | HoldDisputed
    | HoldUndisputed
    | HoldFrozen
    | HoldUnfrozen
    | HoldReleased
    | HoldRecovered
    | HoldRefunded
    | HoldChargedBack
    | HoldClosed
)
HoldStatus = Literal["open", "closed"]


@dataclass(eq=False, kw_only=True)
class HoldIsClosed(Refused):
    """A closed hold takes part in nothing but a chargeback, which is a fact."""

    code: ClassVar[str] = "hold.closed"
    hold: str


@dataclass(eq=False, kw_only=True)
class HoldHasNone(Refused):
    """Nothing is held, or nothing is frozen, so all of it is nothing."""

    code: ClassVar[str] = "hold.has_none"
    hold: str


@dataclass(eq=False, kw_only=True)
class HoldExceeded(Refused):
    """More would leave the hold than is held. What is disputed or frozen isn't held."""

    code: ClassVar[str] = "hold.exceeded"
    hold: str
    requested_minor: int
    held_minor: int


@dataclass(eq=False, kw_only=True)
class FrozenExceeded(Refused):
    """More would be unfrozen than is frozen."""

    code: ClassVar[str] = "hold.frozen_exceeded"
    hold: str
    requested_minor: int
    frozen_minor: int


@dataclass(eq=False, kw_only=True)
class RecoveryExceeded(Refused):
    """More would be refunded than is held and was released."""

    code: ClassVar[str] = "hold.recovery_exceeded"
    hold: str
    requested_minor: int
    recoverable_minor: int


@dataclass(eq=False, kw_only=True)
class HoldNotEmpty(Refused):
    """A hold closes at zero."""

    code: ClassVar[str] = "hold.not_empty"
    hold: str
    held_minor: int
    disputed_minor: int
    frozen_minor: int


@dataclass(eq=False, kw_only=True)
class CurrencyDiffers(Refused):
    """An order's money is in the order's currency; nothing is converted silently."""

    code: ClassVar[str] = "hold.currency_differs"
    hold: str
    currency: str
    needed: str


@dataclass(eq=False, kw_only=True)
class AccountMalformed(Malformed):
    """Not an account that money can arrive on: clearing:, bank:safeguarded: or suspense: and a name."""

    code: ClassVar[str] = "hold.account_malformed"
    account: str


class Hold(Aggregate, frozen=True, kw_only=True):
    """
    Buyer money kept for one order until the trade's conditions are met. All amounts in minor units of `currency`.

    held + disputed + frozen = received - released + recovered - refunded - charged back from the hold.
    """

    buyer: str
    exporter: str
    currency: str
    status: HoldStatus = "open"
    received_minor: int = 0
    held_minor: int = 0
    disputed_minor: int = 0
    """Set aside because claims are about it."""
    frozen_minor: int = 0
    conceded_minor: int = 0
    """Of what was set aside: decided or agreed to go back to the buyer, so never the exporter's."""
    released: Breakdown = Breakdown(gross_minor=0, fee_minor=0, tax_minor=0)
    recovered: Breakdown = Breakdown(gross_minor=0, fee_minor=0, tax_minor=0)
    refunded_minor: int = 0
    charged_back_minor: int = 0
    """By the buyer's bank, out of held, disputed and frozen money."""
    charged_to_exporter_minor: int = 0
    """By the buyer's bank, out of what the exporter had got, and beyond."""
    charged_to_buyer_minor: int = 0
    """By the buyer's bank, out of what had been refunded: the bank gave back what we owed the buyer."""
    paid_by_step: tuple[int, ...]

    @property
    def recoverable_minor(self) -> int:
        """Return how much of what was released hasn't been taken back, by recovery or by chargeback."""
        return max(0, self.released.gross_minor - self.recovered.gross_minor - self.charged_to_exporter_minor)

    def minor_of(self, money: Money) -> int:
        """
        Return an amount's minor units, if it is money of this hold.

        Raises: CurrencyDiffers.
        """
        if money.currency != self.currency:
            raise CurrencyDiffers(hold=self.reference, currency=money.currency, needed=self.currency)
        return money.minor

    def receive(self, money: Money, *, step: int, account: str, reference: str = "") -> HoldPaymentReceived:
        """
        Keep money that arrived from the buyer. The step's number counts from 1 and has been checked against the order.

        Raises, in this order: AmountOutOfRange, AccountMalformed, ReferenceMalformed, HoldIsClosed, CurrencyDiffers,
        AmountOutOfRange (all that was received).
        """
        positive(money.minor)
        _check_account(account)
        if reference:
            key(reference, field="reference")
        self._need_open()
        self.minor_of(money)
        ranged(self.received_minor + money.minor)
        return HoldPaymentReceived(
            step=step, amount_minor=money.minor, currency=self.currency, account=account, reference=reference
        )

    def dispute(self, amount_minor: int, *, dispute: DisputeId) -> HoldDisputed:
        """
        Set held money aside for a dispute's claims.

        Raises, in this order: AmountOutOfRange, HoldIsClosed, HoldExceeded.
        """
        self.check_releasable(amount_minor)
        return HoldDisputed(dispute=dispute, amount_minor=amount_minor, currency=self.currency)

    def undispute(self, amount_minor: int, *, conceded_minor: int, dispute: DisputeId) -> HoldUndisputed:
        """Make money that was set aside ordinary held money again; the dispute has said how much there is of it."""
        return HoldUndisputed(
            dispute=dispute, amount_minor=amount_minor, conceded_minor=conceded_minor, currency=self.currency
        )

    def freeze(self, amount_minor: int | None, *, reason: str) -> HoldFrozen:
        """
        Stop held money from moving; without an amount, all of it. The reason is a code.

        Raises, in this order: ReferenceMalformed, AmountOutOfRange, HoldIsClosed, HoldHasNone, HoldExceeded.
        """
        key(reason, field="reason")
        if amount_minor is not None:
            positive(amount_minor)
        self._need_open()
        frozen_minor = amount_minor or self._all_of(self.held_minor)
        self._need_held(frozen_minor)
        return HoldFrozen(amount_minor=frozen_minor, currency=self.currency, reason=reason)

    def unfreeze(self, amount_minor: int | None, *, reason: str) -> HoldUnfrozen:
        """
        Let frozen money move again; without an amount, all of it. The reason is a code.

        Raises, in this order: ReferenceMalformed, AmountOutOfRange, HoldHasNone, FrozenExceeded.
        """
        key(reason, field="reason")
        if amount_minor is not None:
            positive(amount_minor)
        unfrozen_minor = amount_minor or self._all_of(self.frozen_minor)
        if unfrozen_minor > self.frozen_minor:
            raise FrozenExceeded(hold=self.reference, requested_minor=unfrozen_minor, frozen_minor=self.frozen_minor)
        return HoldUnfrozen(amount_minor=unfrozen_minor, currency=self.currency, reason=reason)

    def check_releasable(self, amount_minor: int) -> None:
        """
        Check that an amount may be released.

        Raises, in this order: AmountOutOfRange, HoldIsClosed, HoldExceeded.
        """
        positive(amount_minor)
        self._need_open()
        self._need_held(amount_minor)

    def release(self, breakdown: Breakdown, *, release: ReleaseId) -> HoldReleased:
        """
        Release held money to the exporter.

        Raises, in this order: AmountOutOfRange, HoldIsClosed, HoldExceeded.
        Source: shared reference, section 1.2 "When money is released".
        """
        self.check_releasable(breakdown.gross_minor)
        return HoldReleased(
            release=release,
            exporter=self.exporter,
            currency=self.currency,
            gross_minor=breakdown.gross_minor,
            fee_minor=breakdown.fee_minor,
            tax_minor=breakdown.tax_minor,
            net_minor=breakdown.net_minor,
        )

    def recovery_for(self, refund_minor: int) -> Breakdown:
        """
        Return what must be taken back of released money so that an amount can be refunded: nothing where enough is
        held.

        The fee and its tax come back in proportion to what is left of each, by largest remainder: no part is ever below
        zero, and what is recovered whole leaves nothing. Many small recoveries may each round the same way.

        Raises, in this order: AmountOutOfRange, HoldIsClosed, RecoveryExceeded.
        """
        positive(refund_minor)
        self._need_open()
        gross_minor = max(0, refund_minor - self.held_minor)
        if gross_minor > self.recoverable_minor:
            raise RecoveryExceeded(
                hold=self.reference, requested_minor=gross_minor, recoverable_minor=self.recoverable_minor
            )
        return self._give_back(gross_minor)

    def recover(self, breakdown: Breakdown, *, refund: RefundId) -> HoldRecovered:
        """Take released money back for a refund; `recovery_for` said how much."""
        return HoldRecovered(
            refund=refund,
            exporter=self.exporter,
            currency=self.currency,
            gross_minor=breakdown.gross_minor,
            fee_minor=breakdown.fee_minor,
            tax_minor=breakdown.tax_minor,
            net_minor=breakdown.net_minor,
        )

    def refund(self, amount_minor: int, *, refund: RefundId) -> HoldRefunded:
        """
        Give held money back to the buyer.

        Raises, in this order: AmountOutOfRange, HoldIsClosed, HoldExceeded.
        """
        self.check_releasable(amount_minor)
        return HoldRefunded(refund=refund, buyer=self.buyer, currency=self.currency, amount_minor=amount_minor)

    def charge_back(self, money: Money, *, account: str) -> HoldChargedBack:
        """
        Record that the buyer's bank took money back: what is set aside for the buyer's claims first, then held money,
        then frozen, then what the exporter got, then what the buyer was refunded.

        It is a fact, so neither a closed hold nor a party who then owes money refuses it; what goes beyond everything
        that was received, the exporter owes.

        Raises, in this order: AmountOutOfRange, AccountMalformed, CurrencyDiffers.
        """
        positive(money.minor)
        _check_account(account)
        self.minor_of(money)
        disputed_minor = min(money.minor, self.disputed_minor)
        held_minor = min(money.minor - disputed_minor, self.held_minor)
        frozen_minor = min(money.minor - disputed_minor - held_minor, self.frozen_minor)
        beyond_minor = money.minor - disputed_minor - held_minor - frozen_minor
        refunded_minor = self.refunded_minor - self.charged_to_buyer_minor
        buyer_minor = min(max(0, beyond_minor - self.recoverable_minor), refunded_minor)
        return HoldChargedBack(
            exporter=self.exporter,
            buyer=self.buyer,
            currency=self.currency,
            account=account,
            held_minor=held_minor,
            frozen_minor=frozen_minor,
            exporter_minor=beyond_minor - buyer_minor,
            buyer_minor=buyer_minor,
            disputed_minor=disputed_minor,
        )

    def close(self) -> HoldClosed:
        """
        Close the hold.

        Raises, in this order: HoldIsClosed, HoldNotEmpty.
        """
        self._need_open()
        if self.held_minor or self.disputed_minor or self.frozen_minor:
            raise HoldNotEmpty(
                hold=self.reference,
                held_minor=self.held_minor,
                disputed_minor=self.disputed_minor,
                frozen_minor=self.frozen_minor,
            )
        return HoldClosed()

    def _give_back(self, gross_minor: int) -> Breakdown:
        if not gross_minor:
            return Breakdown(gross_minor=0, fee_minor=0, tax_minor=0)
        left = (
            self.released.net_minor - self.recovered.net_minor,
            self.released.fee_minor - self.recovered.fee_minor,
            self.released.tax_minor - self.recovered.tax_minor,
        )
        _, fee_minor, tax_minor = split(gross_minor, left)
        return Breakdown(gross_minor=gross_minor, fee_minor=fee_minor, tax_minor=tax_minor)

    def _all_of(self, amount_minor: int) -> int:
        if not amount_minor:
            raise HoldHasNone(hold=self.reference)
        return amount_minor

    def _need_open(self) -> None:
        if self.status == "closed":
            raise HoldIsClosed(hold=self.reference)

    def _need_held(self, amount_minor: int) -> None:
        if amount_minor > self.held_minor:
            raise HoldExceeded(hold=self.reference, requested_minor=amount_minor, held_minor=self.held_minor)


def _check_account(account: str) -> None:
    if not ACCOUNT.fullmatch(account):
        raise AccountMalformed(account=account[:80])

"""
A resource is a thing as it is shown together with its version, its links, and what the caller may say about it next.

What somebody may say is told of the present only: of a thing as it once stood, the list is empty.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec

from api.agreements import AgreementView
from api.allowed.actions import (
    AMENDMENT,
    CLOCK,
    GUARANTEE,
    HOLD,
    REFUND,
    RELEASE,
    Action,
    allowed_of_agreement,
    allowed_of_conversion,
    allowed_of_dispute,
    allowed_of_party,
    allowed_of_payee,
    allowed_of_payout,
    allowed_of_period,
    allowed_of_receivable,
    allowed_of_rulebook,
    allowed_of_trade,
)
from api.composition import OpenedBook
from api.dispute_views import DisputeView
from api.foreign_exchange import ConversionView
from api.identity.caller import Caller
from api.orders import OrderView
from api.parties import OwnView, PartyView
from api.payees import GuaranteeView, PayeeView
from api.payouts.showing import PayoutFileView, PayoutView
from api.period_views import PeriodView
from api.realisation import ReceivableView, RemittanceView
from api.resources.accounts import AccountView
from api.resources.amendments import AmendmentView
from api.resources.dispute_parts import ClaimShown
from api.resources.holds import HoldView
from api.resources.links import Links, links_of
from api.resources.order_commissions import OrderCommissionView
from api.resources.payments_out import RefundView, ReleaseView
from api.resources.trade_clocks import ClockView
from api.rulebooks import RulebookView
from domain.references import (
    agreement_id,
    commission_id,
    conversion_id,
    dispute_id,
    guarantee_id,
    hold_id,
    order_id,
    party_id,
    payee_id,
    payout_file_id,
    payout_id,
    receivable_id,
    remittance_id,
)
from projections.moment import NOW, Moment
from projections.streams import version_of


class About(NamedTuple):
    """Of which book, for whom, at which moment something is shown."""

    book: OpenedBook
    caller: Caller
    moment: Moment

    @property
    def is_present(self) -> bool:
        """Return whether it is shown as it stands now."""
        return self.moment == NOW

    def links(self, kind: str, **parts: str | int) -> Links:
        """Return what belongs to a thing, see `links_of`."""
        return links_of(kind, self.caller, self.book.name, **parts)

    def at(self, position: int) -> "About":
        """Return the same as it stood at a position; of a thing as of a day, as it stood then."""
        return self._replace(moment=Moment(position, self.moment.as_of))

    def now(self, allowed: Callable[[datetime], list[Action]]) -> list[Action]:
        """Return what may be said next, given by the instant; nothing where it is the past that is shown."""
        return allowed(self.book.world.clock()) if self.is_present else []

    def allowed_of_trade(self, order: str, *, only: frozenset[str] | None = None) -> list[Action]:
        """Return what may be said about a trade, or of some operations."""
        return self.now(lambda at: allowed_of_trade(self.book, self.caller, order, at=at, only=only))

    def allowed_of_dispute(self, dispute: DisputeView) -> list[Action]:
        """Return what may be said about a dispute."""
        return self.now(lambda at: allowed_of_dispute(self.book, self.caller, dispute.order, dispute.number, at=at))

    def version(self, reference: str) -> int:
        """Return how many events of a thing there were: what If-Match takes."""
        with self.book.pool.connection() as connection:
            return version_of(connection, self.book.name, reference, moment=self.moment)


@cache
def resource_of(view: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """Return the type of a view shown as a resource."""
    name = view.__name__.removesuffix("View").removesuffix("Row")
    fields = [("version", int | None), ("links", Links), ("allowed", list[Action])]
    return msgspec.defstruct(
        name, fields, bases=(view,), frozen=True, kw_only=True, namespace={"__doc__": view.__doc__}
    )


def as_resource(
    view: msgspec.Struct, *, links: Links, allowed: Sequence[Action] = (), version: int | None = None
) -> msgspec.Struct:
    """Return a view as a resource. version: nothing for what has none of its own, as one of several releases."""
    fields: dict[str, Any] = {name: getattr(view, name) for name in view.__struct_fields__}
    return resource_of(type(view))(**fields, version=version, links=links, allowed=list(allowed))


def with_value(actions: Iterable[Action], name: str, value: str | int) -> list[Action]:
    """Return those of some actions that are about one of several things, as the claim by a number."""
    return [action for action in actions if action.with_.get(name) == value]


def order_resource(about: About, order: OrderView) -> msgspec.Struct:
    """Return an order as a resource, with what may be said about it, its money and its clocks."""
    key = order.order
    return as_resource(
        order,
        links=about.links("order", order=key),
        allowed=about.allowed_of_trade(key),
        version=about.at(order.position).version(order_id(key)),
    )


def hold_resource(about: About, hold: HoldView) -> msgspec.Struct:
    """Return an order's money as a resource."""
    key = hold.order
    links, allowed = about.links("hold", order=key), about.allowed_of_trade(key, only=HOLD)
    return as_resource(hold, links=links, allowed=allowed, version=about.version(hold_id(key)))


def release_resource(about: About, release: ReleaseView) -> msgspec.Struct:
    """Return a release as a resource."""
    allowed = with_value(about.allowed_of_trade(release.order, only=RELEASE), "number", release.number)
    links = about.links("release", order=release.order, number=release.number)
    return as_resource(release, links=links, allowed=allowed)


def refund_resource(about: About, refund: RefundView) -> msgspec.Struct:
    """Return a refund as a resource."""
    allowed = with_value(about.allowed_of_trade(refund.order, only=REFUND), "number", refund.number)
    links = about.links("refund", order=refund.order, number=refund.number)
    return as_resource(refund, links=links, allowed=allowed)


def amendment_resource(about: About, amendment: AmendmentView) -> msgspec.Struct:
    """Return an amendment as a resource."""
    key, number = amendment.order, amendment.number
    waits = amendment.state == "waiting"
    allowed = about.allowed_of_trade(key, only=AMENDMENT) if waits else []
    return as_resource(amendment, links=about.links("amendment", order=key, number=number), allowed=allowed)


def clock_resource(about: About, clock: ClockView) -> msgspec.Struct:
    """Return a deadline as a resource."""
    allowed = with_value(about.allowed_of_trade(clock.order, only=CLOCK), "clock", clock.clock)
    return as_resource(clock, links=about.links("clock", order=clock.order, clock=clock.clock), allowed=allowed)


def guarantee_resource(about: About, guarantee: GuaranteeView) -> msgspec.Struct:
    """Return what the operator advanced for an order as a resource."""
    key = guarantee.order
    links, allowed = about.links("guarantee", order=key), about.allowed_of_trade(key, only=GUARANTEE)
    return as_resource(guarantee, links=links, allowed=allowed, version=about.version(guarantee_id(key)))


def commission_resource(about: About, commission: OrderCommissionView) -> msgspec.Struct:
    """Return the commission on an order as a resource; nobody says anything about it."""
    links = about.links("commission", order=commission.order, agreement=commission.agreement)
    return as_resource(commission, links=links, version=about.version(commission_id(commission.order)))


def dispute_resource(about: About, dispute: DisputeView) -> msgspec.Struct:
    """Return a dispute as a resource."""
    links = about.links("dispute", order=dispute.order, number=dispute.number)
    version = about.version(dispute_id(dispute.order, dispute.number))
    return as_resource(dispute, links=links, allowed=about.allowed_of_dispute(dispute), version=version)


def claim_resource(about: About, dispute: DisputeView, claim: ClaimShown) -> msgspec.Struct:
    """Return a claim of a dispute as a resource."""
    allowed = with_value(about.allowed_of_dispute(dispute), "claim", claim.number)
    links = about.links("claim", order=dispute.order, number=dispute.number, claim=claim.number)
    return as_resource(claim, links=links, allowed=allowed)


def party_resource(about: About, party: PartyView | OwnView) -> msgspec.Struct:
    """Return a party as a resource."""
    links, version = about.links("party", party=party.party), about.version(party_id(party.party))
    allowed = about.now(lambda at: allowed_of_party(about.book, about.caller, party.party, at=at))
    return as_resource(party, links=links, allowed=allowed, version=version)


def payee_resource(about: About, payee: PayeeView) -> msgspec.Struct:
    """Return what a party may be paid as a resource."""
    key, currency = payee.party, payee.currency
    allowed = about.now(lambda at: allowed_of_payee(about.book, about.caller, key, currency, at=at))
    links, version = about.links("payee", party=key, currency=currency), about.version(payee_id(key, currency))
    return as_resource(payee, links=links, allowed=allowed, version=version)


def payout_resource(about: About, payout: PayoutView) -> msgspec.Struct:
    """Return a payout as a resource."""
    allowed = about.now(lambda at: allowed_of_payout(about.book, about.caller, payout.payout, at=at))
    kind = "payout_to" if payout.party else "payout"
    links = about.links(kind, payout=payout.payout, party=payout.party, currency=payout.currency)
    return as_resource(payout, links=links, allowed=allowed, version=about.version(payout_id(payout.payout)))


def payout_file_resource(about: About, file: PayoutFileView) -> msgspec.Struct:
    """Return a file of payouts as a resource; nobody says anything about it."""
    links, version = about.links("payout_file", file=file.file), about.version(payout_file_id(file.file))
    return as_resource(file, links=links, version=version)


def agreement_resource(about: About, agreement: AgreementView) -> msgspec.Struct:
    """Return an agreement as a resource."""
    key = agreement.agreement
    allowed = about.now(lambda at: allowed_of_agreement(about.book, about.caller, key, at=at))
    links = about.links("agreement", agreement=key, partner=agreement.partner)
    return as_resource(agreement, links=links, allowed=allowed, version=about.version(agreement_id(key)))


def receivable_resource(about: About, receivable: ReceivableView) -> msgspec.Struct:
    """Return a shipping bill's value as a resource."""
    key = receivable.receivable
    allowed = about.now(lambda at: allowed_of_receivable(about.book, about.caller, key, at=at))
    links = about.links("receivable", receivable=key, exporter=receivable.exporter)
    return as_resource(receivable, links=links, allowed=allowed, version=about.version(receivable_id(key)))


def remittance_resource(about: About, remittance: RemittanceView) -> msgspec.Struct:
    """Return a remittance as a resource; what is said of it is said to a shipping bill."""
    key = remittance.remittance
    links = about.links("remittance", remittance=key, exporter=remittance.exporter)
    return as_resource(remittance, links=links, version=about.version(remittance_id(key)))


def rulebook_resource(about: About, rulebook: RulebookView) -> msgspec.Struct:
    """Return a version of a rulebook as a resource."""
    key = rulebook.rulebook
    allowed = about.now(lambda at: allowed_of_rulebook(about.book, about.caller, key, at=at))
    links, version = about.links("rulebook", rulebook=key), about.version(f"rulebook:{key}")
    return as_resource(rulebook, links=links, allowed=allowed, version=version)


def period_resource(about: About, period: PeriodView) -> msgspec.Struct:
    """Return a month as a resource."""
    allowed = about.now(lambda at: allowed_of_period(about.book, about.caller, period.period, at=at))
    return as_resource(period, links=about.links("period", period=period.period), allowed=allowed)


def account_resource(about: About, account: AccountView) -> msgspec.Struct:
    """Return an account as a resource; nobody says anything about it."""
    return as_resource(account, links=about.links("account", account=account.account))


def conversion_resource(about: About, conversion: ConversionView) -> msgspec.Struct:
    """Return a conversion as a resource."""
    key = conversion.conversion
    allowed = about.now(lambda at: allowed_of_conversion(about.book, about.caller, key, at=at))
    links = about.links("conversion", conversion=key)
    return as_resource(conversion, links=links, allowed=allowed, version=about.version(conversion_id(key)))

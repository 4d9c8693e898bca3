"""Payee accounts and guarantees as the API and the command line show them, read from the log."""

import msgspec

from api.resources.trade_parts import Parts
from domain.errors import NotFound
from domain.guarantee import Guarantee
from domain.hold import Hold
from domain.payee_account import PayeeAccount, PayeeControl
from domain.references import guarantee_id, hold_id, key_of, kind_of, payee_id
from domain.unit_of_work import AggregateNotFound
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.streams import aggregate_of, references_of


class PayeeView(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a party may be paid in one currency, below zero what it owes, in minor units.

    by_account: its part of each control account; unclaimed_by_account: what was set aside from each; covered: what the
    operator's own money stands in for.
    """

    party: str
    currency: str
    balance_minor: int
    by_account_minor: dict[PayeeControl, int]
    unclaimed_by_account_minor: dict[PayeeControl, int]
    covered_minor: int


class WriteOffView(msgspec.Struct, frozen=True, kw_only=True):
    """A write-off that waits for a second person."""

    number: int
    amount_minor: int
    proposed_by: str


class GuaranteeView(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator advanced for an order, and what became of it, in minor units of the order's currency."""

    order: str
    currency: str
    advanced_minor: int
    repaid_minor: int
    written_off_minor: int
    outstanding_minor: int
    pending: list[WriteOffView]


def get_payee(connection: Connection, book: str, party: str, currency: str, *, moment: Moment = NOW) -> PayeeView:
    """
    Return what a party might be paid in a currency at a moment.

    Raises: AggregateNotFound.
    """
    reference = payee_id(party, currency)
    payee = aggregate_of(connection, book, reference, moment=moment)
    if not isinstance(payee, PayeeAccount):
        raise _not_found(reference)
    return PayeeView(
        party=party,
        currency=currency,
        balance_minor=payee.balance_minor,
        by_account_minor=dict(payee.by_account),
        unclaimed_by_account_minor=dict(payee.unclaimed_by_account),
        covered_minor=payee.covered_minor,
    )


def get_guarantee(connection: Connection, book: str, order: str, *, moment: Moment = NOW) -> GuaranteeView:
    """
    Return what the operator had advanced for an order at a moment.

    Raises: AggregateNotFound.
    """
    reference = guarantee_id(order)
    guarantee = aggregate_of(connection, book, reference, moment=moment)
    if not isinstance(guarantee, Guarantee):
        raise _not_found(reference)
    hold = aggregate_of(connection, book, hold_id(order), moment=Moment(moment.position))
    return GuaranteeView(
        order=order,
        currency=hold.currency if isinstance(hold, Hold) else "",
        advanced_minor=guarantee.advanced_minor,
        repaid_minor=guarantee.repaid_minor,
        written_off_minor=guarantee.written_off_minor,
        outstanding_minor=guarantee.outstanding_minor,
        pending=[
            WriteOffView(number=each.number, amount_minor=each.amount_minor, proposed_by=each.proposed_by)
            for each in guarantee.pending
        ],
    )


def _not_found(reference: str) -> NotFound:
    return AggregateNotFound(kind=kind_of(reference), key=key_of(reference))


class GuaranteeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A guarantee as a list shows it, in minor units of its order's currency."""

    order: str
    exporter: str
    currency: str
    advanced_minor: int
    repaid_minor: int
    written_off_minor: int
    outstanding_minor: int


def all_guarantees(
    connection: Connection, book: str, *, exporter: str | None = None, moment: Moment = NOW
) -> list[GuaranteeRow]:
    """Return what was advanced for every order, or for those of an exporter, at a moment, the first advance first."""
    names = references_of(connection, book, "guarantee", moment=moment)
    parts = Parts(connection, book, [*names, *(hold_id(key_of(name)) for name in names)], Moment(moment.position))
    rows = (_guarantee_row(parts, key_of(name)) for name in names)
    return [row for row in rows if row and exporter in {None, row.exporter}]


def _guarantee_row(parts: Parts, order: str) -> GuaranteeRow | None:
    guarantee, hold = parts.load(guarantee_id(order)).aggregate, parts.load(hold_id(order)).aggregate
    if not isinstance(guarantee, Guarantee) or not isinstance(hold, Hold):
        return None
    return GuaranteeRow(
        order=order,
        exporter=hold.exporter,
        currency=hold.currency,
        advanced_minor=guarantee.advanced_minor,
        repaid_minor=guarantee.repaid_minor,
        written_off_minor=guarantee.written_off_minor,
        outstanding_minor=guarantee.outstanding_minor,
    )

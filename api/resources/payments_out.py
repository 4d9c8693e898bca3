"""Releases and refunds as the API shows them: what was proposed, by whom, who may approve it, what became of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from msgspec import Struct

from api.identity.permissions import PERMISSIONS
from api.resources.trade_parts import Parts
from domain.envelope import Recorded
from domain.errors import NotFound
from domain.references import refunds_id, releases_id
from domain.refund import RefundApproved, RefundExecuted, RefundProposed, RefundRejected
from domain.release import ReleaseApproved, ReleaseExecuted, ReleaseProposed, ReleaseRejected
from domain.side import person_of
from projections.moment import NOW, Moment
from projections.projection import Connection

PaymentOutState = Literal["waiting", "approved", "executed", "rejected"]

_Approved = ReleaseApproved | RefundApproved
_Rejected = ReleaseRejected | RefundRejected
_Executed = ReleaseExecuted | RefundExecuted
_Ending = _Approved | _Rejected | _Executed


@dataclass(eq=False, kw_only=True)
class ReleaseNotFound(NotFound):
    """No such release of this order was proposed, or not yet at the position that was read."""

    code: ClassVar[str] = "release.not_found"
    order: str
    number: int


@dataclass(eq=False, kw_only=True)
class RefundNotFound(NotFound):
    """No such refund of this order was proposed, or not yet at the position that was read."""

    code: ClassVar[str] = "refund.not_found"
    order: str
    number: int


class Approvers(Struct, frozen=True, kw_only=True):
    """Who may approve or reject what waits: somebody in one of these roles, but not the person who proposed it."""

    roles: list[str]
    but_not: str


class PaymentOut(Struct, frozen=True, kw_only=True):
    """
    A release or a refund on its way.

    approvers: while it waits for a second person; approved is what waits to be carried out, as while a party is
    suspended; by_rule: whether the rulebook approved it, or the dispute that it comes of; reason: why it was rejected.
    """

    order: str
    number: int
    currency: str
    state: PaymentOutState
    proposed_at: datetime
    proposed_by: str
    approvers: Approvers | None
    approved_at: datetime | None = None
    approved_by: str | None = None
    by_rule: bool = False
    executed_at: datetime | None = None
    rejected_at: datetime | None = None
    rejected_by: str | None = None
    rejected_because: str | None = None


class ReleaseView(PaymentOut, frozen=True, kw_only=True):
    """Money on its way from a hold to the exporter, in minor units: net + fee + tax = gross."""

    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int


class RefundView(PaymentOut, frozen=True, kw_only=True):
    """
    Money on its way back to the buyer, in minor units.

    recovered: what is taken back of released money for it first, of which fee and tax come from the operator.
    """

    reason: str
    amount_minor: int
    recovered_minor: int
    recovered_fee_minor: int
    recovered_tax_minor: int


def releases_of(connection: Connection, book: str, order: str, *, moment: Moment = NOW) -> list[ReleaseView]:
    """Return every release of an order that had been proposed at a moment, in order."""
    events = _events(connection, book, releases_id(order), moment)
    return [
        ReleaseView(
            **_common(order, each, events, "approve-release"),
            gross_minor=each.event.gross_minor,
            fee_minor=each.event.fee_minor,
            tax_minor=each.event.tax_minor,
            net_minor=each.event.net_minor,
        )
        for each in events
        if isinstance(each.event, ReleaseProposed)
    ]


def refunds_of(connection: Connection, book: str, order: str, *, moment: Moment = NOW) -> list[RefundView]:
    """Return every refund of an order that had been proposed at a moment, in order."""
    events = _events(connection, book, refunds_id(order), moment)
    return [
        RefundView(
            **_common(order, each, events, "approve-refund"),
            reason=each.event.reason,
            amount_minor=each.event.amount_minor,
            recovered_minor=each.event.recovered_minor,
            recovered_fee_minor=each.event.recovered_fee_minor,
            recovered_tax_minor=each.event.recovered_tax_minor,
        )
        for each in events
        if isinstance(each.event, RefundProposed)
    ]


def get_release(connection: Connection, book: str, order: str, number: int, *, moment: Moment = NOW) -> ReleaseView:
    """
    Return a release of an order by its number, as it stood at a moment.

    Raises: ReleaseNotFound.
    """
    for release in releases_of(connection, book, order, moment=moment):
        if release.number == number:
            return release
    raise ReleaseNotFound(order=order, number=number)


def get_refund(connection: Connection, book: str, order: str, number: int, *, moment: Moment = NOW) -> RefundView:
    """
    Return a refund of an order by its number, as it stood at a moment.

    Raises: RefundNotFound.
    """
    for refund in refunds_of(connection, book, order, moment=moment):
        if refund.number == number:
            return refund
    raise RefundNotFound(order=order, number=number)


def _events(connection: Connection, book: str, reference: str, moment: Moment) -> Sequence[Recorded]:
    return Parts(connection, book, [reference], moment).events(reference)


def _common(order: str, proposed: Recorded, events: Sequence[Recorded], approving: str) -> dict[str, Any]:
    event = proposed.event
    if not isinstance(event, ReleaseProposed | RefundProposed):
        raise TypeError(event)
    told: dict[str, Any] = {"state": "waiting"}
    for each in _endings(event.number, events):
        told |= _told(each)
    waits = told["state"] == "waiting"
    return {
        "order": order,
        "number": event.number,
        "currency": event.currency,
        "proposed_at": proposed.state.occurred_at,
        "proposed_by": event.proposed_by,
        "approvers": _approvers(approving, event.proposed_by) if waits else None,
        **told,
    }


def _endings(number: int, events: Sequence[Recorded]) -> Iterator[Recorded]:
    return (each for each in events if isinstance(each.event, _Ending) and each.event.number == number)


def _told(ending: Recorded) -> dict[str, Any]:
    event, at = ending.event, ending.state.occurred_at
    match event:
        case ReleaseApproved() | RefundApproved():
            by = {"approved_by": event.approved_by, "by_rule": event.by_rule}
            return {"state": "approved", "approved_at": at, **by}
        case ReleaseRejected() | RefundRejected():
            by = {"rejected_by": event.rejected_by, "rejected_because": event.reason}
            return {"state": "rejected", "rejected_at": at, **by}
        case _:
            return {"state": "executed", "executed_at": at}


def _approvers(operation: str, proposed_by: str) -> Approvers:
    return Approvers(roles=sorted(PERMISSIONS[operation].whole), but_not=person_of(proposed_by))

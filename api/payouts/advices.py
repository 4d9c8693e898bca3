"""
An advice tells a payee what a payout is for, order by order: gross, fee, tax, commission, net.

The lines come to the payout to the minor unit: each is an item of it, as its own event has it. What a payout was for
that was cancelled, rejected or returned stands in the advice of the one that takes it again.
"""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from api.payouts.showing import PayoutItem, get_row, items_of
from domain.commission import CommissionClawedBack, CommissionEarned, CommissionTaxWithheld
from domain.envelope import Recorded
from domain.hold import HoldRecovered, HoldReleased
from domain.payout_refusals import PayoutStatus
from domain.references import commission_id, hold_id, key_of, kind_of
from domain.tax import charged_minor
from projections.moment import NOW, Moment
from projections.payouts import PayoutRow, PayoutsSought, search_payouts
from projections.projection import Connection
from projections.streams import stream_of


class AdviceLine(Struct, frozen=True, kw_only=True):
    """
    An item of a payout, in minor units: gross + fee + tax + commission = net; what lowers the payout is below zero.

    what: what it is, in words; order: empty where it is of none; position: of its event in the log.
    """

    number: int
    what: str
    order: str
    source: str
    gross_minor: int
    fee_minor: int
    tax_minor: int
    commission_minor: int
    net_minor: int
    posted_on: date
    position: int


class Advice(Struct, frozen=True, kw_only=True):
    """What a payee is told of a payout, in minor units of its currency; the totals are the sums of the lines."""

    payout: str
    party: str
    currency: str
    amount_minor: int
    status: PayoutStatus
    pay_on: date
    reissues: str
    gross_minor: int
    fee_minor: int
    tax_minor: int
    commission_minor: int
    lines: list[AdviceLine]


class _Split(Struct, frozen=True, kw_only=True):
    """What an item's amount is made of; what isn't told apart is gross."""

    gross_minor: int
    fee_minor: int = 0
    tax_minor: int = 0
    commission_minor: int = 0

    @property
    def net_minor(self) -> int:
        return self.gross_minor + self.fee_minor + self.tax_minor + self.commission_minor


_WORDS = {
    "release": "released for the goods",
    "refund": "taken back for a refund",
    "hold": "charged back",
    "commission": "commission",
    "guarantee": "given up by the operator",
    "takeover": "balance taken over",
    "payout": "a payout that came back",
}


def advice_of(connection: Connection, book: str, payout: str, *, moment: Moment = NOW) -> Advice:
    """
    Return the advice of a payout.

    Raises: PayoutNotFound.
    """
    row = get_row(connection, book, payout, moment=moment)
    return _advice(connection, book, row)


def advices_of(connection: Connection, book: str, party: str, *, moment: Moment = NOW) -> list[Advice]:
    """Return the advices of all payouts to a party that a bank had been told of, in the order of planning."""
    rows = search_payouts(connection, book, PayoutsSought(party=party), moment=moment)
    return [_advice(connection, book, row) for row in rows if row.file]


def _advice(connection: Connection, book: str, row: PayoutRow) -> Advice:
    lines = _lines(connection, book, row)
    return Advice(
        payout=row.payout,
        party=row.party,
        currency=row.currency,
        amount_minor=row.amount_minor,
        status=row.status,
        pay_on=row.pay_on,
        reissues=row.reissues,
        gross_minor=sum(line.gross_minor for line in lines),
        fee_minor=sum(line.fee_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        commission_minor=sum(line.commission_minor for line in lines),
        lines=lines,
    )


def _lines(connection: Connection, book: str, row: PayoutRow) -> list[AdviceLine]:
    """Return the lines of a payout; where one before it came back whole, the lines of that one in its place."""
    items = items_of(connection, book, row)
    came_back: dict[str, int] = {}
    for item in items:
        if kind_of(item.source) == "payout":
            came_back[item.source] = came_back.get(item.source, 0) + item.amount_minor
    unfolded = {
        source: _lines(connection, book, before)
        for source, minor in came_back.items()
        if (before := get_row(connection, book, key_of(source))).amount_minor == minor
    }
    lines: list[AdviceLine] = []
    for item in items:
        if item.source not in unfolded:
            lines.append(_line(connection, book, item))
        elif item.source in came_back:
            del came_back[item.source]
            lines += unfolded[item.source]
    return lines


def _line(connection: Connection, book: str, item: PayoutItem) -> AdviceLine:
    kind = kind_of(item.source)
    order = key_of(item.source).partition("/")[0] if kind in {"release", "refund", "hold", "commission"} else ""
    split = _split(connection, book, item, order)
    if split.net_minor != item.amount_minor:
        split = _Split(gross_minor=item.amount_minor)
    return AdviceLine(
        number=item.number,
        what=_what(item, kind),
        order=order,
        source=item.source,
        gross_minor=split.gross_minor,
        fee_minor=split.fee_minor,
        tax_minor=split.tax_minor,
        commission_minor=split.commission_minor,
        net_minor=split.net_minor,
        posted_on=item.occurred_at.date(),
        position=item.position,
    )


def _what(item: PayoutItem, kind: str) -> str:
    if kind == "refund" and item.account.startswith("refundable:"):
        return "refunded"
    if item.topic in {"payee.repaid", "payee.unclaimed", "payee.reclaimed"}:
        return {"repaid": "paid back by you", "unclaimed": "set aside", "reclaimed": "payable again"}[
            item.topic.partition(".")[2]
        ]
    return _WORDS.get(kind, "other")


def _split(connection: Connection, book: str, item: PayoutItem, order: str) -> _Split:
    match kind_of(item.source):
        case "release":
            return _of_release(_before(connection, book, hold_id(order), item), item)
        case "refund" if item.account.startswith("payable:"):
            return _of_recovery(_before(connection, book, hold_id(order), item), item)
        case "commission" if item.account.startswith("payable:exporter"):
            return _Split(gross_minor=0, commission_minor=item.amount_minor)
        case "commission":
            return _of_commission(_before(connection, book, commission_id(order), item), item)
        case _:
            return _Split(gross_minor=item.amount_minor)


def _before(connection: Connection, book: str, reference: str, item: PayoutItem) -> list[Recorded]:
    """Return what had happened to a thing when an item came of it, the last first."""
    return stream_of(connection, book, reference, moment=Moment(item.position))[::-1]


def _of_release(history: Iterable[Recorded], item: PayoutItem) -> _Split:
    for each in history:
        if isinstance(released := each.event, HoldReleased) and released.release == item.source:
            return _Split(
                gross_minor=released.gross_minor, fee_minor=-released.fee_minor, tax_minor=-released.tax_minor
            )
    return _Split(gross_minor=item.amount_minor)


def _of_recovery(history: Iterable[Recorded], item: PayoutItem) -> _Split:
    for each in history:
        if isinstance(recovered := each.event, HoldRecovered) and recovered.refund == item.source:
            return _Split(
                gross_minor=-recovered.gross_minor, fee_minor=recovered.fee_minor, tax_minor=recovered.tax_minor
            )
    return _Split(gross_minor=item.amount_minor)


def _of_commission(history: Iterable[Recorded], item: PayoutItem) -> _Split:
    """Return a partner's item: the commission, the GST on it, the tax withheld from it."""
    last = next((each.event for each in history), None)
    match last:
        case CommissionEarned():
            tax_minor = charged_minor(last.gst.treatment, last.gst_minor)
            return _Split(gross_minor=0, commission_minor=last.amount_minor, tax_minor=tax_minor)
        case CommissionTaxWithheld():
            return _Split(gross_minor=0, tax_minor=item.amount_minor)
        case CommissionClawedBack():
            return _Split(gross_minor=0, commission_minor=item.amount_minor)
        case _:
            return _Split(gross_minor=item.amount_minor)

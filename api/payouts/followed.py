"""
Money that became payable is followed into the payout that took it, and into the next one where that came back.

Read from the log alone: the items of the payee account say what it is, the payouts how far it has come.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date

from msgspec import Struct

from domain.envelope import Recorded
from domain.payee_account import PayeeReserved
from domain.payee_items import item_of
from domain.payout import Payout
from domain.payout_refusals import PayoutStatus
from domain.references import key_of, payee_id
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.streams import aggregate_of, stream_of

FAILED: frozenset[PayoutStatus] = frozenset({"cancelled", "rejected", "returned"})
"""Of a payout that stands so, the money is payable again."""


class PaidThrough(Struct, frozen=True, kw_only=True):
    """
    A payout that took an item of a payee account, in minor units.

    source: what the item is because of, as `release:PO-1/1`; amount: the item's, which may be a part of the payout;
    debited_minor: how much of the whole payout the bank's statements show gone.
    """

    source: str
    payout: str
    currency: str
    amount_minor: int
    status: PayoutStatus
    pay_on: date
    payout_minor: int
    debited_minor: int


def followed(
    connection: Connection, book: str, party: str, currency: str, sources: Collection[str], *, moment: Moment = NOW
) -> list[PaidThrough]:
    """
    Return the payouts that took a party's items of some sources, each of one item as a release is; after one that
    failed, the next that took the same money. What no payout took yet isn't there.

    Raises: LogCorrupt.
    """
    history = stream_of(connection, book, payee_id(party, currency), moment=Moment(moment.position))
    taken_by = _taken_by(history)
    return [
        PaidThrough(
            source=source,
            payout=key_of(payout.reference),
            currency=currency,
            amount_minor=amount_minor,
            status=payout.status,
            pay_on=payout.pay_on,
            payout_minor=payout.amount_minor,
            debited_minor=payout.debited_minor,
        )
        for source, amount_minor in _amounts(history, sources).items()
        for payout in _one_after_another(connection, book, source, taken_by, moment)
    ]


def _amounts(history: Iterable[Recorded], sources: Collection[str]) -> Mapping[str, int]:
    items = filter(None, (item_of(each.event) for each in history))
    return {item.source: item.amount_minor for item in items if item.source in sources}


def _taken_by(history: Iterable[Recorded]) -> Mapping[str, str]:
    """Return which payout took the items of each source: a payout takes all that no other took before."""
    taken_by: dict[str, str] = {}
    waiting: list[str] = []
    for each in history:
        if item := item_of(each.event):
            waiting.append(item.source)
        elif isinstance(each.event, PayeeReserved):
            taken_by |= dict.fromkeys(waiting, each.event.payout)
            waiting.clear()
    return taken_by


def _one_after_another(
    connection: Connection, book: str, source: str, taken_by: Mapping[str, str], moment: Moment
) -> Iterator[Payout]:
    """Yield the payouts that took a source's item; after one that failed, whoever took what came back of it."""
    while source in taken_by:
        source = taken_by[source]
        payout = aggregate_of(connection, book, source, moment=moment)
        if not isinstance(payout, Payout):
            return
        yield payout
        if payout.status not in FAILED:
            return

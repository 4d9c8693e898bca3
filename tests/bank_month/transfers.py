"""What buyers, payees and providers send to the bank in the month, as the world knows it: one transfer a posting."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from random import Random
from typing import Any, NamedTuple

from api.composition import OpenedBook
from api.reconciling.awaited import NextPayment, next_payments
from domain.references import key_of, kind_of
from projections.open_reconciliation import buyers_by_order, open_items
from projections.reconciliation_rows import OpenItemRow
from tests.bank_month.marketplace import COLLECTION, AtBank

PROVIDER = "Meridian Acquiring Ltd"
ABOUT_ORDERS = frozenset({"hold", "dispute", "guarantee"})


class Sent(NamedTuple):
    """
    A transfer as the bank's file has it, and what it settles here: an open item, or an order that awaits it.

    is_named: whether its reference is one that the ledger knows; step: of the order, where it's awaited.
    """

    payment: str
    settles: str
    order: str
    is_named: bool
    row: dict[str, Any]
    step: int = 1


class Senders:
    """Whoever sends money, by what they are called."""

    def __init__(self, book: OpenedBook, names: Mapping[str, str], accounts: Sequence[AtBank]) -> None:
        self._book = book
        self._names = names
        self._numbers = {each.currency: each.number for each in accounts if each.account == COLLECTION}
        with book.pool.connection() as connection:
            self._buyers = buyers_by_order(connection, book.name)

    def of_postings(self) -> list[Sent]:
        """Return what the ledger has posted already and no statement shows yet."""
        with self._book.pool.connection() as connection:
            rows = sorted(open_items(connection, self._book.name), key=lambda row: (row.posted, row.item))
        return [self._of_posting(number, row) for number, row in enumerate(rows, start=1)]

    def of_awaited(self, *, on: date, random: Random, percent: int) -> list[Sent]:
        """Return what some buyers send that the ledger has heard nothing of yet."""
        with self._book.pool.connection() as connection:
            awaited = sorted(next_payments(connection, self._book.name))
        some = (each for each in awaited if random.randrange(100) < percent)
        return [self._of_awaited(number, each, on) for number, each in enumerate(some, start=1)]

    def rest_of(self, sent: Sent, amount_minor: int, *, on: date) -> Sent:
        """Return what a buyer sends who had sent too little."""
        payment = f"{sent.payment}-rest"
        row = sent.row | {"payment": payment, "amount_minor": amount_minor, "on": str(on), "is_plain": True}
        return sent._replace(payment=payment, row=row)

    def _of_posting(self, number: int, row: OpenItemRow) -> Sent:
        about = key_of(row.originator)
        order = about.partition("/")[0] if kind_of(row.originator) in ABOUT_ORDERS else ""
        is_collected = row.account.startswith("clearing:")
        party = self._buyers.get(order, "") or about.partition("/")[0].rpartition(":")[2]
        return self._sent(
            f"pay-{number}",
            settles=row.item,
            order=order,
            currency=row.currency,
            amount_minor=row.of_minor,
            on=row.posted_on,
            payer=self._names.get(party, PROVIDER),
            reference=order or about,
            channel=PROVIDER if is_collected else "transfer",
        )

    def _of_awaited(self, number: int, awaited: NextPayment, on: date) -> Sent:
        return self._sent(
            f"new-{number}",
            settles=f"hold:{awaited.order}",
            order=awaited.order,
            currency=awaited.currency,
            amount_minor=awaited.amount_minor,
            on=on,
            payer=self._names[awaited.buyer],
            reference=awaited.order,
            channel="transfer",
        )._replace(step=awaited.step)

    def _sent(self, payment: str, *, settles: str, order: str, currency: str, on: date, **row: Any) -> Sent:
        whole = {
            "payment": payment,
            "account": self._numbers[currency],
            "currency": currency,
            "on": str(on),
            "payer_account": "",
            **row,
        }
        return Sent(payment, settles, order, any(map(str.isdigit, row["reference"])), whole)


def first_day(sent: Iterable[Sent]) -> date:
    """Return the first day on which anything arrives."""
    return min(date.fromisoformat(each.row["on"]) for each in sent)


def rows_of(sent: Iterable[Sent]) -> Iterator[dict[str, Any]]:
    """Yield transfers as the bank's file has them."""
    return (each.row for each in sent)

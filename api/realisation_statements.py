"""Statements of realisation: what became of an exporter's shipments in a quarter, for the exporter to declare."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter

from msgspec import Struct

from domain.aggregate import Aggregate
from domain.receivable import Receivable
from domain.receivable_events import ClosedBy, DeductionReason
from domain.references import key_of
from domain.remittance import Remittance
from projections.derived_rows import in_parts
from projections.moment import Moment
from projections.projection import Connection
from projections.receivables import names_of
from projections.statements import StatementMalformed
from projections.streams import folded
from projections.timelines import counted, events_of

QUARTER = re.compile(r"([1-9][0-9]{3})-Q([1-4])")
MONTHS_A_QUARTER = 3
_A_DAY = timedelta(days=1)
_NAME = attrgetter("originator_id")


class Quarter(Struct, frozen=True):
    """Three months of a calendar year, as 2026-Q4 from October on."""

    name: str
    first_day: date
    last_day: date


class DeductedFor(Struct, frozen=True, kw_only=True):
    """What was deducted in a quarter for one reason, less what was withdrawn."""

    reason: DeductionReason
    amount_minor: int


class StatementBill(Struct, frozen=True, kw_only=True):
    """
    A shipping bill in a quarter: brought forward + shipped - realised - deducted = open, in minor units.

    shipped: what was invoiced for goods recorded in the quarter; realised, deducted: less what was undone; remittances:
    matched in all; certificates: that count; declarable: whether the exporter may close it itself.
    """

    receivable: str
    invoices: list[str]
    orders: list[str]
    shipped_on: date
    due_on: date
    currency: str
    brought_forward_minor: int
    shipped_minor: int
    realised_minor: int
    deducted_minor: int
    open_minor: int
    deducted_for: list[DeductedFor]
    remittances: list[str]
    certificates: list[str]
    declarable: bool
    closed_by: ClosedBy | None


class StatementRemittance(Struct, frozen=True, kw_only=True):
    """Money from abroad by the end of a quarter, in minor units: amount = allocated + left."""

    remittance: str
    received_on: date
    purpose: str
    currency: str
    amount_minor: int
    allocated_minor: int
    left_minor: int


class StatementTotal(Struct, frozen=True, kw_only=True):
    """What all bills of a currency come to, in minor units."""

    currency: str
    bills: int
    brought_forward_minor: int
    shipped_minor: int
    realised_minor: int
    deducted_minor: int
    open_minor: int


class RealisationStatement(Struct, frozen=True, kw_only=True):
    """
    What became of an exporter's shipments in a quarter, by the days of posting, as known at a position.

    bills: that were open in it or changed, the first shipped first; remittances: that came in it, or were left.
    """

    book: str
    exporter: str
    quarter: Quarter
    position: int
    bills: list[StatementBill]
    remittances: list[StatementRemittance]
    totals: list[StatementTotal]


def quarter_of(text: str) -> Quarter:
    """
    Return a quarter by its name, as 2026-Q4.

    Raises: StatementMalformed.
    """
    said = QUARTER.fullmatch(text)
    if said is None:
        raise StatementMalformed(field="quarter", problem=f"not a quarter as 2026-Q4: {text[:80]}")
    year, first_month = int(said[1]), (int(said[2]) - 1) * MONTHS_A_QUARTER + 1
    after = date(year + 1, 1, 1) if said[2] == "4" else date(year, first_month + MONTHS_A_QUARTER, 1)
    return Quarter(text, date(year, first_month, 1), after - _A_DAY)


def realisation_statement(
    connection: Connection, book: str, exporter: str, quarter: Quarter, *, position: int
) -> RealisationStatement:
    """Return an exporter's statement of a quarter, as known at a position that the read side has come to."""
    bills = list(_bills(connection, book, exporter, quarter, position))
    return RealisationStatement(
        book=book,
        exporter=exporter,
        quarter=quarter,
        position=position,
        bills=bills,
        remittances=list(_remittances(connection, book, exporter, quarter, position)),
        totals=[_total(currency, bills) for currency in sorted({bill.currency for bill in bills})],
    )


def _bills(
    connection: Connection, book: str, exporter: str, quarter: Quarter, position: int
) -> Iterator[StatementBill]:
    found = []
    names = names_of(connection, book, "receivable", exporter)
    for before, after in _standing(connection, book, names, quarter, position):
        if isinstance(after, Receivable) and not _is_over(before, after):
            found.append(_bill(before if isinstance(before, Receivable) else None, after))
    yield from sorted(found, key=lambda bill: (bill.shipped_on, bill.receivable))


def _standing(
    connection: Connection, book: str, names: Sequence[str], quarter: Quarter, position: int
) -> Iterator[tuple[Aggregate | None, Aggregate | None]]:
    """Yield things as they stood before a quarter, and at its end."""
    end = Moment(position, quarter.last_day)
    begin = Moment(position, quarter.first_day - _A_DAY)
    for some in in_parts(names):
        events = sorted(events_of(connection, book, some, up_to=position), key=_NAME)
        for _, happened in groupby(events, _NAME):
            stream = list(happened)
            yield folded(counted(stream, begin), moment=begin), folded(counted(stream, end), moment=end)


def _is_over(before: object, after: Receivable) -> bool:
    return isinstance(before, Receivable) and before.closed_by is not None and before == after


def _bill(before: Receivable | None, after: Receivable) -> StatementBill:
    return StatementBill(
        receivable=key_of(after.reference),
        invoices=[invoice.number for invoice in after.invoices],
        orders=[linked.order for linked in after.orders],
        shipped_on=after.shipped_on,
        due_on=after.due_on,
        currency=after.currency,
        brought_forward_minor=before.open_minor if before else 0,
        shipped_minor=0 if before else after.invoiced_minor,
        realised_minor=after.realised_minor - (before.realised_minor if before else 0),
        deducted_minor=after.deducted_minor - (before.deducted_minor if before else 0),
        open_minor=after.open_minor,
        deducted_for=_deducted_for(before, after),
        remittances=list(dict.fromkeys(each.remittance for each in after.realisations)),
        certificates=[each.certificate for each in after.certificates if each.cancelled_by is None],
        declarable=after.is_declarable,
        closed_by=after.closed_by,
    )


def _deducted_for(before: Receivable | None, after: Receivable) -> list[DeductedFor]:
    sums: dict[DeductionReason, int] = {}
    for sign, deductions in ((1, after.deductions), (-1, before.deductions if before else ())):
        for each in deductions:
            sums[each.reason] = sums.get(each.reason, 0) + sign * each.amount_minor
    return [DeductedFor(reason=reason, amount_minor=minor) for reason, minor in sorted(sums.items()) if minor]


def _remittances(
    connection: Connection, book: str, exporter: str, quarter: Quarter, position: int
) -> Iterator[StatementRemittance]:
    found = []
    names = names_of(connection, book, "remittance", exporter)
    for _, came in _standing(connection, book, names, quarter, position):
        if isinstance(came, Remittance) and (came.left_minor or came.received_on >= quarter.first_day):
            found.append(_remittance(came))
    yield from sorted(found, key=lambda each: (each.received_on, each.remittance))


def _remittance(came: Remittance) -> StatementRemittance:
    return StatementRemittance(
        remittance=key_of(came.reference),
        received_on=came.received_on,
        purpose=came.purpose,
        currency=came.currency,
        amount_minor=came.amount_minor,
        allocated_minor=came.allocated_minor,
        left_minor=came.left_minor,
    )


def _total(currency: str, bills: Iterable[StatementBill]) -> StatementTotal:
    of = [bill for bill in bills if bill.currency == currency]
    return StatementTotal(
        currency=currency,
        bills=len(of),
        brought_forward_minor=sum(bill.brought_forward_minor for bill in of),
        shipped_minor=sum(bill.shipped_minor for bill in of),
        realised_minor=sum(bill.realised_minor for bill in of),
        deducted_minor=sum(bill.deducted_minor for bill in of),
        open_minor=sum(bill.open_minor for bill in of),
    )

"""
Commissions are one row per partner, exporter, payer, currency and month: what accrued, and what became of it.

The month is that of the posting date. Equal to what the events of all commissions moved on the partners' accounts up to
positions.commissions. What a partner was paid isn't told: no event pays one yet.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from operator import add
from typing import Any, ClassVar, LiteralString, NamedTuple

from msgspec import Struct
from msgspec.structs import asdict

from domain.agreement_terms import Payer
from domain.commission import (
    CommissionAccrued,
    CommissionClawedBack,
    CommissionEarned,
    CommissionEvent,
    CommissionTaxWithheld,
)
from domain.envelope import Recorded
from domain.references import commission_id, kind_of
from domain.tax import charged_minor
from projections.derived_rows import as_parameter, in_parts, of_parameter, of_table, over
from projections.moment import NOW, Moment
from projections.projection import Connection, Difference, Events, Projection, first_difference
from projections.timelines import counted, events_of


class CommissionRow(Struct, frozen=True, gc=False):
    """
    A month of what one exporter's trade brings a partner, in minor units.

    payer: who bears it; gst: that the partner charges on what it earned; withheld: tax kept back from it; both less
    what was given back; clawed_back_earned: the part of what was clawed back that had been earned; unearned: by how
    much more has accrued that isn't due yet; due: by how much more is due to the partner.
    """

    partner: str
    exporter: str
    payer: str
    currency: str
    month: date
    accrued_minor: int
    earned_minor: int
    gst_minor: int
    withheld_minor: int
    clawed_back_minor: int
    clawed_back_earned_minor: int
    unearned_minor: int
    due_minor: int


class CommissionsSought(Struct, frozen=True, kw_only=True):
    """Which commissions are sought: of a partner, on an exporter's trade, from a month to another, both included."""

    partner: str | None = None
    exporter: str | None = None
    currency: str | None = None
    from_month: date | None = None
    to_month: date | None = None


class _Key(NamedTuple):
    partner: str
    exporter: str
    payer: Payer
    currency: str
    month: date


class _Moved(NamedTuple):
    """What moved, in the order of the table's columns, and the position of the last event that moved it."""

    accrued_minor: int = 0
    earned_minor: int = 0
    gst_minor: int = 0
    withheld_minor: int = 0
    clawed_back_minor: int = 0
    clawed_back_earned_minor: int = 0
    position: int = 0

    def and_then(self, later: "_Moved") -> "_Moved":
        """Return what moved in sum."""
        amounts = map(add, self[:-1], later[:-1])
        return _Moved._make((*amounts, later.position))


class _Bearer(NamedTuple):
    """Whose trade bears a commission, and who pays it."""

    exporter: str
    payer: Payer


_ADD = """
    INSERT INTO projections.commissions AS c (book, partner, exporter, payer, currency, month, accrued_minor,
        earned_minor, gst_minor, withheld_minor, clawed_back_minor, clawed_back_earned_minor, position)
    SELECT %s, * FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::date[], %b::int8[], %b::int8[],
        %b::int8[], %b::int8[], %b::int8[], %b::int8[], %b::int8[])
    ON CONFLICT (book, partner, exporter, payer, currency, month) DO UPDATE SET
        accrued_minor = c.accrued_minor + excluded.accrued_minor,
        earned_minor = c.earned_minor + excluded.earned_minor,
        gst_minor = c.gst_minor + excluded.gst_minor,
        withheld_minor = c.withheld_minor + excluded.withheld_minor,
        clawed_back_minor = c.clawed_back_minor + excluded.clawed_back_minor,
        clawed_back_earned_minor = c.clawed_back_earned_minor + excluded.clawed_back_earned_minor,
        position = excluded.position
"""
_ALL = """
    SELECT partner, exporter, payer, currency, month, accrued_minor, earned_minor, gst_minor, withheld_minor,
        clawed_back_minor, clawed_back_earned_minor, position
    FROM projections.commissions WHERE book = %s
    ORDER BY partner COLLATE "C", exporter COLLATE "C", payer COLLATE "C", currency COLLATE "C", month
"""
_ORDERS_OF = """
    SELECT "order" FROM projections.orders WHERE book = %s AND exporter = ANY(%b::text[])
"""
_SEARCH = """
    SELECT partner, exporter, payer, currency, month, accrued_minor, earned_minor, gst_minor, withheld_minor,
        clawed_back_minor, clawed_back_earned_minor,
        accrued_minor - earned_minor - clawed_back_minor + clawed_back_earned_minor,
        earned_minor + gst_minor - withheld_minor - clawed_back_earned_minor
    FROM {commissions} AS moved
    WHERE (%(partner)s::text IS NULL OR partner = %(partner)s)
    AND (%(exporter)s::text IS NULL OR exporter = %(exporter)s)
    AND (%(currency)s::text IS NULL OR currency = %(currency)s)
    AND (%(from_month)s::date IS NULL OR month >= date_trunc('month', %(from_month)s::date))
    AND (%(to_month)s::date IS NULL OR month <= %(to_month)s)
    ORDER BY partner COLLATE "C", exporter COLLATE "C", payer COLLATE "C", currency COLLATE "C", month
    LIMIT %(limit)s OFFSET %(skip)s
"""
_BORNE = """
    SELECT currency, sum(accrued_minor - clawed_back_minor + gst_minor)
    FROM {commissions} AS moved WHERE payer = 'operator' GROUP BY currency
"""
_NOW, _THEN = of_table("commissions"), of_parameter("commissions")


class Commissions(Projection):
    """One row per partner, exporter, payer, currency and month."""

    name: ClassVar[str] = "commissions"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("commissions",)

    def fold(self, connection: Connection, events: Events) -> None:
        """Add what further events moved."""
        happened = _of_commissions(events)
        withheld = sorted({each.originator_id for each in happened if isinstance(each.event, CommissionTaxWithheld)})
        before = events_of(connection, events.log, withheld, up_to=events.last_position) if withheld else []
        rows = _rows(_summed({}, _bearers({}, before), happened))
        if rows:
            connection.execute(_ADD, (events.book, *map(list, zip(*rows, strict=True))))

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Sum all commissions anew and return the first row that stands otherwise."""
        sums: _Sums = {}
        bearers: _Bearers = {}
        for events in log:
            happened = _of_commissions(events)
            sums = _summed(sums, _bearers(bearers, happened), happened)
        return first_difference("commissions", connection.execute(_ALL, (book,)), _rows(sums), key_columns=5)


def search_commissions(
    connection: Connection,
    book: str,
    sought: CommissionsSought,
    *,
    limit: int | None = None,
    skip: int = 0,
    moment: Moment = NOW,
) -> list[CommissionRow]:
    """
    Return commissions as they were at a moment, by partner, exporter, payer, currency and month.

    Where a month changed since, that takes reading the histories of its exporter's commissions.
    """
    asked = {"limit": limit, "skip": skip, **asdict(sought)}
    rows = _over_rows_at(connection, book, _SEARCH, asked, moment)
    return [CommissionRow(*row) for row in rows]


def borne_by_operator(connection: Connection, book: str, *, moment: Moment = NOW) -> dict[str, int]:
    """Return by currency what partners had or would have of the operator's own money, tax withheld included."""
    rows = _over_rows_at(connection, book, _BORNE, {}, moment)
    return {currency: int(borne_minor) for currency, borne_minor in rows}


def _over_rows_at(
    connection: Connection, book: str, query: LiteralString, asked: dict[str, Any], moment: Moment
) -> Iterable[tuple[Any, ...]]:
    """Ask a query of the rows as they were at a moment."""
    if moment == NOW:
        return connection.execute(over(query, commissions=_NOW), {"book": book, **asked})
    rows = as_parameter((*_Key._fields, *_Moved._fields), _rows_at(connection, book, moment))
    return connection.execute(over(query, commissions=_THEN), {"commissions": rows, **asked})


def _rows_at(connection: Connection, book: str, moment: Moment) -> Iterator[tuple[Any, ...]]:
    """Yield the rows as they were at a moment: those that nothing moved since, and the others summed anew."""
    stored = connection.execute(_ALL, (book,)).fetchall()
    moved: set[_Key] = set()
    for row in stored:
        key = _Key._make(row[: len(_Key._fields)])
        if row[-1] <= moment.position and (moment.as_of is None or key.month < moment.as_of.replace(day=1)):
            yield row
        else:
            moved.add(key)
    yield from (
        row for row in _summed_at(connection, book, {key.exporter for key in moved}, moment) if row[:5] in moved
    )


def _summed_at(
    connection: Connection, book: str, exporters: Collection[str], moment: Moment
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of some exporters, summed from the histories of their orders' commissions."""
    orders = [order for (order,) in connection.execute(_ORDERS_OF, (book, sorted(exporters)))]
    sums: _Sums = {}
    for some in in_parts(orders):
        events = events_of(connection, book, [commission_id(order) for order in some], up_to=moment.position)
        sums = _summed(sums, _bearers({}, events), counted(events, moment))
    yield from _rows(sums)


_Sums = dict[_Key, _Moved]
_Bearers = dict[str, _Bearer]
"""By the commission's reference."""


def _of_commissions(events: Events) -> list[Recorded]:
    return [each for each in events.recorded if kind_of(each.originator_id) == "commission"]


def _bearers(bearers: _Bearers, recorded: Sequence[Recorded]) -> _Bearers:
    for each in recorded:
        if isinstance(event := each.event, CommissionAccrued):
            bearers[each.originator_id] = _Bearer(event.exporter, event.payer)
    return bearers


def _summed(sums: _Sums, bearers: _Bearers, recorded: Sequence[Recorded]) -> _Sums:
    for each in recorded:
        event = each.event
        if not isinstance(event, CommissionEvent):
            continue
        bearer = bearers[each.originator_id] if isinstance(event, CommissionTaxWithheld) else event
        month = each.state.posting_date.replace(day=1)
        key = _Key(event.partner, bearer.exporter, bearer.payer, event.currency, month)
        sums[key] = sums.get(key, _Moved()).and_then(_moved(event, each.position))
    return sums


def _moved(event: CommissionEvent, position: int) -> _Moved:
    match event:
        case CommissionAccrued():
            return _Moved(accrued_minor=event.amount_minor, position=position)
        case CommissionEarned():
            gst_minor = charged_minor(event.gst.treatment, event.gst_minor)
            return _Moved(earned_minor=event.amount_minor, gst_minor=gst_minor, position=position)
        case CommissionTaxWithheld():
            return _Moved(withheld_minor=event.amount_minor, position=position)
        case CommissionClawedBack():
            return _Moved(
                gst_minor=-sum(charged_minor(back.treatment, back.gst_minor) for back in event.from_earned),
                withheld_minor=-sum(back.withheld_minor for back in event.from_earned),
                clawed_back_minor=event.amount_minor,
                clawed_back_earned_minor=event.amount_minor - event.from_accrued_minor,
                position=position,
            )


def _rows(sums: _Sums) -> list[tuple[Any, ...]]:
    return [(*key, *moved) for key, moved in sorted(sums.items())]

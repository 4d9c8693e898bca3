"""
Receivables are one row per shipping bill, and one per remittance: what came home, what is deducted, open and due.

Equal to what the receivables and remittances of the log come to up to positions.receivables.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Literal, LiteralString

from msgspec import Struct
from msgspec.structs import asdict, replace

from domain.aggregate import Aggregate
from domain.catalogue import evolve
from domain.envelope import Recorded
from domain.receivable import Receivable
from domain.receivable_events import ClosedBy
from domain.references import key_of, kind_of, receivable_id, remittance_id
from domain.remittance import Remittance
from projections.derived_rows import as_parameter, in_parts, of_parameter, of_table, over
from projections.moment import NOW, Moment
from projections.projection import Connection, Difference, Events, Projection, first_difference
from projections.streams import folded
from projections.timelines import counted, events_of

KINDS = frozenset({"receivable", "remittance"})
ReceivableState = Literal["open", "closed", "all"]

_A_DAY = timedelta(days=1)
_Row = tuple[Any, ...]


class ReceivableRow(Struct, frozen=True, kw_only=True, gc=False):
    """
    What became of a shipping bill's value, in minor units: invoiced = realised + deducted + open.

    certified: how much of what was realised an e-BRC covers; declarable: whether the exporter may close it itself,
    closable: whether it may now, nothing being open; overdue_days: since when its day is over, 0 where it isn't or
    where it is closed; position: of what last happened to it.
    """

    receivable: str
    exporter: str
    currency: str
    settled_in: str
    shipped_on: date
    due_on: date
    due_at: datetime
    orders: list[str]
    invoiced_minor: int
    realised_minor: int
    deducted_minor: int
    open_minor: int
    certified_minor: int
    declarable: bool
    closed_by: ClosedBy | None
    position: int
    closable: bool = False
    overdue_days: int = 0


class RemittanceRow(Struct, frozen=True, kw_only=True, gc=False):
    """
    Money from abroad, in minor units: amount = allocated + left.

    ship_by: by when goods must follow money paid in advance; receivables: the shipments it is matched to.
    """

    remittance: str
    exporter: str
    currency: str
    amount_minor: int
    allocated_minor: int
    left_minor: int
    received_on: date
    purpose: str
    ad_code: str
    ship_by: date | None
    receivables: list[str]
    position: int


class ReceivablesSought(Struct, frozen=True, kw_only=True):
    """
    Which shipping bills are sought: of an exporter, of an order; due up to an instant; whose day is over at one; that
    the exporter may close itself now; of which more is realised than certified.
    """

    exporter: str | None = None
    order: str | None = None
    state: ReceivableState = "open"
    due_to: datetime | None = None
    overdue_at: datetime | None = None
    closable: bool = False
    uncertified: bool = False


class RemittancesSought(Struct, frozen=True, kw_only=True):
    """Which remittances are sought: of an exporter; of which something is left; that came from one day to another."""

    exporter: str | None = None
    left: bool = False
    from_day: date | None = None
    to_day: date | None = None


_UPSERT: LiteralString = """
    INSERT INTO projections.receivables (book, receivable, exporter, currency, settled_in, shipped_on, due_on, due_at,
        orders, invoiced_minor, realised_minor, deducted_minor, open_minor, certified_minor, declarable, closed_by,
        position)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (book, receivable) DO UPDATE SET
        due_on = excluded.due_on, due_at = excluded.due_at, orders = excluded.orders,
        realised_minor = excluded.realised_minor, deducted_minor = excluded.deducted_minor,
        open_minor = excluded.open_minor, certified_minor = excluded.certified_minor, closed_by = excluded.closed_by,
        position = excluded.position
"""
_UPSERT_REMITTANCE: LiteralString = """
    INSERT INTO projections.receivables_remittances (book, remittance, exporter, currency, amount_minor,
        allocated_minor, left_minor, received_on, purpose, ad_code, ship_by, receivables, position)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (book, remittance) DO UPDATE SET
        allocated_minor = excluded.allocated_minor, left_minor = excluded.left_minor,
        receivables = excluded.receivables, position = excluded.position
"""
_COLUMNS = (
    *("receivable", "exporter", "currency", "settled_in", "shipped_on", "due_on", "due_at", "orders"),
    *("invoiced_minor", "realised_minor", "deducted_minor", "open_minor", "certified_minor", "declarable"),
    *("closed_by", "position"),
)
_REMITTANCE_COLUMNS = (
    *("remittance", "exporter", "currency", "amount_minor", "allocated_minor", "left_minor", "received_on"),
    *("purpose", "ad_code", "ship_by", "receivables", "position"),
)
_ALL = """
    SELECT receivable, exporter, currency, settled_in, shipped_on, due_on, due_at, orders, invoiced_minor,
        realised_minor, deducted_minor, open_minor, certified_minor, declarable, closed_by, position
    FROM projections.receivables WHERE book = %s ORDER BY receivable COLLATE "C"
"""
_ALL_REMITTANCES = """
    SELECT remittance, exporter, currency, amount_minor, allocated_minor, left_minor, received_on, purpose, ad_code,
        ship_by, receivables, position
    FROM projections.receivables_remittances WHERE book = %s ORDER BY remittance COLLATE "C"
"""
_OF: LiteralString = """
    SELECT receivable FROM projections.receivables WHERE book = %s AND exporter = %s ORDER BY receivable COLLATE "C"
"""
_REMITTANCES_OF: LiteralString = """
    SELECT remittance FROM projections.receivables_remittances WHERE book = %s AND exporter = %s
    ORDER BY remittance COLLATE "C"
"""
_SEARCH: LiteralString = """
    SELECT receivable, exporter, currency, settled_in, shipped_on, due_on, due_at, orders, invoiced_minor,
        realised_minor, deducted_minor, open_minor, certified_minor, declarable, closed_by, position
    FROM {receivables} AS shipped
    WHERE (%(exporter)s::text IS NULL OR exporter = %(exporter)s)
    AND (%(order)s::text IS NULL OR %(order)s = ANY(orders))
    AND (%(state)s = 'all' OR (closed_by IS NULL) = (%(state)s = 'open'))
    AND (%(due_to)s::timestamptz IS NULL OR due_at <= %(due_to)s)
    AND (%(overdue_at)s::timestamptz IS NULL OR (closed_by IS NULL AND due_at <= %(overdue_at)s))
    AND (NOT %(closable)s OR (closed_by IS NULL AND declarable AND open_minor = 0))
    AND (NOT %(uncertified)s OR realised_minor > certified_minor)
    ORDER BY due_at, receivable COLLATE "C"
    LIMIT %(limit)s OFFSET %(skip)s
"""
_SEARCH_REMITTANCES: LiteralString = """
    SELECT remittance, exporter, currency, amount_minor, allocated_minor, left_minor, received_on, purpose, ad_code,
        ship_by, receivables, position
    FROM {receivables_remittances} AS came
    WHERE (%(exporter)s::text IS NULL OR exporter = %(exporter)s)
    AND (NOT %(left)s OR left_minor > 0)
    AND (%(from_day)s::date IS NULL OR received_on >= %(from_day)s)
    AND (%(to_day)s::date IS NULL OR received_on <= %(to_day)s)
    ORDER BY received_on, remittance COLLATE "C"
    LIMIT %(limit)s OFFSET %(skip)s
"""


class Receivables(Projection):
    """One row per shipping bill, and one per remittance."""

    name: ClassVar[str] = "receivables"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("receivables", "receivables_remittances")

    def fold(self, connection: Connection, events: Events) -> None:
        """Write anew the rows of what something happened to."""
        touched = sorted({each.originator_id for each in _of_kinds(events)})
        for some in in_parts(touched):
            read = events_of(connection, events.log, some, up_to=events.last_position)
            stood, positions = _folded({}, {}, read)
            with connection.cursor() as cursor:
                for statement, kind in ((_UPSERT, "receivable"), (_UPSERT_REMITTANCE, "remittance")):
                    made = [(events.book, *row) for row in _rows(stood, positions, kind)]
                    if made:
                        cursor.executemany(statement, made)

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Fold all receivables and remittances anew and return the first row that stands otherwise."""
        stood: _Stood = {}
        positions: _Positions = {}
        for events in log:
            stood, positions = _folded(stood, positions, _of_kinds(events))
        bills = connection.execute(_ALL, (book,))
        remitted = connection.execute(_ALL_REMITTANCES, (book,))
        return first_difference(
            "receivables", bills, _rows(stood, positions, "receivable"), key_columns=1
        ) or first_difference("receivables", remitted, _rows(stood, positions, "remittance"), key_columns=1)


def search_receivables(
    connection: Connection,
    book: str,
    sought: ReceivablesSought,
    *,
    at: datetime,
    limit: int | None = None,
    skip: int = 0,
    moment: Moment = NOW,
) -> list[ReceivableRow]:
    """
    Return shipping bills as they were at a moment, the first due first. at: the instant that `overdue_days` count to.

    At another moment than the present, what changed since is folded from its history.
    """
    asked = {"limit": limit, "skip": skip, **asdict(sought)}
    if moment == NOW:
        found = connection.execute(over(_SEARCH, receivables=of_table("receivables")), {"book": book, **asked})
    else:
        then = as_parameter(_COLUMNS, _rows_at(connection, book, moment, "receivable"))
        query = over(_SEARCH, receivables=of_parameter("receivables"))
        found = connection.execute(query, {"receivables": then, **asked})
    return [_shown(row, at) for row in found]


def search_remittances(
    connection: Connection,
    book: str,
    sought: RemittancesSought,
    *,
    limit: int | None = None,
    skip: int = 0,
    moment: Moment = NOW,
) -> list[RemittanceRow]:
    """Return remittances as they were at a moment, the first that came first."""
    asked = {"limit": limit, "skip": skip, **asdict(sought)}
    name = "receivables_remittances"
    if moment == NOW:
        query = over(_SEARCH_REMITTANCES, receivables_remittances=of_table(name))
        found = connection.execute(query, {"book": book, **asked})
    else:
        then = as_parameter(_REMITTANCE_COLUMNS, _rows_at(connection, book, moment, "remittance"))
        query = over(_SEARCH_REMITTANCES, receivables_remittances=of_parameter(name))
        found = connection.execute(query, {name: then, **asked})
    return [RemittanceRow(**dict(zip(_REMITTANCE_COLUMNS, row, strict=True))) for row in found]


def names_of(connection: Connection, book: str, kind: str, exporter: str) -> list[str]:
    """Return the references of an exporter's shipping bills, or of its remittances, by key."""
    query, name = (_OF, receivable_id) if kind == "receivable" else (_REMITTANCES_OF, remittance_id)
    return [name(key) for (key,) in connection.execute(query, (book, exporter))]


_Stood = dict[str, Aggregate]
_Positions = dict[str, int]


def _of_kinds(events: Events) -> list[Recorded]:
    return [each for each in events.recorded if kind_of(each.originator_id) in KINDS]


def _folded(stood: _Stood, positions: _Positions, recorded: Iterable[Recorded]) -> tuple[_Stood, _Positions]:
    """Fold events, in the order of the log, into things and the positions of what last happened to them."""
    for each in recorded:
        name = each.originator_id
        stood[name] = evolve(stood.get(name), each.event, name, each.state.occurred_at)
        positions[name] = each.position
    return stood, positions


def _rows(stood: _Stood, positions: _Positions, kind: str) -> Iterator[_Row]:
    for name in sorted(stood):
        if kind_of(name) == kind:
            yield _row(stood[name], positions[name])


def _row(thing: Aggregate, position: int) -> _Row:
    match thing:
        case Receivable():
            return (
                key_of(thing.reference),
                thing.exporter,
                thing.currency,
                thing.settled_in,
                thing.shipped_on,
                thing.due_on,
                thing.due_at,
                [linked.order for linked in thing.orders],
                thing.invoiced_minor,
                thing.realised_minor,
                thing.deducted_minor,
                thing.open_minor,
                thing.certified_minor,
                thing.is_declarable,
                thing.closed_by,
                position,
            )
        case Remittance():
            return (
                key_of(thing.reference),
                thing.exporter,
                thing.currency,
                thing.amount_minor,
                thing.allocated_minor,
                thing.left_minor,
                thing.received_on,
                thing.purpose,
                thing.ad_code,
                thing.ship_by,
                list(dict.fromkeys(each.receivable for each in thing.allocations)),
                position,
            )
        case _:
            raise TypeError(thing.reference)


def _rows_at(connection: Connection, book: str, moment: Moment, kind: str) -> Iterator[_Row]:
    """Yield the rows as they were at a moment: those that nothing changed since, and the others folded anew."""
    query, name = (_ALL, receivable_id) if kind == "receivable" else (_ALL_REMITTANCES, remittance_id)
    changed: list[str] = []
    for row in connection.execute(query, (book,)).fetchall():
        if row[-1] <= moment.unmoved:
            yield row
        else:
            changed.append(name(row[0]))
    for some in in_parts(changed):
        yield from _folded_at(connection, book, some, moment)


def _folded_at(connection: Connection, book: str, names: Sequence[str], moment: Moment) -> Iterator[_Row]:
    streams: dict[str, list[Recorded]] = {}
    for each in counted(events_of(connection, book, names, up_to=moment.position), moment):
        streams.setdefault(each.originator_id, []).append(each)
    for stream in streams.values():
        thing = folded(stream, moment=moment)
        if thing is not None:
            yield _row(thing, stream[-1].position)


def _shown(row: Sequence[Any], at: datetime) -> ReceivableRow:
    shown = ReceivableRow(**dict(zip(_COLUMNS, row, strict=True)))
    late = (at - shown.due_at) // _A_DAY + 1 if at >= shown.due_at and shown.closed_by is None else 0
    closable = shown.closed_by is None and shown.declarable and not shown.open_minor
    return replace(shown, overdue_days=late, closable=closable)

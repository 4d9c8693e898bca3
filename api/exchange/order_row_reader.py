"""
A row reader gives the cells of a row their meaning: a line of an order, a line that gives money back, or a rejection.

What the rows of one order say together (its head: parties, dates, status) is kept as text and read once an order.
"""

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, NoReturn, TypeVar, cast
from zoneinfo import ZoneInfo

import msgspec

from api.exchange.mapping import TRANSPORT_MODES, DatedVerb, Instant, Mapping, Text, Verb
from api.exchange.order_rows import OrderRows, RowRejected
from domain.errors import Malformed
from domain.money import AmountUnreadable, read_decimal, round_major
from domain.references import key
from domain.rules import TransportMode

T = TypeVar("T")

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,15}")
_REMEMBERED = 2**16


class OrderLine(NamedTuple):
    """A row of an order. Where `reason` says why it isn't accepted, the amount means nothing."""

    order: str
    head: bytes
    sku: str = ""
    quantity: int = 0
    amount_minor: int = 0
    reason: str = ""
    detail: str = ""


class RefundLine(NamedTuple):
    """A row that gives money back for `units` that the buyer bought before."""

    order: str
    buyer: str
    sku: str
    units: int
    at: datetime


class OrderHead(NamedTuple):
    """What a row says about its whole order."""

    buyer: str
    exporter: str
    transport_mode: TransportMode
    ship_by: date
    course: tuple[Verb, ...]
    occurred_at: Dictionary[DatedVerb, datetime]
    days_late: int
    """Between `ship_by` and its dispatch; none where there is no dispatch."""
    offer_bps: int
    """The share of a claim for lateness that the exporter offers; 0: the claim is accepted."""


class HeadReader:
    """Reads the cells of the mapping's order columns, in the order of `Mapping.order_columns`."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._zone = ZoneInfo(mapping.time_zone)
        self._calendar = mapping.order_rules().calendar
        self._columns = {column: at for at, column in enumerate(mapping.order_columns())}
        self.read = lru_cache(_REMEMBERED // 16)(self._read)

    def difference(self, head: bytes, first: bytes) -> RowRejected | None:
        """Return why a row doesn't belong to the order that the other head began."""
        if head == first or not self._mapping.same:
            return None
        here, there = decode_head(head), decode_head(first)
        for same in self._mapping.same:
            at = self._columns[same.column]
            if here[at] != there[at]:
                return RowRejected(reason=same.reason, detail=f"{same.column}: {here[at]!r}, not {there[at]!r}")
        return None

    def _read(self, head: bytes) -> OrderHead | RowRejected:
        cells = decode_head(head)
        try:
            return self._read_cells(cells)
        except RowRejected as rejected:
            return rejected

    def _read_cells(self, cells: Sequence[str]) -> OrderHead:
        mapping = self._mapping
        course = self._course(cells)
        mode = self.text("transport_mode", mapping.transport_mode, cells)
        if mode not in TRANSPORT_MODES:
            raise RowRejected(reason="value_unknown", detail=f"transport_mode: {mode!r}")
        buyer = self.text("buyer", mapping.buyer, cells)
        exporter = self.text("exporter", mapping.exporter, cells)
        ship_by = self.instant(mapping.ship_by, cells).astimezone(self._zone).date()
        occurred_at: dict[DatedVerb, datetime] = {
            verb: self.instant(mapping.occurred_at[verb], cells) for verb in course
        }
        return OrderHead(
            buyer=buyer,
            exporter=exporter,
            transport_mode=cast("TransportMode", mode),
            ship_by=ship_by,
            course=course,
            occurred_at=occurred_at,
            days_late=self._days_late(ship_by, occurred_at.get("dispatch")),
            offer_bps=self._offer_bps(cells),
        )

    def _days_late(self, ship_by: date, dispatched_at: datetime | None) -> int:
        dispatched_on = self._calendar.day_of(dispatched_at) if dispatched_at else ship_by
        return max(0, (dispatched_on - ship_by).days)

    def _offer_bps(self, cells: Sequence[str]) -> int:
        settlement = self._mapping.settlement
        return settlement.offers_bps.get(cells[self._columns[settlement.column]].strip(), 0) if settlement.column else 0

    def _course(self, cells: Sequence[str]) -> tuple[Verb, ...]:
        status = self._mapping.status
        if status.always:
            return status.always
        said = cells[self._columns[status.column]].strip()
        if said not in status.courses:
            raise RowRejected(reason="status_unknown", detail=f"{status.column}: {said!r}")
        return status.courses[said]

    def text(self, field: str, text: Text, cells: Sequence[str]) -> str:
        """Return the ledger's word for what the cells say. Raises: RowRejected."""
        if text.fixed:
            return text.fixed
        said = cells[self._columns[text.column]].strip()
        if not said:
            return text.blank or _reject("value_missing", f"{text.column} is blank")
        said = said.removesuffix(text.strip_suffix)
        if text.values:
            return text.values.get(said) or _reject("value_unknown", f"{text.column}: {said!r}")
        return _checked(lambda: key(text.prefix + said, field=field))

    def instant(self, instant: Instant, cells: Sequence[str]) -> datetime:
        """Return the moment that the cells say, in UTC. Raises: RowRejected."""
        days = instant.plus_days
        if instant.plus_days_column:
            days += whole_number(cells[self._columns[instant.plus_days_column]], "days_unreadable")
        said = cells[self._columns[instant.column]].strip()
        try:
            local = datetime.strptime(said, self._mapping.date_format).replace(tzinfo=self._zone)
            return (local + timedelta(days=days)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise RowRejected(reason="date_unreadable", detail=f"{instant.column}: {said!r}") from None


class RowReader:
    """Reads the rows of one file by a mapping. Raises: what `OrderRows.column` does."""

    def __init__(self, mapping: Mapping, rows: OrderRows) -> None:
        self._mapping = mapping
        self._heads = HeadReader(mapping)
        self._order, self._sku, self._quantity, self._money = (rows.column(name) for name in mapping.line_columns())
        self._head_cells = [rows.column(name) for name in mapping.order_columns()]
        self._amount_minor = lru_cache(_REMEMBERED)(self._read_amount)

    def read(self, cells: Sequence[str]) -> OrderLine | RefundLine:
        """Return what a row means. Raises: RowRejected, where not even its order is known, or there is none."""
        order = cells[self._order].strip()
        if not order:
            raise RowRejected(reason="order_missing", detail=f"{self._mapping.order} is blank")
        for refuse in self._mapping.refuse:
            if order.startswith(refuse.order_starts_with):
                raise RowRejected(reason=refuse.reason)
        _checked(lambda: key(order, field=self._mapping.order))
        if self._mapping.refunds and order.startswith(self._mapping.refunds.order_starts_with):
            return self._refund(order, cells)
        return self._line(order, cells)

    def _line(self, order: str, cells: Sequence[str]) -> OrderLine:
        head = _HEAD.encode([cells[at] for at in self._head_cells])
        try:
            quantity = _positive(whole_number(cells[self._quantity], "quantity_unreadable"))
            amount_minor = self._amount_minor(cells[self._money], quantity)
        except RowRejected as rejected:
            return OrderLine(order, head, reason=rejected.reason, detail=rejected.detail)
        return OrderLine(order, head, cells[self._sku].strip(), quantity, amount_minor)

    def _refund(self, order: str, cells: Sequence[str]) -> RefundLine:
        mapping = self._mapping
        quantity = whole_number(cells[self._quantity], "quantity_unreadable")
        if quantity >= 0:
            raise RowRejected(reason="cancellation_quantity_not_negative", detail=cells[self._quantity])
        head = [cells[at] for at in self._head_cells]
        if mapping.buyer.column and not head[mapping.order_columns().index(mapping.buyer.column)].strip():
            raise RowRejected(reason="cancellation_customer_unknown", detail=f"{mapping.buyer.column} is blank")
        return RefundLine(
            order=order,
            buyer=self._heads.text("buyer", mapping.buyer, head),
            sku=cells[self._sku].strip(),
            units=-quantity,
            at=self._heads.instant(mapping.occurred_at["refund"], head),
        )

    def _read_amount(self, cell: str, quantity: int) -> int:
        by_price = bool(self._mapping.lines.unit_price)
        said = self._number(cell, "price_unreadable" if by_price else "amount_unreadable")
        if by_price and said <= 0:
            raise RowRejected(reason="price_negative" if said else "price_zero", detail=cell)
        amount = said * quantity if by_price else said
        if amount <= 0:
            raise RowRejected(reason="amount_not_positive", detail=cell)
        amount_minor = _checked(lambda: round_major(amount, self._mapping.currency)).minor
        if not amount_minor:
            raise RowRejected(reason="amount_rounds_to_zero", detail=cell)
        return amount_minor

    def _number(self, cell: str, reason: str) -> Fraction:
        point_to = "." if self._mapping.decimal_mark == "." else "?"  # where the mark is a comma, 1.234 isn't meant
        try:
            return read_decimal(cell.strip().replace(".", point_to).replace(self._mapping.decimal_mark, "."))
        except AmountUnreadable:
            raise RowRejected(reason=reason, detail=repr(cell)) from None


def whole_number(cell: str, reason: str) -> int:
    """Return the whole number that a cell says. Raises: RowRejected, with the reason."""
    if not _WHOLE_NUMBER.fullmatch(cell.strip()):
        raise RowRejected(reason=reason, detail=repr(cell))
    return int(cell)


def _positive(quantity: int) -> int:
    if quantity <= 0:
        raise RowRejected(reason="quantity_not_positive", detail=str(quantity))
    return quantity


def decode_head(head: bytes) -> list[str]:
    """Return the cells of a head."""
    return _CELLS.decode(head)


_HEAD = msgspec.json.Encoder()
_CELLS = msgspec.json.Decoder(list[str])


def _checked(check: Callable[[], T]) -> T:
    try:
        return check()
    except Malformed as malformed:
        raise RowRejected(reason=malformed.code, detail=str(malformed)) from None


def _reject(reason: str, detail: str) -> NoReturn:
    raise RowRejected(reason=reason, detail=detail)

"""
A takeover brings in what another system kept until now: the balances of its accounts, and its orders still open.

It makes events of their own kind, which name their source, so that nobody takes what was copied for what was lived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar, Literal

from msgspec import Struct

from domain.accounts import check_control
from domain.aggregate import Aggregate, Event
from domain.days import UNCOUNTABLE, is_countable
from domain.errors import Malformed, Refused
from domain.hold import Hold
from domain.money import ranged
from domain.order import LINES_PER_EVENT_MAX, Line, Order, OrderAlreadyPlaced, Terms, place
from domain.proposal import Breakdown
from domain.references import SKU, key

TakenOverStatus = Literal["accepted", "part_dispatched", "dispatched", "delivered"]
"""How far an order may have come elsewhere and still be open."""

HELD_ON = ("clearing", "bank:safeguarded", "suspense")
"""Where a buyer's money may be."""


class Balance(Struct, frozen=True, kw_only=True, gc=False):
    """What stood on one account, in minor units: debits above zero, credits below."""

    account: str
    amount_minor: int


class OpeningBalance(Balance, frozen=True, kw_only=True, gc=False):
    """A balance in its currency."""

    currency: str


class TakeoverBalancesRecorded(Event, frozen=True, kw_only=True):
    """
    What stood on another system's accounts at the end of a day was taken over, in one currency.

    Beyond 250 accounts there are several events; what one of them lacks to zero stands on `suspense:<source>` until the
    next.
    """

    source: str
    source_sha256: str
    """Hex SHA-256 of the file that said so."""
    as_of: date
    currency: str
    balances: tuple[Balance, ...]


class OrderTakenOver(Event, frozen=True, kw_only=True):
    """An order that another system knew until now goes on here, as far as it had come there."""

    source: str
    source_reference: str
    """What the other system calls it."""
    buyer: str
    exporter: str
    terms: Terms
    total_minor: int
    lines: tuple[Line, ...]
    status: TakenOverStatus
    undispatched: tuple[int, ...]
    """Quantity of each line that hasn't left the exporter."""
    placed_at: datetime
    dispatched_at: datetime | None
    """The last dispatch, where there was one."""


class HoldTakenOver(Event, frozen=True, kw_only=True):
    """
    The money of an order taken over is held here from now on.

    held = received - released - refunded. What was recovered from the exporter isn't counted as released.
    """

    source: str
    source_reference: str
    buyer: str
    exporter: str
    currency: str
    received_minor: tuple[int, ...]
    """For each payment step."""
    held_minor: int
    released_gross_minor: int
    released_fee_minor: int
    released_tax_minor: int
    refunded_minor: int
    account: str
    """Where the held money is; empty where none is held."""


TakeoverEvent = TakeoverBalancesRecorded


@dataclass(eq=False, kw_only=True)
class TakeoverMalformed(Malformed):
    """A field of what is taken over contradicts another or itself."""

    code: ClassVar[str] = "takeover.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class TakeoverUnbalanced(Malformed):
    """The balances of one currency don't sum to zero: some account is missing or wrong."""

    code: ClassVar[str] = "takeover.unbalanced"
    currency: str
    difference_minor: int


@dataclass(eq=False, kw_only=True)
class TakeoverAlreadyRecorded(Refused):
    """The balances of a source are taken over once."""

    code: ClassVar[str] = "takeover.already_recorded"
    takeover: str


class Takeover(Aggregate, frozen=True, kw_only=True):
    """What was taken over from one source: its balances, in these currencies."""

    currencies: frozenset[str] = frozenset()


class Origin(Struct, frozen=True, kw_only=True, gc=False):
    """Which system an order comes from, and what it is called there."""

    source: str
    source_reference: str


class Performance(Struct, frozen=True, kw_only=True, gc=False):
    """
    How far an order had come elsewhere.

    undispatched: the quantity of each line that hasn't left the exporter; said only where a part has.
    """

    status: TakenOverStatus
    undispatched: tuple[int, ...] = ()
    placed_at: datetime
    dispatched_at: datetime | None = None


class MoneyBefore(Struct, frozen=True, kw_only=True, gc=False):
    """What had become of an order's money elsewhere, in minor units; `account` is where the held part is."""

    received_minor: tuple[int, ...]
    held_minor: int
    released: Breakdown
    refunded_minor: int
    account: str


def take_over_order(
    existing: Order | None,
    *,
    origin: Origin,
    buyer: str,
    exporter: str,
    terms: Terms,
    lines: Sequence[Line],
    performance: Performance,
    at: datetime,
) -> OrderTakenOver:
    """
    Go on with an order that another system knew until `at`.

    Raises, in this order: ReferenceMalformed (source), TakeoverMalformed (source_reference), TakeoverMalformed (lines
    beyond 250); as `order.place` before it looks at any state, ReferenceMalformed (buyer), ReferenceMalformed
    (exporter), CurrencyUnknown, OrderTermsMalformed (no lines), for each line OrderTermsMalformed (number, sku,
    quantity) and AmountOutOfRange, AmountOutOfRange (the total), for each payment step ReferenceMalformed (name) and
    AmountOutOfRange, OrderTermsMalformed (the steps' sum), OrderTermsMalformed (the days); TakeoverMalformed
    (placed_at), TakeoverMalformed (dispatched_at), TakeoverMalformed (undispatched), OrderAlreadyPlaced.
    """
    _check_origin(origin)
    if len(lines) > LINES_PER_EVENT_MAX:
        raise TakeoverMalformed(field="lines", problem=f"more than {LINES_PER_EVENT_MAX}")
    next(place(None, buyer=buyer, exporter=exporter, terms=terms, lines=lines))  # for its checks
    _check_instants(performance, at)
    undispatched = _undispatched(performance, lines)
    if existing:
        raise OrderAlreadyPlaced(order=existing.reference)
    return OrderTakenOver(
        source=origin.source,
        source_reference=origin.source_reference,
        buyer=buyer,
        exporter=exporter,
        terms=terms,
        total_minor=sum(line.amount_minor for line in lines),
        lines=tuple(lines),
        status=performance.status,
        undispatched=undispatched,
        placed_at=performance.placed_at.astimezone(UTC),
        dispatched_at=performance.dispatched_at.astimezone(UTC) if performance.dispatched_at else None,
    )


def take_over_hold(taken: OrderTakenOver, money: MoneyBefore) -> HoldTakenOver:
    """
    Hold the money of an order taken over.

    Raises, in this order: TakeoverMalformed (received_minor), AmountOutOfRange (received_minor), TakeoverMalformed
    (refunded_minor), TakeoverMalformed (released_minor), TakeoverMalformed (held_minor), what `check_control` does,
    TakeoverMalformed (account, where nothing is held).
    """
    _check_money(taken, money)
    if money.held_minor:
        check_control(money.account, HELD_ON)
    elif money.account:
        raise TakeoverMalformed(field="account", problem="nothing is held")
    return HoldTakenOver(
        source=taken.source,
        source_reference=taken.source_reference,
        buyer=taken.buyer,
        exporter=taken.exporter,
        currency=taken.terms.currency,
        received_minor=money.received_minor,
        held_minor=money.held_minor,
        released_gross_minor=money.released.gross_minor,
        released_fee_minor=money.released.fee_minor,
        released_tax_minor=money.released.tax_minor,
        refunded_minor=money.refunded_minor,
        account=money.account,
    )


def evolve(takeover: Takeover | None, event: TakeoverEvent, reference: str, _at: datetime) -> Takeover:
    """Apply an event of a takeover; the first one begins it."""
    before = takeover.currencies if takeover else frozenset()
    return Takeover(reference=reference, currencies=before | {event.currency})


def order_from(event: OrderTakenOver, reference: str, _at: datetime) -> Order:
    """
    Return an order as it stands when it is taken over.

    What was dispatched elsewhere counts as one dispatch, number 1.
    """
    return Order(
        reference=reference,
        buyer=event.buyer,
        exporter=event.exporter,
        terms=event.terms,
        total_minor=event.total_minor,
        lines=event.lines,
        undispatched=event.undispatched,
        status=event.status,
        dispatches=0 if event.status == "accepted" else 1,
        delivered=frozenset({1}) if event.status == "delivered" else frozenset(),
        last_dispatched_at=event.dispatched_at,
        placed_at=event.placed_at,
    )


def hold_from(event: HoldTakenOver, reference: str) -> Hold:
    """Return a hold as it stands when it is taken over."""
    return Hold(
        reference=reference,
        buyer=event.buyer,
        exporter=event.exporter,
        currency=event.currency,
        received_minor=sum(event.received_minor),
        held_minor=event.held_minor,
        released=Breakdown(
            gross_minor=event.released_gross_minor,
            fee_minor=event.released_fee_minor,
            tax_minor=event.released_tax_minor,
        ),
        refunded_minor=event.refunded_minor,
        paid_by_step=event.received_minor,
    )


def _check_origin(origin: Origin) -> None:
    key(origin.source, field="source")
    if not SKU.fullmatch(origin.source_reference):
        raise TakeoverMalformed(field="source_reference", problem="not 1 to 64 printable ASCII characters")


def _check_instants(performance: Performance, at: datetime) -> None:
    placed_at, dispatched_at = performance.placed_at, performance.dispatched_at
    _check_instant("placed_at", placed_at, at)
    if (dispatched_at is None) != (performance.status == "accepted"):
        raise TakeoverMalformed(field="dispatched_at", problem=f"doesn't go with {performance.status}")
    if dispatched_at is not None:
        _check_instant("dispatched_at", dispatched_at, at)
        if dispatched_at < placed_at:
            raise TakeoverMalformed(field="dispatched_at", problem="before placed_at")


def _check_instant(field: str, instant: datetime, at: datetime) -> None:
    if instant.tzinfo is None:
        raise TakeoverMalformed(field=field, problem="has no time zone")
    if not is_countable(instant.date()):
        raise TakeoverMalformed(field=field, problem=UNCOUNTABLE)
    if instant > at:
        raise TakeoverMalformed(field=field, problem="later than the takeover")


def _undispatched(performance: Performance, lines: Sequence[Line]) -> tuple[int, ...]:
    ordered = tuple(line.quantity for line in lines)
    left = performance.undispatched
    if performance.status != "part_dispatched":
        if left:
            raise TakeoverMalformed(field="undispatched", problem=f"follows from {performance.status}")
        return ordered if performance.status == "accepted" else (0,) * len(ordered)
    if len(left) != len(ordered) or any(not 0 <= q <= line for q, line in zip(left, ordered, strict=False)):
        raise TakeoverMalformed(field="undispatched", problem="not a quantity of each line, up to what was ordered")
    if left == ordered or not any(left):
        raise TakeoverMalformed(field="undispatched", problem="not a part of what was ordered")
    return left


def _check_money(taken: OrderTakenOver, money: MoneyBefore) -> None:
    if len(money.received_minor) != len(taken.terms.steps) or any(amount < 0 for amount in money.received_minor):
        raise TakeoverMalformed(field="received_minor", problem="not an amount for each payment step")
    received_minor = ranged(sum(money.received_minor))
    if money.refunded_minor < 0:
        raise TakeoverMalformed(field="refunded_minor", problem="below zero")
    released = money.released
    if min(released.fee_minor, released.tax_minor, released.net_minor) < 0 or released.gross_minor > taken.total_minor:
        raise TakeoverMalformed(field="released_minor", problem="below zero, or more than the order's total")
    held_minor = received_minor - released.gross_minor - money.refunded_minor
    if held_minor < 0 or money.held_minor != held_minor:
        problem = f"received less released and refunded is {held_minor}"
        raise TakeoverMalformed(field="held_minor", problem=problem)

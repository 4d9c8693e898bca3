"""An order is what a buyer and an exporter agreed to trade, and how far the exporter has performed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, ClassVar, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from domain.aggregate import Aggregate, Event, HistoryBroken
from domain.amendment import (
    Amendment,
    AmendmentBelowPerformed,
    AmendmentNotFound,
    AmendmentOwn,
    AmendmentPending,
    LineChange,
    OrderAmendmentAccepted,
    OrderAmendmentDeclined,
    OrderAmendmentProposed,
    PendingAmendment,
    stretched,
)
from domain.days import UNCOUNTABLE, is_countable
from domain.errors import Malformed, NotFound, Refused
from domain.money import exponent_of, positive
from domain.references import SKU, RulebookId, key
from domain.rules import Rules, TransportMode
from domain.side import Side

LINES_PER_EVENT_MAX = 250
"""Keeps an event's leaf below 65,535 bytes, the limit of the transparency-log format, whatever the stock codes."""

LINES_MAX = 100_000
QUANTITY_MAX = 2**53 - 1
DISPATCH_LINES_MAX = 1_000

PaymentTrigger = Literal["acceptance", "dispatch", "delivery"]
OrderStatus = Literal[
    "placed", "accepted", "part_dispatched", "dispatched", "delivered", "received", "completed", "cancelled"
]
Receipt = Literal["confirmed", "lapsed"]
Lateness = Literal["dispatch", "delivery"]


class Line(Struct, frozen=True, kw_only=True, gc=False):
    """One position of an order. The number counts from 1; the amount is for the whole quantity, in minor units."""

    number: int
    sku: str
    quantity: int
    amount_minor: int


class PaymentStep(Struct, frozen=True, kw_only=True, gc=False):
    """One of the payments agreed for an order, as a deposit or a balance, and what makes it due."""

    name: str
    amount_minor: int
    trigger: PaymentTrigger = "acceptance"


class LineQuantity(Struct, frozen=True, kw_only=True, gc=False):
    """How much of one line goes with a dispatch."""

    line: int
    quantity: int


class Terms(Struct, frozen=True, kw_only=True, gc=False):
    """What was agreed beside the goods. The steps sum to the order's total."""

    currency: str
    steps: tuple[PaymentStep, ...]
    transport_mode: TransportMode
    ship_by: date
    rulebook: RulebookId
    deliver_by: date | None = None
    """Where the exporter promised a day of arrival as well."""


class OrderPlaced(Event, frozen=True, kw_only=True):
    """A buyer ordered. A long order's further lines follow in `order.lines_added`; `line_count` counts them all."""

    buyer: str
    exporter: str
    terms: Terms
    total_minor: int
    line_count: int
    lines: tuple[Line, ...]


def placed_without_arrival(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an order of schema version 1, when no day of arrival could be agreed, as version 2."""
    return {**fields, "terms": {**fields["terms"], "deliver_by": None}}


class OrderLinesAdded(Event, frozen=True, kw_only=True):
    """Further lines of an order being placed."""

    lines: tuple[Line, ...]


class OrderAccepted(Event, frozen=True, kw_only=True):
    """The exporter took the order on."""


class OrderCancelled(Event, frozen=True, kw_only=True):
    """The order was called off before anything was dispatched."""

    reason: str


class OrderDispatched(Event, frozen=True, kw_only=True):
    """The exporter handed goods to the carrier. Without lines: everything not dispatched before."""

    dispatch: int
    lines: tuple[LineQuantity, ...] | None
    all_dispatched: bool
    """Whether nothing ordered is left with the exporter."""


class OrderDelivered(Event, frozen=True, kw_only=True):
    """The carrier handed a dispatch over at its destination."""

    dispatch: int
    all_delivered: bool
    """Whether everything ordered is dispatched and delivered now."""


class OrderReceiptConfirmed(Event, frozen=True, kw_only=True):
    """The buyer accepted the goods."""


class OrderInspectionLapsed(Event, frozen=True, kw_only=True):
    """The buyer said nothing until the inspection window ended, which accepts the goods."""

    ended_at: datetime


class OrderLatenessFound(Event, frozen=True, kw_only=True):
    """Goods were dispatched after the ship-by date, or delivered after the day promised for it."""

    dispatch: int
    of: Lateness
    due_on: date
    days_late: int


class OrderInspectionExtended(Event, frozen=True, kw_only=True):
    """One side gave the buyer more time to inspect the goods."""

    by: Side
    days: int
    ends_at: datetime


class OrderClaimsEnded(Event, frozen=True, kw_only=True):
    """The time in which the buyer could open a dispute is over."""

    ended_at: datetime


class OrderCompleted(Event, frozen=True, kw_only=True):
    """The goods are received and all of the order's money has gone where it belongs."""


OrderEvent = (
    OrderPlaced
    | OrderLinesAdded
    | OrderAccepted
    | OrderCancelled
    | OrderDispatched
    | OrderDelivered
    | OrderReceiptConfirmed
    | OrderInspectionLapsed
    | OrderAmendmentProposed
    | OrderAmendmentAccepted
    | OrderAmendmentDeclined
    | OrderLatenessFound
    | OrderInspectionExtended
    | OrderClaimsEnded
    | OrderCompleted
)


@dataclass(eq=False, kw_only=True)
class OrderAlreadyPlaced(Refused):
    """An order's key is used once."""

    code: ClassVar[str] = "order.already_placed"
    order: str


@dataclass(eq=False, kw_only=True)
class OrderTermsMalformed(Malformed):
    """A field of the order contradicts another or itself."""

    code: ClassVar[str] = "order.terms_malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class OrderNotInState(Refused):
    """The order isn't at a point where this may happen."""

    code: ClassVar[str] = "order.not_in_state"
    order: str
    status: OrderStatus
    needed: tuple[OrderStatus, ...]


@dataclass(eq=False, kw_only=True)
class OrderCancelledAlready(Refused):
    """A cancelled order takes no money and no goods: money that arrives for it belongs in suspense."""

    code: ClassVar[str] = "order.cancelled"
    order: str


@dataclass(eq=False, kw_only=True)
class OrderAlreadyDispatched(Refused):
    """What was dispatched can't be cancelled any more, only disputed."""

    code: ClassVar[str] = "order.already_dispatched"
    order: str


@dataclass(eq=False, kw_only=True)
class LineNotFound(NotFound):
    """The order has no such line."""

    code: ClassVar[str] = "order.line_not_found"
    order: str
    line: int


@dataclass(eq=False, kw_only=True)
class DispatchExceedsOrder(Refused):
    """More would be dispatched than was ordered."""

    code: ClassVar[str] = "order.dispatch_exceeds_order"
    order: str
    line: int
    quantity: int
    undispatched: int


@dataclass(eq=False, kw_only=True)
class DispatchNotFound(NotFound):
    """The order has no such dispatch."""

    code: ClassVar[str] = "order.dispatch_not_found"
    order: str
    dispatch: int


@dataclass(eq=False, kw_only=True)
class DispatchAlreadyDelivered(Refused):
    """A dispatch is delivered once."""

    code: ClassVar[str] = "order.dispatch_already_delivered"
    order: str
    dispatch: int


@dataclass(eq=False, kw_only=True)
class InspectionRunning(Refused):
    """The buyer may still inspect the goods."""

    code: ClassVar[str] = "order.inspection_running"
    rule: ClassVar[str] = "inspection_days"
    order: str
    ends_at: datetime


@dataclass(eq=False, kw_only=True)
class ExtensionExceeded(Refused):
    """Each side extends the inspection once, by so many days at most, and both together by no more than the cap."""

    code: ClassVar[str] = "order.extension_exceeded"
    rule: ClassVar[str] = "extension_days_max"
    order: str
    days: int
    days_max: int


@dataclass(eq=False, kw_only=True)
class PaymentStepNotFound(NotFound):
    """The order has no such payment step; steps count from 1."""

    code: ClassVar[str] = "order.payment_step_not_found"
    order: str
    step: int


class Order(Aggregate, frozen=True, kw_only=True):
    """The agreement and the performance."""

    buyer: str
    exporter: str
    terms: Terms
    total_minor: int
    lines: tuple[Line, ...]
    undispatched: tuple[int, ...]
    """Quantity of each line that hasn't left the exporter."""
    status: OrderStatus = "placed"
    dispatches: int = 0
    delivered: frozenset[int] = frozenset()
    last_dispatched_at: datetime | None = None
    made_whole_at: datetime | None = None
    """When an amendment left nothing more to dispatch, and so began the inspection."""
    receipt: Receipt | None = None
    received_at: datetime | None = None
    placed_at: datetime | None = None
    amendments: int = 0
    pending_amendment: PendingAmendment | None = None
    extended_days: dict[Side, int] = field(default_factory=dict)
    days_late: int = 0
    """The most that any of its goods were late, in days."""
    claims_ended: bool = False
    """Whether the time for disputes is over."""

    @property
    def currency(self) -> str:
        """Return the currency of everything in this order."""
        return self.terms.currency

    @property
    def inspected_from(self) -> datetime | None:
        """Return from when the buyer's time to inspect is counted: all that was ordered is on its way by then."""
        return max(filter(None, (self.last_dispatched_at, self.made_whole_at)), default=None)

    def accept(self) -> OrderAccepted:
        """
        Take the order on, in the exporter's name.

        Raises: OrderNotInState.
        """
        self._need("placed")
        return OrderAccepted()

    def cancel(self, *, reason: str) -> OrderCancelled:
        """
        Call the order off. The reason is a code, no prose: prose may name people.

        Raises, in this order: ReferenceMalformed, OrderCancelledAlready, OrderAlreadyDispatched.
        """
        key(reason, field="reason")
        self._need_uncancelled()
        if self.dispatches:
            raise OrderAlreadyDispatched(order=self.reference)
        return OrderCancelled(reason=reason)

    def dispatch(self, lines: Sequence[LineQuantity] | None) -> OrderDispatched:
        """
        Hand goods to the carrier; without lines, all that is left.

        Raises, in this order: OrderCancelledAlready, OrderNotInState, OrderTermsMalformed (a line named twice, none or
        too many), OrderTermsMalformed (a quantity below 1), for each line LineNotFound and DispatchExceedsOrder.
        """
        self._need_uncancelled()
        self._need("accepted", "part_dispatched")
        if lines is not None:
            self._check_dispatch(lines)
        going = sum(self.undispatched) if lines is None else sum(line.quantity for line in lines)
        return OrderDispatched(
            dispatch=self.dispatches + 1,
            lines=None if lines is None else tuple(lines),
            all_dispatched=going == sum(self.undispatched),
        )

    def deliver(self, dispatch: int | None) -> OrderDelivered:
        """
        Record that the carrier handed a dispatch over; without a number, the latest.

        Raises, in this order: DispatchNotFound, DispatchAlreadyDelivered.
        """
        number = self.dispatches if dispatch is None else dispatch
        if not 1 <= number <= self.dispatches:
            raise DispatchNotFound(order=self.reference, dispatch=number)
        if number in self.delivered:
            raise DispatchAlreadyDelivered(order=self.reference, dispatch=number)
        last = self.status == "dispatched" and len(self.delivered) + 1 == self.dispatches
        return OrderDelivered(dispatch=number, all_delivered=last)

    def confirm_receipt(self) -> OrderReceiptConfirmed:
        """
        Accept the goods, in the buyer's name. The buyer's word stands for the carrier's where no delivery was recorded.

        Raises: OrderNotInState.
        """
        self._need("dispatched", "delivered")
        return OrderReceiptConfirmed()

    def lapse_inspection(self, *, at: datetime, ends_at: datetime) -> OrderInspectionLapsed:
        """
        Accept the goods by the buyer's silence.

        Raises, in this order: OrderNotInState, InspectionRunning.
        Source: shared reference, section 1.2 "Auto-confirm of receipt".
        """
        self._need("dispatched", "delivered")
        if at < ends_at:
            raise InspectionRunning(order=self.reference, ends_at=ends_at)
        return OrderInspectionLapsed(ended_at=ends_at)

    def inspection_ends_at(self, rules: Rules, *, now: datetime) -> datetime:
        """Return the instant from which a silent buyer has accepted the goods; `now` stands for no dispatch at all."""
        begun_at = self.inspected_from or now
        extended = timedelta(days=sum(self.extended_days.values()))
        return rules.inspection_ends_at(begun_at, self.terms.transport_mode) + extended

    def extend_inspection(
        self, *, by: Side, days: int | None, ends_at: datetime, rules: Rules
    ) -> OrderInspectionExtended:
        """
        Give the buyer more time, in one side's name; without days, as many as the rules let a side give.

        ends_at: of the inspection as it stands.

        Raises, in this order: OrderNotInState, ExtensionExceeded.
        Source: shared reference, section 1.2 "Extension".
        """
        self._need("dispatched", "delivered")
        wanted = rules.extension_days if days is None else days
        left = rules.extension_days_max - sum(self.extended_days.values())
        most = 0 if by in self.extended_days else max(0, min(rules.extension_days, left))
        if not 1 <= wanted <= most:
            raise ExtensionExceeded(order=self.reference, days=wanted, days_max=most)
        return OrderInspectionExtended(by=by, days=wanted, ends_at=ends_at + timedelta(days=wanted))

    def find_lateness(self, of: Lateness, dispatch: int, on: date) -> OrderLatenessFound | None:
        """Return how late a dispatch left, or arrived, on a day; nothing where it was in time or no day was agreed."""
        due_on = self.terms.ship_by if of == "dispatch" else self.terms.deliver_by
        if due_on is None or on <= due_on:
            return None
        return OrderLatenessFound(dispatch=dispatch, of=of, due_on=due_on, days_late=(on - due_on).days)

    def days_late_on(self, day: date) -> int:
        """Return how late the order is: found already, or by not being dispatched on a day."""
        waiting = (day - self.terms.ship_by).days if self.status in {"accepted", "part_dispatched"} else 0
        return max(self.days_late, waiting, 0)

    def end_claims(self, *, at: datetime) -> OrderClaimsEnded:
        """Let the time for disputes be over. Refuses nothing: its clock runs once."""
        return OrderClaimsEnded(ended_at=at)

    def propose_amendment(self, change: Amendment, *, by: Side, paid_out_minor: int) -> OrderAmendmentProposed:
        """
        Ask the other side for a change, in one side's name.

        paid_out_minor: what has been released to the exporter, below which the total can't fall.

        Raises, in this order: OrderTermsMalformed (nothing changes), OrderTermsMalformed (a line named twice, or too
        many), for each line OrderTermsMalformed and AmountOutOfRange, for each payment step AmountOutOfRange,
        OrderCancelledAlready, OrderNotInState, AmendmentPending, LineNotFound, AmountOutOfRange (the total), for each
        line AmendmentBelowPerformed and OrderNotInState (more of it, once received), AmendmentBelowPerformed (the
        total), OrderTermsMalformed (the payment steps), OrderTermsMalformed (the days).
        """
        _check_amendment(change)
        self._need_uncancelled()
        self._need("accepted", "part_dispatched", "dispatched", "delivered", "received")
        if self.pending_amendment:
            raise AmendmentPending(order=self.reference, amendment=self.pending_amendment.number)
        total_minor = self._total_after(change)
        self._check_performed(change, total_minor, paid_out_minor)
        self._check_steps(change, total_minor)
        _check_days(change.ship_by or self.terms.ship_by, change.deliver_by or self.terms.deliver_by)
        return OrderAmendmentProposed(amendment=self.amendments + 1, by=by, change=change, total_minor=total_minor)

    def accept_amendment(self, amendment: int, *, by: Side, paid_out_minor: int) -> OrderAmendmentAccepted:
        """
        Agree to a change, in the other side's name.

        Raises, in this order: AmendmentNotFound, AmendmentOwn, OrderCancelledAlready, OrderNotInState; and if more was
        dispatched, received or paid out meanwhile, for each line AmendmentBelowPerformed and OrderNotInState (more of
        it, once received), AmendmentBelowPerformed (the total).
        """
        pending = self._get_amendment(amendment)
        if pending.by == by:
            raise AmendmentOwn(order=self.reference, amendment=amendment, side=by)
        self._need_uncancelled()
        self._need("accepted", "part_dispatched", "dispatched", "delivered", "received")
        self._check_performed(pending.change, pending.total_minor, paid_out_minor)
        return OrderAmendmentAccepted(amendment=amendment, by=by)

    def decline_amendment(self, amendment: int, *, by: Side, reason: str) -> OrderAmendmentDeclined:
        """
        Refuse a change, or take one's own back. The reason is a code.

        Raises, in this order: ReferenceMalformed, AmendmentNotFound.
        """
        key(reason, field="reason")
        self._get_amendment(amendment)
        return OrderAmendmentDeclined(amendment=amendment, by=by, reason=reason)

    def complete(self) -> OrderCompleted:
        """
        Close the trade.

        Raises: OrderNotInState.
        """
        self._need("received")
        return OrderCompleted()

    def check_payable(self, step: int) -> None:
        """
        Check that money for a payment step may be held.

        Raises, in this order: OrderCancelledAlready, OrderNotInState, PaymentStepNotFound.
        """
        self._need_uncancelled()
        if self.status == "placed":
            self._need("accepted")
        if not 1 <= step <= len(self.terms.steps):
            raise PaymentStepNotFound(order=self.reference, step=step)

    def check_over(self) -> None:
        """
        Check that nothing more will come of the order.

        Raises: OrderNotInState.
        """
        self._need("completed", "cancelled")

    def _get_amendment(self, amendment: int) -> PendingAmendment:
        if self.pending_amendment is None or self.pending_amendment.number != amendment:
            raise AmendmentNotFound(order=self.reference, amendment=amendment)
        return self.pending_amendment

    def get_line(self, number: int) -> Line:
        """
        Return a line by its number, from 1.

        Raises: LineNotFound.
        """
        if not 1 <= number <= len(self.lines):
            raise LineNotFound(order=self.reference, line=number)
        return self.lines[number - 1]

    def _total_after(self, change: Amendment) -> int:
        for line in change.lines:
            self.get_line(line.line)
        amounts = {line.number: line.amount_minor for line in self.lines}
        amounts |= {line.line: line.amount_minor for line in change.lines}
        return positive(sum(amounts.values()))

    def _check_performed(self, change: Amendment, total_minor: int, paid_out_minor: int) -> None:
        for line in change.lines:
            dispatched = self.lines[line.line - 1].quantity - self.undispatched[line.line - 1]
            if line.quantity < dispatched:
                raise AmendmentBelowPerformed(
                    order=self.reference, field=f"lines.{line.line}.quantity", wanted=line.quantity, least=dispatched
                )
            if line.quantity > self.lines[line.line - 1].quantity:
                self._need("accepted", "part_dispatched", "dispatched", "delivered")
        if total_minor < paid_out_minor:
            raise AmendmentBelowPerformed(
                order=self.reference, field="total_minor", wanted=total_minor, least=paid_out_minor
            )

    def _step_amounts(self, change: Amendment, total_minor: int) -> tuple[int, ...]:
        return change.step_amounts_minor or stretched([step.amount_minor for step in self.terms.steps], total_minor)

    def _check_steps(self, change: Amendment, total_minor: int) -> None:
        amounts = self._step_amounts(change, total_minor)
        if len(amounts) != len(self.terms.steps) or sum(amounts) != total_minor or min(amounts) < 1:
            raise OrderTermsMalformed(
                field="step_amounts_minor",
                problem=f"{len(self.terms.steps)} amounts above zero are needed that sum to {total_minor}",
            )

    def amended(self, *, at: datetime) -> "Order":
        """Return the order as its pending amendment, accepted at an instant, makes it."""
        pending = begun_amendment(self)
        change = pending.change
        changed = {line.line: line for line in change.lines}
        lines = tuple(_line_after(line, changed.get(line.number)) for line in self.lines)
        left = tuple(
            after.quantity - (before.quantity - undispatched)
            for before, after, undispatched in zip(self.lines, lines, self.undispatched, strict=True)
        )
        terms = replace(
            self.terms,
            steps=tuple(
                replace(step, amount_minor=amount)
                for step, amount in zip(self.terms.steps, self._step_amounts(change, pending.total_minor), strict=True)
            ),
            ship_by=change.ship_by or self.terms.ship_by,
            deliver_by=change.deliver_by or self.terms.deliver_by,
        )
        status = _status_after(self.status, left)
        return replace(
            self,
            lines=lines,
            undispatched=left,
            terms=terms,
            total_minor=pending.total_minor,
            pending_amendment=None,
            status=status,
            made_whole_at=at if self.status != status == "dispatched" else self.made_whole_at,
        )

    def _need(self, *needed: OrderStatus) -> None:
        if self.status not in needed:
            raise OrderNotInState(order=self.reference, status=self.status, needed=needed)

    def _need_uncancelled(self) -> None:
        if self.status == "cancelled":
            raise OrderCancelledAlready(order=self.reference)

    def _check_dispatch(self, lines: Sequence[LineQuantity]) -> None:
        if not 1 <= len(lines) <= DISPATCH_LINES_MAX or len({line.line for line in lines}) < len(lines):
            raise OrderTermsMalformed(field="lines", problem=f"1 to {DISPATCH_LINES_MAX} lines are needed, each once")
        if any(line.quantity < 1 for line in lines):
            raise OrderTermsMalformed(field="lines.quantity", problem="below 1")
        for line in lines:
            if not 1 <= line.line <= len(self.lines):
                raise LineNotFound(order=self.reference, line=line.line)
            if line.quantity > self.undispatched[line.line - 1]:
                raise DispatchExceedsOrder(
                    order=self.reference,
                    line=line.line,
                    quantity=line.quantity,
                    undispatched=self.undispatched[line.line - 1],
                )


def place(
    existing: Order | None, *, buyer: str, exporter: str, terms: Terms, lines: Sequence[Line]
) -> Iterator[OrderPlaced | OrderLinesAdded]:
    """
    Order goods: one event, and further ones where there are more than 250 lines.

    Raises, in this order: ReferenceMalformed (the buyer), ReferenceMalformed (the exporter), CurrencyUnknown,
    OrderTermsMalformed (how many lines), for each line OrderTermsMalformed and AmountOutOfRange, AmountOutOfRange (the
    total), for each payment step ReferenceMalformed and AmountOutOfRange, OrderTermsMalformed (what the steps sum to),
    OrderTermsMalformed (the days), all before any state is looked at; OrderAlreadyPlaced.
    """
    key(buyer, field="buyer")
    key(exporter, field="exporter")
    exponent_of(terms.currency)
    _check_lines(lines)
    total_minor = positive(sum(line.amount_minor for line in lines))
    _check_steps(terms.steps, total_minor)
    _check_days(terms.ship_by, terms.deliver_by)
    if existing:
        raise OrderAlreadyPlaced(order=existing.reference)
    yield OrderPlaced(
        buyer=buyer,
        exporter=exporter,
        terms=terms,
        total_minor=total_minor,
        line_count=len(lines),
        lines=tuple(lines[:LINES_PER_EVENT_MAX]),
    )
    cuts = [*range(LINES_PER_EVENT_MAX, len(lines), LINES_PER_EVENT_MAX), len(lines)]
    for start, end in pairwise(cuts):
        yield OrderLinesAdded(lines=tuple(lines[start:end]))


def _check_amendment(change: Amendment) -> None:
    if not (change.lines or change.step_amounts_minor or change.ship_by or change.deliver_by):
        raise OrderTermsMalformed(field="change", problem="changes nothing")
    if len(change.lines) > DISPATCH_LINES_MAX or len({line.line for line in change.lines}) < len(change.lines):
        raise OrderTermsMalformed(field="lines", problem=f"up to {DISPATCH_LINES_MAX} lines, each once")
    for line in change.lines:
        if not 1 <= line.quantity <= QUANTITY_MAX:
            raise OrderTermsMalformed(field="lines.quantity", problem=f"line {line.line}: below 1 or beyond 2^53 - 1")
        positive(line.amount_minor)
    for amount_minor in change.step_amounts_minor:
        positive(amount_minor)


def _check_lines(lines: Sequence[Line]) -> None:
    if not 1 <= len(lines) <= LINES_MAX:
        raise OrderTermsMalformed(field="lines", problem=f"between 1 and {LINES_MAX} lines are needed")
    for number, line in enumerate(lines, start=1):
        if line.number != number:
            raise OrderTermsMalformed(field="lines.number", problem=f"line {number} is numbered {line.number}")
        if not SKU.fullmatch(line.sku):
            raise OrderTermsMalformed(field="lines.sku", problem=f"line {number}: 1 to 64 printable ASCII characters")
        if not 1 <= line.quantity <= QUANTITY_MAX:
            raise OrderTermsMalformed(field="lines.quantity", problem=f"line {number}: below 1 or beyond 2^53 - 1")
        positive(line.amount_minor)


def _check_steps(steps: Sequence[PaymentStep], total_minor: int) -> None:
    for step in steps:
        key(step.name, field="terms.steps.name")
        positive(step.amount_minor)
    if sum(step.amount_minor for step in steps) != total_minor:
        raise OrderTermsMalformed(field="terms.steps", problem=f"don't sum to the lines' total of {total_minor}")


def _check_days(ship_by: date, deliver_by: date | None) -> None:
    if not is_countable(ship_by):
        raise OrderTermsMalformed(field="ship_by", problem=UNCOUNTABLE)
    if not is_countable(deliver_by):
        raise OrderTermsMalformed(field="deliver_by", problem=UNCOUNTABLE)
    if deliver_by and deliver_by < ship_by:
        raise OrderTermsMalformed(field="deliver_by", problem="before ship_by")


def begun_amendment(order: Order) -> PendingAmendment:
    """
    Return the amendment that an acceptance follows on.

    Raises: HistoryBroken.
    """
    if order.pending_amendment is None:
        raise HistoryBroken
    return order.pending_amendment


def _line_after(line: Line, change: LineChange | None) -> Line:
    return replace(line, quantity=change.quantity, amount_minor=change.amount_minor) if change else line


def _status_after(status: OrderStatus, undispatched: Sequence[int]) -> OrderStatus:
    if status == "part_dispatched" and not any(undispatched):
        return "dispatched"
    if status in {"dispatched", "delivered"} and any(undispatched):
        return "part_dispatched"
    return status

"""Order: its terms are consistent, its goods leave once, and it is accepted, called off or received in order."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from domain.commands import (
    AcceptOrder,
    CancelOrder,
    ConfirmReceipt,
    DispatchGoods,
    EndClaims,
    LapseInspection,
    LapseInspectionByClock,
    PlaceOrder,
    RecordDelivery,
    RecordPayment,
)
from domain.dispute_refusals import DisputeAlreadyOpen
from domain.hold import HoldOpened
from domain.money import MINOR_MAX, AmountOutOfRange, CurrencyUnknown
from domain.order import (
    LINES_PER_EVENT_MAX,
    DispatchAlreadyDelivered,
    DispatchExceedsOrder,
    DispatchNotFound,
    InspectionRunning,
    Lateness,
    Line,
    LineNotFound,
    LineQuantity,
    Order,
    OrderAccepted,
    OrderAlreadyDispatched,
    OrderAlreadyPlaced,
    OrderCancelled,
    OrderCancelledAlready,
    OrderClaimsEnded,
    OrderCompleted,
    OrderDelivered,
    OrderDispatched,
    OrderInspectionLapsed,
    OrderLatenessFound,
    OrderLinesAdded,
    OrderNotInState,
    OrderPlaced,
    OrderReceiptConfirmed,
    OrderTermsMalformed,
    PaymentStep,
    PaymentStepNotFound,
)
from domain.references import ReferenceMalformed
from domain.rulebook import RulebookDrafted, RulebookNotInState
from domain.unit_of_work import AggregateNotFound
from tests.disputes import DISPUTE, claim, day, disputed
from tests.given import (
    AT,
    HOLD,
    OPERATOR,
    ORDER,
    RULEBOOK,
    RULES,
    agreed,
    delivered,
    folded,
    given,
    line,
    on,
    paid,
    placed,
    ruled,
    terms,
    usd,
)

PLACE = PlaceOrder(
    order="PO-1",
    buyer="BUY-1",
    exporter="EXP-1",
    currency="USD",
    lines=(line(),),
    transport_mode="sea",
    ship_by=terms().ship_by,
)
ACCEPT = AcceptOrder(order="PO-1")
CANCEL = CancelOrder(order="PO-1", reason="out-of-stock")
DISPATCH = DispatchGoods(order="PO-1")
DELIVER = RecordDelivery(order="PO-1")
CONFIRM = ConfirmReceipt(order="PO-1")
LAPSE = LapseInspection(order="PO-1")
CANCELLED = on(ORDER, OrderCancelled(reason="out-of-stock"))
ALL_DISPATCHED = OrderDispatched(dispatch=1, lines=None, all_dispatched=True)
TWO_LINES = (line(1, quantity=10), line(2, quantity=5))


def place(**changes: Any) -> PlaceOrder:
    return msgspec.structs.replace(PLACE, **changes)


def dispatch(*lines: tuple[int, int]) -> DispatchGoods:
    return DispatchGoods(
        order="PO-1", lines=tuple(LineQuantity(line=number, quantity=quantity) for number, quantity in lines)
    )


def part(number: int, *lines: tuple[int, int]) -> OrderDispatched:
    return OrderDispatched(dispatch=number, lines=dispatch(*lines).lines, all_dispatched=False)


class TestPlacing:
    def test_an_order_is_placed_as_agreed(self) -> None:
        given(ruled()).when(PLACE).then(on(ORDER, placed())).leaves(
            ORDER, status="placed", total_minor=10_000, undispatched=(10,), currency="USD"
        )

    def test_without_steps_the_whole_is_due_on_acceptance(self) -> None:
        whole = PaymentStep(name="whole", amount_minor=10_000, trigger="acceptance")
        given(ruled()).when(PLACE).leaves(ORDER, terms=terms(whole))

    def test_agreed_steps_are_kept(self) -> None:
        steps = (
            PaymentStep(name="deposit", amount_minor=3_000),
            PaymentStep(name="balance", amount_minor=7_000, trigger="dispatch"),
        )
        given(ruled()).when(place(steps=steps)).then(on(ORDER, placed(steps=steps)))

    @pytest.mark.parametrize(
        ("lines", "events"),
        [
            (LINES_PER_EVENT_MAX, [LINES_PER_EVENT_MAX]),
            (LINES_PER_EVENT_MAX + 1, [LINES_PER_EVENT_MAX, 1]),
            (2 * LINES_PER_EVENT_MAX, [LINES_PER_EVENT_MAX, LINES_PER_EVENT_MAX]),
            (2 * LINES_PER_EVENT_MAX + 7, [LINES_PER_EVENT_MAX, LINES_PER_EVENT_MAX, 7]),
        ],
    )
    def test_a_long_order_is_several_events_and_one_order(self, lines: int, events: list[int]) -> None:
        ordered = tuple(line(number, amount_minor=1) for number in range(1, lines + 1))
        then = given(ruled()).when(place(lines=ordered)).leaves(ORDER, lines=ordered, undispatched=(10,) * lines)
        made = [step.event for step in then.steps]
        assert [len(event.lines) for event in made if isinstance(event, OrderPlaced | OrderLinesAdded)] == events
        assert isinstance(made[0], OrderPlaced)
        assert (made[0].line_count, made[0].total_minor) == (lines, lines)

    def test_a_key_is_used_once(self) -> None:
        given(ruled(), on(ORDER, placed())).when(PLACE).refused(OrderAlreadyPlaced, order=ORDER)

    @pytest.mark.parametrize(
        ("changes", "field"), [({"order": "a/b"}, "order"), ({"buyer": ""}, "buyer"), ({"exporter": "a b"}, "exporter")]
    )
    def test_order_and_parties_are_keys(self, changes: dict[str, str], field: str) -> None:
        given(ruled()).when(place(**changes)).refused(ReferenceMalformed, field=field)

    def test_a_step_is_named_by_a_key(self) -> None:
        steps = (PaymentStep(name="first half", amount_minor=10_000),)
        given(ruled()).when(place(steps=steps)).refused(ReferenceMalformed, field="terms.steps.name")

    def test_the_currency_exists(self) -> None:
        given(ruled()).when(place(currency="XAU")).refused(CurrencyUnknown, currency="XAU")

    @pytest.mark.parametrize(
        ("lines", "field"),
        [
            ((), "lines"),
            ((line(2),), "lines.number"),
            ((line(1), line(1)), "lines.number"),
            ((line(0),), "lines.number"),
            ((Line(number=1, sku="", quantity=1, amount_minor=1),), "lines.sku"),
            ((Line(number=1, sku="tab\t", quantity=1, amount_minor=1),), "lines.sku"),
            ((line(quantity=0),), "lines.quantity"),
            ((line(quantity=-1),), "lines.quantity"),
            ((line(quantity=2**53),), "lines.quantity"),
        ],
    )
    def test_lines_are_numbered_named_and_counted(self, lines: tuple[Line, ...], field: str) -> None:
        given(ruled()).when(place(lines=lines)).refused(OrderTermsMalformed, field=field)

    def test_an_order_has_at_most_100_000_lines(self) -> None:
        lines = tuple(Line(number=number, sku="x", quantity=1, amount_minor=1) for number in range(1, 100_002))
        given(ruled()).when(place(lines=lines)).refused(OrderTermsMalformed, field="lines")

    @pytest.mark.parametrize("amount_minor", [0, -1, MINOR_MAX + 1])
    def test_every_line_costs_something_within_range(self, amount_minor: int) -> None:
        given(ruled()).when(place(lines=(line(amount_minor=amount_minor),))).refused(
            AmountOutOfRange, amount_minor=amount_minor
        )

    def test_the_total_is_within_range_as_well(self) -> None:
        lines = (line(1, amount_minor=MINOR_MAX), line(2, amount_minor=1))
        given(ruled()).when(place(lines=lines)).refused(AmountOutOfRange, amount_minor=MINOR_MAX + 1)

    @pytest.mark.parametrize("amount_minor", [9_999, 10_001])
    def test_steps_sum_to_the_total(self, amount_minor: int) -> None:
        steps = (PaymentStep(name="whole", amount_minor=amount_minor),)
        given(ruled()).when(place(steps=steps)).refused(OrderTermsMalformed, field="terms.steps")

    def test_a_step_is_of_something(self) -> None:
        steps = (PaymentStep(name="a", amount_minor=10_000), PaymentStep(name="b", amount_minor=0))
        given(ruled()).when(place(steps=steps)).refused(AmountOutOfRange, amount_minor=0)

    def test_the_rulebook_exists_and_is_published(self) -> None:
        given().when(PLACE).refused(AggregateNotFound, kind="rulebook", key="standard/1")
        given(on(RULEBOOK, RulebookDrafted(rules=RULES, drafted_by=OPERATOR))).when(PLACE).refused(
            RulebookNotInState, status="drafted", needed="published"
        )

    def test_an_order_takes_the_rulebook_it_names(self) -> None:
        given(ruled()).when(place(rulebook="standard/2")).refused(AggregateNotFound, key="standard/2")

    def test_goods_arrive_after_they_are_sent(self) -> None:
        before = terms().ship_by - timedelta(days=1)
        given(ruled()).when(place(deliver_by=before)).refused(OrderTermsMalformed, field="deliver_by")
        given(ruled()).when(place(deliver_by=terms().ship_by)).then_topics("OrderPlaced")

    @pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(9001, 1, 1), date.max])
    def test_a_day_that_nobody_means_is_refused_before_deadlines_are_counted_from_it(self, day: date) -> None:
        given(ruled()).when(place(ship_by=day)).refused(OrderTermsMalformed, field="ship_by")
        given(ruled()).when(place(deliver_by=day)).refused(OrderTermsMalformed, field="deliver_by")

    def test_of_two_bad_lines_the_first_is_named(self) -> None:
        lines = (line(1, quantity=0), line(7))
        given(ruled()).when(place(lines=lines)).refused(OrderTermsMalformed, field="lines.quantity")


class TestAccepting:
    def test_accepting_opens_the_hold(self) -> None:
        given(ruled(), on(ORDER, placed())).when(ACCEPT).then(
            on(ORDER, OrderAccepted()),
            on(HOLD, HoldOpened(buyer="BUY-1", exporter="EXP-1", currency="USD", steps=1)),
        )

    def test_an_order_is_accepted_once(self) -> None:
        given(*agreed()).when(ACCEPT).refused(OrderNotInState, order=ORDER, status="accepted", needed=("placed",))

    def test_a_cancelled_order_is_not_accepted(self) -> None:
        given(ruled(), on(ORDER, placed()), CANCELLED).when(ACCEPT).refused(OrderNotInState, status="cancelled")

    @pytest.mark.parametrize("command", [ACCEPT, CANCEL, DISPATCH, DELIVER, CONFIRM, LAPSE])
    def test_an_order_that_was_never_placed_is_not_found(self, command: AcceptOrder) -> None:
        given(ruled()).when(command).refused(AggregateNotFound, kind="order", key="PO-1")


class TestCancelling:
    def test_an_order_is_called_off_before_and_after_acceptance(self) -> None:
        given(ruled(), on(ORDER, placed())).when(CANCEL).then(CANCELLED).leaves(ORDER, status="cancelled")
        given(*agreed()).when(CANCEL).leaves(ORDER, status="cancelled")

    def test_the_reason_is_a_code(self) -> None:
        given(*agreed()).when(CancelOrder(order="PO-1", reason="Mr Smith died")).refused(
            ReferenceMalformed, field="reason"
        )

    def test_an_order_is_called_off_once(self) -> None:
        given(*agreed(), CANCELLED).when(CANCEL).refused(OrderCancelledAlready, order=ORDER)

    def test_what_was_dispatched_is_not_called_off(self) -> None:
        given(*agreed(), on(ORDER, ALL_DISPATCHED)).when(CANCEL).refused(OrderAlreadyDispatched, order=ORDER)
        given(*agreed(), on(ORDER, part(1, (1, 1)))).when(CANCEL).refused(OrderAlreadyDispatched)

    def test_what_is_disputed_is_not_called_off(self) -> None:
        given(*paid()).said(claim()).when(CANCEL).refused(DisputeAlreadyOpen, dispute=DISPUTE)
        given(*disputed(), on(ORDER, ALL_DISPATCHED)).when(CANCEL).refused(OrderAlreadyDispatched)


class TestLateness:
    """The ship-by day is 1 December, nine days after day 0; arrival may be promised as well."""

    PROMISED = replace(terms(PaymentStep(name="whole", amount_minor=10_000)), deliver_by=date(2027, 1, 10))

    def late(self, *, dispatch: int = 1, of: Lateness, due_on: date, days: int) -> OrderLatenessFound:
        return OrderLatenessFound(dispatch=dispatch, of=of, due_on=due_on, days_late=days)

    def test_goods_that_leave_on_the_last_day_are_in_time(self) -> None:
        given(*agreed()).when(DISPATCH, at=day(9) + timedelta(hours=14)).then(on(ORDER, ALL_DISPATCHED))

    def test_goods_that_leave_later_are_late_by_days(self) -> None:
        found = self.late(of="dispatch", due_on=date(2026, 12, 1), days=1)
        given(*agreed()).when(DISPATCH, at=day(9) + timedelta(hours=15)).then(on(ORDER, ALL_DISPATCHED, found)).leaves(
            ORDER, days_late=1
        )

    def test_the_day_is_the_rules_own(self) -> None:
        in_india = agreed(rules=replace(RULES, time_zone="Asia/Kolkata"))
        given(*in_india).when(DISPATCH, at=day(9) + timedelta(hours=9)).then_topics("OrderDispatched")
        given(*in_india).when(DISPATCH, at=day(9) + timedelta(hours=10)).then_topics(
            "OrderDispatched", "OrderLatenessFound"
        )

    def test_each_part_is_as_late_as_it_is_and_the_order_as_its_latest(self) -> None:
        story = given(*agreed(*TWO_LINES)).said(dispatch((1, 4)), at=day(9)).said(dispatch((1, 6)), at=day(12))
        story.when(dispatch((2, 5)), at=day(10)).then(
            on(
                ORDER,
                OrderDispatched(dispatch=3, lines=dispatch((2, 5)).lines, all_dispatched=True),
                self.late(dispatch=3, of="dispatch", due_on=date(2026, 12, 1), days=1),
            )
        ).leaves(ORDER, days_late=3, dispatches=3)

    def test_goods_that_arrive_after_the_promised_day_are_late(self) -> None:
        promised = on(ORDER, replace(placed(), terms=self.PROMISED), OrderAccepted(), ALL_DISPATCHED)
        story = given(ruled(), promised)
        story.when(DELIVER, at=datetime(2027, 1, 13, tzinfo=UTC)).then(
            on(
                ORDER,
                OrderDelivered(dispatch=1, all_delivered=True),
                self.late(of="delivery", due_on=date(2027, 1, 10), days=3),
            )
        )

    def test_where_no_day_was_promised_no_arrival_is_late(self) -> None:
        given(*agreed(), on(ORDER, ALL_DISPATCHED)).when(DELIVER, at=day(400)).then_topics("OrderDelivered")


class TestDispatching:
    def test_without_lines_all_goes(self) -> None:
        given(*agreed(*TWO_LINES)).when(DISPATCH).then(on(ORDER, ALL_DISPATCHED)).leaves(
            ORDER, status="dispatched", undispatched=(0, 0), dispatches=1, last_dispatched_at=AT
        )

    def test_goods_may_leave_in_parts(self) -> None:
        given(*agreed(*TWO_LINES)).when(dispatch((1, 4))).then(on(ORDER, part(1, (1, 4)))).leaves(
            ORDER, status="part_dispatched", undispatched=(6, 5)
        )

    def test_the_last_part_completes_the_dispatch(self) -> None:
        before = given(*agreed(*TWO_LINES), on(ORDER, part(1, (1, 4), (2, 5))))
        before.when(dispatch((1, 6))).leaves(ORDER, status="dispatched", undispatched=(0, 0), dispatches=2)

    def test_without_lines_what_is_left_goes(self) -> None:
        given(*agreed(*TWO_LINES), on(ORDER, part(1, (1, 4)))).when(DISPATCH).then(
            on(ORDER, OrderDispatched(dispatch=2, lines=None, all_dispatched=True))
        ).leaves(ORDER, status="dispatched", undispatched=(0, 0))

    def test_more_than_ordered_does_not_go(self) -> None:
        given(*agreed(*TWO_LINES)).when(dispatch((2, 6))).refused(
            DispatchExceedsOrder, order=ORDER, line=2, quantity=6, undispatched=5
        )

    def test_what_went_does_not_go_again(self) -> None:
        given(*agreed(*TWO_LINES), on(ORDER, part(1, (1, 8)))).when(dispatch((1, 3))).refused(
            DispatchExceedsOrder, undispatched=2
        )

    @pytest.mark.parametrize(
        ("lines", "field"), [((), "lines"), (((1, 1), (1, 2)), "lines"), (((1, 0),), "lines.quantity")]
    )
    def test_a_dispatch_names_each_line_once_and_something_of_it(
        self, lines: tuple[tuple[int, int], ...], field: str
    ) -> None:
        given(*agreed(*TWO_LINES)).when(dispatch(*lines)).refused(OrderTermsMalformed, field=field)

    @pytest.mark.parametrize("number", [0, -1, 3])
    def test_a_dispatch_names_lines_of_the_order(self, number: int) -> None:
        given(*agreed(*TWO_LINES)).when(dispatch((number, 1))).refused(LineNotFound, order=ORDER, line=number)

    def test_goods_leave_only_between_acceptance_and_the_last_dispatch(self) -> None:
        given(ruled(), on(ORDER, placed())).when(DISPATCH).refused(OrderNotInState, status="placed")
        given(*agreed(), on(ORDER, ALL_DISPATCHED)).when(DISPATCH).refused(
            OrderNotInState, status="dispatched", needed=("accepted", "part_dispatched")
        )
        given(*delivered(0)).when(DISPATCH).refused(OrderNotInState, status="delivered")

    def test_a_cancelled_order_takes_no_goods(self) -> None:
        given(*agreed(), CANCELLED).when(DISPATCH).refused(OrderCancelledAlready, order=ORDER)

    def test_a_dispatch_recorded_late_does_not_shorten_the_inspection(self) -> None:
        before = given(*agreed(*TWO_LINES)).said(dispatch((1, 1)))
        before.when(dispatch((1, 1)), at=AT - timedelta(days=9)).leaves(ORDER, last_dispatched_at=AT)


class TestDelivering:
    def test_without_a_number_the_latest_dispatch_is_delivered(self) -> None:
        given(*agreed(*TWO_LINES), on(ORDER, part(1, (1, 1)), part(2, (1, 1)))).when(DELIVER).then(
            on(ORDER, OrderDelivered(dispatch=2, all_delivered=False))
        ).leaves(ORDER, status="part_dispatched", delivered=frozenset({2}))

    def test_the_order_is_delivered_when_every_dispatch_is(self) -> None:
        last = OrderDispatched(dispatch=2, lines=None, all_dispatched=True)
        before = given(*agreed(*TWO_LINES), on(ORDER, part(1, (1, 1)), last)).said(DELIVER)
        before.when(RecordDelivery(order="PO-1", dispatch=1)).then(
            on(ORDER, OrderDelivered(dispatch=1, all_delivered=True))
        ).leaves(ORDER, status="delivered")

    def test_a_delivery_before_the_last_dispatch_does_not_deliver_the_order(self) -> None:
        before = given(*agreed(*TWO_LINES), on(ORDER, part(1, (1, 1)))).said(DELIVER)
        before.when(DISPATCH).leaves(ORDER, status="dispatched")

    @pytest.mark.parametrize("number", [None, 0, 1, -1])
    def test_what_was_not_dispatched_is_not_delivered(self, number: int | None) -> None:
        given(*agreed()).when(RecordDelivery(order="PO-1", dispatch=number)).refused(
            DispatchNotFound, order=ORDER, dispatch=number or 0
        )

    def test_a_dispatch_is_delivered_once(self) -> None:
        given(*delivered(0)).when(DELIVER).refused(DispatchAlreadyDelivered, order=ORDER, dispatch=1)

    def test_the_carriers_word_may_come_after_the_buyers(self) -> None:
        before = given(*agreed(), on(ORDER, ALL_DISPATCHED, OrderReceiptConfirmed()))
        before.when(DELIVER).leaves(ORDER, status="received", delivered=frozenset({1}))


class TestReceiving:
    def test_the_buyer_confirms(self) -> None:
        given(*delivered(0)).when(CONFIRM).then(on(ORDER, OrderReceiptConfirmed())).leaves(
            ORDER, status="received", receipt="confirmed"
        )

    def test_the_buyers_word_stands_for_the_carriers(self) -> None:
        given(*agreed(), on(ORDER, ALL_DISPATCHED)).when(CONFIRM).leaves(ORDER, receipt="confirmed")

    def test_what_has_not_all_left_is_not_received(self) -> None:
        given(*agreed()).when(CONFIRM).refused(OrderNotInState, status="accepted", needed=("dispatched", "delivered"))
        given(*agreed(), on(ORDER, part(1, (1, 1)))).when(CONFIRM).refused(OrderNotInState, status="part_dispatched")

    def test_goods_are_received_once(self) -> None:
        received = given(*delivered(0), on(ORDER, OrderReceiptConfirmed()))
        received.when(CONFIRM).refused(OrderNotInState, status="received")
        received.when(LAPSE, at=AT + timedelta(days=99)).refused(OrderNotInState, status="received")

    def test_silence_until_the_window_ends_accepts_the_goods(self) -> None:
        ends_at = AT + timedelta(days=45)
        given(*delivered(0)).when(LAPSE, at=ends_at).then(on(ORDER, OrderInspectionLapsed(ended_at=ends_at))).leaves(
            ORDER, status="received", receipt="lapsed"
        )

    def test_until_then_the_buyer_may_inspect(self) -> None:
        ends_at = AT + timedelta(days=45)
        given(*delivered(0)).when(LAPSE, at=ends_at - timedelta(microseconds=1)).refused(
            InspectionRunning, order=ORDER, ends_at=ends_at
        )

    def test_the_window_begins_with_the_last_dispatch(self) -> None:
        begun = AT + timedelta(days=3)
        before = given(*agreed(*TWO_LINES)).said(dispatch((1, 1))).said(DISPATCH, at=begun)
        before.when(LAPSE, at=AT + timedelta(days=46)).refused(InspectionRunning, ends_at=begun + timedelta(days=45))

    def test_by_its_clock_an_inspection_lapses_at_the_clocks_instant(self) -> None:
        by_clock = LapseInspectionByClock(order="PO-1")
        given().when(by_clock).refused(AggregateNotFound, kind="order")
        given(*agreed()).when(by_clock).refused(OrderNotInState)
        given(*delivered(0)).when(by_clock, at=day(3)).then(on(ORDER, OrderInspectionLapsed(ended_at=day(3))))

    def test_the_time_for_claims_ends_once_the_goods_are_received(self) -> None:
        received = given(*delivered(0), on(ORDER, OrderReceiptConfirmed()))
        received.when(EndClaims(order="PO-1"), at=day(30)).then(on(ORDER, OrderClaimsEnded(ended_at=day(30)))).leaves(
            ORDER, claims_ended=True
        )


class TestPayable:
    def test_an_order_that_is_not_accepted_takes_no_money(self) -> None:
        given(ruled(), on(ORDER, placed())).when(pay()).refused(OrderNotInState, status="placed", needed=("accepted",))

    def test_a_cancelled_order_takes_no_money(self) -> None:
        given(*agreed(), CANCELLED).when(pay()).refused(OrderCancelledAlready, order=ORDER)

    @pytest.mark.parametrize("step", [0, -1, 2])
    def test_money_is_for_a_step_of_the_order(self, step: int) -> None:
        given(*agreed()).when(pay(step=step)).refused(PaymentStepNotFound, order=ORDER, step=step)


def pay(*, step: int = 1, account: str = "clearing:card", minor: int = 10_000) -> RecordPayment:
    return RecordPayment(order="PO-1", step=step, amount=usd(minor), account=account)


def test_completing_needs_a_received_order() -> None:
    accepted = folded(ORDER, placed(), OrderAccepted())
    assert isinstance(accepted, Order)
    with pytest.raises(OrderNotInState) as refused:
        accepted.complete()
    assert refused.value.needed == ("received",)


def test_a_completed_order_stays_received() -> None:
    completed = folded(ORDER, placed(), OrderAccepted(), ALL_DISPATCHED, OrderReceiptConfirmed(), OrderCompleted())
    assert isinstance(completed, Order)
    assert (completed.status, completed.receipt) == ("completed", "confirmed")

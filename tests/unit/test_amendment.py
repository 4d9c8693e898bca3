"""Amendment: what was agreed changes when one side proposes it and the other accepts, and never below what is done."""

from datetime import date, timedelta
from typing import Any

import pytest

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
    stretched,
)
from domain.commands import (
    AcceptAmendment,
    AnswerClaim,
    DeclineAmendment,
    DispatchGoods,
    ProposeAmendment,
    RejectRelease,
)
from domain.dispute_refusals import DisputeAlreadyOpen
from domain.money import MINOR_MAX, AmountOutOfRange
from domain.order import (
    QUANTITY_MAX,
    LineQuantity,
    Order,
    OrderCompleted,
    OrderDelivered,
    OrderDispatched,
    OrderNotInState,
    OrderReceiptConfirmed,
    OrderTermsMalformed,
    PaymentStep,
)
from domain.side import Side
from tests.disputes import ACCEPT, CONFIRM, DELIVER, DISPATCH, PLACE, claim, day, pay, running
from tests.given import (
    FOUR_EYES,
    ORDER,
    SECOND,
    Given,
    agreed,
    delivered,
    given,
    line,
    on,
    paid,
    placed,
    ruled,
    terms,
)

STEPS = (
    PaymentStep(name="deposit", amount_minor=3_000),
    PaymentStep(name="balance", amount_minor=7_000, trigger="dispatch"),
)
SHIP_BY = terms().ship_by
ALL_DISPATCHED = on(ORDER, OrderDispatched(dispatch=1, lines=None, all_dispatched=True))
RECEIVED = on(ORDER, OrderReceiptConfirmed())


def lines(*changes: tuple[int, int, int]) -> Amendment:
    """Return a change of lines: number, quantity, amount."""
    return Amendment(lines=tuple(LineChange(line=n, quantity=q, amount_minor=m) for n, q, m in changes))


def propose(change: Amendment, *, side: Side = "buyer") -> ProposeAmendment:
    return ProposeAmendment(order="PO-1", side=side, change=change)


def agree(number: int = 1, *, side: Side = "exporter") -> AcceptAmendment:
    return AcceptAmendment(order="PO-1", amendment=number, side=side)


def decline(number: int = 1) -> DeclineAmendment:
    return DeclineAmendment(order="PO-1", amendment=number, side="exporter", reason="too-late")


def amended(story: Given, change: Amendment) -> Given:
    """Let both sides agree to a change."""
    return story.said(propose(change), agree())


def order_in(story: Given) -> Order:
    order = story.world.load(ORDER).aggregate
    assert isinstance(order, Order)
    return order


LESS, MORE, CHEAPER = lines((1, 8, 8_000)), lines((1, 12, 12_500)), lines((1, 10, 8_000))


class TestAgreeing:
    def test_a_change_is_proposed_with_the_total_it_makes(self) -> None:
        given(*agreed()).when(propose(MORE)).then(
            on(ORDER, OrderAmendmentProposed(amendment=1, by="buyer", change=MORE, total_minor=12_500))
        ).leaves(ORDER, total_minor=10_000)

    def test_it_counts_once_the_other_side_accepts(self) -> None:
        before = given(*agreed()).said(propose(MORE))
        before.when(agree()).then(on(ORDER, OrderAmendmentAccepted(amendment=1, by="exporter"))).leaves(
            ORDER,
            total_minor=12_500,
            lines=(line(quantity=12, amount_minor=12_500),),
            undispatched=(12,),
            pending_amendment=None,
        )

    def test_either_side_may_propose_and_the_other_accepts(self) -> None:
        before = given(*agreed()).said(propose(LESS, side="exporter"))
        before.when(agree(side="buyer")).leaves(ORDER, total_minor=8_000)

    def test_the_other_side_declines_or_who_proposed_takes_it_back(self) -> None:
        before = given(*agreed()).said(propose(MORE))
        before.when(decline()).then(
            on(ORDER, OrderAmendmentDeclined(amendment=1, by="exporter", reason="too-late"))
        ).leaves(ORDER, pending_amendment=None, total_minor=10_000)
        again = before.said(propose(LESS))
        again.when(DeclineAmendment(order="PO-1", amendment=2, side="buyer", reason="clerical")).leaves(
            ORDER, pending_amendment=None, amendments=2
        )

    def test_what_is_not_named_stays(self) -> None:
        story = amended(given(*agreed(line(1), line(2, amount_minor=5_000))), lines((2, 3, 1_500)))
        assert [(one.quantity, one.amount_minor) for one in order_in(story).lines] == [(10, 10_000), (3, 1_500)]
        assert order_in(story).terms.ship_by == SHIP_BY

    def test_days_are_changed_alone_and_their_clock_with_them(self) -> None:
        later = SHIP_BY + timedelta(days=7)
        story = given(ruled()).said(PLACE, ACCEPT)
        assert set(running(story.world)) == {f"ship-by/{SHIP_BY}"}
        amended(story, Amendment(ship_by=later, deliver_by=later + timedelta(days=30)))
        assert set(running(story.world)) == {f"ship-by/{later}"}
        assert order_in(story).terms.deliver_by == later + timedelta(days=30)

    def test_lateness_is_judged_by_the_amended_day(self) -> None:
        story = amended(given(ruled()).said(PLACE, ACCEPT), Amendment(ship_by=SHIP_BY + timedelta(days=7)))
        story.when(DISPATCH, at=day(16)).then_topics("OrderDispatched")
        story.when(DELIVER, at=day(40)).then_topics("OrderDelivered")


class TestSteps:
    def test_the_last_step_bears_the_difference(self) -> None:
        assert stretched([3_000, 7_000], 8_000) == (3_000, 5_000)
        story = amended(given(*agreed(steps=STEPS)), MORE)
        assert [step.amount_minor for step in order_in(story).terms.steps] == [3_000, 9_500]

    def test_steps_may_be_agreed_anew(self) -> None:
        change = Amendment(lines=MORE.lines, step_amounts_minor=(6_000, 6_500))
        story = amended(given(*agreed(steps=STEPS)), change)
        assert [step.amount_minor for step in order_in(story).terms.steps] == [6_000, 6_500]

    def test_steps_alone_may_be_agreed_anew(self) -> None:
        story = amended(given(*agreed(steps=STEPS)), Amendment(step_amounts_minor=(5_000, 5_000)))
        assert [step.amount_minor for step in order_in(story).terms.steps] == [5_000, 5_000]

    @pytest.mark.parametrize(
        "change",
        [
            Amendment(step_amounts_minor=(10_000,)),
            Amendment(step_amounts_minor=(5_000, 4_999)),
            lines((1, 3, 3_000)),
            lines((1, 2, 2_000)),
        ],
    )
    def test_steps_are_as_many_as_before_each_of_something_and_sum_to_the_total(self, change: Amendment) -> None:
        given(*agreed(steps=STEPS)).when(propose(change)).refused(OrderTermsMalformed, field="step_amounts_minor")


class TestMoney:
    def test_a_total_that_falls_before_payment_is_paid_and_released_as_it_became(self) -> None:
        story = amended(given(*agreed()), LESS).said(pay(8_000), DISPATCH)
        story.when(CONFIRM).leaves(ORDER, status="completed").posts(hold=8_000, exporter=-7_764, fee=-200, tax=-36)

    def test_a_total_that_falls_after_payment_is_an_overpayment_that_goes_back_at_receipt(self) -> None:
        story = given(*paid()).said(propose(LESS))
        story.when(agree()).posts()
        story.said(DISPATCH).when(CONFIRM).leaves(ORDER, status="completed").posts(
            hold=10_000, exporter=-7_764, fee=-200, tax=-36, buyer=-2_000
        )

    def test_a_total_that_falls_after_receipt_gives_back_what_is_still_held(self) -> None:
        """A second person hasn't approved the release of what was paid first, and that is what falls."""
        story = given(*delivered(rules=FOUR_EYES)).said(CONFIRM)
        story.said(RejectRelease(order="PO-1", number=1, reason="disagreed"), actor=SECOND)
        story.said(propose(CHEAPER)).when(agree()).then_topics(
            "OrderAmendmentAccepted", "ReleaseProposed", "RefundProposed"
        )

    def test_a_total_that_rises_before_payment_is_paid_and_released_as_it_became(self) -> None:
        story = amended(given(*agreed()), MORE).said(pay(12_500), DISPATCH)
        story.when(CONFIRM).leaves(ORDER, status="completed").posts(hold=12_500, exporter=-12_132, fee=-312, tax=-56)

    def test_a_total_that_rises_after_payment_waits_for_the_rest(self) -> None:
        story = amended(given(*paid()), MORE).said(DISPATCH)
        story.when(CONFIRM).leaves(ORDER, status="received").posts(hold=10_000, exporter=-9_705, fee=-250, tax=-45)
        story.when(pay(2_500)).leaves(ORDER, status="completed").posts(card=2_500, exporter=-2_427, fee=-62, tax=-11)

    def test_a_price_that_rises_on_received_goods_keeps_the_trade_open_for_the_rest(self) -> None:
        story = given(*delivered(6_000)).said(CONFIRM)
        amended(story, lines((1, 10, 11_000)))
        story.when(pay(5_000)).leaves(ORDER, status="completed")

    def test_a_price_that_falls_to_what_was_paid_completes_a_received_order(self) -> None:
        story = given(*delivered(6_000)).said(CONFIRM, propose(lines((1, 10, 6_000))))
        story.when(agree()).then_topics("OrderAmendmentAccepted", "OrderCompleted")


class TestGoods:
    PART = on(ORDER, OrderDispatched(dispatch=1, lines=(LineQuantity(line=1, quantity=4),), all_dispatched=False))

    def test_a_quantity_may_fall_to_what_is_dispatched_and_then_all_is(self) -> None:
        story = amended(given(*agreed(), self.PART), lines((1, 4, 4_000)))
        assert (order_in(story).status, order_in(story).undispatched) == ("dispatched", (0,))
        assert "inspection" in running(story.world)

    def test_it_does_not_fall_below(self) -> None:
        given(*agreed(), self.PART).when(propose(lines((1, 3, 3_000)))).refused(
            AmendmentBelowPerformed, order=ORDER, field="lines.1.quantity", wanted=3, least=4
        )

    @pytest.mark.parametrize(
        "more", [ALL_DISPATCHED, (*ALL_DISPATCHED, *on(ORDER, OrderDelivered(dispatch=1, all_delivered=True)))]
    )
    def test_more_of_dispatched_goods_is_to_be_dispatched_still(self, more: Any) -> None:
        story = amended(given(*agreed(), more), MORE)
        assert (order_in(story).status, order_in(story).undispatched) == ("part_dispatched", (2,))
        story.when(DISPATCH).leaves(ORDER, status="dispatched", undispatched=(0,), dispatches=2)

    def test_more_of_received_goods_is_another_order(self) -> None:
        given(*delivered(4_000), RECEIVED).when(propose(MORE)).refused(
            OrderNotInState, status="received", needed=("accepted", "part_dispatched", "dispatched", "delivered")
        )

    def test_parts_dispatched_meanwhile_are_what_counts_at_the_acceptance(self) -> None:
        part = DispatchGoods(order="PO-1", lines=(LineQuantity(line=1, quantity=9),))
        given(*agreed()).said(propose(LESS), part).when(agree()).refused(
            AmendmentBelowPerformed, field="lines.1.quantity", wanted=8, least=9
        )

    def test_money_paid_out_meanwhile_is_what_counts_at_the_acceptance(self) -> None:
        story = given(*delivered(9_000)).said(propose(CHEAPER), CONFIRM)
        story.when(agree()).refused(AmendmentBelowPerformed, field="total_minor", wanted=8_000, least=9_000)

    def test_receipt_meanwhile_is_what_counts_at_the_acceptance(self) -> None:
        given(*delivered(4_000)).said(propose(MORE), CONFIRM).when(agree()).refused(OrderNotInState, status="received")

    def test_a_total_does_not_fall_below_what_is_released_waits_for_it_or_was_given_back_in_a_dispute(self) -> None:
        waits = given(*delivered(9_000, rules=FOUR_EYES)).said(CONFIRM)
        waits.when(propose(lines((1, 10, 8_999)))).refused(AmendmentBelowPerformed, wanted=8_999, least=9_000)
        accepts = AnswerClaim(order="PO-1", claim=1, stance="accepts")
        conceded = given(*delivered()).said(claim(4_000), accepts)
        conceded.when(propose(lines((1, 10, 3_999)))).refused(AmendmentBelowPerformed, least=4_000)


class TestRefusing:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            (Amendment(), "change"),
            (lines((1, 1, 1), (1, 2, 2)), "lines"),
            (lines((1, 0, 1)), "lines.quantity"),
            (lines((1, QUANTITY_MAX + 1, 1)), "lines.quantity"),
            (Amendment(deliver_by=SHIP_BY - timedelta(days=1)), "deliver_by"),
            (Amendment(lines=tuple(LineChange(line=n, quantity=1, amount_minor=1) for n in range(1_001))), "lines"),
        ],
    )
    def test_a_change_changes_something_that_can_be_meant(self, change: Amendment, field: str) -> None:
        given(*agreed()).when(propose(change)).refused(OrderTermsMalformed, field=field)

    def test_a_ship_by_day_does_not_pass_the_day_of_arrival(self) -> None:
        story = amended(given(*agreed()), Amendment(deliver_by=date(2027, 1, 1)))
        story.when(propose(Amendment(ship_by=date(2027, 1, 2)))).refused(OrderTermsMalformed, field="deliver_by")

    @pytest.mark.parametrize("minor", [0, -1, MINOR_MAX + 1])
    def test_every_line_and_step_is_of_something_within_range(self, minor: int) -> None:
        given(*agreed()).when(propose(lines((1, 10, minor)))).refused(AmountOutOfRange, amount_minor=minor)
        given(*agreed()).when(propose(Amendment(step_amounts_minor=(minor,)))).refused(AmountOutOfRange)

    def test_the_total_is_within_range_as_well(self) -> None:
        given(*agreed(line(1), line(2))).when(propose(lines((1, 10, MINOR_MAX)))).refused(
            AmountOutOfRange, amount_minor=MINOR_MAX + 10_000
        )

    def test_one_change_waits_at_a_time(self) -> None:
        given(*agreed()).said(propose(MORE)).when(propose(LESS, side="exporter")).refused(
            AmendmentPending, order=ORDER, amendment=1
        )

    def test_nobody_accepts_their_own(self) -> None:
        given(*agreed()).said(propose(MORE)).when(agree(side="buyer")).refused(
            AmendmentOwn, order=ORDER, amendment=1, side="buyer"
        )

    @pytest.mark.parametrize("number", [0, 2])
    def test_what_was_not_proposed_is_neither_accepted_nor_declined(self, number: int) -> None:
        story = given(*agreed()).said(propose(MORE))
        story.when(agree(number)).refused(AmendmentNotFound, order=ORDER, amendment=number)
        story.when(decline(number)).refused(AmendmentNotFound)

    def test_what_was_answered_is_not_answered_again(self) -> None:
        amended(given(*agreed()), MORE).when(agree()).refused(AmendmentNotFound)

    def test_under_dispute_nothing_is_amended(self) -> None:
        story = given(*delivered()).said(propose(CHEAPER), claim())
        story.when(agree()).refused(DisputeAlreadyOpen)
        story.when(propose(CHEAPER)).refused(DisputeAlreadyOpen)
        story.when(decline()).leaves(ORDER, pending_amendment=None)

    def test_an_order_that_is_not_accepted_or_is_completed_is_not_amended(self) -> None:
        given(ruled(), on(ORDER, placed())).when(propose(MORE)).refused(OrderNotInState, status="placed")
        given(*agreed(), ALL_DISPATCHED, RECEIVED, on(ORDER, OrderCompleted())).when(propose(LESS)).refused(
            OrderNotInState, status="completed"
        )

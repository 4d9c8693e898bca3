"""Policies: whatever money may move by itself does, in the same command, and nothing moves twice."""

from datetime import timedelta

import pytest

from domain.catalogue import EVENTS
from domain.commands import (
    AcceptOrder,
    ApproveRefund,
    ApproveRelease,
    CancelOrder,
    Command,
    ConfirmReceipt,
    DispatchGoods,
    FreezeHold,
    LapseInspection,
    ProposeRefund,
    RecordChargeback,
    RecordPayment,
    RejectRefund,
    RejectRelease,
    UnfreezeHold,
)
from domain.hold import Hold
from domain.order import OrderCancelledAlready
from domain.policies import POLICIES
from domain.proposal import Proposals
from domain.unit_of_work import UnitOfWork
from tests.given import (
    AT,
    BUYER_PAYEE,
    EXPORTER_PAYEE,
    FOUR_EYES,
    HOLD,
    ORDER,
    REFUNDS,
    RELEASES,
    SECOND,
    Given,
    World,
    agreed,
    delivered,
    frozen,
    given,
    on,
    paid,
    placed,
    ruled,
    usd,
)

ACCEPT = AcceptOrder(order="PO-1")
CONFIRM = ConfirmReceipt(order="PO-1")
CANCEL = CancelOrder(order="PO-1", reason="out-of-stock")
FREEZE = FreezeHold(order="PO-1", reason="suspected-fraud")
FREEZE_ONE = FreezeHold(order="PO-1", amount=usd(1), reason="suspected-fraud")
UNFREEZE = UnfreezeHold(order="PO-1", reason="cleared")


def pay(minor: int) -> RecordPayment:
    return RecordPayment(order="PO-1", amount=usd(minor), account="clearing:card")


def charge_back(minor: int) -> RecordChargeback:
    return RecordChargeback(order="PO-1", amount=usd(minor), account="clearing:card")


def refund(minor: int) -> ProposeRefund:
    return ProposeRefund(order="PO-1", amount=usd(minor), reason="defective")


def hold_in(world: World) -> Hold:
    hold = world.load(HOLD).aggregate
    assert isinstance(hold, Hold)
    return hold


def waiting(world: World, reference: str) -> tuple[int, ...]:
    proposals = world.load(reference).aggregate
    assert proposals is None or isinstance(proposals, Proposals)
    return tuple(proposal.amount_minor for proposal in proposals.pending) if proposals else ()


def received(minor: int) -> Given:
    """Return PO-1 (100.00) paid with this much, delivered, confirmed and settled by rule."""
    return given(*delivered(minor)).said(CONFIRM)


class TestSettling:
    def test_silence_pays_the_exporter_as_a_confirmation_does(self) -> None:
        silent = given(*delivered()).when(LapseInspection(order="PO-1"), at=AT + timedelta(days=45))
        silent.leaves(HOLD, held_minor=0).leaves(ORDER, status="completed").leaves(EXPORTER_PAYEE, balance_minor=9_705)

    def test_an_overpayment_goes_back_to_the_buyer_at_receipt(self) -> None:
        given(*delivered(12_500)).when(CONFIRM).leaves(HOLD, held_minor=0, refunded_minor=2_500).leaves(
            EXPORTER_PAYEE, balance_minor=9_705
        ).leaves(BUYER_PAYEE, balance_minor=2_500).leaves(ORDER, status="completed")

    def test_an_overpayment_stays_held_until_receipt(self) -> None:
        given(*paid()).when(pay(2_500)).leaves(HOLD, held_minor=12_500, refunded_minor=0)

    def test_an_underpayment_is_released_and_leaves_the_order_open(self) -> None:
        given(*delivered(4_000)).when(CONFIRM).leaves(HOLD, held_minor=0).leaves(ORDER, status="received")
        assert hold_in(received(4_000).world).released.gross_minor == 4_000

    def test_a_late_payment_is_released_at_once_and_completes(self) -> None:
        received(4_000).when(pay(6_000)).leaves(HOLD, held_minor=0).leaves(ORDER, status="completed")

    def test_a_late_payment_that_is_too_much_is_split_between_exporter_and_buyer(self) -> None:
        then = received(4_000).when(pay(7_000)).leaves(HOLD, held_minor=0, refunded_minor=1_000)
        assert hold_in(then.world).released.gross_minor == 10_000
        then.leaves(ORDER, status="completed")

    def test_a_payment_for_a_completed_order_goes_back(self) -> None:
        received(10_000).when(pay(500)).leaves(HOLD, held_minor=0, refunded_minor=500).leaves(ORDER, status="completed")

    def test_receipt_without_money_moves_nothing(self) -> None:
        given(*delivered(0)).when(CONFIRM).then_topics("OrderReceiptConfirmed")

    def test_frozen_money_is_neither_released_nor_does_it_complete(self) -> None:
        given(*delivered(), on(HOLD, frozen(4_000))).when(CONFIRM).leaves(
            HOLD, held_minor=0, frozen_minor=4_000
        ).leaves(ORDER, status="received")

    def test_money_unfrozen_after_receipt_is_released_at_once(self) -> None:
        given(*delivered(), on(HOLD, frozen(4_000))).said(CONFIRM).when(UNFREEZE).leaves(
            HOLD, held_minor=0, frozen_minor=0
        ).leaves(ORDER, status="completed")

    def test_an_overpayment_unfrozen_after_receipt_goes_back(self) -> None:
        given(*delivered(12_000), on(HOLD, frozen(12_000))).said(CONFIRM).when(UNFREEZE).leaves(
            HOLD, held_minor=0, refunded_minor=2_000
        ).leaves(ORDER, status="completed")

    def test_money_unfrozen_before_receipt_stays_held(self) -> None:
        given(*delivered(), on(HOLD, frozen(4_000))).when(UNFREEZE).then_topics("HoldUnfrozen")

    def test_what_was_refunded_before_receipt_is_not_released(self) -> None:
        given(*delivered()).said(refund(4_000)).when(CONFIRM).leaves(HOLD, held_minor=0, refunded_minor=4_000).leaves(
            ORDER, status="completed"
        )

    def test_the_fee_of_several_releases_is_each_releases_own(self) -> None:
        then = received(20).when(pay(20))
        assert hold_in(then.world).released.fee_minor == 0


class TestCancelling:
    def test_held_money_goes_back_and_the_hold_closes(self) -> None:
        given(*paid()).when(CANCEL).then_topics(
            "OrderCancelled",
            "RefundProposed",
            "RefundApproved",
            "RefundExecuted",
            "HoldRefunded",
            "PayeeCredited",
            "HoldClosed",
        ).leaves(HOLD, held_minor=0, status="closed").leaves(BUYER_PAYEE, balance_minor=10_000)

    def test_an_unpaid_hold_closes_at_once(self) -> None:
        given(*agreed()).when(CANCEL).then_topics("OrderCancelled", "HoldClosed")

    def test_an_order_without_a_hold_is_only_cancelled(self) -> None:
        given(ruled(), on(ORDER, placed())).when(CANCEL).then_topics("OrderCancelled")

    def test_frozen_money_keeps_the_hold_open(self) -> None:
        given(*paid(), on(HOLD, frozen(4_000))).when(CANCEL).leaves(
            HOLD, held_minor=0, frozen_minor=4_000, refunded_minor=6_000, status="open"
        )

    def test_money_unfrozen_later_goes_back_and_closes_the_hold(self) -> None:
        given(*paid(), on(HOLD, frozen(4_000))).said(CANCEL).when(UNFREEZE).leaves(
            HOLD, held_minor=0, frozen_minor=0, refunded_minor=10_000, status="closed"
        )

    def test_wholly_frozen_money_goes_back_only_when_unfrozen(self) -> None:
        given(*paid(), on(HOLD, frozen(10_000))).when(CANCEL).then_topics("OrderCancelled")

    def test_a_chargeback_of_the_frozen_rest_closes_the_hold(self) -> None:
        given(*paid(), on(HOLD, frozen(4_000))).said(CANCEL).when(charge_back(4_000)).then_topics(
            "HoldChargedBack", "HoldClosed"
        )

    def test_a_cancelled_order_takes_no_late_payment(self) -> None:
        given(*paid()).said(CANCEL).when(pay(1)).refused(OrderCancelledAlready)


class TestFourEyes:
    def test_a_waiting_release_is_not_proposed_again_by_what_happens_meanwhile(self) -> None:
        meanwhile = given(*delivered(4_000, rules=FOUR_EYES)).said(CONFIRM, pay(6_000), FREEZE_ONE, UNFREEZE)
        assert waiting(meanwhile.world, RELEASES) == (4_000, 6_000)

    def test_release_and_overpayment_wait_side_by_side(self) -> None:
        both = given(*delivered(12_000, rules=FOUR_EYES)).said(CONFIRM)
        assert (waiting(both.world, RELEASES), waiting(both.world, REFUNDS)) == ((10_000,), (2_000,))
        both.said(ApproveRefund(order="PO-1", number=1), actor=SECOND)
        both.when(ApproveRelease(order="PO-1", number=1), actor=SECOND).leaves(ORDER, status="completed")

    def test_a_waiting_refund_of_a_cancelled_order_is_not_proposed_again(self) -> None:
        cancelled = given(*paid(rules=FOUR_EYES)).said(FREEZE_ONE, CANCEL)
        assert waiting(cancelled.world, REFUNDS) == (9_999,)
        assert waiting(cancelled.said(UNFREEZE).world, REFUNDS) == (9_999, 1)

    def test_a_cancelled_orders_hold_closes_with_its_last_refund(self) -> None:
        cancelled = given(*paid(rules=FOUR_EYES)).said(refund(4_000), CANCEL)
        assert waiting(cancelled.world, REFUNDS) == (4_000, 6_000)
        cancelled.when(ApproveRefund(order="PO-1", number=2), actor=SECOND).leaves(HOLD, status="open")
        cancelled.when(ApproveRefund(order="PO-1", number=1), actor=SECOND).leaves(HOLD, status="closed")

    def test_a_refund_that_waits_is_kept_out_of_what_is_released(self) -> None:
        then = given(*delivered(rules=FOUR_EYES)).said(refund(4_000)).when(CONFIRM)
        assert waiting(then.world, RELEASES) == (6_000,)

    def test_a_release_that_is_carried_out_proposes_the_overpayment_only_once(self) -> None:
        both = given(*delivered(12_000, rules=FOUR_EYES)).said(CONFIRM)
        both.said(ApproveRelease(order="PO-1", number=1), actor=SECOND)
        assert waiting(both.world, REFUNDS) == (2_000,)

    def test_after_a_rejection_the_money_stays_where_it_is(self) -> None:
        rejected = given(*delivered(rules=FOUR_EYES)).said(CONFIRM)
        rejected.when(RejectRelease(order="PO-1", number=1, reason="late"), actor=SECOND).then_topics("ReleaseRejected")
        cancelled = given(*paid(rules=FOUR_EYES)).said(CANCEL)
        cancelled.when(RejectRefund(order="PO-1", number=1, reason="late"), actor=SECOND).then_topics("RefundRejected")


class TestChargingBack:
    def test_before_receipt_what_is_left_is_released(self) -> None:
        given(*delivered()).said(charge_back(4_000)).when(CONFIRM).leaves(
            HOLD, held_minor=0, charged_back_minor=4_000, charged_to_exporter_minor=0
        ).leaves(ORDER, status="completed")

    def test_after_the_release_the_exporter_owes_it(self) -> None:
        received(10_000).when(charge_back(4_000)).leaves(
            HOLD, charged_back_minor=0, charged_to_exporter_minor=4_000
        ).leaves(EXPORTER_PAYEE, balance_minor=9_705 - 4_000)

    def test_of_all_money_while_a_release_waits_it_completes_once_that_is_rejected(self) -> None:
        before = given(*delivered(rules=FOUR_EYES)).said(CONFIRM)
        before.when(charge_back(10_000)).then_topics("HoldChargedBack")
        before.when(RejectRelease(order="PO-1", number=1, reason="late"), actor=SECOND).leaves(
            ORDER, status="completed"
        )

    def test_of_all_frozen_money_completes_a_received_order(self) -> None:
        given(*delivered(), on(HOLD, frozen(10_000))).said(CONFIRM).when(charge_back(10_000)).then_topics(
            "HoldChargedBack", "OrderCompleted"
        )

    @pytest.mark.parametrize(
        "order_of_things",
        [
            (charge_back(3_000), FREEZE, CONFIRM, UNFREEZE),
            (FREEZE, charge_back(3_000), CONFIRM, UNFREEZE),
            (FREEZE, CONFIRM, charge_back(3_000), UNFREEZE),
            (CONFIRM, charge_back(3_000)),
            (charge_back(3_000), CONFIRM),
            (charge_back(1_000), CONFIRM, charge_back(2_000)),
        ],
    )
    def test_in_whatever_order_the_buyers_bank_gets_its_money_and_everybody_the_rest(
        self, order_of_things: tuple[Command, ...]
    ) -> None:
        world = given(*delivered()).said(*order_of_things).world
        hold = hold_in(world)
        assert hold.charged_back_minor + hold.charged_to_exporter_minor == 3_000
        assert (hold.held_minor, hold.frozen_minor) == (0, 0)
        assert hold.released.gross_minor == 10_000 - hold.charged_back_minor
        assert -world.balances["payable:exporter:EXP-1", "USD"] == (
            hold.released.net_minor - hold.charged_to_exporter_minor
        )
        assert world.balances["clearing:card", "USD"] == 7_000


def test_accepting_an_order_opens_its_hold() -> None:
    given(ruled(), on(ORDER, placed())).when(ACCEPT).then_topics("OrderAccepted", "HoldOpened")


def test_what_moves_no_money_is_followed_by_nothing() -> None:
    given(*paid()).when(DispatchGoods(order="PO-1")).then_topics("OrderDispatched")


def test_every_policy_follows_an_event_of_the_catalogue() -> None:
    assert set(POLICIES) <= {event_type.cls for event_type in EVENTS}


def test_a_policy_for_one_event_says_nothing_to_another() -> None:
    world = given(*paid()).world
    silent = [POLICIES[cls] for cls in POLICIES if cls.__name__ in {"ReleaseApproved", "RefundApproved"}]
    event = next(step.event for step, _ in world.steps if step.reference == HOLD)
    uow = UnitOfWork(world.load, actor=SECOND, occurred_at=AT)
    assert not [said for policies in silent for policy in policies for said in policy(HOLD, event, uow)]

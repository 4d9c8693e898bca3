"""Trade: what is free, due and in excess of one order's money, as it stands."""

from datetime import UTC, datetime

import pytest

from domain.order import OrderCancelled, OrderReceiptConfirmed
from domain.refund import RefundProposed
from domain.release import ReleaseProposed
from domain.trade import Trade, rules_of
from domain.unit_of_work import AggregateNotFound, UnitOfWork
from tests.given import (
    FOUR_EYES,
    HOLD,
    OPERATOR,
    ORDER,
    REFUNDS,
    RELEASES,
    RULES,
    Happened,
    delivered,
    frozen,
    given,
    on,
    paid,
    placed,
    ruled,
)

CONFIRMED = on(ORDER, OrderReceiptConfirmed())
CANCELLED = on(ORDER, OrderCancelled(reason="late"))


def trade(*histories: tuple[Happened, ...]) -> Trade:
    world = given(*histories).world
    return Trade("PO-1", UnitOfWork(world.load, actor=OPERATOR, occurred_at=datetime(2026, 11, 22, tzinfo=UTC)))


def release_of(minor: int) -> tuple[Happened, ...]:
    return on(
        RELEASES,
        ReleaseProposed(
            number=1,
            currency="USD",
            gross_minor=minor,
            fee_minor=0,
            tax_minor=0,
            net_minor=minor,
            proposed_by=OPERATOR,
        ),
    )


def refund_of(minor: int, *, recovered_minor: int = 0) -> tuple[Happened, ...]:
    return on(
        REFUNDS,
        RefundProposed(
            number=1,
            currency="USD",
            amount_minor=minor,
            recovered_minor=recovered_minor,
            recovered_fee_minor=0,
            recovered_tax_minor=0,
            reason="defective",
            proposed_by=OPERATOR,
        ),
    )


def test_an_order_that_was_never_placed_is_no_trade() -> None:
    with pytest.raises(AggregateNotFound):
        trade()


def test_a_trade_begins_with_nothing_held_and_nothing_waiting() -> None:
    begun = trade(ruled(), on(ORDER, placed()))
    assert (begun.free_minor, begun.due_minor, begun.excess_minor, begun.unreleased_minor) == (0, 0, 0, 10_000)
    assert (begun.hold.currency, begun.is_settled, begun.is_done) == ("USD", True, False)


@pytest.mark.parametrize(
    ("waits", "free_minor"),
    [
        ((), 10_000),
        ((release_of(4_000),), 6_000),
        ((refund_of(4_000),), 6_000),
        ((refund_of(4_000, recovered_minor=3_000),), 9_000),
        ((release_of(7_000), refund_of(7_000)), -4_000),
        ((on(HOLD, frozen(1_000)),), 9_000),
    ],
)
def test_what_waits_or_is_frozen_is_not_free(waits: tuple[tuple[Happened, ...], ...], free_minor: int) -> None:
    assert trade(*paid(), *waits).free_minor == free_minor


@pytest.mark.parametrize(
    ("received_minor", "due_minor", "excess_minor"),
    [(4_000, 4_000, 0), (10_000, 10_000, 0), (12_000, 10_000, 0)],
)
def test_after_receipt_what_is_free_is_due_up_to_the_total(
    received_minor: int, due_minor: int, excess_minor: int
) -> None:
    received = trade(*delivered(received_minor), CONFIRMED)
    assert (received.due_minor, received.excess_minor) == (due_minor, excess_minor)


def test_nothing_is_due_before_receipt_nor_when_more_waits_than_is_held() -> None:
    assert trade(*delivered()).due_minor == 0
    assert trade(*delivered(), CONFIRMED, refund_of(10_001)).due_minor == 0


def test_what_is_held_beyond_a_paid_up_total_is_excess() -> None:
    assert trade(*delivered(12_000), CONFIRMED, release_of(10_000)).excess_minor == 2_000
    assert trade(*delivered(12_000), CONFIRMED, release_of(9_999)).excess_minor == 0


def test_all_free_money_of_a_cancelled_order_is_excess_and_never_less_than_nothing() -> None:
    assert trade(*paid(), CANCELLED).excess_minor == 10_000
    assert trade(*paid(), CANCELLED, refund_of(4_000)).excess_minor == 6_000
    assert trade(*paid(), on(HOLD, frozen(4_000)), CANCELLED).excess_minor == 6_000
    assert trade(*paid(), CANCELLED, refund_of(10_001)).excess_minor == 0


@pytest.mark.parametrize("waits", [release_of(1), refund_of(1), on(HOLD, frozen(10_000))])
def test_what_waits_or_is_frozen_leaves_a_trade_unsettled(waits: tuple[Happened, ...]) -> None:
    assert not trade(*delivered(), CONFIRMED, waits).is_settled


def test_an_underpaid_trade_is_settled_but_not_done() -> None:
    received = trade(*delivered(0), CONFIRMED)
    assert received.is_settled
    assert not received.is_done


def test_an_order_keeps_the_rules_it_was_placed_under() -> None:
    for rules in (RULES, FOUR_EYES):
        world = given(*paid(rules=rules)).world
        uow = UnitOfWork(world.load, actor=OPERATOR, occurred_at=datetime(2026, 11, 22, tzinfo=UTC))
        assert rules_of(Trade("PO-1", uow).order, uow) is rules

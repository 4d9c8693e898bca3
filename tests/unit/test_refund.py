"""Refund: out of the hold, and what is missing there out of what was released; carried out exactly as approved."""

import pytest

from domain.commands import (
    ApproveRefund,
    ApproveRelease,
    CancelOrder,
    CloseHold,
    ConfirmReceipt,
    ExecuteRefund,
    FreezeHold,
    ProposeRefund,
    RecordChargeback,
    RejectRefund,
)
from domain.handlers.holds import ProposalsPending
from domain.hold import (
    CurrencyDiffers,
    HoldClosed,
    HoldIsClosed,
    HoldRecovered,
    HoldRefunded,
    RecoveryExceeded,
)
from domain.money import MINOR_MAX, AmountOutOfRange, Money
from domain.payee_account import PayeeCredited, PayeeDebited
from domain.proposal import ApproverIsProposer, ProposalNotApproved, ProposalNotFound
from domain.references import RefundId
from domain.refund import (
    RefundApproved,
    RefundBreakdownChanged,
    RefundExecuted,
    RefundProposed,
    RefundRejected,
)
from domain.unit_of_work import AggregateNotFound
from tests.given import (
    BUYER_PAYEE,
    EXPORTER_PAYEE,
    FOUR_EYES,
    HOLD,
    OPERATOR,
    ORDER,
    REFUNDS,
    RULEBOOK,
    SECOND,
    agreed,
    delivered,
    frozen,
    given,
    on,
    paid,
    usd,
)

APPROVE = ApproveRefund(order="PO-1", number=1)
REJECT = RejectRefund(order="PO-1", number=1, reason="no-evidence")
EXECUTE = ExecuteRefund(order="PO-1", number=1)
CONFIRM = ConfirmReceipt(order="PO-1")
REFUND = RefundId("refund:PO-1/1")
CLOSED = on(HOLD, HoldClosed())


def propose(minor: int, *, currency: str = "USD") -> ProposeRefund:
    return ProposeRefund(order="PO-1", amount=Money(currency, minor), reason="defective")


def proposed(minor: int, *, recovered: tuple[int, int, int] = (0, 0, 0)) -> RefundProposed:
    return RefundProposed(
        number=1,
        currency="USD",
        amount_minor=minor,
        recovered_minor=recovered[0],
        recovered_fee_minor=recovered[1],
        recovered_tax_minor=recovered[2],
        reason="defective",
        proposed_by=OPERATOR,
    )


WAITING = (*paid(rules=FOUR_EYES), on(REFUNDS, proposed(4_000)))
"""PO-1 is paid under rules that let two people look at everything, and a refund of 40.00 waits."""
BY_RULE = RefundApproved(number=1, approved_by=RULEBOOK, by_rule=True)
APPROVED = RefundApproved(number=1, approved_by=SECOND, by_rule=False)
EXECUTED = RefundExecuted(number=1, refund=REFUND)
REFUNDED = HoldRefunded(refund=REFUND, buyer="BUY-1", currency="USD", amount_minor=4_000)
CREDITED = on(BUYER_PAYEE, PayeeCredited(amount_minor=4_000, source=REFUND, account="refundable:buyer"))


def test_below_the_threshold_held_money_goes_back_at_once() -> None:
    given(*paid()).when(propose(4_000)).then(
        on(REFUNDS, proposed(4_000), BY_RULE, EXECUTED), on(HOLD, REFUNDED), CREDITED
    ).leaves(HOLD, held_minor=6_000, refunded_minor=4_000).leaves(BUYER_PAYEE, balance_minor=4_000)


def test_what_was_released_is_recovered_with_its_fee_and_tax_and_then_refunded() -> None:
    recovered = HoldRecovered(
        refund=REFUND,
        exporter="EXP-1",
        currency="USD",
        gross_minor=4_000,
        fee_minor=100,
        tax_minor=18,
        net_minor=3_882,
    )
    given(*delivered()).said(CONFIRM).when(propose(4_000)).then(
        on(REFUNDS, proposed(4_000, recovered=(4_000, 100, 18)), BY_RULE, EXECUTED),
        on(HOLD, recovered),
        on(EXPORTER_PAYEE, PayeeDebited(amount_minor=3_882, source=REFUND, account="payable:exporter")),
        on(HOLD, REFUNDED),
        CREDITED,
    ).leaves(EXPORTER_PAYEE, balance_minor=9_705 - 3_882).leaves(HOLD, held_minor=0)


def test_only_what_is_missing_in_the_hold_is_recovered() -> None:
    before = given(*delivered(), on(HOLD, frozen(5_000))).said(CONFIRM)
    before.said(propose(1_000)).when(propose(500)).leaves(HOLD, held_minor=0, frozen_minor=5_000, refunded_minor=1_500)


def test_the_exporter_may_come_to_owe_money() -> None:
    before = given(*delivered()).said(CONFIRM)
    before.said(RecordChargeback(order="PO-1", amount=usd(9_000), account="clearing:card"))
    before.when(propose(1_000)).leaves(EXPORTER_PAYEE, balance_minor=9_705 - 9_000 - 971)


def test_from_the_threshold_on_a_refund_waits_for_a_second_person() -> None:
    given(*paid(rules=FOUR_EYES)).when(propose(4_000)).then(on(REFUNDS, proposed(4_000))).leaves(
        HOLD, held_minor=10_000
    )


def test_a_second_person_approves_which_carries_it_out() -> None:
    given(*WAITING).when(APPROVE, actor=SECOND).then(
        on(REFUNDS, APPROVED, EXECUTED), on(HOLD, REFUNDED), CREDITED
    ).leaves(REFUNDS, pending=(), proposed=1)


def test_a_second_person_rejects_and_the_money_stays_where_it_is() -> None:
    rejected = RefundRejected(number=1, rejected_by=SECOND, reason="no-evidence")
    given(*WAITING).when(REJECT, actor=SECOND).then(on(REFUNDS, rejected)).leaves(HOLD, held_minor=10_000)


@pytest.mark.parametrize("minor", [0, -1, MINOR_MAX + 1])
def test_a_refund_is_of_something_within_range(minor: int) -> None:
    given(*paid()).when(propose(minor)).refused(AmountOutOfRange, amount_minor=minor)


def test_no_more_goes_back_than_is_held_and_was_released() -> None:
    given(*paid(), on(HOLD, frozen(4_000))).when(propose(6_001)).refused(
        RecoveryExceeded, hold=HOLD, requested_minor=1, recoverable_minor=0
    )
    given(*delivered()).said(CONFIRM).when(propose(10_001)).refused(
        RecoveryExceeded, requested_minor=10_001, recoverable_minor=10_000
    )


def test_what_went_back_does_not_go_back_again() -> None:
    before = given(*delivered()).said(CONFIRM, propose(9_000))
    before.when(propose(1_001)).refused(RecoveryExceeded, requested_minor=1_001, recoverable_minor=1_000)


def test_a_refund_is_in_the_currency_of_the_hold() -> None:
    given(*paid()).when(propose(1, currency="EUR")).refused(CurrencyDiffers, currency="EUR", needed="USD")


def test_a_closed_hold_refunds_nothing() -> None:
    given(*agreed(), CLOSED).when(propose(1)).refused(HoldIsClosed, hold=HOLD)


def test_the_proposer_neither_approves_nor_rejects() -> None:
    given(*WAITING).when(APPROVE, actor=OPERATOR).refused(
        ApproverIsProposer, proposals=REFUNDS, number=1, actor=OPERATOR
    )
    given(*WAITING).when(REJECT, actor=OPERATOR).refused(ApproverIsProposer)


def test_what_nobody_proposed_is_neither_approved_nor_rejected() -> None:
    given(*paid()).when(APPROVE).refused(AggregateNotFound, kind="refund", key="PO-1")
    given(*paid()).when(REJECT).refused(AggregateNotFound, kind="refund", key="PO-1")
    given(*WAITING).when(RejectRefund(order="PO-1", number=2, reason="late")).refused(ProposalNotFound, number=2)


def test_what_is_executed_or_rejected_is_not_executed_again() -> None:
    given(*WAITING).said(APPROVE, actor=SECOND).when(EXECUTE).refused(ProposalNotFound, number=1)
    given(*WAITING).said(REJECT, actor=SECOND).when(APPROVE, actor=SECOND).refused(ProposalNotFound, number=1)


def test_what_nobody_approved_is_not_executed() -> None:
    given(*WAITING).when(EXECUTE).refused(ProposalNotApproved, proposals=REFUNDS, number=1)


def test_an_approval_is_refused_when_the_money_has_moved_since() -> None:
    both = given(*delivered(rules=FOUR_EYES)).said(CONFIRM, propose(10_000))
    both.said(ApproveRelease(order="PO-1", number=1), actor=SECOND)
    both.when(APPROVE, actor=SECOND).refused(
        RefundBreakdownChanged, refund=REFUND, approved_recovery_minor=0, recovery_minor=10_000
    )


def test_an_approval_is_refused_when_the_money_is_gone() -> None:
    given(*WAITING).said(FreezeHold(order="PO-1", reason="late")).when(APPROVE, actor=SECOND).refused(
        RecoveryExceeded, requested_minor=4_000, recoverable_minor=0
    )


def test_an_approval_is_refused_when_the_hold_is_closed() -> None:
    before = given(*paid(rules=FOUR_EYES)).said(CancelOrder(order="PO-1", reason="late"))
    before.said(RecordChargeback(order="PO-1", amount=usd(10_000), account="clearing:card"))
    before.when(CloseHold(order="PO-1")).refused(ProposalsPending, order="PO-1", pending_minor=10_000)
    given(*WAITING, CLOSED).when(APPROVE, actor=SECOND).refused(HoldIsClosed, hold=HOLD)


def test_a_cancelled_trade_whose_money_the_bank_took_closes_when_its_refund_is_rejected() -> None:
    before = given(*paid(rules=FOUR_EYES)).said(CancelOrder(order="PO-1", reason="late"))
    before.said(RecordChargeback(order="PO-1", amount=usd(10_000), account="clearing:card"))
    before.when(REJECT, actor=SECOND).then_topics("RefundRejected", "HoldClosed")


def test_a_received_trade_that_only_a_refund_kept_open_completes_when_it_is_rejected() -> None:
    before = given(*delivered(rules=FOUR_EYES)).said(propose(10_000), CONFIRM)
    before.said(RecordChargeback(order="PO-1", amount=usd(10_000), account="clearing:card"))
    before.when(REJECT, actor=SECOND).then_topics("RefundRejected", "OrderCompleted").leaves(ORDER, status="completed")

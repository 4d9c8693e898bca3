"""Release: what is due is proposed, approved by rule or by a second person, and carried out exactly as approved."""

import msgspec
import pytest

from domain.commands import (
    ApproveRelease,
    ConfirmReceipt,
    ExecuteRelease,
    FreezeHold,
    ProposeRefund,
    ProposeRelease,
    RecordChargeback,
    RejectRelease,
)
from domain.handlers.proposals import ReleaseNotDue
from domain.hold import CurrencyDiffers, HoldClosed, HoldExceeded, HoldIsClosed, HoldReleased
from domain.money import MINOR_MAX, AmountOutOfRange, Money
from domain.order import OrderCompleted, OrderReceiptConfirmed
from domain.payee_account import PayeeCredited
from domain.proposal import (
    ApproverIsProposer,
    Breakdown,
    Proposal,
    ProposalNotApproved,
    ProposalNotFound,
)
from domain.references import ReleaseId
from domain.release import ReleaseApproved, ReleaseExecuted, ReleaseProposed, ReleaseRejected
from domain.unit_of_work import AggregateNotFound
from tests.given import (
    EXPORTER_PAYEE,
    FOUR_EYES,
    HOLD,
    OPERATOR,
    ORDER,
    RELEASES,
    RULEBOOK,
    SECOND,
    delivered,
    frozen,
    given,
    on,
    usd,
)

CONFIRM = ConfirmReceipt(order="PO-1")
PROPOSE = ProposeRelease(order="PO-1")
APPROVE = ApproveRelease(order="PO-1", number=1)
REJECT = RejectRelease(order="PO-1", number=1, reason="under-review")
CONFIRMED = on(ORDER, OrderReceiptConfirmed())
RELEASE = ReleaseId("release:PO-1/1")
PROPOSED = ReleaseProposed(
    number=1,
    currency="USD",
    gross_minor=10_000,
    fee_minor=250,
    tax_minor=45,
    net_minor=9_705,
    proposed_by=OPERATOR,
)
BY_RULE = ReleaseApproved(number=1, approved_by=RULEBOOK, by_rule=True)
APPROVED = ReleaseApproved(number=1, approved_by=SECOND, by_rule=False)
EXECUTED = ReleaseExecuted(number=1, release=RELEASE)
RELEASED = HoldReleased(
    release=RELEASE,
    exporter="EXP-1",
    currency="USD",
    gross_minor=10_000,
    fee_minor=250,
    tax_minor=45,
    net_minor=9_705,
)
CREDITED = on(EXPORTER_PAYEE, PayeeCredited(amount_minor=9_705, source=RELEASE, account="payable:exporter"))
WAITING = (*delivered(rules=FOUR_EYES), CONFIRMED, on(RELEASES, PROPOSED))
"""PO-1 is received under rules that let two people look at everything, and its release waits."""


def propose(minor: int, currency: str = "USD") -> ProposeRelease:
    return ProposeRelease(order="PO-1", amount=Money(currency, minor))


def test_below_the_threshold_receipt_pays_the_exporter_at_once() -> None:
    given(*delivered()).when(CONFIRM).then(
        on(ORDER, OrderReceiptConfirmed()),
        on(RELEASES, PROPOSED, BY_RULE, EXECUTED),
        on(HOLD, RELEASED),
        CREDITED,
        on(ORDER, OrderCompleted()),
    )


def test_every_consequence_names_the_policy_it_follows_by() -> None:
    then = given(*delivered()).when(CONFIRM)
    assert [step.policy for step in then.told] == [
        "",
        "release_what_is_due",
        "approve_small_release",
        "execute_release",
        "execute_release",
        "execute_release",
        "complete_what_is_done",
    ]


def test_from_the_threshold_on_a_release_waits_for_a_second_person() -> None:
    given(*delivered(rules=FOUR_EYES)).when(CONFIRM).then(CONFIRMED, on(RELEASES, PROPOSED)).leaves(
        HOLD, held_minor=10_000
    )


def test_a_second_person_approves_which_carries_it_out() -> None:
    given(*WAITING).when(APPROVE, actor=SECOND).then(
        on(RELEASES, APPROVED, EXECUTED), on(HOLD, RELEASED), CREDITED, on(ORDER, OrderCompleted())
    ).leaves(RELEASES, pending=(), proposed=1).leaves(HOLD, held_minor=0).leaves(EXPORTER_PAYEE, balance_minor=9_705)


def test_a_proposal_waits_with_its_breakdown() -> None:
    waiting = Proposal(
        number=1,
        amount_minor=10_000,
        breakdown=Breakdown(gross_minor=10_000, fee_minor=250, tax_minor=45),
        proposed_by=OPERATOR,
    )
    given(*delivered(rules=FOUR_EYES)).when(CONFIRM).leaves(RELEASES, pending=(waiting,), pending_minor=10_000)


def test_a_second_person_rejects_and_the_money_stays_held() -> None:
    rejected = ReleaseRejected(number=1, rejected_by=SECOND, reason="under-review")
    given(*WAITING).when(REJECT, actor=SECOND).then(on(RELEASES, rejected)).leaves(HOLD, held_minor=10_000).leaves(
        RELEASES, pending=()
    )


def test_what_was_rejected_is_proposed_anew_under_the_next_number() -> None:
    before = given(*WAITING).said(REJECT, actor=SECOND)
    before.when(PROPOSE).then(on(RELEASES, msgspec.structs.replace(PROPOSED, number=2)))


def test_a_part_of_what_is_due_may_be_released() -> None:
    before = given(*WAITING).said(REJECT, actor=SECOND)
    before.when(propose(4_000)).leaves(RELEASES, pending_minor=4_000)


def test_what_waits_is_not_proposed_twice() -> None:
    given(*WAITING).when(PROPOSE).refused(ReleaseNotDue, order="PO-1", requested_minor=0, due_minor=0)


def test_nothing_is_due_before_the_goods_are_received() -> None:
    given(*delivered()).when(PROPOSE).refused(ReleaseNotDue, order="PO-1", requested_minor=0, due_minor=0)
    given(*delivered()).when(propose(1)).refused(ReleaseNotDue, requested_minor=1, due_minor=0)


def test_what_is_frozen_is_not_due() -> None:
    given(*delivered(), on(HOLD, frozen(4_000)), CONFIRMED).when(propose(6_001)).refused(
        ReleaseNotDue, requested_minor=6_001, due_minor=6_000
    )


@pytest.mark.parametrize("minor", [0, -1, MINOR_MAX + 1])
def test_a_release_is_of_something_within_range(minor: int) -> None:
    given(*WAITING).when(propose(minor)).refused(AmountOutOfRange, amount_minor=minor)


def test_a_release_is_in_the_currency_of_the_hold() -> None:
    given(*WAITING).when(propose(1, "EUR")).refused(CurrencyDiffers, currency="EUR", needed="USD")


def test_the_proposer_neither_approves_nor_rejects() -> None:
    given(*WAITING).when(APPROVE, actor=OPERATOR).refused(
        ApproverIsProposer, proposals=RELEASES, number=1, actor=OPERATOR
    )
    given(*WAITING).when(REJECT, actor=OPERATOR).refused(ApproverIsProposer)


def test_what_nobody_proposed_is_neither_approved_nor_rejected() -> None:
    given(*delivered()).when(APPROVE).refused(AggregateNotFound, kind="release", key="PO-1")
    given(*delivered()).when(REJECT).refused(AggregateNotFound, kind="release", key="PO-1")
    given(*WAITING).when(ApproveRelease(order="PO-1", number=2)).refused(ProposalNotFound, number=2)


def test_what_is_executed_is_not_executed_again() -> None:
    done = given(*WAITING).said(APPROVE, actor=SECOND)
    done.when(APPROVE, actor=SECOND).refused(ProposalNotFound, number=1)
    done.when(ExecuteRelease(order="PO-1", number=1)).refused(ProposalNotFound)


def test_what_was_rejected_is_not_approved() -> None:
    given(*WAITING).said(REJECT, actor=SECOND).when(APPROVE, actor=SECOND).refused(ProposalNotFound)


def test_what_nobody_approved_is_not_executed() -> None:
    given(*WAITING).when(ExecuteRelease(order="PO-1", number=1)).refused(
        ProposalNotApproved, proposals=RELEASES, number=1
    )


def test_an_approval_whose_money_is_gone_is_refused_whole() -> None:
    given(*WAITING, on(HOLD, frozen(1))).when(APPROVE, actor=SECOND).refused(
        HoldExceeded, requested_minor=10_000, held_minor=9_999
    )
    given(*WAITING, on(HOLD, HoldClosed())).when(APPROVE, actor=SECOND).refused(HoldIsClosed)


def test_a_trade_whose_money_the_bank_took_completes_when_its_release_is_rejected() -> None:
    charge = RecordChargeback(order="PO-1", amount=usd(10_000), account="clearing:card")
    given(*WAITING).said(charge).when(REJECT, actor=SECOND).then_topics("ReleaseRejected", "OrderCompleted")


def test_a_release_and_a_refund_that_wait_for_the_same_money_do_not_both_get_it() -> None:
    both = given(*WAITING).said(ProposeRefund(order="PO-1", amount=usd(10_000), reason="defective"))
    both.said(APPROVE, actor=SECOND).when(FreezeHold(order="PO-1", amount=usd(1), reason="late")).refused(HoldExceeded)

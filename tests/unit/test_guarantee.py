"""Guarantee: the operator's own money in an exporter's stead: advanced, repaid, written off."""

from msgspec.structs import replace

from domain.accounts import AccountUnfit
from domain.commands import (
    AdvanceGuarantee,
    ApproveWriteOff,
    ProposeWriteOff,
    RecordRepayment,
    RejectWriteOff,
    RepayAdvance,
)
from domain.guarantee import (
    AdvanceExceeded,
    Guarantee,
    GuaranteeAdvanced,
    GuaranteeExceeded,
    GuaranteeRepaid,
    GuaranteeWriteOffApproved,
    GuaranteeWriteOffProposed,
    GuaranteeWriteOffRejected,
    RecoveryCovered,
)
from domain.hold import HoldChargedBack, HoldRecovered, HoldRefunded, HoldReleased
from domain.payee_account import (
    CoverNeeded,
    PayeeCovered,
    PayeeCredited,
    PayeeDebited,
    PayeeDebtExceeded,
    PayeeUncovered,
)
from domain.proposal import ApproverIsProposer, ProposalNotFound
from domain.references import GuaranteeId, RefundId, ReleaseId
from domain.unit_of_work import AggregateNotFound
from tests.given import EXPORTER_PAYEE, HOLD, RULES, SECOND, Given, Happened, delivered, given, on, usd

GUARANTEE = GuaranteeId("guarantee:PO-1")
RELEASE, REFUND = ReleaseId("release:PO-1/1"), RefundId("refund:PO-1/1")
BANK = "bank:safeguarded:hdfc"
GUARANTEED = replace(RULES, guarantee_minor={"USD": 4_000})
"""The rules of every example, and up to 40.00 USD an order in the exporter's stead."""


def owing(
    recovered_minor: int = 5_000, *, owed_minor: int | None = None, guaranteed: bool = True
) -> tuple[tuple[Happened, ...], ...]:
    """Return how EXP-1 was paid for PO-1, paid out, and had to give back this much, which it owes now."""
    return (
        *delivered(rules=GUARANTEED if guaranteed else RULES),
        on(
            HOLD,
            HoldReleased(
                release=RELEASE,
                exporter="EXP-1",
                currency="USD",
                gross_minor=10_000,
                fee_minor=0,
                tax_minor=0,
                net_minor=10_000,
            ),
            HoldRecovered(
                refund=REFUND,
                exporter="EXP-1",
                currency="USD",
                gross_minor=recovered_minor,
                fee_minor=0,
                tax_minor=0,
                net_minor=recovered_minor,
            ),
            HoldRefunded(refund=REFUND, buyer="BUY-1", currency="USD", amount_minor=recovered_minor),
        ),
        on(EXPORTER_PAYEE, debited(recovered_minor if owed_minor is None else owed_minor)),
    )


def debited(amount_minor: int) -> PayeeDebited:
    return PayeeDebited(amount_minor=amount_minor, source=REFUND, account="payable:exporter")


def credited(amount_minor: int) -> PayeeCredited:
    return PayeeCredited(amount_minor=amount_minor, source="release:PO-2/1", account="payable:exporter")


def advance(amount_minor: int = 4_000, *, account: str = BANK) -> AdvanceGuarantee:
    return AdvanceGuarantee(order="PO-1", amount=usd(amount_minor), account=account)


def repay(amount_minor: int = 4_000, *, account: str = BANK) -> RepayAdvance:
    return RepayAdvance(order="PO-1", amount=usd(amount_minor), account=account)


def write_off(amount_minor: int = 4_000) -> ProposeWriteOff:
    return ProposeWriteOff(order="PO-1", amount=usd(amount_minor), reason="insolvent")


def paid_back(amount_minor: int) -> RecordRepayment:
    return RecordRepayment(party="EXP-1", amount=usd(amount_minor), account=BANK)


def advanced(amount_minor: int = 4_000) -> Given:
    """Return a book in which the operator advanced money for PO-1."""
    return given(*owing()).said(advance(amount_minor))


APPROVE = ApproveWriteOff(order="PO-1", number=1)
REJECT = RejectWriteOff(order="PO-1", number=1, reason="still-trading")


class TestAdvance:
    def test_the_operator_pays_in_the_exporters_stead(self) -> None:
        then = given(*owing()).when(advance())
        then.then(
            on(GUARANTEE, GuaranteeAdvanced(exporter="EXP-1", currency="USD", amount_minor=4_000, account=BANK)),
            on(EXPORTER_PAYEE, PayeeCovered(amount_minor=4_000, guarantee=GUARANTEE)),
        )
        then.leaves(GUARANTEE, outstanding_minor=4_000).leaves(EXPORTER_PAYEE, balance_minor=-5_000)
        assert then.world.balances[BANK, "USD"] == 4_000
        assert then.world.balances["advance:operator", "USD"] == -4_000

    def test_more_than_the_rulebook_guarantees_is_refused(self) -> None:
        given(*owing()).when(advance(4_001)).refused(GuaranteeExceeded, requested_minor=4_001, left_minor=4_000)

    def test_what_was_advanced_counts_for_the_orders_whole_life(self) -> None:
        book = advanced(3_000).said(paid_back(5_000), repay(3_000))
        book.world.happen(*on(EXPORTER_PAYEE, debited(5_000)))
        book.when(advance(1_001)).refused(GuaranteeExceeded, requested_minor=1_001, left_minor=1_000)
        book.when(advance(1_000)).leaves(GUARANTEE, advanced_minor=4_000, outstanding_minor=1_000)

    def test_a_rulebook_that_guarantees_nothing_lets_nothing_be_advanced(self) -> None:
        given(*owing(guaranteed=False)).when(advance(1)).refused(GuaranteeExceeded, left_minor=0)

    def test_more_than_the_exporter_had_to_give_back_for_the_order_is_refused(self) -> None:
        given(*owing(1_000, owed_minor=9_000)).when(advance(1_001)).refused(
            RecoveryCovered, requested_minor=1_001, left_minor=1_000
        )

    def test_a_chargeback_that_went_to_the_exporter_counts_as_given_back(self) -> None:
        charged = HoldChargedBack(
            exporter="EXP-1",
            buyer="BUY-1",
            currency="USD",
            account="clearing:card",
            held_minor=0,
            frozen_minor=0,
            disputed_minor=0,
            exporter_minor=500,
            buyer_minor=0,
        )
        given(*owing(1_000, owed_minor=9_000), on(HOLD, charged)).when(advance(1_500)).leaves(
            GUARANTEE, advanced_minor=1_500
        )

    def test_more_than_the_exporter_owes_is_refused(self) -> None:
        given(*owing(owed_minor=300)).when(advance(301)).refused(PayeeDebtExceeded, requested_minor=301, owed_minor=300)

    def test_what_another_orders_guarantee_covers_is_not_covered_twice(self) -> None:
        covered = PayeeCovered(amount_minor=4_500, guarantee=GuaranteeId("guarantee:PO-2"))
        given(*owing(), on(EXPORTER_PAYEE, covered)).when(advance(501)).refused(PayeeDebtExceeded, owed_minor=500)

    def test_the_money_goes_to_a_safeguarded_account(self) -> None:
        given(*owing()).when(advance(account="clearing:card")).refused(
            AccountUnfit, account="clearing:card", needed=("bank:safeguarded",)
        )


class TestRepaid:
    def test_the_operator_takes_back_what_the_exporter_paid_back(self) -> None:
        then = advanced().said(paid_back(5_000)).when(repay())
        then.then(
            on(GUARANTEE, GuaranteeRepaid(exporter="EXP-1", currency="USD", amount_minor=4_000, account=BANK)),
            on(EXPORTER_PAYEE, PayeeUncovered(amount_minor=4_000, guarantee=GUARANTEE)),
        )
        then.leaves(GUARANTEE, outstanding_minor=0).leaves(EXPORTER_PAYEE, covered_minor=0)
        assert then.world.balances["advance:operator", "USD"] == 0
        assert then.world.balances[BANK, "USD"] == 5_000

    def test_it_takes_back_what_the_exporter_earned_by_other_trades(self) -> None:
        book = advanced()
        book.world.happen(*on(EXPORTER_PAYEE, credited(4_500)))
        book.when(repay(3_500)).leaves(GUARANTEE, outstanding_minor=500)

    def test_buyers_money_never_takes_its_place(self) -> None:
        advanced().when(repay(1)).refused(CoverNeeded, requested_minor=1, free_minor=0)
        advanced().said(paid_back(2_000)).when(repay(1_001)).refused(CoverNeeded, free_minor=1_000)

    def test_more_than_was_advanced_for_the_order_is_refused(self) -> None:
        advanced().said(paid_back(5_000)).when(repay(4_001)).refused(
            AdvanceExceeded, requested_minor=4_001, outstanding_minor=4_000
        )

    def test_what_waits_to_be_written_off_is_not_taken_back(self) -> None:
        advanced().said(write_off(3_000), paid_back(5_000)).when(repay(1_001)).refused(
            AdvanceExceeded, outstanding_minor=1_000
        )

    def test_an_order_for_which_nothing_was_advanced_has_no_guarantee(self) -> None:
        given(*owing()).when(repay(0, account="petty-cash")).refused(AggregateNotFound, kind="guarantee", key="PO-1")


class TestWriteOff:
    def test_it_waits_for_a_second_person_whatever_its_amount(self) -> None:
        proposed = GuaranteeWriteOffProposed(
            number=1,
            exporter="EXP-1",
            currency="USD",
            amount_minor=1,
            reason="insolvent",
            proposed_by="operator:first",
        )
        then = advanced().when(write_off(1)).then(on(GUARANTEE, proposed))
        then.leaves(GUARANTEE, written_off_minor=0, pending_minor=1)

    def test_a_second_person_gives_the_debt_up(self) -> None:
        then = advanced().said(write_off()).when(APPROVE, actor=SECOND)
        then.then(
            on(
                GUARANTEE,
                GuaranteeWriteOffApproved(
                    number=1, exporter="EXP-1", currency="USD", amount_minor=4_000, approved_by=SECOND
                ),
            ),
            on(
                EXPORTER_PAYEE,
                PayeeCredited(amount_minor=4_000, source=GUARANTEE, account="payable:exporter"),
                PayeeUncovered(amount_minor=4_000, guarantee=GUARANTEE),
            ),
        )
        then.leaves(GUARANTEE, outstanding_minor=0, written_off_minor=4_000, pending_minor=0)
        then.leaves(EXPORTER_PAYEE, balance_minor=-1_000, covered_minor=0)
        assert then.world.balances["expense:guarantee", "USD"] == 4_000

    def test_advance_less_expense_is_what_the_operator_may_yet_see_again(self) -> None:
        book = advanced().said(write_off(2_500)).said(APPROVE, actor=SECOND)
        balances = book.world.balances
        guarantee = book.world.load(GUARANTEE).aggregate
        assert isinstance(guarantee, Guarantee)
        left_minor = -balances["advance:operator", "USD"] - balances["expense:guarantee", "USD"]
        assert left_minor == guarantee.outstanding_minor == 1_500

    def test_the_proposer_is_no_second_person(self) -> None:
        advanced().said(write_off()).when(APPROVE).refused(ApproverIsProposer, actor="operator:first")
        advanced().said(write_off()).when(REJECT).refused(ApproverIsProposer)

    def test_more_than_was_advanced_is_refused(self) -> None:
        advanced().when(write_off(4_001)).refused(AdvanceExceeded, requested_minor=4_001, outstanding_minor=4_000)
        advanced().said(write_off(3_000)).when(write_off(1_001)).refused(AdvanceExceeded, outstanding_minor=1_000)

    def test_more_than_the_exporter_owes_is_refused(self) -> None:
        advanced().said(paid_back(2_000)).when(write_off(3_001)).refused(PayeeDebtExceeded, owed_minor=3_000)

    def test_what_the_exporter_paid_back_since_the_proposal_is_not_given_up(self) -> None:
        book = advanced().said(write_off()).said(paid_back(1_001))
        book.when(APPROVE, actor=SECOND).refused(PayeeDebtExceeded, requested_minor=4_000, owed_minor=3_999)

    def test_a_second_person_may_refuse_it(self) -> None:
        rejected = GuaranteeWriteOffRejected(number=1, rejected_by=SECOND, reason="still-trading")
        then = advanced().said(write_off()).when(REJECT, actor=SECOND).then(on(GUARANTEE, rejected))
        then.leaves(GUARANTEE, pending_minor=0, written_off_minor=0)

    def test_it_is_decided_once(self) -> None:
        book = advanced().said(write_off()).said(APPROVE, actor=SECOND)
        book.when(APPROVE, actor=SECOND).refused(ProposalNotFound, number=1)
        book.when(REJECT, actor=SECOND).refused(ProposalNotFound, number=1)

    def test_an_order_for_which_nothing_was_advanced_has_nothing_to_write_off(self) -> None:
        for command in (write_off(0), APPROVE, REJECT):
            given(*owing()).when(command, actor=SECOND).refused(AggregateNotFound, kind="guarantee")

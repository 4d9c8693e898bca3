"""Payee account: what one party may be paid in one currency, below zero what it owes; repaid, unclaimed, reclaimed."""

import pytest

from domain.accounts import AccountUnfit
from domain.commands import DeclareUnclaimed, ReclaimUnclaimed, RecordRepayment
from domain.payee_account import (
    PayeeAccount,
    PayeeControl,
    PayeeCredited,
    PayeeDebited,
    PayeeDebtExceeded,
    PayeeExceeded,
    PayeeReclaimed,
    PayeeRepaid,
    PayeeUnclaimed,
    UnclaimedExceeded,
    credited_with_account,
    debited_with_account,
)
from domain.unit_of_work import AggregateNotFound
from tests.given import BUYER_PAYEE, EXPORTER_PAYEE, Happened, folded, given, on, usd

BANK = "bank:safeguarded:hdfc"


def credited(amount_minor: int, account: PayeeControl = "payable:exporter") -> PayeeCredited:
    return PayeeCredited(amount_minor=amount_minor, source="release:PO-1/1", account=account)


def debited(amount_minor: int, account: PayeeControl = "payable:exporter") -> PayeeDebited:
    return PayeeDebited(amount_minor=amount_minor, source="hold:PO-1", account=account)


def payee(*events: PayeeCredited | PayeeDebited | PayeeUnclaimed) -> PayeeAccount:
    account = folded(EXPORTER_PAYEE, *events)
    assert isinstance(account, PayeeAccount)
    return account


def owing(amount_minor: int = 500) -> tuple[Happened, ...]:
    """Return how EXP-1 came to owe."""
    return on(EXPORTER_PAYEE, debited(amount_minor))


def refundable(amount_minor: int = 500) -> tuple[Happened, ...]:
    """Return how BUY-1 came to have money back."""
    return on(BUYER_PAYEE, credited(amount_minor, "refundable:buyer"))


def repayment(
    amount_minor: int = 500, *, account: str = BANK, owed_on: PayeeControl = "payable:exporter", reference: str = ""
) -> RecordRepayment:
    return RecordRepayment(
        party="EXP-1", amount=usd(amount_minor), account=account, owed_on=owed_on, reference=reference
    )


def repaid(amount_minor: int) -> PayeeRepaid:
    return PayeeRepaid(amount_minor=amount_minor, currency="USD", owed_on="payable:exporter", account=BANK)


def declare(amount_minor: int = 500) -> DeclareUnclaimed:
    return DeclareUnclaimed(
        party="BUY-1", amount=usd(amount_minor), account="refundable:buyer", reason="account-closed"
    )


def unclaimed(amount_minor: int = 500) -> PayeeUnclaimed:
    return PayeeUnclaimed(
        amount_minor=amount_minor, currency="USD", account="refundable:buyer", reason="account-closed"
    )


def reclaim(amount_minor: int = 500, *, account: PayeeControl = "refundable:buyer") -> ReclaimUnclaimed:
    return ReclaimUnclaimed(party="BUY-1", amount=usd(amount_minor), account=account, reason="turned-up")


class TestBalance:
    def test_the_first_event_opens_the_account_of_a_party_in_a_currency(self) -> None:
        assert payee(credited(100)) == PayeeAccount(
            reference=EXPORTER_PAYEE, party="EXP-1", currency="USD", by_account={"payable:exporter": 100}, items=1
        )

    def test_a_debit_may_come_first_and_the_party_then_owes(self) -> None:
        assert payee(debited(30)).balance_minor == -30

    def test_credits_and_debits_add_up(self) -> None:
        assert payee(credited(100), debited(130), credited(5)).balance_minor == -25

    def test_what_a_party_is_owed_is_kept_by_the_part_it_has_in_it(self) -> None:
        account = payee(credited(100), credited(20, "payable:partner"), debited(3, "refundable:buyer"))
        assert [account.minor_on(part) for part in ("payable:exporter", "payable:partner", "refundable:buyer")] == [
            100,
            20,
            -3,
        ]
        assert account.balance_minor == 117

    def test_no_part_may_be_paid_more_than_all_parts_come_to(self) -> None:
        account = payee(credited(100), debited(70, "refundable:buyer"))
        assert account.payable_on("payable:exporter") == 30
        assert account.payable_on("refundable:buyer") == 0
        assert account.payable_on("payable:partner") == 0

    def test_no_part_owes_more_than_all_parts_come_to(self) -> None:
        account = payee(debited(100), credited(70, "refundable:buyer"))
        assert account.owed_on("payable:exporter") == 30
        assert account.owed_on("refundable:buyer") == 0
        assert payee(credited(100), debited(70, "refundable:buyer")).owed_on("refundable:buyer") == 0


class TestFirstVersions:
    @pytest.mark.parametrize(
        ("source", "account"),
        [
            ("release:PO-1/1", "payable:exporter"),
            ("refund:PO-1/1", "refundable:buyer"),
            ("hold:PO-1", "payable:exporter"),
        ],
    )
    def test_an_old_credit_is_of_the_part_that_its_source_speaks_of(self, source: str, account: str) -> None:
        fields = {"amount_minor": 1, "source": source}
        assert credited_with_account(fields) == {**fields, "account": account}

    @pytest.mark.parametrize("source", ["refund:PO-1/1", "hold:PO-1"])
    def test_an_old_debit_is_of_the_exporter(self, source: str) -> None:
        fields = {"amount_minor": 1, "source": source}
        assert debited_with_account(fields) == {**fields, "account": "payable:exporter"}


class TestRepaid:
    def test_a_party_pays_back_what_it_owed(self) -> None:
        then = given(owing()).when(repayment()).then(on(EXPORTER_PAYEE, repaid(500)))
        then.leaves(EXPORTER_PAYEE, balance_minor=0)
        assert then.world.balances[BANK, "USD"] == 500
        assert then.world.balances["payable:exporter:EXP-1", "USD"] == -500

    def test_it_may_pay_a_part_and_name_the_payment(self) -> None:
        then = given(owing()).when(repayment(200, account="clearing:card", reference="UTR-7"))
        then.leaves(EXPORTER_PAYEE, balance_minor=-300)

    def test_a_partner_or_buyer_pays_back_as_well(self) -> None:
        given(on(EXPORTER_PAYEE, debited(40, "payable:partner"))).when(repayment(40, owed_on="payable:partner")).leaves(
            EXPORTER_PAYEE, balance_minor=0
        )

    def test_more_than_is_owed_is_refused(self) -> None:
        given(owing()).when(repayment(501)).refused(PayeeDebtExceeded, requested_minor=501, owed_minor=500)

    def test_what_is_owed_on_another_part_is_no_debt_of_this_one(self) -> None:
        given(owing()).when(repayment(owed_on="payable:partner")).refused(PayeeDebtExceeded, owed_minor=0)

    def test_a_party_nothing_ever_happened_to_is_not_found(self) -> None:
        given().when(repayment()).refused(AggregateNotFound, kind="payee", key="EXP-1/USD")

    @pytest.mark.parametrize("account", ["bank:operator:main", "suspense:unidentified", "unclaimed:EXP-1"])
    def test_money_arrives_on_a_clearing_or_safeguarded_account(self, account: str) -> None:
        given(owing()).when(repayment(account=account)).refused(
            AccountUnfit, account=account, needed=("clearing", "bank:safeguarded")
        )


class TestUnclaimed:
    def test_money_nobody_can_be_paid_is_kept_for_its_party(self) -> None:
        then = given(refundable()).when(declare()).then(on(BUYER_PAYEE, unclaimed()))
        then.leaves(BUYER_PAYEE, balance_minor=0, unclaimed_by_account={"refundable:buyer": 500})
        assert then.world.balances["refundable:buyer:BUY-1", "USD"] == 500
        assert then.world.balances["unclaimed:BUY-1", "USD"] == -500

    def test_it_is_never_more_than_is_there(self) -> None:
        given(refundable()).when(declare(501)).refused(
            PayeeExceeded, account="refundable:buyer", requested_minor=501, payable_minor=500
        )

    def test_what_the_party_owes_elsewhere_is_not_there(self) -> None:
        given(refundable(), on(BUYER_PAYEE, debited(100))).when(declare(401)).refused(PayeeExceeded, payable_minor=400)

    def test_it_may_be_declared_in_steps(self) -> None:
        given(refundable()).said(declare(200)).when(declare(300)).leaves(
            BUYER_PAYEE, balance_minor=0, unclaimed_by_account={"refundable:buyer": 500}
        )


class TestReclaimed:
    def test_the_party_that_turns_up_may_be_paid_again(self) -> None:
        then = given(refundable(), on(BUYER_PAYEE, unclaimed())).when(reclaim(400))
        then.then(
            on(
                BUYER_PAYEE,
                PayeeReclaimed(amount_minor=400, currency="USD", account="refundable:buyer", reason="turned-up"),
            )
        ).leaves(BUYER_PAYEE, balance_minor=400, unclaimed_by_account={"refundable:buyer": 100})
        assert then.world.balances["refundable:buyer:BUY-1", "USD"] == 500 - 400
        assert then.world.balances["unclaimed:BUY-1", "USD"] == -100

    def test_it_is_never_more_than_was_set_aside(self) -> None:
        given(refundable(), on(BUYER_PAYEE, unclaimed())).when(reclaim(501)).refused(
            UnclaimedExceeded, requested_minor=501, unclaimed_minor=500
        )

    def test_it_goes_back_to_the_account_it_came_from(self) -> None:
        given(refundable(), on(BUYER_PAYEE, unclaimed())).when(reclaim(account="payable:exporter")).refused(
            UnclaimedExceeded, account="payable:exporter", unclaimed_minor=0
        )

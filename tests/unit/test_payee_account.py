"""Payee account: what one party may be paid in one currency, below zero what it owes."""

from domain.payee_account import PayeeAccount, PayeeCredited, PayeeDebited
from tests.given import EXPORTER_PAYEE, folded


def test_the_first_event_opens_the_account_of_a_party_in_a_currency() -> None:
    credited = PayeeCredited(amount_minor=100, source="release:PO-1/1")
    assert folded(EXPORTER_PAYEE, credited) == PayeeAccount(
        reference=EXPORTER_PAYEE, party="EXP-1", currency="USD", balance_minor=100
    )


def test_a_debit_may_come_first_and_the_party_then_owes() -> None:
    debited = PayeeDebited(amount_minor=30, source="hold:PO-1")
    assert folded(EXPORTER_PAYEE, debited) == PayeeAccount(
        reference=EXPORTER_PAYEE, party="EXP-1", currency="USD", balance_minor=-30
    )


def test_credits_and_debits_add_up() -> None:
    events = (
        PayeeCredited(amount_minor=100, source="release:PO-1/1"),
        PayeeDebited(amount_minor=130, source="refund:PO-1/1"),
        PayeeCredited(amount_minor=5, source="release:PO-2/1"),
    )
    account = folded(EXPORTER_PAYEE, *events)
    assert isinstance(account, PayeeAccount)
    assert account.balance_minor == -25

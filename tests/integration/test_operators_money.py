"""Commission that the operator bears: buyers' money needn't cover it until it is paid, and mustn't pay it after."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from domain.commands.bank import RegisterBankAccount
from domain.commands.payouts import ApprovePayout, InstructedPayout, InstructPayouts, PlanPayout
from ledger.postgres import EmbeddedPostgres
from projections.payees import payees_to_settle
from projections.proof_of_holds import CurrencyProof, proof_of_holds
from projections.runner import Runner
from tests.books import Book
from tests.treasury import CREDITOR, OWN, Treasury, paid
from tests.troubles import OTHER_PARTNER, PARTNER, troubled_book


@pytest.fixture(scope="module")
def troubled(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    with troubled_book(postgres, template, database="operators_money") as book:
        yield book


def proofs_of(book: Book) -> dict[str, CurrencyProof]:
    Runner(book.pool, book.name).catch_up()
    with book.pool.connection() as connection:
        return {proof.currency: proof for proof in proof_of_holds(connection, book.name)}


def test_what_the_operator_paid_it_bears_no_more(troubled: Book) -> None:
    book = troubled
    before = proofs_of(book)
    assert all(proof.agrees and proof.covered for proof in before.values())
    with book.pool.connection() as connection:
        due = [row for row in payees_to_settle(connection, book.name) if row.party in {PARTNER, OTHER_PARTNER}]
    due = [row for row in due if row.available_minor > 0]
    assert due
    day = book.clock.now.date()
    for number, row in enumerate(due, start=1):
        name = f"PAR-{number}"
        book.say(
            RegisterBankAccount(
                bank_account=f"own-{number}",
                account=f"{OWN}-{number}",
                currency=row.currency,
                identifiers=(f"OWN{number}",),
                name="X",
            )
        )
        pays_from = f"{OWN}-{number}"
        book.say(PlanPayout(payout=name, party=row.party, currency=row.currency, pays_from=pays_from, pay_on=day))
        if row.available_minor:
            book.ask(ApprovePayout(payout=name), actor="operator:second")
        told = InstructedPayout(payout=name, party=row.party, creditor=CREDITOR)
        book.say(
            InstructPayouts(
                file=f"OWN-{number}",
                format="pain.001.001.09",
                pays_from=pays_from,
                currency=row.currency,
                pay_on=day,
                sha256="5c" * 32,
                payouts=(told,),
            )
        )
        told_of = proofs_of(book)[row.currency]
        assert told_of.covered
        assert told_of == replace(before[row.currency], operators_commission_minor=told_of.operators_commission_minor)
        treasury = Treasury(book)
        (entry,) = treasury.statement(f"own-{number}", day, -row.available_minor)
        treasury.match(f"OWN-{number}", entry, paid(name, row.available_minor))
        after = proofs_of(book)[row.currency]
        assert after.covered
        spent_minor = told_of.operators_commission_minor - after.operators_commission_minor
        assert spent_minor == told_of.liabilities_minor - after.liabilities_minor == row.available_minor
        assert after.not_yet_swept_minor == told_of.not_yet_swept_minor
        before[row.currency] = after

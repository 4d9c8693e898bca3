"""Commission statements: they come to the partner's account, and an evidence pack proves each line."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from api.commission_statements import CommissionStatement, commission_statements
from api.exchange.commission_statement_csv import commission_statement_csv
from api.exchange.commission_statement_pdf import commission_statement_pdf
from api.packs.making import PartnerNotFound, make_commission_pack
from api.packs.verify_pack import Verification
from ledger.postgres import EmbeddedPostgres
from ledger.reads import Reader
from projections.balances import all_balances
from projections.runner import Runner
from tests.books import Book
from tests.packs import MADE_AT, key_of, opened, trusting
from tests.troubles import PARTNER, troubled_book


@pytest.fixture(scope="module")
def troubled(postgres: EmbeddedPostgres, template: str) -> Iterator[Book]:
    with troubled_book(postgres, template, database="commission_statements") as book:
        Runner(book.pool, book.name).catch_up()
        yield book


def stated(book: Book, *, first_on: date | None = None, last_on: date | None = None) -> list[CommissionStatement]:
    with book.pool.connection() as connection:
        return commission_statements(connection, book.name, PARTNER, first_on=first_on, last_on=last_on)


def test_it_closes_with_what_stands_on_the_partners_accounts(troubled: Book) -> None:
    with troubled.pool.connection() as connection:
        balances = {(each.account, each.currency): each.balance_minor for each in all_balances(connection, "main")}
    statements = stated(troubled)
    assert statements
    for one in statements:
        assert one.closing_due_minor == balances.get((f"payable:partner:{PARTNER}", one.currency), 0)
        assert one.closing_accrued_minor == balances.get((f"accrued:partner:{PARTNER}", one.currency), 0)
        assert one.opening_due_minor + sum(line.due_minor for line in one.lines) == one.closing_due_minor
        assert all(line.order and line.topic.startswith("commission.") for line in one.lines)


def test_two_that_follow_each_other_are_one(troubled: Book) -> None:
    for whole in stated(troubled):
        day = whole.lines[len(whole.lines) // 2].posted_on
        early = {one.currency: one for one in stated(troubled, last_on=day)}
        late = {one.currency: one for one in stated(troubled, first_on=day + timedelta(days=1))}
        first, second = early[whole.currency], late[whole.currency]
        assert first.closing_due_minor == second.opening_due_minor
        assert first.closing_accrued_minor == second.opening_accrued_minor
        assert [*first.lines, *second.lines] == whole.lines


def test_each_line_is_proved_by_the_pack(troubled: Book, tmp_path: Path) -> None:
    at = opened(troubled, tmp_path / "keys")
    pack = make_commission_pack(at, PARTNER, Reader(f"partner:{PARTNER}", "partner"), made_at=MADE_AT)
    found = Verification(pack.content, trusting(key_of(at)))
    assert found.state == "verified"
    assert {line.position for one in stated(troubled) for line in one.lines} <= set(found.events)
    assert pack.view.redacted == 0
    with pytest.raises(PartnerNotFound):
        make_commission_pack(at, "NOBODY", Reader("auditor:A", "auditor"), made_at=MADE_AT)


def test_as_csv_and_pdf(troubled: Book) -> None:
    statements = stated(troubled)
    rows = commission_statement_csv(statements).decode().splitlines()
    assert len(rows) == 1 + sum(2 + len(one.lines) for one in statements)
    first, second = (commission_statement_pdf(statements, book="main") for _ in range(2))
    assert first == second
    assert first.startswith(b"%PDF-")

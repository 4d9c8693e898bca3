"""The real files of many banks are taken in, or refused with a reason; a second time nothing is new."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.composition import OpenedBook, World
from api.exchange.bank_statements.reading import read_statements
from api.exchange.bank_statements.statement import StatementFile, StatementUnreadable, account_named
from api.reconciling.accounts import compact
from api.reconciling.import_statement import Importing, StatementOfTheDay, import_file
from api.reconciling.run import Running, reconcile
from domain import commands
from domain.bank_account import BankAccountMalformed
from domain.money import CurrencyUnknown, exponent_of
from projections.breaks import BreaksSought, search_breaks
from projections.open_reconciliation import statements_of
from projections.runner import Runner
from tests.books import Book, Salts
from tests.read_side import differences

FORMATS = {".sta", ".txt", ".xml", ".STA", ".TXT", ".XML", ".mta", ".940"}


@pytest.fixture
def opened(book: Book) -> Iterator[OpenedBook]:
    house_book = OpenedBook(book.pool, book.name, world=World(clock=book.clock, salts=Salts()))
    yield house_book
    house_book.close()


def files_of(banks: Path) -> list[tuple[Path, StatementFile]]:
    """Return every file that is a statement and whose currencies are of today."""
    found = []
    for path in sorted(each for each in banks.rglob("*") if each.suffix in FORMATS):
        try:
            read = read_statements(path.read_bytes(), name=path.name)
        except StatementUnreadable:
            continue
        if read.statements and all(_is_of_today(each.currency) for each in read.statements):
            found.append((path, read))
    return found


def _is_of_today(currency: str) -> bool:
    try:
        exponent_of(currency)
    except CurrencyUnknown:
        return False
    return True


def register(book: Book, read: StatementFile, known: dict[tuple[str, str], str]) -> bool:
    """Register the accounts of a file's statements; return whether all may be called as their banks call them."""
    for statement in read.statements:
        number = compact(account_named(statement.account, statement.currency))
        if (number, statement.currency) in known:
            continue
        key = f"account-{len(known) + 1}"
        try:
            book.say(
                commands.RegisterBankAccount(
                    bank_account=key,
                    account=f"bank:operator:{key}",
                    currency=statement.currency,
                    identifiers=(number,),
                    name=key,
                )
            )
        except BankAccountMalformed:
            return False
        known[number, statement.currency] = key
    return True


def test_every_file_is_recorded_once_and_what_does_not_add_up_is_a_break(
    book: Book, opened: OpenedBook, shared_data: Path
) -> None:
    known: dict[tuple[str, str], str] = {}
    taken, during = [], 0
    by = Importing(opened, "finance:FIN-1", "finance")
    for path, read in files_of(shared_data / "bank"):
        if not register(book, read, known):
            continue
        try:
            imported = import_file(read, by)
        except StatementOfTheDay:
            during += 1
            continue
        assert sum(each.new + each.known for each in imported) == sum(len(each.entries) for each in read.statements)
        taken.append((path, read))
    assert len(taken) > 40
    assert during
    head = Runner(book.pool, book.name).head()
    for path, read in taken:
        again = import_file(read, by)
        assert not any(each.recorded for each in again), path
    assert Runner(book.pool, book.name).head() == head
    with book.pool.connection() as connection:
        odd = {each.statement for each in statements_of(connection, book.name) if each.difference_minor and each.to_on}
        kinds = {
            row.subject.partition(":")[2]
            for row in search_breaks(connection, book.name, BreaksSought(kind="unbalanced_statement"))
        }
    assert odd == kinds
    report = reconcile(Running(opened))
    assert report.entries == sum(report.matched.values()) + report.raised
    assert reconcile(Running(opened)).raised == 0
    assert differences(book.pool, book.name) == []

"""
A plain-text journal is a book's entries as files that an outside accounting program reads and checks.

`main` includes `accounts`, a file for each month of posting dates, and `balances`. A month's file ends with the trial
balance at its last day, `balances` says what every account holds in the end: the program adds the entries up anew and
refuses to load where it comes to another figure.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, takewhile
from pathlib import Path
from typing import ClassVar, NamedTuple, Protocol

from msgspec import Struct

from api.exchange.export_folder import export_folder
from domain.accounts import control_of
from projections.balances import TrialBalanceLine, trial_balance
from projections.journal import PostedEntry, entries_between
from projections.moment import Moment
from projections.projection import Connection

PAGE_ENTRIES = 5_000


class OpenedAccount(NamedTuple):
    """An account of a journal: its first posting date and, unless only its parts are posted to, its currencies."""

    name: str
    opened_on: date
    currencies: tuple[str, ...]


class AccountBalance(NamedTuple):
    """What an account and its parts hold when a day ends: debits minus credits, in minor units of the currency."""

    account: str
    currency: str
    balance_minor: int
    day: date


class PlainText(Protocol):
    """How a program writes a journal. Every text ends a line; `suffix` is that of its files, with the point."""

    suffix: ClassVar[str]

    def conventions(self, title: str, currencies: Sequence[str]) -> str:
        """Return what stands before everything else."""

    def include(self, file: str) -> str:
        """Return the line that reads another file of the same folder."""

    def account(self, opened: OpenedAccount) -> str:
        """Return an account's declaration."""

    def entry(self, entry: PostedEntry) -> str:
        """Return an entry."""

    def balance(self, balance: AccountBalance) -> str:
        """Return the claim that an account holds so much."""


class JournalExport(Struct, frozen=True, kw_only=True):
    """What was written: the entries up to a position of the log, the accounts they post to, files, bytes in all."""

    position: int
    entries: int
    accounts: int
    files: int
    bytes: int


def export_journal(
    connection: Connection,
    book: str,
    folder: Path,
    *,
    form: PlainText,
    up_to: int,
    progress: Callable[[int], None] = lambda _position: None,
) -> JournalExport:
    """
    Write a book's journal up to a position, which its projections have reached, into a new folder.

    `progress` is told the position reached. Memory grows with the accounts and a page of entries.

    Raises: ExportUnwritable.
    """
    with export_folder(folder) as made:
        writing = _Writing(made, form)
        for page in _pages(connection, book, up_to):
            writing.add(page)
            progress(page[-1].position)
        writing.finish(_Books(connection, book, up_to))
        progress(up_to)
        sizes = [file.stat().st_size for file in made.iterdir()]
    return JournalExport(
        position=up_to, entries=writing.entries, accounts=len(writing.accounts), files=len(sizes), bytes=sum(sizes)
    )


class _Books:
    """The ledger's own figures."""

    def __init__(self, connection: Connection, book: str, position: int) -> None:
        self._connection = connection
        self.book = book
        self.position = position

    def at_end_of(self, day: date) -> Iterator[AccountBalance]:
        """Yield the balances of control accounts when a day ends."""
        return self._on(day, trial_balance(self._connection, self.book, moment=Moment(self.position, day)))

    def in_the_end(self, day: date) -> Iterator[AccountBalance]:
        """Yield the balance of every account; no entry is of a later day."""
        return self._on(day, trial_balance(self._connection, self.book, detail=True, moment=Moment(self.position)))

    @staticmethod
    def _on(day: date, lines: Iterable[TrialBalanceLine]) -> Iterator[AccountBalance]:
        return (AccountBalance(at.account, at.currency, at.debit_minor - at.credit_minor, day) for at in lines)


class _Writing:
    """The files of a journal that is being written, and what is known of it so far."""

    def __init__(self, folder: Path, form: PlainText) -> None:
        self.entries = 0
        self.accounts: dict[str, OpenedAccount] = {}
        self._folder = folder
        self._form = form
        self._months: set[date] = set()

    def add(self, page: Sequence[PostedEntry]) -> None:
        """Write further entries."""
        for month, entries in groupby(sorted(page, key=_month), key=_month):
            self._months.add(month)
            self._append(_named(month), (f"{self._form.entry(entry)}\n" for entry in entries))
        self.entries += len(page)
        for entry in page:
            for posted in entry.postings:
                self._open(posted.account, posted.currency, entry.posting_date)

    def finish(self, books: _Books) -> None:
        """Write the accounts, the balances, and the file that includes all others."""
        opened = self.accounts | {control.name: control for control in self._controls()}
        self._append("accounts", (self._form.account(opened[name]) for name in sorted(opened)))
        months = sorted(self._months)
        for month in months:
            day = _last_day(month)
            unopened = {account.name for account in opened.values() if account.opened_on > day}
            claimed = (balance for balance in books.at_end_of(day) if balance.account not in unopened)
            self._append(_named(month), map(self._form.balance, claimed))
        for month in months[-1:]:
            self._append("balances", map(self._form.balance, books.in_the_end(_last_day(month))))
        title = f"Book {books.book} up to position {books.position}"
        currencies = sorted({currency for account in opened.values() for currency in account.currencies})
        included = sorted(file.name for file in self._folder.iterdir())
        self._append("main", (self._form.conventions(title, currencies), *map(self._form.include, included)))

    def _open(self, name: str, currency: str, on: date) -> None:
        known = self.accounts.get(name)
        if known is None:
            self.accounts[name] = OpenedAccount(name, on, (currency,))
        elif on < known.opened_on or currency not in known.currencies:
            currencies = tuple(sorted({*known.currencies, currency}))
            self.accounts[name] = OpenedAccount(name, min(on, known.opened_on), currencies)

    def _controls(self) -> Iterator[OpenedAccount]:
        parted = {control.name for control in map(control_of, self.accounts) if control.parted}
        first = min((account.opened_on for account in self.accounts.values()), default=date.min)
        return (OpenedAccount(name, first, ()) for name in parted)

    def _append(self, name: str, texts: Iterable[str]) -> None:
        with (self._folder / f"{name}{self._form.suffix}").open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(texts)


def _pages(connection: Connection, book: str, up_to: int) -> Iterator[list[PostedEntry]]:
    after = 0
    while found := entries_between(connection, book, after=after, limit=PAGE_ENTRIES):
        if page := list(takewhile(lambda entry: entry.position <= up_to, found)):
            yield page
        if len(page) < len(found):
            return
        after = found[-1].position


def _month(entry: PostedEntry) -> date:
    return entry.posting_date.replace(day=1)


def _named(month: date) -> str:
    return month.isoformat()[:7]


def _last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)

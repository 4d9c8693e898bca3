"""
Taking a bank's file in: each statement with its lines, as far as they aren't known yet, and what is odd about it.

A file that comes again, in another format, or in pieces that overlap, has no effect. What was left half done by a
process that died is finished by taking the same file in again.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import ClassVar, NamedTuple

import msgspec
from msgspec import Struct

from api.composition import OpenedBook
from api.exchange.bank_statements.reading import MT940, read_statements
from api.exchange.bank_statements.sameness import Numbered, numbered
from api.exchange.bank_statements.statement import BankStatement, StatementFile, told
from api.exchange.command_stream import CommandStream, Group
from api.reconciling.accounts import account_meant
from api.reconciling.details import OWNER, detail_of, known_entries
from domain.bank_account import Said, StatementAlreadyRecorded
from domain.commands import Command
from domain.commands.bank import NewBankEntry, RecordBankEntries, RecordBankStatement
from domain.errors import Refused
from domain.handlers.bank_accounts import ENTRIES_MAX, BankEntryAlreadyRecorded
from ledger.outcomes import Accepted, CommandKey, Submission
from ledger.writer import Answer
from projections.open_reconciliation import (
    all_bank_accounts,
    amounts_recorded_in,
    entries_alike,
    find_entries,
    find_statements,
    statements_of,
)
from projections.reconciliation_rows import BankAccountRow, BankStatementRow

PRINCIPAL = "bank-import"
"""In whose namespace the ids of these commands are: they are made of what they record."""

NEARBY = timedelta(days=10)
"""How far around a statement's days lines are looked for that it may repeat."""

PIECES_WITHIN = timedelta(days=31)
TOGETHER = 10
"""So many commands are asked at once: a small statement is recorded by one commit."""

ATTEMPTS = 3
"""Of a statement that somebody else takes in at the same time."""


@dataclass(eq=False, kw_only=True)
class StatementOfTheDay(Refused):
    """Reports during the day (camt.052, MT942) are read, but not recorded: what they show may still change."""

    code: ClassVar[str] = "bank.statement_of_the_day"
    format: str
    hint: ClassVar[str] = "record the statement of the day when the bank sends it; --dry-run shows this one"


class Imported(Struct, frozen=True, kw_only=True):
    """
    What became of a statement.

    bank_account, statement: by which keys it is known; recorded: whether something of it was new; new, known: of its
    lines; gap_minor: what is missing before it, nothing where no statement before is known.
    """

    read: BankStatement
    bank_account: str
    statement: str
    recorded: bool
    new: int
    known: int
    gap_minor: int | None

    @property
    def told(self) -> dict[str, object]:
        """Return it as a program reads it: the statement, and what became of it."""
        became = {name: getattr(self, name) for name in self.__struct_fields__ if name != "read"}
        return told(self.read) | became


class Importing(NamedTuple):
    """Into which book, by whom; progress: is told how many lines were recorded, of how many."""

    book: OpenedBook
    actor: str
    role: str
    progress: Callable[[int, int], None] = lambda _done, _total: None


def read_file(content: bytes, *, name: str, file_format: str | None = None) -> StatementFile:
    """Return the statements in a file. Raises: as `read_statements`."""
    return read_statements(content, name=name, format=file_format)


def import_file(file: StatementFile, importing: Importing, *, bank_account: str | None = None) -> list[Imported]:
    """
    Record what isn't known of a file's statements. bank_account: the key of the one that a person means.

    Raises, in this order, before anything is recorded: StatementOfTheDay, BankAccountNotFound, BankAccountAmbiguous;
    then what the writer does.
    """
    _check_final(file)
    importing.book.runner.catch_up()
    with importing.book.pool.connection() as connection:
        accounts = all_bank_accounts(connection, importing.book.name)
    meant = [
        account_meant(accounts, named=each.account, currency=each.currency, key=bank_account)
        for each in file.statements
    ]
    return [
        Taking(importing, account, statement, file).take()
        for account, statement in zip(meant, file.statements, strict=True)
    ]


def statement_name(account: str, statement: BankStatement, keys: Sequence[str]) -> str:
    """
    Return what a statement is called here, whatever its format: by account, currency, days and balances; without
    balances, as a bank's advice, by its lines.
    """
    days = _days_of(statement)
    said: tuple[object, ...] = (account, statement.currency, days, statement.opening_minor, statement.closing_minor)
    if statement.opening_minor is None or statement.closing_minor is None:
        said = (*said, sorted(keys))
    return _digest(said)


class Plan(NamedTuple):
    """What would be recorded of a statement: under which name, what it says of itself, which lines are new."""

    statement: str
    said: Said | None
    new: Sequence[Numbered]
    before: BankStatementRow | None


class Taking:
    """One statement being taken in."""

    def __init__(
        self, importing: Importing, account: BankAccountRow, statement: BankStatement, file: StatementFile
    ) -> None:
        self._book = importing.book
        self._by = importing
        self._account = account
        self._read = statement
        self._file = file

    def take(self) -> Imported:
        """Record what isn't known; where somebody else is at it too, look again and record the rest."""
        recorded, new = False, 0
        for _ in range(ATTEMPTS):
            plan = self.plan()
            was_raced, did = self._record(plan)
            recorded, new = recorded or did, new + (0 if was_raced else len(plan.new))
            if not was_raced:
                break
        return Imported(
            read=self._read,
            bank_account=self._account.bank_account,
            statement=plan.statement,
            recorded=recorded,
            new=new,
            known=len(self._read.entries) - new,
            gap_minor=self._gap(plan.statement),
        )

    def plan(self) -> Plan:
        """Return what isn't known of it."""
        numbers = self._numbered()
        new = [each for each in numbers if each.known is None]
        keys = [each.key for each in numbers]
        with self._book.pool.connection() as connection:
            name = statement_name(self._account.bank_account, self._read, keys)
            before = find_statements(connection, self._book.name, [name]).get(name)
            if before is None:
                before = self._piece_of(statements_of(connection, self._book.name, self._account.bank_account))
            recorded = amounts_recorded_in(connection, self._book.name, before.statement) if before else {}
        statement = before.statement if before else name
        if not self._says_more(numbers, before):
            return Plan(statement, None, new, before)
        return Plan(statement, self._said(numbers, new, before, recorded), new, before)

    def _numbered(self) -> list[Numbered]:
        entries = self._read.entries
        days = [entry.booking_date for entry in entries] + [entry.value_date for entry in entries]
        rows = []
        if entries:
            with self._book.pool.connection() as connection:
                rows = entries_alike(
                    connection,
                    self._book.name,
                    self._account.bank_account,
                    amounts_minor=[entry.amount_minor for entry in entries],
                    first=min(days) - NEARBY,
                    last=max(days) + NEARBY,
                )
        known = known_entries(self._book, rows)
        return numbered(entries, account=self._account.bank_account, currency=self._account.currency, known=known)

    def _piece_of(self, recorded: Sequence[BankStatementRow]) -> BankStatementRow | None:
        """Return the recorded statement that this is a piece of, or the other way round: with the same balances."""
        days = _days_of(self._read)
        if self._read.opening_minor is None or self._read.closing_minor is None or days is None:
            return None
        for row in recorded:
            same = (row.opening_minor, row.closing_minor) == (self._read.opening_minor, self._read.closing_minor)
            if same and row.difference_minor and row.from_on and abs(row.from_on - days[0]) <= PIECES_WITHIN:
                return row
        return None

    def _says_more(self, numbers: Sequence[Numbered], before: BankStatementRow | None) -> bool:
        """
        Return whether the statement is worth recording: it has new lines, or it is one that wasn't recorded and adds
        up, with lines that so far only an advice without balances told, or with none.
        """
        has_new = any(each.known is None for each in numbers)
        if has_new or before:
            return has_new
        if self._read.difference_minor != 0:
            return False
        return not numbers or self._told_by_advice(numbers)

    def _told_by_advice(self, numbers: Sequence[Numbered]) -> bool:
        """Return whether some line stands in no statement that has balances."""
        with self._book.pool.connection() as connection:
            entries = find_entries(connection, self._book.name, [each.key for each in numbers]).values()
            statements = find_statements(connection, self._book.name, {entry.statement for entry in entries})
        return any(each.closing_minor is None for each in statements.values())

    def _said(
        self,
        numbers: Sequence[Numbered],
        new: Sequence[Numbered],
        before: BankStatementRow | None,
        recorded: Mapping[str, int],
    ) -> Said:
        amounts_minor = {**recorded, **{each.key: each.entry.amount_minor for each in numbers}}
        days = _days_of(self._read)
        if before:
            known_days = [day for day in (before.from_on, before.to_on, *(days or ())) if day]
            days = (min(known_days), max(known_days)) if known_days else None
        return Said(
            number="".join(character for character in self._read.number if character.isprintable())[:35],
            format=self._file.format.replace(":", ".")[:64],
            file_sha256=self._file.sha256,
            from_on=days[0] if days else None,
            to_on=days[1] if days else None,
            opening_minor=self._read.opening_minor,
            closing_minor=self._read.closing_minor,
            entries=len(amounts_minor),
            sum_minor=sum(amounts_minor.values()),
            new_entries=len(new),
        )

    def _record(self, plan: Plan) -> tuple[bool, bool]:
        """Record what a plan says; return whether somebody else did some of it meanwhile, and whether anything is."""
        if plan.said is None:
            return False, False
        stream = CommandStream(self._book.writer)
        heard = _Heard(self._by.progress, len(plan.new))
        submissions = self.submissions(plan)
        while together := list(islice(submissions, TOGETHER)):
            commands = [each.command for each in together]
            lines = sum(len(each.entries) for each in commands if isinstance(each, RecordBankEntries))
            stream.send(Group(together, lines, heard.tell(lines)))
        stream.drain()
        self._book.runner.catch_up()
        heard.check()
        return heard.raced, True

    def submissions(self, plan: Plan) -> Iterator[Submission]:
        """Yield the commands that record it, the statement before its lines; what the bank wrote is kept on the way."""
        if plan.said is None:
            return
        statement = RecordBankStatement(
            bank_account=self._account.bank_account, statement=plan.statement, told=plan.said
        )
        yield self._submission(statement, f"statement-{_digest((plan.statement, plan.said))}")
        for start in range(0, len(plan.new), ENTRIES_MAX):
            yield self._entries(plan.statement, plan.new[start : start + ENTRIES_MAX])

    def _entries(self, statement: str, some: Sequence[Numbered]) -> Submission:
        keys = [each.key for each in some]
        key = CommandKey(PRINCIPAL, f"entries-{_digest((statement, keys))}")
        values = {each.key: detail_of(each.entry) for each in some}
        details = self._book.confidential.keep_all(key, owner=OWNER, values=values)
        entries = tuple(
            NewBankEntry(
                key=each.key,
                amount_minor=each.entry.amount_minor,
                value_date=each.entry.value_date,
                booking_date=each.entry.booking_date,
                ordinal=each.now.ordinal,
                code=_plain(each.entry.code),
                is_reversal=each.entry.is_reversal,
                detail=details[each.key],
            )
            for each in some
        )
        command = RecordBankEntries(bank_account=self._account.bank_account, statement=statement, entries=entries)
        return self._submission(command, key.command_id)

    def _submission(self, command: Command, command_id: str) -> Submission:
        return Submission(
            command=command,
            command_id=command_id,
            principal=PRINCIPAL,
            actor=self._by.actor,
            role=self._by.role,
        )

    def _gap(self, statement: str) -> int | None:
        with self._book.pool.connection() as connection:
            row = find_statements(connection, self._book.name, [statement]).get(statement)
        return row.gap_minor if row else None


class _Heard:
    """What a writer answered: how many lines are recorded, and what went wrong first."""

    def __init__(self, progress: Callable[[int, int], None], total: int) -> None:
        self.raced = False
        self._progress = progress
        self._total = total
        self._done = 0
        self._wrong: Answer | None = None

    def tell(self, entries: int) -> Callable[[Sequence[Answer]], None]:
        """Return what hears the answer to so many lines."""

        def hear(answers: Sequence[Answer]) -> None:
            for answer in answers:
                if isinstance(answer, BankEntryAlreadyRecorded):
                    self.raced = True
                elif not isinstance(answer, Accepted | StatementAlreadyRecorded):
                    self._wrong = self._wrong or answer
            self._done += entries
            self._progress(self._done, self._total)

        return hear

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        if isinstance(self._wrong, Exception):
            raise self._wrong
        if self._wrong:
            raise RuntimeError(self._wrong)  # no rule refuses these commands


def _check_final(file: StatementFile) -> None:
    """Raises: StatementOfTheDay."""
    if file.format.startswith("camt.052") or (file.format == MT940 and any(map(_has_no_balance, file.statements))):
        raise StatementOfTheDay(format=file.format)


def _has_no_balance(statement: BankStatement) -> bool:
    return statement.opening_minor is None and statement.closing_minor is None


def _days_of(statement: BankStatement) -> tuple[date, date] | None:
    """Return the first and the last day of a statement: of its lines, else of its closing balance."""
    days = [entry.booking_date for entry in statement.entries]
    if not days and statement.closed_on:
        days = [statement.closed_on]
    return (min(days), max(days)) if days else None


def _digest(said: object) -> str:
    """Return half of the SHA-256 of what is said, as compact JSON, in hexadecimal."""
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:32]


def _plain(code: str) -> str:
    return "".join(character for character in code if " " <= character <= "~")[:35]

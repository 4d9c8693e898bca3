"""
A bank's CSV file: each row an entry, by a mapping, and the balances out of the running ones.

A row that can't be read is a problem with its line and the reason; the rest goes on.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from api.exchange.bank_statements.csv_mapping import CsvMapping
from api.exchange.bank_statements.details import end_to_end
from api.exchange.bank_statements.statement import BankStatement, Problem, StatementEntry, account_named, amount_text
from api.exchange.cells import amount_minor, amount_of_columns, cell_of, word_of
from api.exchange.csv_records import HeadingMissing, Record, Table, day_of, table_of, text_of
from domain.errors import Malformed
from domain.money import exponent_of

_NO_CURRENCY = "no currency: no amount is guessed"
_NO_DAY = "has neither a date of booking nor one of value"


class CsvUnreadable(Exception):
    """The file hasn't the columns that the mapping names."""


class _Row(NamedTuple):
    entry: StatementEntry
    balance_minor: int | None
    is_pending: bool


class _Of(NamedTuple):
    account: str
    currency: str


def read_csv(content: bytes, mapping: CsvMapping) -> tuple[BankStatement, ...]:
    """
    Return the statements in a file, one for each account and currency, their entries the oldest first.

    Raises: CsvUnreadable.
    """
    try:
        table = table_of(content, mapping, mapping.columns)
    except HeadingMissing as error:
        raise CsvUnreadable(str(error)) from None
    read: dict[_Of, list[_Row]] = {}
    problems: dict[_Of, list[Problem]] = {}
    of = _of_file(table, mapping)
    for row in table.rows:
        try:
            of = _of_row(row, table, mapping) if not row.problem else of
            read.setdefault(of, []).append(_read(row, table, mapping, of))
        except (ValueError, Malformed) as error:
            problems.setdefault(of, []).append(Problem(row.line, row.problem or str(error)))
    if not read and not problems:
        read[of] = []
    if table.problem:
        problems.setdefault(next(iter([*read, *problems])), []).insert(0, Problem(0, table.problem))
    return tuple(_statement(each, read.get(each, []), problems.get(each, []), mapping) for each in {**read, **problems})


def fits(content: bytes, mapping: CsvMapping) -> bool:
    """Return whether a file has the columns of a mapping, all of them but the optional ones."""
    try:
        return mapping.has_heading and bool(table_of(content, mapping, mapping.columns).columns)
    except HeadingMissing:
        return False


def _of_file(table: Table, mapping: CsvMapping) -> _Of:
    """Return the account and currency that stand for the whole file, empty where each row says its own."""
    nothing = Record(0, (), "")
    named = (source for source in (mapping.account, mapping.currency))
    account, currency = ("" if each.column else word_of(each, nothing, table) for each in named)
    return _Of(account_named(account, currency), currency)


def _of_row(row: Record, table: Table, mapping: CsvMapping) -> _Of:
    currency = word_of(mapping.currency, row, table).upper()
    return _Of(account_named(word_of(mapping.account, row, table), currency), currency)


def _read(row: Record, table: Table, mapping: CsvMapping, of: _Of) -> _Row:
    """
    Return a row's entry.

    Raises: ValueError, Malformed.
    """
    if row.problem:
        raise ValueError(row.problem)
    if not of.currency:
        raise ValueError(_NO_CURRENCY)
    exponent_of(of.currency)
    booking, value = _days(row, table, mapping)
    minor = amount_of_columns(
        mapping.amount,
        lambda column: amount_minor(cell_of(row, table, column), of.currency, mapping),
        row,
        table,
        mapping,
    )
    balance = amount_minor(cell_of(row, table, mapping.balance), of.currency, mapping)
    said = {name: text_of(cell_of(row, table, getattr(mapping, name))) for name in _TEXTS}
    remittance = " ".join(filter(None, (text_of(cell_of(row, table, column)) for column in mapping.remittance)))
    pending = text_of(cell_of(row, table, mapping.pending)).casefold()
    entry = StatementEntry(
        amount_minor=minor,
        value_date=value or booking or date.min,
        booking_date=booking or value or date.min,
        reference=end_to_end(said["reference"]) or end_to_end(said["bank_reference"]),
        end_to_end_id=end_to_end(said["end_to_end_id"]),
        bank_reference=end_to_end(said["bank_reference"]),
        code=said["code"],
        counterparty=said["counterparty"],
        counterparty_account=said["counterparty_account"],
        remittance=remittance,
        line=row.line,
        sha256=hashlib.sha256(row.raw.encode()).hexdigest(),
        holder_reference=end_to_end(said["reference"]),
        return_reason=said["return_reason"],
        has_value_date=value is not None,
        has_booking_date=booking is not None,
    )
    return _Row(entry, balance, bool(pending) and pending in {word.casefold() for word in mapping.pending_words})


_TEXTS = (
    "reference",
    "bank_reference",
    "end_to_end_id",
    "counterparty",
    "counterparty_account",
    "code",
    "return_reason",
)


class _Days(NamedTuple):
    booking: date | None
    value: date | None


def _days(row: Record, table: Table, mapping: CsvMapping) -> _Days:
    """Return the days of booking and value, at least one of them. Raises: ValueError."""
    said = [cell_of(row, table, column).strip() for column in (mapping.booking_date, mapping.value_date)]
    if not any(said):
        raise ValueError(_NO_DAY)
    booking, value = (day_of(each, mapping) if each else None for each in said)
    return _Days(booking, value)


def _statement(of: _Of, rows: Sequence[_Row], problems: Sequence[Problem], mapping: CsvMapping) -> BankStatement:
    booked = [row for row in rows if not row.is_pending]
    unread = [problem.line for problem in problems if problem.line]
    ends = _ends(booked, unread)
    if _is_newest_first(booked, mapping):
        booked.reverse()
        ends = _Ends(ends.last, ends.first)
    whole = bool(mapping.balance) and all(row.balance_minor is not None for row in booked)
    first, last = ends if whole else (None, None)
    days = [row.entry.booking_date for row in booked]
    return BankStatement(
        account=of.account,
        currency=of.currency,
        opening_minor=(first.balance_minor or 0) - first.entry.amount_minor if first else None,
        closing_minor=last.balance_minor if last else None,
        entries=tuple(row.entry for row in booked),
        pending=tuple(row.entry for row in rows if row.is_pending),
        problems=tuple(
            sorted([*problems, *(_breaks(booked, of.currency) if whole else ())], key=lambda each: each.line)
        ),
        line=min((row.entry.line for row in rows), default=0),
        opened_on=min(days, default=None),
        closed_on=max(days, default=None),
    )


class _Ends(NamedTuple):
    first: _Row | None
    last: _Row | None


def _ends(rows: Sequence[_Row], unread: Sequence[int]) -> _Ends:
    """Return the first and the last row of a file, nothing for an end where a row stands that couldn't be read."""
    if not rows:
        return _Ends(None, None)
    first = rows[0] if all(line > rows[0].entry.line for line in unread) else None
    return _Ends(first, rows[-1] if all(line < rows[-1].entry.line for line in unread) else None)


def _is_newest_first(rows: Sequence[_Row], mapping: CsvMapping) -> bool:
    """Return whether the rows' order is the wrong way round: as the mapping says, else as the balances, or days, do."""
    if mapping.newest_first is not None:
        return mapping.newest_first
    forward = sum(_follows(earlier, later) for earlier, later in pairwise(rows))
    backward = sum(_follows(later, earlier) for earlier, later in pairwise(rows))
    if forward != backward:
        return backward > forward
    return bool(rows) and rows[0].entry.booking_date > rows[-1].entry.booking_date


def _follows(earlier: _Row, later: _Row) -> bool:
    if earlier.balance_minor is None or later.balance_minor is None:
        return False
    return earlier.balance_minor + later.entry.amount_minor == later.balance_minor


def _breaks(rows: Sequence[_Row], currency: str) -> list[Problem]:
    """Return where the running balances don't follow on one another."""
    return [
        Problem(
            later.entry.line,
            f"the balance is {amount_text(later.balance_minor or 0, currency)}, not what was before and this amount",
        )
        for earlier, later in pairwise(rows)
        if not _follows(earlier, later)
    ]

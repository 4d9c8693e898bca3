"""
A statement of account as CSV, for spreadsheets: a row for each posting between one that opens and one that closes.

Amounts are in major units with all their decimals and the balance on the account's normal side; times are UTC. The
opening and closing rows say at which moment, by position and, where days are cut, by posting date; a file without a
closing row for its last currency isn't whole.
"""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO

from domain.money import to_major
from projections.moment import Moment
from projections.statement_lines import FullStatement, StatementLine
from projections.statements import Statement

COLUMNS = (
    "account",
    "currency",
    "row",
    "posting_date",
    "occurred_at",
    "recorded_at",
    "position",
    "line",
    "event",
    "about",
    "counter_accounts",
    "debit",
    "credit",
    "balance_before",
    "balance_after",
    "late",
)
CHUNK_CHARACTERS = 65_536

_Cells = tuple[object, ...]


def statement_csv(statements: Iterable[FullStatement]) -> Iterator[bytes]:
    """
    Yield statements as CSV (RFC 4180, UTF-8, a heading first), some rows at a time.

    Raises: StatementUnsound.
    """
    text = StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for cells in _rows(statements):
        rows.writerow(cells)
        if text.tell() > CHUNK_CHARACTERS:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _rows(statements: Iterable[FullStatement]) -> Iterator[_Cells]:
    for statement, _totals, lines in statements:
        extent = statement.extent
        yield _edge(statement, "opening", extent.opening, statement.opening_balance_minor)
        for line in lines:
            yield _posting(statement, line)
        yield _edge(statement, "closing", extent.closing, statement.closing_balance_minor)


def _edge(statement: Statement, row: str, moment: Moment, balance_minor: int) -> _Cells:
    balance = to_major(balance_minor, statement.currency)
    empty = ("",) * 7
    return (statement.account, statement.currency, row, moment.as_of, "", "", moment.position, *empty, balance, "")


def _posting(statement: Statement, line: StatementLine) -> _Cells:
    currency = statement.currency
    return (
        statement.account,
        currency,
        "posting",
        line.posting_date,
        line.occurred_at.isoformat(),
        line.recorded_at.isoformat(),
        line.position,
        line.line,
        line.event,
        line.about,
        " ".join(line.counter_accounts),
        to_major(line.debit_minor, currency) if line.debit_minor else "",
        to_major(line.credit_minor, currency) if line.credit_minor else "",
        to_major(line.balance_before_minor, currency),
        to_major(line.balance_after_minor, currency),
        "late" if line.late else "",
    )

"""
An import report says what became of each row of an order file, and how far an import is.

rows_read = rows_accepted + rows_rejected. A row that gives money back counts as accepted as soon as some of its units
found money; what is left of it stands beside it, in units, among the rejects and in `partly_rejected_units`.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import msgspec

from api.exchange.order_index import Unaccepted
from api.exchange.order_rows import Row
from domain.errors import Malformed

REASONS = {
    "columns_wrong": "The row has more or fewer cells than the header.",
    "csv_unreadable": "Quotes don't match, or a line or cell is longer than anything meant.",
    "bytes_unreadable": "The row has bytes that aren't text in the mapping's encoding.",
    "order_missing": "The row names no order.",
    "reference.malformed": "The order or a party is called what the ledger can't call it.",
    "value_missing": "A cell that must say something is blank.",
    "value_unknown": "A cell says what the mapping doesn't translate.",
    "status_unknown": "The mapping has no course for the status.",
    "date_unreadable": "A date isn't in the mapping's format.",
    "days_unreadable": "A number of days isn't a whole number.",
    "quantity_unreadable": "The quantity isn't a whole number.",
    "quantity_not_positive": "The quantity is zero or negative.",
    "price_unreadable": "The unit price isn't a plain decimal number.",
    "price_zero": "The unit price is zero: nothing to pay, nothing to hold.",
    "price_negative": "The unit price is negative.",
    "amount_unreadable": "The amount isn't a plain decimal number.",
    "amount_not_positive": "The amount is zero or negative.",
    "amount_rounds_to_zero": "The amount is below half a minor unit.",
    "money.amount_out_of_range": "The amount is beyond what the ledger counts.",
    "cancellation_quantity_not_negative": "A row that should give money back gives goods.",
    "cancellation_customer_unknown": "A row that gives money back doesn't say to whom.",
    "no_original_left": "The buyer bought fewer units by then than are given back.",
    "refund_rounds_to_zero": "What is given back is worth less than half a minor unit.",
}
"""What the importer's own reasons mean. A mapping may add its own, and the ledger's refusals come with their codes."""

REJECT_COLUMNS = ("row", "reason", "detail", "units")

Stage = Literal["reading", "recording", "refunding", "reporting"]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """
    How far an import is.

    stage: `reading` goes through the file, bytes_read of bytes_total on disk; `recording` through its orders,
    rows_settled of rows_read; `refunding` through its refunds and `reporting` through the file again, likewise.
    commands_answered counts from the import's beginning.
    """

    stage: Stage
    bytes_read: int
    bytes_total: int
    rows_read: int
    rows_settled: int
    commands_answered: int


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an import came to; of a dry run, what a first import into an empty book would.

    orders: those whose commands were all accepted; refunds: money given back for one row out of one original.
    commands_unchanged: answered from an earlier run; commands_refused: neither accepted now nor earlier.
    """

    rows_read: int
    rows_accepted: int
    rows_rejected: int
    rows_partly_rejected: int
    orders: int
    refunds: int
    commands_accepted: int
    commands_unchanged: int
    commands_refused: int
    rejected_by_reason: dict[str, int]
    partly_rejected_units: dict[str, int]
    rejects: str
    dry_run: bool


@dataclass(eq=False, kw_only=True)
class RejectsUnwritable(Malformed):
    """The rejects can't be written there."""

    code: ClassVar[str] = "import.rejects_unwritable"
    path: str
    problem: str


def check_rejects(path: Path, *, source: Path) -> None:
    """
    Check, before anything is imported, that what isn't accepted can be written down.

    Raises: RejectsUnwritable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except OSError as error:
        raise RejectsUnwritable(path=str(path), problem=str(error)) from None
    if source.exists() and path.samefile(source):
        raise RejectsUnwritable(path=str(path), problem="is the file to be imported")


def write_rejects(path: Path, header: Sequence[str], rows: Iterable[Row], unaccepted: Iterator[Unaccepted]) -> None:
    """
    Write the rows that weren't accepted, with why, and then every cell as it was: a row of too many cells keeps them.

    Only a row accepted in part has `units`, those that found nothing, and a line for each reason. Bytes that are no
    text are written as backslash escapes.
    """
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        written = csv.writer(file)
        written.writerow((*REJECT_COLUMNS, *header))
        following = next(unaccepted, None)
        for row in rows:
            while following and following.row == row.number:
                units = "" if following.whole else following.units
                written.writerow((row.number, following.reason, following.detail, units, *row.cells))
                following = next(unaccepted, None)
            if following is None:
                return

"""
A payout file is one message to a bank: which payouts it instructs, from which account, on which day.

Its message id is used once, for ever, so no file is made twice under the same name. Source: shared reference, section
4.1 "pain.001".
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from domain.aggregate import Aggregate, Event
from domain.errors import Malformed, Refused


class PayoutFileWritten(Event, frozen=True, kw_only=True):
    """
    A file of instructions was made: so many payouts that come to so much.

    format: its version, as pain.001.001.09; sha256: of its bytes, hexadecimal.
    """

    format: str
    pays_from: str
    pay_on: date
    currency: str
    payouts: int
    amount_minor: int
    sha256: str
    written_by: str


@dataclass(eq=False, kw_only=True)
class PayoutFileAlreadyWritten(Refused):
    """A message id names one file, for ever."""

    code: ClassVar[str] = "payout.file_already_written"
    file: str


@dataclass(eq=False, kw_only=True)
class PayoutFileMalformed(Malformed):
    """A file holds 1 to 10,000 payouts, each once."""

    code: ClassVar[str] = "payout.file_malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class PayoutUnfit(Refused):
    """A file pays from one account, in one currency, on one day, whom it says: this payout is another."""

    code: ClassVar[str] = "payout.file_unfit"
    payout: str
    field: str


class PayoutFile(Aggregate, frozen=True, kw_only=True):
    """A file that was made."""

    sha256: str
    payouts: int


def evolve(_file: PayoutFile | None, event: PayoutFileWritten, reference: str, _at: datetime) -> PayoutFile:
    """Apply the one event of a file."""
    return PayoutFile(reference=reference, sha256=event.sha256, payouts=event.payouts)

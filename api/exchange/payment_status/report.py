"""
A bank's answer as read: of the file as a whole, of each batch in it, of single transfers.

Nothing is mended on the way. What can't be read is a problem with its line and its reason, and the rest is read.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

from msgspec import Struct

from api.exchange.bank_statements.statement import Problem
from domain.errors import Malformed
from domain.money import Money

Standing = Literal["accepted", "settled", "pending", "rejected", "partly", "unknown", "unsaid"]
"""
What a status code comes to: the bank will pay; has paid; hasn't decided; won't pay; some of several are accepted; a
code that isn't known here; and nothing said.
"""


@dataclass(eq=False, kw_only=True)
class PaymentStatusUnreadable(Malformed):
    """The file is no answer that is read here: pain.002."""

    code: ClassVar[str] = "bank.payment_status_unreadable"
    file: str
    problem: str


class Reason(Struct, frozen=True):
    """
    Why, as the bank says it.

    code: of ISO's list or the bank's own, may be empty; sentence: the code in clear words, the code itself where it
    isn't known here; information: what the bank adds.
    """

    code: str
    sentence: str
    information: str = ""


class Counted(Struct, frozen=True):
    """How many transfers have a status, where the bank counts them."""

    code: str
    transfers: int


class Said(Struct, frozen=True, kw_only=True):
    """
    What is said of a file, a batch or a transfer.

    code: as it stands there, empty where none does. original_count, original_sum: what the bank took it to hold, in
    major units, summed over all currencies; nothing where it doesn't say.
    """

    code: str = ""
    standing: Standing = "unsaid"
    reasons: tuple[Reason, ...] = ()
    counted: tuple[Counted, ...] = ()
    original_count: int | None = None
    original_sum: Fraction | None = None
    line: int = 0


class TransferStatus(Struct, frozen=True, kw_only=True):
    """
    What is said of one transfer.

    bank_reference: under which the bank keeps it; amount: as the bank repeats it; line: where it begins in the file.
    """

    said: Said
    end_to_end_id: str = ""
    instruction_id: str = ""
    bank_reference: str = ""
    amount: Money | None = None
    line: int = 0


class BatchStatus(Struct, frozen=True, kw_only=True):
    """What is said of one payment information, and of the transfers in it that the bank names."""

    batch: str
    said: Said
    transfers: tuple[TransferStatus, ...]


class StatusReport(Struct, frozen=True, kw_only=True):
    """
    One answer of a bank.

    report_id, created_at: the bank's own, as they stand there; message_id, message: the file that it answers, empty
    where the bank couldn't tell; said: of the file as a whole.
    """

    report_id: str
    created_at: str
    message_id: str
    message: str
    said: Said
    batches: tuple[BatchStatus, ...]
    problems: tuple[Problem, ...] = ()
    line: int = 0

    @property
    def transfers(self) -> tuple[TransferStatus, ...]:
        """Return every transfer that the bank names, in the order of the report."""
        return tuple(transfer for batch in self.batches for transfer in batch.transfers)


class StatusFile(Struct, frozen=True, kw_only=True):
    """A file of answers. format: pain.002.001.10 ..; sha256: of its bytes, hexadecimal."""

    format: str
    sha256: str
    reports: tuple[StatusReport, ...]

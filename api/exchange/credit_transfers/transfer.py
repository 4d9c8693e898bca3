"""
A file of credit transfers: from one account, on one day, to many.

What is asked for stands in `CreditTransferFile`, what came of it in `WrittenFile`. Names, accounts and texts are
confidential: neither belongs into an event or a log.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Literal

from msgspec import Struct

from domain.errors import Malformed
from domain.money import Money

MessageName = Literal["pain.001.001.09", "pain.001.001.03"]
PAIN_001_09: MessageName = "pain.001.001.09"
PAIN_001_03: MessageName = "pain.001.001.03"

PROBLEMS_MAX = 100
"""So many are told of one file; who has more mends these first."""


class PartyAccount(Struct, frozen=True, kw_only=True):
    """
    Somebody's account at a bank: with an `iban`, or else with an `account` as the bank numbers it.

    iban: with or without spaces. bic: of the bank. clearing_system, clearing_member: the bank where it has no BIC, in
    a system of ISO's list (INFSC and the IFSC, USABA and the routing number ..), or one in words. currency: the
    account's, only where the bank wants to be told. country: two letters, of the party's address.
    """

    name: str
    iban: str = ""
    account: str = ""
    bic: str = ""
    clearing_system: str = ""
    clearing_member: str = ""
    currency: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    country: str = ""


class Initiator(Struct, frozen=True, kw_only=True):
    """Who hands the file in. identification: how the bank knows it, as a customer's number; may be empty."""

    name: str
    identification: str = ""


class CreditTransfer(Struct, frozen=True, kw_only=True):
    """
    One payment.

    payout: its id, as 2026-11-22/7, which comes back on the bank's statement as the end-to-end id. remittance: what the
    payee reads. purpose: of ISO's list of purposes, four letters, as COMM; may be empty.
    """

    payout: str
    amount: Money
    creditor: PartyAccount
    remittance: str = ""
    purpose: str = ""


class CreditTransferFile(Struct, frozen=True, kw_only=True):
    """
    What a file has to say.

    message_id: used once, at most 30 characters, so that what is derived from it fits; created_at: with a time zone.
    """

    message_id: str
    created_at: datetime
    initiator: Initiator
    debtor: PartyAccount
    execution_date: date
    transfers: tuple[CreditTransfer, ...]
    message: MessageName = PAIN_001_09


class Changed(Struct, frozen=True):
    """
    A text that stands in the file otherwise than it was given.

    payout: empty where it is the debtor's or the initiator's; is_lost: some of it couldn't be written at all, or was
    cut off, so that a person should look.
    """

    payout: str
    field: str
    before: str
    after: str
    is_lost: bool


class Unwritable(Struct, frozen=True):
    """
    What keeps a file from being written, for people. payout: empty where it isn't about one.

    The value itself isn't told: it may be a name or an account.
    """

    payout: str
    field: str
    reason: str


@dataclass(eq=False, kw_only=True)
class CreditTransfersUnwritable(Malformed):
    """
    A bank couldn't take the file as asked for: each problem names payout and field. The first 100 are told.

    problems: all of them, in the order of the file.
    """

    code: ClassVar[str] = "bank.credit_transfers_unwritable"
    message_id: str
    problems: tuple[Unwritable, ...]

    def details(self) -> dict[str, Any]:
        """Return the attributes by name, with how many problems there are and the first of them."""
        told = {"problems_count": len(self.problems), "problems": self.problems[:PROBLEMS_MAX]}
        return super().details() | told


class InstructedPayout(Struct, frozen=True, kw_only=True):
    """One payment as it stands in a file. batch: the payment information that it is in."""

    payout: str
    batch: str
    amount: Money


class InstructedFile(Struct, frozen=True, kw_only=True):
    """What a file told a bank to do, in the file's order."""

    message: str
    message_id: str
    execution_date: date
    payouts: tuple[InstructedPayout, ...]


class WrittenFile(Struct, frozen=True, kw_only=True):
    """
    A file, byte for byte the same for the same input.

    sha256: of its bytes, hexadecimal; count: of payments; sums_minor: by currency, in minor units; control_sum: as the
    header says it; changed: in the order of the file.
    """

    content: bytes
    sha256: str
    count: int
    sums_minor: dict[str, int]
    control_sum: str
    instructed: InstructedFile
    changed: tuple[Changed, ...]

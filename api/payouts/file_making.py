"""
Making the file that tells a bank to pay.

A file is made of the log and of the bank details as they stood when it was recorded, and of nothing else: no random
number, no clock. So it can be made again, byte for byte, for as long as the details aren't erased; its hash is in the
log.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, NamedTuple

from msgspec import Struct

from api.composition import OpenedBook
from api.exchange.credit_transfers.transfer import (
    PAIN_001_03,
    PAIN_001_09,
    CreditTransfer,
    CreditTransferFile,
    CreditTransfersUnwritable,
    Initiator,
    MessageName,
    PartyAccount,
    WrittenFile,
)
from api.exchange.credit_transfers.writing import write_credit_transfers
from api.payouts.bank_details import Creditor, NoDetails, PayoutDebtorUnknown, find_creditors, own_account
from api.payouts.showing import PayoutFileNotFound
from domain.errors import Refused
from domain.money import Money
from ledger.reads import Reader
from projections.moment import NOW, Moment
from projections.payouts import PayoutRow, PayoutsSought, search_payout_files, search_payouts


class LeftOut(Struct, frozen=True, kw_only=True):
    """A payout that no file tells the bank of yet: a code, and the reason in words."""

    payout: str
    party: str
    code: str
    reason: str


@dataclass(eq=False, kw_only=True)
class PayoutFileUnmakeable(Refused):
    """Bank details that it was made of are erased, so it can't be made again as it was."""

    code: ClassVar[str] = "payout.file_unmakeable"
    file: str
    sha256: str


class Ready(NamedTuple):
    """A payout, and where it is paid."""

    row: PayoutRow
    creditor: Creditor


class Head(NamedTuple):
    """What a file says beside its payouts; created_at counts as when it was recorded, too."""

    file: str
    format: MessageName
    created_at: datetime
    pay_on: date
    debtor: PartyAccount


class Fitting(NamedTuple):
    """A file, nothing where no payout can stand in it; the payouts in it, and those that can't be."""

    written: WrittenFile | None
    ready: list[Ready]
    left_out: list[LeftOut]


def fitting(head: Head, ready: Sequence[Ready]) -> Fitting:
    """
    Return a file of all payouts that can stand in one, and those that can't.

    Raises: CreditTransfersUnwritable, where it is the operator's own details that can't be written.
    """
    left_out: list[LeftOut] = []
    while ready:
        try:
            return Fitting(write_credit_transfers(_file(head, ready)), list(ready), left_out)
        except CreditTransfersUnwritable as unwritable:
            problems = {problem.payout: problem for problem in unwritable.problems}
            if "" in problems:
                raise
            left_out += [
                left_out_of(each.row, "payout.unwritable", f"{problem.field} {problem.reason}")
                for each in ready
                if (problem := problems.get(each.row.payout))
            ]
            ready = [each for each in ready if each.row.payout not in problems]
    return Fitting(None, [], left_out)


def content_of(book: OpenedBook, file: str, reader: Reader) -> bytes:
    """
    Return a file that was recorded, made again of the log and the bank details as they stood then.

    Raises, in this order: PayoutFileNotFound, PayoutDebtorUnknown, PayoutFileUnmakeable.
    """
    book.runner.catch_up()
    with book.pool.connection() as connection:
        files = search_payout_files(connection, book.name, file=file)
        if not files:
            raise PayoutFileNotFound(file=file[:80])
        recorded = files[0]
        rows = search_payouts(connection, book.name, PayoutsSought(file=file))
    unmakeable = PayoutFileUnmakeable(file=file, sha256=recorded.sha256)
    head = Head(
        file=file,
        format=PAIN_001_03 if recorded.format == PAIN_001_03 else PAIN_001_09,
        created_at=recorded.written_at,
        pay_on=recorded.pay_on,
        debtor=own_account(book, recorded.pays_from, recorded.currency),
    )
    ready: list[Ready] = []
    for row, found in zip(rows, creditors_of(book, rows, reader, moment=Moment(recorded.position)), strict=True):
        if isinstance(found, NoDetails):
            raise unmakeable
        ready.append(Ready(row, found))
    try:
        written = write_credit_transfers(_file(head, ready))
    except CreditTransfersUnwritable:
        raise unmakeable from None
    if written.sha256 != recorded.sha256:
        raise unmakeable
    return written.content


def creditors_of(
    book: OpenedBook, rows: Sequence[PayoutRow], reader: Reader, *, moment: Moment = NOW
) -> list[Creditor | NoDetails]:
    """
    Return where payouts are paid, in their order, or what is missing to know it.

    Raises, in this order: LogCorrupt, SubmissionMalformed.
    """
    parties = find_creditors(book, reader, (row.party for row in rows if row.party), moment=moment)
    own = {(row.pays_to, row.currency) for row in rows if row.kind == "sweep"}
    accounts = {each: _own_creditor(book, *each) for each in own}
    return [
        accounts[row.pays_to, row.currency] if row.kind == "sweep" else parties.get(row.party, _NOBODY) for row in rows
    ]


def _own_creditor(book: OpenedBook, account: str, currency: str) -> Creditor | NoDetails:
    try:
        return Creditor(own_account(book, account, currency), "", 0)
    except PayoutDebtorUnknown:
        return NoDetails(f"no account at a bank is registered for {account} in {currency}")


_NOBODY = NoDetails("nobody is named whose bank details are the authority's")


def left_out_of(row: PayoutRow, code: str, reason: str) -> LeftOut:
    """Return a payout as one that is left out."""
    return LeftOut(payout=row.payout, party=row.party, code=code, reason=reason)


def _file(head: Head, ready: Iterable[Ready]) -> CreditTransferFile:
    return CreditTransferFile(
        message_id=head.file,
        created_at=head.created_at,
        initiator=Initiator(name=head.debtor.name),
        debtor=head.debtor,
        execution_date=head.pay_on,
        transfers=tuple(
            CreditTransfer(
                payout=each.row.payout,
                amount=Money(each.row.currency, each.row.amount_minor),
                creditor=each.creditor.account,
                remittance=f"Payout {each.row.payout}",
            )
            for each in ready
        ),
        message=head.format,
    )

"""What a file of credit transfers told a bank to do, read back from its bytes."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from lxml import etree

from api.exchange.bank_statements.camt_document import CamtUnreadable, camt_document
from api.exchange.bank_statements.camt_elements import one, text
from api.exchange.credit_transfers.transfer import InstructedFile, InstructedPayout
from domain.errors import Malformed
from domain.money import from_major

NOTHING_TO_PAY = "it tells a bank to pay nothing, or on several days"
WITHOUT_AMOUNT = "a payment in it has no amount"


class InstructionUnreadable(Exception):
    """No pain.001 as it is written here; says why, for people."""


def read_instructed(content: bytes) -> InstructedFile:
    """
    Return the payments in a file that was written here.

    Raises: InstructionUnreadable.
    """
    try:
        document = camt_document(content)
        if document.broken:
            raise InstructionUnreadable(document.broken.reason)
        return _instructed(document.root)
    except (CamtUnreadable, Malformed, ValueError) as error:
        raise InstructionUnreadable(str(error)) from None


def _instructed(document: Any) -> InstructedFile:
    message = one(document, "CstmrCdtTrfInitn")
    days = {text(each, "ReqdExctnDt", "Dt") or text(each, "ReqdExctnDt") for each in document.iter("{*}PmtInf")}
    if message is None or len(days) != 1:
        raise InstructionUnreadable(NOTHING_TO_PAY)
    return InstructedFile(
        message=(etree.QName(document).namespace or "").rpartition(":")[2],
        message_id=text(message, "GrpHdr", "MsgId"),
        execution_date=date.fromisoformat(days.pop()),
        payouts=tuple(payout for batch in message.iterchildren("{*}PmtInf") for payout in _payouts(batch)),
    )


def _payouts(batch: Any) -> Iterator[InstructedPayout]:
    name = text(batch, "PmtInfId")
    for transfer in batch.iterchildren("{*}CdtTrfTxInf"):
        yield _payout(transfer, batch=name)


def _payout(transfer: Any, *, batch: str) -> InstructedPayout:
    amount = one(transfer, "Amt", "InstdAmt")
    if amount is None:
        raise InstructionUnreadable(WITHOUT_AMOUNT)
    money = from_major((amount.text or "").strip(), amount.get("Ccy", ""))
    return InstructedPayout(payout=text(transfer, "PmtId", "EndToEndId"), batch=batch, amount=money)

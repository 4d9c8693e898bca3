"""
The message pain.002 of ISO 20022, of every version: what became of a file of payments.

Versions differ in where a few things stand, not in what they are called, so elements are read by their names alone.
"""

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lxml import etree

from api.exchange.bank_statements.camt_document import CamtUnreadable, camt_document
from api.exchange.bank_statements.camt_elements import one, text, texts
from api.exchange.bank_statements.statement import Problem, minor_of
from api.exchange.payment_status.codes import sentence_of, standing_of
from api.exchange.payment_status.report import (
    BatchStatus,
    Counted,
    PaymentStatusUnreadable,
    Reason,
    Said,
    StatusFile,
    StatusReport,
    TransferStatus,
)
from domain.errors import Malformed
from domain.money import Money, read_decimal

_COUNT_DIGITS_MAX = 15
_OF_TRANSFER = "TxSts"
_UTF8_MARK = b"\xef\xbb\xbf"
ASK_AGAIN = "ask the bank for the whole file, for what is missing changes what the rest means"


def read_payment_status(content: bytes, *, name: str = "-") -> StatusFile:
    """
    Return the answers in a file. name: of the file, as a refusal tells it.

    Raises: PaymentStatusUnreadable.
    """
    try:
        document = camt_document(content.removeprefix(_UTF8_MARK))
    except CamtUnreadable as error:
        raise PaymentStatusUnreadable(file=name, problem=str(error)) from None
    if document.broken:
        raise PaymentStatusUnreadable(file=name, problem=f"{document.broken.reason}: {ASK_AGAIN}")
    reports = tuple(
        _Reading(each, document.problems if number == 0 else ()).report()
        for number, each in enumerate(document.root.iter("{*}CstmrPmtStsRpt"))
    )
    message = _message_name(document.root)
    if not reports:
        raise PaymentStatusUnreadable(file=name, problem=f"{message}: there is no payment status report in it")
    return StatusFile(format=message, sha256=hashlib.sha256(content).hexdigest(), reports=reports)


def _message_name(document: Any) -> str:
    """Return a message's name, pain.002 where the file doesn't say of which version it is."""
    report = next(document.iter("{*}CstmrPmtStsRpt"), document)
    said = etree.QName(report).namespace or ""
    if said:
        return said.rpartition(":")[2]
    return etree.QName(document).localname if report is document else "pain.002"


class _Reading:
    """One report on its way from its element."""

    def __init__(self, report: Any, problems: Sequence[Problem]) -> None:
        self._element = report
        self._problems = list(problems)

    def report(self) -> StatusReport:
        groups = list(self._element.iterchildren("{*}OrgnlGrpInfAndSts"))
        group = groups[0] if groups else None
        for another in groups[1:]:
            self._problem(another, "one report answers one file: this one isn't read")
        batches = [self._batch(each) for each in self._element.iterchildren("{*}OrgnlPmtInfAndSts")]
        loose = [self._transfer(each) for each in self._element.iterchildren("{*}TxInfAndSts")]
        if loose:
            batches.append(BatchStatus(batch="", said=Said(), transfers=tuple(loose)))
        return StatusReport(
            report_id=text(self._element, "GrpHdr", "MsgId"),
            created_at=text(self._element, "GrpHdr", "CreDtTm"),
            message_id=text(group, "OrgnlMsgId"),
            message=text(group, "OrgnlMsgNmId"),
            said=Said() if group is None else self._said(group, "GrpSts"),
            batches=tuple(batches),
            problems=tuple(sorted(self._problems, key=lambda problem: problem.line)),
            line=self._element.sourceline or 0,
        )

    def _batch(self, element: Any) -> BatchStatus:
        return BatchStatus(
            batch=text(element, "OrgnlPmtInfId"),
            said=self._said(element, "PmtInfSts"),
            transfers=tuple(self._transfer(each) for each in element.iterchildren("{*}TxInfAndSts")),
        )

    def _transfer(self, element: Any) -> TransferStatus:
        transfer = TransferStatus(
            said=self._said(element, _OF_TRANSFER),
            end_to_end_id=text(element, "OrgnlEndToEndId"),
            instruction_id=text(element, "OrgnlInstrId"),
            bank_reference=text(element, "AcctSvcrRef") or text(element, "ClrSysRef"),
            amount=self._amount(element),
            line=element.sourceline or 0,
        )
        if not transfer.end_to_end_id and not transfer.instruction_id:
            self._problem(element, "names neither an end-to-end id nor an instruction's")
        return transfer

    def _said(self, element: Any, name: str) -> Said:
        code = text(element, name)
        standing = standing_of(code)
        if standing == "partly" and name == _OF_TRANSFER:
            standing = "unknown"  # one transfer isn't accepted in part
        if standing == "unknown":
            self._problem(element, f"the status {code} isn't known")
        return Said(
            code=code,
            standing=standing,
            reasons=tuple(map(_reason, element.iterchildren("{*}StsRsnInf"))),
            counted=tuple(filter(None, map(self._counted, element.iterchildren("{*}NbOfTxsPerSts")))),
            original_count=self._count(element, "OrgnlNbOfTxs"),
            original_sum=self._sum(element),
            line=element.sourceline or 0,
        )

    def _counted(self, element: Any) -> Counted | None:
        count = self._count(element, "DtldNbOfTxs")
        return None if count is None else Counted(text(element, "DtldSts"), count)

    def _count(self, element: Any, name: str) -> int | None:
        said = text(element, name)
        if not said:
            return None
        if not (said.isascii() and said.isdigit() and len(said) <= _COUNT_DIGITS_MAX):
            self._problem(element, f"{name} is no number of transfers")
            return None
        return int(said)

    def _sum(self, element: Any) -> Fraction | None:
        said = text(element, "OrgnlCtrlSum")
        try:
            return read_decimal(said) if said else None
        except Malformed as error:
            self._problem(element, str(error))
            return None

    def _amount(self, element: Any) -> Money | None:
        amount = one(element, "OrgnlTxRef", "Amt", "InstdAmt")
        if amount is None:
            return None
        currency = amount.get("Ccy", "")
        try:
            return Money(currency=currency, minor=minor_of(amount.text or "", currency))
        except Malformed as error:
            self._problem(element, str(error))
            return None

    def _problem(self, element: Any, reason: str) -> None:
        self._problems.append(Problem(element.sourceline or 0, f"{etree.QName(element).localname}: {reason}"))


def _reason(element: Any) -> Reason:
    code = text(element, "Rsn", "Cd") or text(element, "Rsn", "Prtry")
    return Reason(code, sentence_of(code), texts(element, "AddtlInf"))

"""
Messages camt.052, 053 and 054 of ISO 20022, of every version: reports, statements and advices of a bank account.

Versions differ in where a few things stand, not in what they are called, so elements are read by their names alone.
"""

import hashlib
from datetime import date
from typing import Any

from lxml import etree

from api.exchange.bank_statements.details import end_to_end
from api.exchange.bank_statements.statement import BankStatement, EntryPart, Problem, StatementEntry, minor_of
from domain.errors import Malformed

BOOKED = "BOOK"
_OPENING, _CLOSING = ("OPBD", "PRCD", "ITBD"), ("CLBD", "ITBD")
"""Kinds of balances, the best first: an interim one stands where a statement has several pages."""


class CamtUnreadable(Exception):
    """Not XML, or no message of a bank account."""


DOCUMENT_TYPE = "no document type is taken: it could make a small file a huge one"


def read_camt(content: bytes) -> tuple[str, list[BankStatement]]:
    """
    Return a message's name, as camt.053.001.08, and the statements in it.

    Raises: CamtUnreadable.
    """
    document = _document(content)
    name = (etree.QName(document).namespace or "").rpartition(":")[2]
    found = [each for each in document.iter("{*}Stmt", "{*}Rpt", "{*}Ntfctn") if _one(each, "Acct") is not None]
    if not found:
        raise CamtUnreadable(f"{name or etree.QName(document).localname}: there is no statement in it")
    return name, [_Reading(each).statement() for each in found]


def _document(content: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        document = etree.fromstring(content.strip(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise CamtUnreadable(f"not XML: {error}") from None
    if document.getroottree().docinfo.internalDTD is not None:
        raise CamtUnreadable(DOCUMENT_TYPE)
    return document


class _Reading:
    """One statement on its way from its element."""

    def __init__(self, statement: Any) -> None:
        self._element = statement
        self._problems: list[Problem] = []
        self._currency = self._currency_meant()

    def statement(self) -> BankStatement:
        opening, closing = self._balance(_OPENING, first=True), self._balance(_CLOSING, first=False)
        booked, pending = list[StatementEntry](), list[StatementEntry]()
        for element in self._element.iterchildren("{*}Ntry"):
            entry = self._entry(element)
            if entry:
                (booked if _status(element) == BOOKED else pending).append(entry)
        return BankStatement(
            account=_account_of(self._element, "Acct"),
            currency=self._currency,
            number=_text(self._element, "ElctrncSeqNb") or _text(self._element, "LglSeqNb"),
            opening_minor=opening,
            closing_minor=closing,
            entries=tuple(booked),
            pending=tuple(pending),
            problems=tuple(sorted(self._problems, key=lambda problem: problem.line)),
            line=self._element.sourceline or 0,
        )

    def _currency_meant(self) -> str:
        said = _text(self._element, "Acct", "Ccy")
        if said:
            return said
        amounts = [each.get("Ccy", "") for each in self._element.iterfind("{*}Bal/{*}Amt")]
        amounts += [each.get("Ccy", "") for each in self._element.iterfind("{*}Ntry/{*}Amt")]
        return next(filter(None, amounts), "")

    def _balance(self, kinds: tuple[str, ...], *, first: bool) -> int | None:
        balances = list(self._element.iterchildren("{*}Bal"))
        for kind in kinds:
            of_kind = [each for each in balances if _text(each, "Tp", "CdOrPrtry", "Cd") == kind]
            if of_kind:
                return self._signed(of_kind[0 if first else -1])
        return None

    def _signed(self, element: Any) -> int | None:
        """Return the amount of a balance or an entry, below zero for a debit."""
        amount = _one(element, "Amt")
        mark = _text(element, "CdtDbtInd")
        if amount is None or mark not in {"CRDT", "DBIT"}:
            self._problem(element, "has no amount, or doesn't say whether it is a credit or a debit")
            return None
        currency = amount.get("Ccy", self._currency)
        if currency != self._currency:
            self._problem(element, f"is in {currency}, the account in {self._currency}")
            return None
        try:
            minor = minor_of(amount.text or "", currency)
        except Malformed as error:
            self._problem(element, str(error))
            return None
        return minor if mark == "CRDT" else -minor

    def _entry(self, element: Any) -> StatementEntry | None:
        minor = self._signed(element)
        if minor is None:
            return None
        booking, value = _day(element, "BookgDt"), _day(element, "ValDt")
        day = value or booking or _day_of(_text(self._element, "CreDtTm"))
        if day is None:
            self._problem(element, "has neither a date of booking nor one of value")
            return None
        details = [each for group in element.iterchildren("{*}NtryDtls") for each in group.iterchildren("{*}TxDtls")]
        parts = tuple(self._part(each, minor) for each in details) if len(details) > 1 else ()
        one = details[0] if len(details) == 1 else None
        side = "Dbtr" if minor >= 0 else "Cdtr"
        banks = _text(element, "AcctSvcrRef") or _text(one, "Refs", "AcctSvcrRef")
        return StatementEntry(
            amount_minor=minor,
            value_date=day,
            booking_date=booking or day,
            reference=_reference(one) or _text(element, "NtryRef") or banks,
            end_to_end_id=end_to_end(_text(one, "Refs", "EndToEndId")),
            bank_reference=banks,
            code=_code(element),
            counterparty=_name(one, side),
            counterparty_account=_account_of(one, f"{side}Acct"),
            remittance=_remittance(one) or _text(element, "AddtlNtryInf"),
            is_reversal=_text(element, "RvslInd") in {"true", "1"},
            parts=parts,
            line=element.sourceline or 0,
            sha256=hashlib.sha256(etree.tostring(element, method="c14n", with_comments=False)).hexdigest(),
        )

    def _part(self, details: Any, of_entry: int) -> EntryPart:
        amount = _one(details, "Amt")
        if amount is None:
            amount = _one(details, "AmtDtls", "TxAmt", "Amt")
        mark = _text(details, "CdtDbtInd") or ("CRDT" if of_entry >= 0 else "DBIT")
        minor = 0
        if amount is not None and amount.get("Ccy") == self._currency:
            try:
                minor = minor_of(amount.text or "", self._currency)
            except Malformed as error:
                self._problem(details, str(error))
        return EntryPart(
            amount_minor=minor if mark == "CRDT" else -minor,
            end_to_end_id=end_to_end(_text(details, "Refs", "EndToEndId")),
            counterparty=_name(details, "Dbtr" if mark == "CRDT" else "Cdtr"),
            remittance=_remittance(details),
        )

    def _problem(self, element: Any, reason: str) -> None:
        self._problems.append(Problem(element.sourceline or 0, f"{etree.QName(element).localname}: {reason}"))


def _status(entry: Any) -> str:
    return _text(entry, "Sts", "Cd") or _text(entry, "Sts") or BOOKED


def _account_of(element: Any, name: str) -> str:
    path = ("RltdPties", name, "Id") if name != "Acct" else (name, "Id")
    return (
        _text(element, *path, "IBAN") or _text(element, *path, "Othr", "Id") or _text(element, *path, "PrtryAcct", "Id")
    )


def _reference(details: Any) -> str:
    for name in ("InstrId", "TxId", "MsgId", "PmtInfId"):
        if said := _text(details, "Refs", name):
            return said
    return ""


def _name(details: Any, side: str) -> str:
    return _text(details, "RltdPties", side, "Nm") or _text(details, "RltdPties", side, "Pty", "Nm")


def _remittance(details: Any) -> str:
    if details is None:
        return ""
    told = [each.text or "" for each in details.iterfind("{*}RmtInf/{*}Ustrd")]
    told += [each.text or "" for each in details.iterfind("{*}RmtInf/{*}Strd/{*}CdtrRefInf/{*}Ref")]
    return " ".join(" ".join(told).split())


def _code(entry: Any) -> str:
    domain = _one(entry, "BkTxCd", "Domn")
    if domain is not None:
        parts = (_text(domain, "Cd"), _text(domain, "Fmly", "Cd"), _text(domain, "Fmly", "SubFmlyCd"))
        return ".".join(filter(None, parts))
    return _text(entry, "BkTxCd", "Prtry", "Cd")


def _day(element: Any, name: str) -> date | None:
    return _day_of(_text(element, name, "Dt") or _text(element, name, "DtTm"))


def _day_of(said: str) -> date | None:
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        return None


def _one(element: Any, *path: str) -> Any:
    return None if element is None else element.find("/".join(f"{{*}}{name}" for name in path))


def _text(element: Any, *path: str) -> str:
    found = _one(element, *path)
    return "" if found is None or len(found) else (found.text or "").strip()

"""An entry of a camt message: its amount, days and references, who, why it came back, and what it cost."""

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from lxml import etree

from api.exchange.bank_statements.camt_elements import account_of, every, one, text, texts
from api.exchange.bank_statements.details import Details, details_of, end_to_end
from api.exchange.bank_statements.statement import Charge, EntryPart, StatementEntry, minor_of
from domain.errors import Malformed

BOOKED = "BOOK"
NO_AMOUNT = "has no amount, or doesn't say whether it is a credit or a debit"
_SIDES = {"Dbtr": "Cdtr", "Cdtr": "Dbtr"}


class Told(NamedTuple):
    """What is known of an entry before its details are read: at least one of its days is."""

    amount_minor: int
    currency: str
    value: date | None
    booking: date | None


class Instructed(NamedTuple):
    """What was ordered, where it was in another currency or another amount than what was booked."""

    amount_minor: int | None = None
    currency: str = ""
    rate: str = ""


def status_of(entry: Any) -> str:
    """Return an entry's status; one that has none is booked."""
    return text(entry, "Sts", "Cd") or text(entry, "Sts", "Prtry") or text(entry, "Sts") or BOOKED


def signed(element: Any, currency: str) -> int:
    """
    Return the amount of a balance or an entry in a currency, below zero for a debit.

    Raises: ValueError, Malformed.
    """
    amount = one(element, "Amt")
    mark = text(element, "CdtDbtInd")
    if amount is None:
        raise ValueError(NO_AMOUNT)
    named = amount.get("Ccy", currency)
    if named != currency:
        raise ValueError(f"is in {named}, the account in {currency}")
    minor = minor_of(amount.text or "", currency)
    if minor < 0:
        raise ValueError(f"{(amount.text or '').strip()} is below zero: a debit has a mark, no sign")
    if mark not in {"CRDT", "DBIT"} and minor:
        raise ValueError(NO_AMOUNT)
    return minor if mark == "CRDT" else -minor


class EntryReading:
    """One entry on its way from its element. own: the account of the statement, as it stands there."""

    def __init__(self, element: Any, own: str, told: Told) -> None:
        self._element = element
        self._own = own
        self._minor, self._currency, self._value, self._booking = told

    def entry(self) -> StatementEntry:
        """Return it."""
        element, details = self._element, list(_details(self._element))
        one_of = details[0] if len(details) == 1 else None
        parts = tuple(self._part(each) for each in details) if len(details) > 1 else ()
        more = details_of(texts(element, "AddtlNtryInf"))
        banks = _said(text(element, "AcctSvcrRef"), text(one_of, "Refs", "AcctSvcrRef"))
        holders = _said(_reference(one_of), *_of_batch(element))
        who, account = self._other_side(one_of, self._minor)
        reason, words = self._returned(element, one_of, more)
        charges = (*_charges(element, self._currency), *(_charges(one_of, self._currency)))
        instructed = self._instructed(one_of if one_of is not None else element)
        return StatementEntry(
            amount_minor=self._minor,
            value_date=self._value or self._booking or date.min,
            booking_date=self._booking or self._value or date.min,
            reference=_said(holders, text(element, "NtryRef"), banks),
            end_to_end_id=_said(text(one_of, "Refs", "EndToEndId")) or ("" if parts else more.end_to_end_id),
            bank_reference=banks,
            code=_code(element),
            counterparty=who or ("" if parts else more.counterparty),
            counterparty_account=account or ("" if parts else more.account),
            remittance=_remittance(one_of) or texts(element, "AddtlNtryInf") or texts(one_of, "AddtlTxInf"),
            is_reversal=text(element, "RvslInd") in {"true", "1"},
            parts=parts,
            line=element.sourceline or 0,
            sha256=hashlib.sha256(etree.tostring(element, method="c14n", with_comments=False)).hexdigest(),
            holder_reference=holders,
            return_reason=reason,
            return_text=words,
            charges_minor=sum(each.amount_minor for each in charges if each.currency == self._currency),
            charges=charges,
            instructed_minor=instructed.amount_minor,
            instructed_currency=instructed.currency,
            exchange_rate=instructed.rate,
            has_value_date=self._value is not None,
            has_booking_date=self._booking is not None,
        )

    def _part(self, details: Any) -> EntryPart:
        mark = text(details, "CdtDbtInd") or ("CRDT" if self._minor >= 0 else "DBIT")
        minor = self._amount_of(details)
        leaves = minor is not None and mark == "DBIT"
        who, account = self._other_side(details, 1 if mark == "CRDT" else -1)
        reason, words = self._returned(None, details, Details())
        return EntryPart(
            amount_minor=-minor if minor is not None and leaves else minor,
            end_to_end_id=_said(text(details, "Refs", "EndToEndId")),
            counterparty=who,
            remittance=_remittance(details) or texts(details, "AddtlTxInf"),
            reference=_reference(details),
            bank_reference=_said(text(details, "Refs", "AcctSvcrRef")),
            counterparty_account=account,
            return_reason=reason,
            return_text=words,
            charges=tuple(_charges(details, self._currency)),
        )

    def _amount_of(self, details: Any) -> int | None:
        """Return the amount of a payment in the account's currency, nothing where it isn't said, or can't be read."""
        for path in (
            ("Amt",),
            ("AmtDtls", "TxAmt", "Amt"),
            ("AmtDtls", "CntrValAmt", "Amt"),
            ("AmtDtls", "InstdAmt", "Amt"),
        ):
            amount = one(details, *path)
            if amount is not None and amount.get("Ccy", self._currency) == self._currency:
                try:
                    return minor_of(amount.text or "", self._currency)
                except Malformed:
                    return None
        return None

    def _other_side(self, details: Any, minor: int) -> tuple[str, str]:
        """
        Return who stands on the other side, and that account.

        What comes back keeps the sides of the payment that went out: the other side is the one that isn't the holder.
        """
        if details is None:
            return "", ""
        side = "Dbtr" if minor >= 0 else "Cdtr"
        sides = [_SIDES[side], side] if one(details, "RtrInf") is not None else [side]
        if self._own and account_of(details, "RltdPties", f"{side}Acct") == self._own:
            sides = [_SIDES[side]]
        for each in sides:
            account = account_of(details, "RltdPties", f"{each}Acct")
            name = _name(details, each) or _name(details, f"Ultmt{each}")
            if (name or account) and not (self._own and account == self._own):
                return name, account
        return "", ""

    @staticmethod
    def _returned(element: Any, details: Any, more: Details) -> tuple[str, str]:
        for of in (details, element):
            info = one(of, "RtrInf")
            code = text(info, "Rsn", "Cd") or text(info, "Rsn", "Prtry")
            words = texts(info, "AddtlInf")
            if code or words:
                return code, words
        return more.return_reason, ""

    def _instructed(self, of: Any) -> Instructed:
        """Return what was ordered, where it isn't what was booked."""
        amount, rate = None, ""
        for name in ("InstdAmt", "TxAmt"):
            kept = one(of, "AmtDtls", name)
            rate = rate or text(kept, "CcyXchg", "XchgRate")
            found = one(kept, "Amt")
            if amount is None and found is not None and found.get("Ccy"):
                amount = found
        rate = rate or text(of, "AmtDtls", "CntrValAmt", "CcyXchg", "XchgRate")
        if amount is None:
            return Instructed(rate=rate)
        try:
            minor = minor_of(amount.text or "", amount.get("Ccy"))
        except Malformed:
            return Instructed(rate=rate)
        if (minor, amount.get("Ccy")) == (abs(self._minor), self._currency):
            return Instructed(rate=rate)
        return Instructed(minor, amount.get("Ccy"), rate)


def _details(entry: Any) -> Iterator[Any]:
    for group in entry.iterchildren("{*}NtryDtls"):
        yield from group.iterchildren("{*}TxDtls")
    yield from entry.iterchildren("{*}TxDtls")


def _said(*said: str) -> str:
    """Return the first that isn't a word for none."""
    return next(filter(None, map(end_to_end, said)), "")


def _reference(details: Any) -> str:
    return _said(*(text(details, "Refs", name) for name in ("InstrId", "TxId", "MsgId", "PmtInfId")))


def _of_batch(entry: Any) -> tuple[str, str]:
    return text(entry, "NtryDtls", "Btch", "PmtInfId"), text(entry, "NtryDtls", "Btch", "MsgId")


def _name(details: Any, side: str) -> str:
    return text(details, "RltdPties", side, "Nm") or text(details, "RltdPties", side, "Pty", "Nm")


def _remittance(details: Any) -> str:
    told = (
        texts(details, "RmtInf", "Ustrd"),
        texts(details, "RmtInf", "Strd", "CdtrRefInf", "Ref"),
        texts(details, "RmtInf", "Strd", "RfrdDocInf", "Nb"),
        texts(details, "RmtInf", "Strd", "AddtlRmtInf"),
    )
    return " ".join(filter(None, told))


def _code(entry: Any) -> str:
    domain = one(entry, "BkTxCd", "Domn")
    if domain is not None:
        parts = (text(domain, "Cd"), text(domain, "Fmly", "Cd"), text(domain, "Fmly", "SubFmlyCd"))
        return ".".join(filter(None, parts))
    return text(entry, "BkTxCd", "Prtry", "Cd")


def _charges(of: Any, currency: str) -> Iterator[Charge]:
    """Yield what banks took: each record, else the total where that is all that is said."""
    for charges in every(of, "Chrgs"):
        records = every(charges, "Rcrd") or ([charges] if one(charges, "Amt") is not None else [])
        for record in records:
            yield from _charge(record, one(record, "Amt"), currency)
        if not records:
            yield from _charge(charges, one(charges, "TtlChrgsAndTaxAmt"), currency)


def _charge(record: Any, amount: Any, currency: str) -> Iterator[Charge]:
    if amount is None:
        return
    named = amount.get("Ccy", currency)
    try:
        minor = minor_of(amount.text or "", named)
    except Malformed:
        return
    included = text(record, "ChrgInclInd")
    kind = text(record, "Tp", "Cd") or text(record, "Tp", "Prtry", "Id") or text(record, "Tp", "Prtry")
    if minor:
        yield Charge(
            amount_minor=-minor if text(record, "CdtDbtInd") == "CRDT" else minor,
            currency=named,
            is_included=included in {"true", "1"} if included else None,
            bearer=text(record, "Br"),
            kind=kind,
        )

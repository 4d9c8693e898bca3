"""
The message pain.001 of ISO 20022, as bytes, in versions 09 and 03.

Payments of one currency and one way of paying (SEPA or another) are one payment information, for the header of one says
both, and its sum is in one currency. The sum of the whole file is the plain sum of all amounts, as the standard has it.
Every payment is booked by itself, so that each payout stands on the bank's statement.
Sources: ISO 20022, pain.001.001.03 and .09; EPC132-08 for SEPA.
"""

from datetime import UTC
from typing import Any, NamedTuple

from lxml import etree

from api.exchange.credit_transfers.accounts import is_system_code
from api.exchange.credit_transfers.fitting import is_sepa
from api.exchange.credit_transfers.transfer import (
    PAIN_001_03,
    CreditTransfer,
    CreditTransferFile,
    CreditTransfersUnwritable,
    PartyAccount,
    Unwritable,
)
from domain.money import exponent_of, to_major

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
CONTROL_SUM_DIGITS_MAX = 18
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'


class Batch(NamedTuple):
    """Payments that are one payment information of the message."""

    id: str
    currency: str
    is_sepa: bool
    transfers: list[CreditTransfer]


def batches_of(file: CreditTransferFile) -> list[Batch]:
    """Return a file's payments by currency and way, SEPA's first; each batch in the order of the file."""
    grouped: dict[tuple[str, bool], list[CreditTransfer]] = {}
    for transfer in file.transfers:
        grouped.setdefault((transfer.amount.currency, not is_sepa(file.debtor, transfer)), []).append(transfer)
    return [
        Batch(f"{file.message_id}-{number}", currency, not is_other, transfers)
        for number, ((currency, is_other), transfers) in enumerate(sorted(grouped.items(), key=_kind), start=1)
    ]


def _kind(group: tuple[tuple[str, bool], list[CreditTransfer]]) -> tuple[str, bool]:
    return group[0]


def control_sum(sums_minor: dict[str, int]) -> str:
    """Return the plain sum of amounts by currency, exact, with as many decimals as the finest of them has."""
    exponents = {currency: exponent_of(currency) for currency in sums_minor}
    finest = max(exponents.values())
    units = sum(minor * 10 ** (finest - exponents[currency]) for currency, minor in sums_minor.items())
    digits = str(units).rjust(finest + 1, "0")
    return f"{digits[:-finest]}.{digits[-finest:]}" if finest else digits


def sums_of(transfers: list[CreditTransfer] | tuple[CreditTransfer, ...]) -> dict[str, int]:
    """Return what transfers come to by currency, in minor units, the currencies in order."""
    sums: dict[str, int] = {}
    for transfer in transfers:
        sums[transfer.amount.currency] = sums.get(transfer.amount.currency, 0) + transfer.amount.minor
    return dict(sorted(sums.items()))


def message_of(file: CreditTransferFile) -> bytes:
    """
    Return a file that was fitted, as XML.

    Raises: CreditTransfersUnwritable (its sum has more than the standard's 18 digits).
    """
    return _Message(file).content()


class _Message:
    """One message while it is put together, element by element in the schema's order."""

    def __init__(self, file: CreditTransferFile) -> None:
        self._file = file
        self._namespace = f"{NAMESPACE}{file.message}"
        self._is_early = file.message == PAIN_001_03

    def content(self) -> bytes:
        document = etree.Element(self._tag("Document"), nsmap={None: self._namespace})
        message = self._put(document, "CstmrCdtTrfInitn")
        self._header(message)
        for batch in batches_of(self._file):
            self._batch(message, batch)
        xml: bytes = etree.tostring(document, encoding="UTF-8", xml_declaration=False, pretty_print=True)
        return _DECLARATION + xml

    def _header(self, message: Any) -> None:
        file = self._file
        header = self._put(message, "GrpHdr")
        self._put(header, "MsgId", text=file.message_id)
        created = file.created_at.astimezone(UTC).replace(microsecond=0, tzinfo=None)
        self._put(header, "CreDtTm", text=f"{created.isoformat()}Z")
        self._count_and_sum(header, file.transfers)
        party = self._put(header, "InitgPty")
        self._put(party, "Nm", text=file.initiator.name)
        if file.initiator.identification:
            self._put(party, "Id", "OrgId", "Othr", "Id", text=file.initiator.identification)

    def _count_and_sum(self, element: Any, transfers: list[CreditTransfer] | tuple[CreditTransfer, ...]) -> None:
        total = control_sum(sums_of(transfers))
        if len(total.replace(".", "")) > CONTROL_SUM_DIGITS_MAX:
            problem = Unwritable("", "transfers", f"come to {total}: a header takes {CONTROL_SUM_DIGITS_MAX} digits")
            raise CreditTransfersUnwritable(message_id=self._file.message_id, problems=(problem,))
        self._put(element, "NbOfTxs", text=str(len(transfers)))
        self._put(element, "CtrlSum", text=total)

    def _batch(self, message: Any, batch: Batch) -> None:
        debtor = self._file.debtor
        element = self._put(message, "PmtInf")
        self._put(element, "PmtInfId", text=batch.id)
        self._put(element, "PmtMtd", text="TRF")
        self._put(element, "BtchBookg", text="false")
        self._count_and_sum(element, batch.transfers)
        if batch.is_sepa:
            self._put(element, "PmtTpInf", "SvcLvl", "Cd", text="SEPA")
        day = ("ReqdExctnDt",) if self._is_early else ("ReqdExctnDt", "Dt")
        self._put(element, *day, text=self._file.execution_date.isoformat())
        self._party(element, "Dbtr", debtor)
        self._account(element, "DbtrAcct", debtor)
        if not self._agent(element, "DbtrAgt", debtor):
            self._put(element, "DbtrAgt", "FinInstnId", "Othr", "Id", text="NOTPROVIDED")
        self._put(element, "ChrgBr", text="SLEV" if batch.is_sepa else "SHAR")
        for transfer in batch.transfers:
            self._transfer(element, transfer)

    def _transfer(self, batch: Any, transfer: CreditTransfer) -> None:
        element = self._put(batch, "CdtTrfTxInf")
        identification = self._put(element, "PmtId")
        self._put(identification, "InstrId", text=transfer.payout)
        self._put(identification, "EndToEndId", text=transfer.payout)
        amount = self._put(element, "Amt", "InstdAmt", text=to_major(transfer.amount.minor, transfer.amount.currency))
        amount.set("Ccy", transfer.amount.currency)
        self._agent(element, "CdtrAgt", transfer.creditor)
        self._party(element, "Cdtr", transfer.creditor)
        self._account(element, "CdtrAcct", transfer.creditor)
        if transfer.purpose:
            self._put(element, "Purp", "Cd", text=transfer.purpose)
        if transfer.remittance:
            self._put(element, "RmtInf", "Ustrd", text=transfer.remittance)

    def _party(self, parent: Any, name: str, party: PartyAccount) -> None:
        element = self._put(parent, name)
        self._put(element, "Nm", text=party.name)
        address = {"StrtNm": party.street, "PstCd": party.postcode, "TwnNm": party.town, "Ctry": party.country}
        if any(address.values()):
            lines = self._put(element, "PstlAdr")
            for part, text in address.items():
                if text:
                    self._put(lines, part, text=text)

    def _account(self, parent: Any, name: str, party: PartyAccount) -> None:
        element = self._put(parent, name)
        if party.iban:
            self._put(element, "Id", "IBAN", text=party.iban)
        else:
            self._put(element, "Id", "Othr", "Id", text=party.account)
        if party.currency:
            self._put(element, "Ccy", text=party.currency)

    def _agent(self, parent: Any, name: str, party: PartyAccount) -> bool:
        """Write a party's bank; return whether anything is known of it."""
        if not party.bic and not party.clearing_member:
            return False
        bank = self._put(parent, name, "FinInstnId")
        if party.bic:
            self._put(bank, "BIC" if self._is_early else "BICFI", text=party.bic)
        if party.clearing_member:
            member = self._put(bank, "ClrSysMmbId")
            kind = "Cd" if is_system_code(party.clearing_system) else "Prtry"
            self._put(member, "ClrSysId", kind, text=party.clearing_system)
            self._put(member, "MmbId", text=party.clearing_member)
        return True

    def _put(self, parent: Any, *names: str, text: str | None = None) -> Any:
        """Add an element below its parent, with those between, and return it."""
        for name in names:
            parent = etree.SubElement(parent, self._tag(name))
        parent.text = text
        return parent

    def _tag(self, name: str) -> str:
        return f"{{{self._namespace}}}{name}"

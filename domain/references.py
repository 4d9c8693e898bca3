"""
References are typed, readable identities: a kind and a key, as `order:PO-1001` or `payee:EXP-7/USD`.

A key is what the outside world calls the thing. A thing that exists several times under one order carries its number
behind a slash: `release:PO-1001/2`.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, NewType

from domain.errors import Malformed

BookId = NewType("BookId", str)
OrderId = NewType("OrderId", str)
HoldId = NewType("HoldId", str)
ReleaseId = NewType("ReleaseId", str)
RefundId = NewType("RefundId", str)
RulebookId = NewType("RulebookId", str)
PayeeId = NewType("PayeeId", str)
GuaranteeId = NewType("GuaranteeId", str)
TakeoverId = NewType("TakeoverId", str)
PeriodsId = NewType("PeriodsId", str)
AgreementId = NewType("AgreementId", str)
CommissionId = NewType("CommissionId", str)
PartyId = NewType("PartyId", str)
ReceivableId = NewType("ReceivableId", str)
RemittanceId = NewType("RemittanceId", str)
WatchlistId = NewType("WatchlistId", str)
DisputeId = NewType("DisputeId", str)
RatesId = NewType("RatesId", str)
ConversionId = NewType("ConversionId", str)
ExposureId = NewType("ExposureId", str)
PayoutId = NewType("PayoutId", str)
PayoutFileId = NewType("PayoutFileId", str)
SettlementId = NewType("SettlementId", str)

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What an order, a party or a book may be called: it stands in URLs, account names and file names."""

SKU = re.compile(r"[!-~](?:[ -~]{0,62}[!-~])?")
"""What a seller calls a good: printable ASCII without spaces at its ends."""

ACCOUNT = re.compile(r"(clearing|bank:safeguarded|suspense):[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(eq=False, kw_only=True)
class ReferenceMalformed(Malformed):
    """Not a key: 1 to 64 of letters, digits, point, underscore and hyphen, beginning with a letter or digit."""

    code: ClassVar[str] = "reference.malformed"
    field: str
    value: str


def key(value: str, *, field: str) -> str:
    """
    Return the key unchanged.

    Raises: ReferenceMalformed, naming `field`.
    """
    if not KEY.fullmatch(value):
        raise ReferenceMalformed(field=field, value=value[:80])
    return value


def key_of(reference: str) -> str:
    """Return the key of a reference: `PO-1001` of `order:PO-1001`."""
    return reference.partition(":")[2]


def kind_of(reference: str) -> str:
    """Return the kind of a reference: `order` of `order:PO-1001`."""
    return reference.partition(":")[0]


def book_id(book: str) -> BookId:
    """Return the reference of a marketplace's book."""
    return BookId(f"book:{book}")


def periods_id(book: str) -> PeriodsId:
    """Return the reference of all accounting periods of a marketplace's book."""
    return PeriodsId(f"period:{book}")


def order_id(order: str) -> OrderId:
    """Return the reference of an order."""
    return OrderId(f"order:{order}")


def hold_id(order: str) -> HoldId:
    """Return the reference of the money held for an order."""
    return HoldId(f"hold:{order}")


def releases_id(order: str) -> str:
    """Return the reference of all releases of an order."""
    return f"release:{order}"


def refunds_id(order: str) -> str:
    """Return the reference of all refunds of an order."""
    return f"refund:{order}"


def release_id(order: str, number: int) -> ReleaseId:
    """Return the name of an order's release number `number`, counted from 1."""
    return ReleaseId(f"release:{order}/{number}")


def refund_id(order: str, number: int) -> RefundId:
    """Return the name of an order's refund number `number`, counted from 1."""
    return RefundId(f"refund:{order}/{number}")


def clocks_id(order: str) -> str:
    """Return the reference of all clocks of a trade."""
    return f"clock:{order}"


def dispute_id(order: str, number: int) -> DisputeId:
    """Return the reference of an order's dispute number `number`, counted from 1."""
    return DisputeId(f"dispute:{order}/{number}")


def order_of_dispute(dispute: str) -> str:
    """Return the key of the order that a dispute is about: `PO-1001` of `dispute:PO-1001/2`."""
    return key_of(dispute).rpartition("/")[0]


def order_about(reference: str) -> str:
    """Return the key of the order that a part of its trade belongs to: its hold, its proposals, a dispute."""
    return order_of_dispute(reference) if kind_of(reference) == "dispute" else key_of(reference)


def number_of_dispute(dispute: str) -> int:
    """Return a dispute's number: 2 of `dispute:PO-1001/2`."""
    return int(dispute.rpartition("/")[2])


def rulebook_id(name: str, version: int) -> RulebookId:
    """Return the reference of one version of a rulebook, counted from 1."""
    return RulebookId(f"rulebook:{name}/{version}")


def payee_id(party: str, currency: str) -> PayeeId:
    """Return the reference of what one party may be paid in one currency."""
    return PayeeId(f"payee:{party}/{currency}")


def payout_id(payout: str) -> PayoutId:
    """Return the reference of a payout; its key is the end-to-end id that the bank gets."""
    return PayoutId(f"payout:{payout}")


def payout_file_id(file: str) -> PayoutFileId:
    """Return the reference of a file of payouts; its key is the message id that the bank gets."""
    return PayoutFileId(f"payout_file:{file}")


def party_id(party: str) -> PartyId:
    """Return the reference of a party: a buyer, an exporter, a partner, a mediator, an inspector."""
    return PartyId(f"party:{party}")


def watchlist_id(name: str) -> WatchlistId:
    """Return the reference of a sanctions list."""
    return WatchlistId(f"watchlist:{name}")


def agreement_id(agreement: str) -> AgreementId:
    """Return the reference of an agreement with a partner."""
    return AgreementId(f"agreement:{agreement}")


def commission_id(order: str) -> CommissionId:
    """Return the reference of the commission on an order."""
    return CommissionId(f"commission:{order}")


def guarantee_id(order: str) -> GuaranteeId:
    """Return the reference of what the operator stands in for, for an order, in its exporter's stead."""
    return GuaranteeId(f"guarantee:{order}")


def receivable_id(shipping_bill: str) -> ReceivableId:
    """Return the reference of the value of goods that left under a shipping bill."""
    return ReceivableId(f"receivable:{shipping_bill}")


def remittance_id(remittance: str) -> RemittanceId:
    """Return the reference of money from abroad, by the number that the bank reported it under."""
    return RemittanceId(f"remittance:{remittance}")


def takeover_id(source: str) -> TakeoverId:
    """Return the reference of what was taken over from another system."""
    return TakeoverId(f"takeover:{source}")


def rates_id(source: str, day: date) -> RatesId:
    """Return the reference of the exchange rates that a source published for a day: `rates:ECB/2026-11-20`."""
    return RatesId(f"rates:{source}/{day.isoformat()}")


def conversion_id(conversion: str) -> ConversionId:
    """Return the reference of money that was converted."""
    return ConversionId(f"conversion:{conversion}")


def exposure_id(currency: str) -> ExposureId:
    """Return the reference of what conversions left open in a foreign currency."""
    return ExposureId(f"exposure:{currency}")


def bank_account_id(account: str) -> str:
    """Return the reference of an account at a bank, by the key that it was registered under."""
    return f"bank_account:{account}"


def bank_entry_id(entry: str) -> str:
    """Return the reference of a line of a bank's statement; its key is made of what the line says."""
    return f"bank_entry:{entry}"


def bank_match_id(match: str) -> str:
    """Return the reference of a match of lines of bank statements."""
    return f"bank_match:{match}"


def open_item_id(originator: str, version: int, account: str, currency: str) -> str:
    """Return the reference of what an event, by its aggregate and version there, posted on an account in a currency."""
    return f"open_item:{originator}@{version}/{account}/{currency}"


def settlement_id(provider: str, settlement: str) -> SettlementId:
    """Return the reference of what a payment provider pays out in one sum: `settlement:stripe/po_1`."""
    return SettlementId(f"settlement:{provider}/{settlement}")


def settlement_line_id(settlement: str, line: int) -> str:
    """Return the name of a settlement's line, as `settlement_line:stripe/po_1/17`; 0 is what it differs by."""
    return f"settlement_line:{key_of(settlement)}/{line}"


def settlement_of_line(line: str) -> SettlementId:
    """Return the settlement that a line is of: `settlement:stripe/po_1` of `settlement_line:stripe/po_1/17`."""
    return SettlementId(f"settlement:{key_of(line).rpartition('/')[0]}")


def number_of_line(line: str) -> int:
    """Return a line's number: 17 of `settlement_line:stripe/po_1/17`."""
    return int(line.rpartition("/")[2])

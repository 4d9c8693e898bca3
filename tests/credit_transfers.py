"""Files of credit transfers for tests: a debtor, payees of several countries, and the schemas that hold for files."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import msgspec
from lxml import etree

from api.exchange.credit_transfers.transfer import (
    CreditTransfer,
    CreditTransferFile,
    Initiator,
    MessageName,
    PartyAccount,
)
from domain.money import Money

DEBTOR = PartyAccount(
    name="Marketplace Escrow GmbH", iban="DE02 1203 0000 0000 2020 51", bic="BYLADEM1001", country="DE"
)
FRENCH = PartyAccount(name="Société Générale de Tissus", iban="FR1420041010050500013M02606", country="FR")
INDIAN = PartyAccount(
    name="Jaipur Textiles Pvt. Ltd.",
    account="50100012345678",
    clearing_system="INFSC",
    clearing_member="HDFC0001234",
    town="Jaipur",
    country="IN",
)
ARABIAN = PartyAccount(name="Gulf Trading LLC", iban="AE070331234567890123456", bic="BOMLAEAD", country="AE")
DAY = date(2026, 11, 24)

Changes = Callable[[CreditTransferFile], CreditTransferFile]


def transfer(
    number: int = 7,
    *,
    minor: int = 123_450,
    currency: str = "EUR",
    to: PartyAccount = FRENCH,
    remittance: str = "Order PO-1",
    purpose: str = "",
) -> CreditTransfer:
    return CreditTransfer(
        payout=f"2026-11-22/{number}",
        amount=Money(currency=currency, minor=minor),
        creditor=to,
        remittance=remittance,
        purpose=purpose,
    )


def file_of(
    *transfers: CreditTransfer, message: MessageName = "pain.001.001.09", debtor: PartyAccount = DEBTOR
) -> CreditTransferFile:
    return CreditTransferFile(
        message_id="20261122-1",
        created_at=datetime(2026, 11, 22, 10, 0, 30, 5, tzinfo=UTC),
        initiator=Initiator(name="Marketplace GmbH", identification="CUST-77"),
        debtor=debtor,
        execution_date=DAY,
        transfers=transfers or (transfer(),),
        message=message,
    )


def with_creditor(**changes: str) -> CreditTransferFile:
    return file_of(transfer(to=msgspec.structs.replace(FRENCH, **changes)))


@cache
def schema_of(message: str, folder: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(folder / f"{message}.xsd"))


def faults_of(content: bytes, message: str, schemas: Path) -> list[str]:
    """Return what a message's schema has against a file."""
    schema = schema_of(message, schemas)
    document = etree.fromstring(content)
    return [] if schema.validate(document) else [str(each) for each in schema.error_log]

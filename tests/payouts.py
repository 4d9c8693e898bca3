"""Payouts for tests: parties with bank details, an account at a bank, and the files that a bank answers with."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from api.commands.in_clear import ChangeInClear, RegisterInClear, committed
from api.composition import OpenedBook
from api.payouts.saying import Voice
from domain import commands
from domain.commands import Command
from domain.party_events import Role
from ledger.outcomes import Accepted, Submission

BANK, OWN_BANK = "bank:safeguarded:hdfc", "bank:operator:main"
DEBTOR_IBAN = "DE02120300000000202051"
FRENCH_IBAN = "FR1420041010050500013M02606"
PLANNER, APPROVER = Voice(actor="finance:first", role="finance"), Voice(actor="finance:second", role="finance")
DAY = date(2026, 11, 23)
EUROPEAN = {"account_name": "Société Générale de Tissus", "iban": FRENCH_IBAN}
INDIAN = {
    "account_name": "Jaipur Textiles Pvt. Ltd.",
    "account_number": "50100012345678",
    "agent": "HDFC0001234",
    "bank_country": "IN",
}


def say(book: OpenedBook, command: Command, *, actor: str = "operator:first", role: str = "operator") -> Accepted:
    """Say a command, in clear or not, that must be accepted."""
    submission = Submission(command=command, command_id=book.world.new_id(), principal="tests", actor=actor, role=role)
    outcome = book.writer.submit(committed(submission, book)).result(timeout=30)
    assert isinstance(outcome, Accepted), outcome
    return outcome


def register(book: OpenedBook, party: str, details: dict[str, str], *, roles: tuple[Role, ...] = ("exporter",)) -> None:
    """Register a party with bank details."""
    say(book, RegisterInClear(party=party, roles=roles, country="IN", profile=details))


def change(book: OpenedBook, party: str, field: str, value: str) -> None:
    """Change one of a party's bank details."""
    say(book, ChangeInClear(party=party, field=field, value=value))


def open_account(book: OpenedBook, account: str = BANK, *, currency: str = "USD", iban: str = DEBTOR_IBAN) -> None:
    """Register an account of the operator's at a bank."""
    key = f"{account.rpartition(':')[2]}-{currency.lower()}"
    registered = commands.RegisterBankAccount(
        bank_account=key,
        account=account,
        currency=currency,
        identifiers=(iban,),
        name="Marketplace Escrow GmbH",
        bic="BYLADEM1001",
        country="DE",
    )
    say(book, registered)


class Said(NamedTuple):
    """What a bank says of a payment: its status, and the code of the reason."""

    payout: str
    status: str
    reason: str = ""


def status_file(file: str, said: Sequence[Said], *, whole: str = "") -> bytes:
    """Return an answer of a bank as pain.002: about single payments, or about the file as a whole."""
    lines = "".join(map(_payment, said))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>BANK-1</MsgId><CreDtTm>2026-11-23T12:00:00Z</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{file}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>
{f"<GrpSts>{whole}</GrpSts>" if whole else ""}</OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>{file}-1</OrgnlPmtInfId>{lines}</OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>""".encode()


def _payment(said: Said) -> str:
    reason = f"<StsRsnInf><Rsn><Cd>{said.reason}</Cd></Rsn></StsRsnInf>" if said.reason else ""
    named = f"<OrgnlEndToEndId>{said.payout}</OrgnlEndToEndId>"
    return f"<TxInfAndSts>{named}<TxSts>{said.status}</TxSts>{reason}</TxInfAndSts>"

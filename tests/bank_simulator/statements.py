"""Writing camt.053: an account's day, from its opening over every line to its closing."""

from collections.abc import Sequence
from datetime import date

from tests.bank_simulator.amounts import text_of
from tests.bank_simulator.kept import Account, Line
from tests.bank_simulator.xml_text import Node, document, leaf, nested, node

MESSAGE = "camt.053.001.08"


def statement(account: Account, day: date, lines: Sequence[Line], *, opening_minor: int) -> bytes:
    """
    Return the statement of a day; the account stands as it closed.

    Raises: ValueError where opening and lines don't come to the closing: a bank's book is right.
    """
    if opening_minor + sum(line.amount_minor for line in lines) != account.balance_minor:
        raise ValueError(f"{account.number} doesn't add up on {day}")
    number = f"{account.number[-6:]}-{day}"
    held = node(
        "Acct",
        nested("Id", "IBAN", text=account.number),
        leaf("Ccy", account.currency),
        nested("Ownr", "Nm", text=account.owner),
        nested("Svcr", "FinInstnId", "BICFI", text=account.bic),
    )
    made = f"{day}T23:59:00Z"
    header = node("GrpHdr", leaf("MsgId", f"STM-{number}"), leaf("CreDtTm", made))
    told = node(
        "Stmt",
        leaf("Id", f"STM-{number}"),
        leaf("ElctrncSeqNb", str(account.closed)),
        leaf("CreDtTm", made),
        held,
        _balance("OPBD", opening_minor, account.currency, day),
        _balance("CLBD", account.balance_minor, account.currency, day),
        map(_entry, lines),
    )
    return document(MESSAGE, node("BkToCstmrStmt", header, told))


def _balance(kind: str, amount_minor: int, currency: str, day: date) -> Node:
    return node(
        "Bal",
        nested("Tp", "CdOrPrtry", "Cd", text=kind),
        *_amount(amount_minor, currency),
        nested("Dt", "Dt", text=str(day)),
    )


def _amount(amount_minor: int, currency: str) -> tuple[Node, Node]:
    amount = leaf("Amt", text_of(amount_minor, currency), Ccy=currency)
    return amount, leaf("CdtDbtInd", "DBIT" if amount_minor < 0 else "CRDT")


def _entry(line: Line) -> Node:
    came = line.amount_minor >= 0
    side = "Dbtr" if came != bool(line.return_reason or line.is_reversal) else "Cdtr"
    details = node(
        "TxDtls",
        node(
            "Refs",
            leaf("AcctSvcrRef", line.number),
            leaf("InstrId", line.instruction_id),
            leaf("EndToEndId", line.end_to_end_id or "NOTPROVIDED"),
        ),
        *_amount(line.amount_minor, line.currency),
        node(
            "RltdPties",
            node(side, nested("Pty", "Nm", text=line.counterparty)),
            node(f"{side}Acct", nested("Id", "Othr", "Id", text=line.counterparty_account)),
        ),
        nested("RmtInf", "Ustrd", text=line.text),
        node("RtrInf", nested("Rsn", "Cd", text=line.return_reason)),
    )
    return node(
        "Ntry",
        *_amount(line.amount_minor, line.currency),
        leaf("RvslInd", "true" if line.is_reversal else ""),
        nested("Sts", "Cd", text="BOOK"),
        nested("BookgDt", "Dt", text=str(line.booked_on)),
        nested("ValDt", "Dt", text=str(line.valued_on)),
        leaf("AcctSvcrRef", line.number),
        nested("BkTxCd", "Prtry", "Cd", text=line.code),
        node("NtryDtls", details),
    )

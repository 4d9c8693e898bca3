"""Files of a bank that was never there: the same lines as MT940, as camt.053, and in pieces."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

NUMBER = "20041000/123456"


class Line(NamedTuple):
    """A line of a statement: an amount in minor units, negative when it leaves, with what the bank writes."""

    amount_minor: int
    text: str = ""
    end_to_end_id: str = ""
    payer: str = ""
    day: date = date(2026, 11, 20)
    code: str = "NTRF"


def mt940(
    lines: Sequence[Line],
    *,
    opening_minor: int = 0,
    closing_minor: int | None = None,
    account: str = NUMBER,
    currency: str = "USD",
    number: str = "1/1",
) -> bytes:
    """Return a statement as MT940; it closes where its lines take it, unless it is said to close elsewhere."""
    days = [line.day for line in lines] or [date(2026, 11, 20)]
    closing = opening_minor + sum(line.amount_minor for line in lines) if closing_minor is None else closing_minor
    fields = [":20:STMT", f":25:{account}", f":28C:{number}", f":60F:{_balance(opening_minor, min(days), currency)}"]
    for line in lines:
        mark = "C" if line.amount_minor >= 0 else "D"
        amount = _amount(line.amount_minor)
        fields.append(f":61:{line.day:%y%m%d}{line.day:%m%d}{mark}{amount}{line.code}NONREF")
        told = f"?20EREF+{line.end_to_end_id}" if line.end_to_end_id else ""
        text = f"?21SVWZ+{line.text}" if line.text else ""
        payer = f"?32{line.payer}" if line.payer else ""
        fields.append(f":86:166?00TRANSFER{told}{text}{payer}")
    fields.append(f":62F:{_balance(closing, max(days), currency)}")
    return "\r\n".join([*fields, "-", ""]).encode()


def camt053(
    lines: Sequence[Line],
    *,
    opening_minor: int = 0,
    closing_minor: int | None = None,
    account: str = NUMBER,
    currency: str = "USD",
) -> bytes:
    """Return a statement as camt.053.001.08."""
    days = [line.day for line in lines] or [date(2026, 11, 20)]
    closing = opening_minor + sum(line.amount_minor for line in lines) if closing_minor is None else closing_minor
    entries = "".join(_entry(line, currency) for line in lines)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id>'
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>{currency}</Ccy></Acct>"
        f"{_bal('OPBD', opening_minor, min(days), currency)}{_bal('CLBD', closing, max(days), currency)}"
        f"{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _entry(line: Line, currency: str) -> str:
    side = "Dbtr" if line.amount_minor >= 0 else "Cdtr"
    name = f"<RltdPties><{side}><Pty><Nm>{line.payer}</Nm></Pty></{side}></RltdPties>" if line.payer else ""
    reference = line.end_to_end_id or "NOTPROVIDED"
    return (
        f'<Ntry><Amt Ccy="{currency}">{_decimal(line.amount_minor)}</Amt>'
        f"<CdtDbtInd>{'CRDT' if line.amount_minor >= 0 else 'DBIT'}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{line.day}</Dt></BookgDt><ValDt><Dt>{line.day}</Dt></ValDt><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{reference}</EndToEndId></Refs>{name}<RmtInf><Ustrd>{line.text}</Ustrd></RmtInf>"
        "</TxDtls></NtryDtls></Ntry>"
    )


def _bal(kind: str, minor: int, day: date, currency: str) -> str:
    mark = "CRDT" if minor >= 0 else "DBIT"
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{_decimal(minor)}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>'
    )


def _balance(minor: int, day: date, currency: str) -> str:
    return f"{'C' if minor >= 0 else 'D'}{day:%y%m%d}{currency}{_amount(minor)}"


def _amount(minor: int) -> str:
    return _decimal(minor).replace(".", ",")


def _decimal(minor: int) -> str:
    return f"{abs(minor) // 100}.{abs(minor) % 100:02}"

"""
What a bank tells of a line of its statement: free text, or parts in one of the ways in which banks write them.

`166?00CREDIT?20EREF+E-1?21SVWZ+invoice 7?32A NAME` is German, `/EREF/E-1/BENM//NAME/A NAME/REMI/invoice 7` Dutch and
SWIFT's own.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_CODED = re.compile(r"\s*[0-9]{3}([?>|~^@])[0-9]{2}")
_MARKS = "EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|ANAM|IBAN|BIC|COAM|OAMT|RTRN|PURP"
_SEPA = re.compile(rf"({_MARKS})\+|\b({_MARKS}): ")
_SLASHED = re.compile(
    r"/(EREF|REMI|NAME|IBAN|BIC|MARF|CSID|TRTP|RTYP|TRCD|BENM|ORDP|ID|ISDT|RTRN|PREF|NRTX|SWOD|ADDR|PURP|CNTP|PT"
    r"|OCMT|CHGS|EXCH|ULTC|ULTD|ULTB|SVCL|OAMT|INFO|CREF|KREF|ABWA)/"
)
_MONEY = re.compile(r"/(OCMT|CHGS)/([A-Z]{3})([0-9]+(?:[,.][0-9]*)?)/?")
_RATE = re.compile(r"/EXCH/([0-9]+(?:[,.][0-9]*)?)/?")
_NOT_PROVIDED = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF", "NOREF", "KEINE", "EREF+", "KREF+"})
_REASON = re.compile(r"[A-Z0-9]{3,4}\b")


class Details(NamedTuple):
    """
    What is told of a line; empty where nothing is.

    charges, instructed: as the bank writes them, (currency, amount) each; rate: of exchange.
    """

    end_to_end_id: str = ""
    reference: str = ""
    counterparty: str = ""
    account: str = ""
    remittance: str = ""
    return_reason: str = ""
    charges: tuple[tuple[str, str], ...] = ()
    instructed: tuple[tuple[str, str], ...] = ()
    rate: str = ""


def details_of(text: str) -> Details:
    """Return what field :86:, or a text in its manner, says."""
    if coded := _CODED.match(text):
        said = _of_parts(text.replace("\n", ""), coded[1])
    elif _SLASHED.search(text) and not _SEPA.match(text):
        said = _of_slashes(text.replace("\n", ""))
    else:
        said = _of_words(" ".join(text.split()))
    return with_money(said, text)


def with_money(said: Details, text: str) -> Details:
    """Return what is told with the charges and the ordered amount that stand in a text in SWIFT's manner."""
    found = _MONEY.findall(text.replace("\n", ""))
    rate = _RATE.search(text.replace("\n", ""))
    return said._replace(
        charges=said.charges or tuple((currency, amount) for code, currency, amount in found if code == "CHGS"),
        instructed=said.instructed or tuple((currency, amount) for code, currency, amount in found if code == "OCMT"),
        rate=said.rate or (rate[1] if rate else ""),
    )


def end_to_end(said: str) -> str:
    """Return an id; empty where it says that there is none."""
    stripped = said.strip()
    return "" if stripped.upper() in _NOT_PROVIDED else stripped


def details_of_ns(lines: Iterable[str]) -> Details:
    """Return what fields :NS: say: two digits, then 01 to 14 what for, 15 and 16 who."""
    said = [(line[:2], line[2:].strip()) for line in lines if line[:2].isdigit()]
    return Details(
        counterparty=" ".join(value for number, value in said if number in {"15", "16"}),
        remittance=" ".join(value for number, value in said if "01" <= number <= "14"),
    )


def _of_parts(text: str, separator: str) -> Details:
    _, *pairs = re.split(rf"{re.escape(separator)}([0-9]{{2}})", text)
    parts = list(zip(pairs[::2], pairs[1::2], strict=True))
    said = "".join(value for number, value in parts if "20" <= number <= "29")
    more = "".join(value for number, value in parts if "60" <= number <= "63")
    name = "".join(value for number, value in parts if number in {"32", "33"})
    account = "".join(value for number, value in parts if number in {"31", "38"})
    goes_on = any(number == "29" for number, _ in parts)  # the text is full: what stands in 60 to 63 is the rest of it
    marked, rest = (_of_words(f"{said}{more}"), "") if goes_on else (_of_words(said), more)
    return marked._replace(
        counterparty=" ".join(name.split()) or marked.counterparty,
        account=account.strip() or marked.account,
        remittance=" ".join(f"{marked.remittance} {rest}".split()),
    )


def _of_words(text: str) -> Details:
    """Return what a text says that may have SEPA's marks in it, as `EREF+`."""
    before, *found = _SEPA.split(text)
    marked: dict[str, str] = {}
    for mark, spaced, value in zip(found[::3], found[1::3], found[2::3], strict=True):
        marked.setdefault(mark or spaced, value)
    return Details(
        end_to_end_id=end_to_end(marked.get("EREF", "")),
        reference=end_to_end(marked.get("KREF", "")),
        counterparty=(marked.get("ANAM") or marked.get("ABWA", "")).strip(),
        account=marked.get("IBAN", "").strip(),
        remittance=" ".join(marked.get("SVWZ", before if marked else text).split()),
        return_reason=_reason(marked.get("RTRN", "")),
    )


def _of_slashes(text: str) -> Details:
    before, *pairs = _SLASHED.split(text)
    raw: dict[str, str] = {}
    for code, value in zip(pairs[::2], pairs[1::2], strict=True):
        raw.setdefault(code, value)
    said = {code: value.strip("/ ") for code, value in raw.items()}
    account, _, name = _counterpart(raw)
    remittance = said.get("REMI", "")
    for kind in ("USTD//", "STRD/"):
        remittance = remittance.removeprefix(kind)
    return Details(
        end_to_end_id=end_to_end(said.get("EREF", "")),
        reference=end_to_end(said.get("PREF") or said.get("KREF") or said.get("CREF", "")),
        counterparty=said.get("NAME") or name,
        account=said.get("IBAN") or account,
        remittance=" ".join((remittance or _unmarked(said, before, text)).split()),
        return_reason=_reason(said.get("RTRN", "")),
    )


def _unmarked(said: Mapping[str, str], before: str, text: str) -> str:
    """Return what stands for the remittance where none is marked: what is before the marks, or a bank's own words."""
    return before.strip() or (text if "PT" in said or not said.keys() - {"CHGS", "OCMT", "EXCH"} else "")


def _counterpart(raw: Mapping[str, str]) -> tuple[str, str, str]:
    """Return account, bank and name out of `/CNTP/account/bank/name/`."""
    account, bank, name = [*(each.strip() for each in raw.get("CNTP", "").split("/")), "", "", ""][:3]
    return account, bank, name


def _reason(said: str) -> str:
    found = _REASON.match(said.strip())
    return found[0] if found else ""

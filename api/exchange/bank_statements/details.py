"""
What a bank tells of a line of its statement: free text, or parts in one of the ways in which banks write them.

`166?00CREDIT?20EREF+E-1?21SVWZ+invoice 7?32A NAME` is German, `/EREF/E-1/BENM//NAME/A NAME/REMI/invoice 7` Dutch.
"""

import re
from typing import NamedTuple

_PART = re.compile(r"[?>|~^@]([0-9]{2})")
_CODED = re.compile(r"\s*[0-9]{3}[?>|~^@][0-9]{2}")
_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|COAM|OAMT)\+")
_SLASHED = re.compile(
    r"/(EREF|REMI|NAME|IBAN|BIC|MARF|CSID|TRTP|BENM|ORDP|ID|ISDT|RTRN|PREF|NRTX|SWOD|ADDR|PURP|CNTP|PT)/"
)
_NOT_PROVIDED = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF", "KEINE"})


class Details(NamedTuple):
    """What is told of a line; empty where nothing is."""

    end_to_end_id: str = ""
    reference: str = ""
    counterparty: str = ""
    account: str = ""
    remittance: str = ""


def details_of(text: str) -> Details:
    """Return what field :86: says."""
    if _CODED.match(text):
        return _of_parts(text.replace("\n", ""))
    if _SLASHED.match(text):
        return _of_slashes(text.replace("\n", ""))
    return _of_words(" ".join(text.split()))


def end_to_end(said: str) -> str:
    """Return an end-to-end id; empty where it says that there is none."""
    stripped = said.strip()
    return "" if stripped.upper() in _NOT_PROVIDED else stripped


def _of_parts(text: str) -> Details:
    _, *pairs = _PART.split(text)
    parts = list(zip(pairs[::2], pairs[1::2], strict=True))
    said = "".join(value for number, value in parts if "20" <= number <= "29")
    more = "".join(value for number, value in parts if "60" <= number <= "63")
    name = "".join(value for number, value in parts if number in {"32", "33"})
    account = "".join(value for number, value in parts if number in {"31", "38"})
    marked = _of_words(said)
    return marked._replace(
        counterparty=" ".join(name.split()) or marked.counterparty,
        account=account.strip() or marked.account,
        remittance=" ".join(f"{marked.remittance} {more}".split()),
    )


def _of_words(text: str) -> Details:
    """Return what a text says that may have SEPA's marks in it, as `EREF+`."""
    before, *pairs = _SEPA.split(text)
    marked: dict[str, str] = {}
    for mark, value in zip(pairs[::2], pairs[1::2], strict=True):
        marked.setdefault(mark, value)
    return Details(
        end_to_end_id=end_to_end(marked.get("EREF", "")),
        reference=end_to_end(marked.get("KREF", "")),
        counterparty=marked.get("ABWA", "").strip(),
        account=marked.get("IBAN", "").strip(),
        remittance=" ".join(marked.get("SVWZ", before if marked else text).split()),
    )


def _of_slashes(text: str) -> Details:
    _, *pairs = _SLASHED.split(text)
    said = {code: value.strip("/ ") for code, value in zip(pairs[::2], pairs[1::2], strict=True)}
    return Details(
        end_to_end_id=end_to_end(said.get("EREF", "")),
        reference=end_to_end(said.get("PREF", "")),
        counterparty=said.get("NAME", ""),
        account=said.get("IBAN", ""),
        remittance=" ".join((said.get("REMI") or (said.get("PT", "") and text)).split()),
    )

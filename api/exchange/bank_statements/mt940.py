"""
MT940 and MT942, as banks write them: fields `:61:`, a line each or several, in blocks that begin with `:20:`.

Banks leave fields out, break lines within amounts, and fill with spaces; what the standard calls an error is taken
where only one thing can be meant. Source: SWIFT's Category 9 field formats, and the files of banks.
"""

import hashlib
import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from api.exchange.bank_statements.details import Details, details_of
from api.exchange.bank_statements.statement import BankStatement, Problem, StatementEntry, minor_of
from domain.errors import Malformed

TAGS = frozenset(b"13 13D 20 21 25 25P 28 28C 28D 34F 60F 60M 61 62F 62M 64 65 86 90C 90D NS".split())
"""Fields that banks use in these messages: anything else that looks like one is the wrapped end of a text."""

_FIELD = re.compile(rb":([0-9]{2}[A-Z]?|NS):")
_ENVELOPE = re.compile(rb"\{1:.*?\{4:|\A-\}.*", re.DOTALL)
_BALANCE = re.compile(r"\s*([CD])\s*([0-9 ]{6})\s*([A-Z]{3})?\s*([0-9]+(?:[,.][0-9]*)?)\s*")
_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4}| {4})?\s*(?P<mark>R[CD]|E[CD]|[CD])(?P<funds>[A-Z])?\s*"
    r"(?P<amount>[0-9]+(?:[,.][0-9]*)?)(?P<code>[A-Z][A-Z0-9 ]{3})?(?P<rest>.*)",
    re.DOTALL,
)
_CURRENCY_AT_END = re.compile(r"[^A-Z]([A-Z]{3})\Z")
REFERENCE_MAX = 16

_NO_REFERENCE = frozenset({"", "NONREF", "KREF+", "EREF", "EREF+", "PREF"})
"""What stands there where the reference is in the details, or nowhere."""
_CENTURY_TURNS = 80
"""Two digits of a year from here on are of the last century."""


class _Field(NamedTuple):
    tag: str
    text: str
    line: int
    raw: bytes


def read_mt940(content: bytes) -> Iterator[BankStatement]:
    """Yield the statements of a file. Lines that follow on a closing balance without a head are of its account."""
    before: BankStatement | None = None
    for fields in _blocks(_fields(content)):
        before = _Reading(fields, before if fields[0].tag == _ENTRY else None).statement()
        yield before


def is_mt940(content: bytes) -> bool:
    """Return whether a file looks like one of these messages."""
    return any(field.tag != "NS" for field in _fields(content))


def _fields(content: bytes) -> Iterator[_Field]:
    tag, first, lines = b"", 0, list[bytes]()
    for number, line in enumerate([*content.replace(b"\r\n", b"\n").split(b"\n"), b"-"], start=1):
        cleaned = _ENVELOPE.sub(b"", line.strip(b"\x01\x03\x00"))
        begins = _FIELD.match(cleaned)
        if begins and begins[1] not in TAGS:
            begins = None
        ends = cleaned.strip() == b"-" or line.startswith(b"-}")
        if begins or ends:
            if tag:
                yield _Field(tag.decode(), _text(lines), first, b"\n".join(lines))
            tag, first, lines = (begins[1], number, [cleaned[begins.end() :]]) if begins else (b"", 0, [])
        elif tag:
            lines.append(cleaned)


def _text(lines: list[bytes]) -> str:
    raw = b"\n".join(lines)
    try:
        return raw.decode().strip("\n\r")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace").strip("\n\r")


def _blocks(fields: Iterator[_Field]) -> Iterator[list[_Field]]:
    """Yield the fields of each statement: one begins with its reference, or with what comes only once in each."""
    block: list[_Field] = []
    for field in fields:
        if block and _begins(field, block):
            yield block
            block = []
        block.append(field)
    if block:
        yield block


_ONCE = frozenset({"25", "60"})
_ENTRY, _CLOSING = "61", "62"


def _begins(field: _Field, block: list[_Field]) -> bool:
    """Return whether a field begins another statement than the one before it."""
    kind, before = field.tag[:2], {each.tag[:2] for each in block}
    return kind == "20" or (kind in _ONCE and kind in before) or (kind == _ENTRY and _CLOSING in before)


class _Reading:
    """One statement on its way from its fields."""

    def __init__(self, fields: list[_Field], before: BankStatement | None) -> None:
        self._fields = fields
        self._before = before
        self._problems: list[Problem] = []
        self._currency = self._currency_meant()
        self._opening = self._balance("60")
        self._closing = self._balance("62")

    def statement(self) -> BankStatement:
        entries = tuple(self._entries())
        return BankStatement(
            account=self._before.account if self._before else self._said("25").strip(),
            currency=self._currency,
            number=self._said("28").strip(),
            opening_minor=self._opening,
            closing_minor=self._closing,
            entries=entries,
            problems=tuple(sorted(self._problems, key=lambda problem: problem.line)),
            line=self._fields[0].line,
        )

    def _said(self, tag: str) -> str:
        return next((field.text for field in self._fields if field.tag[:2] == tag), "")

    def _balance(self, tag: str) -> int | None:
        field = next((each for each in self._fields if each.tag[:2] == tag), None)
        if field is None:
            return None
        said = _BALANCE.fullmatch(field.text)
        if said is None:
            self._problem(field, f"{_BALANCES[tag]} balance isn't mark, date, currency and amount")
            return None
        mark, _, currency, amount = said.groups()
        if currency not in {None, self._currency}:
            self._problem(field, f"{_BALANCES[tag]} balance is in {currency}, the other in {self._currency}")
            return None
        try:
            minor = minor_of(amount, self._currency)
        except Malformed as error:
            self._problem(field, f"{_BALANCES[tag]} balance: {error}")
            return None
        return minor if mark == "C" else -minor

    def _currency_meant(self) -> str:
        for tag in ("60", "62"):
            balance = _BALANCE.fullmatch(self._said(tag))
            if balance and balance[3]:
                return balance[3]
        if self._before:
            return self._before.currency
        if at_end := _CURRENCY_AT_END.search(self._said("25").strip()):
            return at_end[1]
        floor = re.match(r"([A-Z]{3})[CD]?[0-9]", self._said("34"))
        return floor[1] if floor else ""

    def _entries(self) -> Iterator[StatementEntry]:
        for number, field in enumerate(self._fields):
            if field.tag == _ENTRY:
                about = [each for each in self._fields[number + 1 : number + 2] if each.tag in {"86", "NS"}]
                entry = self._entry(field, about)
                if entry:
                    yield entry

    def _entry(self, field: _Field, about: list[_Field]) -> StatementEntry | None:
        said = _LINE.match(field.text) or _LINE.match(field.text.replace("\n", "", 1))
        if said is None:
            self._problem(field, "the line isn't value date, mark, amount, kind and reference")
            return None
        if not self._currency:
            self._problem(field, "no currency: the statement has neither balances nor an account that names one")
            return None
        try:
            value_date = _date(said["value"])
            booking_date = _near(value_date, said["entry"])
            minor = minor_of(said["amount"], self._currency)
        except (Malformed, ValueError) as error:
            self._problem(field, str(error))
            return None
        return self._made(field, said, about, minor, (value_date, booking_date))

    def _made(
        self, field: _Field, said: "re.Match[str]", about: list[_Field], minor: int, dates: tuple[date, date]
    ) -> StatementEntry:
        first, _, supplement = said["rest"].partition("\n")
        own, _, banks = (each.strip() for each in first.partition("//"))
        if len(own) > REFERENCE_MAX and own[REFERENCE_MAX - 1] == " ":  # filled up, and a name put behind
            own, supplement = own[:REFERENCE_MAX].strip(), f"{own[REFERENCE_MAX:]} {supplement}"
        details = details_of(about[0].text) if about and about[0].tag == "86" else Details()
        remittance = details.remittance or " ".join(supplement.split())
        raw = b"\n".join([field.raw, *(each.raw for each in about)])
        return StatementEntry(
            amount_minor=minor if said["mark"] in {"C", "RD", "EC"} else -minor,
            value_date=dates[0],
            booking_date=dates[1],
            reference=next((each for each in (own, details.reference, banks) if each not in _NO_REFERENCE), ""),
            end_to_end_id=details.end_to_end_id,
            bank_reference=banks if banks not in _NO_REFERENCE else "",
            code=(said["code"] or "").strip(),
            counterparty=details.counterparty,
            counterparty_account=details.account,
            remittance=remittance,
            is_reversal=said["mark"] in {"RC", "RD"},
            line=field.line,
            sha256=hashlib.sha256(raw).hexdigest(),
        )

    def _problem(self, field: _Field, reason: str) -> None:
        self._problems.append(Problem(field.line, f":{field.tag}: {reason}"))


_BALANCES = {"60": "the opening", "62": "the closing"}


def _date(said: str) -> date:
    """Return a day; one that its month doesn't have, as 30 February where interest is counted so, is its last."""
    year, month, day = int(said[:2]), int(said[2:4]), int(said[4:])
    year += 1900 if year >= _CENTURY_TURNS else 2000
    if not 1 <= month <= 12 or not 1 <= day <= 31:  # noqa: PLR2004 - months of a year, days of a month
        raise ValueError(f"{said} is no date")
    return date(year, month, min(day, monthrange(year, month)[1]))


def _near(value_date: date, said: str | None) -> date:
    """Return the day of booking, of which the year isn't said: the one nearest to the value date."""
    if not (said or "").strip():
        return value_date
    years = (value_date.year - 1, value_date.year, value_date.year + 1)
    days = [_date(f"{year % 100:02}{said}") for year in years]
    return min(days, key=lambda day: abs(day - value_date))

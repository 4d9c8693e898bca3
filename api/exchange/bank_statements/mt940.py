"""
MT940 and MT942, as banks write them: fields `:61:`, a line each or several, in blocks that begin with `:20:`.

Banks leave fields out, break lines within amounts, and fill with spaces; what the standard calls an error is taken
where only one thing can be meant. Source: SWIFT's Category 9 field formats, and the files of banks.
"""

import hashlib
import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import date
from typing import NamedTuple

from api.exchange.bank_statements.details import Details, details_of, details_of_ns, with_money
from api.exchange.bank_statements.mt940_fields import Field, fields_of
from api.exchange.bank_statements.statement import (
    BankStatement,
    Charge,
    Problem,
    StatementEntry,
    account_named,
    minor_of,
)
from domain.errors import Malformed

_AMOUNT = r"(?:[0-9]+(?:[,.][0-9]*)?|[,.][0-9]+)"
_BALANCE = re.compile(rf"\s*([CD])\s*([0-9 ]{{6}})\s*([A-Z]{{3}})?\s*({_AMOUNT})\s*")
_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4}| {4})?\s*(?P<mark>R[CD]|E[CD]|[CD])(?P<funds>[A-Z])?\s*"
    rf"(?P<amount>{_AMOUNT})(?![,.0-9])(?P<code>[A-Z][A-Z0-9 ]{{3}})?(?P<rest>.*)",
    re.DOTALL,
)
_CURRENCY_AT_END = re.compile(r"[^A-Z]([A-Z]{3})\Z")
REFERENCE_MAX = 16

_NO_REFERENCE = frozenset({"", "NONREF", "KREF+", "EREF", "EREF+", "PREF"})
"""What stands there where the reference is in the details, or nowhere."""
_CENTURY_TURNS = 80
"""Two digits of a year from here on are of the last century."""


def read_mt940(content: bytes) -> Iterator[BankStatement]:
    """Yield the statements of a file. Lines that follow on a closing balance without a head are of its account."""
    before: BankStatement | None = None
    for fields in _blocks(fields_of(content)):
        before = _Reading(fields, before if fields[0].tag == _ENTRY else None).statement()
        yield before


def is_mt940(content: bytes) -> bool:
    """Return whether a file looks like one of these messages."""
    return any(field.tag != "NS" for field in fields_of(content))


def _blocks(fields: Iterator[Field]) -> Iterator[list[Field]]:
    """Yield the fields of each statement: one begins with its reference, or with what comes only once in each."""
    block: list[Field] = []
    kinds: set[str] = set()
    for field in fields:
        if block and _begins(field, kinds):
            yield block
            block, kinds = [], set()
        block.append(field)
        kinds.add(field.tag[:2])
    if block:
        yield block


_ONCE = frozenset({"25", "60"})
_ENTRY, _CLOSING, _ABOUT = "61", "62", frozenset({"86", "NS"})


def _begins(field: Field, before: AbstractSet[str]) -> bool:
    """Return whether a field begins another statement than that of the kinds of fields before it."""
    kind = field.tag[:2]
    return kind == "20" or (kind in _ONCE and kind in before) or (kind == _ENTRY and _CLOSING in before)


class _Balance(NamedTuple):
    minor: int | None = None
    day: date | None = None
    is_midway: bool = False


class _Reading:
    """One statement on its way from its fields."""

    def __init__(self, fields: list[Field], before: BankStatement | None) -> None:
        self._fields = fields
        self._before = before
        self._problems: list[Problem] = []
        self._currency = self._currency_meant()
        self._opening = self._balance("60")
        self._closing = self._balance("62")

    def statement(self) -> BankStatement:
        entries = tuple(self._entries())
        page = self._said("28").partition("/")[2].strip()
        return BankStatement(
            account=self._before.account if self._before else account_named(self._account_said(), self._currency),
            currency=self._currency,
            number=self._said("28").strip(),
            opening_minor=self._opening.minor,
            closing_minor=self._closing.minor,
            entries=entries,
            problems=tuple(sorted(self._problems, key=lambda problem: problem.line)),
            line=self._fields[0].line,
            reference=self._said("20").strip(),
            opened_on=self._opening.day,
            closed_on=self._closing.day,
            page=int(page) if page.isascii() and page.isdigit() else 0,
            opens_midway=self._opening.is_midway,
            closes_midway=self._closing.is_midway,
        )

    def _account_said(self) -> str:
        return self._said("25").partition("\n")[0].strip()

    def _said(self, tag: str) -> str:
        return next((field.text for field in self._fields if field.tag[:2] == tag), "")

    def _balance(self, tag: str) -> _Balance:
        field = next((each for each in self._fields if each.tag[:2] == tag), None)
        if field is None:
            return _Balance()
        said = _BALANCE.fullmatch(field.text)
        if said is None:
            self._problem(field, f"{_BALANCES[tag]} balance isn't mark, date, currency and amount")
            return _Balance()
        mark, day, currency, amount = said.groups()
        if currency not in {None, self._currency}:
            self._problem(field, f"{_BALANCES[tag]} balance is in {currency}, the other in {self._currency}")
            return _Balance()
        try:
            minor = minor_of(amount, self._currency)
        except Malformed as error:
            self._problem(field, f"{_BALANCES[tag]} balance: {error}")
            return _Balance()
        return _Balance(minor if mark == "C" else -minor, _day_or_none(day), field.tag.endswith("M"))

    def _currency_meant(self) -> str:
        for tag in ("60", "62"):
            balance = _BALANCE.fullmatch(self._said(tag))
            if balance and balance[3]:
                return balance[3]
        if self._before:
            return self._before.currency
        if at_end := _CURRENCY_AT_END.search(self._account_said()):
            return at_end[1]
        floor = re.match(r"([A-Z]{3})[CD]?[0-9]", self._said("34"))
        return floor[1] if floor else ""

    def _entries(self) -> Iterator[StatementEntry]:
        for field, about in self._lines():
            entry = self._entry(field, about)
            if entry:
                yield entry

    def _lines(self) -> Iterator[tuple[Field, list[Field]]]:
        """Yield each line with the fields that tell about it."""
        line: Field | None = None
        about: list[Field] = []
        for field in self._fields:
            if line and field.tag in _ABOUT:
                about.append(field)
                continue
            if line:
                yield line, about
            line, about = (field if field.tag == _ENTRY else None), []
        if line:
            yield line, about

    def _entry(self, field: Field, about: list[Field]) -> StatementEntry | None:
        said = _line_of(field.text)
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
        self, field: Field, said: "re.Match[str]", about: list[Field], minor: int, dates: tuple[date, date]
    ) -> StatementEntry:
        first, _, supplement = said["rest"].partition("\n")
        own, _, banks = (each.strip() for each in first.partition("//"))
        if len(own) > REFERENCE_MAX and own[REFERENCE_MAX - 1] == " ":  # filled up, and a name put behind
            own, supplement = own[:REFERENCE_MAX].strip(), f"{own[REFERENCE_MAX:]} {supplement}"
        details = with_money(_told(about), supplement)
        charges = tuple(_charges(details))
        instructed = next(iter(_amounts(details.instructed)), (None, ""))
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
            remittance=details.remittance or " ".join(supplement.split()),
            is_reversal=said["mark"] in {"RC", "RD"},
            line=field.line,
            sha256=hashlib.sha256(raw).hexdigest(),
            holder_reference=next((each for each in (own, details.reference) if each not in _NO_REFERENCE), ""),
            return_reason=details.return_reason,
            charges_minor=sum(each.amount_minor for each in charges if each.currency == self._currency),
            charges=charges,
            instructed_minor=instructed[0],
            instructed_currency=instructed[1],
            exchange_rate=details.rate,
            has_booking_date=bool((said["entry"] or "").strip()),
        )

    def _problem(self, field: Field, reason: str) -> None:
        self._problems.append(Problem(field.line, f":{field.tag}: {reason}"))


def _line_of(text: str) -> "re.Match[str] | None":
    """Return the parts of a line; where its amount is broken over two, of both together."""
    plain, joined = _LINE.match(text), _LINE.match(text.replace("\n", "", 1))
    return joined if joined and joined["code"] and not (plain and plain["code"]) else plain or joined


def _told(about: list[Field]) -> Details:
    said = "\n".join(each.text for each in about if each.tag == "86")
    return (
        details_of(said)
        if said.strip()
        else details_of_ns(line for each in about if each.tag == "NS" for line in each.text.split("\n"))
    )


def _amounts(said: Iterable[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    for currency, amount in said:
        with suppress(Malformed):
            yield minor_of(amount, currency), currency


def _charges(details: Details) -> Iterator[Charge]:
    for minor, currency in _amounts(details.charges):
        yield Charge(amount_minor=minor, currency=currency)


_BALANCES = {"60": "the opening", "62": "the closing"}


def _date(said: str) -> date:
    """Return a day; one that its month doesn't have, as 30 February where interest is counted so, is its last."""
    year, month, day = int(said[:2]), int(said[2:4]), int(said[4:])
    year += 1900 if year >= _CENTURY_TURNS else 2000
    if not 1 <= month <= 12 or not 1 <= day <= 31:  # noqa: PLR2004 - months of a year, days of a month
        raise ValueError(f"{said} is no date")
    return date(year, month, min(day, monthrange(year, month)[1]))


def _day_or_none(said: str) -> date | None:
    try:
        return _date(said)
    except ValueError:
        return None


def _near(value_date: date, said: str | None) -> date:
    """Return the day of booking, of which the year isn't said: the one nearest to the value date."""
    if not (said or "").strip():
        return value_date
    years = (value_date.year - 1, value_date.year, value_date.year + 1)
    days = [_date(f"{year % 100:02}{said}") for year in years]
    return min(days, key=lambda day: abs(day - value_date))

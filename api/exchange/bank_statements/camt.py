"""
Messages camt.052, 053 and 054 of ISO 20022, of every version: reports, statements and advices of a bank account.

Versions differ in where a few things stand, not in what they are called, so elements are read by their names alone.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from lxml import etree

from api.exchange.bank_statements.camt_document import CamtDocument, CamtUnreadable, camt_document
from api.exchange.bank_statements.camt_elements import account_of, amounts_of, day_of, day_said, one, text
from api.exchange.bank_statements.camt_entry import BOOKED, EntryReading, Told, signed, status_of
from api.exchange.bank_statements.statement import BankStatement, Problem, StatementEntry, account_named
from domain.errors import Malformed

_OPENING, _CLOSING, _INTERIM = ("OPBD", "PRCD"), "CLBD", "ITBD"
"""Kinds of balances; an interim one stands where a statement has several pages, or the day isn't over."""

__all__ = ["CamtUnreadable", "read_camt"]


def read_camt(content: bytes) -> tuple[str, list[BankStatement], tuple[Problem, ...]]:
    """
    Return a message's name, as camt.053.001.08, the statements in it, and what is wrong with the file as a whole.

    A statement whose account holds several currencies, each with its balances, is a statement of each.

    Raises: CamtUnreadable.
    """
    document = camt_document(content)
    found = [each for each in document.root.iter("{*}Stmt", "{*}Rpt", "{*}Ntfctn") if one(each, "Acct") is not None]
    named = found[0] if found else document.root
    name = (etree.QName(named).namespace or "").rpartition(":")[2]
    if not found:
        raise CamtUnreadable(f"{name or etree.QName(document.root).localname}: there is no statement in it")
    statements = [read for each in found for read in _statements(each, document)]
    return name, statements, document.problems


def _statements(element: Any, document: CamtDocument) -> Iterator[BankStatement]:
    currencies = _currencies(element)
    for number, currency in enumerate(currencies or ("",)):
        yield _Reading(element, currency, others=frozenset(currencies) - {currency}, document=document).statement(
            is_first=number == 0
        )


def _currencies(element: Any) -> tuple[str, ...]:
    """Return the currencies that an account has balances in, its own first; else that of its first entry."""
    own = text(element, "Acct", "Ccy")
    balances = [(_kind(each), currency) for each in element.iterchildren("{*}Bal") for currency in amounts_of(each)]
    opened = [currency for kind, currency in balances if kind in _OPENING]
    closed = {currency for kind, currency in balances if kind == _CLOSING}
    both = [currency for currency in opened if currency in closed and currency]
    first = own or next((each for _, each in balances if each), "")
    if not first:
        entries = [currency for each in element.iterchildren("{*}Ntry") for currency in amounts_of(each)]
        return tuple(dict.fromkeys(filter(None, entries)))
    return tuple(dict.fromkeys([first, *both]))


def _kind(balance: Any) -> str:
    return (
        text(balance, "Tp", "CdOrPrtry", "Cd") or text(balance, "Tp", "Cd") or text(balance, "Tp", "CdOrPrtry", "Prtry")
    )


class _Balance(NamedTuple):
    minor: int | None = None
    day: date | None = None
    is_midway: bool = False


class _Reading:
    """One statement in one currency on its way from its element."""

    def __init__(self, element: Any, currency: str, *, others: frozenset[str], document: CamtDocument) -> None:
        self._element = element
        self._own = account_of(element, "Acct")
        self._currency = currency
        self._others = others
        self._document = document
        self._problems: list[Problem] = []

    def statement(self, *, is_first: bool) -> BankStatement:
        """Return it; what is wrong with the document belongs to the first of its currencies."""
        if is_first:
            self._problems += self._document.problems_of(self._element)
        opening, closing = self._opening(), self._closing()
        booked, pending = list[StatementEntry](), list[StatementEntry]()
        for element in self._document.whole(self._element, "Ntry"):
            if set(amounts_of(element)) & self._others:
                continue
            entry = self._entry(element)
            if entry:
                (booked if status_of(element) == BOOKED else pending).append(entry)
        return BankStatement(
            account=account_named(self._own, self._currency),
            currency=self._currency,
            number=text(self._element, "ElctrncSeqNb") or text(self._element, "LglSeqNb"),
            opening_minor=opening.minor,
            closing_minor=closing.minor,
            entries=tuple(booked),
            pending=tuple(pending),
            problems=tuple(sorted(self._problems, key=lambda problem: problem.line)),
            line=self._element.sourceline or 0,
            reference=text(self._element, "Id"),
            opened_on=opening.day,
            closed_on=closing.day,
            page=self._page(),
            opens_midway=opening.is_midway,
            closes_midway=closing.is_midway or self._has_page_after(),
        )

    def _page(self) -> int:
        said = text(self._element, "StmtPgntn", "PgNb") or text(self._element, "RptPgntn", "PgNb")
        return int(said) if said.isascii() and said.isdigit() else 0

    def _has_page_after(self) -> bool:
        said = text(self._element, "StmtPgntn", "LastPgInd") or text(self._element, "RptPgntn", "LastPgInd")
        return said in {"false", "0"}

    def _opening(self) -> _Balance:
        for kind in _OPENING:
            if of_kind := self._balances(kind):
                return self._balance(min(of_kind, key=_day_key))
        interim = self._balances(_INTERIM)
        if len(interim) > 1 or (interim and self._balances(_CLOSING)):
            return self._balance(interim[0])._replace(is_midway=True)
        return _Balance()

    def _closing(self) -> _Balance:
        if of_kind := self._balances(_CLOSING):
            return self._balance(max(reversed(of_kind), key=_day_key))
        if interim := self._balances(_INTERIM):
            return self._balance(interim[-1])._replace(is_midway=True)
        return _Balance()

    def _balances(self, kind: str) -> Sequence[Any]:
        """Return the balances of a kind: those in this currency, else those that are in no other reading's."""
        of_kind = [each for each in self._document.whole(self._element, "Bal") if _kind(each) == kind]
        mine = [each for each in of_kind if set(amounts_of(each)) <= {self._currency, ""}]
        return mine or [each for each in of_kind if not set(amounts_of(each)) & self._others]

    def _balance(self, element: Any) -> _Balance:
        said = self._signed(element)
        is_midway = text(element, "Tp", "SubTp", "Cd") == "INTM"
        return _Balance(said, day_said(element, "Dt"), is_midway)

    def _signed(self, element: Any) -> int | None:
        try:
            return signed(element, self._currency)
        except Malformed as error:
            self._problem(element, str(error))
        except ValueError as error:
            self._problem(element, str(error))
        return None

    def _entry(self, element: Any) -> StatementEntry | None:
        minor = self._signed(element)
        if minor is None:
            return None
        booking, value = day_said(element, "BookgDt"), day_said(element, "ValDt")
        if booking is None and value is None:
            booking = day_of(text(self._element, "CreDtTm"))
        if booking is None and value is None:
            self._problem(element, "has neither a date of booking nor one of value")
            return None
        return EntryReading(element, self._own, Told(minor, self._currency, value=value, booking=booking)).entry()

    def _problem(self, element: Any, reason: str) -> None:
        self._problems.append(Problem(element.sourceline or 0, f"{etree.QName(element).localname}: {reason}"))


def _day_key(balance: Any) -> date:
    return day_said(balance, "Dt") or date.min

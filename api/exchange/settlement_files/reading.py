"""
A provider's file, read by a mapping: each row a line of a payout, checked to the minor unit.

A row that can't be read is a problem with its line and the reason, and so is one whose numbers don't come out; the rest
goes on.
"""

import hashlib
from datetime import date, datetime

import msgspec

from api.exchange.bank_statements.statement import Problem, amount_text
from api.exchange.cells import amount_minor, amount_of_columns, cell_of, word_of
from api.exchange.csv_records import HeadingMissing, Record, Table, day_of, table_of, text_of
from api.exchange.settlement_files.mapping import SettlementMapping
from api.exchange.settlement_files.settlement import (
    Kind,
    Settlement,
    SettlementFile,
    SettlementLine,
    SettlementUnreadable,
)
from domain.errors import Malformed
from domain.money import exponent_of, ranged

_ANOTHER_TOTAL = "says another total than a row before it"


def read_settlements(content: bytes, mapping: SettlementMapping, *, name: str = "-") -> SettlementFile:
    """
    Return the payouts in a file, in the order in which they begin.

    name: of the file, as a refusal tells it.

    Raises: SettlementUnreadable.
    """
    try:
        table = table_of(content, mapping, mapping.columns)
    except HeadingMissing as error:
        raise SettlementUnreadable(file=name, problem=str(error)) from None
    settlements = _Reading(table, mapping).settlements()
    return SettlementFile(
        provider=mapping.provider,
        sha256=hashlib.sha256(content).hexdigest(),
        settlements=settlements,
        problems=(Problem(0, table.problem),) if table.problem else (),
    )


class _Reading:
    """One file on its way: what is known of each payout so far."""

    def __init__(self, table: Table, mapping: SettlementMapping) -> None:
        self._table = table
        self._mapping = mapping
        self._read: dict[tuple[str, str], Settlement] = {}
        self._lines: dict[tuple[str, str], list[SettlementLine]] = {}
        self._problems: dict[tuple[str, str], list[Problem]] = {}

    def settlements(self) -> tuple[Settlement, ...]:
        """Return the payouts."""
        at = ("", "")
        for row in self._table.rows:
            if not row.problem:
                currency = word_of(self._mapping.currency, row, self._table).upper()
                at = (self._word(row, self._mapping.settlement), currency)
            so_far = self._read.get(at) or Settlement(provider=self._mapping.provider, reference=at[0], currency=at[1])
            self._read[at] = so_far
            try:
                self._read[at] = self._with(so_far, row)
            except (ValueError, Malformed) as error:
                self._told(so_far, row, row.problem or str(error))
        kept = (self._whole(at, each) for at, each in self._read.items())
        return tuple(each for each in kept if each.lines or each.problems or each.net_minor is not None)

    def _whole(self, at: tuple[str, str], settlement: Settlement) -> Settlement:
        lines, problems = self._lines.get(at, ()), self._problems.get(at, ())
        return msgspec.structs.replace(settlement, lines=tuple(lines), problems=tuple(problems))

    def _told(self, of: Settlement, row: Record, reason: str) -> None:
        self._problems.setdefault((of.reference, of.currency), []).append(Problem(row.line, reason))

    def _with(self, so_far: Settlement, row: Record) -> Settlement:
        """
        Return a payout with one more row.

        Raises: ValueError, Malformed.
        """
        if row.problem:
            raise ValueError(row.problem)
        exponent_of(so_far.currency)
        kind = self._mapping.kinds.get(self._word(row, self._mapping.kind))
        if kind is None:
            raise ValueError(f"{self._mapping.kind}: {self._word(row, self._mapping.kind)!r} is no kind that is known")
        if kind == "pass":
            return so_far
        so_far = self._dated(so_far, row)
        if kind == "payout":
            return self._paid_out(so_far, row)
        line = self._line(row, kind, so_far.currency)
        if self._mapping.total:
            so_far = self._totalled(so_far, self._amount(row, self._mapping.total, so_far.currency))
        self._lines.setdefault((so_far.reference, so_far.currency), []).append(line)
        if line.difference_minor:
            said = amount_text(line.net_minor, so_far.currency)
            meant = amount_text(line.net_minor - line.difference_minor, so_far.currency)
            self._told(so_far, row, f"the net is {said}, gross less fee and tax {meant}")
        return so_far

    def _line(self, row: Record, kind: Kind, currency: str) -> SettlementLine:
        mapping = self._mapping
        gross = self._amount(row, mapping.gross, currency)
        if gross is None:
            raise ValueError(f"{mapping.gross}: has no amount")
        taken = -1 if mapping.taken_is_negative else 1
        tax = taken * (self._amount(row, mapping.tax, currency) or 0)
        fee = taken * (self._amount(row, mapping.fee, currency) or 0) - (tax if mapping.fee_includes_tax else 0)
        net = gross - fee - tax
        if mapping.net.columns:
            net = amount_of_columns(
                mapping.net, lambda column: self._amount(row, column, currency), row, self._table, mapping
            )
            gross = -gross if mapping.gross_is_unsigned and net < 0 < gross else gross
        return SettlementLine(
            kind=kind,
            gross_minor=gross,
            fee_minor=fee,
            tax_minor=tax,
            net_minor=net,
            reference=next(filter(None, (self._word(row, column) for column in mapping.reference)), ""),
            payment_reference=self._word(row, mapping.payment_reference),
            occurred_on=self._day(row, mapping.occurred_on, mapping.date_format),
            description=self._word(row, mapping.description),
            line=row.line,
            sha256=hashlib.sha256(row.raw.encode()).hexdigest(),
        )

    def _paid_out(self, so_far: Settlement, row: Record) -> Settlement:
        """Return a payout with the row that says what is paid out: what leaves the provider's account."""
        minor = self._amount(row, self._mapping.gross, so_far.currency)
        if minor is None:
            raise ValueError(f"{self._mapping.gross}: has no amount")
        return self._totalled(so_far, -minor)

    @staticmethod
    def _totalled(so_far: Settlement, minor: int | None) -> Settlement:
        if minor is None:
            return so_far
        if so_far.net_minor not in {None, minor}:
            raise ValueError(_ANOTHER_TOTAL)
        return msgspec.structs.replace(so_far, net_minor=minor)

    def _dated(self, so_far: Settlement, row: Record) -> Settlement:
        mapping = self._mapping
        settled_on = self._day(row, mapping.settled_on, mapping.settled_on_format or mapping.date_format)
        return msgspec.structs.replace(
            so_far,
            settled_on=so_far.settled_on or settled_on,
            bank_reference=so_far.bank_reference or self._word(row, mapping.bank_reference),
        )

    def _word(self, row: Record, column: str) -> str:
        return text_of(cell_of(row, self._table, column))

    def _day(self, row: Record, column: str, said_as: str) -> date | None:
        said = cell_of(row, self._table, column).strip()
        if said_as != self._mapping.date_format and said:
            return datetime.strptime(said, said_as).date()  # noqa: DTZ007 - the provider's day, no moment
        return day_of(said, self._mapping) if said else None

    def _amount(self, row: Record, column: str, currency: str) -> int | None:
        cell = cell_of(row, self._table, column)
        if not self._mapping.in_minor_units:
            return amount_minor(cell, currency, self._mapping)
        said = amount_minor(cell, "JPY", self._mapping)  # whole numbers
        return None if said is None else ranged(said)

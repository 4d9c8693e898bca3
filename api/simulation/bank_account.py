"""An account of a simulated marketplace at its bank: the lines of its statements, and what they open and close with."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from api.exchange.bank_statements.sameness import entry_key
from api.simulation.books import Books
from api.simulation.stage import Stage
from api.simulation.world import FINANCE
from domain import commands
from domain.bank_account import Said
from domain.commitment import Commitment

FORMAT = "camt.053.001.08"
ENTRIES_PER_COMMAND = 100


class Line(NamedTuple):
    """A line to come: how much, negative where it leaves; the day; and how the bank calls its kind."""

    amount_minor: int
    on: date
    code: str


def stands_for(what: str) -> Commitment:
    """Return what stands for a text that nobody has seen."""
    return Commitment(hashlib.sha256(what.encode()).hexdigest())


class SimulatedAccount:
    """One account at a bank; what it holds is what its statements say, beginning with what was taken over."""

    def __init__(self, key: str, account: str, currency: str, *, stage: Stage, books: Books) -> None:
        self.key = key
        self.account = account
        self.currency = currency
        self._stage = stage
        self._books = books
        self._closing_minor: int | None = None
        self._numbers: Counter[tuple[int, date]] = Counter()
        self._statements = 0

    def register(self) -> None:
        """Let the account be known."""
        known = commands.RegisterBankAccount(
            bank_account=self.key,
            account=self.account,
            currency=self.currency,
            identifiers=(f"SIM{self.key}",),
            name="Simulated marketplace",
            bic="SIMBINBB",
            country="IN",
        )
        self._stage.say(known, FINANCE)

    def tell(self, lines: Sequence[Line]) -> list[str]:
        """Take in a statement of some lines; return their keys, in their order."""
        self._statements += 1
        number = f"{self._statements}/{self._stage.at.year}"
        name = hashlib.sha256(f"{self.key} {number}".encode()).hexdigest()[:32]
        entries = [self._entry(line) for line in lines]
        for first in range(0, len(entries), ENTRIES_PER_COMMAND):
            some = tuple(entries[first : first + ENTRIES_PER_COMMAND])
            self._stage.say(commands.RecordBankEntries(bank_account=self.key, statement=name, entries=some), FINANCE)
        opening_minor = self._closing_minor
        if opening_minor is None:
            opening_minor = self._books.opened[self.account, self.currency]
        entries_minor = sum(line.amount_minor for line in lines)
        self._closing_minor = opening_minor + entries_minor
        told = Said(
            number=number,
            format=FORMAT,
            file_sha256=stands_for(f"statement {self.key} {number}"),
            from_on=min(line.on for line in lines),
            to_on=max(line.on for line in lines),
            opening_minor=opening_minor,
            closing_minor=self._closing_minor,
            entries=len(lines),
            sum_minor=entries_minor,
            new_entries=len(lines),
        )
        self._stage.say(commands.RecordBankStatement(bank_account=self.key, statement=name, told=told), FINANCE)
        return [entry.key for entry in entries]

    def _entry(self, line: Line) -> commands.NewBankEntry:
        self._numbers[line.amount_minor, line.on] += 1
        ordinal = self._numbers[line.amount_minor, line.on]
        key = entry_key(
            account=self.key,
            currency=self.currency,
            amount_minor=line.amount_minor,
            value_date=line.on,
            booking_date=line.on,
            ordinal=ordinal,
        )
        return commands.NewBankEntry(
            key=key,
            amount_minor=line.amount_minor,
            value_date=line.on,
            booking_date=line.on,
            ordinal=ordinal,
            code=line.code,
            detail=stands_for(f"line {key}"),
        )

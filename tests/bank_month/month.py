"""
The month from its first order to the last difference explained.

Buyers pay, the bank tells it its own way, rules match; payouts are instructed, the bank answers; then a person explains
what is left, in rounds of a fortnight, until bank and ledger say the same.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from api.composition import OpenedBook, World, connected
from api.reconciling.run import ReconciliationReport
from domain.commands.reconciliation import MatchBankEntries, MatchedEntry, SaidTarget
from projections.bank_proof import BankProofs, bank_proofs
from tests.bank_month.bank_process import BankProcess
from tests.bank_month.judging import Judge
from tests.bank_month.ledger_side import LedgerSide
from tests.bank_month.marketplace import (
    COLLECTION,
    ENDS_AT,
    SWEPT,
    must,
    name_parties,
    play_month,
    register_accounts,
)
from tests.bank_month.resolving import Person
from tests.bank_month.transfers import Senders, Sent, first_day, rows_of

LAST_DAY = ENDS_AT.date() - timedelta(days=1)
PAY_ON = ENDS_AT.date() + timedelta(days=1)
FORTNIGHT = timedelta(days=14)
ROUNDS_MAX = 6
UNHEARD_OF_PERCENT = 5
"""Of the orders that await a payment, those whose buyers have sent it and nobody has told the ledger."""
OPERATORS_OWN = "advance:operator"


class Clock:
    """A clock that stands still until the month moves on."""

    def __init__(self) -> None:
        self.now = ENDS_AT

    def __call__(self) -> datetime:
        return self.now

    def move_to(self, day: date) -> None:
        """Let it be the morning of a day."""
        self.now = datetime.combine(day, time(9), UTC)


class Month:
    """A marketplace, its ledger and its bank; the steps are taken in the order in which they stand here."""

    def __init__(self, book: OpenedBook, clock: Clock, folder: Path, *, trades: int, seed: int, days: int) -> None:
        self.book = book
        self.ledger = LedgerSide(book)
        self.files: list[Path] = []
        self._clock = clock
        play_month(book, trades=trades, seed=seed, days=days)
        self.accounts = register_accounts(book)
        self._senders = Senders(book, name_parties(book), self.accounts)
        self.sent: list[Sent] = self._senders.of_postings()
        random = Random(seed)  # noqa: S311 - who has paid without being heard of
        self.sent += self._senders.of_awaited(
            on=LAST_DAY - timedelta(days=2), random=random, percent=UNHEARD_OF_PERCENT
        )
        self.bank = BankProcess(folder, self.accounts, first_day=first_day(self.sent), seed=seed)
        self._person = Person(book, self._senders)

    def collect(self) -> ReconciliationReport:
        """Let the month's money arrive, and match it."""
        return self._hear(LAST_DAY, incoming=rows_of(self.sent), each_once=True)

    def pay_out(self) -> ReconciliationReport:
        """Pay everybody and sweep the fees; let the bank say for a fortnight what came of it."""
        self._clock.move_to(PAY_ON)
        self.ledger.plan(PAY_ON)
        self.ledger.sweep(PAY_ON, currency=SWEPT)
        self.ledger.instruct(PAY_ON, self.bank.sent)
        return self._hear(PAY_ON + FORTNIGHT, each_once=True)

    def judge(self) -> Judge:
        """Return who knows the truth about what is recorded by now."""
        return Judge(self.sent, self.bank.truths(), self.ledger.lines())

    def explain(self) -> int:
        """Let a person explain the rest, with what the bank and buyers say meanwhile; return in how many rounds."""
        today = PAY_ON + FORTNIGHT
        for rounds in range(ROUNDS_MAX):
            breaks = self.ledger.breaks()
            if not breaks and not self.open_lines():
                return rounds
            to_do = self._person.resolve(
                breaks, self.judge(), replies=self.bank.replies(), today=today + timedelta(days=1), sent=self.sent
            )
            self.sent += to_do.transfers
            if rounds == 0:
                self._pay_again(today + timedelta(days=1))
            today += FORTNIGHT
            self._hear(today, incoming=rows_of(to_do.transfers), questions=to_do.questions)
        raise AssertionError(self.ledger.breaks())

    def make_good(self) -> None:
        """Let the operator pay in from its own pocket what clients would lose by what was given up."""
        today = self._clock.now.date()
        numbers = {(each.account, each.currency): each.number for each in self.accounts}
        missing = [each for each in self.proofs().covers if not each.covered]
        rows: list[dict[str, Any]] = [
            {
                "payment": f"own-{cover.currency}",
                "account": numbers[COLLECTION, cover.currency],
                "currency": cover.currency,
                "amount_minor": cover.liabilities_minor
                - (cover.bank_minor or 0)
                - cover.clearing_minor
                - cover.receivables_minor
                - cover.operators_commission_minor,
                "on": str(today),
                "payer": "Marketplace Operations",
                "payer_account": "",
                "reference": "own funds",
                "is_plain": True,
            }
            for cover in missing
        ]
        self._hear(today + FORTNIGHT, incoming=rows)
        lines = self.open_lines()
        said = [
            MatchBankEntries(
                match=f"own-{line.row.currency}",
                entries=(
                    MatchedEntry(
                        entry=line.row.entry,
                        targets=(SaidTarget(account=OPERATORS_OWN, amount_minor=line.row.amount_minor),),
                    ),
                ),
            )
            for line in lines
        ]
        must(self.book, said)

    def open_lines(self) -> list[Any]:
        """Return the lines that nothing is matched with."""
        return [line for line in self.ledger.lines().values() if line.match is None]

    def proofs(self) -> BankProofs:
        """Return the proof of every account against the bank."""
        self.book.runner.catch_up()
        with self.book.pool.connection() as connection:
            return bank_proofs(connection, self.book.name)

    def _pay_again(self, day: date) -> None:
        """Pay those again whose bank had sent the money back, or whose payout was rejected."""
        self._clock.move_to(day)
        self.ledger.plan(day)
        self.ledger.instruct(day, self.bank.sent)

    def _hear(
        self,
        until: date,
        *,
        incoming: Iterable[dict[str, Any]] = (),
        questions: Iterable[dict[str, str]] = (),
        each_once: bool = False,
    ) -> ReconciliationReport:
        files = self.bank.wake(until=until, incoming=incoming, questions=questions, each_once=each_once)
        self._clock.move_to(until + timedelta(days=1))
        self.files += files
        self.ledger.take_in(files)
        return self.ledger.reconcile()


@contextmanager
def month(dsn: str, folder: Path, *, trades: int, seed: int, days: int) -> Iterator[Month]:
    """Yield a month whose trades are played, in a database that is empty; days: from the first order to its end."""
    clock = Clock()
    with connected(dsn, world=World(clock=clock)) as house:
        yield Month(house.book("month"), clock, folder, trades=trades, seed=seed, days=days)

"""What finance does at the ledger in the month: payouts, the bank's files taken in, reconciliation, what stands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec

from api.composition import OpenedBook
from api.exchange.bank_statements.statement import StatementEntry
from api.payouts.answering import AnswerRun, take_answer
from api.payouts.instructing import InstructAsked, InstructRun, instruct
from api.payouts.own_moves import MoveAsked, SweepRun, plan_sweep
from api.payouts.planning import PlanAsked, PlanRun, plan_payouts
from api.payouts.saying import Voice
from api.reconciling.details import read_details
from api.reconciling.import_statement import Imported, Importing, import_file, read_file
from api.reconciling.run import ReconciliationReport, Running, reconcile
from api.simulation.world import FINANCE, SECOND_FINANCE
from domain import commands
from domain.bank_entry import Target
from domain.commands.reconciliation import MatchBankEntries, MatchedEntry, SaidTarget
from domain.references import bank_match_id
from projections.breaks import BreakRow, BreaksSought, search_breaks
from projections.moment import NOW
from projections.open_reconciliation import EntriesSought, search_entries, search_matches
from projections.payouts import PayoutsSought, search_payouts
from projections.reconciliation_rows import BankEntryRow, BankMatchRow
from projections.streams import stream_of
from tests.bank_month.marketplace import COLLECTION, OPERATING, must

TARGETS = msgspec.json.Decoder(list[Target])


class Standing(NamedTuple):
    """A line as it stands in the ledger, what the bank wrote, and the match that explains it, if one does."""

    row: BankEntryRow
    detail: StatementEntry
    match: BankMatchRow | None

    @property
    def targets(self) -> list[Target]:
        """Return what it is, by its match."""
        return TARGETS.decode(self.row.targets) if self.row.targets else []


class LedgerSide:
    """Finance at work on a book."""

    def __init__(self, book: OpenedBook) -> None:
        self.book = book
        self._finance = Voice(actor=FINANCE, role="finance")

    def plan(self, pay_on: date) -> PlanRun:
        """Plan payouts to everybody, and agree to them as a second person."""
        run = plan_payouts(self.book, PlanAsked(pays_from=COLLECTION, pay_on=pay_on), self._finance)
        waiting = [each.payout for each in run.planned if each.approvals]
        must(self.book, [commands.ApprovePayout(payout=each) for each in waiting], actor=SECOND_FINANCE, role="finance")
        return run

    def sweep(self, pay_on: date, *, currency: str) -> SweepRun:
        """Plan to move the operator's fees in a currency to its own account, and agree to it as a second person."""
        asked = MoveAsked(pays_from=COLLECTION, pays_to=OPERATING, pay_on=pay_on, currency=currency)
        run = plan_sweep(self.book, asked, self._finance)
        planned = [each.payout for each in run.moves if each.payout]
        must(self.book, [commands.ApprovePayout(payout=each) for each in planned], actor=SECOND_FINANCE, role="finance")
        return run

    def instruct(self, pay_on: date, folder: Path) -> InstructRun:
        """Write the files for the bank."""
        return instruct(self.book, InstructAsked(pays_from=COLLECTION, pay_on=pay_on), self._finance, folder)

    def take_in(self, files: Iterable[Path]) -> tuple[list[AnswerRun], list[Imported]]:
        """Take in what the bank wrote: its answers, then its statements by day."""
        paths = sorted(files)
        answers = [
            run
            for path in paths
            if path.name.startswith("pain002")
            for run in take_answer(self.book, path.read_bytes(), path.name, self._finance)
        ]
        importing = Importing(self.book, FINANCE, "finance")
        statements = [
            imported
            for path in paths
            if path.name.startswith("camt053")
            for imported in import_file(read_file(path.read_bytes(), name=path.name), importing)
        ]
        return answers, statements

    def reconcile(self) -> ReconciliationReport:
        """Let the rules match what they can."""
        return reconcile(Running(self.book))

    def lines(self) -> dict[str, Standing]:
        """Return every line of every statement, by key."""
        self.book.runner.catch_up()
        with self.book.pool.connection() as connection:
            rows = search_entries(connection, self.book.name, EntriesSought())
            matches = {row.match: row for row in search_matches(connection, self.book.name)}
        details = read_details(self.book, rows)
        return {row.entry: Standing(row, details[row.entry], matches.get(row.match)) for row in rows}

    def matches(self) -> list[str]:
        """Return the matches that hold."""
        with self.book.pool.connection() as connection:
            return sorted(row.match for row in search_matches(connection, self.book.name) if not row.undone_by)

    def said_of(self, matches: Iterable[str]) -> list[MatchBankEntries]:
        """Return what would make matches again, under other names."""
        of_match: dict[str, list[Standing]] = defaultdict(list)
        for line in self.lines().values():
            of_match[line.row.match].append(line)
        return [
            MatchBankEntries(
                match=f"{match}-again",
                entries=tuple(MatchedEntry(entry=line.row.entry, targets=_said(line)) for line in of_match[match]),
                reason="as it was",
            )
            for match in matches
        ]

    def history_of(self, match: str) -> list[str]:
        """Return what happened to a match, by topic."""
        with self.book.pool.connection() as connection:
            return [each.topic for each in stream_of(connection, self.book.name, bank_match_id(match), moment=NOW)]

    def breaks(self) -> list[BreakRow]:
        """Return what isn't explained."""
        self.book.runner.catch_up()
        with self.book.pool.connection() as connection:
            return search_breaks(connection, self.book.name, BreaksSought())

    def balances(self) -> dict[tuple[str, str], int]:
        """Return what stands on every account, by account and currency."""
        self.book.runner.catch_up()
        with self.book.pool.connection() as connection:
            rows = connection.execute(_BALANCES, (self.book.name,)).fetchall()
        return {(account, currency): int(minor) for account, currency, minor in rows}

    def payouts(self) -> Mapping[str, str]:
        """Return how far every payout is, by key."""
        self.book.runner.catch_up()
        with self.book.pool.connection() as connection:
            return {row.payout: row.status for row in search_payouts(connection, self.book.name, PayoutsSought())}


def _said(line: Standing) -> tuple[SaidTarget, ...]:
    return tuple(
        SaidTarget(item=each.item, account="" if each.item else each.account, amount_minor=each.amount_minor)
        for each in line.targets
    )


def new_lines(imported: Sequence[Imported]) -> int:
    """Return how many lines were new."""
    return sum(each.new for each in imported)


_BALANCES = "SELECT account, currency, balance_minor FROM projections.balances WHERE book = %s AND balance_minor <> 0"

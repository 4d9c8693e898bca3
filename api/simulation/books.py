"""The books of a simulated marketplace as they stand: balances, and which postings a bank's statement will show."""

from collections import Counter, defaultdict
from datetime import date
from typing import NamedTuple

from api.simulation.rehearsal import Heard
from api.simulation.stage import Stage
from domain.accounts import control_of
from domain.catalogue import type_of
from domain.payout import OWN_TRANSFERS
from domain.posting_rules import post
from domain.references import kind_of, open_item_id
from domain.settlement import PAID_OUT
from domain.unit_of_work import Step
from projections.proof_of_holds import CLIENT_ASSETS, CLIENT_LIABILITIES
from projections.reconciliation import AT_BANK_SOON, KINDS, TAKEN_OVER

Place = tuple[str, str]
"""An account and a currency."""


class Posted(NamedTuple):
    """A posting that a statement will show: the open item that it is, what it is of, and its day."""

    item: str
    of_minor: int
    on: date


class Books:
    """
    What stands on each account, and what waits to be shown by a bank.

    opened: what was taken over onto accounts at banks, which was there before their first statement.
    """

    def __init__(self, stage: Stage) -> None:
        self.balances: Counter[Place] = Counter()
        self.opened: Counter[Place] = Counter()
        self._awaited: defaultdict[Place, list[Posted]] = defaultdict(list)
        stage.listen(self._hear)

    def take(self, account: str, currency: str, *, before: date) -> list[Posted]:
        """Return what waits on an account and was posted before a day; it waits no more."""
        waiting = self._awaited.pop((account, currency), [])
        later = [each for each in waiting if each.on >= before]
        if later:
            self._awaited[account, currency] = later
        return [each for each in waiting if each.on < before]

    def put_back(self, account: str, currency: str, posted: list[Posted]) -> None:
        """Let postings wait again."""
        self._awaited[account, currency] = [*posted, *self._awaited[account, currency]]

    def surplus_minor(self, currency: str) -> int:
        """Return by how much clients' assets exceed what is owed to them; what payees owe is no asset."""
        surplus_minor = 0
        for (account, of), minor in self.balances.items():
            control = control_of(account).name
            if of != currency or account == OWN_TRANSFERS:
                continue
            if control in CLIENT_ASSETS:
                surplus_minor += minor
            elif control in CLIENT_LIABILITIES:
                surplus_minor -= max(0, -minor)
        return surplus_minor

    def _hear(self, heard: Heard) -> None:
        for step in heard.steps:
            self._book(step)

    def _book(self, step: Step) -> None:
        entry = post(step.reference, step.event)
        if entry is None:
            return
        at_bank: Counter[Place] = Counter()
        for posting in entry.postings:
            place = posting.account, posting.currency
            self.balances[place] += posting.amount_minor
            if not self.balances[place]:
                del self.balances[place]
            if posting.account.startswith(AT_BANK_SOON):
                at_bank[place] += posting.amount_minor
        if kind_of(step.reference) in KINDS:
            return
        taken_over = type_of(step.event).topic in TAKEN_OVER
        for (account, currency), minor in at_bank.items():
            if taken_over and account.startswith("bank:"):
                self.opened[account, currency] += minor
            elif minor and not (kind_of(step.reference) == "settlement" and not account.endswith(PAID_OUT)):
                item = open_item_id(step.reference, step.version, account, currency)
                self._awaited[account, currency].append(Posted(item, minor, step.occurred_at.date()))

"""The operator's own money in a simulated marketplace: fees swept out of buyers', tax paid from there."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

from api.simulation import world
from api.simulation.books import Books
from api.simulation.payout_desk import PayoutDesk
from api.simulation.stage import Stage, Story
from api.simulation.world import BY_CURRENCY, FINANCE, SECOND_FINANCE
from domain import commands
from domain.money import Money, share_so_far
from domain.payout import Payout
from domain.references import payout_id

FIRST, EVERY = timedelta(days=31, hours=10), timedelta(days=42)
EARNED = ("income:service-fee", "tax:gst-output")
TAX = "tax:gst-output"
LEAST_DOLLARS = 100
"""Assumed: less stays where it is."""


class OwnMoney:
    """Sweeps half of what may be swept, so that a chargeback finds something, and pays the tax on fees every time."""

    def __init__(self, stage: Stage, books: Books, payouts: PayoutDesk) -> None:
        self._stage = stage
        self._books = books
        self._payouts = payouts
        self._numbers = count(1)
        self._swept: Counter[str] = Counter()

    def move(self) -> Story:
        """Sweep and remit, time after time: a second person agrees, and the bank is told the next day."""
        yield self._stage.starts_at + FIRST
        while True:
            pay_on = self._stage.at.date() + timedelta(days=1)
            planned = [
                payout
                for currency in BY_CURRENCY
                for payout in (*self._sweep(currency, pay_on), *self._remit(currency, pay_on))
            ]
            yield self._stage.at + timedelta(hours=5)
            for payout in planned:
                self._stage.say(commands.ApprovePayout(payout=payout), SECOND_FINANCE)
            yield self._stage.at + timedelta(hours=19)
            for payout in planned:
                found = self._stage.find(Payout, payout_id(payout))
                if found:
                    self._payouts.instruct([found])
            yield self._stage.at + EVERY - timedelta(hours=24)

    def _sweep(self, currency: str, pay_on: date) -> Iterator[str]:
        """Plan to move half of what was earned and isn't needed to cover what clients are owed."""
        earned_minor = -sum(self._books.balances[account, currency] for account in EARNED) - self._swept[currency]
        free_minor = self._payouts.free_minor(world.COLLECTION, currency)
        available_minor = max(0, min(earned_minor, self._books.surplus_minor(currency), free_minor))
        amount_minor = share_so_far(available_minor, done=1, whole=2)
        if amount_minor < LEAST_DOLLARS * BY_CURRENCY[currency].minor_per_dollar:
            return
        sweep = commands.PlanSweep(
            payout=f"SWEEP-{next(self._numbers)}",
            amount=Money(currency, amount_minor),
            pays_from=world.COLLECTION,
            pays_to=world.OWN_ACCOUNT,
            pay_on=pay_on,
            available_minor=available_minor,
        )
        if not self._stage.say(sweep, FINANCE):
            self._swept[currency] += amount_minor
            self._payouts.reserve(world.COLLECTION, currency, amount_minor)
            yield sweep.payout

    def _remit(self, currency: str, pay_on: date) -> Iterator[str]:
        """Plan to pay the tax on fees, as far as the operator's account has it."""
        owed_minor = -self._books.balances[TAX, currency]
        amount_minor = min(owed_minor, self._payouts.free_minor(world.OWN_ACCOUNT, currency))
        if amount_minor < LEAST_DOLLARS * BY_CURRENCY[currency].minor_per_dollar:
            return
        remit = commands.PlanRemittance(
            payout=f"TAX-{next(self._numbers)}",
            amount=Money(currency, amount_minor),
            pays_from=world.OWN_ACCOUNT,
            tax=TAX,
            pay_on=pay_on,
            available_minor=owed_minor,
        )
        if not self._stage.say(remit, FINANCE):
            self._swept[currency] -= amount_minor
            self._payouts.reserve(world.OWN_ACCOUNT, currency, amount_minor)
            yield remit.payout

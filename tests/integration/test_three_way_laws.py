"""
Laws of the three-way view and of the proof against the bank, over a treasury that does anything at random.

At any moment at which no statement was being taken in, day by day and all days as one: nothing is unexplained. Once
everything is matched and on statements, the bank's closing is the ledger's balance to the minor unit.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

import pytest
from psycopg_pool import ConnectionPool

from domain.commands.holds import RecordPayment
from domain.commands.orders import AcceptOrder
from domain.commands.payouts import RejectPayout
from domain.commands.reconciliation import SaidTarget, UndoMatch
from domain.money import Money
from ledger.pool import Connection
from projections.bank_proof import bank_proofs
from projections.moment import Moment
from projections.three_way import ThreeWaySought, three_way
from tests.books import Book, place_order
from tests.treasury import BUYERS, MONTH_END, Treasury, booked, collected, paid

STEPS = 40
LAST = 60


class Expected(NamedTuple):
    """What a bank's statement will show sooner or later."""

    amount_minor: int
    target: SaidTarget


class Player:
    """A treasury at random: what is due, and what is on statements and not matched."""

    def __init__(self, treasury: Treasury, seed: int) -> None:
        self.treasury = treasury
        self.roll = random.Random(seed)  # noqa: S311 - to be had again
        self.expected: list[Expected] = []
        self.unmatched: list[tuple[str, Expected]] = []
        self.matched: list[tuple[str, str, Expected]] = []
        self.payouts: list[tuple[str, int]] = []
        self.day = 0
        self.made = 0

    def name(self, kind: str) -> str:
        self.made += 1
        return f"{kind}-{self.made}"

    def step(self) -> None:
        doing: list[Callable[[], None]] = [
            self.pay,
            self.pay,
            self.trade,
            self.statement,
            self.statement,
            self.match,
            self.match,
            self.undo,
            self.pay_out,
            self.reject,
            self.pass_time,
        ]
        self.roll.choice(doing)()

    def pay(self) -> None:
        order, amount_minor = self.name("PO"), self.roll.randrange(1, 9_000)
        account = self.roll.choice(["clearing:card", "clearing:bank-transfer", BUYERS, "suspense:unidentified"])
        self.treasury.book.say(place_order(order, amount_minor=10_000))
        self.treasury.book.say(AcceptOrder(order=order))
        self.treasury.book.say(RecordPayment(order=order, amount=Money("USD", amount_minor), account=account))
        if not account.startswith("suspense"):
            self.expected.append(Expected(amount_minor, collected(order, amount_minor, account=account)))

    def trade(self) -> None:
        order = self.name("PO")
        self.treasury.book.trade(order)
        self.expected.append(Expected(10_000, collected(order, 10_000)))

    def pay_out(self) -> None:
        with self.treasury.book.pool.connection() as connection:
            self.treasury.runner()
            row = connection.execute("SELECT balance_minor FROM projections.payees WHERE party = 'EXP-1'").fetchone()
        if row and row[0] > 0:
            payout = self.name("P")
            self.treasury.plan(payout)
            self.treasury.instruct(payout, "EXP-1")
            self.payouts.append((payout, row[0]))
            self.expected.append(Expected(-row[0], paid(payout, row[0])))

    def reject(self) -> None:
        waiting = [each for each in self.payouts if any(self._is_of(one, each[0]) for one in self.expected)]
        if waiting:
            payout, _ = self.roll.choice(waiting)
            self.treasury.book.say(RejectPayout(payout=payout, reason="AC04"))
            self.expected = [each for each in self.expected if not self._is_of(each, payout)]

    def statement(self) -> None:
        shown = [each for each in self.expected if self.roll.random() < 0.6]
        self.expected = [each for each in self.expected if each not in shown]
        noise_minor = self.roll.choice([-35, 12, 777])
        noise = Expected(noise_minor, booked(noise_minor, "expense:bank-charges" if noise_minor < 0 else "suspense:x"))
        shown = [*shown, noise] if self.roll.random() < 0.3 else shown
        self.day += self.roll.randrange(1, 3)
        day = MONTH_END.date() + timedelta(days=self.day)
        entries = self.treasury.statement("hdfc", day, *(each.amount_minor for each in shown))
        self.unmatched += list(zip(entries, shown, strict=True))

    def match(self) -> None:
        if self.unmatched:
            entry, of = self.unmatched.pop(self.roll.randrange(len(self.unmatched)))
            name = self.name("M")
            self.treasury.match(name, entry, of.target)
            self.matched.append((name, entry, of))

    def undo(self) -> None:
        if self.matched:
            name, entry, of = self.matched.pop(self.roll.randrange(len(self.matched)))
            self.treasury.book.say(UndoMatch(match=name, reason="another"))
            self.unmatched.append((entry, of))

    def pass_time(self) -> None:
        self.treasury.book.clock.move(days=self.roll.randrange(1, 4))

    def finish(self) -> None:
        while self.expected:
            self.statement()
        while self.unmatched:
            self.match()

    def _is_of(self, expected: Expected, payout: str) -> bool:
        return expected.target.item == f"payout:{payout}"


@pytest.fixture
def treasury(pool: ConnectionPool[Connection]) -> Iterator[Treasury]:
    with Book.opened(pool) as book:
        book.clock.now = MONTH_END
        treasury = Treasury(book)
        treasury.open_accounts()
        yield treasury


def check(treasury: Treasury, moment: Moment) -> None:
    first, last = MONTH_END.date(), MONTH_END.date() + timedelta(days=LAST)
    with treasury.book.pool.connection() as connection:
        for by_day in (True, False):
            sought = ThreeWaySought(first_day=first, last_day=last, by_day=by_day)
            for row in three_way(connection, "main", sought, moment=moment).rows:
                assert row.unexplained_minor == 0, (moment, row)
        for each in bank_proofs(connection, "main", moment=moment).accounts:
            assert each.unexplained_minor in {0, None}, (moment, each)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_ever_unexplained_and_all_agrees_once_everything_is_matched(treasury: Treasury, seed: int) -> None:
    player = Player(treasury, seed)
    heads = []
    for _ in range(STEPS):
        player.step()
        heads.append(treasury.runner().head())
    check(treasury, Moment())
    for _ in range(6):
        day: date = MONTH_END.date() + timedelta(days=player.roll.randrange(0, LAST))
        check(treasury, Moment(player.roll.choice(heads)))
        check(treasury, Moment(player.roll.choice(heads), day))
    player.finish()
    treasury.runner()
    check(treasury, Moment())
    with treasury.book.pool.connection() as connection:
        found = bank_proofs(connection, "main", account=BUYERS)
    assert found.lines == []
    assert [each.agrees for each in found.accounts] == [True]

"""The bank desk of a simulated marketplace: statements are taken in once a week, and their lines are matched."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import count, groupby
from typing import NamedTuple

from api.simulation import odds, world
from api.simulation.bank_account import Line, SimulatedAccount
from api.simulation.books import Books, Place, Posted
from api.simulation.break_desk import BreakDesk, Unexplained
from api.simulation.card_desk import PAID_INTO, SPARE_DOLLARS, CardDesk
from api.simulation.stage import Stage, Story
from api.simulation.world import BY_CURRENCY, FINANCE, MARKETS
from domain import commands
from domain.commands.reconciliation import MatchedEntry, SaidTarget
from domain.open_item import OpenItem
from domain.payout import OWN_TRANSFERS
from domain.references import bank_entry_id, bank_match_id

FIRST, EVERY = timedelta(days=8, hours=5), timedelta(days=7)
"""The first statements come when everything was taken over; then others do each week."""
TARGETS = 300
"""Assumed: a bank books so many transfers of a day in one line, and no more."""
BY_ITSELF, TOGETHER, PAID, BACK = "one", "all", "out", "back"
"""Which lines of a statement are matched together."""
_RULE = "shared_reference"


class Shown(NamedTuple):
    """A line of a statement that the desk can explain, what it is, and with which others it is matched."""

    on: date
    code: str
    group: str
    targets: tuple[SaidTarget, ...]

    @property
    def amount_minor(self) -> int:
        """Return what the line comes to."""
        return sum(target.amount_minor for target in self.targets)


class BankDesk:
    """Knows what the bank will show, takes in its statements, and says what each of their lines is."""

    def __init__(self, stage: Stage, books: Books, breaks: BreakDesk, cards: CardDesk) -> None:
        self._stage = stage
        self._books = books
        self._breaks = breaks
        self._cards = cards
        self._awaited: defaultdict[Place, list[Shown]] = defaultdict(list)
        self._told = count(1)
        self._unknown = count(1)
        self._made: Counter[str] = Counter()
        self._done: list[str] = []

    def expect(self, account: str, currency: str, shown: Shown) -> None:
        """Let the next statement of an account show something that the desk doesn't read in the books."""
        self._awaited[account, currency].append(shown)

    def keep(self) -> Story:
        """Register the accounts, and take in a statement of each that moved, week by week."""
        yield self._stage.starts_at + timedelta(hours=2)
        accounts = [
            SimulatedAccount(
                f"{name}-{market.currency}", account, market.currency, stage=self._stage, books=self._books
            )
            for market, _ in MARKETS
            for name, account in (("COLLECTION", world.COLLECTION), ("MAIN", world.OWN_ACCOUNT))
        ]
        for account in accounts:
            account.register()
        yield self._stage.starts_at + FIRST
        while True:
            self._stage.forget(self._done)
            self._done.clear()
            for account in accounts:
                yield self._stage.at + timedelta(minutes=5)
                self._take_in(account)
            yield self._stage.at + EVERY - timedelta(minutes=5 * len(accounts))

    def _take_in(self, account: SimulatedAccount) -> None:
        shown = sorted(self._shown(account), key=lambda each: each.on)
        unknown = list(self._unknown_on(account)) if shown else []
        if not shown:
            return
        lines = [Line(each.amount_minor, each.on, each.code) for each in shown]
        keys = account.tell([*lines, *unknown])
        number = next(self._told)
        self._done += map(bank_entry_id, keys)
        for group in (BY_ITSELF, TOGETHER, PAID, BACK):
            entries = [
                MatchedEntry(entry=key, targets=each.targets)
                for key, each in zip(keys, shown, strict=False)
                if each.group == group
            ]
            if entries:
                self._made[group] += 1
                again = group in odds.MATCHED_AGAIN and not self._made[group] % odds.MATCHED_AGAIN[group]
                self._match(f"{account.key}-{number}-{group}", entries, account.currency, again=again)
        for key, line in zip(keys[len(shown) :], unknown, strict=True):
            self._breaks.begin(Unexplained(key, account.key, account.currency, line.amount_minor, line.on))

    def _match(self, match: str, entries: Sequence[MatchedEntry], currency: str, *, again: bool) -> None:
        """Say what lines are; now and then that is taken back, and said again."""
        said = commands.MatchBankEntries(match=match, entries=tuple(entries), currency=currency, rule=_RULE)
        self._stage.say(said, FINANCE)
        self._done.append(bank_match_id(match))
        if again:
            self._stage.say(commands.UndoMatch(match=match, reason="looked-at-again"), FINANCE)
            self._stage.say(
                commands.MatchBankEntries(match=f"{match}-2", entries=tuple(entries), currency=currency), FINANCE
            )
            self._done.append(bank_match_id(f"{match}-2"))
        self._done += [target.item for entry in entries for target in entry.targets if self._is_settled(target.item)]

    def _is_settled(self, item: str) -> bool:
        if not item.startswith("open_item:"):
            return False
        found = self._stage.find(OpenItem, item)
        return found is not None and not found.open_minor

    # What a statement shows

    def _shown(self, account: SimulatedAccount) -> Iterator[Shown]:
        today = self._stage.at.date()
        waiting = self._awaited.pop((account.account, account.currency), [])
        payouts = [each for each in waiting if each.group == PAID]
        for _, of_a_day in groupby(sorted(payouts, key=lambda each: each.on), key=lambda each: each.on):
            yield from _batched(list(of_a_day))
        yield from (each for each in waiting if each.group != PAID)
        items = self._books.take(account.account, account.currency, before=today)
        yield from _collected(items)
        by_way_of = PAID_INTO if account.account == world.COLLECTION else OWN_TRANSFERS
        for each in self._books.take(by_way_of, account.currency, before=today):
            yield Shown(each.on, "RCDT", TOGETHER, (_target(each),))
        fee_minor = self._cards.fees[account.currency]
        there_minor = self._books.balances[account.account, account.currency] - world.own_kept_minor(account.currency)
        if account.account == world.OWN_ACCOUNT and 0 < fee_minor <= there_minor:
            self._cards.fees[account.currency] = 0
            fee = SaidTarget(amount_minor=-fee_minor, account=world.PAYMENT_FEES)
            yield Shown(today - timedelta(days=1), "CHRG", TOGETHER, (fee,))

    def _unknown_on(self, account: SimulatedAccount) -> Iterator[Line]:
        """Yield a line that nobody expects, on some statements of buyers' money."""
        number = next(self._unknown)
        if account.account != world.COLLECTION or number % odds.UNKNOWN_LINE:
            return
        per_dollar = BY_CURRENCY[account.currency].minor_per_dollar
        yesterday = self._stage.at.date() - timedelta(days=1)
        spare = self._books.surplus_minor(account.currency) > SPARE_DOLLARS * per_dollar
        yield self._breaks.unknown_line(yesterday, per_dollar, may_cost=spare)


def _collected(items: Sequence[Posted]) -> Iterator[Shown]:
    """Show the first transfer by itself, the rest in one line a day, what came apart from what left."""
    for first in items[:1]:
        yield Shown(first.on, "RCDT" if first.of_minor > 0 else "ICDT", BY_ITSELF, (_target(first),))
    rest = sorted(items[1:], key=lambda each: (each.of_minor < 0, each.on))
    for (leaves, _), some in groupby(rest, key=lambda each: (each.of_minor < 0, each.on)):
        yield from _batched([Shown(each.on, "ICDT" if leaves else "RCDT", TOGETHER, (_target(each),)) for each in some])


def _batched(shown: Sequence[Shown]) -> Iterator[Shown]:
    for first in range(0, len(shown), TARGETS):
        some = shown[first : first + TARGETS]
        yield some[0]._replace(targets=tuple(target for each in some for target in each.targets))


def _target(posted: Posted) -> SaidTarget:
    return SaidTarget(item=posted.item, amount_minor=posted.of_minor, of_minor=posted.of_minor)

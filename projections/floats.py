"""
Floats are how long money stayed after the last condition was met, and what it waited for: one row per part of an order.

A part is what was released to an exporter, refunded to a buyer, earned by a partner, or is kept though its goods were
received. Its days count from the day on which the last condition was met (goods received and money there; for a
refund, that it was proposed; for a commission, that it was earned) to the day on which a bank's statement shows it
gone. They are whole days of the calendar, in UTC; each is told for one thing that was waited for. Read from the log,
with no table: docs/three-way.md says what that costs.

An amount is what the payee was owed when it was released, in minor units: what it came to owe later isn't taken off.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, NamedTuple

from msgspec import Struct

from domain.days import UNCOUNTABLE, is_countable
from domain.references import key_of, kind_of
from domain.rulebook import Rulebook
from domain.rules import Rules
from projections.float_histories import TOPICS, Account, Course, Histories, Item, Person
from projections.float_trades import Trade
from projections.float_waits import Spans, Wait, WaitedFor
from projections.moment import NOW, Moment, MomentMalformed
from projections.projection import Connection
from projections.streams import aggregate_of
from projections.topics import events_with_topics

FloatKind = Literal["release", "refund", "commission"]
FloatState = Literal["waiting", "paid", "all"]

KINDS: tuple[FloatKind, ...] = ("release", "refund", "commission")
STANDARD = "rulebook:standard/1"
"""Whose minimum and schedule hold for a party that isn't registered under a rulebook."""


class Waited(Struct, frozen=True, gc=False):
    """For how many days something was waited for."""

    waited_for: WaitedFor
    days: int


class FloatRow(Struct, frozen=True, kw_only=True, gc=False):
    """
    Some of an order's money on its way to a payee; days = the sum of those in waited.

    part: the release, refund or commission, or the hold where nobody proposed to pay yet; amount: for the payee, of a
    hold with the fees that will come off; credited_on: since when it may be paid; payout: which took it last; paid_on:
    when the bank's statement shows it gone; waits_for: what it waits for now, nothing once it is paid; minor_days: the
    amount in minor units times the days.
    """

    order: str
    exporter: str
    payee: str
    kind: FloatKind
    part: str
    currency: str
    amount_minor: int
    due_on: date
    credited_on: date | None
    payout: str
    paid_on: date | None
    days: int
    minor_days: int
    waited: tuple[Waited, ...]
    waits_for: WaitedFor | None


class FloatTotal(Struct, frozen=True, kw_only=True, gc=False):
    """
    What was waited for in one currency: by how many parts, for how many days of them together and at most.

    amount: of these parts; minor_days: the sum of each part's amount in minor units times its days of this wait.
    """

    currency: str
    waited_for: WaitedFor
    parts: int
    amount_minor: int
    days: int
    days_max: int
    minor_days: int


class FloatsSought(Struct, frozen=True, kw_only=True):
    """Which are sought: on an exporter's trades, of a payee, an order, a currency; that stayed more than some days."""

    exporter: str | None = None
    payee: str | None = None
    order: str | None = None
    currency: str | None = None
    waited_for: WaitedFor | None = None
    over_days: int | None = None
    state: FloatState = "all"

    def fits(self, row: FloatRow) -> bool:
        """Return whether a row is sought."""
        names = ("exporter", "payee", "order", "currency")
        return (
            all(getattr(self, name) in {None, getattr(row, name)} for name in names)
            and (self.waited_for is None or any(each.waited_for == self.waited_for for each in row.waited))
            and (self.over_days is None or row.days > self.over_days)
            and (self.state == "all" or (row.paid_on is not None) == (self.state == "paid"))
        )


def search_floats(
    connection: Connection, book: str, sought: FloatsSought, *, at: date, moment: Moment = NOW
) -> list[FloatRow]:
    """
    Return what is sought as it was at a moment, the longest first. at: the day to which what isn't paid yet counts.

    Raises, in this order: MomentMalformed, LogCorrupt.
    """
    if not is_countable(at):
        raise MomentMalformed(field="to", problem=UNCOUNTABLE)
    told = Histories()
    for each in events_with_topics(connection, book, TOPICS, moment=Moment(moment.position)):
        if moment.as_of is None or each.state.posting_date <= moment.as_of:
            told.tell(each)
        else:
            told.pass_over(each)
    meter = _Meter(connection, book, told, at, moment)
    rows = [row for row in meter.rows() if sought.fits(row)]
    return sorted(rows, key=lambda row: (-row.days, row.order, row.part, row.payee))


def float_totals(rows: Iterable[FloatRow]) -> list[FloatTotal]:
    """Return what some rows waited for, by currency, the most of amount times days first."""
    waits: dict[tuple[str, WaitedFor], list[tuple[FloatRow, int]]] = defaultdict(list)
    for row in rows:
        for waited in row.waited:
            waits[row.currency, waited.waited_for].append((row, waited.days))
    totals = [
        FloatTotal(
            currency=currency,
            waited_for=waited_for,
            parts=len(parts),
            amount_minor=sum(row.amount_minor for row, _ in parts),
            days=sum(days for _, days in parts),
            days_max=max(days for _, days in parts),
            minor_days=sum(row.amount_minor * days for row, days in parts),
        )
        for (currency, waited_for), parts in waits.items()
    ]
    return sorted(totals, key=lambda total: (total.currency, -total.minor_days, total.waited_for))


class _Meter:
    """One reading of the meter."""

    def __init__(self, connection: Connection, book: str, told: Histories, at: date, moment: Moment) -> None:
        self._connection = connection
        self._book = book
        self._told = told
        self._at = at
        self._moment = moment
        self._rules: dict[str, Rules] = {}
        self._short: dict[str, tuple[Spans, Spans]] = {}

    def rows(self) -> Iterator[FloatRow]:
        """Yield every part of every order, first those that are credited to somebody."""
        for reference, account in self._told.accounts.items():
            for item in account.items:
                if item.amount_minor > 0 and kind_of(item.source) in KINDS:
                    yield self._credited(reference, account, item)
        for order, trade in self._told.trades.items():
            for name, proposed in trade.pending.items():
                wait = self._proposed(trade, name)
                wait.go_on(self._at, "approval")
                part = _Part(order, trade, proposed.payee, name, trade.currency, proposed.net_minor)
                yield _row(part, wait, waits_for="approval")
            if trade.received_on and trade.kept_minor > 0:
                wait, standing = self._kept(trade)
                part = _Part(order, trade, trade.exporter, f"hold:{order}", trade.currency, trade.kept_minor)
                yield _row(part, wait, waits_for=standing)

    def _credited(self, reference: str, account: Account, item: Item) -> FloatRow:
        order = _order_of(item.source)
        trade = self._told.trades[order]
        wait = Wait(item.day)
        if item.source in trade.proposed:
            wait = self._proposed(trade, item.source)
            wait.go_on(item.day, "approval")
        payout, paid_on, standing = self._paid(reference, account, item, wait)
        part = _Part(order, trade, account.party, item.source, account.currency, item.amount_minor)
        waits_for = None if paid_on else standing
        return _row(part, wait, credited_on=item.day, payout=payout, paid_on=paid_on, waits_for=waits_for)

    def _proposed(self, trade: Trade, part: str) -> Wait:
        """Return the wait for a release or refund until it was proposed."""
        proposed = trade.proposed[part]
        if kind_of(part) == "refund":
            return Wait(proposed.day)
        wait = Wait(trade.due_by(proposed.day))
        wait.go_on(proposed.day, "release", self._holding(trade))
        return wait

    def _kept(self, trade: Trade) -> tuple[Wait, WaitedFor]:
        """Return the wait for what nobody proposed to pay, though the goods were received."""
        wait = Wait(trade.due_by(self._at))
        causes = self._holding(trade)
        wait.go_on(self._at, "release", causes)
        return wait, _standing(causes, "release")

    def _holding(self, trade: Trade) -> list[tuple[WaitedFor, Spans]]:
        blocked = self._told.persons[trade.exporter].blocked
        return [("dispute", trade.disputed), ("freeze", trade.frozen), ("suspension", blocked)]

    def _paid(self, reference: str, account: Account, item: Item, wait: Wait) -> tuple[str, date | None, WaitedFor]:
        """Follow an item through the payouts that took it: the last, when it was paid, and what is waited for."""
        payout = ""
        while True:
            taken_by = account.payout_of(item)
            if taken_by is None:
                return payout, None, self._unplanned(reference, account, wait, self._at)
            payout, course = taken_by, self._told.payouts[taken_by]
            self._unplanned(reference, account, wait, course.planned_on)
            standing = self._told_to_pay(account.party, course, wait)
            if course.over_on is None:
                if course.debited_on is None:
                    return payout, None, standing
                return payout, max(course.debited_on, wait.until), standing
            back = account.item_after(payout)
            if back is None or back.number <= item.number:
                wait.go_on(course.over_on, standing)
                return payout, None, standing
            wait.go_on(max(course.over_on, back.day), standing)  # until it was known here that it is back
            item = back

    def _unplanned(self, reference: str, account: Account, wait: Wait, until: date) -> WaitedFor:
        """Wait until somebody plans a payout; return what is waited for at the end."""
        person = self._told.persons[account.party]
        rules = self._rules_of(person)
        debt, minimum = self._short_of(reference, account, rules)
        causes: list[tuple[WaitedFor, Spans]] = [
            ("suspension", person.blocked),
            ("debt", debt),
            ("minimum", minimum),
        ]
        free = wait.go_on(until, "planning", causes)
        offs = [(first, min(last, rules.next_payout_on(first))) for first, last in free]
        wait.move(offs, was="planning", to="schedule")
        standing = _standing(causes, "planning")
        return "schedule" if standing == "planning" and rules.next_payout_on(until) > until else standing

    def _told_to_pay(self, party: str, course: Course, wait: Wait) -> WaitedFor:
        """Wait for approval, for the file and for the bank, as far as it came; return what is waited for at the end."""
        over_on = course.over_on or self._at
        wait.go_on(course.approved_on or over_on, "approval")
        if course.approved_on is None:
            return "approval"
        person = self._told.persons[party]
        causes: list[tuple[WaitedFor, Spans]] = [("suspension", person.blocked), ("bank-details", person.unknown)]
        until = course.instructed_on or over_on
        wait.go_on(min(course.pay_on, until), "schedule", causes)
        wait.go_on(until, "instruction", causes)
        if course.instructed_on is None:
            return _standing(causes, "schedule" if until < course.pay_on else "instruction")
        wait.go_on(course.debited_on or over_on, "bank")
        return "bank"

    def _short_of(self, reference: str, account: Account, rules: Rules) -> tuple[Spans, Spans]:
        """Return the days on which there was nothing to be paid, and those on which it was less than the minimum."""
        if reference not in self._short:
            debt, minimum = Spans(), Spans()
            least_minor = rules.payout_minimum_minor.get(account.currency, 0)
            for day, available_minor in account.available:
                debt.turn(day, on=available_minor <= 0)
                minimum.turn(day, on=0 < available_minor < least_minor)
            self._short[reference] = (debt, minimum)
        return self._short[reference]

    def _rules_of(self, person: Person) -> Rules:
        rulebook = person.rulebook or STANDARD
        if rulebook not in self._rules:
            found = aggregate_of(self._connection, self._book, rulebook, moment=Moment(self._moment.position))
            self._rules[rulebook] = found.rules if isinstance(found, Rulebook) else Rules()
        return self._rules[rulebook]


class _Part(NamedTuple):
    """Some of an order's money: whose trade, for whom, by what name, how much in minor units."""

    order: str
    trade: Trade
    payee: str
    name: str
    currency: str
    amount_minor: int

    @property
    def kind(self) -> FloatKind:
        """Return what it is; what is kept would be released."""
        return next((kind for kind in KINDS if kind == kind_of(self.name)), "release")


def _row(
    part: _Part,
    wait: Wait,
    *,
    waits_for: WaitedFor | None,
    credited_on: date | None = None,
    payout: str = "",
    paid_on: date | None = None,
) -> FloatRow:
    days = (wait.until - wait.since).days
    return FloatRow(
        order=part.order,
        exporter=part.trade.exporter,
        payee=part.payee,
        kind=part.kind,
        part=part.name,
        currency=part.currency,
        amount_minor=part.amount_minor,
        due_on=wait.since,
        credited_on=credited_on,
        payout=key_of(payout),
        paid_on=paid_on,
        days=days,
        minor_days=part.amount_minor * days,
        waited=tuple(Waited(waited_for, each) for waited_for, each in wait.days.items() if each),
        waits_for=waits_for,
    )


def _order_of(source: str) -> str:
    """Return the order that a release, refund or commission is of."""
    return key_of(source) if kind_of(source) == "commission" else key_of(source).rpartition("/")[0]


def _standing(causes: Iterable[tuple[WaitedFor, Spans]], rest: WaitedFor) -> WaitedFor:
    return next((cause for cause, spans in causes if spans.is_on), rest)

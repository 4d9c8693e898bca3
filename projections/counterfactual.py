"""
A counterfactual is a range of the log under other rules: what they would have decided of what people did.

It is read from the log, with no table, and nothing is written. Held fixed is what people did and when: that they
ordered, paid, dispatched, confirmed, claimed, offered, decided, approved. Each thing that the rules decided about that
is decided anew, as things stood then. Nobody's other behaviour is guessed: a deadline that would have been shorter
isn't let pass, what would have been refused isn't taken back, and a remedy isn't chosen again. What was refused then
isn't in the log, so that it might have been allowed isn't seen.

Money alone goes on: what is recovered follows from the fees that would have been taken, and commission from the fees
and from its agreement's year as they would have stood. Rules of parties, as for how long they are kept, aren't asked.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from domain.envelope import Recorded
from domain.order import Order
from domain.references import order_id
from domain.rule_changes import difference
from domain.rules import Rules
from projections.counterfactual_decisions import Asked, Decision, Measure, Value, decisions_of
from projections.counterfactual_money import Amount, WouldBe
from projections.log import head_of, read_events
from projections.projection import POSITION_MAX, Connection
from projections.timelines import timeline_of
from projections.trades import SharedThings, Trades, trade_about

BATCH_EVENTS_MAX = 5_000

HELD_FIXED = (
    "what people did, and when: orders, payments, dispatches, receipts, claims, offers, decisions, approvals",
    "what followed from a deadline: one that would have been shorter isn't let pass, nor a longer one waited for",
    "what was refused: it isn't in the log, though other rules might have allowed it",
    "to whom commission goes, under which terms, and when it is earned or taken back",
)
"""What a counterfactual doesn't guess, as its readers are told."""


class Scope(NamedTuple):
    """
    Which events are asked about.

    from_position, to_position: the first and the last; since, until: the first and the last accounting day; order: its
    key, where only one is asked about.
    """

    from_position: int = 1
    to_position: int = POSITION_MAX
    since: date = date.min
    until: date = date.max
    order: str | None = None

    def includes(self, recorded: Recorded) -> bool:
        """Return whether an event is asked about."""
        within = self.from_position <= recorded.position <= self.to_position
        return within and self.since <= recorded.state.posting_date <= self.until


class Comparison(Struct, frozen=True, kw_only=True, gc=False):
    """
    One thing that rules decided, and what other rules would have decided.

    about: what of the order, as a release, a clock's name, a claim; measure: `minor` (units of the currency),
    `instant`, `days` or `answer`, which is what real and would_be are; nothing where rules give no such deadline;
    difference: would_be less real in minor units, seconds or days, nothing where that can't be said; rules: what of the
    rules makes the difference, as `rulebook diff` names it.
    """

    position: int
    order: str
    kind: str
    about: str
    currency: str
    measure: Measure
    real: Value
    would_be: Value
    difference: int | None
    rules: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Return whether the other rules would have decided otherwise."""
        return self.real != self.would_be


class Otherwise:
    """Two versions of the rules, and each of their differences by itself."""

    def __init__(self, own: Rules, other: Rules) -> None:
        self.own = own
        self.other = other
        self.fields = tuple(change.field for change in difference(own, other))

    def causes(self, decision: Decision) -> tuple[str, ...]:
        """Return the rules that make a decision come out otherwise: each alone, or all but for it."""
        if len(self.fields) == 1:
            return self.fields
        real, would_be = decision.under(self.own), decision.under(self.other)
        return tuple(
            field
            for field in self.fields
            if decision.under(self._alone[field]) != real or decision.under(self._without[field]) != would_be
        )

    @property
    def of_fees(self) -> frozenset[str]:
        """Return the differing rules that `Rules.fee_on` asks."""
        return frozenset(self.fields) & {"service_fee_bps", "service_fee_tax_bps"}

    @cached_property
    def _alone(self) -> dict[str, Rules]:
        return {field: _changed(self.own, field, like=self.other) for field in self.fields}

    @cached_property
    def _without(self) -> dict[str, Rules]:
        return {field: _changed(self.other, field, like=self.own) for field in self.fields}


def compare(
    connection: Connection,
    book: str,
    other_rules: Callable[[Rules], Rules],
    scope: Scope,
    progress: Callable[[int], None] = lambda _position: None,
) -> Iterator[Comparison]:
    """
    Yield every thing that rules decided in a part of the log with what other rules would have decided, by position.

    other_rules: returns the rules to ask instead of an order's own; progress: told the position reached.

    Raises: LogCorrupt.
    """
    shared = SharedThings(connection, book, followed=scope.order is None)
    return _Replay(Trades(connection, book, shared), shared, other_rules).run(
        _batches(connection, book, scope, progress), scope
    )


class Total(Struct, frozen=True, kw_only=True, gc=False):
    """
    All comparisons of one kind, and of amounts in one currency.

    real_minor, would_be_minor: the sums of all that were compared, of amounts only; difference: the sum in minor units,
    seconds or days of all that have one, nothing for answers.
    """

    kind: str
    currency: str
    measure: Measure
    compared: int = 0
    differing: int = 0
    real_minor: int | None = None
    would_be_minor: int | None = None
    difference: int | None = None


class Tally:
    """What comparisons come to, and how many orders differ."""

    def __init__(self) -> None:
        self._totals: dict[tuple[str, str], Total] = {}
        self._orders: set[str] = set()

    def add(self, comparison: Comparison) -> None:
        """Count a comparison."""
        of_money = comparison.measure == "minor"
        currency = comparison.currency if of_money else ""
        key = (comparison.kind, currency)
        total = self._totals.get(key) or Total(kind=key[0], currency=currency, measure=comparison.measure)
        self._totals[key] = replace(
            total,
            compared=total.compared + 1,
            differing=total.differing + comparison.differs,
            real_minor=_plus(total.real_minor, comparison.real) if of_money else None,
            would_be_minor=_plus(total.would_be_minor, comparison.would_be) if of_money else None,
            difference=_plus(total.difference, comparison.difference),
        )
        if comparison.differs:
            self._orders.add(comparison.order)

    @property
    def totals(self) -> list[Total]:
        """Return the totals, by kind and currency."""
        return [total for _, total in sorted(self._totals.items())]

    @property
    def orders(self) -> int:
        """Return how many orders differ in anything."""
        return len(self._orders)


class _Replay:
    """A part of the log as it passes by, asked under other rules."""

    def __init__(self, trades: Trades, shared: SharedThings, other_rules: Callable[[Rules], Rules]) -> None:
        self._trades = trades
        self._shared = shared
        self._other_rules = other_rules
        self._would_be = WouldBe()
        self._otherwise: dict[str, Otherwise] = {}
        self._of_fees: frozenset[str] = frozenset()

    def run(self, batches: Iterator[Sequence[Recorded]], scope: Scope) -> Iterator[Comparison]:
        for events in batches:
            if any(map(scope.includes, events)):
                self._trades.prepare(events)
            for recorded in events:
                order = trade_about(recorded.originator_id)
                if not order:
                    self._shared.pass_over(recorded)
                elif scope.includes(recorded):
                    yield from self._ask(recorded)
                else:
                    self._would_be.pass_over(order, recorded.event)
                    self._trades.pass_over(recorded)

    def _ask(self, recorded: Recorded) -> Iterator[Comparison]:
        before = self._trades.before(recorded)
        after = before.after(recorded)
        agreed = after.get(Order, order_id(after.order))
        otherwise = self._otherwise_of(agreed.terms.rulebook, recorded.position)
        asked = Asked(recorded, before, after, otherwise.own, otherwise.other)
        shown = _Shown(recorded.position, after.order, agreed.terms.currency)
        for decision in decisions_of(asked):
            yield shown.decision(decision, otherwise)
        self._of_fees |= otherwise.of_fees
        for amount in self._would_be.amounts_of(asked):
            if amount.real_minor or amount.would_be_minor:
                yield shown.amount(amount, self._of_fees)
        self._trades.follow(after)

    def _otherwise_of(self, rulebook: str, position: int) -> Otherwise:
        if rulebook not in self._otherwise:
            own = self._shared.rules(rulebook, before=position)
            self._otherwise[rulebook] = Otherwise(own, self._other_rules(own))
        return self._otherwise[rulebook]


class _Shown(NamedTuple):
    """Where a comparison is, and in which currency its order."""

    position: int
    order: str
    currency: str

    def decision(self, decision: Decision, otherwise: Otherwise) -> Comparison:
        would_be = decision.under(otherwise.other)
        causes = otherwise.causes(decision) if would_be != decision.real else ()
        return self._comparison(decision.kind, decision.about, decision.measure, decision.real, would_be, causes)

    def amount(self, amount: Amount, causes: frozenset[str]) -> Comparison:
        because = tuple(sorted(causes)) if amount.real_minor != amount.would_be_minor else ()
        return self._comparison(amount.kind, amount.about, "minor", amount.real_minor, amount.would_be_minor, because)

    def _comparison(
        self, kind: str, about: str, measure: Measure, real: Value, would_be: Value, rules: tuple[str, ...]
    ) -> Comparison:
        return Comparison(
            position=self.position,
            order=self.order,
            kind=kind,
            about=about,
            currency=self.currency,
            measure=measure,
            real=real,
            would_be=would_be,
            difference=_difference(real, would_be),
            rules=rules,
        )


def _plus(sum_so_far: int | None, more: Value) -> int | None:
    return (sum_so_far or 0) + more if isinstance(more, int) else sum_so_far


def _difference(real: Value, would_be: Value) -> int | None:
    match real, would_be:
        case int(), int():
            return would_be - real
        case datetime(), datetime():
            return int((would_be - real).total_seconds())
        case _:
            return None


def _changed(rules: Rules, field: str, *, like: Rules) -> Rules:
    """Return the rules with one number or switch as others have it."""
    name, _, key = field.partition(".")
    table, wanted = getattr(rules, name), getattr(like, name)
    if not isinstance(table, dict):
        return replace(rules, **{name: wanted})
    entry = {key: wanted[key]} if key in wanted else {}
    return replace(rules, **{name: {**{k: v for k, v in table.items() if k != key}, **entry}})


def _batches(
    connection: Connection, book: str, scope: Scope, progress: Callable[[int], None]
) -> Iterator[Sequence[Recorded]]:
    if scope.order is not None:
        timeline = timeline_of(connection, book, scope.order)
        yield [each for each in timeline if each.position <= scope.to_position]
        return
    position, end = scope.from_position - 1, min(scope.to_position, head_of(connection, book))
    while events := read_events(connection, book, after=position, limit=BATCH_EVENTS_MAX, up_to=end):
        yield events.recorded
        position = events.last_position
        progress(position)

"""
Trades as they stood before an event: every aggregate about one order, brought up event by event.

A trade that isn't followed yet is read from the log, with no table; one that nothing has happened to for long is let go
of, and read again if it must be.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeVar

from domain.aggregate import Aggregate
from domain.catalogue import evolve
from domain.envelope import Recorded
from domain.references import dispute_id, kind_of, order_about, order_id
from domain.rulebook import Rulebook
from domain.rules import Rules
from domain.trade import Trade
from domain.unit_of_work import AggregateNotFound, Loaded, UnitOfWork
from projections.projection import Connection
from projections.streams import folded
from projections.timelines import events_of

TRADES_MAX = 20_000
"""Followed at once: some hundred megabytes."""

TRADES_READ_TOGETHER = 200

KINDS = frozenset({"order", "hold", "release", "refund", "clock", "dispute", "guarantee", "commission"})
"""The kinds of things that belong to one trade."""

A = TypeVar("A", bound=Aggregate)


def trade_about(reference: str) -> str:
    """Return the key of the order whose trade a thing belongs to; empty for what belongs to none, as a party."""
    return order_about(reference) if kind_of(reference) in KINDS else ""


class StoodTrade:
    """What there was of one trade before an event, and of what it shares with other trades."""

    def __init__(self, order: str, shared: "SharedThings", stood: dict[str, Aggregate], position: int) -> None:
        self.order = order
        self._shared = shared
        self.stood = stood
        self._position = position

    def find(self, kind: type[A], reference: str) -> A | None:
        """Return a thing of the trade, or one that is shared, or nothing."""
        return self.at(_NEVER).find(kind, reference)

    def get(self, kind: type[A], reference: str) -> A:
        """
        Return a thing of the trade, or one that is shared.

        Raises: AggregateNotFound.
        """
        return self.at(_NEVER).get(kind, reference)

    def at(self, occurred_at: datetime) -> UnitOfWork:
        """Return the trade as a command would have seen it that took place at an instant."""
        return UnitOfWork(self._load, actor="", occurred_at=occurred_at)

    @property
    def placed(self) -> bool:
        """Return whether there was an order yet."""
        return order_id(self.order) in self.stood

    @cached_property
    def trade(self) -> Trade:
        """Return the order with its money; only where it was placed."""
        return Trade(self.order, self.at(_NEVER))

    def after(self, recorded: Recorded) -> "StoodTrade":
        """Return the trade as it stood once an event had happened to it."""
        reference = recorded.originator_id
        stood = {**self.stood, reference: happened(self.stood.get(reference), recorded)}
        return StoodTrade(self.order, self._shared, stood, recorded.position + 1)

    def _load(self, reference: str) -> Loaded:
        if reference in self.stood or trade_about(reference) == self.order:
            return Loaded(self.stood.get(reference), 0)
        return Loaded(self._shared.find(reference, before=self._position), 0)


_NEVER = datetime.min.replace(tzinfo=UTC)
"""Where no instant is asked about."""


class Trades:
    """The trades that a part of the log is about."""

    def __init__(self, connection: Connection, book: str, shared: "SharedThings") -> None:
        self._connection = connection
        self._book = book
        self._shared = shared
        self._followed: OrderedDict[str, dict[str, Aggregate]] = OrderedDict()

    def prepare(self, events: Sequence[Recorded]) -> None:
        """
        Read the trades that consecutive events are about and that aren't followed yet, many at once.

        Raises: LogCorrupt.
        """
        begun = {trade_about(each.originator_id) for each in events if _begins(each)}
        wanted = dict.fromkeys(trade_about(each.originator_id) for each in events)
        missing = [order for order in wanted if order and order not in self._followed and order not in begun]
        for start in range(0, len(missing), TRADES_READ_TOGETHER):
            together = missing[start : start + TRADES_READ_TOGETHER]
            for order, stood in self._read(together, before=events[0].position).items():
                self._keep(order, stood)

    def before(self, recorded: Recorded) -> StoodTrade:
        """
        Return a trade as it stood before an event of it.

        Raises: LogCorrupt.
        """
        order = trade_about(recorded.originator_id)
        stood = self._followed.get(order)
        if stood is None:
            stood = {} if _begins(recorded) else self._read([order], before=recorded.position)[order]
        return StoodTrade(order, self._shared, stood, recorded.position)

    def follow(self, stood: StoodTrade) -> None:
        """Keep a trade as it stands now."""
        self._keep(stood.order, stood.stood)

    def pass_over(self, recorded: Recorded) -> None:
        """Let an event happen to its trade if the trade is followed, or begins with it."""
        if _begins(recorded) or trade_about(recorded.originator_id) in self._followed:
            self.follow(self.before(recorded).after(recorded))

    def _keep(self, order: str, stood: dict[str, Aggregate]) -> None:
        self._followed[order] = stood
        self._followed.move_to_end(order)
        if len(self._followed) > TRADES_MAX:
            self._followed.popitem(last=False)

    def _read(self, orders: Sequence[str], *, before: int) -> dict[str, dict[str, Aggregate]]:
        """Read trades, first without their disputes, then dispute by dispute as long as there are more."""
        stood: dict[str, dict[str, Aggregate]] = {order: {} for order in orders}
        references = [f"{kind}:{order}" for order in orders for kind in sorted(KINDS - {"dispute"})]
        number = 1
        while references:
            for each in events_of(self._connection, self._book, references, up_to=before - 1):
                trade = stood[trade_about(each.originator_id)]
                trade[each.originator_id] = happened(trade.get(each.originator_id), each)
            disputed = orders if number == 1 else [o for o in orders if dispute_id(o, number - 1) in stood[o]]
            references = [dispute_id(order, number) for order in disputed]
            number += 1
        return stood


class SharedThings:
    """What several trades share: agreements, parties, lists, rulebooks; each is read when it is first asked for."""

    def __init__(self, connection: Connection, book: str, *, followed: bool) -> None:
        self._connection = connection
        self._book = book
        self._followed = followed
        self._stood: dict[str, Aggregate | None] = {}

    def find(self, reference: str, *, before: int) -> Aggregate | None:
        """Return a thing as it stood before a position, or nothing."""
        if reference in self._stood:
            return self._stood[reference]
        found = folded(events_of(self._connection, self._book, [reference], up_to=before - 1))
        if self._followed:
            self._stood[reference] = found
        return found

    def pass_over(self, recorded: Recorded) -> None:
        """Let an event happen to a shared thing, if the thing has been asked for."""
        reference = recorded.originator_id
        if reference in self._stood:
            self._stood[reference] = happened(self._stood[reference], recorded)

    def rules(self, rulebook: str, *, before: int) -> Rules:
        """
        Return the rules of a version by its reference, as `rulebook:standard/1`.

        Raises: AggregateNotFound.
        """
        found = self.find(rulebook, before=before)
        if not isinstance(found, Rulebook):
            raise AggregateNotFound(kind="rulebook", key=rulebook)
        return found.rules


def happened(aggregate: Aggregate | None, recorded: Recorded) -> Aggregate:
    """Return a thing after an event that happened to it."""
    return evolve(aggregate, recorded.event, recorded.originator_id, recorded.state.occurred_at)


def _begins(recorded: Recorded) -> bool:
    return kind_of(recorded.originator_id) == "order" and recorded.originator_version == 1

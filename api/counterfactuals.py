"""Counterfactuals as the API and the command line show them: what differs, what it comes to, what isn't guessed."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from api.composition import OpenedBook
from api.orders import OrderNotFound
from api.rulebooks import get_rulebook
from domain.money import Money
from domain.references import order_id
from domain.rules import Rules
from projections.counterfactual import HELD_FIXED, Comparison, Scope, Tally, Total, compare
from projections.counterfactual_decisions import Measure, Value
from projections.log import head_of
from projections.streams import aggregate_of


class CounterfactualView(msgspec.Struct, frozen=True, kw_only=True):
    """
    A range of the log under other rules.

    from_position, to_position: what was read; held_fixed: what isn't guessed; orders: how many differ in anything;
    differing: how many comparisons do, of which `differences` are the first, by position.
    """

    from_position: int
    to_position: int
    held_fixed: tuple[str, ...]
    orders: int
    differing: int
    totals: list[Total]
    differences: list[Comparison]


Shown = Money | int | str | None
"""Money, a number of seconds or days, or an answer; an instant is a text."""


class ComparisonShown(msgspec.Struct, frozen=True, kw_only=True):
    """
    A comparison as it looks outside: what is measured in `minor` is money.

    measure: `minor`, `instant`, `days` or `answer`; difference: money, seconds or days.
    """

    position: int
    order: str
    kind: str
    about: str
    measure: Measure
    real: Shown
    would_be: Shown
    difference: Shown
    rules: tuple[str, ...]


class TotalShown(msgspec.Struct, frozen=True, kw_only=True):
    """All comparisons of one kind, and of amounts in one currency, as they look outside."""

    kind: str
    measure: Measure
    compared: int
    differing: int
    real: Money | None
    would_be: Money | None
    difference: Shown


class CounterfactualShown(msgspec.Struct, frozen=True, kw_only=True):
    """A range of the log under other rules, as it looks outside."""

    from_position: int
    to_position: int
    held_fixed: tuple[str, ...]
    orders: int
    differing: int
    totals: list[TotalShown]
    differences: list[ComparisonShown]


def as_shown(view: CounterfactualView) -> CounterfactualShown:
    """Return a counterfactual with its amounts as money."""
    return CounterfactualShown(
        from_position=view.from_position,
        to_position=view.to_position,
        held_fixed=view.held_fixed,
        orders=view.orders,
        differing=view.differing,
        totals=[_total(total) for total in view.totals],
        differences=[_comparison(comparison) for comparison in view.differences],
    )


def _comparison(said: Comparison) -> ComparisonShown:
    return ComparisonShown(
        position=said.position,
        order=said.order,
        kind=said.kind,
        about=said.about,
        measure=said.measure,
        real=_measured(said.real, said),
        would_be=_measured(said.would_be, said),
        difference=_measured(said.difference, said),
        rules=said.rules,
    )


def _total(said: Total) -> TotalShown:
    return TotalShown(
        kind=said.kind,
        measure=said.measure,
        compared=said.compared,
        differing=said.differing,
        real=None if said.real_minor is None else Money(said.currency, said.real_minor),
        would_be=None if said.would_be_minor is None else Money(said.currency, said.would_be_minor),
        difference=_measured(said.difference, said),
    )


def _measured(value: Value, of: Comparison | Total) -> Shown:
    if isinstance(value, datetime):
        return value.isoformat()
    return Money(of.currency, value) if of.measure == "minor" and isinstance(value, int) else value


def rules_of_rulebook(book: OpenedBook, rulebook: str) -> Rules:
    """
    Return the rules of a version, as `standard/2`, however far it is.

    Raises: RulebookNotFound.
    """
    with book.pool.connection() as connection:
        return get_rulebook(connection, book.name, rulebook).rules


def make_counterfactual(
    book: OpenedBook,
    other_rules: Callable[[Rules], Rules],
    scope: Scope,
    *,
    limit: int,
    progress: Callable[[int], None] = lambda _position: None,
) -> CounterfactualView:
    """
    Return what other rules would have decided in a part of the log, with the first `limit` differences.

    other_rules: returns the rules to ask instead of an order's own.

    Raises, in this order: OrderNotFound, LogCorrupt.
    """
    tally, differences = Tally(), list[Comparison]()
    with book.pool.connection() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if scope.order is not None and aggregate_of(connection, book.name, order_id(scope.order)) is None:
            raise OrderNotFound(order=scope.order)
        head = head_of(connection, book.name)
        for comparison in compare(connection, book.name, other_rules, scope, progress):
            tally.add(comparison)
            if comparison.differs and len(differences) < limit:
                differences.append(comparison)
    return CounterfactualView(
        from_position=scope.from_position,
        to_position=min(scope.to_position, head),
        held_fixed=HELD_FIXED,
        orders=tally.orders,
        differing=sum(total.differing for total in tally.totals),
        totals=tally.totals,
        differences=differences,
    )

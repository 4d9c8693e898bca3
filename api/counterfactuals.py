"""Counterfactuals as the API and the command line show them: what differs, what it comes to, what isn't guessed."""

from collections.abc import Callable

import msgspec

from api.composition import OpenedBook
from api.orders import OrderNotFound
from api.rulebooks import get_rulebook
from domain.references import order_id
from domain.rules import Rules
from projections.counterfactual import HELD_FIXED, Comparison, Scope, Tally, Total, compare
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

"""
A replay is a part of the log passing by: each event with the entry that it posts and the balances after it.

Balances are of control accounts and of chosen accounts, and begin as they stood before the first event. Of one order
alone, they are the sums of its own postings.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct
from psycopg_pool import ConnectionPool

from domain.accounts import CHART, control_of
from domain.envelope import Recorded
from domain.journal import Entry, Posting
from domain.posting_rules import post
from projections.balances import balances_at
from projections.log import read_events
from projections.moment import Moment
from projections.projection import Connection
from projections.timelines import timeline_of

BATCH_EVENTS_MAX = 500
"""Few, so that the first shows at once and nothing is open while somebody looks."""


class Account(NamedTuple):
    """A control account, or a chosen account, in a currency."""

    name: str
    currency: str


Balances = Mapping[Account, int]
"""Debits minus credits, in minor units."""


class Moved(Struct, frozen=True, gc=False):
    """
    How an event moved an account, both on its normal side, in minor units.

    balance_minor: after the event.
    """

    account: str
    currency: str
    amount_minor: int
    balance_minor: int


class Frame(NamedTuple):
    """An event, what it posts, which of the watched accounts that moved, and all of them after it."""

    recorded: Recorded
    entry: Entry | None
    moved: tuple[Moved, ...]
    balances: Balances


def frames(events: Iterable[Recorded], opening: Balances, accounts: Collection[str] = ()) -> Iterator[Frame]:
    """
    Yield each event with the balances after it.

    opening: the balances before the first event; accounts: those watched beside their control accounts.
    """
    balances = opening
    for recorded in events:
        entry = post(recorded.originator_id, recorded.event, schema=recorded.state.schema)
        changes = _changes(entry.postings, accounts) if entry else {}
        balances = added(balances, changes)
        moved = tuple(_moved(account, minor, balances[account]) for account, minor in changes.items() if minor)
        yield Frame(recorded, entry, moved, balances)


def normal_minor(account: Account, balance_minor: int) -> int:
    """Return debits minus credits of an account as its balance on its normal side."""
    return balance_minor * _sign(account.name)


def opening_of_book(connection: Connection, book: str, *, before: int, accounts: Collection[str] = ()) -> Balances:
    """Return the balances of a book before a position, from 1; the projections have come that far."""
    stood = balances_at(connection, book, Moment(position=before - 1))
    postings = (Posting(each.account, each.currency, each.balance_minor * _sign(each.account)) for each in stood)
    return _changes(postings, accounts)


def opening_of_order(
    connection: Connection, book: str, order: str, *, before: int, accounts: Collection[str] = ()
) -> Balances:
    """Return the sums of an order's own postings before a position, from 1."""
    balances: Balances = {}
    earlier = (each for each in timeline_of(connection, book, order) if each.position < before)
    for frame in frames(earlier, {}, accounts):
        balances = frame.balances
    return balances


def log_between(
    pool: ConnectionPool[Connection], book: str, *, from_position: int, to_position: int
) -> Iterator[Recorded]:
    """
    Yield a part of a book's log, both ends included, holding no connection between batches.

    Raises: LogCorrupt.
    """
    position = from_position - 1
    while True:
        with pool.connection() as connection:
            events = read_events(connection, book, after=position, up_to=to_position, limit=BATCH_EVENTS_MAX)
        if events is None:
            return
        yield from events.recorded
        position = events.last_position


def added(balances: Balances, changes: Balances) -> Balances:
    """Return balances with changes added, the old ones as they are."""
    return {**balances, **{account: balances.get(account, 0) + minor for account, minor in changes.items()}}


def _changes(postings: Iterable[Posting], accounts: Collection[str]) -> dict[Account, int]:
    changes: dict[Account, int] = {}
    for posting in postings:
        chosen = [posting.account] if posting.account in accounts else []
        for name in dict.fromkeys((control_of(posting.account).name, *chosen)):
            account = Account(name, posting.currency)
            changes[account] = changes.get(account, 0) + posting.amount_minor
    return changes


def _moved(account: Account, amount_minor: int, balance_minor: int) -> Moved:
    return Moved(*account, normal_minor(account, amount_minor), normal_minor(account, balance_minor))


def _sign(name: str) -> int:
    return (CHART.get(name) or control_of(name)).sign

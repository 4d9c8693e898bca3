"""A reading is a book as it stands at one moment, each thing read when it is first asked for, or many at once."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from api.composition import OpenedBook
from domain.aggregate import Aggregate
from domain.order import Order
from domain.references import party_id, payee_id
from domain.unit_of_work import Loaded
from ledger.application import can_exist, replayed
from ledger.pool import Connection
from ledger.snapshots import NEVER, read_histories
from projections.streams import references_of

A = TypeVar("A", bound=Aggregate)


class Reading:
    """One book, for as long as one connection is held."""

    def __init__(self, connection: Connection, book: str) -> None:
        self._connection = connection
        self._book = book
        self._loaded: dict[str, Loaded] = {}

    def prepare(self, references: Iterable[str]) -> None:
        """
        Read some things at once, and then what the orders among them need to be decided about.

        Raises: LogCorrupt.
        """
        missing = [name for name in references if name not in self._loaded and can_exist(name)]
        if not missing:
            return
        histories = read_histories(self._connection, self._book, missing)
        found = {name: replayed(history, self._book) for name, history in histories.items()}
        self._loaded.update(found)
        self.prepare([each for loaded in found.values() for each in _beside(loaded.aggregate)])

    def load(self, reference: str) -> Loaded:
        """Return a thing as it stands, with its version."""
        if not can_exist(reference):
            return NEVER
        self.prepare([reference])
        return self._loaded[reference]

    def every(self, name: str, kind: type[A], *, most: int) -> list[A]:
        """Return the first things of a kind that there are, in the order in which they began."""
        references = references_of(self._connection, self._book, name)[:most]
        self.prepare(references)
        found = (self._loaded[each].aggregate for each in references)
        return [each for each in found if isinstance(each, kind)]


@contextmanager
def reading(book: OpenedBook) -> Iterator[Reading]:
    """Yield a book to be read as it stands now; what is recorded meanwhile isn't seen."""
    with book.pool.connection() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield Reading(connection, book.name)


def _beside(aggregate: Aggregate | None) -> list[str]:
    if not isinstance(aggregate, Order):
        return []
    sides = (aggregate.buyer, aggregate.exporter)
    return [aggregate.terms.rulebook, *map(party_id, sides), *(payee_id(side, aggregate.currency) for side in sides)]

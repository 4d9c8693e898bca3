"""
A refund plan finds, for each row that gives money back, what its buyer bought earlier and hasn't given back yet.

The plan comes from the file alone, never from what the ledger answers to a refund: so each run of a file plans the
same refunds, and finds them done.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import NamedTuple

from api.exchange.order_index import OrderIndex, from_microseconds
from domain.money import share_so_far

_ORIGINALS = """
    CREATE TABLE originals AS
    SELECT buyer, sku, at, row, order_key, quantity, amount_minor, 0 AS refunded_units, 0 AS refunded_minor
    FROM lines JOIN placed USING (order_key) JOIN (SELECT DISTINCT buyer, sku FROM refunds) USING (buyer, sku)
    WHERE reason = '' AND row NOT IN (SELECT row FROM rejected)
        AND order_key NOT IN (SELECT order_key FROM refused)
"""
_ORIGINALS_INDEX = "CREATE INDEX originals_latest ON originals (buyer, sku, at, row)"
_LATEST_FIRST = """
    SELECT rowid, row, order_key, quantity, amount_minor, refunded_units, refunded_minor FROM originals
    WHERE buyer = ? AND sku = ? AND at <= ? AND refunded_units < quantity ORDER BY at DESC, row DESC
"""
_REFUNDS_BY_DATE = "SELECT row, order_key, buyer, sku, units, at FROM refunds ORDER BY at, row"


class Original(NamedTuple):
    """A line that was bought, and how much of it was given back so far."""

    id: int
    row: int
    order: str
    quantity: int
    amount_minor: int
    refunded_units: int
    refunded_minor: int


class Take(NamedTuple):
    """Units taken back of one original, and the money due for them."""

    original: Original
    units: int
    amount_minor: int


class PlannedRefund(NamedTuple):
    """A row that gives money back, and of which originals it does."""

    row: int
    order: str
    at: datetime
    takes: tuple[Take, ...]


class RefundPlan:
    """The refunds of a file whose orders have all been answered, in the order of their dates."""

    def __init__(self, index: OrderIndex) -> None:
        self._database = index.database
        self._database.execute(_ORIGINALS)
        self._database.execute(_ORIGINALS_INDEX)

    def __iter__(self) -> Iterator[PlannedRefund]:
        for row, order, buyer, sku, units, at in self._database.execute(_REFUNDS_BY_DATE):
            takes = tuple(self._take(buyer, sku, units, at))
            for take in takes:
                self._give_back(take)
            due = tuple(take for take in takes if take.amount_minor)
            self._note(row, units, takes)
            yield PlannedRefund(row, order, from_microseconds(at), due)

    def done(self, row: int, units: int) -> None:
        """Remember that the ledger gave money back for units of a row."""
        self._database.execute("UPDATE refunds SET refunded_units = refunded_units + ? WHERE row = ?", (units, row))

    def not_done(self, row: int, units: int, *, reason: str, detail: str) -> None:
        """Remember why units of a row found no money."""
        if units:
            self._database.execute("INSERT INTO unrefunded VALUES (?, ?, ?, ?)", (row, reason, detail, units))

    def _take(self, buyer: str, sku: str, units: int, at: int) -> Iterator[Take]:
        """Units whose money rounds to nothing are used up for this row, and stay on the original for another."""
        with closing(self._database.execute(_LATEST_FIRST, (buyer, sku, at))) as originals:
            for original in map(Original._make, originals):
                taken = min(original.quantity - original.refunded_units, units)
                yield Take(original, taken, due_minor(original, taken))
                units -= taken
                if not units:
                    return

    def _give_back(self, take: Take) -> None:
        if take.amount_minor:
            self._database.execute(
                "UPDATE originals SET refunded_units = refunded_units + ?, refunded_minor = refunded_minor + ?"
                " WHERE rowid = ?",
                (take.units, take.amount_minor, take.original.id),
            )

    def _note(self, row: int, units: int, takes: tuple[Take, ...]) -> None:
        rounded_away = sum(take.units for take in takes if not take.amount_minor)
        unfound = units - sum(take.units for take in takes)
        self.not_done(row, unfound, reason="no_original_left", detail=f"{unfound} of {units} units")
        self.not_done(row, rounded_away, reason="refund_rounds_to_zero", detail=f"{rounded_away} of {units} units")


def due_minor(original: Original, units: int) -> int:
    """Return what giving back so many more units is worth, so that all roundings of a line together lose nothing."""
    after = original.refunded_units + units
    return share_so_far(original.amount_minor, done=after, whole=original.quantity) - original.refunded_minor

"""
Payees are one row per payee account: what the party may be paid, and how much of it payouts take that no bank was told
of yet.

Equal to the payee accounts of the log up to positions.payees.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple

from msgspec import Struct

from domain.envelope import Recorded
from domain.payee_account import (
    PayeeCredited,
    PayeeDebited,
    PayeePaidOut,
    PayeeReclaimed,
    PayeeRepaid,
    PayeeReservationReleased,
    PayeeReserved,
    PayeeUnclaimed,
)
from domain.references import key_of, kind_of, payee_id
from projections.derived_rows import in_parts
from projections.moment import NOW, Moment
from projections.projection import Connection, Difference, Events, Projection, first_difference
from projections.timelines import events_at


class PayeeRow(Struct, frozen=True, gc=False):
    """
    A payee account, in minor units; below zero the party owes.

    available: what no payout takes yet; items: how often the party came to be owed more or less; taken: how many of
    these payouts took.
    """

    party: str
    currency: str
    balance_minor: int
    reserved_minor: int
    available_minor: int
    items: int
    taken: int


class _Moved(NamedTuple):
    """By how much some events moved an account, how many items they took in all, and the last one's position."""

    balance_minor: int = 0
    reserved_minor: int = 0
    items: int = 0
    taken: int = 0
    position: int = 0


_Key = tuple[str, str]
_ADD = """
    INSERT INTO projections.payees AS p
        (book, party, currency, balance_minor, reserved_minor, items, taken, position)
    SELECT %s, * FROM unnest(%b::text[], %b::text[], %b::int8[], %b::int8[], %b::int4[], %b::int4[], %b::int8[])
    ON CONFLICT (book, party, currency) DO UPDATE SET
        balance_minor = p.balance_minor + excluded.balance_minor,
        reserved_minor = p.reserved_minor + excluded.reserved_minor,
        items = p.items + excluded.items,
        taken = greatest(p.taken, excluded.taken),
        position = excluded.position
"""
_ALL = """
    SELECT party, currency, balance_minor, reserved_minor, items, taken, position FROM projections.payees
    WHERE book = %s ORDER BY party COLLATE "C", currency COLLATE "C"
"""
_SEARCH = """
    SELECT party, currency, balance_minor, reserved_minor, balance_minor - reserved_minor, items, taken, position
    FROM projections.payees WHERE book = %(book)s AND (%(all)s OR balance_minor <> reserved_minor)
    AND (%(party)s::text IS NULL OR party = %(party)s)
    AND (%(currency)s::text IS NULL OR currency = %(currency)s)
    ORDER BY party COLLATE "C", currency COLLATE "C"
"""


class Payees(Projection):
    """One row per payee account."""

    name: ClassVar[str] = "payees"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("payees",)

    def fold(self, connection: Connection, events: Events) -> None:
        """Add what further events moved."""
        rows = _rows(_summed({}, events.recorded))
        if rows:
            connection.execute(_ADD, (events.book, *map(list, zip(*rows, strict=True))))

    def difference(self, connection: Connection, book: str, log: Iterable[Events]) -> Difference | None:
        """Sum all payee accounts anew and return the first that stands otherwise."""
        sums: dict[_Key, _Moved] = {}
        for events in log:
            sums = _summed(sums, events.recorded)
        return first_difference("payees", connection.execute(_ALL, (book,)), _rows(sums), key_columns=2)


def payees_to_settle(
    connection: Connection,
    book: str,
    *,
    party: str | None = None,
    currency: str | None = None,
    moment: Moment = NOW,
) -> list[PayeeRow]:
    """
    Return the payee accounts that had something available at a moment, or owed something, by party and currency.

    At a position that takes reading the histories of those that moved since; as of a day, of all.
    """
    asked = {"book": book, "party": party, "currency": currency, "all": moment != NOW}
    rows = connection.execute(_SEARCH, asked).fetchall()
    if moment == NOW:
        return [PayeeRow(*row[:-1]) for row in rows]
    unmoved = [PayeeRow(*row[:-1]) for row in rows if row[-1] <= moment.unmoved]
    moved = [payee_id(row[0], row[1]) for row in rows if row[-1] > moment.unmoved]
    sums: dict[_Key, _Moved] = {}
    for some in in_parts(moved):
        sums = _summed(sums, events_at(connection, book, some, moment))
    found = [*unmoved, *(_payee(key, moved) for key, moved in sums.items())]
    return sorted((row for row in found if row.available_minor), key=lambda row: (row.party, row.currency))


def _payee(key: _Key, moved: _Moved) -> PayeeRow:
    return PayeeRow(
        *key,
        moved.balance_minor,
        moved.reserved_minor,
        moved.balance_minor - moved.reserved_minor,
        moved.items,
        moved.taken,
    )


def _summed(sums: dict[_Key, _Moved], recorded: Sequence[Recorded]) -> dict[_Key, _Moved]:
    for each in recorded:
        if kind_of(each.originator_id) == "payee":
            party, _, currency = key_of(each.originator_id).rpartition("/")
            before, more = sums.get((party, currency), _Moved()), _moved(each)
            sums[party, currency] = _Moved(
                before.balance_minor + more.balance_minor,
                before.reserved_minor + more.reserved_minor,
                before.items + more.items,
                max(before.taken, more.taken),
                each.position,
            )
    return sums


def _moved(recorded: Recorded) -> _Moved:
    match recorded.event:
        case PayeeCredited(amount_minor=minor) | PayeeRepaid(amount_minor=minor) | PayeeReclaimed(amount_minor=minor):
            return _Moved(balance_minor=minor, items=1)
        case PayeeDebited(amount_minor=minor) | PayeeUnclaimed(amount_minor=minor):
            return _Moved(balance_minor=-minor, items=1)
        case PayeeReserved(amounts_minor=amounts, last_item=last_item):
            return _Moved(reserved_minor=sum(amounts.values()), taken=last_item)
        case PayeeReservationReleased(amounts_minor=amounts):
            return _Moved(reserved_minor=-sum(amounts.values()), items=1)
        case PayeePaidOut(amounts_minor=amounts):
            paid_minor = sum(amounts.values())
            return _Moved(balance_minor=-paid_minor, reserved_minor=-paid_minor)
        case _:
            return _Moved()


def _rows(sums: dict[_Key, _Moved]) -> list[tuple[Any, ...]]:
    return [(*key, *moved) for key, moved in sorted(sums.items())]

"""
A timeline is everything that happened in one trade, or in one dispute of it, in the order of the log.

It is read from the log, with no table.
"""

from collections.abc import Iterable, Sequence

from domain.clock import ClockStarted
from domain.envelope import Recorded
from domain.hold import HoldDisputed, HoldRecovered, HoldRefunded, HoldUndisputed
from domain.references import (
    clocks_id,
    commission_id,
    dispute_id,
    guarantee_id,
    hold_id,
    key_of,
    kind_of,
    number_of_dispute,
    order_id,
    order_of_dispute,
    refunds_id,
    releases_id,
)
from domain.refund import RefundApproved, RefundExecuted, RefundProposed, RefundRejected
from projections.log import recorded
from projections.moment import NOW, Moment
from projections.projection import POSITION_MAX, Connection

_SELECT = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND originator_id = ANY(%s) AND position <= %s ORDER BY position
"""
_COUNT_DISPUTES = """
    WITH RECURSIVE numbers (number) AS (
        SELECT 0
        UNION ALL
        SELECT number + 1 FROM numbers WHERE EXISTS (
            SELECT FROM ledger.events WHERE book = %s AND originator_id = %s || (number + 1) AND version = 1
        )
    )
    SELECT max(number) FROM numbers
"""
_MOST_EVENTFUL = """
    SELECT originator_id FROM ledger.events WHERE book = %s AND starts_with(originator_id, 'hold:')
    GROUP BY originator_id ORDER BY count(*) DESC, originator_id LIMIT 1
"""


def most_eventful_order(connection: Connection, book: str) -> str:
    """Return the order about whose money most has happened, empty where there is none: one worth looking at."""
    row = connection.execute(_MOST_EVENTFUL, (book,)).fetchone()
    return key_of(row[0]) if row else ""


def timeline_of(connection: Connection, book: str, order: str, *, moment: Moment = NOW) -> list[Recorded]:
    """
    Return the events of an order, its money, its clocks, its disputes, its commission and what the operator stands in
    for, as far as they count at a moment; none where there is no such order.

    Raises: LogCorrupt.
    """
    return events_at(connection, book, references_of_trade(connection, book, order), moment)


def references_of_trade(connection: Connection, book: str, order: str) -> list[str]:
    """Return the references of an order and of everything that belongs to it, whether or not there is any of it."""
    disputes = [dispute_id(order, number) for number in range(1, count_disputes(connection, book, order) + 1)]
    return [*_references_of(order), *disputes]


def timeline_of_dispute(connection: Connection, book: str, dispute: str, *, moment: Moment = NOW) -> list[Recorded]:
    """
    Return the events of a dispute by its reference, of its clocks, and of the money that moved because of it, as far
    as they count at a moment; none where there is no such dispute.

    Raises: LogCorrupt.
    """
    # A clock may have been started, or a refund proposed, with a later posting date than what came of it.
    concerned = concerning(dispute, events_of(connection, book, around(dispute), up_to=moment.position))
    return counted(concerned, moment)


def around(dispute: str) -> list[str]:
    """Return the references of a dispute, and of its order's clocks, hold and refunds."""
    order = order_of_dispute(dispute)
    return [dispute, clocks_id(order), hold_id(order), refunds_id(order)]


def concerning(dispute: str, events: Iterable[Recorded]) -> list[Recorded]:
    """Return those of the events around a dispute, in the order of the log, that concern it."""
    concerned = _Concern(dispute)
    return [each for each in events if concerned(each)]


def count_disputes(connection: Connection, book: str, order: str, *, moment: Moment = NOW) -> int:
    """Return how many disputes there had been about an order at a moment; their numbers count from 1."""
    row = connection.execute(_COUNT_DISPUTES, (book, f"dispute:{order}/")).fetchone()
    found = row[0] if row else 0
    if moment == NOW or not found:
        return found
    begun = events_at(connection, book, [dispute_id(order, number) for number in range(1, found + 1)], moment)
    return max((number_of_dispute(each.originator_id) for each in begun if each.originator_version == 1), default=0)


def events_of(
    connection: Connection, book: str, references: Sequence[str], *, up_to: int = POSITION_MAX
) -> list[Recorded]:
    """
    Return what happened to some things, up to a position, in the order of the log.

    Raises: LogCorrupt.
    """
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_SELECT, (book, list(references), up_to)).fetchall()
    return [recorded(book, row) for row in rows]


def events_at(connection: Connection, book: str, references: Sequence[str], moment: Moment) -> list[Recorded]:
    """
    Return what had happened to some things at a moment, in the order of the log.

    Raises: LogCorrupt.
    """
    return counted(events_of(connection, book, references, up_to=moment.position), moment)


def counted(events: Iterable[Recorded], moment: Moment) -> list[Recorded]:
    """Return those of some events, recorded up to a moment's position, that are posted up to its day."""
    return [each for each in events if moment.as_of is None or each.state.posting_date <= moment.as_of]


class _Concern:
    """Whether an event concerns a dispute, asked of its trade's events in the order of the log."""

    def __init__(self, dispute: str) -> None:
        self._dispute = dispute
        self._clocks: set[str] = set()
        self._refunds: set[int] = set()

    def __call__(self, recorded: Recorded) -> bool:
        event = recorded.event
        if isinstance(event, ClockStarted) and event.about == self._dispute:
            self._clocks.add(event.clock)
        if isinstance(event, RefundProposed) and event.proposed_by == self._dispute:
            self._refunds.add(event.number)
        match event:
            case HoldDisputed() | HoldUndisputed():
                return event.dispute == self._dispute
            case HoldRecovered() | HoldRefunded():
                return int(event.refund.rpartition("/")[2]) in self._refunds
            case RefundProposed() | RefundApproved() | RefundRejected() | RefundExecuted():
                return event.number in self._refunds
            case _ if kind_of(recorded.originator_id) == "clock":
                return getattr(event, "clock", "") in self._clocks
            case _:
                return recorded.originator_id == self._dispute


def _references_of(order: str) -> list[str]:
    names = (order_id, hold_id, releases_id, refunds_id, clocks_id, commission_id, guarantee_id)
    return [name(order) for name in names]

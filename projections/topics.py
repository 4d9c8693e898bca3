"""Events of some topics, in the order of the log: one pass, which decodes nothing else; with no table."""

from collections.abc import Collection, Iterator

from domain.envelope import Recorded
from projections.log import recorded
from projections.moment import NOW, Moment
from projections.projection import Connection
from projections.timelines import counted

_SELECT = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND position > %s AND position <= %s AND topic = ANY(%s::text[]) ORDER BY position LIMIT %s
"""
_BATCH_EVENTS = 10_000


def events_with_topics(
    connection: Connection, book: str, topics: Collection[str], *, moment: Moment = NOW
) -> Iterator[Recorded]:
    """
    Yield the events of some topics, as far as they count at a moment.

    Raises: LogCorrupt where one is unreadable.
    """
    after, wanted = 0, sorted(topics)
    while True:
        with connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_SELECT, (book, after, moment.position, wanted, _BATCH_EVENTS)).fetchall()
        yield from counted((recorded(book, row) for row in rows), moment)
        if len(rows) < _BATCH_EVENTS:
            return
        after = rows[-1][0]

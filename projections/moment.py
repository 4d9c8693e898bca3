"""
A moment is how much of a book an answer takes into account, in two senses of time at once.

`position` cuts the log: what had been recorded by then, "what did we know". `as_of` cuts the accounting days: what is
posted up to that day, "what was true", in the light of everything recorded up to the position.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar

from msgspec import Struct

from domain.errors import Malformed, NotFound
from projections.log import head_of
from projections.projection import POSITION_MAX, Connection

_FIND_KNOWN = """
    WITH RECURSIVE halves (known, unknown) AS (
        SELECT 0::int8, size + 1 FROM ledger.log_head WHERE book = %(book)s
        UNION ALL
        SELECT CASE WHEN met.known THEN met.position ELSE halves.known END,
            CASE WHEN met.known THEN halves.unknown ELSE met.position END
        FROM halves CROSS JOIN LATERAL (
            SELECT position,
                (convert_from(state, 'UTF8')::json ->> 'recorded_at')::timestamptz <= %(known_at)s AS known
            FROM ledger.events
            WHERE book = %(book)s AND position = (halves.known + halves.unknown) / 2 OFFSET 0
        ) AS met
        WHERE halves.unknown - halves.known > 1
    )
    SELECT known FROM halves WHERE unknown - known = 1
"""
"""Halves the log until its last event recorded by then is found: recorded times never go back."""


@dataclass(eq=False, kw_only=True)
class MomentAhead(NotFound):
    """The log doesn't reach that far yet."""

    code: ClassVar[str] = "moment.ahead"
    at_position: int
    head: int


@dataclass(eq=False, kw_only=True)
class MomentMalformed(Malformed):
    """A moment can't be meant so."""

    code: ClassVar[str] = "moment.malformed"
    field: str
    problem: str


class Moment(Struct, frozen=True):
    """
    How much of a book an answer takes into account.

    position: of the last event that is known, from 0; as_of: the last accounting day that counts, all of them if
    nothing.
    """

    position: int = POSITION_MAX
    as_of: date | None = None

    @property
    def unmoved(self) -> int:
        """Return the last position at which a row may have changed for it to stand then as now, -1 for nowhere."""
        return self.position if self.as_of is None else -1


NOW = Moment()
"""Everything that a projection has seen."""


def moment_of(
    connection: Connection,
    book: str,
    *,
    at_position: int | None = None,
    known_at: datetime | None = None,
    as_of: date | None = None,
) -> Moment:
    """
    Return the moment that a reader means: where both a position and a time are given, the earlier of the two.

    Without either, everything recorded up to now counts, and the moment names the position that this is.

    Raises, in this order: MomentMalformed (known_at has no time zone), MomentAhead.
    """
    if known_at is not None and known_at.tzinfo is None:
        raise MomentMalformed(field="known_at", problem="has no time zone")
    head = head_of(connection, book)
    position = head if at_position is None else at_position
    if position > head:
        raise MomentAhead(at_position=position, head=head)
    if known_at is not None:
        position = min(position, position_known_at(connection, book, known_at))
    return Moment(position, as_of)


def position_known_at(connection: Connection, book: str, known_at: datetime) -> int:
    """Return the position of the last event recorded at or before a time, 0 if there is none."""
    row = connection.execute(_FIND_KNOWN, {"book": book, "known_at": known_at.astimezone(UTC)}).fetchone()
    return row[0] if row else 0

"""Moments as readers ask for them, in words: a position, a recorded time, a posting date, or several at once."""

from datetime import UTC, date, datetime, time

from msgspec import Struct

from api.composition import OpenedBook
from projections.moment import NOW, Moment, MomentMalformed, moment_of


class MomentAsked(Struct, frozen=True):
    """
    The moment that a reader asks for; the present where nothing is said.

    at_position: what had been recorded up to a position, from 0; known_at: what had been recorded by a time, RFC 3339
    with its zone, or by the end of a day in UTC; as_of: what is posted up to the end of a day, YYYY-MM-DD. Of a
    position and a time, the earlier counts; a posting date cuts what they leave.
    """

    at_position: int | None = None
    known_at: str | None = None
    as_of: str | None = None

    @property
    def is_present(self) -> bool:
        """Return whether nothing is asked."""
        return self == MomentAsked()

    def of_log(self, book: OpenedBook) -> Moment:
        """
        Return the moment for what is read from the log alone; NOW where nothing is asked.

        Raises, in this order: MomentMalformed (known_at, as_of), MomentAhead.
        """
        return NOW if self.is_present else self.named(book)

    def sought(self, book: OpenedBook) -> Moment:
        """
        Return the moment for what is read from projections, once they have come to it.

        Where nothing is asked it is NOW, at once: whatever they have come to will do.

        Raises, in this order: MomentMalformed (known_at, as_of), MomentAhead, ProjectionBehind.
        """
        return NOW if self.is_present else self.resolve(book)

    def resolve(self, book: OpenedBook) -> Moment:
        """
        Return the moment by its position, the log's end where none is asked, once the projections have come to it.

        To be asked before a connection is taken: it takes and returns some of its own, and who waits with one in hand
        for another can wait for ever.

        Raises, in this order: MomentMalformed (known_at, as_of), MomentAhead, ProjectionBehind.
        """
        moment = self.named(book)
        with book.pool.connection() as connection:
            behind = any(lag.position < moment.position for lag in book.runner.lags_in(connection))
        if behind:
            book.runner.wait_for(moment.position)
        return moment

    def named(self, book: OpenedBook) -> Moment:
        """
        Return the moment by its position, the log's end where none is asked, whether or not projections are there.

        Raises, in this order: MomentMalformed (known_at, as_of), MomentAhead.
        """
        known_at = None if self.known_at is None else _time_of(self.known_at)
        as_of = None if self.as_of is None else _day_of(self.as_of, field="as_of")
        with book.pool.connection() as connection:
            return moment_of(connection, book.name, at_position=self.at_position, known_at=known_at, as_of=as_of)


def _time_of(text: str) -> datetime:
    """Return a time; of a day without one, its last instant in UTC. One without a zone is left to `moment_of`."""
    if len(text) == len("2026-11-01"):
        return datetime.combine(_day_of(text, field="known_at"), time.max, UTC)
    try:
        known_at = datetime.fromisoformat(text)
        return known_at.astimezone(UTC) if known_at.tzinfo else known_at
    except (ValueError, OverflowError):
        raise MomentMalformed(field="known_at", problem=f"not a time or a date: {text}") from None


def _day_of(text: str, *, field: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise MomentMalformed(field=field, problem=f"not a date as YYYY-MM-DD: {text}")
    return day

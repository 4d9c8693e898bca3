"""A point in time is up to where books are restored: a position of one, or a recorded time of all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple

import msgspec

from domain.errors import NotFound, Refused
from ledger.backup import BackedUpBook, BackupDamaged, Leaf, file_of
from ledger.transparency import Frontier

_TOLD_AT = 5_000


@dataclass(eq=False, kw_only=True)
class BookNotInBackup(NotFound):
    """The backup has no such book."""

    code: ClassVar[str] = "backup.book_not_found"
    book: str


@dataclass(eq=False, kw_only=True)
class PositionNotInBackup(NotFound):
    """The book, as it was backed up, doesn't reach so far."""

    code: ClassVar[str] = "backup.position_not_found"
    book: str
    position: int
    size: int


@dataclass(eq=False, kw_only=True)
class PositionWithinCommand(Refused):
    """The events of one command happened together: the log was never cut there."""

    code: ClassVar[str] = "backup.position_within_command"
    hint: ClassVar[str] = "restore to before first_position, or to last_position"
    book: str
    position: int
    first_position: int
    last_position: int


class PointInTime(NamedTuple):
    """Up to where books are restored: one up to a position, or all up to a recorded time; whole where neither is."""

    book: str = ""
    position: int | None = None
    recorded_at: datetime | None = None

    def is_past(self, book: str, leaf: Leaf) -> bool:
        """Return whether an event came after it."""
        if self.recorded_at is not None:
            return _recorded_at(leaf) > self.recorded_at
        return self.position is not None and book == self.book and leaf.position > self.position


WHOLE = PointInTime()


class Cut(NamedTuple):
    """
    A book up to an event: its size, frontier and last recorded time.

    until: what isn't in the log is kept up to this time; all of it where there is none.
    """

    book: str
    size: int
    frontier: bytes
    recorded_at: datetime | None
    until: datetime | None


def cut_of(book: BackedUpBook, point: PointInTime, leaves: Iterable[Leaf], tell: Callable[[int], None]) -> Cut:
    """
    Return a book up to a point in time. leaves: all of its events; `tell` is told how many were looked at.

    Raises: BackupDamaged where all together haven't the root that the book was backed up with.
    """
    frontier = Frontier()
    cut, last = None, None
    for leaf in leaves:
        if cut is None and point.is_past(book.book, leaf):
            cut = Cut(book.book, frontier.size, frontier.stored(), _time_of(last), point.recorded_at or _time_of(last))
        frontier.append(leaf.leaf_hash)
        last = leaf
        if frontier.size % _TOLD_AT == 0:
            tell(frontier.size)
    if (frontier.size, frontier.root().hex()) != (book.size, book.root):
        raise BackupDamaged(
            file=file_of("events"), problem=f"book {book.book}: root {frontier.root().hex()}, was {book.root}"
        )
    return cut or Cut(book.book, frontier.size, frontier.stored(), _time_of(last), point.recorded_at)


class _Recorded(msgspec.Struct, frozen=True):
    recorded_at: datetime


def _recorded_at(leaf: Leaf) -> datetime:
    return _RECORDED.decode(leaf.state).recorded_at


def _time_of(last: Leaf | None) -> datetime | None:
    return _recorded_at(last) if last else None


_RECORDED = msgspec.json.Decoder(_Recorded)

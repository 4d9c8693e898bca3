"""
A JSON Lines log is a book's log as one line for each event, in position order.

A line gives `position`, `originator_id`, `version`, `topic`, `state` and `leaf_hash`. `state` stands there byte for
byte as it is stored and was hashed, so that the leaf hash, in hexadecimal, can be taken again from the line alone.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from api.exchange.export_folder import export_folder
from domain.errors import LogCorrupt
from projections.projection import Connection

FILE = "log.jsonl"
PAGE_EVENTS = 10_000

_SELECT = """
    SELECT position, originator_id, version, topic, state, leaf_hash FROM ledger.events
    WHERE book = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s
"""


class LogExport(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: every event from position 1 to `position`, into files of so many bytes in all."""

    position: int
    events: int
    files: int
    bytes: int


class _Line(msgspec.Struct, frozen=True):
    position: int
    originator_id: str
    version: int
    topic: str
    state: msgspec.Raw
    leaf_hash: str


def export_jsonl(
    connection: Connection,
    book: str,
    folder: Path,
    *,
    up_to: int,
    progress: Callable[[int], None] = lambda _position: None,
) -> LogExport:
    """
    Write a book's log up to a position that it has reached into `log.jsonl` of a new folder.

    `progress` is told the position reached.

    Raises: ExportUnwritable, LogCorrupt where a position is missing.
    """
    encoder = msgspec.json.Encoder()
    with export_folder(folder) as made:
        with (made / FILE).open("wb") as file:
            for page in _pages(connection, book, up_to):
                file.write(encoder.encode_lines(page))
                progress(page[-1].position)
        size = (made / FILE).stat().st_size
    return LogExport(position=up_to, events=up_to, files=1, bytes=size)


def _pages(connection: Connection, book: str, up_to: int) -> Iterator[list[_Line]]:
    position = 0
    while position < up_to:
        with connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_SELECT, (book, position, up_to, PAGE_EVENTS)).fetchall()
        page = [_line(*row) for row in rows]
        for expected, line in enumerate(page, start=position + 1):
            if line.position != expected:
                raise LogCorrupt(book=book, position=expected, what=f"missing, the next one is {line.position}")
        if not page:
            raise LogCorrupt(book=book, position=position + 1, what=f"missing, {up_to} was to be reached")
        yield page
        position = page[-1].position


def _line(position: int, originator_id: str, version: int, topic: str, state: bytes, leaf_hash: bytes) -> _Line:
    return _Line(position, originator_id, version, topic, msgspec.Raw(state), leaf_hash.hex())

"""Server-sent events for tests: read as their standard says, by a reader that shares nothing with what writes them."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple


class Sent(NamedTuple):
    """A block that was dispatched: its fields as they were said."""

    id: str
    event: str
    data: str
    retry: str

    @property
    def json(self) -> Any:
        """Return the data, read."""
        return json.loads(self.data)


class EventReader:
    """Reads a stream that comes in pieces of any size; what isn't ended by an empty line never happened."""

    def __init__(self) -> None:
        self.last_id = ""
        self._buffer = b""
        self._fields: dict[str, str] = {}

    def feed(self, piece: bytes) -> Iterator[Sent]:
        """Yield what a piece completes."""
        *lines, self._buffer = (self._buffer + piece).split(b"\n")
        for line in lines:
            if line:
                name, _, value = line.decode().partition(":")
                self._fields[name] = self._fields.get(name, "") + value.removeprefix(" ")
            elif self._fields:
                fields, self._fields = self._fields, {}
                self.last_id = fields.get("id", self.last_id)
                yield Sent(*(fields.get(name, "") for name in Sent._fields))


def sent_in(whole: bytes) -> list[Sent]:
    """Return all that was sent in a stream that has ended."""
    return list(EventReader().feed(whole))


def told_in(whole: bytes) -> list[Sent]:
    """Return the events of a log that were sent in a stream that has ended."""
    return [sent for sent in sent_in(whole) if sent.event not in {"", "position", "end"}]

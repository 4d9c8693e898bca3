"""The newest checkpoint of a book as answers tell it: from memory, read again at most once in a while."""

from time import perf_counter

from ledger.pool import Connection
from ledger.proof.kept_log import KeptCheckpoint, find_checkpoint

READ_EVERY_SECONDS = 1.0


class NewestCheckpoint:
    """What was signed last of one book, as far as anybody here has seen."""

    def __init__(self, book: str) -> None:
        self._book = book
        self._seen: KeptCheckpoint | None = None
        self._read_at = float("-inf")

    def covering(self, position: int) -> KeptCheckpoint | None:
        """Return the newest checkpoint in memory, if it covers a position."""
        seen = self._seen
        return seen if seen and seen.checkpoint.size >= position else None

    def read_covering(self, connection: Connection, position: int) -> KeptCheckpoint | None:
        """Return the newest checkpoint, if it covers a position; looked for in the database where it's time to."""
        now = perf_counter()
        if self._read_at + READ_EVERY_SECONDS <= now:
            self._read_at = now
            self._seen = find_checkpoint(connection, self._book) or self._seen
        return self.covering(position)

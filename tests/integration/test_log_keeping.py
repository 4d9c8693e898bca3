"""Log keeping signs every book that moved, and is gone as soon as it is told to stop, however many books there are."""

import threading
from pathlib import Path

from api import log_keeping
from api.composition import House, connected
from api.proving import ensure_key
from ledger.proof.kept_log import find_checkpoint
from ledger.proof.keyring import Keys

BOOKS = ("a", "b", "c")


class Stopping(threading.Event):
    """A word to stop that is said after it was asked for some times: at the begin of a round, and before each book."""

    def __init__(self, *, asked_max: int) -> None:
        super().__init__()
        self._asked_left = asked_max

    def is_set(self) -> bool:
        self._asked_left -= 1
        return self._asked_left < 0

    def wait(self, timeout: float | None = None) -> bool:
        del timeout
        return self.is_set()


def signed(house: House) -> list[str]:
    with house.pool.connection() as connection:
        return [name for name in BOOKS if find_checkpoint(connection, name)]


def test_who_is_told_to_stop_signs_no_further_book(database: str, tmp_path: Path) -> None:
    with connected(database, keys=Keys(tmp_path)) as house:
        for name in BOOKS:
            house.book(name).found()
            ensure_key(house.book(name))
        log_keeping.run(house, Stopping(asked_max=2))
        assert signed(house) == ["a"]
        log_keeping.run(house, Stopping(asked_max=4))
        assert signed(house) == list(BOOKS)

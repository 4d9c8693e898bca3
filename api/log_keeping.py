"""Log keeping signs the heads of all books as they move, in a thread of the worker."""

import threading

import psycopg
import structlog

from api.composition import House
from domain.errors import LedgerError, LogCorrupt

PAUSE_SECONDS = 0.5
"""So that a checkpoint is never a second behind the head, also where signing takes a while."""

_log = structlog.get_logger(__name__)


def run(house: House, stop: threading.Event) -> None:
    """Sign what moved, every half second, until told to stop; what fails is tried again, and holds up no other book."""
    signed: dict[str, int] = {}
    problems: dict[str, str] = {}
    while not stop.wait(PAUSE_SECONDS):
        try:
            for name, size in _heads(house):
                if stop.is_set():
                    break
                if size != signed.get(name) and house.book(name).keyring.has_signer:
                    signed[name] = _signed_size(house, name, problems)
        except psycopg.Error as error:
            _log.warning("signing waits", error=str(error))


def _heads(house: House) -> list[tuple[str, int]]:
    with house.pool.connection() as connection:
        rows = connection.execute("SELECT book, size FROM ledger.log_head WHERE size > 0 ORDER BY book").fetchall()
    return [(name, size) for name, size in rows]


def _signed_size(house: House, name: str, problems: dict[str, str]) -> int:
    """Sign a book's head and return its size, 0 where that can't be; a problem is told once, not twice a second."""
    try:
        kept = house.book(name).signer.sign_head()
    except (LedgerError, LogCorrupt, psycopg.Error) as error:
        if problems.get(name) != str(error):
            _log.error("log not signed", book=name, error=str(error))
        problems[name] = str(error)
        return 0
    problems.pop(name, None)
    return kept.checkpoint.size

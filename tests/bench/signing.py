"""The cost of signing: bulk append while another process signs the head, beside the same while nobody does."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from api.composition import OpenedBook, connected, new_seed, utc_now
from api.log_keeping import PAUSE_SECONDS
from domain.envelope import decode
from ledger.proof.kept_log import all_checkpoints, origin_of
from ledger.proof.keyring import Keys
from tests.bench.append_bulk import append
from tests.bench.ground import BOOK, Ground, submissions
from tests.bench.measurement import Measurement, Turn, Work, say, timed, told
from tests.books import whole_trade

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

NAME = "signing"
PAIRS = 9
TRADES = 3_000
INTERVAL = slice(1, -1)
"""Of nine sorted ratios, the second to the eighth hold the median with 96 %."""

_CONTEXT = multiprocessing.get_context("spawn")


class _Signer(NamedTuple):
    """Who signs, in a process of its own, and the longest that an event waited for it, in seconds."""

    dsn: str
    keys: Keys
    behind: "Synchronized[float]"

    @contextmanager
    def signing(self) -> Iterator[None]:
        """Sign, from when it was done for the first time."""
        begun, ended = _CONTEXT.Event(), _CONTEXT.Event()
        process = _CONTEXT.Process(target=self._sign_on, args=(begun, ended))
        process.start()
        assert begun.wait(timeout=60)
        yield
        ended.set()
        process.join()
        assert process.exitcode == 0

    def _sign_on(self, begun: Event, ended: Event) -> None:
        with connected(self.dsn, keys=self.keys) as house:
            book = house.book(BOOK)
            size = book.signer.sign_head().checkpoint.size
            begun.set()
            while not ended.wait(PAUSE_SECONDS):
                signed = book.signer.sign_head().checkpoint.size
                if signed > size:
                    self.behind.value = max(self.behind.value, _seconds_since(book, size + 1))
                size = signed


def _seconds_since(book: OpenedBook, position: int) -> float:
    (stored,) = book.recorder.select_notifications(position, 1)
    return (utc_now() - decode(stored.topic, stored.state).recorded_at).total_seconds()


def signing(ground: Ground) -> Measurement:
    """Measure events a second, and the median of the ratios of pairs whose halves take turns in coming first."""
    dsn, behind = ground.new_database(), _CONTEXT.Value("d", 0.0)
    with TemporaryDirectory(prefix="bench-keys-") as folder:
        keys = Keys(Path(folder))
        with connected(dsn, keys=keys) as house:
            book = house.book(BOOK)
            book.found()
            with book.pool.connection() as connection:
                book.keyring.make_key(origin_of(connection, BOOK) or "", new_seed())
            _append(book, "warm-up")
            turns = [told(NAME, _pair(book, _Signer(dsn, keys, behind), number)) for number in range(PAIRS)]
            with book.pool.connection() as connection:
                signed = len(all_checkpoints(connection, BOOK))
    ratios = sorted(turn.measured.rate / turn.baseline.rate for turn in turns)
    low, *_, high = ratios[INTERVAL]
    say(f"{NAME}: {signed} checkpoints; ratio {median(ratios):.3f}, between {low:.3f} and {high:.3f}")
    say(f"{NAME}: an event waited at most {behind.value:.2f} s for a checkpoint that covers it")
    return Measurement(
        name=NAME,
        value=round(median(turn.measured.rate for turn in turns), 1),
        unit="events/s",
        baseline="the same, unsigned",
        baseline_value=round(median(turn.baseline.rate for turn in turns), 1),
        ratio=round(median(ratios), 3),
        interval=(round(low, 3), round(high, 3)),
    )


def _pair(book: OpenedBook, signer: _Signer, number: int) -> Turn:
    works: dict[bool, Work] = {}
    for signed in (number % 2 == 0, number % 2 == 1):
        if signed:
            with signer.signing():
                works[signed] = _append(book, f"signed-{number}")
        else:
            works[signed] = _append(book, f"unsigned-{number}")
    return Turn(works[True], works[False])


def _append(book: OpenedBook, name: str) -> Work:
    commands = [command for number in range(TRADES) for command in whole_trade(f"{name}-{number}")]
    said = submissions(commands, batch=name)
    return timed(lambda: append(book.writer, said))

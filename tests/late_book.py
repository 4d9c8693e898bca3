"""A book for tests in which postings come late: troubles, and payments that arrive in no order of days, over years."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from domain.commands import AcceptOrder
from domain.envelope import Recorded, decode
from domain.posting_rules import post
from ledger.postgres import EmbeddedPostgres
from projections.runner import Runner
from tests.books import Book, pay, place_order, read_log
from tests.troubles import troubled_book

DAYS, ORDERS, PAYMENTS = 1_000, 12, 150
SEED = 4


class Posted(NamedTuple):
    """A posting of the log, with all that a moment may cut by."""

    position: int
    line: int
    recorded_at: datetime
    posting_date: date
    account: str
    currency: str
    amount_minor: int


@contextmanager
def late_book(postgres: EmbeddedPostgres, template: str, *, database: str) -> Iterator[Book]:
    """Yield the book with its read side caught up, in a database of its own; the same in every run."""
    with troubled_book(postgres, template, database=database) as book:
        dice = random.Random(SEED)  # noqa: S311 - the same in every run
        now = book.clock()
        orders = [f"LATE-{number}" for number in range(ORDERS)]
        for order in orders:
            for command in (place_order(order), AcceptOrder(order=order)):
                _say(book, replace(book.submission(command), occurred_at=now - timedelta(days=DAYS)))
        for _ in range(PAYMENTS):
            book.clock.move(minutes=dice.choice((0, 0, 7, 900)))
            days = dice.choice((0, 0, 0, dice.randrange(DAYS)))
            paid = book.submission(pay(dice.choice(orders), dice.randrange(1, 500)))
            _say(book, replace(paid, occurred_at=book.clock() - timedelta(days=days)))
        Runner(book.pool, book.name, batch_events_max=37).catch_up()
        yield book


def postings_of(book: Book) -> Iterator[Posted]:
    """Yield every posting of a book's log, worked out without any projection."""
    for event in read_log(book.pool, book.name):
        state = decode(event.topic, event.state)
        recorded = Recorded(event.position, event.originator_id, event.version, event.topic, state)
        entry = post(recorded.originator_id, recorded.event)
        for line, posting in enumerate(entry.postings if entry else (), start=1):
            yield Posted(
                event.position,
                line,
                state.recorded_at,
                state.posting_date,
                posting.account,
                posting.currency,
                posting.amount_minor,
            )


def _say(book: Book, submission: object) -> None:
    book.writer.submit(submission).result(timeout=30)  # type: ignore[arg-type]

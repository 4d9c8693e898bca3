"""Following a log on the command line: its events, a line each, as they are recorded."""

import sys
import threading
from typing import NoReturn

from api.cli.terminal import out
from api.composition import OpenedBook
from api.streams.tail import Tails
from api.streams.told import Told


def follow_events(book: OpenedBook, *, after: int, as_json: bool) -> NoReturn:
    """
    Print the events after a position, and those that are recorded from now on, until interrupted.

    Raises: LogCorrupt.
    """
    news = threading.Event()
    with Tails(book.pool).following(book.name) as tail:
        tail.wake.add(news.set)
        while True:
            news.clear()
            batch = tail.after(after)
            for told in batch:
                _print(told, as_json=as_json)
                after = told.position
            if tail.problem:
                raise tail.problem
            if not batch:
                news.wait()


def _print(told: Told, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.buffer.write(told.data + b"\n")
        sys.stdout.flush()
        return
    recorded = told.recorded
    at = f"{recorded.state.occurred_at:%Y-%m-%d %H:%M}"
    line = f"{recorded.position:>8}  {at}  {recorded.topic}  {recorded.originator_id}  {recorded.state.actor}"
    out.print(line, markup=False, highlight=False, soft_wrap=True)

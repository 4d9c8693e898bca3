"""
Four processes write to one book at once, against one alone: commands a second.

Every command's decision reads one aggregate and writes another (a payment reads the order, a cancellation the hold),
and the two commands of an order come from different processes.
Run alone: `.venv/bin/python -m tests.bench.many_processes`.
"""

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing.synchronize import Barrier
from time import perf_counter
from typing import NamedTuple

import msgspec

from domain import commands
from ledger.application import TradeLedger
from ledger.outcomes import Rejected, Submission
from ledger.pool import open_pool
from ledger.store import BookRecorder
from ledger.writer import Answer, Waiting, Writer
from tests.bench.ground import Ground, prepared
from tests.bench.measurement import Measurement, Turn, Work, beside, told
from tests.books import Book, Clock, Salts, pay, place_order

PATIENCE_SECONDS = 120
PROCESSES = 4
CALLERS = 32
ORDERS = 4_000
TURNS = 3


class Share(NamedTuple):
    """What one process has to say: commands with their ids, so many in flight at once and in one batch at most."""

    dsn: str
    said: Sequence[tuple[str, commands.Command]]
    callers: int = CALLERS
    batch_commands_max: int = 1_000


class Told(NamedTuple):
    """What one process was told of one command; `problem` is the error of one that has no outcome."""

    command_id: str
    first_position: int = 0
    last_position: int = 0
    refusal: str = ""
    problem: str = ""


class Done(NamedTuple):
    """What one process was told, and when it began and ended, on a clock that all processes share."""

    answers: list[Told]
    began: float
    ended: float


_together: Barrier


def race(shares: Sequence[Share]) -> list[Done]:
    """Let as many processes as there are shares say them, starting together."""
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(len(shares))
    with ProcessPoolExecutor(len(shares), context, _join, (together,)) as processes:
        return list(processes.map(_say, shares, timeout=PATIENCE_SECONDS))


def many_processes(ground: Ground) -> Measurement:
    """Measure in turns, each on databases of its own."""
    turns = [one_turn(ground.new_database, orders=ORDERS) for _ in range(TURNS)]
    return measured(turns)


def one_turn(new_database: Callable[[], str], *, orders: int) -> Turn:
    """Let four processes, then one alone, pay and cancel so many orders."""
    names = [f"PO-{number}" for number in range(orders)]
    works = [_work(new_database(), names, processes) for processes in (PROCESSES, 1)]
    return told("many_processes", Turn(*works))


def measured(turns: list[Turn]) -> Measurement:
    """Return what turns come to."""
    return beside("many_processes", turns, unit="commands/s", baseline="one process")


def prepare(dsn: str, orders: Sequence[str]) -> None:
    """Open the book `main` and place and accept orders in it."""
    with open_pool(dsn, connections_max=2) as pool, Book.opened(pool) as book:
        said = [
            book.submission(command)
            for order in orders
            for command in (place_order(order), commands.AcceptOrder(order=order))
        ]
        for start in range(0, len(said), 5_000):
            for future in book.writer.submit_all(said[start : start + 5_000]):
                future.result(PATIENCE_SECONDS)


def payment(order: str) -> tuple[str, commands.Command]:
    """Return the payment of an order, with the command id that every process gives it."""
    return f"pay-{order}", pay(order)


def cancellation(order: str) -> tuple[str, commands.Command]:
    """Return the cancellation of an order, with the command id that every process gives it."""
    return f"cancel-{order}", commands.CancelOrder(order=order, reason="storm")


def _work(dsn: str, orders: Sequence[str], processes: int) -> Work:
    prepare(dsn, orders)
    said = [each for order in orders for each in (payment(order), cancellation(order))]
    done = race([Share(dsn, said[process::processes]) for process in range(processes)])
    return Work(len(said), max(each.ended for each in done) - min(each.began for each in done))


def _join(together: Barrier) -> None:
    global _together  # noqa: PLW0603 - a barrier reaches a spawned process by its initializer only
    _together = together


def _say(share: Share) -> Done:
    with open_pool(share.dsn, connections_max=2) as pool:
        ledger = TradeLedger(BookRecorder(pool, "main"), clock=Clock(), salts=Salts())
        writer = Writer(ledger, batch_commands_max=share.batch_commands_max)
        _together.wait(PATIENCE_SECONDS)
        began = perf_counter()
        answers = _say_all(writer, share)
        ended = perf_counter()
        writer.close()
    return Done(answers, began, ended)


def _say_all(writer: Writer, share: Share) -> list[Told]:
    room = threading.Semaphore(share.callers)
    answers: list[Told] = []

    def tell(command_id: str, answer: Answer) -> None:
        answers.append(_told(command_id, answer))
        room.release()

    for command_id, command in share.said:
        room.acquire()
        submission = Submission(
            command=command, command_id=command_id, principal="many", actor="operator:first", role="operator"
        )
        writer.enqueue((Waiting(submission, partial(tell, command_id)),))
    for _ in range(share.callers):
        room.acquire()
    return answers


def _told(command_id: str, answer: Answer) -> Told:
    if isinstance(answer, Exception):
        return Told(command_id, problem=repr(answer))
    if isinstance(answer, Rejected):
        return Told(command_id, refusal=answer.code)
    return Told(command_id, answer.first_position, answer.last_position)


def main() -> None:
    """Measure on a server of its own and print one JSON line."""
    with prepared(events=0) as ground:
        print(msgspec.json.encode(many_processes(ground)).decode())


if __name__ == "__main__":
    main()

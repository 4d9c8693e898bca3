"""The async edge of the writer: coroutines wait without a thread each, and every one of them is woken."""

import asyncio
import threading
from collections import deque
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from api.commands.async_writer import AsyncWriter, CommandInFlight
from domain import commands
from domain.unit_of_work import AggregateNotFound
from ledger.outcomes import Accepted, CommandIdReused, NotRecordedTogether, Outcome, Rejected, SubmissionMalformed
from ledger.writer import Answer, QueueFull, WriterClosed
from tests.books import Book, Gate, checked_log, pay, place_order

PATIENCE_SECONDS = 60

T = TypeVar("T")


async def patiently(waited_for: Coroutine[Any, Any, T] | asyncio.Future[T]) -> T:
    """Wait; nothing here takes long unless somebody is never woken."""
    return await asyncio.wait_for(waited_for, PATIENCE_SECONDS)


def door(book: Book) -> AsyncWriter:
    return AsyncWriter(book.writer, asyncio.get_running_loop())


async def reached(gate: Gate) -> None:
    assert await asyncio.to_thread(gate.reached.wait, PATIENCE_SECONDS)


def test_many_coroutines_each_get_their_own_outcome(book: Book) -> None:
    async def place(writer: AsyncWriter, number: int) -> list[Outcome]:
        order = f"PO-{number}"
        said = (place_order(order), commands.AcceptOrder(order=order), pay(order))
        return [await writer.submit(book.submission(command)) for command in said]

    async def everybody() -> list[list[Outcome]]:
        writer = door(book)
        return await patiently(asyncio.gather(*(place(writer, number) for number in range(200))))

    outcomes = asyncio.run(everybody())
    rows = {row.position: row for row in checked_log(book.pool)}
    for number, own in enumerate(outcomes):
        topics = []
        for outcome in own:
            assert isinstance(outcome, Accepted)
            assert rows[outcome.first_position].originator_id in {f"order:PO-{number}", f"hold:PO-{number}"}
            topics.append(rows[outcome.first_position].topic)
        assert topics == ["order.placed", "order.accepted", "hold.payment_received"]


def test_refusal_is_an_outcome_and_a_mistake_an_exception(book: Book) -> None:
    async def mixed() -> list[Outcome | BaseException]:
        writer = door(book)
        await writer.submit(book.submission(place_order("PO-1"), command_id="c-1"))
        said = [
            book.submission(pay("PO-1")),
            book.submission(commands.AcceptOrder(order="PO-404")),
            book.submission(place_order("PO-2"), command_id="c-1"),
            book.submission(place_order("PO-1"), command_id="c-1"),
        ]
        told = [await patiently(asyncio.gather(writer.submit(each), return_exceptions=True)) for each in said]
        return [answer for answers in told for answer in answers]

    answers = asyncio.run(mixed())
    assert [type(answer) for answer in answers] == [Rejected, AggregateNotFound, CommandIdReused, Accepted]


def test_what_is_refused_before_queueing_is_raised_at_once(book: Book) -> None:
    async def malformed() -> None:
        await door(book).submit(book.submission(place_order("PO-1"), actor=""))

    with pytest.raises(SubmissionMalformed):
        asyncio.run(malformed())


def test_full_queue_and_closed_writer_are_told_to_the_coroutine(book: Book) -> None:
    gate = Gate(book.clock)

    async def crowd() -> None:
        with book.beside(clock=gate, queue_commands_max=1) as writer:
            edge = AsyncWriter(writer, asyncio.get_running_loop())
            under_way = asyncio.ensure_future(edge.submit(book.submission(place_order("PO-1"))))
            await reached(gate)
            queued = asyncio.ensure_future(edge.submit(book.submission(place_order("PO-2"))))
            await asyncio.sleep(0)
            with pytest.raises(QueueFull):
                await edge.submit(book.submission(place_order("PO-3")))
            gate.open()
            outcomes = await patiently(asyncio.gather(under_way, queued))
            assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted]
            await asyncio.to_thread(writer.close)
            with pytest.raises(WriterClosed):
                await edge.submit(book.submission(place_order("PO-4")))

    asyncio.run(crowd())
    assert [row.topic for row in checked_log(book.pool)].count("order.placed") == 2


def test_caller_who_is_cancelled_is_left_alone_and_its_command_still_recorded(book: Book) -> None:
    gate = Gate(book.clock)

    async def impatient() -> list[Outcome]:
        with book.beside(clock=gate) as writer:
            edge = AsyncWriter(writer, asyncio.get_running_loop())
            callers = [
                asyncio.ensure_future(edge.submit(book.submission(place_order(order), command_id=order)))
                for order in ("PO-0", "PO-1", "PO-2")
            ]
            await reached(gate)
            callers[1].cancel()
            with pytest.raises(asyncio.CancelledError):
                await callers[1]
            gate.open()
            told = [await patiently(callers[0]), await patiently(callers[2])]
            return [*told, await patiently(edge.submit(book.submission(place_order("PO-1"), command_id="PO-1")))]

    outcomes = asyncio.run(impatient())
    assert {type(outcome) for outcome in outcomes} == {Accepted}
    assert outcomes[2].repeated
    assert [row.topic for row in checked_log(book.pool)].count("order.placed") == 3


class DrainedMeanwhile(deque[Any]):
    """Answers on their way to the loop: just before the second is put in, the loop takes the first and falls asleep."""

    def __init__(self, loop: asyncio.AbstractEventLoop, blocked: threading.Event) -> None:
        super().__init__()
        self._loop = loop
        self._blocked = blocked
        self._put = 0

    def append(self, told: Any) -> None:
        self._put += 1
        if self._put == 2:
            asleep = threading.Event()
            self._loop.call_soon_threadsafe(asleep.set)
            self._blocked.set()
            assert asleep.wait(PATIENCE_SECONDS)
        super().append(told)


def test_answer_that_comes_just_as_the_loop_falls_asleep_still_wakes_it(book: Book) -> None:
    async def two_answers() -> list[Outcome]:
        loop = asyncio.get_running_loop()
        edge, blocked = door(book), threading.Event()
        edge._told = DrainedMeanwhile(loop, blocked)
        callers = [
            asyncio.ensure_future(edge.submit(book.submission(place_order(f"PO-{number}")))) for number in range(2)
        ]
        loop.call_soon(blocked.wait, PATIENCE_SECONDS)
        return await asyncio.wait_for(asyncio.gather(*callers), 10)

    assert {type(outcome) for outcome in asyncio.run(two_answers())} == {Accepted}


def test_loop_that_closed_under_its_callers_does_not_stop_the_writer(book: Book) -> None:
    gate = Gate(book.clock)
    with book.beside(clock=gate) as writer:

        async def leave() -> None:
            edge = AsyncWriter(writer, asyncio.get_running_loop())
            caller = asyncio.ensure_future(edge.submit(book.submission(place_order("PO-1"))))
            await reached(gate)
            caller.cancel()

        asyncio.run(leave())
        gate.open()
        last = writer.submit(book.submission(place_order("PO-2")))
        assert isinstance(last.result(10), Accepted)
    assert [row.topic for row in checked_log(book.pool)].count("order.placed") == 2


# Keys in flight, and lists.


def test_key_in_flight_is_told_so_until_it_is_answered(book: Book) -> None:
    gate = Gate(book.clock)
    placed = book.submission(place_order("PO-1"), command_id="c-1")

    async def hasty() -> None:
        with book.beside(clock=gate) as writer:
            edge = AsyncWriter(writer, asyncio.get_running_loop())
            under_way = asyncio.ensure_future(edge.submit(placed))
            await reached(gate)
            with pytest.raises(CommandInFlight):
                await edge.submit(placed)
            mixed = [placed, book.submission(place_order("PO-2"))]
            in_flight, other = await patiently(edge.submit_list(mixed, atomic=True))
            assert isinstance(in_flight, CommandInFlight)
            assert isinstance(other, NotRecordedTogether)
            assert other.because_of == 0
            apart = asyncio.ensure_future(edge.submit_list(mixed, atomic=False))
            await asyncio.sleep(0)
            gate.open()
            assert [type(each) for each in await patiently(apart)] == [CommandInFlight, Accepted]
            await patiently(under_way)
            again = await patiently(edge.submit(placed))
            assert again.repeated

    asyncio.run(hasty())
    assert [row.topic for row in checked_log(book.pool)].count("order.placed") == 2


def test_key_in_flight_elsewhere_waits_and_is_answered_as_the_first(book: Book) -> None:
    gate = Gate(book.clock)
    placed = book.submission(place_order("PO-1"), command_id="c-1")

    async def both() -> tuple[Outcome, Outcome]:
        with book.beside(clock=gate) as here, book.beside() as elsewhere:
            doors = [AsyncWriter(writer, asyncio.get_running_loop()) for writer in (here, elsewhere)]
            first = asyncio.ensure_future(doors[0].submit(placed))
            await reached(gate)
            second = asyncio.ensure_future(doors[1].submit(placed))
            await asyncio.sleep(0.1)
            assert not second.done()
            gate.open()
            return await patiently(asyncio.gather(first, second))

    first, second = asyncio.run(both())
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert (first.repeated, second.repeated) == (False, True)
    assert second.first_position == first.first_position


def test_atomic_list_is_recorded_at_once_however_small_batches_are(book: Book) -> None:
    async def crowd() -> tuple[list[Answer], list[Outcome]]:
        with book.beside(batch_commands_max=2) as writer:
            edge = AsyncWriter(writer, asyncio.get_running_loop())
            listed = [book.submission(place_order(f"PO-{number}")) for number in range(7)]
            alone = [book.submission(place_order(f"PO-alone-{number}")) for number in range(9)]
            singles = [asyncio.ensure_future(edge.submit(each)) for each in alone[:4]]
            whole = asyncio.ensure_future(edge.submit_list(listed, atomic=True))
            await asyncio.sleep(0)
            singles += [asyncio.ensure_future(edge.submit(each)) for each in alone[4:]]
            return await patiently(whole), await patiently(asyncio.gather(*singles))

    whole, singles = asyncio.run(crowd())
    positions = [each.first_position for each in whole if isinstance(each, Accepted)]
    assert positions == [*range(positions[0], positions[0] + 7)]
    assert all(isinstance(each, Accepted) for each in singles)
    checked_log(book.pool)


def test_atomic_list_that_fails_leaves_its_neighbours_alone(book: Book) -> None:
    before = len(list(checked_log(book.pool)))
    good = [book.submission(place_order("PO-1")), book.submission(place_order("PO-2"))]
    spoiled = [book.submission(place_order("PO-3")), book.submission(pay("PO-3")), book.submission(place_order("PO-4"))]
    answers = book.ledger.process([good[0], *spoiled, good[1]], together=[range(1, 4)])
    assert [type(each) for each in answers] == [
        Accepted,
        NotRecordedTogether,
        Rejected,
        NotRecordedTogether,
        Accepted,
    ]
    rows = list(checked_log(book.pool))
    assert [row.originator_id for row in rows[before:]] == ["order:PO-1", "order:PO-2"]
    assert [type(each) for each in book.ledger.process(spoiled[:1])] == [Accepted], "its key is free"
    with book.pool.connection() as connection:
        assert connection.execute("SELECT FROM ledger.outcomes WHERE refusal IS NOT NULL").rowcount == 0


def test_list_of_a_closed_writer_is_answered_so_one_by_one(book: Book) -> None:
    async def late() -> list[Answer]:
        with book.beside() as writer:
            edge = AsyncWriter(writer, asyncio.get_running_loop())
            await asyncio.to_thread(writer.close)
            return await edge.submit_list([book.submission(place_order("PO-1"))], atomic=False)

    assert [type(each) for each in asyncio.run(late())] == [WriterClosed]

"""Listeners are what one process has of streams: the tails that feed them, and the places that bound them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

from psycopg_pool import ConnectionPool

from api.composition import House
from api.identity.caller import Caller
from api.leaving import Leaving
from api.settings import Settings
from api.streams.places import STREAMS_MAX, STREAMS_PER_CALLER_MAX, Places
from api.streams.sight import Sight, Wanted
from api.streams.stream import LISTENERS_READING_MAX, USUAL_RHYTHM, EventStreamResponse, Listening, Rhythm, pieces_of
from api.streams.tail import Tails
from ledger.pool import Connection
from projections.moment import MomentAhead


class Listeners:
    """The streams of one event loop. count: is told by how many there are more, which may be fewer."""

    def __init__(
        self,
        pool: ConnectionPool[Connection],
        *,
        streams_max: int = STREAMS_MAX,
        per_caller_max: int = STREAMS_PER_CALLER_MAX,
        rhythm: Rhythm = USUAL_RHYTHM,
        count: Callable[[int], object] = lambda _more: None,
    ) -> None:
        self.places = Places(streams_max=streams_max, per_caller_max=per_caller_max)
        self.rhythm = rhythm
        self._count = count
        self._tails = Tails(pool)
        self._reading = asyncio.Semaphore(LISTENERS_READING_MAX)

    async def open(
        self,
        book: str,
        caller: Caller,
        wanted: Wanted,
        *,
        after: int,
        follow: bool,
        may_listen: Callable[[], Awaitable[object]],
        leaving: Leaving,
    ) -> EventStreamResponse:
        """
        Return the stream of a caller as an answer.

        after: position of the last event that they have; follow: whether it goes on at the end of the log; may_listen:
        raises, later, what the stream then ends with.

        Raises, in this order: CallerStreamsFull, StreamsFull, MomentAhead.
        """
        self.places.check(caller)
        with ExitStack() as held:
            held.enter_context(self.places.taking(caller))
            self._count(1)
            held.callback(self._count, -1)
            tail = await asyncio.to_thread(self._tails.follow, book)
            held.callback(self._tails.leave, tail)
            # What another process has told may be news to this one for a moment.
            head = tail.head if after <= tail.head else await asyncio.to_thread(tail.head_now)
            if after > head:
                raise MomentAhead(at_position=after, head=head)
            sight = Sight(caller.role, caller.party, wanted) if caller.is_party else Sight(wanted=wanted)
            until = None if follow else head
            listening = Listening(tail, sight, after, until, may_listen, leaving, self._reading, self.rhythm)
            return EventStreamResponse(pieces_of(listening), held.pop_all().close)


def listeners_of(house: House, settings: Settings, count: Callable[[int], object]) -> Listeners:
    """Return the streams of one process of a house; count: is told by how many there are more."""
    streams_max, per_caller_max = settings.streams_max, settings.streams_per_caller_max
    return Listeners(house.pool, streams_max=streams_max, per_caller_max=per_caller_max, count=count)

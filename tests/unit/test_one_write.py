"""An answer's head and body go out in one write, in order, and nothing is lost at the end of a connection."""

import asyncio

from api.http.one_write import JOINED_BYTES_MAX, OneWrite


class _Written(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.ended = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.ended:  # as a connection that is gone does
            raise RuntimeError
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"

    def is_closing(self) -> bool:
        return bool(self.ended)

    def pause_reading(self) -> None:
        raise AssertionError

    resume_reading = pause_reading


def _told(*pieces: bytes, end: str = "") -> _Written:
    written = _Written()

    async def say() -> None:
        joined = OneWrite(written, asyncio.get_running_loop())
        for piece in pieces:
            joined.write(piece)
        if end:
            getattr(joined, end)()
        await asyncio.sleep(0)

    asyncio.run(say())
    return written


def test_head_and_body_are_one_write() -> None:
    assert _told(b"head", b"body").writes == [b"headbody"]


def test_head_alone_goes_out_at_the_end_of_the_turn() -> None:
    assert _told(b"head").writes == [b"head"]


def test_long_body_comes_after_its_head() -> None:
    body = b"b" * (JOINED_BYTES_MAX + 1)
    assert _told(b"head", body).writes == [b"head", body]


def test_many_pieces_keep_their_order() -> None:
    assert b"".join(_told(b"1", b"2", b"3", b"4", b"5").writes) == b"12345"


def test_close_writes_what_is_kept_and_abort_does_not() -> None:
    closed, aborted = _told(b"head", end="close"), _told(b"head", end="abort")
    assert (closed.writes, closed.ended) == ([b"head"], "closed")
    assert (aborted.writes, aborted.ended) == ([], "aborted")


def test_what_is_kept_for_a_caller_who_left_is_written_to_nobody() -> None:
    written = _Written()

    async def say_to_nobody() -> None:
        failures: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, told: failures.append(told))
        OneWrite(written, loop).write(b"head")
        written.abort()
        await asyncio.sleep(0)
        assert failures == []

    asyncio.run(say_to_nobody())
    assert written.writes == []

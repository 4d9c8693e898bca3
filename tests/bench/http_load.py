"""Load for an HTTP server: keep-alive clients that place one order after the other, in a process of their own."""

import argparse
import asyncio
import sys
from functools import partial
from itertools import count
from time import perf_counter
from typing import cast

import msgspec
import uvloop

from tests.bench.measurement import Work
from tests.books import place_order

LOOPBACK = "127.0.0.1"


class Client(asyncio.Protocol):
    """One connection: a request, its answer, the next request, until told to stop."""

    def __init__(self, name: str, token: str) -> None:
        self.answered = 0
        self.stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = (_request(f"{name}-{number}", token) for number in count())
        self._received = b""
        self._stopping = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        assert self._transport
        self._received += data
        if not _is_whole(self._received):
            return
        if not self._received.startswith(b"HTTP/1.1 201"):
            self.stopped.set_exception(RuntimeError(self._received.decode()))
            self._transport.close()
            return
        self.answered += 1
        self._received = b""
        if self._stopping:
            self._transport.close()
            self.stopped.set_result(None)
        else:
            self._transport.write(next(self._requests))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.stopped.done():
            self.stopped.set_exception(error or ConnectionResetError())

    def stop(self) -> None:
        """Send nothing after the next answer."""
        self._stopping = True


def main() -> None:
    """Load a server on the loopback address and print what it answered in which time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--name", required=True, help="begins the orders' keys")
    parser.add_argument("--token", default="", help="who places them")
    asked = parser.parse_args()
    work = uvloop.run(
        load(asked.port, clients=asked.clients, seconds=asked.seconds, name=asked.name, token=asked.token)
    )
    sys.stdout.write(msgspec.json.encode(work).decode())


async def load(port: int, *, clients: int, seconds: float, name: str, token: str = "") -> Work:
    """Keep a server busy for a while, after a tenth of it as a warm-up; return what it answered."""
    loop = asyncio.get_running_loop()
    at_work = []
    for number in range(clients):
        _, client = await loop.create_connection(partial(Client, f"{name}-{number}", token), LOOPBACK, port)
        at_work.append(client)
    await asyncio.sleep(seconds / 10)
    before, started = sum(client.answered for client in at_work), perf_counter()
    await asyncio.sleep(seconds)
    answered, elapsed = sum(client.answered for client in at_work) - before, perf_counter() - started
    for client in at_work:
        client.stop()
    await asyncio.gather(*(client.stopped for client in at_work))
    return Work(answered, elapsed)


def _request(order: str, token: str) -> bytes:
    body = _BODY.replace(b"@", order.encode())
    said = (_HEAD, token.encode(), order.encode(), len(body), body)
    return b"%bAuthorization: Bearer %b\r\nIdempotency-Key: %b\r\nContent-Length: %d\r\n\r\n%b" % said


def _is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return False
    lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return len(body) >= int(lengths[0])


_HEAD = b"POST /v1/books/main/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nContent-Type: application/json\r\n"
_BODY = msgspec.json.encode(
    {name: value for name, value in msgspec.to_builtins(place_order("@")).items() if name != "type"}
)

if __name__ == "__main__":
    main()

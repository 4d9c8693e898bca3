"""Load for an HTTP server: keep-alive clients that ask one thing after the other, in a process of their own."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, count, repeat
from time import perf_counter
from typing import cast

import msgspec
import uvloop

from api.http import shapes
from tests.bench.measurement import Work
from tests.books import place_order

LOOPBACK = "127.0.0.1"


class Load(msgspec.Struct, frozen=True):
    """What a server answered in which time, and how long half of the answers and all but a hundredth took at most."""

    done: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def work(self) -> Work:
        return Work(self.done, self.seconds)


class Client(asyncio.Protocol):
    """One connection: a request, its answer, the next request, until told to stop."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.took: list[float] = []
        self.stopped: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._asked_at = 0.0
        self._received = b""
        self._stopping = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._ask(self._transport)

    def data_received(self, data: bytes) -> None:
        assert self._transport
        self._received += data
        if not _is_whole(self._received):
            return
        if not self._received.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            self.stopped.set_exception(RuntimeError(self._received.decode()))
            self._transport.close()
            return
        self.took.append(perf_counter() - self._asked_at)
        self._received = b""
        if self._stopping:
            self._transport.close()
            self.stopped.set_result(None)
        else:
            self._ask(self._transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.stopped.done():
            self.stopped.set_exception(error or ConnectionResetError())

    def stop(self) -> None:
        """Send nothing after the next answer."""
        self._stopping = True

    def _ask(self, transport: asyncio.Transport) -> None:
        request = next(self._requests)
        self._asked_at = perf_counter()
        transport.write(request)


def main() -> None:
    """Load a server on the loopback address and print what it answered in which time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--name", required=True, help="begins the orders' keys")
    parser.add_argument("--token", default="", help="who asks")
    parser.add_argument("--body", default="main", choices=BODIES, help="of orders, in whose words")
    parser.add_argument("--account", default="", help="read its balance, instead of placing orders")
    asked = parser.parse_args()

    def requests(client: int) -> Iterator[bytes]:
        if asked.account:
            return repeat(_reading(asked.account, asked.token))
        body = BODIES[asked.body]
        return (_request(f"{asked.name}-{client}-{number}", asked.token, body) for number in count())

    done = uvloop.run(load(asked.port, requests, clients=asked.clients, seconds=asked.seconds))
    sys.stdout.write(msgspec.json.encode(done).decode())


async def load(port: int, requests: Callable[[int], Iterator[bytes]], *, clients: int, seconds: float) -> Load:
    """Keep a server busy for a while, after a tenth of it as a warm-up; return what it answered."""
    loop = asyncio.get_running_loop()
    at_work = []
    for number in range(clients):
        _, client = await loop.create_connection(partial(Client, requests(number)), LOOPBACK, port)
        at_work.append(client)
    await asyncio.sleep(seconds / 10)
    before, started = [len(client.took) for client in at_work], perf_counter()
    await asyncio.sleep(seconds)
    elapsed = perf_counter() - started
    took = sorted(chain.from_iterable(client.took[start:] for client, start in zip(at_work, before, strict=True)))
    for client in at_work:
        client.stop()
    await asyncio.gather(*(client.stopped for client in at_work))
    p50, p99 = (took[int(len(took) * part)] * 1_000 for part in (0.5, 0.99))
    return Load(len(took), elapsed, round(p50, 2), round(p99, 2))


def _request(order: str, token: str, body: bytes) -> bytes:
    body = body.replace(b"@", order.encode())
    said = (_HEAD, token.encode(), order.encode(), len(body), body)
    return b"%bAuthorization: Bearer %b\r\nIdempotency-Key: %b\r\nContent-Length: %d\r\n\r\n%b" % said


def _reading(account: str, token: str) -> bytes:
    return _READ % (account.encode(), token.encode())


def _is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return False
    lengths = [line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return len(body) >= int(lengths[0])


_HEAD = b"POST /v1/books/main/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nContent-Type: application/json\r\n"
_READ = (
    b"GET /v1/books/main/balances?account=%b HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n"
    b"Authorization: Bearer %b\r\n\r\n"
)


def _bodies() -> dict[str, bytes]:
    command = place_order("@")
    bare = {name: value for name, value in msgspec.to_builtins(command).items() if name != "type"}
    shown = {name: value for name, value in msgspec.to_builtins(shapes.shown(command)).items() if name != "type"}
    return {"main": msgspec.json.encode(shown), "nothing": msgspec.json.encode(bare)}


BODIES = _bodies()
"""An order as the product takes it, and the same as the endpoint that does nothing does."""

if __name__ == "__main__":
    main()

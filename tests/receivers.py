"""A receiver of webhooks for tests: a small HTTP server on loopback that answers as it is told to, and remembers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import msgspec
from cloudevents.core.bindings.http import HTTPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent


class Received(NamedTuple):
    """One request: its headers, lower-case, its body, and what was answered."""

    headers: dict[str, str]
    body: bytes
    answered: int

    @property
    def message(self) -> str:
        return self.headers["webhook-id"]

    @property
    def envelope(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.body)
        return found

    @property
    def position(self) -> int:
        return int(self.envelope["position"])

    def cloud_event(self) -> CloudEvent:
        """Return what it says, as the library of CloudEvents reads and validates it."""
        event = from_structured(HTTPMessage(self.headers, self.body), JSONFormat())
        assert isinstance(event, CloudEvent)
        return event


class Receiver:
    """
    Where webhooks are delivered. answers: statuses for the next requests, 200 after them; headers: of each answer.

    silent: while set, no request is answered.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[int] = []
        self.headers: dict[str, str] = {}
        self.body = b"thanks"
        self.silent = threading.Event()
        self.url = ""

    @property
    def taken(self) -> list[Received]:
        """Return what was answered with success."""
        return [each for each in self.received if each.answered == 200]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Yield a receiver that is up."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            while receiver.silent.is_set():
                receiver.silent.wait(0.01)
                if not stopped.wait(0.01):
                    continue
                return
            status = receiver.answers.pop(0) if receiver.answers else 200
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.received.append(Received(headers, body, status))
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *_: object) -> None:
            pass

    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hook?from=ledger"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        stopped.set()
        receiver.silent.clear()
        server.shutdown()
        thread.join()
        server.server_close()

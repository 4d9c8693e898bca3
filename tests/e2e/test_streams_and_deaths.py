"""
Connections cut at random bytes and processes killed at random moments: whoever listens is told every event once and in
order, and whoever is delivered to gets every one. Real processes; a seed chooses the moments, the soak tries many.
"""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from api.composition import OpenedBook, connected
from ledger.outcomes import Submission
from tests.books import whole_trade
from tests.e2e.test_serve_keeper import free_port, serving, wait_until, worker_of
from tests.event_streams import EventReader, Sent
from tests.receivers import receiving
from tests.tokens import of_this_machine

if TYPE_CHECKING:
    from subprocess import Popen

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes in /proc, which only Linux has")

PATIENCE_SECONDS = 60
LONE_CONNECTION_BYTES = 40_000
"""A connection is cut after so many bytes at most."""


class Served(NamedTuple):
    """A server's processes, where they are asked, and the book behind them, for whoever writes beside them."""

    server: "Popen[bytes]"
    url: str
    headers: dict[str, str]
    book: OpenedBook

    def post(self, path: str, body: Any, key: str) -> httpx.Response:
        return httpx.post(f"{self.url}/{path}", json=body, headers=self.headers | {"idempotency-key": key}, timeout=30)


@pytest.fixture(scope="module")
def served(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    port, home = free_port(), tmp_path_factory.mktemp("home")
    environment = {
        "LEDGER_DATABASE_URL": shared_database,
        "LEDGER_HOME": str(home),
        "LEDGER_WEBHOOK_PRIVATE": "yes",
        "LEDGER_WEBHOOK_SECONDS": "1",
        "LEDGER_LOG_LEVEL": "error",
    }
    with connected(shared_database) as house:
        book = house.book("main")
        book.found()
        with serving(environment, port) as server:
            url = f"http://127.0.0.1:{port}/v1/books/main"
            yield Served(server, url, of_this_machine(home), book)


@contextmanager
def trading(book: OpenedBook, name: str, *, trades: int) -> Iterator[None]:
    """Record trades meanwhile, a little at a time."""

    def trade() -> None:
        for number in range(trades):
            for step, command in enumerate(whole_trade(f"PO-{name}-{number}")):
                said = Submission(
                    command=command,
                    command_id=f"{name}-{number}-{step}",
                    principal="tests",
                    actor="operator:loader",
                    role="operator",
                )
                book.writer.submit(said).result(timeout=PATIENCE_SECONDS)

    loading = threading.Thread(target=trade)
    loading.start()
    try:
        yield
    finally:
        loading.join()


def api_processes(server: int) -> list[int]:
    """Return the processes that answer requests."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            parent = int((entry / "stat").read_text().rsplit(") ", 1)[1].split()[1])
        except OSError:
            continue
        if parent == server and b"multiprocessing" in command and b"spawn_main" in command:
            found.append(int(entry.name))
    return found


class CutListener:
    """Who listens over connections that are cut at random bytes, and comes back with the last id."""

    def __init__(self, served: Served, dice: random.Random) -> None:
        self.told: list[Sent] = []
        self.cuts = 0
        self._served = served
        self._dice = dice
        self._last_id = ""

    @property
    def position(self) -> int:
        return int(self._last_id or 0)

    def listen(self, *, room: int) -> None:
        """Listen until so many bytes came, or until the server ends the connection."""
        reader = EventReader()
        headers = self._served.headers | ({"last-event-id": self._last_id} if self._last_id else {})
        timeout = httpx.Timeout(10, read=2)
        try:
            with httpx.stream("GET", f"{self._served.url}/events/stream", headers=headers, timeout=timeout) as answer:
                assert answer.status_code == 200, answer.read()
                for piece in answer.iter_raw():
                    self._hear(reader, piece[:room])
                    room -= len(piece)
                    if room <= 0:
                        break
        except httpx.TransportError:
            time.sleep(0.05)  # silent, or killed
        self.cuts += 1

    def _hear(self, reader: EventReader, piece: bytes) -> None:
        for sent in reader.feed(piece):
            if sent.event not in {"", "position", "end"}:
                self.told.append(sent)
            self._last_id = reader.last_id or self._last_id

    def random_room(self) -> int:
        return self._dice.randrange(1, LONE_CONNECTION_BYTES)


def check_every_event_came_once_and_in_order(served: Served, *, seed: int, cuts: int, trades: int, kills: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - chooses moments
    listener = CutListener(served, dice)
    deaths = sorted(dice.sample(range(1, cuts), kills))
    with trading(served.book, f"CUT-{seed}", trades=trades):
        while listener.cuts < cuts:
            if deaths and listener.cuts >= deaths[0]:
                deaths.pop(0)
                wait_until(lambda: bool(api_processes(served.server.pid)))
                os.kill(dice.choice(api_processes(served.server.pid)), signal.SIGKILL)
            listener.listen(room=listener.random_room())
    head = served.book.runner.head()
    while listener.position < head:
        listener.listen(room=10 * LONE_CONNECTION_BYTES)
    assert [int(each.id) for each in listener.told] == list(range(1, head + 1))
    assert [json.loads(each.data)["position"] for each in listener.told] == list(range(1, head + 1))
    assert deaths == []


def test_a_listener_cut_off_at_random_is_told_every_event_once_and_in_order(served: Served) -> None:
    check_every_event_came_once_and_in_order(served, seed=1, cuts=15, trades=12, kills=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2, 3])
def test_a_listener_cut_off_a_hundred_times_is_told_every_event_once_and_in_order(served: Served, seed: int) -> None:
    check_every_event_came_once_and_in_order(served, seed=seed, cuts=100, trades=150, kills=8)


@pytest.mark.soak
def test_a_worker_killed_while_it_delivers_loses_nothing(served: Served) -> None:
    with receiving() as receiver:
        before = served.book.runner.head()
        made = served.post("webhooks", {"url": receiver.url, "after": before}, "subscribe-1")
        assert made.status_code == 201, made.text
        again = served.post("webhooks", {"url": receiver.url, "after": before}, "subscribe-1")
        assert (again.status_code, again.json()["secret"]) == (200, "")
        with trading(served.book, "KILLED", trades=6):
            for reached in (10, 40):
                wait_until(lambda: len(receiver.taken) >= reached)  # noqa: B023 - waited for here
                os.kill(worker_of(served.server.pid), signal.SIGKILL)
                wait_until(lambda: worker_of(served.server.pid) != 0)
        head = served.book.runner.head()
        wait_until(lambda: bool(receiver.taken) and receiver.taken[-1].position == head)
    first_seen = list(dict.fromkeys(each.position for each in receiver.taken))
    assert first_seen == list(range(before + 1, head + 1))
    assert len({each.message for each in receiver.taken}) == head - before, "one sent twice has the same id"
    path = f"webhooks/{made.json()['webhook']}"
    shown = httpx.get(f"{served.url}/{path}", headers=served.headers).json()
    assert "secret" not in shown
    assert shown["status"] == "active"


def test_a_server_told_to_end_ends_its_streams_and_says_so(served: Served) -> None:
    """It comes last: the server is gone afterwards."""
    heard: list[Sent] = []
    reader = EventReader()
    with httpx.stream("GET", f"{served.url}/events/stream", headers=served.headers, timeout=30) as answer:
        for piece in answer.iter_raw():
            before = len(heard)
            heard += reader.feed(piece)
            if not before and heard:
                served.server.terminate()
    served.server.wait(PATIENCE_SECONDS)
    assert (heard[-1].event, heard[-1].json["problem"]["code"]) == ("end", "server.leaving")

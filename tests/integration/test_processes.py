"""The processes that answer requests: each has its share of the connections, and one that dies is heard of."""

import os
import signal
import socket
import sys
import threading
import time
from contextlib import ExitStack
from itertools import count

import pytest
from uvicorn import Config

from api.processes import AnsweringProcess, listener_beside

ASKED_SECONDS = 120
PATIENCE_SECONDS = 60


class SilentProcess(AnsweringProcess):
    """One that never says that it is well."""

    def target(self, sockets: object = None) -> None:
        del sockets
        time.sleep(ASKED_SECONDS)


@pytest.fixture
def silent() -> SilentProcess:
    return SilentProcess(Config("api.app:create_app", factory=True, log_config=None), [])


def test_a_process_that_dies_before_it_answered_is_not_waited_for(silent: SilentProcess) -> None:
    silent.start()
    said: list[bool] = []
    asking = threading.Thread(target=lambda: said.append(silent.ping(timeout=ASKED_SECONDS)), daemon=True)
    asking.start()
    assert silent.pid is not None
    os.kill(silent.pid, signal.SIGKILL)
    asking.join(PATIENCE_SECONDS)
    silent.join()
    assert said == [False]


CALLERS = 64
TAKEN_MIN = 10
"""Of 64 that are spread by chance; that one of two gets fewer happens less than once in a hundred million times."""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system spreads no connections: processes share")
def test_connections_are_spread_over_listeners_and_those_that_ended_get_none() -> None:
    with socket.socket() as bound, ExitStack() as stack:
        bound.bind(("127.0.0.1", 0))
        listeners = [listener_beside(bound) for _ in range(2)]
        for listener in listeners:
            stack.enter_context(listener).listen(CALLERS)
            listener.setblocking(False)  # noqa: FBT003 - the standard library's own

        for _ in range(CALLERS):
            stack.enter_context(socket.create_connection(bound.getsockname()))
        taken = [taken_by(listener) for listener in listeners]
        assert sum(taken) == CALLERS
        assert min(taken) >= TAKEN_MIN

        listeners[0].close()
        for _ in range(CALLERS):
            stack.enter_context(socket.create_connection(bound.getsockname()))
        assert taken_by(listeners[1]) == CALLERS


def taken_by(listener: socket.socket) -> int:
    """Take all connections that wait at a listener; return how many these were."""
    for taken in count():
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return taken
    raise AssertionError

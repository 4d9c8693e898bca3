"""The processes that answer requests: one that dies is heard of, whatever its supervisor was waiting for."""

import os
import signal
import threading
import time

import pytest
from uvicorn import Config

from api.processes import MournedProcess

ASKED_SECONDS = 120
PATIENCE_SECONDS = 60


class SilentProcess(MournedProcess):
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

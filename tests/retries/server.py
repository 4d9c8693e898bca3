"""The server's own processes, which a test kills and starts again."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Self

PATIENCE_SECONDS = 240


class Server:
    """`trade-ledger serve` with two workers, on one port for all its lives."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.port = _free_port()
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(PATIENCE_SECONDS)

    def start(self) -> None:
        """Start it; whoever asks it something waits until it answers."""
        program = Path(sys.executable).parent / "trade-ledger"
        command = [str(program), "serve", "--workers", "2", "--port", str(self.port)]
        self._process = subprocess.Popen(command, env=self._environment, stdout=subprocess.DEVNULL)

    def kill_worker(self) -> bool:
        """Kill the first of the processes that answer requests; return whether there was one."""
        for worker in self._children("spawn_main")[:1]:
            _kill(worker)
            return True
        return False

    def kill(self) -> None:
        """Kill all that the server is, at once, and start it again."""
        assert self._process
        for child in (self._process.pid, *self._children("")):
            _kill(child)
        self._process.wait(PATIENCE_SECONDS)
        self.start()

    def _children(self, named: str) -> list[int]:
        assert self._process
        parent, found = self._process.pid, []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, IndexError):
                status = (entry / "stat").read_text().rsplit(") ", 1)[1].split()
                if int(status[1]) == parent and named in (entry / "cmdline").read_text() and status[0] != "Z":
                    found.append(int(entry.name))
        return found


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

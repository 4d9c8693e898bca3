"""The processes that answer requests, as their supervisor sees them."""

import socket
import sys
from collections.abc import Sequence

from uvicorn.config import Config
from uvicorn.supervisors import multiprocess


class AnsweringProcess(multiprocess.Process):
    """
    A process with listeners of its own, whose death its supervisor hears of at once.

    The server's own processes share a listener, and whichever wakes first takes the connection: of 32 clients that
    come one after the other one process gets 31, and as they stay, it answers alone. Among listeners of one address
    Linux spreads connections evenly; elsewhere the last process to listen would get them all, so there they share.

    The server's own processes also keep both ends of the pipe to their supervisor, so that it never ends: one that is
    killed before it answered is waited for as long as one that is busy, and meanwhile no process is started again.
    """

    def __init__(self, config: Config, sockets: Sequence[socket.socket]) -> None:
        self._listeners = [listener_beside(each) for each in sockets] if sys.platform == "linux" else []
        super().__init__(config, self._listeners or list(sockets))

    def start(self) -> None:
        """Start, and leave the process's end of the pipe and its listeners to the process: with it they end."""
        super().start()
        self.child_conn.close()
        for listener in self._listeners:
            listener.close()


def listener_beside(bound: socket.socket) -> socket.socket:
    """Return another socket of the same address, which gets its share of the connections once it listens."""
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    beside = socket.socket(bound.family, bound.type)
    beside.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    beside.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    beside.bind(bound.getsockname())
    beside.set_inheritable(True)
    return beside


def supervise_answering_processes() -> None:
    """Let the server's supervisor start such processes."""
    multiprocess.Process = AnsweringProcess  # type: ignore[misc]

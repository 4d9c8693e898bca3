"""The server: API worker processes on one address, and the worker that keeps their read side up."""

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import psycopg
import structlog

from api.composition import utc_now
from api.leaving import LEAVE_SECONDS_MAX
from api.observing.exposition import expose, forget_dead, kept_together
from api.observing.logs import configure_logs
from api.running import run_folder
from api.settings import Settings
from domain.errors import Unavailable

CHECK_SECONDS = 2
SILENT_CHECKS_MAX = 3
ANSWER_SECONDS_MAX = 30
"""So long may answers take that were begun when serving was told to end."""
SILENT_SECONDS_MAX = 60
"""A process that says nothing for so long is replaced; on a busy machine starting one takes some seconds."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")

_log = structlog.get_logger(__name__)


@dataclass(eq=False, kw_only=True)
class AddressNotFree(Unavailable):
    """The server can't listen there; another port may be free."""

    code: ClassVar[str] = "server.address_not_free"
    retryable: ClassVar[bool] = False
    host: str
    port: int
    problem: str


def require_free(host: str, port: int) -> None:
    """
    Check that an address can be listened on, before anything is done for it.

    Raises: AddressNotFree.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressNotFree(host=host, port=port, problem=error.strerror or str(error)) from None


def serve(dsn: str, *, host: str, port: int, workers: int, settings: Settings) -> None:
    """
    Serve the books of a migrated database until interrupted, or until the database is gone for good; what was accepted
    is finished first.

    Raises: AddressNotFree, of the listener for metrics.
    """
    import uvicorn  # noqa: PLC0415 - other verbs start without a server

    from api.limits.head import BoundedHead  # noqa: PLC0415 - likewise
    from api.processes import supervise_answering_processes  # noqa: PLC0415 - likewise

    configure_logs(level=settings.log_level, log_format=settings.log_format)
    supervise_answering_processes()
    os.environ["LEDGER_DATABASE_URL"] = dsn
    with run_folder() as folder, _metrics(folder / "metrics", dsn, settings):
        keeper = _Keeper(dsn, folder)
        try:
            uvicorn.run(
                "api.app:create_app",
                factory=True,
                host=host,
                port=port,
                workers=workers,
                log_config=None,
                log_level="warning",
                access_log=False,
                http=BoundedHead,
                ws="none",
                server_header=False,
                timeout_graceful_shutdown=ANSWER_SECONDS_MAX,
                timeout_worker_healthcheck=SILENT_SECONDS_MAX,
            )
        finally:
            keeper.stop()


@contextmanager
def _metrics(folder: Path, dsn: str, settings: Settings) -> Iterator[None]:
    """Answer Prometheus while serving, where a port is said."""
    if settings.metrics_port is None:
        yield
        return
    require_free(settings.metrics_host, settings.metrics_port)
    with kept_together(folder):
        stop = expose(folder, dsn, host=settings.metrics_host, port=settings.metrics_port, now=utc_now)
        try:
            yield
        finally:
            stop()


def leave_with_parent() -> None:
    """End this worker process, gracefully, when the server that started it is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlast, args=(parent,), name="parent-watch", daemon=True).start()


def _outlast(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


class _Keeper:
    """Keeps what `serve` stands on: a worker that died is started again; without a database, serving ends by itself."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self._dsn = dsn
        self._metrics = folder / "metrics"
        self._stopped = threading.Event()
        self._worker = _start_worker()
        self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the worker finish and end."""
        self._stopped.set()
        self._thread.join()
        _end_worker(self._worker)

    def _watch(self) -> None:
        silent = 0
        while not self._stopped.wait(CHECK_SECONDS):
            if self._worker.poll() is not None:
                _log.error("worker died", exit_status=self._worker.returncode)
                self._worker = _start_worker()
            forget_dead(self._metrics)
            silent = 0 if _answers(self._dsn) else silent + 1
            if silent == SILENT_CHECKS_MAX:
                _log.error("database is gone, serving ends", checks=silent)
                os.kill(os.getpid(), signal.SIGTERM)
                return


def _start_worker() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "api.worker"], stdin=subprocess.PIPE)


def _end_worker(worker: "subprocess.Popen[bytes]") -> None:
    if worker.stdin:
        worker.stdin.close()
    try:
        worker.wait(LEAVE_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        _log.error("worker didn't end", seconds=LEAVE_SECONDS_MAX)
        worker.kill()
        worker.wait()


def _answers(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True

"""A PostgreSQL server of our own, as long as somebody uses it: no installation, no TCP port, no password."""

import atexit
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import quote

import psycopg
import structlog
from psycopg import sql

from domain.errors import Unavailable
from ledger.file_lock import FileLock
from ledger.postgres_binaries import Binaries, binaries_in_reach, find_binaries
from ledger.postgres_cluster import SUPERUSER, clear_leftovers, ensure_cluster, interrupt_server, write_access_rules
from ledger.postgres_place import PORT, Place, server_account, settle
from ledger.postgres_process import last_words, require_main_thread, shut_down, spawn, with_defaults

__all__ = ["DATABASE", "EmbeddedPostgres", "ServerDied", "ServerSilent", "find_binaries"]

DATABASE = "ledger"

PAUSE_SECONDS = 0.05

log = structlog.get_logger()


@dataclass(eq=False, kw_only=True)
class ServerDied(Unavailable):
    """The server ended while starting."""

    code: ClassVar[str] = "postgres.died"
    exit_status: int
    log: Path
    reason: str


@dataclass(eq=False, kw_only=True)
class ServerSilent(Unavailable):
    """No server answered in time; recovery after a crash may take minutes."""

    code: ClassVar[str] = "postgres.silent"
    waited_seconds: float
    log: Path
    reason: str


class EmbeddedPostgres:
    """
    One process owns the server of a home, any other attaches to it.

    The owner stops the server when it leaves, after waiting up to `attached_wait_seconds` for those attached. If the
    owner is killed, the server stops with it (on macOS: at the next start) and connections break: call `start` again,
    and one of the attached becomes the owner.

    home: made if missing. If root's server account can't reach it, the cluster lives elsewhere: see `place`.
    binaries: a PostgreSQL `bin` directory; otherwise as `find_binaries` says.
    run_as: the server's account if we are root; otherwise without meaning.
    settings: PostgreSQL's, over `postgres_process.SETTINGS`; what is fixed there is refused.
    start_timeout_seconds: bounds a whole start; replaying 2 GB of log took 64 s.
    """

    def __init__(
        self,
        home: Path,
        *,
        binaries: Path | None = None,
        run_as: str | None = None,
        settings: Mapping[str, str] | None = None,
        start_timeout_seconds: float = 300,
        attached_wait_seconds: float = 60,
    ) -> None:
        self._home = home
        self._binaries = binaries
        self._run_as = run_as
        self._settings = with_defaults(settings or {})
        self._start_timeout_seconds = start_timeout_seconds
        self._attached_wait_seconds = attached_wait_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._refusal = "another process is starting or stopping it"

    @cached_property
    def place(self) -> Place:
        """Where the cluster lives; made at first use."""
        place = settle(self._home, server_account(self._run_as))
        if place.elsewhere:
            log.warning("postgres.cluster_elsewhere", home=str(self._home), lives_in=str(place.folder))
        return place

    @property
    def owns(self) -> bool:
        """Whether this process started the server and will stop it."""
        return self._owner_lock.held

    def start(self) -> str:
        """
        Start the server or attach to the one running, and return the DSN of the database `ledger`.

        Calling again is safe, and the way back after a broken connection.
        Raises, in this order: the directories' errors (`postgres_place`), NotMainThread, the binaries', the cluster's,
        ServerDied, ServerSilent.
        """
        deadline = time.monotonic() + self._start_timeout_seconds
        while self._serving and not self._answers(DATABASE):
            self._pause(deadline)
        if not self._serving:
            self._owner_lock.release()
            while not (self._own(deadline) or self._attach()):
                self._pause(deadline)
            log.info("postgres.ready", folder=str(self.place.folder), owner=self.owns)
        return self.dsn()

    def dsn(self, database: str | None = None) -> str:
        """Return the URL of one database; several processes and many connections may use it."""
        return f"postgresql://{SUPERUSER}@/{database or DATABASE}?host={quote(str(self.place.sockets))}&port={PORT}"

    def stop(self) -> None:
        """Leave: the owner waits for those attached, then shuts the server down; the others only let go."""
        try:
            if self._serving:
                self._await_attached()
        finally:
            self._halt()
            self._let_go()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @cached_property
    def _owner_lock(self) -> FileLock:
        return FileLock(self.place.folder / "owner.lock")

    @cached_property
    def _attached_lock(self) -> FileLock:
        """Shared by those attached; exclusive while the owner stops, so that nobody attaches to a leaving server."""
        return FileLock(self.place.folder / "attached.lock")

    @cached_property
    def _server_lock(self) -> FileLock:
        """Lent to the server: free means that none of its processes lives, whatever postmaster.pid says."""
        return FileLock(self.place.folder / "server.lock")

    @property
    def _log(self) -> Path:
        return self.place.folder / "postgres.log"

    @property
    def _serving(self) -> bool:
        return self._owner_lock.held and self._process is not None and self._process.poll() is None

    def _own(self, deadline: float) -> bool:
        if not self._owner_lock.take():
            return False
        self._attached_lock.release()
        try:
            self._launch(deadline)
        except BaseException:
            self._halt()
            self._let_go()
            raise
        return True

    def _attach(self) -> bool:
        if not (self._attached_lock.held or self._attached_lock.take(shared=True)):
            return False
        if self._answers(DATABASE):
            return True
        self._attached_lock.release()
        return False

    def _launch(self, deadline: float) -> None:
        require_main_thread()
        binaries = binaries_in_reach(self._binaries, self.place)
        self._outlast_previous(deadline)
        ensure_cluster(self.place, binaries)
        self._process = self._spawn(binaries)
        self._server_lock.release()
        atexit.register(self.stop)
        self._await_answer(deadline)
        self._ensure_database()

    def _outlast_previous(self, deadline: float) -> None:
        """A killed owner's server may still be shutting down, or on macOS serving."""
        while not self._server_lock.take():
            interrupt_server(self.place)
            self._pause(deadline)
        clear_leftovers(self.place)

    def _spawn(self, binaries: Binaries) -> subprocess.Popen[bytes]:
        settings = self._settings | write_access_rules(self.place)
        with self._server_lock.lent() as lock:
            return spawn(self.place, binaries, settings, log=self._log, lock=lock)

    def _await_answer(self, deadline: float) -> None:
        while not self._answers("postgres"):
            if self._process is not None and self._process.poll() is not None:
                raise ServerDied(exit_status=self._process.returncode, log=self._log, reason=last_words(self._log))
            self._pause(deadline)

    def _answers(self, database: str) -> bool:
        try:
            psycopg.connect(self.dsn(database), connect_timeout=5).close()
        except psycopg.OperationalError as refusal:
            self._refusal = " ".join(str(refusal).split())
            return False
        return True

    def _ensure_database(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _pause(self, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise ServerSilent(waited_seconds=self._start_timeout_seconds, log=self._log, reason=self._refusal)
        time.sleep(PAUSE_SECONDS)

    def _await_attached(self) -> None:
        deadline = time.monotonic() + self._attached_wait_seconds
        while not self._attached_lock.take():
            if time.monotonic() > deadline:
                log.warning("postgres.stopped_under_attached", waited_seconds=self._attached_wait_seconds)
                return
            time.sleep(PAUSE_SECONDS)

    def _halt(self) -> None:
        if self._process is not None and self._serving:
            shut_down(self._process)

    def _let_go(self) -> None:
        atexit.unregister(self.stop)
        for lock in (self._server_lock, self._owner_lock, self._attached_lock):
            lock.release()

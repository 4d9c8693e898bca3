"""The server's process: which settings it runs with, how it starts and how it ends."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from domain.errors import Malformed
from ledger.postgres_binaries import Binaries
from ledger.postgres_place import PORT, Place, SetupFault

SETTINGS = {
    "wal_level": "replica",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "password_encryption": "scram-sha-256",
}

FIXED = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
}
"""What makes an acknowledged write durable, and the server found only where we look."""

PLACED = ("data_directory", "hba_file", "ident_file", "unix_socket_directories")
"""Settings that follow from the cluster's place."""

FAST_SHUTDOWN_SECONDS = 60
IMMEDIATE_SHUTDOWN_SECONDS = 10


@dataclass(eq=False, kw_only=True)
class FixedSetting(Malformed):
    """Durability and privacy aren't preferences."""

    code: ClassVar[str] = "postgres.fixed_setting"
    names: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class NotMainThread(SetupFault):
    """Linux would stop the server as soon as the thread that started it ends."""

    code: ClassVar[str] = "postgres.not_main_thread"
    hint: ClassVar[str] = "start the server in the main thread, and hand its DSN to the others"
    thread: str


def with_defaults(settings: Mapping[str, str]) -> dict[str, str]:
    """
    Lay settings over `SETTINGS`.

    Raises: FixedSetting.
    """
    # As PostgreSQL reads names on its command line.
    plain = {name.lower().replace("-", "_"): value for name, value in settings.items()}
    refused = tuple(sorted(plain.keys() & {*FIXED, *PLACED}))
    if refused:
        raise FixedSetting(names=refused)
    return {**SETTINGS, **plain}


def require_main_thread() -> None:
    """Refuse to start the server where it wouldn't last."""
    thread = threading.current_thread()
    if thread is not threading.main_thread():
        raise NotMainThread(thread=thread.name)


def spawn(
    place: Place, binaries: Binaries, settings: Mapping[str, str], *, log: Path, lock: int
) -> subprocess.Popen[bytes]:
    """
    Start the server, which on Linux shuts down when the calling thread ends.

    lock: descriptor of a file lock that all the server's processes inherit.
    """
    command = [str(binaries.folder / "postgres"), "-D", str(place.data)]
    # Of one name given twice the last counts: what is fixed comes last.
    for name, value in [*settings.items(), *FIXED.items(), ("unix_socket_directories", place.sockets)]:
        command += ["-c", f"{name}={value}"]
    # The log quotes statements, and the folder may be entered by others.
    with open(log, "ab", opener=partial(os.open, mode=0o600)) as output:
        return subprocess.Popen(  # noqa: S603 - a list, no shell, PostgreSQL's own program
            command,
            stdout=output,
            stderr=output,
            pass_fds=(lock,),
            start_new_session=True,  # the terminal's Ctrl-C is for us: the server stops after its clients
            preexec_fn=_die_with_parent(),  # noqa: PLW1509 - two system calls, nothing that could meet a held lock
            **place.account.process_options(),
        )


def shut_down(process: subprocess.Popen[bytes]) -> None:
    """Shut the server down: fast, with a checkpoint; else at once, leaving recovery to the next start."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(FAST_SHUTDOWN_SECONDS)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGQUIT)
        process.wait(IMMEDIATE_SHUTDOWN_SECONDS)


def last_words(log: Path) -> str:
    """Return the log's line that says why the server ended."""
    lines = log.read_text(errors="replace").splitlines()
    fatal = [line for line in lines if "FATAL" in line or "PANIC" in line]
    return (fatal or lines or [""])[-1]


def _die_with_parent() -> Callable[[], None] | None:
    """Return what a child calls so that Linux sends it SIGINT, PostgreSQL's fast shutdown, when its parent dies."""
    if sys.platform != "linux":
        return None
    prctl, pr_set_pdeathsig, parent = ctypes.CDLL(None).prctl, 1, os.getpid()

    def bind_to_parent() -> None:
        prctl(pr_set_pdeathsig, signal.SIGINT)
        if os.getppid() != parent:
            os._exit(1)

    return bind_to_parent

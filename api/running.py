"""
Running is what the processes of one server share while it lasts: a folder of their own, gone when it ends.

The worker holds a lock in it for as long as it lives, so that whoever answers can tell, without a clock, whether the
worker is there.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from ledger.file_lock import FileLock

FOLDER = "LEDGER_RUN_FOLDER"
"""Where a server tells its own processes, and nobody else, where the folder is."""

_LOCK = "worker.lock"
_PAUSE_SECONDS = 0.01


@contextmanager
def run_folder() -> Iterator[Path]:
    """Make the folder of a server that starts."""
    with TemporaryDirectory(prefix="ledger-run-", ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER] = folder
        try:
            yield Path(folder)
        finally:
            del os.environ[FOLDER]


def find_run_folder() -> Path | None:
    """Return the folder of the server that this process is one of, nothing where it stands alone."""
    folder = os.environ.get(FOLDER)
    return Path(folder) if folder else None


@contextmanager
def worker_present(folder: Path | None) -> Iterator[None]:
    """Show, until this process ends, however it does, that the worker is there."""
    if folder is None:
        yield
        return
    lock, pause = FileLock(folder / _LOCK), Event()
    while not lock.take():  # whoever asks whether it is held holds it for a moment
        pause.wait(_PAUSE_SECONDS)
    try:
        yield
    finally:
        lock.release()


def is_worker_present(folder: Path) -> bool:
    """Return whether a worker lives."""
    lock = FileLock(folder / _LOCK)
    taken = lock.take(shared=True)
    lock.release()
    return not taken

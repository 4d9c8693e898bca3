"""A lock on a file: it ends with the process that holds it, however that process ends."""

import fcntl
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_held: "weakref.WeakSet[FileLock]" = weakref.WeakSet()


class FileLock:
    """One process's claim on `path`; a child made by `os.fork` doesn't share it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this process has the lock."""
        return self._descriptor is not None

    def take(self, *, shared: bool = False) -> bool:
        """Take the lock if nobody is in the way, and return whether it was taken; never wait."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self.release()
        self._descriptor = descriptor
        _held.add(self)
        return True

    def release(self) -> None:
        """Give up this process's claim; a borrower's claim goes on."""
        if self._descriptor is not None:
            # Closed, never LOCK_UN: unlocking would take it from a borrower too.
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def lent(self) -> Iterator[int]:
        """Yield a descriptor to pass to a child process: the lock then lasts as long as it and its own children."""
        if self._descriptor is None:
            raise BlockingIOError(self._path)
        descriptor = os.dup(self._descriptor)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def _release_in_child() -> None:
    for lock in list(_held):
        lock.release()


os.register_at_fork(after_in_child=_release_in_child)

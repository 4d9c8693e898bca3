"""The processes that answer requests, as their supervisor sees them."""

from uvicorn.supervisors import multiprocess


class MournedProcess(multiprocess.Process):
    """
    A process whose death its supervisor hears of at once, also while it waits to be told that the process is well.

    The server's own keeps both ends of the pipe between them, so that it never ends: one that is killed before it
    answered is waited for as long as one that is busy, and meanwhile no process is started again.
    """

    def start(self) -> None:
        """Start, and leave the process's end of the pipe to the process."""
        super().start()
        self.child_conn.close()


def mourn_processes() -> None:
    """Let the server's supervisor start such processes."""
    multiprocess.Process = MournedProcess  # type: ignore[misc]

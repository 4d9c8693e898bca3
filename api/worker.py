"""The worker keeps the read side up with the log, in a process of its own, until its parent is gone or says stop."""

import os
import sys
import threading

from api.composition import connected
from api.settings import Settings
from projections.runner import follow


def main() -> None:
    """Follow every book of the database that the environment names; end when standard input does."""
    settings = Settings.from_environment()
    stop = threading.Event()
    with connected(settings.database_url or "", through_pgbouncer=settings.through_pgbouncer) as house:
        threading.Thread(target=_until_parent_leaves, args=(stop,), daemon=True).start()
        follow(house.pool, stop)


def _until_parent_leaves(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()


if __name__ == "__main__":
    main()

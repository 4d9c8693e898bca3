"""
The worker keeps the read side up with the log, the clocks going and the erasable values swept, in a process of its own,
until its parent is gone or says stop.
"""

import os
import sys
import threading

from api import clockwork, sweeping
from api.composition import connected, utc_now
from api.settings import Settings
from projections.runner import follow


def main() -> None:
    """Follow every book of the database that the environment names; end when standard input does."""
    settings = Settings.from_environment()
    stop = threading.Event()
    with connected(settings.database_url or "", through_pgbouncer=settings.through_pgbouncer) as house:
        threading.Thread(target=_until_parent_leaves, args=(stop,), daemon=True).start()
        clocks = threading.Thread(target=clockwork.run, args=(house, utc_now, stop), name="clockwork")
        sweeper = threading.Thread(target=sweeping.run, args=(house, stop), name="sweeper")
        clocks.start()
        sweeper.start()
        follow(house.pool, stop)
        clocks.join()
        sweeper.join()


def _until_parent_leaves(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()


if __name__ == "__main__":
    main()

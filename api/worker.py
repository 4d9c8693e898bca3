"""
The worker keeps the read side up with the log, the log signed, cosigned and stamped, the clocks going and the erasable
values swept, in a process of its own, until its parent is gone or says stop.
"""

import os
import sys
import threading

from api import clockwork, cosigning, log_keeping, sweeping, time_stamping
from api.composition import connected, utc_now
from api.settings import Settings
from projections.runner import follow


def main() -> None:
    """Follow every book of the database that the environment names; end when standard input does."""
    settings = Settings.from_environment()
    url = settings.database_url or ""
    stop = threading.Event()
    with connected(url, through_pgbouncer=settings.through_pgbouncer, keys=settings.keys) as house:
        threading.Thread(target=_until_parent_leaves, args=(stop,), daemon=True).start()
        keeping = (
            threading.Thread(target=clockwork.run, args=(house, utc_now, stop), name="clockwork"),
            threading.Thread(target=sweeping.run, args=(house, stop), name="sweeper"),
            threading.Thread(target=log_keeping.run, args=(house, stop), name="signer"),
            threading.Thread(target=cosigning.run, args=(house, settings, utc_now, stop), name="cosigner"),
            threading.Thread(target=time_stamping.run, args=(house, settings, utc_now, stop), name="stamper"),
        )
        for each in keeping:
            each.start()
        follow(house.pool, stop)
        for each in keeping:
            each.join()


def _until_parent_leaves(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()


if __name__ == "__main__":
    main()

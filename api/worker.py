"""
The worker keeps the read side up with the log, the log signed, cosigned and stamped, the clocks going and the erasable
values swept, in a process of its own, until its parent is gone or says stop.
"""

import os
import sys
import threading
from collections.abc import Callable

import structlog

from api import clockwork, cosigning, log_keeping, sweeping, time_stamping
from api.composition import House, World, connected, utc_now
from api.observing.logs import configure_logs
from api.observing.metrics import count_batch, count_delivery
from api.observing.traces import Traces, traces_of
from api.running import find_run_folder, worker_present
from api.settings import Settings
from api.webhooks import worker as webhooks
from projections.runner import follow

_log = structlog.get_logger(__name__)


class Keeping:
    """
    What a worker does side by side, a thread each. Where one fails in a way that nobody foresaw, the worker ends, so
    that it is started anew.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._threads: list[threading.Thread] = []
        self.has_failed = False

    def add(self, name: str, run: Callable[..., None], *given: object) -> None:
        """Begin something that goes on until told to stop."""
        thread = threading.Thread(target=self._run, args=(name, run, given), name=name)
        self._threads.append(thread)
        thread.start()

    def join(self) -> None:
        """Wait until all of it has stopped."""
        for thread in self._threads:
            thread.join()

    def _run(self, name: str, run: Callable[..., None], given: tuple[object, ...]) -> None:
        try:
            run(*given)
        except Exception:  # noqa: BLE001 - whatever failed, the process says so and is started anew
            _log.exception("worker fails", part=name)
            self.has_failed = True
            self._stop.set()


def main() -> int:
    """Follow every book of the database that the environment names; end when standard input does."""
    settings = Settings.from_environment()
    configure_logs(level=settings.log_level, log_format=settings.log_format)
    traces = traces_of(asked=settings.traces, process="worker")
    url = settings.database_url or ""
    world = World(watch=traces.watching(count_batch))
    with (
        worker_present(find_run_folder()),
        connected(url, through_pgbouncer=settings.through_pgbouncer, keys=settings.keys, world=world) as house,
    ):
        has_failed = _keep(house, settings, traces)
    traces.close()
    return int(has_failed)


def _keep(house: House, settings: Settings, traces: Traces) -> bool:
    """Keep everything until told to stop; return whether a part of it failed."""
    stop = threading.Event()
    threading.Thread(target=_until_parent_leaves, args=(stop,), daemon=True).start()
    keeping = Keeping(stop)
    keeping.add("clockwork", clockwork.run, house, utc_now, stop)
    keeping.add("sweeper", sweeping.run, house, stop)
    keeping.add("signer", log_keeping.run, house, stop)
    keeping.add("cosigner", cosigning.run, house, settings, utc_now, stop)
    keeping.add("webhooks", webhooks.run, house, settings, stop, count_delivery)
    keeping.add("stamper", time_stamping.run, house, settings, utc_now, stop)
    follow(house.pool, stop, traced=lambda book: traces.span("project", book=book))
    keeping.join()
    return keeping.has_failed


def _until_parent_leaves(stop: threading.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())

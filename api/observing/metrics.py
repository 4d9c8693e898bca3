"""
Metrics count what this process does; those of all processes of a server are told together.

Importing this fixes where the values are kept: in the folder that PROMETHEUS_MULTIPROC_DIR names, where other processes
read them, or in this process alone. No label is taken from what a caller says.
"""

from collections import Counter as Count

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from domain.errors import LedgerError
from ledger.outcomes import Rejected
from ledger.writer import BatchDone

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_COMMANDS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000)
_DEFECT = "internal.error"
UNKNOWN = "unknown"
"""The route of a path that is none: one label for all of them."""

REGISTRY = CollectorRegistry()

COMMANDS_ACCEPTED = Counter("ledger_commands_accepted", "Commands recorded with events.", registry=REGISTRY)
COMMANDS_REPEATED = Counter(
    "ledger_commands_repeated", "Commands that had been recorded before, answered again.", registry=REGISTRY
)
COMMANDS_REFUSED = Counter(
    "ledger_commands_refused", "Commands that came to nothing, by the code of why.", ["code"], registry=REGISTRY
)
BATCH_COMMANDS = Histogram(
    "ledger_batch_commands", "Commands in one durable append.", buckets=_COMMANDS, registry=REGISTRY
)
APPEND_SECONDS = Histogram(
    "ledger_append_seconds", "Seconds to decide and append one batch.", buckets=_SECONDS, registry=REGISTRY
)
BATCHES_FAILED = Counter(
    "ledger_batches_failed", "Batches of which nothing is known to be recorded.", registry=REGISTRY
)
QUEUE_COMMANDS = Gauge(
    "ledger_queue_commands",
    "Commands that waited when a batch was done.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
REQUEST_SECONDS = Histogram(
    "ledger_http_request_seconds",
    "Seconds to answer, by route and status.",
    ["route", "status"],
    buckets=_SECONDS,
    registry=REGISTRY,
)
PROBLEMS = Counter("ledger_http_problems", "Problems answered, by code.", ["code"], registry=REGISTRY)
STREAMS_OPEN = Gauge("ledger_streams_open", "Streams of events open.", registry=REGISTRY, multiprocess_mode="livesum")
WEBHOOK_DELIVERIES = Counter(
    "ledger_webhook_deliveries", "Attempts to deliver to webhooks, by outcome.", ["outcome"], registry=REGISTRY
)


class Requests:
    """What counts answered requests: a histogram a route and status, looked up once each."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, int], Histogram] = {}

    def count(self, route: str, status: int, seconds: float, code: str) -> None:
        """Count a request by the name of its route, and the code of its problem where it had one."""
        found = self._seconds.get((route, status))
        if found is None:
            found = self._seconds[route, status] = REQUEST_SECONDS.labels(route, str(status))
        found.observe(seconds)
        if code:
            PROBLEMS.labels(code).inc()


def count_batch(batch: BatchDone) -> None:
    """Count a batch that a writer is done with."""
    BATCH_COMMANDS.observe(len(batch.answers))
    APPEND_SECONDS.observe(batch.took_seconds)
    QUEUE_COMMANDS.set(batch.queued)
    if batch.failed:
        BATCHES_FAILED.inc()
    accepted = repeated = 0
    refused: Count[str] = Count()
    for answer in batch.answers:
        if isinstance(answer, Rejected):
            refused[answer.code] += 1
        elif isinstance(answer, Exception):
            refused[answer.code if isinstance(answer, LedgerError) else _DEFECT] += 1
        elif answer.repeated:
            repeated += 1
        else:
            accepted += 1
    COMMANDS_ACCEPTED.inc(accepted)
    if repeated:
        COMMANDS_REPEATED.inc(repeated)
    for code, count in refused.items():
        COMMANDS_REFUSED.labels(code).inc(count)


def count_delivery(outcome: str) -> None:
    """Count an attempt to deliver to a webhook."""
    WEBHOOK_DELIVERIES.labels(outcome).inc()

"""Traps of the database driver, each with a test that would fail, or wait for ever, if we fell into it."""

import pytest
from eventsourcing.persistence import StoredEvent

from ledger.pool import open_pool
from ledger.store import BookRecorder


@pytest.mark.timeout(60)
@pytest.mark.parametrize("event_bytes", [200, 4_000, 60_000])
def test_a_batch_larger_than_a_sockets_buffer_is_committed(database: str, event_bytes: int) -> None:
    """Inside a pipeline psycopg's `commit` waits for an answer to what it hasn't wholly sent."""
    events = [
        StoredEvent(f"order:PO-{number}", 1, "order.accepted", bytes(event_bytes))
        for number in range(6_000_000 // event_bytes)
    ]
    with open_pool(database, connections_max=1) as pool:
        recorder = BookRecorder(pool, "main")
        with recorder.batch() as batch:
            recorder.insert_events(events, batch=batch)
            batch.commit(batch.head.last_recorded_at)
        assert recorder.max_notification_id() == len(events)

"""
Memory stays where it is: the processes of a server under load for ten minutes, orders and balances by turns.

LEDGER_SOAK_SECONDS says for how long instead.
"""

import os
import statistics
import threading
from pathlib import Path

import httpx
import pytest

from tests.e2e.test_operation import Server, order, serving

CLIENTS = 8
SECONDS = float(os.environ.get("LEDGER_SOAK_SECONDS", "600"))
SAMPLES = 60
GROWTH_MAX = 1.15
"""Of the last fifth of the samples over the second fifth: by then every cache of the load is full or grows for ever."""

ALLOWED_BYTES = 48 * 1024 * 1024
"""Aggregates that are kept to decide on, up to a bound that ten minutes don't reach, are no leak."""


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads the size of processes from /proc, which only Linux has")
def test_memory_is_steady_under_load(database: str, tmp_path: Path) -> None:
    with serving(database, tmp_path, LEDGER_LOG_LEVEL="warning") as server:
        stop = threading.Event()
        clients = [threading.Thread(target=_load, args=(server, number, stop)) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        samples: list[dict[int, int]] = []
        while len(samples) < SAMPLES and not stop.wait(SECONDS / SAMPLES):
            samples.append(_resident_bytes(server.process.pid))
        stop.set()
        for client in clients:
            client.join()
    assert len(samples) == SAMPLES
    assert all(each.keys() == samples[-1].keys() for each in samples), "no process was replaced"
    for process in samples[-1]:
        early = statistics.median(each[process] for each in samples[SAMPLES // 5 : 2 * SAMPLES // 5])
        late = statistics.median(each[process] for each in samples[-SAMPLES // 5 :])
        assert late <= max(early * GROWTH_MAX, early + ALLOWED_BYTES), (process, early, late)


def _load(server: Server, number: int, stop: threading.Event) -> None:
    with httpx.Client(base_url=server.url, headers=server.headers, timeout=60) as client:
        turn = 0
        while not stop.is_set():
            key = f"PO-{number}-{turn}"
            placed = client.post("/v1/books/main/orders", json=order(key), headers={"idempotency-key": key})
            read = client.get("/v1/books/main/balances", params={"account": f"hold:{key}"})
            refused = client.post("/v1/books/main/orders", json=order(key), headers={"idempotency-key": f"{key}-again"})
            if (placed.status_code, read.status_code, refused.status_code) != (201, 200, 409):
                stop.set()
                raise RuntimeError((placed.text, read.text, refused.text))
            turn += 1


def _resident_bytes(parent: int) -> dict[int, int]:
    """Return the size of a server and of the Python processes below it, by process."""
    sizes = {parent: _resident(parent)}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            above = int((entry / "stat").read_text().rsplit(") ", 1)[1].split()[1])
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if above == parent and b"python" in command and b"resource_tracker" not in command:
            sizes[int(entry.name)] = _resident(int(entry.name))
    return sizes


def _resident(process: int) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")

"""Routes by which a machine asks whether this process lives and whether it is ready."""

from itertools import chain

from fastapi import APIRouter, Response

from api.desk import InDesk, answered

LAG_EVENTS_MAX = 100_000
"""A read side further behind than this isn't ready to be asked."""

router = APIRouter(tags=["probes"])


@router.get("/health", name="health")
async def health() -> Response:
    """Say that the process answers."""
    return answered({"status": "ok"})


@router.get("/ready", name="ready")
def ready(desk: InDesk) -> Response:
    """
    Say whether the database answers and how far, in events, the read side of the book that is furthest behind is.

    It is asked without a token and so names no book.
    """
    with desk.house.pool.connection() as connection:
        books = connection.execute("SELECT book, size FROM ledger.log_head ORDER BY book").fetchall()
    lags: dict[str, int] = {}
    for lag in chain.from_iterable(desk.house.book(name).runner.lags() for name, _ in books):
        lags[lag.projection] = max(lags.get(lag.projection, 0), lag.head - lag.position)
    behind = any(lag > LAG_EVENTS_MAX for lag in lags.values())
    return answered({"status": "behind" if behind else "ready", "lag_events": lags}, 503 if behind else 200)

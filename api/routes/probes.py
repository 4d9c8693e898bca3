"""Routes by which a machine asks whether this process lives and whether it is ready."""

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
    """Say whether the database answers and how far every book's read side is behind."""
    with desk.house.pool.connection() as connection:
        books = connection.execute("SELECT book, size FROM ledger.log_head ORDER BY book").fetchall()
    lags = {
        name: {lag.projection: lag.head - lag.position for lag in desk.house.book(name).runner.lags()}
        for name, _ in books
    }
    behind = any(lag > LAG_EVENTS_MAX for book in lags.values() for lag in book.values())
    return answered({"status": "behind" if behind else "ready", "lag_events": lags}, 503 if behind else 200)

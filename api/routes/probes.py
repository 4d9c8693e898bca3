"""Routes by which a machine asks whether this process lives and whether it is ready."""

from fastapi import APIRouter, Response

from api.composition import utc_now
from api.http.desk import InDesk, answered
from api.observing.readiness import Readiness
from api.running import find_run_folder

router = APIRouter(tags=["probes"])

_NOT_READY = 503


@router.get("/health", name="health")
async def health() -> Response:
    """Say that the process answers."""
    return answered({"status": "ok"})


@router.get("/ready", name="ready")
def ready(desk: InDesk) -> Response:
    """
    Say whether this process can do what it is there for: what was checked, and why not where it can't.

    `lag_events` says how far each projection is behind, in the book where it is furthest. It is asked without a token
    and so names no book.
    """
    readiness = Readiness(desk.house, tokens=desk.tokens, run_folder=find_run_folder(), now=utc_now)
    found = readiness.check()
    return answered(found, 200 if found.is_so else _NOT_READY)

"""Verify a book: replay its log, and derive every snapshot and projection anew beside its tables."""

from collections.abc import Callable

import msgspec

from api.composition import OpenedBook
from api.periods import first_broken_seal
from ledger.verification import Fault, verify_log
from projections.folding import ProjectionStopped
from projections.log import read_log
from projections.projection import Difference, take_time
from projections.runner import PROJECTIONS


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a verification found: the log's size and Merkle root, and the first difference.

    first_difference: a fault of the log itself, a snapshot, a row of a projection, or a closing's seal; `corrupt` tells
    a broken log, which nothing here repairs, from a projection, which `rebuild` does, a snapshot, which may be deleted,
    and a seal, which was recorded with figures that the log never gave.
    """

    size: int
    root: str
    ok: bool
    first_difference: dict[str, str | int] | None
    corrupt: bool


def verify_book(book: OpenedBook, progress: Callable[[int], None] = lambda _position: None) -> VerifyReport:
    """Verify one book, log first: projections are compared only with a log that is sound."""
    with book.pool.connection() as connection:
        take_time(connection)
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        log = verify_log(connection, book.name, progress)
    if log.fault:
        fault = _fault("log", log.fault)
        return VerifyReport(size=log.size, root=log.root, ok=False, first_difference=fault, corrupt=True)
    if log.snapshot_fault:
        fault = _fault("snapshots", log.snapshot_fault)
        return VerifyReport(size=log.size, root=log.root, ok=False, first_difference=fault, corrupt=False)
    difference = _first_difference(book)
    shown = _difference(difference) if difference else _broken_seal(book)
    return VerifyReport(size=log.size, root=log.root, ok=shown is None, first_difference=shown, corrupt=False)


def _first_difference(book: OpenedBook) -> Difference | None:
    try:
        book.runner.catch_up()
    except ProjectionStopped as stopped:
        return Difference(stopped.projection, f"after position {stopped.position}", stopped.problem, "the next events")
    with book.pool.connection() as connection:
        take_time(connection)
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        lags = {lag.projection: lag for lag in book.runner.lags_in(connection)}
        for projection in PROJECTIONS:
            _, position, head = lags[projection.name]
            if position > head:
                return Difference(projection.name, "position", str(position), f"at most {head}")
            log = read_log(connection, book.name, up_to=position)
            if difference := projection.difference(connection, book.name, log):
                return difference
    return None


def _broken_seal(book: OpenedBook) -> dict[str, str | int] | None:
    broken = first_broken_seal(book)
    if broken is None:
        return None
    what = f"seal {broken.closing} isn't what the log gives: {broken.first_difference}"
    return {"in": "seals", "key": broken.closing, "position": broken.position, "what": what}


def _fault(where: str, fault: Fault) -> dict[str, str | int]:
    return {"in": where, "position": fault.position, "originator_id": fault.originator_id, "what": fault.what}


def _difference(difference: Difference) -> dict[str, str | int]:
    return {
        "in": difference.projection,
        "key": difference.key,
        "stored": difference.stored,
        "derived": difference.derived,
        "what": f"projection {difference.projection}: row {difference.key} isn't what the log gives",
    }

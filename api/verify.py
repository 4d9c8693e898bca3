"""Verify a book: replay its log, and derive every snapshot and projection anew beside its tables."""

from collections.abc import Callable, Sequence

import msgspec
import psycopg
from cryptography.x509 import Certificate

from api.composition import OpenedBook
from api.periods import first_broken_seal
from domain.errors import LedgerError
from ledger.guards import BrokenGuard, TableChange, broken_guards, changes_outside_migrations
from ledger.proof.keyring import Recollection, SigningKeyUnusable
from ledger.proof.verification import ProofFault, ProofReport, verify_proof
from ledger.replay import Fault
from ledger.verification import LogReport, verify_log
from projections.folding import ProjectionStopped
from projections.log import read_log
from projections.projection import Difference, take_time
from projections.runner import PROJECTIONS


class VerifyReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a verification found: the log's size and Merkle root, and the first difference.

    first_difference: a fault of the log itself, a snapshot, a row of a projection, a closing's seal, or a right that is
    missing to read on; `corrupt` tells
    a broken log, which nothing here repairs, from a projection, which `rebuild` does, a snapshot, which may be deleted,
    and a seal, which was recorded with figures that the log never gave. behind: only that the log, sound in itself,
    ends before what this machine signed of it, as after a restore.
    proof: what there is to prove the log by; nothing where the log itself is broken.
    guards: what of the database's own protection isn't as this release set it up, by itself enough not to be ok: then
    nothing is known to be wrong, but it could become so unseen. table_changes: who changed tables or rights outside of
    migrations; only told, since what they left is judged by itself.
    """

    size: int
    root: str
    ok: bool
    first_difference: dict[str, str | int] | None
    corrupt: bool
    behind: bool = False
    proof: ProofReport | None = None
    guards: list[BrokenGuard] = []
    table_changes: list[TableChange] = []


def verify_book(
    book: OpenedBook,
    progress: Callable[[int], None] = lambda _position: None,
    *,
    time_roots: Sequence[Certificate] = (),
) -> VerifyReport:
    """Verify one book, the guards of its database, and what proves its log. time_roots: of time authorities."""
    with book.pool.connection() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        guards, changes = broken_guards(connection), changes_outside_migrations(connection)
    try:
        report = _verify_record(book, progress, time_roots)
    except psycopg.errors.InsufficientPrivilege as refused:
        unread: dict[str, str | int] = {"in": "rights", "what": refused.diag.message_primary or str(refused)}
        report = VerifyReport(size=0, root="", ok=False, first_difference=unread, corrupt=False)
    return msgspec.structs.replace(report, ok=report.ok and not guards, guards=guards, table_changes=changes)


def _verify_record(
    book: OpenedBook, progress: Callable[[int], None], time_roots: Sequence[Certificate]
) -> VerifyReport:
    """Verify log first: projections are compared only with a log that is sound."""
    memory = _memory(book)
    with book.pool.connection() as connection:
        take_time(connection)
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        log = verify_log(connection, book.name, progress)
        if log.fault:
            fault = _fault("log", log.fault)
            return VerifyReport(size=log.size, root=log.root, ok=False, first_difference=fault, corrupt=True)
        proof, unproved = verify_proof(connection, book.name, log.size, memory, time_roots)
    behind = unproved is not None and unproved.behind
    shown = _unproved(unproved) if unproved and not behind else _derived(book, log)
    return VerifyReport(
        size=log.size,
        root=log.root,
        ok=shown is None and not behind,
        first_difference=shown or (_unproved(unproved) if unproved else None),
        corrupt=unproved is not None and unproved.corrupt,
        behind=shown is None and behind,
        proof=proof,
    )


def _memory(book: OpenedBook) -> Recollection | LedgerError:
    """Return what the keyring remembers, before the log is looked at: it goes on being signed meanwhile."""
    try:
        return book.keyring.recollect()
    except SigningKeyUnusable as unusable:
        return unusable


def _unproved(fault: ProofFault) -> dict[str, str | int]:
    return {"in": fault.where, "key": fault.key, "what": fault.what}


def _derived(book: OpenedBook, log: LogReport) -> dict[str, str | int] | None:
    """Return the first of what is derived from a sound log that isn't what it gives."""
    if log.snapshot_fault:
        return _fault("snapshots", log.snapshot_fault)
    difference = _first_difference(book)
    return _difference(difference) if difference else _broken_seal(book)


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

"""Routes of the proof log: checkpoints, tiles and entries as C2SP tlog-tiles has them, and proofs ready made."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Path, Query, Response

from api.composition import OpenedBook
from api.http.answers import answers, answers_bytes, answers_list
from api.http.desk import AtBook, ByCaller, InDesk, Position, answered
from api.listing.page import PagedPresent
from api.proving import (
    CommandProof,
    LogState,
    NothingSigned,
    checkpoint_note,
    log_state,
    prove_command,
    prove_consistency,
    prove_inclusion,
    witnessed_note,
)
from domain.errors import Forbidden
from ledger.pool import Connection
from ledger.proof.kept_log import DatabaseTiles, find_checkpoint, read_entries
from ledger.proof.merkle import NotInTree
from ledger.proof.policy import Policy
from ledger.proof.quorum import PolicyState, policy_state
from ledger.proof.tiles import TILE_HEIGHT, Entries, entries_at, tile_at

AUDITOR = "auditor"
ENTRIES = "entries/"
PLAIN = "text/plain"
TEXT = f"{PLAIN}; charset=utf-8"
BYTES = "application/octet-stream"
FOR_LONG = {"Cache-Control": "public, max-age=3600"}
FOR_LONG_ALONE = {"Cache-Control": "private, max-age=3600"}
"""Not for ever: a log that was reopened after a restore has other tiles at the same paths."""

FOR_A_MOMENT = {"Cache-Control": "no-cache"}

PositionAt = Annotated[int, Path(ge=1, lt=2**63)]
CommandId = Annotated[str, Query(pattern=r"^[!-~]{1,255}$")]

router = APIRouter(prefix="/log", tags=["log"])


@dataclass(eq=False, kw_only=True)
class EntriesForAuditors(Forbidden):
    """Entry bundles show every trade of a book: they are for auditors."""

    code: ClassVar[str] = "log.entries_for_auditors"
    role: str


@router.get("", name="log", responses=answers(LogState))
def state(book: AtBook, desk: InDesk) -> Response:
    """Return where the log is, what was signed of it, who cosigned that, and the keys that verify it."""
    return answered(log_state(book, desk.witness_policy))


@router.get("/checkpoint", name="checkpoint", response_class=Response, responses=answers_bytes(PLAIN))
def checkpoint(book: AtBook, desk: InDesk, witnessed: bool = False) -> Response:
    """Return the last checkpoint, a signed note; with `witnessed`, the last one that meets the witness policy."""
    note = witnessed_note(book, desk.witness_policy) if witnessed else checkpoint_note(book)
    return Response(note, headers=FOR_A_MOMENT, media_type=TEXT)


@router.get("/witnesses", name="witnesses", responses=answers(PolicyState))
def witnesses(book: AtBook, desk: InDesk) -> Response:
    """Return how far the cosignatures of the log go, by the witness policy, and what keeps a witness from signing."""
    with book.pool.connection() as connection:
        return answered(policy_state(connection, book.name, desk.witness_policy or Policy()))


@router.get("/tile/{path:path}", name="tile", response_class=Response, responses=answers_bytes(BYTES))
def tile(book: AtBook, caller: ByCaller, path: str) -> Response:
    """Return hashes of the tree, or below `entries/`, for auditors only, the events that they are hashes of."""
    if path.startswith(ENTRIES):
        return _entries(book, entries_at(f"tile/{path}"), caller.role)
    named = tile_at(f"tile/{path}")
    with book.pool.connection() as connection:
        _check_signed(connection, book.name, named.level, named.number, named.width)
        hashes = DatabaseTiles(connection, book.name).read([named])[0]
    return Response(hashes, headers=FOR_LONG, media_type=BYTES)


@router.get(
    "/proofs/inclusion/{position}", name="inclusion-proof", response_class=Response, responses=answers_bytes(PLAIN)
)
def inclusion(book: AtBook, position: PositionAt, size: Position | None = None) -> Response:
    """Return the proof of the event at a position as a C2SP tlog-proof, under the last checkpoint or that of a size."""
    return Response(bytes(prove_inclusion(book, position, size=size)), media_type=TEXT)


@router.get("/proofs/consistency", name="consistency-proof", response_class=Response, responses=answers_bytes(PLAIN))
def consistency(book: AtBook, old: Position, new: Position | None = None) -> Response:
    """Return the proof that a checkpoint goes on where `old` events ended, as a C2SP tlog-witness is sent it."""
    return Response(prove_consistency(book, old, new), media_type=TEXT)


@router.get("/proofs/commands", name="command-proofs", responses=answers_list(CommandProof))
def command(book: AtBook, page: PagedPresent, command_id: CommandId, principal: CommandId = "api") -> Response:
    """Return the proof of each event of an accepted command, by the id that its caller gave it."""
    proofs = prove_command(book, command_id, principal=principal)
    with page.reading(log=True):
        return page.part_of(proofs, CommandProof)


def _entries(book: OpenedBook, named: Entries, role: str) -> Response:
    if role != AUDITOR:
        raise EntriesForAuditors(role=role)
    with book.pool.connection() as connection:
        _check_signed(connection, book.name, 0, named.number, named.width)
        content = read_entries(connection, book.name, named)
    return Response(content, headers=FOR_LONG_ALONE, media_type=BYTES)


def _check_signed(connection: Connection, book: str, level: int, number: int, width: int) -> None:
    """Check that what a path names is whole in the last checkpoint: what was never signed isn't served."""
    kept = find_checkpoint(connection, book)
    reaches = ((number << TILE_HEIGHT) + width) << TILE_HEIGHT * level
    if kept is None:
        raise NothingSigned(size=reaches)
    if reaches > kept.checkpoint.size:
        raise NotInTree(asked=reaches, size=kept.checkpoint.size)

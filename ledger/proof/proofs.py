"""Proofs of a book's log, taken from its database: that an event is in it, that it goes on where it once ended."""

from collections.abc import Sequence

from ledger.pool import Connection
from ledger.proof.kept_log import DatabaseTiles, KeptCheckpoint, cosigned_note
from ledger.proof.merkle import NotInTree
from ledger.proof.tiles import Tree
from ledger.proof.tlog_proof import TlogProof


def inclusion_proof(connection: Connection, book: str, position: int, kept: KeptCheckpoint) -> TlogProof:
    """
    Return the proof that the event at a position, from 1, is in the log of a checkpoint, with all its cosignatures.

    Raises: NotInTree.
    """
    (proof,) = inclusion_proofs(connection, book, [position], kept)
    return proof


def inclusion_proofs(
    connection: Connection, book: str, positions: Sequence[int], kept: KeptCheckpoint
) -> list[TlogProof]:
    """
    Return the proofs of several events, for which each tile is read once.

    Raises: NotInTree.
    """
    size = kept.checkpoint.size
    for position in positions:
        if not 1 <= position <= size:
            raise NotInTree(asked=position, size=size)
    hashes = Tree(DatabaseTiles(connection, book), size).inclusion_proofs([position - 1 for position in positions])
    note = cosigned_note(connection, book, kept)
    return [TlogProof(position - 1, each, note) for position, each in zip(positions, hashes, strict=True)]


def consistency_proof(connection: Connection, book: str, old: int, new: int) -> tuple[bytes, ...]:
    """
    Return the proof that the log of `new` events goes on where that of `old` events, at least one, ended.

    Raises: NotInTree.
    """
    return Tree(DatabaseTiles(connection, book), new).consistency_proof(old)

"""What proves a pack: the events as the log hashed them, where they stand in its tree, and who vouches for its root."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import NamedTuple

import msgspec

from api.composition import OpenedBook
from api.packs.writing import pretty
from domain.envelope import Recorded
from domain.errors import LogCorrupt
from ledger.pool import Connection
from ledger.proof.kept_log import DatabaseTiles, KeptCheckpoint, cosigned_note, find_checkpoint
from ledger.proof.keyring import KnownKey
from ledger.proof.merkle import ProofInvalid, check_inclusion
from ledger.proof.policy import Policy
from ledger.proof.quorum import cosigners, find_witnessed
from ledger.proof.tiles import Tree
from ledger.proof.tlog_proof import SUFFIX, TlogProof
from ledger.transparency import leaf_bytes, leaf_hash

STAMPED_MAX = 100

_SELECT_LEAVES = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND position = ANY(%b::int8[]) ORDER BY position
"""
_SELECT_STAMPED = """
    SELECT size FROM ledger.time_tokens WHERE book = %s AND origin = %s AND size >= %s
    GROUP BY size ORDER BY size LIMIT %s
"""
_SELECT_STAMP = """
    SELECT authority, token, stamped_at FROM ledger.time_tokens
    WHERE book = %s AND origin = %s AND size = %s ORDER BY stamped_at LIMIT 1
"""


class Vouched(NamedTuple):
    """
    The checkpoint that a pack is proved under, and who else vouches for it.

    cosigned: names of the policy's witnesses whose signatures under it verify; witnessed: whether these are as many as
    the policy asks for, None where there is no policy. token: the authority's name, the token (DER), and its time.
    """

    kept: KeptCheckpoint
    note: bytes
    cosigned: tuple[str, ...]
    witnessed: bool | None
    policy: Policy | None
    token: tuple[str, bytes, str] | None
    keys: tuple[KnownKey, ...]

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files of a pack that say this."""
        yield "checkpoint", self.note
        if self.policy:
            yield "policy", policy_text(self.policy).encode()
        if self.token:
            authority, token, stamped_at = self.token
            yield "time-token.der", token
            yield "time.json", pretty({"authority": authority, "stamped_at": stamped_at})
        yield "keys.txt", "".join(map(_key_line, self.keys)).encode()


def vouched(book: OpenedBook, position: int, policy: Policy | None) -> Vouched:
    """
    Return the best checkpoint that covers a position: the first that is stamped, else the last that the policy is met
    for, else the head, which is signed now. A policy comes before a stamp.

    Raises: what `LogSigner.sign_head` does.
    """
    head = book.signer.sign_head()
    with book.pool.connection() as connection:
        kept = next(_better(connection, book.name, head, position, policy), head)
        note = cosigned_note(connection, book.name, kept)
        asked = (book.name, kept.checkpoint.origin, kept.checkpoint.size)
        row = connection.execute(_SELECT_STAMP, asked).fetchone()
        signed_by = cosigners(connection, book.name, kept, policy) if policy else set()
        return Vouched(
            kept=kept,
            note=note,
            cosigned=tuple(key.name for key in policy.keys if key in signed_by) if policy else (),
            witnessed=policy.is_met_by(signed_by) if policy else None,
            policy=policy,
            token=(row[0], bytes(row[1]), row[2].astimezone(UTC).isoformat()) if row else None,
            keys=tuple(book.keyring.known_keys()),
        )


def proof_members(
    book: OpenedBook, under: Vouched, shown: Sequence[Recorded], kept_back: Sequence[Recorded]
) -> Iterator[tuple[str, bytes]]:
    """
    Yield the files of a pack that prove its events: leaves and readable copies, what is kept back, proofs of all.

    Raises: LogCorrupt where an event isn't what was signed.
    """
    positions = [each.position for each in (*shown, *kept_back)]
    with book.pool.connection() as connection, connection.cursor(binary=True) as cursor:
        rows = {row[0]: row for row in cursor.execute(_SELECT_LEAVES, (book.name, positions))}
        tree = Tree(DatabaseTiles(connection, book.name), under.kept.checkpoint.size)
        leaves = {position: leaf_bytes(*row) for position, row in rows.items()}
        proofs = {position: _proof(book.name, tree, under, position, leaf) for position, leaf in leaves.items()}
    yield "events.json", pretty([_readable(*rows[each.position]) for each in shown])
    hidden = [
        {"position": at, "leaf_hash": leaf_hash(leaves[at]).hex()} for at in (each.position for each in kept_back)
    ]
    yield "redacted.json", pretty(hidden)
    yield from ((f"events/{each.position:06}.leaf", leaves[each.position]) for each in shown)
    yield from ((f"proofs/{position:06}{SUFFIX}", bytes(proof)) for position, proof in proofs.items())


def policy_text(policy: Policy) -> str:
    """Return a policy as C2SP tlog-policy, without the addresses at which witnesses are asked."""
    lines = [f"log {key}" for key in policy.logs]
    lines += [f"witness {witness.name} {witness.key}" for witness in policy.witnesses.values()]
    lines += [f"group {name} {group.least} {' '.join(group.members)}" for name, group in policy.groups.items()]
    return "\n".join((*lines, f"quorum {policy.quorum}", ""))


def _better(
    connection: Connection, book: str, head: KeptCheckpoint, position: int, policy: Policy | None
) -> Iterator[KeptCheckpoint]:
    origin = head.checkpoint.origin
    for (size,) in connection.execute(_SELECT_STAMPED, (book, origin, position, STAMPED_MAX)).fetchall():
        kept = find_checkpoint(connection, book, size=size, origin=origin)
        if kept and kept.key == head.key and (policy is None or _is_witnessed(connection, book, kept, policy)):
            yield kept
    kept = find_witnessed(connection, book, policy) if policy else None
    if kept and kept.key == head.key and kept.checkpoint.size >= position:
        yield kept


def _is_witnessed(connection: Connection, book: str, kept: KeptCheckpoint, policy: Policy) -> bool:
    return policy.is_met_by(cosigners(connection, book, kept, policy))


def _proof(book: str, tree: Tree, under: Vouched, position: int, leaf: bytes) -> TlogProof:
    size, root = under.kept.checkpoint.size, under.kept.checkpoint.root
    hashes = tree.inclusion_proof(position - 1)
    try:
        check_inclusion(leaf=leaf_hash(leaf), index=position - 1, size=size, proof=hashes, root=root)
    except ProofInvalid as invalid:
        raise LogCorrupt(book=book, position=position, what=f"not what was signed: {invalid.problem}") from None
    return TlogProof(position - 1, hashes, under.note)


def _readable(position: int, originator_id: str, version: int, topic: str, state: bytes) -> Mapping[str, object]:
    read = {"position": position, "originator_id": originator_id, "version": version, "topic": topic}
    return read | {"state": msgspec.json.decode(state)}


def _key_line(known: KnownKey) -> str:
    retired = "" if known.last_size is None else f" retired after {known.last_size} events"
    return f"{known.key}{retired}{' leaked' if known.leaked else ''}\n"

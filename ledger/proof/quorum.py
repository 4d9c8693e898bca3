"""
A quorum is as many cosignatures under one checkpoint as the witness policy asks for.

What the database keeps is believed only where it verifies: nothing counts as cosigned that a witness's key doesn't say.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from ledger.pool import Connection
from ledger.proof.kept_log import KeptCheckpoint, cosignatures_of, find_checkpoint, origin_of
from ledger.proof.merkle import TREE_SIZE_MAX
from ledger.proof.note import Signature, VerifierKey
from ledger.proof.policy import NONE, Policy

STEPS_MAX = 100
"""After so many checkpoints that the witnesses never cosigned together, none is claimed to have a quorum."""

# Never prepared: what suits a table of ten rows would be kept when it has ten million.
_LAST = """
    SELECT asked.witness, last.size, last.cosigned_at FROM unnest(%b::text[]) AS asked (witness)
    CROSS JOIN LATERAL (
        SELECT c.size, c.cosigned_at FROM ledger.cosignatures c
        WHERE c.book = %s AND c.origin = %s AND c.witness = asked.witness AND c.size <= %s
        ORDER BY c.size DESC LIMIT 1
    ) AS last
"""
_KEEP = """
    INSERT INTO ledger.cosignatures (book, origin, size, witness, line, cosigned_at)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_NOTE = """
    INSERT INTO ledger.witness_problems (book, origin, witness, noted_at, code, said)
    SELECT %(book)s, %(origin)s, %(witness)s, %(at)s, %(code)s, %(said)s
    WHERE %(code)s <> coalesce((
        SELECT p.code FROM ledger.witness_problems p
        WHERE p.book = %(book)s AND p.origin = %(origin)s AND p.witness = %(witness)s
        ORDER BY p.noted_at DESC LIMIT 1
    ), '')
    ON CONFLICT DO NOTHING
"""
_PROBLEMS = """
    SELECT asked.witness, last.code, last.said, last.noted_at FROM unnest(%b::text[]) AS asked (witness)
    CROSS JOIN LATERAL (
        SELECT p.code, p.said, p.noted_at FROM ledger.witness_problems p
        WHERE p.book = %s AND p.origin = %s AND p.witness = asked.witness ORDER BY p.noted_at DESC LIMIT 1
    ) AS last
    WHERE last.code <> ''
"""


class LastCosigned(NamedTuple):
    """The largest checkpoint of a log that a witness cosigned, by its size, and when it did."""

    size: int
    cosigned_at: datetime


class WitnessProblem(Struct, frozen=True, kw_only=True):
    """Why a witness doesn't cosign, by code and in its own or our words, and since when that is so."""

    code: str
    said: str
    since: datetime


class WitnessView(Struct, frozen=True, kw_only=True):
    """A witness of the policy: the size up to which it cosigned a log, and its problem, if it has one."""

    name: str
    key: str
    cosigned_size: int | None
    cosigned_at: datetime | None
    problem: WitnessProblem | None


class PolicyState(Struct, frozen=True, kw_only=True):
    """
    How far the cosignatures of a book's log go.

    size: of the latest checkpoint, if any is signed; quorum_size: of the largest one that the policy is met for;
    met: whether these are the same.
    """

    book: str
    origin: str | None
    size: int | None
    quorum: str
    quorum_size: int | None
    met: bool
    witnesses: tuple[WitnessView, ...]


def last_cosigned(
    connection: Connection, book: str, origin: str, keys: Collection[VerifierKey], *, up_to: int = TREE_SIZE_MAX
) -> dict[VerifierKey, LastCosigned]:
    """Return what each of some witnesses last cosigned of a log, no larger than `up_to`; nothing of who never did."""
    by_name = {str(key): key for key in keys}
    rows = connection.execute(_LAST, (list(by_name), book, origin, up_to), prepare=False)
    return {by_name[witness]: LastCosigned(size, at) for witness, size, at in rows}


def cosigners(connection: Connection, book: str, kept: KeptCheckpoint, policy: Policy) -> set[VerifierKey]:
    """Return which of a policy's witnesses cosigned a checkpoint, of signatures that verify."""
    signatures = cosignatures_of(connection, book, kept.checkpoint)
    text = kept.checkpoint.text
    return {key for key in policy.keys if any(key.verifies(each, text) for each in signatures if key.made(each))}


def find_witnessed(connection: Connection, book: str, policy: Policy) -> KeptCheckpoint | None:
    """Return the largest checkpoint of the present origin that the policy's quorum cosigned, if there is one."""
    origin = origin_of(connection, book)
    if origin is None or policy.quorum == NONE:
        return find_checkpoint(connection, book)
    up_to = TREE_SIZE_MAX
    for _ in range(STEPS_MAX):
        last = last_cosigned(connection, book, origin, policy.keys, up_to=up_to)
        size = _size_reached(policy, {key: each.size for key, each in last.items()})
        if size is None:
            return None
        kept = find_checkpoint(connection, book, size=size, origin=origin)
        if kept and policy.is_met_by(cosigners(connection, book, kept, policy)):
            return kept
        up_to = size - 1
    return None


def keep_cosignature(
    connection: Connection, book: str, kept: KeptCheckpoint, key: VerifierKey, signature: Signature, at: datetime
) -> None:
    """Keep a cosignature that was verified."""
    origin, size, *_ = kept.checkpoint
    connection.execute(_KEEP, (book, origin, size, str(key), signature.line, at))


def note_problem(
    connection: Connection, book: str, origin: str, key: VerifierKey, *, code: str, said: str, at: datetime
) -> bool:
    """Note that a witness has a problem, or with an empty code that it has none, and return whether that is new."""
    row = {"book": book, "origin": origin, "witness": str(key), "code": code, "said": said, "at": at}
    return bool(connection.execute(_NOTE, row, prepare=False).rowcount)


def policy_state(connection: Connection, book: str, policy: Policy) -> PolicyState:
    """Return how far the cosignatures of a book's log go."""
    origin = origin_of(connection, book)
    kept = find_checkpoint(connection, book)
    witnessed = find_witnessed(connection, book, policy)
    size = kept.checkpoint.size if kept else None
    quorum_size = witnessed.checkpoint.size if witnessed else None
    return PolicyState(
        book=book,
        origin=origin,
        size=size,
        quorum=policy.quorum,
        quorum_size=quorum_size,
        met=size is not None and size == quorum_size,
        witnesses=_views(connection, book, origin, policy) if origin else (),
    )


def _views(connection: Connection, book: str, origin: str, policy: Policy) -> tuple[WitnessView, ...]:
    last = last_cosigned(connection, book, origin, policy.keys)
    rows = connection.execute(_PROBLEMS, ([str(key) for key in policy.keys], book, origin), prepare=False)
    problems = {witness: WitnessProblem(code=code, said=said, since=at) for witness, code, said, at in rows}
    return tuple(
        WitnessView(
            name=witness.name,
            key=str(witness.key),
            cosigned_size=last[witness.key].size if witness.key in last else None,
            cosigned_at=last[witness.key].cosigned_at if witness.key in last else None,
            problem=problems.get(str(witness.key)),
        )
        for witness in policy.witnesses.values()
    )


def _size_reached(policy: Policy, last: dict[VerifierKey, int]) -> int | None:
    """Return the largest size that enough witnesses reached, whether or not all of them cosigned just that one."""
    sizes = [
        size for size in last.values() if policy.is_met_by({key for key, reached in last.items() if reached >= size})
    ]
    return max(sizes, default=None)

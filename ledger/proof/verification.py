"""
Verification of proof finds what was kept to prove a log by and doesn't: tree hashes, checkpoints, what others signed of
these, and what the signer remembers. The log itself is taken as it is: whether it is sound, `verify_log` says.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from heapq import merge
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
import psycopg
from cryptography.x509 import Certificate

from domain.book import BookLogReopened, BookOpened
from domain.envelope import decode
from domain.errors import LedgerError
from domain.references import book_id
from ledger.pool import Connection
from ledger.proof.checkpoint import Checkpoint, open_checkpoint
from ledger.proof.keyring import Recollection
from ledger.proof.note import COSIGNATURE, VerifierKey, cosigned_at, signature_of
from ledger.proof.register import NO_LINES, Stray, find_stray, read_register
from ledger.proof.timestamps import TokenUntrusted, check_token
from ledger.proof.tree_walk import TreeWalk

PAGE_ROWS = 2_000

_BOOK_EVENTS = "SELECT topic, state FROM ledger.events WHERE book = %s AND originator_id = %s ORDER BY version"
_COUNTS = """
    SELECT (SELECT count(*) FROM ledger.checkpoints WHERE book = %(book)s),
        (SELECT coalesce(max(size), 0) FROM ledger.checkpoints WHERE book = %(book)s),
        (SELECT count(*) FROM ledger.cosignatures WHERE book = %(book)s),
        (SELECT count(*) FROM ledger.time_tokens WHERE book = %(book)s)
"""
_CHECKPOINTS = "SELECT size, origin, root, key, note, signed_at FROM ledger.checkpoints WHERE book = %s ORDER BY size"
_COSIGNATURES = "SELECT size, origin, witness, line, cosigned_at FROM ledger.cosignatures WHERE book = %s ORDER BY size"
_TOKENS = "SELECT size, origin, authority, token, stamped_at FROM ledger.time_tokens WHERE book = %s ORDER BY size"
_REWRITTEN = "the log doesn't go on from what was signed: events were taken out, or others put in their place"


_LINES_TAKEN = (
    "what was kept to prove the log by isn't all there, or not as it was: after a restore that is behind by no event,"
    " `trade-ledger log checkpoint --as-kept` goes on from what there is"
)


class ProofFault(msgspec.Struct, frozen=True, kw_only=True):
    """
    The first thing that doesn't prove what it was kept for: in which table or the keyring, under which key.

    corrupt: whether the log isn't what was signed; behind: whether it ends before what this machine signed, so that it
    may be an older state of it. Else it may be what was signed, but this doesn't prove it.
    """

    where: str
    key: str
    what: str
    corrupt: bool = False
    behind: bool = False


class ProofReport(msgspec.Struct, frozen=True):
    """
    How much there is to prove a log by.

    signed_size: of the largest checkpoint; unchecked: what can't be told here, for want of a key or a root.
    """

    checkpoints: int
    signed_size: int
    cosignatures: int
    time_tokens: int
    unchecked: tuple[str, ...] = ()


class _Remembered(NamedTuple):
    size: int
    checkpoint: Checkpoint


class _Signed(NamedTuple):
    size: int
    origin: str
    root: bytes
    key: str
    note: bytes
    signed_at: datetime

    @property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint(self.origin, self.size, self.root)


class _Cosigned(NamedTuple):
    size: int
    origin: str
    witness: str
    line: str
    cosigned_at: datetime


class _Stamped(NamedTuple):
    size: int
    origin: str
    authority: str
    token: bytes
    stamped_at: datetime


def verify_proof(
    connection: Connection,
    book: str,
    size: int,
    memory: Recollection | LedgerError,
    roots: Sequence[Certificate] = (),
) -> tuple[ProofReport, ProofFault | None]:
    """
    Check all that is kept to prove a book's log by, and return how much that is and what is wrong first.

    size: of the log; memory: which keys may have signed, and what the log has to go on from, as the keyring said before
    the connection's transaction began, or why it couldn't; roots: of time authorities.
    """
    report = ProofReport(*(connection.execute(_COUNTS, {"book": book}).fetchone() or (0, 0, 0, 0)))
    if isinstance(memory, LedgerError):
        return report, ProofFault(where="keyring", key=book, what=str(memory))
    try:
        verification = _Verification(connection, book, size, memory, roots)
    except LedgerError as error:
        return report, ProofFault(where="keyring", key=book, what=str(error))
    try:
        with closing(verification.faults(signed_size=report.signed_size)) as faults:
            fault = next(faults, None)
    except psycopg.DataError as error:
        fault = ProofFault(where="checkpoints, cosignatures or time_tokens", key=book, what=str(error))
    return msgspec.structs.replace(report, unchecked=tuple(verification.unchecked)), fault


class _Verification:
    """What is wrong with what is kept of one book; gone through by the size that it speaks of, in one walk."""

    def __init__(
        self, connection: Connection, book: str, size: int, memory: Recollection, roots: Sequence[Certificate]
    ) -> None:
        """Raises: KeyMalformed."""
        self.unchecked: dict[str, None] = {}
        self._connection = connection
        self._book = book
        self._size = size
        self._time_roots = roots
        self._origins = _Origins(connection, book)
        self._known = {each.key: each for each in memory.known}
        signed = memory.signed.get(self._origins.present)
        self._memory = signed and Checkpoint(self._origins.present, signed.size, bytes.fromhex(signed.root))
        self._register = signed.register if signed else NO_LINES
        self._memory_is_kept = False
        self._walk = TreeWalk(connection, book, size)

    def faults(self, *, signed_size: int) -> Generator[ProofFault, None, None]:
        """Yield what is wrong. signed_size: of the largest checkpoint."""
        self._walk.count(signed_size=signed_size)
        size, texts = -1, dict[str, str]()
        for row in self._rows():
            if row.size != size:
                size, texts = row.size, {}
            match row:
                case _Remembered():
                    yield from self._memory_faults(row.checkpoint)
                case _Signed():
                    texts[row.origin] = row.checkpoint.text
                    yield from self._checkpoint_faults(row)
                case _Cosigned():
                    yield from _fault("cosignatures", row, row.witness, self._cosigned_problem(row, texts))
                case _Stamped():
                    yield from _fault("time_tokens", row, row.authority, self._stamped_problem(row, texts))
            yield from self._tree_faults()
        self._walk.finish()
        yield from self._tree_faults()
        if self._memory and not self._memory_is_kept:
            yield self._lost(self._memory)
        yield from self._register_faults()

    def _register_faults(self) -> Iterator[ProofFault]:
        """Yield what isn't as it was kept: by the register, and the register by what the keyring remembers of it."""
        if stray := find_stray(self._connection, self._book):
            yield _stray_fault(stray)
        origin, remembered = self._origins.present, self._register
        register = read_register(self._connection, self._book, origin, lines_max=remembered.lines)
        if register != remembered:
            key = f"{origin} {remembered.lines}"
            yield ProofFault(where="keyring", key=key, what=_LINES_TAKEN)

    def _rows(self) -> Iterator[_Remembered | _Signed | _Cosigned | _Stamped]:
        remembered = [self._memory] if self._memory and self._memory.size <= self._size else []
        return merge(
            [_Remembered(each.size, each) for each in remembered],
            map(_Signed._make, self._read("checkpoints", _CHECKPOINTS)),
            map(_Cosigned._make, self._read("cosignatures", _COSIGNATURES)),
            map(_Stamped._make, self._read("tokens", _TOKENS)),
            key=itemgetter(0),
        )

    def _read(self, name: str, query: str) -> Iterator[Any]:
        with self._connection.cursor(name=name) as cursor:
            cursor.itersize = PAGE_ROWS
            yield from cursor.execute(query.encode(), (self._book,))

    def _tree_faults(self) -> Iterator[ProofFault]:
        for path, what in self._walk.differences:
            yield ProofFault(where="tree_hashes", key=path, what=what)

    def _memory_faults(self, remembered: Checkpoint) -> Iterator[ProofFault]:
        if self._walk.root_at(remembered.size) != remembered.root:
            key = f"{remembered.origin} {remembered.size}"
            yield ProofFault(where="keyring", key=key, what=_REWRITTEN, corrupt=True)

    def _lost(self, remembered: Checkpoint) -> ProofFault:
        key = f"{remembered.origin} {remembered.size}"
        if remembered.size > self._size:
            what = f"the log ends before, at {self._size}: `trade-ledger log reopen` goes on from there"
            return ProofFault(where="keyring", key=key, what=what, behind=True)
        what = "this was signed, but the checkpoint isn't kept: `trade-ledger log checkpoint` signs again"
        return ProofFault(where="checkpoints", key=key, what=what)

    def _checkpoint_faults(self, signed: _Signed) -> Iterator[ProofFault]:
        self._memory_is_kept |= signed.checkpoint == self._memory
        yield from _fault("checkpoints", signed, signed.key, self._signed_problem(signed))
        if self._origins.cover(signed.checkpoint) and self._walk.root_at(signed.size) != signed.root:
            yield from _fault("checkpoints", signed, signed.key, _REWRITTEN, corrupt=True)

    def _signed_problem(self, signed: _Signed) -> str:
        try:
            said = open_checkpoint(signed.note, [VerifierKey.parse(signed.key)]).checkpoint
        except LedgerError as error:
            return str(error)
        if said != signed.checkpoint or not self._origins.know(signed.origin):
            return f"the note says: {' '.join(said.text.split())}"
        if not self._known:
            self.unchecked["whose keys signed the checkpoints: no key of this book is known here"] = None
            return ""
        if signed.key not in self._known:
            return "the key isn't one of this book's"
        return "" if self._known[signed.key].covers(signed.size) else "the key was retired before"

    def _cosigned_problem(self, cosigned: _Cosigned, texts: dict[str, str]) -> str:
        try:
            key, signature = VerifierKey.parse(cosigned.witness), signature_of(cosigned.line)
        except LedgerError as error:
            return str(error)
        text = texts.get(cosigned.origin)
        if text is None:
            return "the checkpoint that it is under isn't kept"
        if key.algorithm != COSIGNATURE or not key.verifies(signature, text):
            return "it isn't this witness's under this checkpoint"
        said = cosigned_at(signature)
        return (
            "" if said == cosigned.cosigned_at.timestamp() else f"the witness says that it signed {said} s after 1970"
        )

    def _stamped_problem(self, stamped: _Stamped, texts: dict[str, str]) -> str:
        text = texts.get(stamped.origin)
        if text is None:
            return "the checkpoint that it is of isn't kept"
        try:
            said = check_token(stamped.token, text.encode(), self._time_roots)
        except TokenUntrusted as error:
            if self._time_roots:
                return str(error)
            self.unchecked["who signed the time tokens: LEDGER_TIME_ROOTS isn't set here"] = None
            return ""
        except LedgerError as error:
            return str(error)
        differs = (said.at, said.authority) != (stamped.stamped_at, stamped.authority)
        return f"the token says {said.at} by {said.authority}" if differs else ""


class _Origins:
    """The names that a book's log was signed under, as its events tell."""

    def __init__(self, connection: Connection, book: str) -> None:
        self.present = ""
        self._former: dict[str, BookLogReopened] = {}
        for topic, state in connection.execute(_BOOK_EVENTS, (book, book_id(book))):
            event = decode(topic, state).event
            if isinstance(event, BookOpened):
                self.present = event.log_origin
            elif isinstance(event, BookLogReopened):
                self._former[event.old_origin] = event
                self.present = event.new_origin

    def know(self, origin: str) -> bool:
        """Return whether the log was ever signed under a name."""
        return origin == self.present or origin in self._former

    def cover(self, checkpoint: Checkpoint) -> bool:
        """Return whether the log has to be as a checkpoint says: it doesn't where the log itself says what was lost."""
        reopened = self._former.get(checkpoint.origin)
        return reopened is None or checkpoint.size <= reopened.restored_size < reopened.signed_size


def _fault(
    where: str, row: _Signed | _Cosigned | _Stamped, key: str, problem: str, *, corrupt: bool = False
) -> Iterator[ProofFault]:
    if problem:
        yield ProofFault(where=where, key=f"{row.origin} {row.size} {key}", what=problem, corrupt=corrupt)


def _stray_fault(stray: Stray) -> ProofFault:
    if stray.table:
        key = f"{stray.origin} {stray.number} {stray.key}"
        return ProofFault(where=stray.table, key=key, what="it isn't as it was kept: the register has no such line")
    key = f"{stray.origin} {stray.number}"
    return ProofFault(where="proof_register", key=key, what="what was kept as this line is gone, or was changed")

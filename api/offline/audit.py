"""
An offline audit takes a book's log from files, proves it by checkpoints that were signed, and derives the books anew.

The proof comes first: no event is interpreted that the checkpoints don't vouch for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple

import msgspec

from api.offline.claims import Claims
from api.offline.derived_books import CurrencyTotal, DerivedBooks
from api.offline.log_files import LogFiles, LogFilesUnfit, open_log_files
from domain.book import Book
from domain.errors import Malformed
from ledger.proof.checkpoint import CheckpointMalformed, SignedCheckpoint, open_checkpoint
from ledger.proof.keyring import KnownKey
from ledger.proof.note import NoteMalformed, NoteUnverified
from ledger.proof.policy import Policy
from ledger.replay import Fault, LogBroken, Replay
from projections.balances import Balance

PROGRESS_EVENTS = 1_000


@dataclass(eq=False, kw_only=True)
class LogKeyNeeded(Malformed):
    """No key of the log is known, so that anybody could have signed the checkpoint."""

    code: ClassVar[str] = "audit.log_key_needed"
    hint: ClassVar[str] = (
        "give --key NAME+HASH+BASE64, as `trade-ledger log key show` prints it, or --keys FILE, as that prints it with"
        " --json, or a --policy with a line `log`: got from the operator by another way than the files"
    )


class Trust(NamedTuple):
    """Whose signatures count: keys of the log, some up to a size, and, where there is one, a policy of witnesses."""

    keys: Sequence[KnownKey]
    policy: Policy | None = None


class CheckedCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """
    A checkpoint whose log's signature is good.

    cosigned_by: witnesses, as the policy calls them; quorum: whether these are enough, or nothing without a policy.
    """

    origin: str
    size: int
    root: str
    cosigned_by: tuple[str, ...]
    quorum: bool | None


class AuditReport(msgspec.Struct, frozen=True, kw_only=True):
    """
    What an audit found, up to the first difference: what comes after that is left at nothing.

    size: events proven by the largest checkpoint; unproven: events in the files beyond. aggregates: by kind. The
    digests are SHA-256 in hexadecimal over canonical lines (docs/offline-audit.md). corrupt: the log isn't the one
    signed, or none that can be replayed; other differences are of a checkpoint, its cosignatures or balances given.
    """

    form: str
    size: int = 0
    root: str = ""
    checkpoints: tuple[CheckedCheckpoint, ...] = ()
    unproven: int = 0
    proven: bool = False
    replayed: bool = False
    aggregates: dict[str, int] = {}
    entries: int = 0
    postings: int = 0
    accounts: int = 0
    trial_balance: tuple[CurrencyTotal, ...] = ()
    journal_sha256: str = ""
    balances_sha256: str = ""
    ok: bool = False
    corrupt: bool = False
    first_difference: dict[str, str | int] | None = None


Told = Callable[[str, int, int], None]
"""Who is told what is done, `prove` or `replay`, up to which position, and of how many."""


def audit_offline(
    folder: Path,
    notes: Sequence[bytes],
    trust: Trust,
    *,
    balances: Sequence[Balance] | None = None,
    replay: bool = True,
    told: Told = lambda _what, _position, _size: None,
) -> AuditReport:
    """
    Audit the log in a folder by signed checkpoints, at least one, of any sizes.

    balances: what somebody says that balances are at the size of the largest.

    Raises, in this order: LogKeyNeeded, LogFilesUnfit, KeyMalformed.
    """
    if not (trust.keys or (trust.policy and trust.policy.logs)):
        raise LogKeyNeeded
    try:
        audit = _Audit(open_log_files(folder), trust, told)
        return audit.run(notes, balances, replay=replay)
    except OSError as error:
        raise LogFilesUnfit(folder=str(folder), problem=str(error)) from None


class _Differs(Exception):
    """Carries out what isn't as it should be, though the log is."""

    def __init__(self, *, within: str, what: str) -> None:
        super().__init__(what)
        self.difference: dict[str, str | int] = {"in": within, "what": what}


class _Audit:
    """How far an audit is."""

    def __init__(self, files: LogFiles, trust: Trust, told: Told) -> None:
        self.report = AuditReport(form=files.form)
        self._files = files
        self._policy = trust.policy or Policy()
        self._has_policy = trust.policy is not None
        self._keys = {each.verifier: each for each in trust.keys}
        self._keys |= {key: KnownKey(key=str(key)) for key in self._policy.logs if key not in self._keys}
        self._told = told

    def run(self, notes: Sequence[bytes], balances: Sequence[Balance] | None, *, replay: bool) -> AuditReport:
        try:
            claims = self._open(notes)
            self._prove(claims)
            if replay:
                self._replay(claims, balances)
            self._check_quorum()
        except LogBroken as broken:
            return self._ended({"in": "log", **msgspec.to_builtins(broken.fault)}, corrupt=True)
        except _Differs as differs:
            return self._ended(differs.difference, corrupt=False)
        self._note(ok=True)
        return self.report

    def _open(self, notes: Sequence[bytes]) -> Claims:
        try:
            opened = [open_checkpoint(note, self._keys, witnesses=self._policy.keys) for note in notes]
        except (NoteMalformed, NoteUnverified, CheckpointMalformed) as error:
            raise _Differs(within="checkpoint", what=str(error)) from None
        self._note(checkpoints=tuple(map(self._checked, opened)))
        claims = Claims(each.checkpoint for each in opened)
        self._note(size=claims.size, root=claims.root.hex(), unproven=max(0, self._files.size - claims.size))
        return claims

    def _checked(self, signed: SignedCheckpoint) -> CheckedCheckpoint:
        origin, size, root, _ = signed.checkpoint
        if not any(known.covers(size) for key, known in self._keys.items() if key in signed.signed_by):
            raise _Differs(within="checkpoint", what=f"the key that signed {size} events was retired before")
        cosigned_by = tuple(name for key, name in self._policy.keys.items() if key in signed.signed_by)
        quorum = self._policy.is_met_by(signed.signed_by) if self._has_policy else None
        return CheckedCheckpoint(origin=origin, size=size, root=root.hex(), cosigned_by=cosigned_by, quorum=quorum)

    def _prove(self, claims: Claims) -> None:
        self._files.prove(claims, lambda position: self._told("prove", position, claims.size))
        self._note(proven=True)

    def _replay(self, claims: Claims, balances: Sequence[Balance] | None) -> None:
        replay, books = Replay(), DerivedBooks()
        origins: tuple[str, ...] = ()
        for row in self._files.rows(claims.size):
            replayed = replay.add(row)
            books.add(row, replayed)
            if isinstance(replayed.aggregate, Book):
                origins = replayed.aggregate.log_origins
            if row.position % PROGRESS_EVENTS == 0:
                self._told("replay", row.position, claims.size)
        if replay.frontier.root() != claims.root:
            raise LogBroken(Fault(position=0, what="the files were changed while they were read"))
        self._note_books(replay, books)
        self._check_origins(origins)
        if balances is not None and (difference := books.difference(balances)):
            raise _Differs(
                within="balances", what=f"{difference.key}: given {difference.stored}, derived {difference.derived}"
            )

    def _note_books(self, replay: Replay, books: DerivedBooks) -> None:
        self._note(
            replayed=True,
            aggregates=replay.kinds(),
            entries=books.entries,
            postings=books.postings,
            accounts=len(books.balances()),
            trial_balance=books.trial_balance(),
            journal_sha256=books.journal_sha256,
            balances_sha256=books.balances_sha256,
        )

    def _check_origins(self, origins: Sequence[str]) -> None:
        for checkpoint in self.report.checkpoints:
            if origins and checkpoint.origin not in origins:
                raise _Differs(
                    within="checkpoint", what=f"signed as {checkpoint.origin}, but the log calls itself {origins[-1]}"
                )

    def _check_quorum(self) -> None:
        for checkpoint in self.report.checkpoints:
            if checkpoint.quorum is False:
                signed = ", ".join(checkpoint.cosigned_by) or "nobody"
                raise _Differs(
                    within="cosignatures", what=f"checkpoint {checkpoint.size}: cosigned by {signed}: no quorum"
                )

    def _ended(self, difference: dict[str, str | int], *, corrupt: bool) -> AuditReport:
        self._note(first_difference=difference, corrupt=corrupt)
        return self.report

    def _note(self, **found: object) -> None:
        self.report = msgspec.structs.replace(self.report, **found)

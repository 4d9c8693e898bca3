"""
A witness's state is what it may never contradict: of each log, the last checkpoint that it cosigned.

    FOLDER/state.json      by origin, the last checkpoint with the witness's own line under it
    FOLDER/refused/        checkpoints that logs signed and that can't both be true with it, or weren't proved to be

A signature leaves the witness only after the state that it stands on is on disk.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Self

import msgspec

from domain.errors import Conflict, LedgerError, Unavailable
from ledger.file_lock import FileLock
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.note import Note

REFUSED_MAX = 100
"""Of each reason. The first are kept: whoever floods a witness can't wash the evidence away."""

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600


@dataclass(eq=False, kw_only=True)
class WitnessStateHeld(Conflict):
    """Another process witnesses on this state: two of them could cosign two histories."""

    code: ClassVar[str] = "witness.state_held"
    folder: str


@dataclass(eq=False, kw_only=True)
class WitnessStateUnusable(Unavailable):
    """The state can't be read or written: nothing is cosigned without it, and it is never begun anew."""

    code: ClassVar[str] = "witness.state_unusable"
    retryable: ClassVar[bool] = False
    folder: str
    problem: str


class Cosigned(msgspec.Struct, frozen=True, kw_only=True):
    """The last checkpoint of a log that was cosigned, as a note with the log's line and the witness's."""

    checkpoint: str
    cosigned_at: datetime

    @property
    def as_checkpoint(self) -> Checkpoint:
        """Return what the note says. Raises: NoteMalformed, CheckpointMalformed."""
        return Checkpoint.parse(Note.parse(self.checkpoint.encode()).text)


class RefusedCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """
    A checkpoint that a log signed and a witness didn't cosign, beside the one it had cosigned by then.

    why: `forked`, one size and two roots, which needs no more to be shown to anybody; `unproven`, where `proof`, from
    the size `old`, doesn't lead to it.
    """

    why: str
    refused_at: datetime
    old: int
    proof: list[str]
    checkpoint: str
    cosigned: str

    @property
    def as_checkpoint(self) -> Checkpoint:
        """Return what the refused note says. Raises: NoteMalformed, CheckpointMalformed."""
        return Checkpoint.parse(Note.parse(self.checkpoint.encode()).text)


class WitnessState:
    """The state in a folder, read once. Only `held` ones may keep anything."""

    def __init__(self, folder: Path) -> None:
        """Raises: WitnessStateUnusable."""
        self._folder = folder
        self._cosigned = self._read()

    @classmethod
    @contextmanager
    def held(cls, folder: Path) -> Iterator[Self]:
        """
        Yield the state in a folder, made if it isn't there, and keep every other process from it.

        Raises, in this order: WitnessStateUnusable, WitnessStateHeld.
        """
        lock = FileLock(folder / "lock")
        try:
            folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
            taken = lock.take()
        except OSError as error:
            raise WitnessStateUnusable(folder=str(folder), problem=str(error)) from None
        if not taken:
            raise WitnessStateHeld(folder=str(folder))
        try:
            yield cls(folder)
        finally:
            lock.release()

    def all(self) -> dict[str, Cosigned]:
        """Return what was last cosigned, by origin."""
        return self._cosigned

    def find(self, origin: str) -> Cosigned | None:
        """Return what was last cosigned of a log, if anything was."""
        return self._cosigned.get(origin)

    def keep(self, cosigned: Cosigned) -> None:
        """
        Put a checkpoint in the place of its log's last one; it is on disk when this returns. Somebody may have sent it
        before with a wrong proof: that proves nothing against the log any more.

        Raises: WitnessStateUnusable, after which either may be on disk and the last one still counts.
        """
        checkpoint = cosigned.as_checkpoint
        now = self._cosigned | {checkpoint.origin: cosigned}
        try:
            _write(self._folder / "state.json", now)
            self._evidence_file("unproven", checkpoint).unlink(missing_ok=True)
        except OSError as error:
            raise WitnessStateUnusable(folder=str(self._folder), problem=str(error)) from None
        self._cosigned = now

    def keep_refused(self, refused: RefusedCheckpoint) -> Path | None:
        """Keep evidence, once for each checkpoint, and return its file; nothing where there is no room for more."""
        file = self._evidence_file(refused.why, refused.as_checkpoint)
        if file.exists():
            return file
        try:
            file.parent.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
            if len(list(file.parent.glob(f"{refused.why}-*.json"))) >= REFUSED_MAX:
                return None
            _write(file, refused)
        except OSError:
            return None
        return file

    def refused(self) -> Iterator[tuple[Path, RefusedCheckpoint]]:
        """Yield the evidence kept, and where. Raises: WitnessStateUnusable."""
        for file in sorted((self._folder / "refused").glob("*.json")):
            try:
                yield file, msgspec.json.decode(file.read_bytes(), type=RefusedCheckpoint)
            except (OSError, msgspec.MsgspecError) as error:
                raise WitnessStateUnusable(folder=str(self._folder), problem=f"{file.name}: {error}") from None

    def _evidence_file(self, why: str, checkpoint: Checkpoint) -> Path:
        digest = hashlib.sha256(checkpoint.text.encode()).hexdigest()[:16]
        return self._folder / "refused" / f"{why}-{checkpoint.size}-{digest}.json"

    def _read(self) -> dict[str, Cosigned]:
        try:
            state = msgspec.json.decode((self._folder / "state.json").read_bytes(), type=dict[str, Cosigned])
            misplaced = [origin for origin, last in state.items() if last.as_checkpoint.origin != origin]
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError, LedgerError) as error:
            raise WitnessStateUnusable(folder=str(self._folder), problem=str(error)) from None
        if misplaced:
            raise WitnessStateUnusable(folder=str(self._folder), problem=f"another log's stands under {misplaced[0]}")
        return state


def _write(file: Path, content: object) -> None:
    """Put a file in place, whole or not at all, and on disk when this returns."""
    writing = file.with_suffix(".writing")
    descriptor = os.open(writing, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
        opened.flush()
        os.fsync(opened.fileno())
    writing.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

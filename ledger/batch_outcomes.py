"""What became of a batch's commands on its way into the store, and what deciding needs of its book."""

from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from domain.errors import Forbidden
from domain.unit_of_work import Loaded
from ledger.outcomes import Accepted, CommandKey, Outcome, Remembered, Submission
from ledger.snapshots import History


class Head(NamedTuple):
    """Where a book's log ends."""

    size: int
    frontier: bytes
    last_recorded_at: datetime


class KeptOutcome(NamedTuple):
    """An outcome on its way into the store, and the submission that it became of."""

    submission: Submission
    request_hash: bytes
    outcome: Outcome


class Mark(NamedTuple):
    """How much was to be kept at a moment of a batch, to return to."""

    outcomes: int
    snapshots: dict[str, Loaded]


class Deciding(Protocol):
    """What deciding needs of the book that it decides against."""

    head: Head
    remembered: dict[CommandKey, Remembered]
    histories: dict[str, History]

    @property
    def next_position(self) -> int:
        """Return the position that the next appended event gets."""

    def keep(self, kept: KeptOutcome) -> None:
        """Remember what became of a command."""

    def note_forbidden(self, submission: Submission, error: Forbidden) -> None:
        """Note that somebody tried what they may not."""

    def take_snapshot(self, reference: str, loaded: Loaded) -> None:
        """Keep an aggregate as it stands here."""

    def read_history(self, reference: str) -> History:
        """Return the history of an aggregate, as of the head."""

    def mark(self) -> Mark:
        """Return what `return_to` takes to forget what was kept since."""

    def return_to(self, mark: Mark) -> None:
        """Forget what was kept since a mark."""


class Outcomes:
    """What became of the commands of one batch, and whose histories are worth a snapshot: not yet anywhere."""

    def __init__(self) -> None:
        self.remembered: dict[CommandKey, Remembered] = {}
        self._outcomes: list[KeptOutcome] = []
        self._forbidden: list[tuple[Submission, Forbidden]] = []
        self._snapshots: dict[str, Loaded] = {}

    def keep(self, kept: KeptOutcome) -> None:
        """Remember what became of a command."""
        self._outcomes.append(kept)
        outcome = kept.outcome
        if isinstance(outcome, Accepted):
            outcome = msgspec.structs.replace(outcome, events=(), changed={})
        self.remembered[kept.submission.key] = Remembered(kept.request_hash, outcome)

    def note_forbidden(self, submission: Submission, error: Forbidden) -> None:
        """Note that somebody tried what they may not. It is no outcome: the same command may be tried again."""
        self._forbidden.append((submission, error))

    def take_snapshot(self, reference: str, loaded: Loaded) -> None:
        """Keep an aggregate as it stands here, so that nobody needs to read its history from the beginning."""
        self._snapshots[reference] = loaded

    def mark(self) -> Mark:
        """Return what `return_to` takes to forget what was kept since."""
        return Mark(len(self._outcomes), dict(self._snapshots))

    def return_to(self, mark: Mark) -> None:
        """Forget what was kept since a mark, beside what somebody tried and may not: that stays noted."""
        for kept in self._outcomes[mark.outcomes :]:
            del self.remembered[kept.submission.key]
        del self._outcomes[mark.outcomes :]
        self._snapshots = mark.snapshots

"""A submission is a command with who says it; an outcome is what became of it, kept for ever under its command id."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

import msgspec

from domain.catalogue import type_of
from domain.commands import Command
from domain.days import UNCOUNTABLE, is_countable
from domain.envelope import Recorded
from domain.errors import Conflict, Malformed
from domain.posting_rules import post
from domain.references import kind_of
from domain.unit_of_work import Loaded, Step

SHARED = frozenset({"payee", "agreement", "party"})
"""What other trades move as well: that they did is no reason to refuse while the entries stay the same."""

ANY_VERSION = -1
"""Expected of what has to be there, whatever became of it since."""

OBJECT_CHARACTERS_MAX = 200
"""Of a reference that nobody has checked yet, so many are kept."""

_NAME = re.compile(r"[!-~]{1,128}")
COMMAND_ID = re.compile(r"[!-~]{1,255}")
COMMAND_ID_DESCRIBED = "1 to 255 printable ASCII characters without spaces"


class CommandKey(NamedTuple):
    """A command id in the namespace of whoever gave it: a client's, the clocks', an import's."""

    principal: str
    command_id: str


class Attempt(NamedTuple):
    """Who said a command, in which role, the command's name, and what it is about first: empty where nothing yet."""

    actor: str
    role: str
    command: str
    object: str


class Submission(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    A command, said by an actor in a role, at an instant of the world (the moment of recording where none is given).

    expected_versions: by reference, the version at which the caller saw an aggregate; another one is a conflict. With
    ANY_VERSION it only has to be there.
    expected_entries: what `entries_hash` gave for what the caller was shown; anything else is a conflict.
    """

    command: Command
    command_id: str
    principal: str
    actor: str
    role: str
    occurred_at: datetime | None = None
    expected_versions: Mapping[str, int] = {}
    expected_entries: bytes = b""

    @property
    def key(self) -> CommandKey:
        """Return under what the outcome is kept."""
        return CommandKey(self.principal, self.command_id)

    @property
    def attempt(self) -> Attempt:
        """Return who tried what; what it was about only where anything may be called so."""
        about = next(iter(self.command.subjects()), "")
        named = about[:OBJECT_CHARACTERS_MAX] if about.isascii() and about.isprintable() else ""
        return Attempt(self.actor, self.role, type(self.command).__name__, named)

    def request_hash(self) -> bytes:
        """Return SHA-256 over everything that the caller said, beside the key."""
        said: tuple[Any, ...] = (self.command.said(), self.actor, self.role, self.occurred_at, self.expected_versions)
        if self.expected_entries:
            said = (*said, self.expected_entries)
        return hashlib.sha256(_ENCODER.encode(said)).digest()


class Accepted(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """
    The command happened, as the events at these positions, both included.

    repeated: the same command had been recorded before; `events` is then empty, read them by position.
    changed: what it changed, as it stands after it; empty where it was recorded before.
    """

    first_position: int
    last_position: int
    repeated: bool = False
    events: tuple[Recorded, ...] = ()
    changed: Mapping[str, Loaded] = {}


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A rule refused the command, and will give the same answer to the same command id for ever."""

    code: str
    details: dict[str, Any]
    repeated: bool = False


Outcome = Accepted | Rejected


class Remembered(NamedTuple):
    """An outcome as kept, with the hash of the request that it answers."""

    request_hash: bytes
    outcome: Outcome


@dataclass(eq=False, kw_only=True)
class SubmissionMalformed(Malformed):
    """A field of the submission is missing, too long, or has characters that can't stand in a key."""

    code: ClassVar[str] = "submission.malformed"
    field: str
    problem: str


@dataclass(eq=False, kw_only=True)
class CommandIdReused(Conflict):
    """The same command id came before with another body."""

    code: ClassVar[str] = "command.id_reused"
    command_id: str


@dataclass(eq=False, kw_only=True)
class VersionDiffers(Conflict):
    """The aggregate has changed since the caller looked."""

    code: ClassVar[str] = "version.differs"
    reference: str
    expected: int
    version: int


@dataclass(eq=False, kw_only=True)
class NotRecordedTogether(Conflict):
    """Another command of the same list can't be recorded, and the list is recorded whole or not at all."""

    code: ClassVar[str] = "command.not_recorded_together"
    because_of: int


@dataclass(eq=False, kw_only=True)
class EntriesDiffer(Conflict):
    """The command would do something else now than it was shown to do: look at it again."""

    code: ClassVar[str] = "entries.differ"
    command_id: str


def entries_hash(steps: Iterable[Step]) -> bytes:
    """
    Return SHA-256 over the entries that some steps post and what else they make happen in their trade.

    So a clock that passes first, as an offer's that nobody answered, is seen although it moves no money. What moves
    with other trades as well counts only where it posts.
    """
    happened = [
        (step.reference, type_of(step.event).topic, entry)
        for step, entry in ((step, post(step.reference, step.event)) for step in steps)
        if entry or kind_of(step.reference) not in SHARED
    ]
    return hashlib.sha256(_ENCODER.encode(happened)).digest()


def check_entries(submission: Submission, steps: Iterable[Step]) -> None:
    """
    Check that a decision does what its caller expects, where anything was expected.

    Raises: EntriesDiffer.
    """
    if submission.expected_entries and entries_hash(steps) != submission.expected_entries:
        raise EntriesDiffer(command_id=submission.command_id)


def check(submission: Submission) -> None:
    """
    Check what surrounds a command.

    Raises: SubmissionMalformed, for the first of: command_id, principal, actor, role, occurred_at.
    """
    if not COMMAND_ID.fullmatch(submission.command_id):
        raise SubmissionMalformed(field="command_id", problem=COMMAND_ID_DESCRIBED)
    check_names(principal=submission.principal, actor=submission.actor, role=submission.role)
    if submission.occurred_at is not None:
        _check_instant(submission.occurred_at)


def check_names(**names: str) -> None:
    """
    Check what somebody calls themselves, by field.

    Raises: SubmissionMalformed, for the first that is no name.
    """
    for field, name in names.items():
        if not _NAME.fullmatch(name):
            raise SubmissionMalformed(field=field, problem="1 to 128 printable ASCII characters without spaces")


def _check_instant(occurred_at: datetime) -> None:
    if occurred_at.tzinfo is None:
        raise SubmissionMalformed(field="occurred_at", problem="has no time zone")
    if not is_countable(occurred_at.date()):
        raise SubmissionMalformed(field="occurred_at", problem=UNCOUNTABLE)


def answer_again(submission: Submission, request_hash: bytes, remembered: Remembered) -> Outcome:
    """
    Return the outcome that was kept, if the same was asked.

    Raises: CommandIdReused.
    """
    if remembered.request_hash != request_hash:
        raise CommandIdReused(command_id=submission.command_id)
    return msgspec.structs.replace(remembered.outcome, repeated=True)


_ENCODER = msgspec.json.Encoder(order="deterministic")

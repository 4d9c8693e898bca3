"""
What is said in clear carries names and texts that must not stand in the log.

Before a command goes to the ledger they are kept in the book's erasable table, and the command carries what stands for
them. Nothing in clear goes further than this.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from msgspec import field
from msgspec.structs import asdict, replace

from api.composition import OpenedBook
from domain import commands
from domain.commands import Command, PartyCommand
from domain.commitment import Commitment
from domain.envelope import decode
from domain.order import OrderPlaced
from domain.party_events import Role
from domain.references import key, order_id
from domain.side import Side, person_of
from domain.takeover import OrderTakenOver
from ledger.outcomes import Submission, check


class Keep(Protocol):
    """Keeps values of one submission."""

    def __call__(self, *, owner: str, field: str, value: str) -> Commitment:
        """Keep a value that a party, by key, owns, and return what stands for it."""

    def speaker(self, order: str, side: Side | None = None) -> str:
        """Return the key of the party that speaks about an order: on a side of it, or else whoever submits."""

    @property
    def author(self) -> str:
        """Return the key of whoever submits."""


class InClear(Command, frozen=True, kw_only=True):
    """An intent whose confidential values are still readable."""

    def committed(self, keep: Keep) -> Command:
        """Return the intent as the ledger hears it, each value kept and replaced by what stands for it."""
        raise NotImplementedError(type(self), keep)


class RegisterInClear(InClear, PartyCommand, frozen=True, kw_only=True):
    """Let somebody take part under a rulebook; the profile is in clear, by field, as `name` or `address`."""

    roles: tuple[Role, ...]
    country: str
    rulebook: str = "standard/1"
    profile: dict[str, str] = field(default_factory=dict)

    def committed(self, keep: Keep) -> Command:
        """Return the registration with commitments for a profile."""
        profile = {name: keep(owner=self.party, field=name, value=value) for name, value in self.profile.items()}
        return commands.RegisterParty(**(asdict(self) | {"profile": profile}))


class ChangeInClear(InClear, PartyCommand, frozen=True, kw_only=True):
    """Give one field of a party's profile a new value, in clear."""

    field: str
    value: str

    def committed(self, keep: Keep) -> Command:
        """Return the change with a commitment for a value."""
        commitment = keep(owner=self.party, field=self.field, value=self.value)
        return commands.ChangeProfile(party=self.party, field=self.field, commitment=commitment)


Sides = Mapping[str, Mapping[str, str]]
"""By order and by side, the key of the party that trades."""


def committed(
    submission: Submission, book: OpenedBook, *, dry_run: bool = False, placed: Sides = MappingProxyType({})
) -> Submission:
    """
    Return a submission as the ledger hears it; what was said in clear is kept aside, but not in a dry run.

    placed: the sides of orders that aren't in the log yet, as they are placed before it in the same list.

    Raises, in this order: SubmissionMalformed, ReferenceMalformed, ConfidentialTooLong.
    """
    if not isinstance(submission.command, InClear):
        return submission
    check(submission)
    keep = book.confidential.commit_dry if dry_run else book.confidential.keep
    return replace(submission, command=submission.command.committed(_Keeper(submission, book, keep, placed)))


class _Keeper:
    def __init__(
        self, submission: Submission, book: OpenedBook, keep: Callable[..., Commitment], placed: Sides
    ) -> None:
        self._submission = submission
        self._book = book
        self._keep = keep
        self._placed = placed

    def __call__(self, *, owner: str, field: str, value: str) -> Commitment:
        return self._keep(self._submission.key, owner=owner, field=field, value=value.encode())

    @property
    def author(self) -> str:
        return person_of(self._submission.actor)

    def speaker(self, order: str, side: Side | None = None) -> str:
        trading = self._sides(key(order, field="order"))
        return trading.get(side or self._submission.role) or person_of(self._submission.actor)

    def _sides(self, order: str) -> Mapping[str, str]:
        for begun in self._book.recorder.select_events(order_id(order), limit=1):
            event = decode(begun.topic, begun.state).event
            if isinstance(event, OrderPlaced | OrderTakenOver):
                return {"buyer": event.buyer, "exporter": event.exporter}
        return self._placed.get(order, {})

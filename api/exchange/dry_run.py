"""
A dry run decides each order's commands in memory, by the domain's own rules, and records nothing.

It answers as an empty book would. A refund isn't decided: its order is forgotten by then.
"""

import msgspec

from api.exchange.command_stream import Group
from domain import handlers
from domain.commands import ProposeRefund
from domain.errors import LedgerError, Refused
from domain.rulebook import Rulebook
from domain.rules import Rules
from domain.unit_of_work import Loaded, UnitOfWork
from ledger.outcomes import Accepted, Rejected, Submission
from ledger.writer import Answer

_DONE = Accepted(first_position=0, last_position=0)
_NEVER = Loaded(None, 0)


class DryRun:
    """A stream that leads nowhere. `rules` are those of the published `rulebook` that the orders name."""

    def __init__(self, rulebook: str, rules: Rules) -> None:
        reference = f"rulebook:{rulebook}"
        published = Rulebook(reference=reference, rules=rules, drafted_by="import:drafter", status="published")
        self._rulebook = {reference: Loaded(published, 3)}

    def send(self, group: Group) -> None:
        """Decide the commands of a group, beginning with nothing but the rulebook."""
        book = dict(self._rulebook)
        group.tell([_decide(submission, book) for submission in group.submissions])

    def drain(self) -> None:
        """Every group has been told."""


def _decide(submission: Submission, book: dict[str, Loaded]) -> Answer:
    if isinstance(submission.command, ProposeRefund):
        return _DONE
    at = submission.occurred_at
    if at is None:
        raise TypeError(submission.command_id)
    uow = UnitOfWork(
        lambda reference: book.get(reference, _NEVER), actor=submission.actor, occurred_at=at, role=submission.role
    )
    try:
        handlers.decide(submission.command, uow)
    except Refused as refused:
        return Rejected(code=refused.code, details=msgspec.to_builtins(refused.details()))
    except LedgerError as error:
        return error
    book.update(uow.changed)
    return _DONE

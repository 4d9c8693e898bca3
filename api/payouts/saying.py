"""Saying commands about payouts to a book, many together, in somebody's name."""

from collections.abc import Sequence
from concurrent.futures import Future

from msgspec import Struct

from api.commands.dry_run import try_list
from api.composition import OpenedBook
from domain.commands import Command
from domain.errors import LedgerError
from domain.payout_events import PayoutPlanned
from ledger.outcomes import Accepted, Outcome, Submission

PRINCIPAL = "payouts"


class Voice(Struct, frozen=True, kw_only=True):
    """Who says it, and in which role."""

    actor: str
    role: str


def say_all(
    book: OpenedBook, said: Sequence[Command], voice: Voice, *, dry_run: bool = False
) -> list[Outcome | LedgerError]:
    """
    Say commands in order and return what became of each, or in a dry run would.

    Raises: what `Writer.submit` does.
    """
    submissions = [
        Submission(
            command=command,
            command_id=book.world.new_id(),
            principal=PRINCIPAL,
            actor=voice.actor,
            role=voice.role,
        )
        for command in said
    ]
    if dry_run:
        return [_known(answer) for answer in try_list(book, submissions, atomic=False)]
    return [_answer(future) for future in book.writer.submit_all(submissions)] if submissions else []


def plan_in(outcome: Outcome | LedgerError) -> PayoutPlanned | None:
    """Return the plan that an outcome recorded, if it did."""
    if not isinstance(outcome, Accepted):
        return None
    return next((each.event for each in outcome.events if isinstance(each.event, PayoutPlanned)), None)


def key_in(outcome: Outcome | LedgerError) -> str:
    """Return the key of the payout that an outcome planned, empty if it didn't."""
    if not isinstance(outcome, Accepted):
        return ""
    plans = (each.originator_id for each in outcome.events if isinstance(each.event, PayoutPlanned))
    return next(plans, "").partition(":")[2]


def _answer(future: Future[Outcome]) -> Outcome | LedgerError:
    try:
        return future.result()
    except LedgerError as refused:
        return refused


def _known(answer: Outcome | Exception) -> Outcome | LedgerError:
    if isinstance(answer, Exception) and not isinstance(answer, LedgerError):
        raise answer
    return answer

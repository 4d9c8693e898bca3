"""
Previewing takes candidates as people say them, shows side by side what each would come to, and carries one of them out.

What is said in clear is kept under the command that will carry it out. So a candidate is carried out once, whoever asks
and however often: its command's id is the preview's, with the candidate's number.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, cast

import msgspec

from api.candidates import Previewer, PreviewSaid, Wanted, candidates_of
from api.commands.disputes_in_clear import texts_of
from api.commands.in_clear import committed
from api.composition import OpenedBook
from api.foreseen import CandidateView, candidate_view
from api.rulebooks import RulebookNotFound
from domain.aggregate import Aggregate
from domain.commands import Command, OrderCommand, PublicCommand
from domain.errors import Conflict, LedgerError, Malformed
from domain.order import Order
from domain.references import key, order_id
from domain.rulebook import Rulebook
from ledger.outcomes import EntriesDiffer, Submission, VersionDiffers, check
from ledger.previews import Candidate, PreviewNotFound, Previews
from projections.streams import aggregate_of

PRINCIPAL = "previews"


@dataclass(eq=False, kw_only=True)
class CandidateNotChosen(Malformed):
    """Several candidates of this preview can be carried out: name one of these numbers."""

    code: ClassVar[str] = "preview.candidate_not_chosen"
    preview: str
    candidates: tuple[int, ...]


@dataclass(eq=False, kw_only=True)
class PreviewOvertaken(Conflict):
    """The dispute has moved on since the preview was made, and nothing was done: preview it again."""

    code: ClassVar[str] = "preview.overtaken"
    hint: ClassVar[str] = "the dispute has moved on: preview it again"
    preview: str
    candidate: int
    cause: str
    about: dict[str, Any]


class PreviewView(msgspec.Struct, frozen=True, kw_only=True):
    """A preview: `trade-ledger execute --preview ID --candidate NUMBER` carries one of its candidates out."""

    preview: str
    at: datetime
    candidates: list[CandidateView]


def make_preview(book: OpenedBook, said: PreviewSaid, *, preview: str, previewer: Previewer) -> PreviewView:
    """
    Show what candidates would come to as the book stands, and keep what would carry each out.

    preview: a new id.

    Raises, for one candidate after the other: CandidateMalformed, SubmissionMalformed, ReferenceMalformed,
    ConfidentialTooLong, RulebookNotFound; then PreviewMalformed.
    """
    at = said.at or previewer.at
    wanted = candidates_of(said, previewer, currency_of=partial(currency_of, book))
    candidates = [_candidate(book, each, f"{preview}/{number}", at) for number, each in enumerate(wanted, start=1)]
    foreseen = Previews(book.pool, book.name).make(preview, candidates, at=at)
    views = [
        candidate_view(number, each, order=order, currency=currency_of(book, order))
        for number, each in enumerate(foreseen, start=1)
        for order in (_order_of(each.candidate.command),)
    ]
    return PreviewView(preview=preview, at=at, candidates=views)


def execution(book: OpenedBook, preview: str, candidate: int | None, *, at: datetime | None = None) -> Submission:
    """
    Return what carries a candidate out exactly as it was seen; without a number, the only one that can be.

    Raises, in this order: PreviewNotFound, CandidateNotChosen, PreviewOvertaken (its texts are erased).
    """
    previews = Previews(book.pool, book.name)
    number = candidate or _only(previews, preview)
    submission = previews.submission(preview, number, command_id=f"{preview}/{number}", principal=PRINCIPAL)
    for text in texts_of(submission.command):
        if not book.confidential.check(text):
            raise PreviewOvertaken(preview=preview, candidate=number, cause="confidential.erased", about={"text": text})
    return msgspec.structs.replace(submission, occurred_at=at)


def overtaken(preview: Submission, error: LedgerError) -> LedgerError:
    """Return what a conflict means to whoever carries a preview out; any other error as it is."""
    if not isinstance(error, EntriesDiffer | VersionDiffers):
        return error
    name, _, candidate = preview.command_id.rpartition("/")
    return PreviewOvertaken(preview=name, candidate=int(candidate), cause=error.code, about=error.details())


def currency_of(book: OpenedBook, order: str) -> str:
    """Return the currency of an order by key; nothing where there is no such order."""
    with book.pool.connection() as connection:
        found = aggregate_of(connection, book.name, order_id(key(order, field="order")))
    return found.currency if isinstance(found, Order) else ""


def _only(previews: Previews, preview: str) -> int:
    numbers = previews.executable(preview)
    if not numbers:
        raise PreviewNotFound(preview=preview, candidate=0)
    if len(numbers) > 1:
        raise CandidateNotChosen(preview=preview, candidates=tuple(numbers))
    return numbers[0]


def _candidate(book: OpenedBook, wanted: Wanted, command_id: str, at: datetime) -> Candidate:
    submission = Submission(
        command=wanted.command,
        command_id=command_id,
        principal=PRINCIPAL,
        actor=wanted.actor,
        role=wanted.role,
        occurred_at=at,
    )
    check(submission)
    key(_order_of(wanted.command), field="order")
    heard = committed(submission, book).command
    return Candidate(
        name=wanted.name,
        command=cast("PublicCommand", heard),
        actor=wanted.actor,
        role=wanted.role,
        instead=_instead(book, _order_of(heard), wanted.rulebook) if wanted.rulebook else {},
    )


def _instead(book: OpenedBook, order: str, rulebook: str) -> dict[str, Aggregate]:
    """Return another rulebook in place of an order's own."""
    for part in rulebook.split("/", 1):
        key(part, field="rulebook")
    with book.pool.connection() as connection:
        other = aggregate_of(connection, book.name, f"rulebook:{rulebook}")
        placed = aggregate_of(connection, book.name, order_id(order))
    if not isinstance(other, Rulebook):
        raise RulebookNotFound(rulebook=rulebook)
    return {placed.terms.rulebook: other} if isinstance(placed, Order) else {}


def _order_of(command: Command) -> str:
    return command.order if isinstance(command, OrderCommand) else ""

"""
Recording a list: each command passes the door that it would pass by itself, and is answered by itself.

What can't pass, or can't be meant, isn't recorded; of an atomic list nothing is recorded then, and every other command
of it says because of which.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from api.commands.command_table import sayable
from api.commands.dry_run import try_list
from api.commands.in_clear import InClear, committed
from api.commands.lists import Item, Listed, Said, Unreadable
from api.commands.requests import Envelope
from api.composition import OpenedBook
from api.http.desk import Desk
from api.identity.caller import Caller
from api.identity.own import check_own
from api.identity.permissions import Own, check_permitted
from domain.commands import ForgetParty, PlaceOrder, TakeOverOrder
from domain.errors import LedgerError
from ledger.outcomes import Accepted, NotRecordedTogether, Submission
from ledger.writer import Answer

Heard = Submission | LedgerError
"""A command of a list on its way to the ledger, or why it doesn't get there."""


class Recorded(NamedTuple):
    """A command of a list with what it came to."""

    submission: Submission | None
    answer: Answer


async def record_list(desk: Desk, book: str, caller: Caller, listed: Listed, *, dry_run: bool) -> list[Recorded]:
    """Return what became of the commands of a list, in order; with `dry_run` what would, and nothing is recorded."""
    opened = await asyncio.to_thread(desk.book, book)
    door = await desk.door(book)
    heard = await asyncio.to_thread(_all_heard, opened, caller, listed.items, dry_run=dry_run)
    going = [each for each in heard if isinstance(each, Submission)]
    if listed.atomic and len(going) < len(heard):
        return _none_of(heard)
    if dry_run:
        answers = await asyncio.to_thread(try_list, opened, going, atomic=listed.atomic)
    else:
        answers = await door.submit_list(going, atomic=listed.atomic)
        await asyncio.to_thread(_erase_forgotten, opened, going, answers)
    following = iter(zip(going, answers, strict=True))
    return [Recorded(*next(following)) if isinstance(each, Submission) else Recorded(None, each) for each in heard]


def _none_of(heard: Sequence[Heard]) -> list[Recorded]:
    first = next(place for place, each in enumerate(heard) if isinstance(each, LedgerError))
    because = NotRecordedTogether(because_of=first)
    return [Recorded(None, each if isinstance(each, LedgerError) else because) for each in heard]


def _all_heard(book: OpenedBook, caller: Caller, items: Sequence[Item], *, dry_run: bool) -> list[Heard]:
    admit = _admission(book, caller)
    placed: dict[str, dict[str, str]] = {}
    return [_heard(book, caller, item, admit, placed, dry_run=dry_run) for item in items]


def _heard(
    book: OpenedBook,
    caller: Caller,
    item: Item,
    admit: Callable[[Item], None],
    placed: dict[str, dict[str, str]],
    *,
    dry_run: bool,
) -> Heard:
    try:
        admit(item)
        if isinstance(item, Unreadable):
            return item.error
        envelope = Envelope(book.name, item.key, caller, item.expected)
        submission = envelope.around(item.command, occurred_at=item.body.occurred_at, in_path=item.in_path)
        if isinstance(submission.command, InClear):
            submission = committed(submission, book, dry_run=dry_run, placed=placed)
        book.writer.check(submission)
    except LedgerError as error:
        return error
    if isinstance(item.command, PlaceOrder | TakeOverOrder):
        placed[item.command.order] = {"buyer": item.command.buyer, "exporter": item.command.exporter}
    return submission


def _admission(book: OpenedBook, caller: Caller) -> Callable[[Item], None]:
    """Return what checks that a caller may say a command of a list, asking once for each thing that it is about."""
    checked: dict[tuple[Own, tuple[tuple[str, object], ...]], LedgerError | None] = {}

    def admit(item: Item) -> None:
        name = item.row.name if isinstance(item, Said) else item.name
        if name not in sayable():
            return
        by = check_permitted(caller, name)
        if by is None:
            return
        about = by, tuple(sorted((part, str(value)) for part, value in item.parts.items()))
        if about not in checked:
            checked[about] = _refusal(book, caller, by, {part: str(value) for part, value in item.parts.items()})
        if (refusal := checked[about]) is not None:
            raise refusal

    return admit


def _refusal(book: OpenedBook, caller: Caller, by: Own, parts: dict[str, str]) -> LedgerError | None:
    try:
        check_own(caller, by, parts, book)
    except LedgerError as error:
        return error
    except KeyError:  # a path that lacks the part: it can't be meant, and says so
        return None
    return None


def _erase_forgotten(book: OpenedBook, submissions: Sequence[Submission], answers: Sequence[Answer]) -> None:
    for submission, answer in zip(submissions, answers, strict=True):
        if isinstance(submission.command, ForgetParty) and isinstance(answer, Accepted):
            book.confidential.erase(submission.command.party)

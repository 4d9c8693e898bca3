"""What commands about breaks do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from domain import commands
from domain.bank_entry import BankEntry
from domain.bank_postings import WRITE_OFFS
from domain.break_events import BreakResolved
from domain.errors import Malformed, Refused
from domain.handlers.bank_matches import book
from domain.handlers.break_moves import is_settled, say
from domain.handlers.settlements import write_line_off
from domain.open_item import OpenItem, begin
from domain.reconciliation_break import Break, BreakClosed, BreakUnchanged, check_found
from domain.references import kind_of, number_of_line, settlement_of_line
from domain.settlement import Settlement
from domain.unit_of_work import UnitOfWork

FOUND_MAX = 100


@dataclass(eq=False, kw_only=True)
class BreaksMalformed(Malformed):
    """Differences are said some at a time: 1 to 100, each subject once."""

    code: ClassVar[str] = "break.list_malformed"
    found: int


@dataclass(eq=False, kw_only=True)
class BreakSubjectSettled(Refused):
    """What differed is settled by now."""

    code: ClassVar[str] = "break.subject_settled"
    subject: str


@dataclass(eq=False, kw_only=True)
class BreakSubjectOpen(Refused):
    """What differs isn't settled: match it, book it, or have it written off."""

    code: ClassVar[str] = "break.subject_open"
    subject: str


def raise_breaks(command: commands.RaiseBreaks, uow: UnitOfWork) -> None:
    """
    Raises, in this order: BreaksMalformed, what `check_found` does of each, AggregateNotFound (a bank entry, a payout),
    BreakSubjectSettled, BreakUnchanged (all of them).
    """
    subjects = [each.subject for each in command.found]
    if not 1 <= len(set(subjects)) == len(subjects) <= FOUND_MAX:
        raise BreaksMalformed(found=len(subjects))
    for found in command.found:
        check_found(found)
    for subject in subjects:
        if is_settled(subject, uow):
            raise BreakSubjectSettled(subject=subject)
    if not sum([say(found, uow) for found in command.found]):
        raise BreakUnchanged(found=len(subjects))


def resolve_break(command: commands.ResolveBreak, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, BreakClosed, BreakSubjectOpen.

    What settled it, as its bank's rejection of a payout, was booked when it happened.
    """
    found = _break(command, uow)
    if not found.is_open:
        raise BreakClosed(break_key=command.break_key)
    if not is_settled(found.subject, uow):
        raise BreakSubjectOpen(subject=found.subject)
    uow.record(found.reference, BreakResolved(how="booking", by=found.subject))


def assign_break(command: commands.AssignBreak, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Break.assign` does."""
    found = _break(command, uow)
    uow.record(found.reference, found.assign(command.owner, actor=uow.actor))


def comment_break(command: commands.CommentBreak, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Break.comment` does."""
    found = _break(command, uow)
    uow.record(found.reference, found.comment(command.comment, actor=uow.actor))


def propose_break_write_off(command: commands.ProposeBreakWriteOff, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Break.propose_write_off` does."""
    found = _break(command, uow)
    uow.record(found.reference, found.propose_write_off(reason=command.reason, actor=uow.actor))


def approve_break_write_off(command: commands.ApproveBreakWriteOff, uow: UnitOfWork) -> None:
    """
    Raises, in this order: AggregateNotFound, what `Break.approve_write_off` does, and where it is about an open item,
    OpenItemDiffers, OpenItemExceeded.

    A bank entry is booked to the account of write-offs, an open item against it; a statement that doesn't add up is
    accepted as it is, which posts nothing. While its break is open, an entry isn't matched.
    """
    found = _break(command, uow)
    approved = found.approve_write_off(command.number, actor=uow.actor)
    uow.record(found.reference, approved)
    match kind_of(found.subject):
        case "bank_entry":
            entry = uow.get(BankEntry, found.subject)
            book(entry, account=WRITE_OFFS, match=f"{command.break_key}.{command.number}", uow=uow)
        case "open_item":
            item = uow.find(OpenItem, found.subject)
            item = item or begin(found.subject, of_minor=found.of_minor)
            by = f"{command.break_key}/{command.number}"
            written = item.write_off(approved.amount_minor, currency=found.currency, of_minor=found.of_minor, by=by)
            uow.record(found.subject, written)
        case "settlement_line":
            settlement = uow.get(Settlement, settlement_of_line(found.subject))
            write_line_off(settlement, number_of_line(found.subject), account=WRITE_OFFS, uow=uow)
        case _:
            pass
    uow.record(found.reference, BreakResolved(how="write-off", by=f"{command.break_key}/{command.number}"))


def reject_break_write_off(command: commands.RejectBreakWriteOff, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Break.reject_write_off` does."""
    found = _break(command, uow)
    rejected = found.reject_write_off(command.number, reason=command.reason, actor=uow.actor)
    uow.record(found.reference, rejected)


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.RaiseBreaks: raise_breaks,
    commands.ResolveBreak: resolve_break,
    commands.AssignBreak: assign_break,
    commands.CommentBreak: comment_break,
    commands.ProposeBreakWriteOff: propose_break_write_off,
    commands.ApproveBreakWriteOff: approve_break_write_off,
    commands.RejectBreakWriteOff: reject_break_write_off,
}


def _break(command: commands.BreakCommand, uow: UnitOfWork) -> Break:
    return uow.get(Break, f"break:{command.break_key}")

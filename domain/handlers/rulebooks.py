"""What commands about a book and its rulebooks do."""

from collections.abc import Callable
from typing import Any

from domain import book, commands, rulebook
from domain.book import Book
from domain.references import book_id, key
from domain.rulebook import Rulebook
from domain.unit_of_work import UnitOfWork


def open_book(command: commands.OpenBook, uow: UnitOfWork) -> None:
    """Raises, in this order: ReferenceMalformed, and what `book.open_book` does."""
    reference = book_id(key(command.book, field="book"))
    opened = book.open_book(
        uow.find(Book, reference),
        identity=command.identity,
        log_origin=command.log_origin,
        functional_currency=command.functional_currency,
        time_zone=command.time_zone,
    )
    uow.record(reference, opened)


def reopen_log(command: commands.ReopenLog, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, and what `Book.reopen_log` does."""
    opened = uow.get(Book, book_id(uow.book))
    reopened = opened.reopen_log(
        old_origin=command.old_origin,
        new_origin=command.new_origin,
        signed_size=command.signed_size,
        signed_root=command.signed_root,
        restored_size=command.restored_size,
        reason=command.reason,
    )
    uow.record(opened.reference, reopened)


def draft_rulebook(command: commands.DraftRulebook, uow: UnitOfWork) -> None:
    """Raises, in this order: ReferenceMalformed, and what `rulebook.draft` does."""
    name, _, version = command.rulebook.partition("/")
    key(name, field="rulebook")
    key(version, field="rulebook")
    reference = f"rulebook:{command.rulebook}"
    uow.record(reference, rulebook.draft(uow.find(Rulebook, reference), rules=command.rules, actor=uow.actor))


def approve_rulebook(command: commands.ApproveRulebook, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, RulebookNotInState, RulebookApproverIsDrafter."""
    reference = f"rulebook:{command.rulebook}"
    uow.record(reference, uow.get(Rulebook, reference).approve(actor=uow.actor))


def publish_rulebook(command: commands.PublishRulebook, uow: UnitOfWork) -> None:
    """Raises, in this order: AggregateNotFound, RulebookNotInState, RulebookBackdated."""
    reference = f"rulebook:{command.rulebook}"
    approved = uow.get(Rulebook, reference)
    uow.record(reference, approved.publish(effective_from=command.effective_from, at=uow.occurred_at))


HANDLERS: dict[type[commands.Command], Callable[[Any, UnitOfWork], None]] = {
    commands.OpenBook: open_book,
    commands.ReopenLog: reopen_log,
    commands.DraftRulebook: draft_rulebook,
    commands.ApproveRulebook: approve_rulebook,
    commands.PublishRulebook: publish_rulebook,
}

"""
A dry run of a command answers with what it would do to the book as it stands: nothing is recorded or kept, not its key.

It meets the refusals that the command would meet, and a key that was used answers as it would for the command itself.
"""

from collections.abc import Sequence

from api.commands.in_clear import committed
from api.composition import OpenedBook
from ledger.dry_run import decide_dry
from ledger.outcomes import Outcome, Submission
from ledger.writer import Answer


def try_command(book: OpenedBook, submission: Submission) -> Outcome:
    """
    Return what would become of a submission.

    Raises: as recording it would.
    """
    heard = committed(submission, book, dry_run=True)
    book.writer.check(heard)
    (answer,) = _decided(book, [heard])
    if isinstance(answer, Exception):
        raise answer
    return answer


def try_list(book: OpenedBook, submissions: Sequence[Submission], *, atomic: bool) -> list[Answer]:
    """Return what would become of checked submissions, each after the others; with `atomic` all or none."""
    return _decided(book, submissions, together=[range(len(submissions))] if atomic else [])


def _decided(book: OpenedBook, submissions: Sequence[Submission], *, together: Sequence[range] = ()) -> list[Answer]:
    world = book.world
    return decide_dry(book.pool, book.name, submissions, clock=world.clock, salts=world.salts, together=together)

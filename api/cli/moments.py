"""Options of every verb that reads: at which moment."""

from typing import Annotated

import typer

from api.composition import OpenedBook
from api.moments import MomentAsked
from projections.moment import NOW, Moment
from projections.projection import POSITION_MAX

AtPosition = Annotated[
    int | None, typer.Option("--at-position", min=0, max=POSITION_MAX, help="As recorded up to this position.")
]
KnownAt = Annotated[
    str | None,
    typer.Option("--known-at", metavar="TIME", help="As recorded by then: 2026-11-01T12:00:00Z, or the end of a day."),
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="What is posted up to the end of this day: 2026-11-01.")
]


def moment_at(opened: OpenedBook, at_position: int | None, known_at: str | None, as_of: str | None) -> Moment:
    """
    Return the moment that a reader asks for by its position, the log's end where nothing is said, once the read side
    has come to it.

    Raises, in this order: MomentMalformed, MomentAhead.
    """
    opened.runner.catch_up()
    return MomentAsked(at_position, known_at, as_of).resolve(opened)


def moment_sought(opened: OpenedBook, at_position: int | None, known_at: str | None, as_of: str | None) -> Moment:
    """
    Return the moment that a reader asks for, NOW where nothing is said, once the read side has come to it.

    Raises, in this order: MomentMalformed, MomentAhead.
    """
    opened.runner.catch_up()
    return MomentAsked(at_position, known_at, as_of).sought(opened)


def moment_of_log(opened: OpenedBook, at_position: int | None, known_at: str | None, as_of: str | None) -> Moment:
    """
    Return the moment that a reader asks for, NOW where nothing is said, for what is read from the log alone.

    Raises, in this order: MomentMalformed, MomentAhead.
    """
    return MomentAsked(at_position, known_at, as_of).of_log(opened)


def titled(title: str, moment: Moment) -> str:
    """Return a table's title with the moment that it shows: `Balances of book main, at position 7`."""
    if moment == NOW:
        return title
    as_of = f", posted up to {moment.as_of}" if moment.as_of else ""
    return f"{title}, at position {moment.position}{as_of}"

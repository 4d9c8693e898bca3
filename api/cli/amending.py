"""Verbs that change what was agreed: amendments, which both sides accept, and more time to inspect."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from api.cli.arguments import ArgumentMalformed, Currency, OfSide, whole
from api.cli.trading import Reason, Reference, verb
from domain import commands
from domain.amendment import Amendment, LineChange
from domain.commands import Command

LINE_SHAPE = "LINE:QUANTITY:AMOUNT, the amount for the whole line"

AmendmentNumber = Annotated[int, typer.Argument(metavar="AMENDMENT", help="The amendment's number, from 1.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def propose(
    order: Reference,
    side: OfSide,
    line: Annotated[list[str] | None, typer.Option(help=f"{LINE_SHAPE}; repeat.")] = None,
    step: Annotated[list[str] | None, typer.Option(help="AMOUNT of each payment, in order; repeat.")] = None,
    ship_by: Day = None,
    deliver_by: Day = None,
    *,
    book: str,
) -> Command:
    """Ask the other side to change an order; what isn't named stays."""
    currency = Currency(book, order)
    change = Amendment(
        lines=_lines(line or (), currency),
        step_amounts_minor=tuple(map(currency.minor, step or ())),
        ship_by=ship_by.date() if ship_by else None,
        deliver_by=deliver_by.date() if deliver_by else None,
    )
    return commands.ProposeAmendment(order=order, side=side, change=change)


def accept(order: Reference, amendment: AmendmentNumber, side: OfSide) -> Command:
    """Agree to a change of an order, as the other side."""
    return commands.AcceptAmendment(order=order, amendment=amendment, side=side)


def decline(order: Reference, amendment: AmendmentNumber, side: OfSide, reason: Reason = "not-acceptable") -> Command:
    """Refuse a change of an order, or take one's own back."""
    return commands.DeclineAmendment(order=order, amendment=amendment, side=side, reason=reason)


def extend_inspection(
    order: Reference,
    side: OfSide,
    days: Annotated[int | None, typer.Option(help="Else as many as the rules let a side give.")] = None,
) -> Command:
    """Give the buyer more time to inspect, as one side."""
    return commands.ExtendInspection(order=order, side=side, days=days)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `amendment`, and `extend-inspection`."""
    room = typer.Typer(help="Changes of what was agreed: proposed by one side, accepted by the other.")
    for build in (propose, accept, decline):
        room.command(build.__name__)(verb(build))
    app.add_typer(room, name="amendment", no_args_is_help=True)
    app.command("extend-inspection")(verb(extend_inspection))


def _lines(texts: Sequence[str], currency: Currency) -> tuple[LineChange, ...]:
    return tuple(_line(text, currency) for text in texts)


def _line(text: str, currency: Currency) -> LineChange:
    line, _, rest = text.partition(":")
    quantity, colon, amount = rest.partition(":")
    if not colon:
        raise ArgumentMalformed(argument="line", problem=f"not of the shape {LINE_SHAPE}: {text}")
    return LineChange(
        line=whole(line, argument="line"),
        quantity=whole(quantity, argument="line"),
        amount_minor=currency.minor(amount),
    )

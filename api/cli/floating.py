"""The verb that meters the float: how long money stayed, and what it waited for."""

from datetime import date, datetime
from typing import Annotated

import msgspec
import typer

from api.cli.moments import AsOf, AtPosition, KnownAt, moment_of_log, titled
from api.cli.terminal import AsJson, BookName, book_of, print_json, print_table
from api.cli.treasury import Limit, OfCurrency, print_some
from domain.money import to_major
from projections.float_waits import WaitedFor
from projections.floats import FloatRow, FloatsSought, FloatState, FloatTotal, float_totals, search_floats
from projections.moment import Moment


class FloatsTold(msgspec.Struct, frozen=True, kw_only=True):
    """How long money stayed, counted to a day, and what it waited for in sum."""

    at: date
    parts: list[FloatRow]
    totals: list[FloatTotal]


def meter_float(
    exporter: Annotated[str | None, typer.Option(help="On this exporter's trades.")] = None,
    payee: Annotated[str | None, typer.Option(help="Due to this party.")] = None,
    order: Annotated[str | None, typer.Option(help="Of this order.")] = None,
    currency: OfCurrency = None,
    over: Annotated[int | None, typer.Option(min=0, help="That stayed more than so many days.")] = None,
    waited_for: Annotated[WaitedFor | None, typer.Option(help="That waited for this, for a day at least.")] = None,
    state: Annotated[FloatState, typer.Option(help="Only what waits still, or what is paid.")] = "all",
    to: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Count to this day; today.")] = None,
    limit: Limit = 50,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show how many days money stayed after the last condition was met, and what it waited for."""
    sought = FloatsSought(
        exporter=exporter,
        payee=payee,
        order=order,
        currency=currency,
        waited_for=waited_for,
        over_days=over,
        state=state,
    )
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        at = to.date() if to else opened.world.clock().date()
        with opened.pool.connection() as connection:
            rows = search_floats(connection, book, sought, at=at, moment=moment)
    told = FloatsTold(at=at, parts=rows, totals=float_totals(rows))
    if as_json:
        print_json(told)
    else:
        _show_floats(told, moment, limit)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("float")(meter_float)


def _show_floats(told: FloatsTold, moment: Moment, limit: int) -> None:
    rows = [
        (
            row.part,
            row.payee,
            row.currency,
            to_major(row.amount_minor, row.currency),
            row.due_on,
            row.paid_on or f"waits for {row.waits_for}",
            row.days,
            ", ".join(f"{each.waited_for} {each.days}" for each in row.waited),
        )
        for row in told.parts
    ]
    columns = ["part", "payee", "", "#amount", "due", "paid", "#days", "waited for"]
    print_some(titled(f"Days that money stayed, to {told.at}", moment), columns, rows, limit)
    totals = [
        (
            total.currency,
            total.waited_for,
            total.parts,
            to_major(total.amount_minor, total.currency),
            total.days,
            total.days_max,
            to_major(total.minor_days, total.currency),
        )
        for total in told.totals
    ]
    columns = ["", "waited for", "#parts", "#amount", "#days", "#at most", "#amount x days"]
    print_table("What it waited for", columns, totals)

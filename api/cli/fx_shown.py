"""Verbs that show foreign exchange: what a source quoted, what one currency is worth, conversions, exposures."""

from datetime import date, datetime
from typing import Annotated

import typer

from api.cli.moments import AsOf, AtPosition, KnownAt, moment_of_log, titled
from api.cli.terminal import AsJson, BookName, book_of, print_json, print_table
from api.exchange.ecb_rates import SOURCE
from api.foreign_exchange import (
    ConversionView,
    ExposureRow,
    all_conversions,
    all_exposures,
    get_rate,
    rates_between,
)
from domain.exchange_rate import DAYS_BACK
from domain.money import to_major

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
FirstDay = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day wanted.")]
LastDay = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day wanted.")]
Source = Annotated[str, typer.Option(help="Who published the rates.")]
DaysBack = Annotated[int, typer.Option(help="How many days before the day a rate may be from.")]


def day_of(said: datetime | None) -> date | None:
    """Return the day that an option says, if it says one."""
    return said.date() if said else None


def rate(
    one: Annotated[str, typer.Option("--from", help="Of which currency one unit is meant, as USD.")],
    other: Annotated[str, typer.Option("--to", help="In which currency it is told, as INR.")],
    on: Day = None,
    source: Source = SOURCE,
    days_back: DaysBack = DAYS_BACK,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show what one currency is worth in another on a day, exactly, and by which recorded rates of which day."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        day = day_of(on) or opened.world.clock().date()
        with opened.pool.connection() as connection:
            view = get_rate(connection, book, source, (one, other), on=day, days_back=days_back, moment=moment)
    if as_json:
        print_json(view)
        return
    used = view.used
    print_table(
        titled(f"1 {one} on {view.on}", moment),
        ["in", "#rounded, to be read", "exactly", "source", "rates of", "base", "rates"],
        [(other, view.decimal, view.exact, used.source, used.day, used.base, _quoted(used.rates))],
    )


def list_rates(
    first: FirstDay = None,
    last: LastDay = None,
    source: Source = SOURCE,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show what a source quoted on each day between two, the last first; the last month if none is named."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        until = day_of(last) or opened.world.clock().date()
        with opened.pool.connection() as connection:
            rows = list(rates_between(connection, book, source, first=day_of(first), last=until, moment=moment))
    if as_json:
        print_json(rows)
        return
    print_table(
        titled(f"Rates of {source}", moment),
        ["day", "base", "#corrections", "rates"],
        [(row.day, row.base, row.corrections, _quoted(row.rates)) for row in rows],
    )


def list_conversions(
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show every conversion with its rates and what it gained or lost."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            views = all_conversions(connection, book, moment=moment)
    if as_json:
        print_json(views)
        return
    print_table(
        titled(f"Conversions of book {book}", moment),
        ["conversion", "posted", "#sold", "#bought", "deal", "#at the reference", "reference", "#margin", "#closed"],
        [_conversion_row(view) for view in views],
        note="margin: against the reference rate; closed: gained on what it closed; both in the functional currency",
    )


def list_exposures(
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show what conversions left open in each foreign currency, and at which value it is carried."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            rows = all_exposures(connection, book, moment=moment)
    if as_json:
        print_json(rows)
    else:
        show_exposures(titled(f"Exposures of book {book}", moment), rows)


def show_exposures(title: str, rows: list[ExposureRow]) -> None:
    """Show what is open in each foreign currency."""
    print_table(
        title,
        ["#open", "#carried at", "#gained so far", "moved on"],
        [
            (
                str(row.open),
                f"{to_major(row.carried_minor, row.currency)} {row.currency}",
                to_major(row.gained_minor, row.currency),
                row.moved_on or "",
            )
            for row in rows
        ],
    )


def _quoted(rates: dict[str, str]) -> str:
    return ", ".join(f"{currency} {rate}" for currency, rate in rates.items())


def _conversion_row(view: ConversionView) -> tuple[object, ...]:
    deal = f"{view.deal.source} {view.deal.rate} {view.deal.of}".rstrip()
    return (
        view.conversion,
        view.posting_date,
        f"{to_major(view.sold.amount_minor, view.sold.currency)} {view.sold.currency}",
        f"{to_major(view.bought.amount_minor, view.bought.currency)} {view.bought.currency}",
        f"{deal}, taken back" if view.reversal else deal,
        str(view.would_have_bought),
        f"{view.benchmark.source} {view.benchmark.day}",
        to_major(view.margin_minor, view.currency),
        to_major(view.difference_minor, view.currency),
    )

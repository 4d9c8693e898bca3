"""Verbs about foreign exchange: rates imported, shown and corrected, money converted, exposures shown and revalued."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
import typer

from api.cli.fx_shown import (
    DaysBack,
    FirstDay,
    LastDay,
    day_of,
    list_conversions,
    list_exposures,
    list_rates,
    rate,
    show_exposures,
)
from api.cli.terminal import DONE, REFUSED, AsJson, BookName, book_of, err, print_json, print_table, progress_bar
from api.cli.trading import PRINCIPAL, Reason, show_rejected, verb
from api.composition import OpenedBook, new_id
from api.exchange.ecb_rates import SOURCE, RatesImported, import_history, read_history
from api.foreign_exchange import all_exposures
from api.http.problems import Problem, problem_of_rejected
from api.views import OutcomeView, outcome_view
from domain import commands
from domain.book import Book
from domain.commands import Command
from domain.conversion import Deal
from domain.exchange_rate import DAYS_BACK, RatesMalformed
from domain.money import from_major
from domain.references import book_id
from ledger.outcomes import Outcome, Rejected, Submission
from projections.exchange_rates import rates_of_days
from projections.streams import aggregate_of

RateSaid = Annotated[list[str], typer.Argument(metavar="CURRENCY=RATE...", help="Units for one of the base, repeat.")]
RatesDay = Annotated[datetime, typer.Argument(metavar="DAY", formats=["%Y-%m-%d"])]
RatesSource = Annotated[str, typer.Argument(metavar="SOURCE", help="Who published them, as ECB.")]


class Revalued(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the revaluation of one currency: what happened, or why it was refused."""

    currency: str
    outcome: OutcomeView | None
    refused: Problem | None


def import_ecb(
    file: Annotated[Path, typer.Argument(help="eurofxref-hist.zip, or the CSV in it.", exists=True, dir_okay=False)],
    first: FirstDay = None,
    last: LastDay = None,
    actor: Annotated[str, typer.Option(help="Who says it.")] = "finance:cli",
    role: Annotated[str, typer.Option(help="In which role.")] = "finance",
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Record the European Central Bank's reference rates of the days asked for; a second time changes nothing."""
    read = read_history(file.read_bytes(), first=day_of(first), last=day_of(last))
    with book_of(book, founded=True) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task(f"rates of {file.name}", total=len(read.days))
        imported = import_history(
            read,
            opened.writer,
            actor=actor,
            role=role,
            recorded_as=lambda day: _recorded_as(opened, day),
            progress=lambda done: bar.update(task, completed=done),
        )
    if as_json:
        print_json(imported)
    else:
        _show_imported(imported)
    raise typer.Exit(DONE if imported.is_whole else REFUSED)


def record(source: RatesSource, day: RatesDay, base: Annotated[str, typer.Argument()], rates: RateSaid) -> Command:
    """Record a day's rates by hand."""
    return commands.RecordRates(source=source, day=day.date(), base=base, rates=_said(rates))


def correct(source: RatesSource, day: RatesDay, rates: RateSaid, reason: Reason) -> Command:
    """Correct some rates of a day; what was reckoned by the old ones stands."""
    return commands.CorrectRates(source=source, day=day.date(), rates=_said(rates), reason=reason)


def convert(
    conversion: Annotated[str, typer.Argument(help="The conversion's key, as FX-1.")],
    sold: Annotated[str, typer.Option(help="AMOUNT:CURRENCY, in major units, as 1000.00:USD.")],
    sold_from: Annotated[str, typer.Option(help="The account that it left.")],
    bought: Annotated[str, typer.Option(help="AMOUNT:CURRENCY, as 84000.00:INR.")],
    bought_to: Annotated[str, typer.Option(help="The account that it arrived at.")],
    deal: Annotated[str, typer.Option(help="Whose rate: bank:NAME, or a source of recorded rates.")],
    rate: Annotated[str, typer.Option(help="RATE:CURRENCY of a bank: what one unit of it costs, as 84.00:USD.")] = "",
    benchmark: Annotated[str, typer.Option(help="The recorded rates that it is held against.")] = SOURCE,
    days_back: DaysBack = DAYS_BACK,
) -> Command:
    """Record that money was converted; gain or loss against the reference rate is booked with it."""
    price, _, of = rate.partition(":")
    return commands.RecordConversion(
        conversion=conversion,
        sold=from_major(*_two(sold, "sold")),
        sold_from=sold_from,
        bought=from_major(*_two(bought, "bought")),
        bought_to=bought_to,
        deal=Deal(source=deal, rate=price, of=of),
        benchmark=benchmark,
        days_back=days_back,
    )


def reverse(conversion: Annotated[str, typer.Argument()], reason: Reason) -> Command:
    """Take back a conversion that was recorded wrongly."""
    return commands.ReverseConversion(conversion=conversion, reason=reason)


def revalue(
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day whose rates count, at its end.")],
    currency: Annotated[list[str] | None, typer.Option(help="Which; all that are open if not said.")] = None,
    benchmark: Annotated[str, typer.Option(help="Whose rates.")] = SOURCE,
    days_back: DaysBack = DAYS_BACK,
    actor: Annotated[str, typer.Option(help="Who says it.")] = "finance:cli",
    role: Annotated[str, typer.Option(help="In which role.")] = "finance",
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Carry what is open in foreign currencies at a day's rates; exits 1 where one is refused, the others go on."""
    with book_of(book) as opened:
        with opened.pool.connection() as connection:
            rows = all_exposures(connection, book)
        chosen = currency or [row.open.currency for row in rows]
        at = _end_of(opened, on.date())
        outcomes = []
        for each in chosen:
            command = commands.RevalueExposure(currency=each, benchmark=benchmark, days_back=days_back)
            submission = Submission(
                command=command, command_id=new_id(), principal=PRINCIPAL, actor=actor, role=role, occurred_at=at
            )
            outcomes.append((each, opened.writer.submit(submission).result()))
        with opened.pool.connection() as connection:
            rows = all_exposures(connection, book)
    refused = [outcome for _, outcome in outcomes if isinstance(outcome, Rejected)]
    if as_json:
        print_json([_revalued(each, outcome) for each, outcome in outcomes])
    else:
        for outcome in refused:
            show_rejected(outcome, as_json=False)
        show_exposures(f"Exposures after {on.date()}", rows)
    raise typer.Exit(REFUSED if refused else DONE)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `fx`."""
    room = typer.Typer(help="Foreign exchange: rates, conversions, exposures.")
    room.command("import-ecb")(import_ecb)
    room.command()(rate)
    room.command("rates")(list_rates)
    for build in (record, correct, convert, reverse):
        room.command(build.__name__)(verb(build))
    room.command()(revalue)
    room.command("conversions")(list_conversions)
    room.command("exposures")(list_exposures)
    app.add_typer(room, name="fx", no_args_is_help=True)


def _revalued(currency: str, outcome: Outcome) -> Revalued:
    if isinstance(outcome, Rejected):
        return Revalued(currency=currency, outcome=None, refused=problem_of_rejected(outcome))
    return Revalued(currency=currency, outcome=outcome_view(outcome, outcome.events), refused=None)


def _end_of(opened: OpenedBook, day: date) -> datetime:
    """
    Return the last second of a day in the book's time zone, or now on that day: nothing has occurred later yet.

    Raises: RatesMalformed.
    """
    with opened.pool.connection() as connection:
        book = aggregate_of(connection, opened.name, book_id(opened.name))
    zone = ZoneInfo(book.time_zone) if isinstance(book, Book) else ZoneInfo("UTC")
    now = opened.world.clock()
    if day > now.astimezone(zone).date():
        raise RatesMalformed(field="on", problem="a day that hasn't begun")
    return min(datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC), now)


def _recorded_as(opened: OpenedBook, day: date) -> dict[str, str]:
    with opened.pool.connection() as connection:
        found = list(rates_of_days(connection, opened.name, SOURCE, first=day, last=day))
    return dict(found[0].rates) if found else {}


def _said(rates: list[str]) -> dict[str, str]:
    pairs = [each.partition("=") for each in rates]
    if len({currency for currency, _, _ in pairs}) < len(pairs):
        raise RatesMalformed(field="rates", problem="a currency is said twice")
    return {currency: rate for currency, _, rate in pairs}


def _two(said: str, field: str) -> tuple[str, str]:
    amount, colon, currency = said.partition(":")
    if not colon:
        raise RatesMalformed(field=field, problem=f"not AMOUNT:CURRENCY: {said[:80]}")
    return amount, currency


def _show_imported(imported: RatesImported) -> None:
    print_table(
        "Rates imported",
        ["", "#days"],
        [
            ("wanted", imported.days),
            ("recorded", imported.recorded),
            ("recorded before", imported.unchanged),
            ("recorded otherwise", len(imported.differing)),
            ("refused", len(imported.refused)),
        ],
    )
    for day in imported.differing:
        err.print(f"{day} is recorded otherwise: correct it with `fx correct` or leave it", markup=False)
    for day_refused, code in imported.refused.items():
        err.print(f"{day_refused} is refused: {code}", markup=False)
    for problem in imported.problems:
        err.print(f"line {problem.line}: {problem.reason}", markup=False)

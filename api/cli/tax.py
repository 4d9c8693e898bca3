"""The verb about tax on commission: a quarter's certificates, as a table, JSON, CSV or PDF."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.moments import AsOf, AtPosition, KnownAt, moment_sought, titled
from api.cli.terminal import AsJson, BookName, book_of, out, print_json, print_table
from api.exchange.tax_certificates_csv import percent_text, tax_certificates_csv
from api.exchange.whole_file import write_whole
from domain.fiscal_quarter import INDIAN_YEAR_BEGINS, quarter_of, quarter_on
from domain.money import to_major
from projections.moment import Moment
from projections.withheld_tax import TaxCertificate, tax_certificates


def certificates(
    partner: Annotated[str | None, typer.Option(help="By key; all if not said.")] = None,
    quarter: Annotated[str | None, typer.Option(help="As 2026-27-Q1; the present one if not said.")] = None,
    year_begins: Annotated[int, typer.Option(help="The month in which fiscal years begin.")] = INDIAN_YEAR_BEGINS,
    csv: Annotated[
        Path | None, typer.Option(help="Write every line to this file, or to - for standard output.")
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option(help="Write the certificates to this file, each on its own pages.")
    ] = None,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show what was withheld from partners' commission in a fiscal quarter, by code, and which GST it bore."""
    with book_of(book) as opened:
        today = opened.world.clock().date()
        wanted = quarter_of(quarter, year_begins=year_begins) if quarter else quarter_on(today, year_begins=year_begins)
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            found = tax_certificates(connection, book, wanted, partner=partner, moment=moment)
    if csv:
        write_whole(csv, [tax_certificates_csv(found)])
    if pdf:
        from api.exchange.tax_certificates_pdf import tax_certificates_pdf  # noqa: PLC0415 - only who prints needs it

        write_whole(pdf, [tax_certificates_pdf(found, book=book)])
    if as_json:
        print_json(found)
    elif not (csv or pdf):
        _show(found, wanted.name, moment)


def register(app: typer.Typer) -> None:
    """Add this verb to the command line, below `tax`."""
    room = typer.Typer(help="Tax on commission.")
    room.callback()(_room)
    room.command()(certificates)
    app.add_typer(room, name="tax", no_args_is_help=True)


def _room() -> None:
    """Tax on commission: certificates' data by partner and quarter."""


def _show(found: list[TaxCertificate], quarter: str, moment: Moment) -> None:
    if not found:
        out.print(f"Nothing was withheld and nothing bore GST in {quarter}.", highlight=False)
    for each in found:
        payer = each.exporter or each.payer
        print_table(
            titled(f"{each.partner}, {each.quarter}, deducted by {payer}, {each.currency}", moment),
            ["tax", "code", "section or rule", "#rate %", "#base", "#deducted", "#given back", "#net", "#lines"],
            [
                (
                    total.levy,
                    total.code,
                    total.section,
                    percent_text(total.rate_bps),
                    to_major(total.base_minor, each.currency),
                    to_major(total.deducted_minor, each.currency),
                    to_major(total.given_back_minor, each.currency),
                    to_major(total.net_minor, each.currency),
                    total.lines,
                )
                for total in each.totals
            ],
        )

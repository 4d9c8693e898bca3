"""Verbs about agreements with partners: signed and amended by a file of terms, ended, shown."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.agreements import AgreementView, get_agreement
from api.cli.moments import AsOf, AtPosition, KnownAt, moment_of_log, titled
from api.cli.terminal import AsJson, BookName, book_of, print_json, print_table
from api.cli.trading import Reason, verb
from api.exchange.terms_file import read_terms
from domain import commands
from domain.commands import Command
from domain.money import to_major
from projections.moment import Moment

Agreement = Annotated[str, typer.Argument(metavar="AGREEMENT", help="The agreement's key, as AG-1.")]
TermsFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="TOML: rate_bps, attribution_days and more.", exists=True, dir_okay=False)
]
FirstDay = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Orders placed from this day on.")]


def sign(
    agreement: Agreement,
    file: TermsFile,
    partner: Annotated[str, typer.Option(help="By key.")],
    starts_on: FirstDay,
    ends_on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day without it.")] = None,
    year_begins: Annotated[int, typer.Option(help="The month on whose first day its years begin.")] = 1,
    time_zone: Annotated[str, typer.Option(help="Whose days it counts, as Asia/Kolkata.")] = "UTC",
) -> Command:
    """Agree with a partner on commission, by a file of terms."""
    return commands.SignAgreement(
        agreement=agreement,
        partner=partner,
        starts_on=starts_on.date(),
        ends_on=ends_on.date() if ends_on else None,
        year_begins=year_begins,
        time_zone=time_zone,
        terms=read_terms(file.read_bytes()),
    )


def amend(agreement: Agreement, file: TermsFile, starts_on: FirstDay) -> Command:
    """Agree on other terms for orders placed from a day on, tomorrow or later."""
    return commands.AmendAgreement(agreement=agreement, starts_on=starts_on.date(), terms=read_terms(file.read_bytes()))


def end(
    agreement: Agreement,
    ends_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day without it.")],
    reason: Reason = "terminated",
) -> Command:
    """Let an agreement end on a day, tomorrow or later."""
    return commands.EndAgreement(agreement=agreement, ends_on=ends_on.date(), reason=reason)


def show(
    agreement: Agreement,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show an agreement: with whom, on which terms, and what its years came to."""
    with book_of(book) as opened:
        moment = moment_of_log(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            view = get_agreement(connection, book, agreement, moment=moment)
    if as_json:
        print_json(view)
    else:
        _show(view, moment)


def register(app: typer.Typer) -> None:
    """Add these verbs to the command line, below `agreement`."""
    room = typer.Typer(help="Agreements with partners on commission: signed, amended, ended.")
    for build in (sign, amend, end):
        room.command(build.__name__)(verb(build))
    room.command()(show)
    app.add_typer(room, name="agreement", no_args_is_help=True)


def _show(view: AgreementView, moment: Moment) -> None:
    print_table(
        titled(f"Agreement {view.agreement} with {view.partner}, until {view.ends_on or 'further notice'}", moment),
        ["orders from", "#basis points", "of", "paid by", "#attribution days", "withholding", "GST"],
        [
            (
                version.starts_on,
                version.terms.rate_bps,
                version.terms.basis,
                version.terms.payer,
                version.terms.attribution_days,
                version.terms.withholding,
                version.terms.gst,
            )
            for version in view.versions
        ],
    )
    print_table(
        "Its years",
        ["year from", "currency", "#basis", "#commission", "#earned", "#withheld"],
        [
            (
                total.year,
                total.currency,
                to_major(total.basis_minor, total.currency),
                to_major(total.commission_minor, total.currency),
                to_major(total.earned_minor, total.currency),
                to_major(total.withheld_minor, total.currency),
            )
            for total in view.totals
        ],
    )

"""The verb that tells a partner what it earned, with the evidence to check it."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.cli.moments import AtPosition, KnownAt
from api.cli.terminal import AsJson, BookName, book_of, err, print_json, print_table
from api.commission_statements import CommissionStatement, commission_statements
from api.composition import utc_now
from api.exchange.commission_statement_csv import commission_statement_csv
from api.moments import MomentAsked
from api.packs.making import make_commission_pack
from api.settings import Settings
from domain.money import to_major
from ledger.reads import Reader

NewFile = Annotated[Path | None, typer.Option(dir_okay=False, help="Write it to this file.")]


def statement(
    partner: Annotated[str, typer.Option(help="By key.")],
    begins: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")] = None,
    ends: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")] = None,
    currency: Annotated[str, typer.Option(help="Only in this one.")] = "",
    csv: NewFile = None,
    pdf: NewFile = None,
    pack: Annotated[Path | None, typer.Option(dir_okay=False, help="Write the evidence to this zip.")] = None,
    actor: Annotated[str, typer.Option(help="Who reads.")] = "finance:cli",
    role: Annotated[str, typer.Option(help="In which role.")] = "finance",
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Tell what a partner earned, was withheld and paid, order by order; with the pack that proves each line."""
    with book_of(book) as opened:
        opened.runner.catch_up()
        position = MomentAsked(at_position, known_at).resolve(opened).position
        with opened.pool.connection() as connection:
            found = commission_statements(
                connection,
                book,
                partner,
                first_on=begins.date() if begins else None,
                last_on=ends.date() if ends else None,
                currency=currency,
                position=position,
            )
        if pack:
            policy = Settings.from_environment().witness_policy
            reader = Reader(actor, role, "commission-statement")
            made = make_commission_pack(opened, partner, reader, made_at=utc_now(), policy=policy)
            pack.write_bytes(made.content)
            told = f"{pack}: {made.view.events} events; python verify_pack.py {pack} --key {made.view.key}"
            err.print(told, markup=False, highlight=False, soft_wrap=True)
    if csv:
        csv.write_bytes(commission_statement_csv(found))
    if pdf:
        from api.exchange.commission_statement_pdf import commission_statement_pdf  # noqa: PLC0415 - reportlab

        pdf.write_bytes(commission_statement_pdf(found, book=book))
    if as_json:
        print_json(found)
    elif not (csv or pdf):
        for one in found:
            _show(one)


def register(app: typer.Typer) -> None:
    """Add this verb to the command line, below `commission`."""
    room = typer.Typer(help="What partners are told of their commission.", no_args_is_help=True)
    room.command("statement")(statement)
    room.callback()(_of_partners)
    app.add_typer(room, name="commission")


def _of_partners() -> None:
    """What partners are told of their commission."""


def _show(one: CommissionStatement) -> None:
    opening = (to_major(one.opening_accrued_minor, one.currency), to_major(one.opening_due_minor, one.currency))
    closing = (to_major(one.closing_accrued_minor, one.currency), to_major(one.closing_due_minor, one.currency))
    print_table(
        f"Commission of {one.partner} in {one.currency}",
        ["posted", "event", "order", "exporter", "#accrued", "#due", "#position"],
        [
            ("", "opening balance", "", "", *opening, ""),
            *(
                (
                    line.posted_on,
                    line.topic,
                    line.order,
                    line.exporter,
                    to_major(line.accrued_minor, one.currency),
                    to_major(line.due_minor, one.currency),
                    line.position,
                )
                for line in one.lines
            ),
            ("", "closing balance", "", "", *closing, ""),
        ],
    )

"""Verbs about where money is: orders, ledger and bank beside each other, proofs, a month's reconciliation."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.cli.arguments import ArgumentMalformed
from api.cli.moments import AsOf, AtPosition, KnownAt, moment_at, moment_sought, titled
from api.cli.terminal import DONE, REFUSED, AsJson, BookName, book_of, print_json, print_table
from api.composition import OpenedBook
from api.exchange.whole_file import STDOUT, write_whole
from domain.money import to_major
from projections.bank_lines import BankLine
from projections.bank_proof import BankProofs, bank_proofs
from projections.moment import NOW, Moment
from projections.proof_of_holds import CurrencyProof, proof_of_holds
from projections.three_way import ThreeWay, ThreeWayLine, ThreeWayRow, ThreeWaySought, days_sought, three_way

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
FirstDay = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="30 days before the last.")]
LastDay = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Today, if not given.")]
OfCurrency = Annotated[str | None, typer.Option("--currency", help="ISO 4217, as USD.")]
Limit = Annotated[int, typer.Option(min=1, help="So many rows of a table at most; JSON has all.")]


class HoldsProved(msgspec.Struct, frozen=True, kw_only=True):
    """The proof of holds, and that against the bank where it is asked for."""

    holds: list[CurrencyProof]
    bank: BankProofs | None


def view_three_ways(
    day: Day = None,
    first: FirstDay = None,
    last: LastDay = None,
    currency: OfCurrency = None,
    together: Annotated[bool, typer.Option("--together", help="All days as one.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="With every line that explains a difference.")] = False,
    limit: Limit = 200,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Show what orders say that moved, what the ledger posted, and what banks booked, and explain each difference."""
    with book_of(book) as opened:
        sought = _days(opened, day, first, last, currency, by_day=not together)
        moment = moment_at(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            found = three_way(connection, book, sought, moment=moment)
    shown = found if lines else ThreeWay(rows=found.rows, lines=[])
    if as_json:
        print_json(shown)
    else:
        _show_three_ways(shown, moment, limit)
    raise typer.Exit(REFUSED if any(row.unexplained_minor for row in found.rows) else DONE)


def prove_holds(
    bank: Annotated[bool, typer.Option("--bank", help="Also against what banks' statements close with.")] = False,
    account: Annotated[str | None, typer.Option(help="Only this account, as bank:safeguarded:hdfc.")] = None,
    currency: OfCurrency = None,
    limit: Limit = 200,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    as_of: AsOf = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """
    Prove that what orders say is held is in the books, and covered. Exit status 1 where it isn't, or where a bank's
    closing balance, where that is asked for, isn't the ledger's.
    """
    with book_of(book) as opened:
        moment = moment_sought(opened, at_position, known_at, as_of)
        with opened.pool.connection() as connection:
            holds = [
                proof for proof in proof_of_holds(connection, book, moment=moment) if currency in {None, proof.currency}
            ]
            proofs = bank_proofs(connection, book, account=account, currency=currency, moment=moment) if bank else None
    if as_json:
        print_json(HoldsProved(holds=holds, bank=proofs))
    else:
        show_holds(holds, moment)
        if proofs:
            _show_bank_proofs(proofs, limit)
    proved = all(proof.agrees and proof.covered for proof in holds)
    agreed = proofs is None or all(each.agrees for each in proofs.accounts)
    raise typer.Exit(DONE if proved and agreed else REFUSED)


def report_month(
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="Which month.")],
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write it as CSV; - for standard output.")] = None,
    pdf_file: Annotated[Path | None, typer.Option("--pdf", help="Write it as PDF.")] = None,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Report a month's reconciliation: accounts, differences, breaks, what is in transit, proofs, the log's root."""
    from api.exchange.month_end_csv import month_end_csv  # noqa: PLC0415 - other verbs start without
    from api.exchange.month_end_rows import month_end_rows  # noqa: PLC0415
    from api.month_end import month_end  # noqa: PLC0415

    with book_of(book) as opened:
        report = month_end(opened, month, moment_at(opened, at_position, known_at, None))
    if csv_file:
        write_whole(csv_file, [month_end_csv(report)])
    if pdf_file:
        from api.exchange.month_end_pdf import month_end_pdf  # noqa: PLC0415

        write_whole(pdf_file, [month_end_pdf(report)])
    if as_json:
        print_json(report)
    elif STDOUT not in {csv_file, pdf_file}:
        rows = [
            (
                row.section,
                row.account,
                row.what if row.count is None else f"{row.what} ({row.count})",
                row.reference,
                row.day,
                row.currency,
                row.amount,
            )
            for row in month_end_rows(report)
        ]
        columns = ["", "account", "what", "reference", "day", "", "#amount"]
        print_table(f"Reconciliation of {month}, at position {report.position}", columns, rows)


def register(app: typer.Typer) -> None:
    """Add the verbs of this room."""
    app.command("three-way")(view_three_ways)
    app.command("proof-of-holds")(prove_holds)
    room = typer.Typer(help="The reconciliation of a month.", no_args_is_help=True)
    room.command("report")(report_month)
    room.callback()(_room)
    app.add_typer(room, name="reconciliation")


def _room() -> None:
    """Report the reconciliation of a month."""


def _days(
    opened: OpenedBook,
    day: datetime | None,
    first: datetime | None,
    last: datetime | None,
    currency: str | None,
    *,
    by_day: bool,
) -> ThreeWaySought:
    if day and (first or last):
        raise ArgumentMalformed(argument="--day", problem="it is one day: not with --from or --to")
    begins, ends = day or first, day or last
    return days_sought(
        begins.date() if begins else None,
        ends.date() if ends else None,
        today=opened.world.clock().date(),
        currency=currency,
        by_day=by_day,
    )


def _show_three_ways(found: ThreeWay, moment: Moment, limit: int) -> None:
    columns = [
        *("day", "", "#orders: in less out", "#only in ledger", "#with providers", "#in transit"),
        *("#bank/ledger", "#banks: in less out", "#unexplained", "#lines"),
    ]
    rows = [_three_way_cells(row) for row in found.rows]
    print_some(titled("Orders, ledger and banks", moment), columns, rows, limit)
    if found.lines:
        columns = ["day", "", "side", "kind", "#amount", "reference", "#position", "break"]
        cells = [_line_cells(line) for line in found.lines]
        print_some("Lines: by how much banks have more than orders say", columns, cells, limit)


def _three_way_cells(row: ThreeWayRow) -> Sequence[object]:
    minors = (
        *(row.platform_minor, row.not_in_platform_minor, row.in_clearing_minor, row.in_transit_minor),
        *(row.between_minor, row.bank_minor, row.unexplained_minor),
    )
    day = f"{row.first_day}" if row.first_day == row.last_day else f"{row.first_day} - {row.last_day}"
    return (day, row.currency, *(to_major(minor, row.currency) for minor in minors), row.lines)


def _line_cells(line: ThreeWayLine) -> Sequence[object]:
    amount = to_major(line.amount_minor, line.currency)
    told = (line.day, line.currency, line.side, line.kind, amount, line.reference, line.position)
    return (*told, f"{line.broken_as} {line.broken}".strip())


def show_holds(holds: Sequence[CurrencyProof], moment: Moment = NOW) -> None:
    """Print the proof of holds, a row for each currency."""
    columns = [
        *("", "#held by orders", "#held in books", "#disputed", "#frozen", "#cash and clearing"),
        *("#owed to clients", "#not yet swept", "agrees", "covered"),
    ]
    rows = []
    for proof in holds:
        minors = (
            *(proof.orders_held_minor, proof.accounts_held_minor, proof.accounts_disputed_minor),
            *(proof.accounts_frozen_minor, proof.assets_minor, proof.liabilities_minor, proof.not_yet_swept_minor),
        )
        amounts = (to_major(minor, proof.currency) for minor in minors)
        rows.append((proof.currency, *amounts, _said(proof.agrees), _said(proof.covered)))
    print_table(titled("Proof of holds", moment), columns, rows)


def _show_bank_proofs(proofs: BankProofs, limit: int) -> None:
    rows = []
    for each in proofs.accounts:
        closed = " ".join(str(closing.on or "no statement") for closing in each.closings) or "not registered"
        minors = (each.closing_minor, each.ledger_minor, each.explained_minor, each.unexplained_minor)
        amounts = ("" if minor is None else to_major(minor, each.currency) for minor in minors)
        rows.append((each.account, each.currency, closed, *amounts, each.lines, _said(each.agrees)))
    columns = ["account", "", "closed", "#bank", "#ledger", "#explained", "#unexplained", "#lines", "agrees"]
    print_table("Against the banks' own closing balances", columns, rows)
    cells = [_bank_line_cells(line) for line in proofs.lines]
    if cells:
        columns = ["account", "", "kind", "day", "#amount", "reference", "break"]
        print_some("By how much banks have more than the ledger", columns, cells, limit)
    covers = [
        (
            cover.currency,
            "unknown" if cover.bank_minor is None else to_major(cover.bank_minor, cover.currency),
            to_major(cover.clearing_minor, cover.currency),
            to_major(cover.liabilities_minor, cover.currency),
            _said(cover.covered),
        )
        for cover in proofs.covers
    ]
    if covers:
        columns = ["", "#buyers' accounts at banks", "#with providers", "#owed to clients", "covered"]
        print_table("What banks say against what is owed to clients", columns, covers)


def _bank_line_cells(line: BankLine) -> Sequence[object]:
    amount = to_major(line.amount_minor, line.currency)
    broken = f"{line.broken_as} {line.broken}".strip()
    return (line.account, line.currency, line.kind, line.day, amount, line.reference, broken)


def print_some(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], limit: int) -> None:
    """Print the first rows of a table, and how many there are more."""
    left = len(rows) - limit
    print_table(title, columns, rows[:limit], note=f"and {left} more: --limit, or --json" if left > 0 else "")


def _said(holds: bool | None) -> str:
    return "unknown" if holds is None else "yes" if holds else "NO"

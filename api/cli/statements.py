"""The verb that shows a statement of account, or writes it as CSV, JSON or PDF."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from api.cli.moments import AtPosition, KnownAt
from api.cli.terminal import AsJson, BookName, book_of, out, print_table, progress_bar
from api.exchange.statement_csv import statement_csv
from api.exchange.statement_json import statement_json
from api.exchange.whole_file import STDOUT, write_whole
from api.moments import MomentAsked
from api.statements import StatementAsked
from domain.money import to_major
from projections.moment import Moment
from projections.projection import POSITION_MAX
from projections.statement_lines import FullStatement, StatementLine, in_full
from projections.statements import StatementMalformed, StatementOrder

_Write = Callable[[Sequence[FullStatement]], Iterator[bytes]]


def account_statement(
    account: Annotated[str, typer.Argument(help="As `balances` names it: payable:exporter:EXP-7.")],
    begins: Annotated[
        str | None, typer.Option("--from", help="The first posting date, YYYY-MM-DD; by recording, a position or time.")
    ] = None,
    ends: Annotated[
        str | None, typer.Option("--to", help="The last one, included; by recording, where it ends.")
    ] = None,
    by: Annotated[StatementOrder, typer.Option(help="What orders and bounds the lines.")] = "posting-date",
    currency: Annotated[str | None, typer.Option(help="One currency only.")] = None,
    at_position: AtPosition = None,
    known_at: KnownAt = None,
    limit: Annotated[int, typer.Option(min=1, max=POSITION_MAX, help="At most so many lines in the terminal.")] = 1_000,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write CSV; `-` is standard output.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="Write PDF, to print.")] = None,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """
    Show an account's opening balance, every posting with the balance before and after, and the closing balance.

    By posting date, the days from --from to --to, both included, as known now or at --at-position or --known-at. By
    recording, what was recorded after --from, a position or a time, and up to --to.
    """
    asked = StatementAsked(
        account=account,
        currency=currency,
        by=by,
        begins=begins,
        ends=ends,
        known=MomentAsked(at_position, known_at),
    )
    file, write = _form(csv, pdf, as_json=as_json)
    with book_of(book) as opened:
        opened.runner.catch_up()
        statements = [in_full(opened.pool, statement) for statement in asked.find(opened)]
        if write is None:
            for full in statements:
                show_statement(full, limit=limit)
            return
        with progress_bar(shown=file != STDOUT or not out.is_terminal) as bar:
            write_whole(file, write([_watched(full, bar) for full in statements]))
    if file != STDOUT:
        lines = sum(full.totals.lines for full in statements)
        out.print(f"statement of {account}: {lines} lines in {file}", markup=False, highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(account_statement)


def show_statement(full: FullStatement, *, limit: int) -> None:
    """Print a statement, at most so many of its lines."""
    statement, totals, lines = full
    currency = statement.currency
    opening, closing = statement.extent.opening, statement.extent.closing
    untold = totals.lines - limit
    rows = [
        _edge("opening balance", opening, ("", "", "", to_major(statement.opening_balance_minor, currency))),
        *(_row(line) for line in islice(lines, limit)),
        *([("", "", "", f"and {untold} more lines", *[""] * 5)] if untold > 0 else []),
        _edge(
            "closing balance",
            closing,
            (
                to_major(totals.debits_minor, currency),
                to_major(totals.credits_minor, currency),
                "",
                to_major(statement.closing_balance_minor, currency),
            ),
        ),
    ]
    print_table(
        f"Statement of {statement.account}, {currency}, book {statement.book}, by {statement.extent.by}",
        [
            "posted",
            "#position",
            "occurred, recorded",
            "event, about",
            "against",
            "debit",
            "credit",
            "#before",
            "balance",
        ],
        rows,
        note="--limit, --csv or --pdf give them all" if untold > 0 else "",
    )


def _form(csv: Path | None, pdf: Path | None, *, as_json: bool) -> tuple[Path, _Write | None]:
    forms: dict[str, tuple[Path | None, _Write]] = {
        "csv": (csv, statement_csv),
        "pdf": (pdf, _pdf),
        "json": (STDOUT if as_json else None, statement_json),
    }
    asked = [(file, write) for file, write in forms.values() if file is not None]
    if len(asked) > 1:
        raise StatementMalformed(field="csv, pdf, json", problem="one of them at a time")
    return asked[0] if asked else (STDOUT, None)


def _pdf(statements: Sequence[FullStatement]) -> Iterator[bytes]:
    from api.exchange.statement_pdf import statement_pdf  # noqa: PLC0415 - other verbs start without a PDF library

    yield statement_pdf(statements)


def _watched(full: FullStatement, bar: Progress) -> FullStatement:
    name = f"{full.statement.account} {full.statement.currency}"
    return full._replace(lines=iter(bar.track(full.lines, total=full.totals.lines, description=name)))


def _edge(name: str, moment: Moment, amounts: tuple[str, ...]) -> tuple[object, ...]:
    return (moment.as_of or "", moment.position, "", name, "", *amounts)


def _row(line: StatementLine) -> tuple[object, ...]:
    currency = line.currency
    return (
        f"{line.posting_date}\nlate" if line.late else line.posting_date,
        f"{line.position}/{line.line}",
        f"{line.occurred_at:%Y-%m-%d %H:%M}\n{line.recorded_at:%Y-%m-%d %H:%M}",
        f"{line.event}\n{line.about}",
        "\n".join(line.counter_accounts),
        to_major(line.debit_minor, currency) if line.debit_minor else "",
        to_major(line.credit_minor, currency) if line.credit_minor else "",
        to_major(line.balance_before_minor, currency),
        to_major(line.balance_after_minor, currency),
    )
